"""Links for receivers without an account: one bundle, one named person, one download, a few days.

A link is used up when a person presses the button on its page; opening the page uses nothing up. From then on the
same browser has a day in which a broken download may be resumed by ranges.

What a link hands out is what its maker may carry away himself, as he stands at that moment: a class that is raised, a
file that is erased or a post that is left closes it.
"""

import datetime as dt
import hashlib
import secrets
import uuid
from typing import Any

import sqlalchemy as sa

from workflows.bundles.handover_models import HandoverLink
from workflows.bundles.models import Bundle, BundleState
from workflows.bundles.restricted import require_allowed, why_not
from workflows.core import audit
from workflows.core.actors import Actor, Channel, Role
from workflows.core.clock import now
from workflows.core.db import Scope, bind_scope, db
from workflows.core.errors import ConflictError, InvalidInputError, NotFoundError, PermissionDeniedError, Reason
from workflows.core.ids import new_id
from workflows.organization.queries import person_as_actor
from workflows.organization.scope import in_scope

MAKERS = (Role.EVALUATOR, Role.INSPECTOR)
LONGEST_DAYS = 14
WINDOW = dt.timedelta(hours=24)
"""From the first download: how long it may be resumed."""
MISSING = Reason("receiver_missing", "Isi nama penerima, lembaga, dan nomor surat tugasnya.")
DAYS = Reason("link_days", "Tautan berlaku 1 sampai 14 hari.")
NOT_BUILT = Reason("not_ready", "Arsip ini belum selesai disusun.")
CLOSED = Reason(
    "link_closed",
    "Arsip ini sekarang tidak boleh diambil lewat tautan ini. Minta arsip yang baru kepada yang memberikan tautannya.",
)
_FIND = sa.text("SELECT id, region_id, agency_id FROM handover_link_by(:digest)")


def may_hand_over(bundle: Bundle, actor: Actor) -> None:
    """:raises PermissionDeniedError: not of the Inspektorat. :raises ConflictError: the bundle is not built."""
    if actor.read_only or not actor.holds(*MAKERS, agency_id=bundle.agency_id):
        raise PermissionDeniedError
    if bundle.state != BundleState.READY:
        raise ConflictError(NOT_BUILT)


def make(
    bundle: Bundle, *, receiver: str, institution: str, letter: str, days: int, actor: Actor
) -> tuple[HandoverLink, str]:
    """Return a new link and its secret, which is shown once.

    :raises InvalidInputError: a name is missing, or the days are too many. Else as :func:`may_hand_over` and
        :func:`~workflows.bundles.restricted.require_allowed`: what one may not carry away one does not give away.
    """
    may_hand_over(bundle, actor)
    require_allowed(bundle, actor)
    given = {"receiver": receiver.strip(), "institution": institution.strip(), "letter": letter.strip()}
    if not all(given.values()):
        raise InvalidInputError(MISSING)
    if not 1 <= days <= LONGEST_DAYS:
        raise InvalidInputError(DAYS)
    secret, at = secrets.token_urlsafe(24), now()
    row = HandoverLink(
        id=new_id(),
        region_id=bundle.region_id,
        agency_id=bundle.agency_id,
        bundle_id=bundle.id,
        digest=_digest(secret),
        made_by_id=actor.person_id,
        made_at=at,
        expires_at=at + dt.timedelta(days=days),
        **given,
    )
    db.session.add(row)
    db.session.flush()
    _tell(
        "handover_link.made", row, actor,
        receiver=row.receiver, institution=row.institution, letter=row.letter, expires_at=row.expires_at,
    )  # fmt: skip
    return row, secret


def revoke(row: HandoverLink, *, actor: Actor) -> None:
    """End a link at once. :raises PermissionDeniedError: not of the Inspektorat. :raises ConflictError: it is over."""
    if actor.read_only or not actor.holds(*MAKERS, agency_id=row.agency_id):
        raise PermissionDeniedError
    db.session.refresh(row, with_for_update=True)
    if state_of(row) not in ("open", "claimed"):
        raise ConflictError(Reason("link_over", "Tautan ini sudah tidak berlaku."))
    row.revoked_at, row.revoked_by_id = now(), actor.person_id
    _tell("handover_link.revoked", row, actor)


def state_of(row: HandoverLink) -> str:
    """Return ``open``, ``claimed`` (its download may be resumed), ``used``, ``expired``, ``revoked`` or ``void``."""
    at = now()
    if row.revoked_at is not None:
        return "revoked"
    if row.voided_at is not None:
        return "void"
    if row.claimed_at is not None:
        return "claimed" if at < row.claimed_at + WINDOW else "used"
    return "open" if at < row.expires_at else "expired"


def by_secret(secret: str) -> HandoverLink | None:
    """Return the link of that secret, whatever its state, and let the session see its agency's papers."""
    found = db.session.execute(_FIND, {"digest": _digest(secret)}).one_or_none()
    if found is None:
        return None
    bind_scope(_sight(found))
    return db.session.get(HandoverLink, found.id)


def maker_of(row: HandoverLink) -> Actor:
    """Return who made the link, as he stands now, if he may still carry the bundle away himself.

    :raises ConflictError: he may not: the link hands nothing out, and is not used up.
    """
    maker = person_as_actor(row.made_by_id, channel=Channel.WEB) if row.made_by_id else None
    if maker is None or not maker.holds(*MAKERS, agency_id=row.agency_id):
        raise ConflictError(CLOSED)
    bind_scope(maker.scope)  # other agencies' words on the same bytes count for him, and the link's own sight has none
    reason = why_not(row.bundle, maker)
    bind_scope(_sight(row))
    if reason is not None:
        raise ConflictError(CLOSED)
    return maker


def holder_of(row: HandoverLink) -> Actor:
    """Return whoever uses the link, as the log names him."""
    return Actor(name=f"{row.receiver} ({row.institution})", channel=Channel.WEB, region_id=row.region_id)


def note_opened(row: HandoverLink) -> None:
    """Log that its page was opened."""
    row.opened_at = row.opened_at or now()
    _tell("handover_link.opened", row, holder_of(row), access=True)


def note_expired(row: HandoverLink) -> None:
    """Log, once, that it was asked for after its time."""
    if state_of(row) == "expired" and row.expired_at is None:
        row.expired_at = now()
        _tell("handover_link.expired", row, holder_of(row))


def claim(row: HandoverLink) -> None:
    """Use the link up: the download begins. Of two at once one wins.

    :raises NotFoundError: it is not open. Else as :func:`maker_of`.
    """
    db.session.refresh(row, with_for_update=True)
    if state_of(row) != "open":
        raise NotFoundError
    maker_of(row)
    row.claimed_at = now()
    _tell("handover_link.downloaded", row, holder_of(row), sha256=row.bundle.sha256)


def get_link(link_id: uuid.UUID, actor: Actor) -> HandoverLink:
    """Return a link. :raises NotFoundError: not there, or not for this actor to know of."""
    query = sa.select(HandoverLink).where(HandoverLink.id == link_id, in_scope(HandoverLink, actor))
    found = db.session.scalars(query).one_or_none()
    if found is None:
        raise NotFoundError
    return found


def links_of(bundle: Bundle, actor: Actor) -> list[HandoverLink]:
    """Return the links to a bundle, newest first."""
    query = sa.select(HandoverLink).where(HandoverLink.bundle_id == bundle.id, in_scope(HandoverLink, actor))
    return list(db.session.scalars(query.order_by(HandoverLink.id.desc())))


def _sight(row: Any) -> Scope:
    """What whoever holds a link sees: the papers of its agency."""
    return Scope(row.region_id, frozenset({row.agency_id}))


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _tell(kind: str, row: HandoverLink, actor: Actor, *, access: bool = False, **details: object) -> None:
    subject = audit.Subject("bundle", row.bundle_id, row.region_id, row.agency_id)
    audit.record(kind, subject, actor=actor, details={"link": row.id, **details}, access=access)
