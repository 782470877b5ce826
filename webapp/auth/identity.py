"""Who is asking: a signed-in browser session, or a bearer token under ``/api/``."""

import datetime as dt
import hashlib
import secrets
import uuid
from typing import Any

import sqlalchemy as sa
from flask import g, request
from flask_login import UserMixin, current_user

from webapp.extensions import login_manager
from workflows.core.actors import Actor, Channel
from workflows.core.clock import now
from workflows.core.db import Scope, db, opened, opening_region
from workflows.core.errors import InvalidInputError, Reason
from workflows.core.ids import new_id
from workflows.organization.models import Account, ApiToken
from workflows.organization.queries import actor_in_open_region

TOKEN_MARK = "tnt_"  # noqa: S105 - what every token begins with
TOKEN_SCOPES = ("read", "act")
_TOUCH_EVERY = dt.timedelta(minutes=5)


class SessionUser(UserMixin):
    """An account as the browser session knows it: by a key that changes with the password."""

    def __init__(self, account: Account | sa.Row[*tuple[Any, ...]]) -> None:
        """:param account: an account, or what :data:`_BY_SESSION` finds of one."""
        self.account = account

    def get_id(self) -> str:
        """Return what the session cookie carries."""
        key: str = self.account.session_key
        return key

    @property
    def name(self) -> str:
        """Return the person's name, as pages greet him."""
        found = current_actor()
        return found.name if found else self.account.username


_BY_SESSION = sa.select(
    Account.id, Account.person_id, Account.region_id, Account.session_key, Account.username,
    sa.func.now().label("now"), opening_region(Account.region_id),
).where(Account.session_key == sa.bindparam("session_key"), Account.active)  # fmt: skip


@login_manager.user_loader
def _load(session_key: str) -> SessionUser | None:
    account = db.session.execute(_BY_SESSION, {"session_key": session_key}).one_or_none()
    if account is None:
        return None
    opened(Scope(account.region_id), at=account.now)
    return SessionUser(account)


def is_api() -> bool:
    """Return whether this request came for the programming interface."""
    return request.path.startswith("/api/")


def current_actor() -> Actor | None:
    """Return who is asking, with the posts of today; ``None`` for a stranger. Looked up once a request."""
    if "actor" not in g:
        g.actor = _bearer() if is_api() else _session()
    actor: Actor | None = g.actor
    return actor


def actor() -> Actor:
    """Return who is asking, in a route that is only for people who are signed in."""
    found = current_actor()
    if found is None:
        raise LookupError("this route admits strangers")
    return found


def _session() -> Actor | None:
    if not current_user.is_authenticated:
        return None
    account = current_user.account
    return actor_in_open_region(account.id, account.person_id, channel=Channel.WEB)


_BY_TOKEN = (
    sa.select(
        ApiToken.id, ApiToken.scope, ApiToken.last_used_at, Account.id.label("account_id"), Account.person_id,
        Account.region_id, sa.func.now().label("now"), opening_region(Account.region_id),
    )
    .join(Account, Account.id == ApiToken.account_id)
    .where(
        ApiToken.digest == sa.bindparam("digest"),
        ApiToken.revoked_at.is_(None),
        ApiToken.expires_at > sa.func.now(),
        Account.active,
    )
)  # fmt: skip


def _bearer() -> Actor | None:
    kind, _, text = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "bearer" or not text.strip():
        return None
    token = db.session.execute(_BY_TOKEN, {"digest": digest(text.strip())}).one_or_none()
    if token is None:
        return None
    opened(Scope(token.region_id), at=token.now)
    if token.last_used_at is None or token.now - token.last_used_at > _TOUCH_EVERY:
        db.session.execute(sa.update(ApiToken).where(ApiToken.id == token.id).values(last_used_at=token.now))
    g.token_id = token.id
    return actor_in_open_region(token.account_id, token.person_id, channel=Channel.API, read_only=token.scope == "read")


def digest(token: str) -> str:
    """Return what is kept of a token. Tokens are 256 random bits, so a plain digest is enough."""
    return hashlib.sha256(token.encode()).hexdigest()


def issue_token(account: Account, *, name: str, scope: str, days: int) -> str:
    """Make a token and keep its digest. The token is shown once and never again.

    :param scope: ``read`` or ``act``. :param days: how long it lives, 1 to 366.
    """
    if scope not in TOKEN_SCOPES:
        raise InvalidInputError(Reason("token_scope", "Cakupan token: read atau act."))
    if not 1 <= days <= 366:
        raise InvalidInputError(Reason("token_days", "Masa berlaku token 1 sampai 366 hari."))
    secret = f"{TOKEN_MARK}{secrets.token_urlsafe(32)}"
    db.session.add(
        ApiToken(
            id=new_id(),
            account_id=account.id,
            name=name,
            prefix=secret[:10],
            digest=digest(secret),
            scope=scope,
            expires_at=now() + dt.timedelta(days=days),
        )
    )
    return secret


def account_id() -> uuid.UUID:
    """Return the account behind this request."""
    found = actor().account_id
    if found is None:
        raise LookupError("no account stands behind this request")
    return found
