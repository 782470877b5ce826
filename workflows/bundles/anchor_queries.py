"""Reads of anchors and keys. They are public: no scope."""

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from workflows.bundles.anchor_models import Anchor, AnchorSending, SealKeyEntry, SendingState
from workflows.core.clock import now
from workflows.core.db import db
from workflows.core.errors import NotFoundError

LONGEST = dt.timedelta(hours=48)
"""How old the newest anchor that is outside may be before people are alarmed."""


@dataclass(frozen=True)
class Outside:
    """How far the log is proven outside the administrator's reach."""

    number: int | None
    """The newest anchor that is outside; none ever: ``None``."""
    at: dt.datetime | None
    ordered: bool
    """Whether the newest anchor has a place to go to at all."""
    alarm: bool
    """None outside, or none for :data:`LONGEST`."""


_is_sent = sa.exists().where(AnchorSending.number == Anchor.number, AnchorSending.state == SendingState.SENT)
_NEWEST_SENT = sa.select(Anchor.number, Anchor.at).where(_is_sent).order_by(Anchor.number.desc()).limit(1)
_ordered = sa.exists().where(AnchorSending.number == sa.select(sa.func.max(Anchor.number)).scalar_subquery())


def outside() -> Outside:
    """Return how far the log is proven outside, in one statement."""
    newest = _NEWEST_SENT.subquery()
    row = db.session.execute(
        sa.select(_ordered, newest.c.number, newest.c.at).select_from(
            sa.select(sa.literal(1)).subquery().outerjoin(newest, sa.true())
        )
    ).one()
    ordered, number, at = row
    return Outside(number, at, ordered, alarm=at is None or now() - at > LONGEST)


def outside_before(moment: dt.datetime) -> Anchor | None:
    """Return the newest anchor that was outside at that moment."""
    sent_by_then = sa.exists().where(
        AnchorSending.number == Anchor.number,
        AnchorSending.state == SendingState.SENT,
        AnchorSending.sent_at <= moment,
    )
    query = sa.select(Anchor).where(sent_by_then).order_by(Anchor.number.desc()).limit(1)
    return db.session.scalars(query).one_or_none()


def covering(chain: str, seq: int) -> Anchor | None:
    """Return the newest anchor that is outside if it proves that event of a chain."""
    newest = db.session.scalars(sa.select(Anchor).where(_is_sent).order_by(Anchor.number.desc()).limit(1)).one_or_none()
    if newest is None:
        return None
    head = json.loads(newest.document)["heads"].get(chain)
    return newest if head is not None and head["seq"] >= seq else None


def newest_anchors(limit: int) -> Sequence[Anchor]:
    """Return the last anchors with their sendings, newest first."""
    query = sa.select(Anchor).options(selectinload(Anchor.sendings)).order_by(Anchor.number.desc()).limit(limit)
    return db.session.scalars(query).all()


def get_anchor(number: int) -> Anchor:
    """:raises NotFoundError: there is none of that number."""
    query = sa.select(Anchor).where(Anchor.number == number).options(selectinload(Anchor.sendings))
    found = db.session.scalars(query).one_or_none()
    if found is None:
        raise NotFoundError
    return found


def seal_keys() -> Sequence[SealKeyEntry]:
    """Return every key that this installation has sealed with, newest first."""
    return db.session.scalars(sa.select(SealKeyEntry).order_by(SealKeyEntry.number.desc())).all()


def newest_key() -> SealKeyEntry | None:
    """Return the key that seals today; ``None`` before the first anchor."""
    return db.session.scalars(sa.select(SealKeyEntry).order_by(SealKeyEntry.number.desc()).limit(1)).one_or_none()


def open_sendings(limit: int) -> Sequence[AnchorSending]:
    """Return the sendings that wait or were given up, newest first."""
    query = sa.select(AnchorSending).where(AnchorSending.state != SendingState.SENT)
    return db.session.scalars(query.order_by(AnchorSending.id.desc()).limit(limit)).all()
