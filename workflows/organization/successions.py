"""Units, or all units of an agency, that make way: who carries on, proposed by an admin, confirmed by an inspector.

What confirmation does to open work belongs to the stage that knows it: see ``workflows.plans.successions``.
"""

import datetime as dt
import uuid
from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import joinedload

from workflows.core import audit
from workflows.core.actors import Actor, Role
from workflows.core.clock import now
from workflows.core.db import db
from workflows.core.errors import ConflictError, InvalidInputError, NotFoundError, PermissionDeniedError, Reason
from workflows.core.ids import new_id
from workflows.core.paging import Page, page
from workflows.core.sentences import Template
from workflows.organization.models import Agency, Succession, Unit
from workflows.organization.scope import in_scope

PROPOSER, CONFIRMER = Role.ADMIN, Role.INSPECTOR
NO_LETTER = Reason("letter_missing", "Isi nomor dan tanggal surat perubahannya.")
SAME_UNIT = Reason("same_unit", "Unit penerus harus unit lain.")
SECRETARIAT = Reason(
    "secretariat", "Sekretariat hanya dialihkan ke perangkat daerah lain: dokumen seluruh perangkat daerah ada padanya."
)
OWN = Reason("own_succession", "Pengalihan unit dikukuhkan oleh orang lain, bukan pengusulnya.")
SETTLED = Reason("succession_settled", "Pengalihan unit ini sudah dikukuhkan atau ditolak.")
NO_REASON = Reason("reason_missing", "Tulis alasannya.")
NOT_YET = Reason(
    "not_yet", "Pengalihan unit dikukuhkan mulai hari berlakunya, supaya pekerjaan tidak berpindah lebih awal."
)
GONE = Template("%(unit)s sudah dialihkan, atau pengalihannya sudah diusulkan.")


def propose(
    unit: Unit, successor: Unit, *, valid_from: dt.date, letter_number: str, letter_date: dt.date | None, actor: Actor
) -> Succession:
    """Write down that a unit carries on what another one leaves open. It moves nothing yet.

    :raises PermissionDeniedError: not an admin. :raises InvalidInputError: with every reason.
    """
    if actor.read_only or actor.person_id is None or not actor.holds(PROPOSER, agency_id=unit.agency_id):
        raise PermissionDeniedError
    db.session.refresh(db.session.get_one(Agency, unit.agency_id), with_for_update=True)  # one after the other
    wrong = []
    if unit.id == successor.id or unit.region_id != successor.region_id:
        wrong.append(SAME_UNIT)
    if unit.is_secretariat and unit.agency_id == successor.agency_id:
        wrong.append(SECRETARIAT)
    if not letter_number.strip() or letter_date is None:
        wrong.append(NO_LETTER)
    query = sa.select(Succession.unit_id).where(
        Succession.unit_id.in_((unit.id, successor.id)), Succession.declined_at.is_(None)
    )
    gone = set(db.session.scalars(query))
    wrong += [Reason("already_succeeded", GONE(unit=one.name)) for one in (unit, successor) if one.id in gone]
    if wrong or letter_date is None:
        raise InvalidInputError(*wrong)
    row = Succession(
        id=new_id(), region_id=unit.region_id, agency_id=unit.agency_id, unit_id=unit.id, successor_id=successor.id,
        successor_agency_id=successor.agency_id,
        valid_from=valid_from, letter_number=letter_number.strip(), letter_date=letter_date,
        proposed_by=actor.person_id, proposed_at=now(),
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    tell("succession.proposed", row, actor, day=valid_from)
    return row


def settle(row: Succession, *, actor: Actor) -> None:
    """Lock a proposal that this person may answer.

    :raises PermissionDeniedError: not an inspector, or the proposer. :raises ConflictError: it is settled already.
    """
    if actor.read_only or not actor.holds(CONFIRMER, agency_id=row.agency_id):
        raise PermissionDeniedError
    if actor.person_id == row.proposed_by:
        raise PermissionDeniedError(OWN)
    _lock(row)


def decline(row: Succession, *, reason: str, actor: Actor) -> None:
    """Refuse a proposal, or take back one's own.

    :raises PermissionDeniedError: neither. :raises InvalidInputError: no reason. :raises ConflictError: it is settled.
    """
    if not reason.strip():
        raise InvalidInputError(NO_REASON)
    if actor.person_id == row.proposed_by and not actor.read_only:
        _lock(row)
    else:
        settle(row, actor=actor)
    row.declined_by, row.declined_at, row.decline_reason = actor.person_id, now(), reason.strip()
    tell("succession.declined", row, actor, reason=reason.strip())


def _lock(row: Succession) -> None:
    db.session.refresh(row, with_for_update={"of": Succession})
    if row.confirmed_at is not None or row.declined_at is not None:
        raise ConflictError(SETTLED)


def tell(kind: str, row: Succession, actor: Actor, **details: object) -> None:
    """Note what became of a succession, in the chain of its agency."""
    named = {"unit": row.unit.name, "successor": row.successor_name, "letter": row.letter_number}
    told = {**named, "letter_date": row.letter_date, **details}
    for agency_id in dict.fromkeys((row.agency_id, row.successor_agency_id)):  # each chain names the other
        subject = audit.Subject("succession", row.id, row.region_id, agency_id)
        audit.record(kind, subject, actor=actor, details=told)


def get_succession(succession_id: uuid.UUID, actor: Actor) -> Succession:
    """Return a succession. :raises NotFoundError: not there, or out of scope."""
    found = db.session.scalars(_rows(actor).where(Succession.id == succession_id)).one_or_none()
    if found is None:
        raise NotFoundError
    return found


def list_successions(
    actor: Actor, agency_id: uuid.UUID, *, cursor: str | None = None, limit: int = 50
) -> Page[Succession]:
    """Return the successions of an agency's units, newest first."""
    return page(
        _rows(actor).where(Succession.agency_id == agency_id),
        keys=[Succession.id],
        read=[uuid.UUID],
        values=lambda row: [row.id],
        cursor=cursor,
        limit=limit,
        descending=True,
    )


def _rows(actor: Actor) -> sa.Select[Succession]:
    query = sa.select(Succession).where(in_scope(Succession, actor))
    return query.options(
        joinedload(Succession.unit), joinedload(Succession.successor), joinedload(Succession.successor_agency)
    )


def succession_of(unit_id: uuid.UUID) -> Succession | None:
    """Return who carries on what a unit leaves open, if it was confirmed."""
    query = sa.select(Succession).where(Succession.unit_id == unit_id, Succession.confirmed_at.is_not(None))
    return db.session.scalars(query).one_or_none()


def forerunners(unit_ids: Collection[uuid.UUID]) -> sa.Select[uuid.UUID]:
    """Return a query for the units whose work these carry on, and those before them."""
    row = Succession
    before = (
        sa.select(row.unit_id)
        .where(row.successor_id.in_(unit_ids), row.confirmed_at.is_not(None))
        .cte("forerunner", recursive=True)
    )
    further = sa.select(row.unit_id).where(row.successor_id == before.c.unit_id, row.confirmed_at.is_not(None))
    return sa.select(before.union(further).c.unit_id)


def carried_on_from(agency_id: uuid.UUID) -> list[uuid.UUID]:
    """Return the agencies whose papers an agency carries on."""
    return db.session.scalar(sa.select(sa.func.forerunner_agencies(agency_id, type_=ARRAY(sa.Uuid)))) or []


def possible_successors(actor: Actor) -> list[tuple[Agency, Unit]]:
    """Return the units of the region that may carry on for another, with their agencies, by name."""
    merged = sa.exists().where(Succession.unit_id == Unit.id, Succession.confirmed_at.is_not(None))
    query = sa.select(Agency, Unit).join(Unit, Unit.agency_id == Agency.id)
    query = query.where(in_scope(Unit, actor), ~merged).order_by(Agency.name, Agency.id, Unit.code)
    return [(agency, unit) for agency, unit in db.session.execute(query)]


def standing_units(agency_id: uuid.UUID) -> list[Unit]:
    """Return the units that may be asked for something new: those that were not merged, the secretariat first."""
    merged = sa.exists().where(Succession.unit_id == Unit.id, Succession.confirmed_at.is_not(None))
    query = sa.select(Unit).where(Unit.agency_id == agency_id, ~merged)
    return list(db.session.scalars(query.order_by(Unit.is_secretariat.desc(), Unit.code)))
