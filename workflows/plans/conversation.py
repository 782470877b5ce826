"""*Percakapan*: short messages about one requirement, beside its states and without any effect on them.

Whoever may see the requirement reads them all, in the order in which they were written; nothing is edited or deleted.
The log tells who wrote when, and the digest of what.
"""

import datetime as dt
import hashlib
import uuid
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import distinct_on, insert
from sqlalchemy.orm import joinedload

from workflows.core import audit
from workflows.core.actors import INSPECTORATE, Actor, Post, Role
from workflows.core.clock import now
from workflows.core.db import db
from workflows.core.errors import GuardFailedError, InvalidInputError, PermissionDeniedError, Reason
from workflows.core.ids import new_id
from workflows.core.paging import Page, page
from workflows.core.sentences import Template
from workflows.organization.scope import in_scope
from workflows.plans.models import Message, MessagesRead, Requirement
from workflows.recommendations.models import EvaluationReport, ReportState

LONGEST = 1000
"""Letters of one message: what needs more is a letter, not a message."""
EMPTY = Reason("message_empty", "Tulis pesannya.")
_TOO_LONG = Template("Pesan paling panjang %(longest)s huruf; yang ini %(length)s.")
ONLY_READS = Reason("auditor_reads", "Pemeriksa membaca percakapan dan tidak menulis di sini.")
NOT_ISSUED = Reason("report_not_issued", "LHE ini masih konsep; tunggu sampai diterbitkan Inspektur.")
_OFFICE = (Role.AGENCY_OPERATOR, Role.AGENCY_HEAD)
_UNIT = (Role.UNIT_HEAD, Role.UNIT_STAFF)


def write(requirement: Requirement, text: str, *, actor: Actor) -> Message:
    """Say something about a requirement that the actor may see.

    :raises PermissionDeniedError: an auditor, or a token that only reads. :raises GuardFailedError: still a draft.
    :raises InvalidInputError: nothing is said, or too much.
    """
    post = _speaking(requirement, actor)
    if post is None or actor.read_only:
        raise PermissionDeniedError(ONLY_READS)
    if requirement.report.state != ReportState.ISSUED:
        raise GuardFailedError(NOT_ISSUED)
    said = text.replace("\r\n", "\n").strip()
    if not said:
        raise InvalidInputError(EMPTY)
    if len(said) > LONGEST:
        raise InvalidInputError(Reason("message_long", _TOO_LONG(longest=LONGEST, length=len(said))))
    row = Message(
        id=new_id(),
        region_id=requirement.region_id,
        agency_id=requirement.agency_id,
        requirement_id=requirement.id,
        person_id=actor.person_id,
        name=actor.name,
        position=post.printed,
        of_inspectorate=post.role in INSPECTORATE,
        text=said,
        at=now(),
    )
    db.session.add(row)
    db.session.flush()
    digest = hashlib.sha256(said.encode()).hexdigest()
    subject = audit.Subject("requirement", requirement.id, requirement.region_id, requirement.agency_id)
    details = {"message": row.id, "post": row.position, "text_sha256": digest}
    audit.record("requirement.message_sent", subject, actor=actor, details=details)
    return row


def _speaking(requirement: Requirement, actor: Actor) -> Post | None:
    """Return the post in which the actor speaks: the nearest to the unit first, an auditor's never."""
    posts = [
        post for post in actor.posts if post.role != Role.AUDITOR and post.agency_id in (None, requirement.agency_id)
    ]
    return min(posts, key=lambda post: (post.unit_id != requirement.unit_id, post.agency_id is None), default=None)


def may_write(requirement: Requirement, actor: Actor) -> bool:
    """Return whether a form is offered."""
    issued = requirement.report.state == ReportState.ISSUED
    return issued and not actor.read_only and _speaking(requirement, actor) is not None


def conversation(
    requirement: Requirement, actor: Actor, *, cursor: str | None = None, limit: int = 30
) -> Page[Message]:
    """Return what was said, the newest first."""
    return page(
        sa.select(Message).where(Message.requirement_id == requirement.id, in_scope(Message, actor)),
        keys=[Message.at, Message.id],
        read=[dt.datetime.fromisoformat, uuid.UUID],
        values=lambda row: [row.at, row.id],
        cursor=cursor,
        limit=limit,
        descending=True,
    )


def mark_read(requirement: Requirement, until: dt.datetime, *, actor: Actor) -> None:
    """Keep that the person has what was said up to a moment before him."""
    row = {
        "id": new_id(), "region_id": requirement.region_id, "agency_id": requirement.agency_id,
        "person_id": actor.person_id, "requirement_id": requirement.id, "until": until,
    }  # fmt: skip
    statement = insert(MessagesRead).values(row)
    db.session.execute(
        statement.on_conflict_do_update(
            index_elements=["person_id", "requirement_id"],
            set_={"until": statement.excluded.until},
            where=MessagesRead.until < statement.excluded.until,
        )
    )


@dataclass(frozen=True)
class News:
    """What was said about one requirement since a person looked."""

    requirement: Requirement
    count: int
    last: Message


def news(actor: Actor, *, limit: int = 20) -> list[News]:
    """Return the conversations that have something new for the actor, the newest first.

    Those of his unit and agency, those in which he has spoken, and, for the Inspektorat, those in which an agency
    waits for an answer.
    """
    query = (
        sa.select(Message, sa.func.count().over(partition_by=Message.requirement_id).label("number"))
        .join(Requirement, Requirement.id == Message.requirement_id)
        .join(EvaluationReport, EvaluationReport.id == Requirement.report_id)
        .outerjoin(
            MessagesRead,
            sa.and_(MessagesRead.requirement_id == Message.requirement_id, MessagesRead.person_id == actor.person_id),
        )
        .where(
            in_scope(Message, actor),
            Message.person_id != actor.person_id,
            sa.or_(MessagesRead.until.is_(None), Message.at > MessagesRead.until),
            _concerns(actor),
        )
        .ext(distinct_on(Message.requirement_id))
        .order_by(Message.requirement_id, Message.at.desc(), Message.id.desc())
        .options(joinedload(Message.requirement).joinedload(Requirement.agency))
    )
    rows = [News(row.requirement, number, row) for row, number in db.session.execute(query)]
    return sorted(rows, key=lambda one: one.last.at, reverse=True)[:limit]


def _concerns(actor: Actor) -> sa.ColumnElement[bool]:
    offices = [post.agency_id for post in actor.posts if post.role in _OFFICE and post.agency_id]
    units = [post.unit_id for post in actor.posts if post.role in _UNIT and post.unit_id]
    other = Message.__table__.alias()
    spoken = sa.exists().where(other.c.requirement_id == Message.requirement_id, other.c.person_id == actor.person_id)
    found = [Requirement.agency_id.in_(offices), Requirement.unit_id.in_(units), spoken]
    if actor.roles & INSPECTORATE:
        answer = Message.__table__.alias()
        answered = sa.exists().where(
            answer.c.requirement_id == Message.requirement_id, answer.c.of_inspectorate, answer.c.at > Message.at
        )
        found.append(sa.and_(~Message.of_inspectorate, ~answered))
    return sa.or_(*found)
