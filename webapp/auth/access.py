"""The rule of each route: who may come in at all.

Every route names its rule; one without a rule answers nobody. What a person may do to a single
requirement is decided by the lifecycle, not here.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from flask import Flask, current_app, request

from workflows.core.actors import Role
from workflows.core.errors import PermissionDeniedError, Reason

View = TypeVar("View", bound=Callable[..., Any])
_MARK = "access_rule"


@dataclass(frozen=True)
class Access:
    """Who a route is for."""

    signed_in: bool = True
    roles: frozenset[Role] = frozenset()
    """Empty: everybody who is signed in."""
    writes: bool = False
    """A token of scope ``read`` is refused."""


ANYONE = Access(signed_in=False)


class NotSignedInError(Exception):
    """Nobody, or nobody known, is asking."""


def access(*roles: Role, anyone: bool = False, writes: bool = False) -> Callable[[View], View]:
    """Name the rule of a route."""
    rule = ANYONE if anyone else Access(roles=frozenset(roles), writes=writes)

    def mark(view: View) -> View:
        setattr(view, _MARK, rule)
        return view

    return mark


def rule_of(app: Flask, endpoint: str, method: str) -> Access | None:
    """Return the rule of a route's method, or ``None`` when it has none."""
    view = app.view_functions[endpoint]
    cls = getattr(view, "view_class", None)
    if cls is not None:
        view = getattr(cls, method.lower(), getattr(cls, "get", view) if method == "HEAD" else view)
    return getattr(view, _MARK, ANYONE if endpoint == "static" else None)


def enforce() -> None:
    """Refuse whoever the route is not for. Runs before every request.

    :raises NotSignedInError: nobody is signed in. :raises PermissionDeniedError: signed in, but not for this route.
    """
    from webapp.auth.identity import current_actor

    if request.endpoint is None or request.method == "OPTIONS":
        return
    rule = rule_of(current_app, request.endpoint, request.method)
    if rule is None:
        raise PermissionDeniedError(Reason("no_rule", "Halaman ini belum mempunyai aturan akses."))
    if not rule.signed_in:
        return
    actor = current_actor()
    if actor is None:
        raise NotSignedInError
    if rule.roles and not actor.roles & rule.roles:
        raise PermissionDeniedError
    if rule.writes and actor.read_only:
        raise PermissionDeniedError(Reason("read_only_token", "Token ini hanya untuk membaca."))
