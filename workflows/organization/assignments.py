"""Who is put into which post: proposed by one person, confirmed by another, ended before its time with a reason.

Nobody proposes or confirms himself. A Plt. or Plh. of a head that the agency's operator enters works at once and is
flagged until it is confirmed; everything else waits. What a letter says never changes; what stood until today stays so.
"""

import calendar
import datetime as dt
from collections.abc import Iterator

import sqlalchemy as sa

from workflows.core import audit
from workflows.core.actors import Actor, AssignmentKind, Role
from workflows.core.clock import local_date, now
from workflows.core.db import db
from workflows.core.errors import (
    ConflictError,
    GuardFailedError,
    InvalidInputError,
    PermissionDeniedError,
    Reason,
)
from workflows.core.sentences import Template
from workflows.organization.models import LetterScan, Person, Position, PositionAssignment
from workflows.organization.operations import ACTING, HEADS, assign
from workflows.organization.queries import OF_THE_OFFICE, region_of

OFFICE = OF_THE_OFFICE
"""The posts of an agency that are filled here; those over the region come with the roster, auditors by engagement."""
PROPOSERS = (Role.AGENCY_OPERATOR, Role.ADMIN)
CONFIRMERS = (Role.AGENCY_HEAD, Role.INSPECTOR, Role.ADMIN)
WATCHERS = (*PROPOSERS, Role.AGENCY_HEAD, Role.INSPECTOR)
"""Who sees how the posts of an agency are filled, and the letters."""
MONTHS = 3
"""How long a Plt. may act before he is appointed anew."""
FAR = dt.timedelta(days=366)
MOST_SCANS = 9

NO_LETTER = Reason("letter_missing", "Isi nomor dan tanggal surat penugasannya.")
ENDS_BEFORE = Reason("ends_before", "Tanggal akhir tidak boleh sebelum tanggal mulai.")
NOT_A_HEAD = Reason("not_a_head", "Plt., Plh., dan Pj. hanya untuk jabatan kepala.")
NO_END = Reason("end_missing", "Plt. dan Plh. perlu tanggal akhir, seperti yang disebut suratnya.")
LONG_ACTING = Reason("long_acting", "Plt. paling lama 3 bulan, lalu ditunjuk lagi dengan surat baru.")
FAR_AWAY = Reason("far_away", "Tanggal mulainya lebih dari setahun dari hari ini.")
OVER = Reason("over", "Masa penugasan ini sudah lewat; tidak memberi wewenang apa pun.")
OWN = Reason("own_assignment", "Penugasan untuk diri sendiri diusulkan dan dikukuhkan oleh orang lain.")
OWN_PROPOSAL = Reason("own_proposal", "Penugasan dikukuhkan oleh orang lain, bukan pengusulnya.")
SETTLED = Reason("assignment_settled", "Penugasan ini sudah dikukuhkan, ditolak, atau diakhiri.")
NOTHING_LEFT = Reason(
    "nothing_left", "Mutasi hanya untuk yang memegang tepat satu jabatan definitif, ke jabatan definitif yang lain."
)
MOVED = Template("Mutasi menjadi %(position)s, surat %(letter)s.")
NO_REASON = Reason("reason_missing", "Tulis alasannya.")
PAST_END = Reason("end_day", "Hari terakhir paling awal hari ini dan harus lebih awal dari yang tercatat.")
TOO_MANY = Reason("scans_full", "Pindaian surat untuk penugasan ini sudah cukup banyak.")
HELD = Template(
    "Untuk masa itu jabatan ini sudah dipegang, atau diusulkan, secara definitif: %(name)s. "
    "Akhiri atau tolak dulu yang itu, atau pilih tanggal sesudahnya."
)
STILL_HELD = Template("Jabatan ini masih dipegang %(name)s; bila ia hanya berhalangan, yang ditunjuk adalah Plh.")
TWICE = Template("%(name)s sudah tercatat pada jabatan ini untuk sebagian masa itu.")


def propose(
    position: Position,
    person: Person,
    *,
    kind: AssignmentKind,
    valid_from: dt.date,
    valid_to: dt.date | None,
    letter_number: str,
    letter_date: dt.date | None,
    moves: bool = False,
    sure: bool = False,
    actor: Actor,
) -> PositionAssignment:
    """Write down what a letter says: who is put where, how and for how long.

    :param moves: a transfer: by the same letter the post that the person holds for good ends the day before.
    :param sure: true once the proposer was told what is unusual about it and stands by it.
    :raises PermissionDeniedError: neither operator of that agency nor admin, or for himself; of a transfer, of both.
    :raises InvalidInputError: with every reason: what cannot be, and, unless ``sure``, what is unusual.
    """
    may_propose(position, actor)
    if person.id == actor.person_id:
        raise PermissionDeniedError(OWN)
    db.session.refresh(position, with_for_update=True)  # two who propose for one post come one after the other
    wrong = list(_impossible(position, kind, valid_from, valid_to, letter_number, letter_date))
    left = _left(person, position, kind, actor) if moves else None
    if moves and left is None:
        wrong.append(NOTHING_LEFT)
    if not wrong:
        others = _overlapping(position, valid_from, valid_to)
        wrong += _collisions(position, person, kind, others)
        wrong += [] if sure else _unusual(kind, valid_from, valid_to, others, _today(actor))
    if wrong:
        raise InvalidInputError(*wrong)
    return assign(
        person, position, kind=kind, valid_from=valid_from, valid_to=valid_to, letter_number=letter_number.strip(),
        letter_date=letter_date, replaces=left, actor=actor,
    )  # fmt: skip


def _left(person: Person, position: Position, kind: AssignmentKind, actor: Actor) -> PositionAssignment | None:
    """Return the one post that a person holds for good and leaves for another.

    :raises PermissionDeniedError: it is in an agency for which the actor may not propose.
    """
    entry, today = PositionAssignment, _today(actor)
    query = (
        sa.select(entry)
        .join(entry.position)
        .where(
            entry.person_id == person.id,
            entry.position_id != position.id,
            entry.kind == AssignmentKind.DEFINITIVE,
            Position.role.in_(OFFICE),
            entry.confirmed_at.is_not(None),
            entry.ended_at.is_(None),
            entry.valid_from <= today,
            sa.or_(entry.valid_to.is_(None), entry.valid_to >= today),
        )
    )
    found = list(db.session.scalars(query))
    if len(found) != 1 or kind != AssignmentKind.DEFINITIVE:
        return None
    may_propose(found[0].position, actor)
    return found[0]


def may_propose(position: Position, actor: Actor) -> None:
    """:raises PermissionDeniedError: neither operator of that agency nor admin."""
    if actor.read_only or not actor.holds(*PROPOSERS, agency_id=position.agency_id):
        raise PermissionDeniedError


def confirm(row: PositionAssignment, *, actor: Actor) -> None:
    """Stand for what another proposed; from now on it works on its days. A transfer ends the post that is left.

    What was signed there stays valid; its open steps wait for whoever holds it next.

    :raises PermissionDeniedError: not one who may, or who proposed it or is meant by it; of a transfer, for both posts.
    :raises ConflictError: it is settled already. :raises GuardFailedError: meanwhile another holds the post.
    """
    _may_settle(row, actor)
    _lock(row)
    if row.confirmed_at is not None or row.ended_at is not None:
        raise ConflictError(SETTLED)
    others = [one for one in _overlapping(row.position, row.valid_from, row.valid_to) if one.id != row.id]
    wrong = list(_collisions(row.position, row.person, row.kind, others))
    if wrong:
        raise GuardFailedError(*wrong)
    row.confirmed_by, row.confirmed_at = actor.person_id, now()
    tell("assignment.confirmed", row, actor)
    if row.replaces is not None:
        _leave(row.replaces, row, actor)


def _leave(left: PositionAssignment, row: PositionAssignment, actor: Actor) -> None:
    """End what is left with the day before the new post begins; where that has passed already, at once."""
    _lock(left)
    day, today = row.valid_from - dt.timedelta(days=1), _today(actor)
    if left.ended_at is None and (left.valid_to is None or left.valid_to > day):
        reason = MOVED(position=row.position.title, letter=row.letter_number)
        stop(left, last_day=day if day >= today else None, reason=reason, actor=actor)


def decline(row: PositionAssignment, *, reason: str, actor: Actor) -> None:
    """Refuse what another proposed, or take back what one proposed oneself; from now on it empowers nothing.

    :raises PermissionDeniedError: not one who may. :raises InvalidInputError: no reason.
    :raises ConflictError: it is settled already.
    """
    if row.proposed_by != actor.person_id or actor.read_only:
        _may_settle(row, actor)
    if not reason.strip():
        raise InvalidInputError(NO_REASON)
    _lock(row)
    if row.confirmed_at is not None or row.ended_at is not None:
        raise ConflictError(SETTLED)
    row.ended_by, row.ended_at, row.end_reason = actor.person_id, now(), reason.strip()
    tell("assignment.declined", row, actor, reason=reason.strip())


def end(row: PositionAssignment, *, reason: str, last_day: dt.date | None, actor: Actor) -> None:
    """End a confirmed assignment before its time: with a last day from today on, or at once.

    :param last_day: ``None`` for at once.
    :raises PermissionDeniedError: not one who may end it, or it is his own.
    :raises InvalidInputError: no reason, or a day that cannot be. :raises ConflictError: it has ended already.
    """
    _may_end(row, actor)
    if not reason.strip():
        raise InvalidInputError(NO_REASON)
    _lock(row)
    today = _today(actor)
    over = row.valid_to is not None and row.valid_to < today
    if row.ended_at is not None or row.confirmed_at is None or over:
        raise ConflictError(SETTLED)
    if last_day is not None and (last_day < today or (row.valid_to is not None and last_day >= row.valid_to)):
        raise InvalidInputError(PAST_END)
    stop(row, last_day=last_day, reason=reason.strip(), actor=actor)


def stop(row: PositionAssignment, *, last_day: dt.date | None, reason: str, actor: Actor) -> None:
    """Write the end of an assignment. :param last_day: ``None``, or one before its beginning, for at once."""
    row.ended_by, row.end_reason = actor.person_id, reason
    if last_day is None or last_day < row.valid_from:
        row.ended_at, last_day = now(), None
    else:
        row.valid_to = last_day
    tell("assignment.ended", row, actor, last_day=last_day, reason=reason)


def attach(
    row: PositionAssignment, *, scan_id: object, sha256: str, size: int, original_name: str, actor: Actor
) -> LetterScan:
    """Write that a scan of the letter was received; its bytes lie in the store already and were read back.

    :raises PermissionDeniedError: neither proposer nor confirmer of that post.
    :raises ConflictError: there are too many, or the assignment was declined.
    """
    may_attach(row, actor)
    _lock(row)
    if len(row.letters) >= MOST_SCANS or (row.confirmed_at is None and row.ended_at is not None):
        raise ConflictError(TOO_MANY if row.letters else SETTLED)
    scan = LetterScan(
        id=scan_id, region_id=row.region_id, agency_id=row.agency_id, assignment_id=row.id, sha256=sha256, size=size,
        original_name=original_name, received_by=actor.person_id, received_at=now(),
    )  # fmt: skip
    db.session.add(scan)
    db.session.flush()
    tell("assignment.letter_received", row, actor, sha256=sha256, size=size)
    return scan


def may_attach(row: PositionAssignment, actor: Actor) -> None:
    """:raises PermissionDeniedError: neither proposer nor confirmer of that post."""
    if actor.read_only or not actor.holds(*PROPOSERS, *CONFIRMERS, agency_id=row.agency_id):
        raise PermissionDeniedError


def settles(row: PositionAssignment, actor: Actor) -> bool:
    """Return whether a person may confirm this one, as far as the person is concerned."""
    return _settler_of(row, actor) and actor.person_id not in (row.proposed_by, row.person_id)


def ends(row: PositionAssignment, actor: Actor) -> bool:
    """Return whether a person may end this one early: who may confirm it, and the operator an acting one."""
    operator = row.kind in ACTING and not actor.read_only and actor.holds(Role.AGENCY_OPERATOR, agency_id=row.agency_id)
    return row.person_id != actor.person_id and (_settler(row.position, actor) or operator)


def _settler(position: Position, actor: Actor) -> bool:
    """Admin and inspector for every post; the agency's head for those below him, once his own is confirmed."""
    if actor.read_only:
        return False
    if actor.holds(Role.INSPECTOR, Role.ADMIN, agency_id=position.agency_id):
        return True
    return position.role != Role.AGENCY_HEAD and any(
        post.role == Role.AGENCY_HEAD and post.agency_id == position.agency_id and post.confirmed
        for post in actor.posts
    )


def _settler_of(row: PositionAssignment, actor: Actor) -> bool:
    """Of a transfer, for both posts."""
    return _settler(row.position, actor) and (row.replaces is None or _settler(row.replaces.position, actor))


def _may_settle(row: PositionAssignment, actor: Actor) -> None:
    if not _settler_of(row, actor):
        raise PermissionDeniedError
    if actor.person_id == row.person_id:
        raise PermissionDeniedError(OWN)
    if actor.person_id == row.proposed_by:
        raise PermissionDeniedError(OWN_PROPOSAL)


def _may_end(row: PositionAssignment, actor: Actor) -> None:
    if not ends(row, actor):
        raise PermissionDeniedError(*([OWN] if row.person_id == actor.person_id else []))


def _lock(row: PositionAssignment) -> None:
    """Lock the post, then the assignment: the only order there is."""
    db.session.refresh(row.position, with_for_update=True)
    db.session.refresh(row, with_for_update={"of": PositionAssignment})


def _today(actor: Actor) -> dt.date:
    return local_date(now(), region_of(actor).timezone)


def _impossible(
    position: Position,
    kind: AssignmentKind,
    valid_from: dt.date,
    valid_to: dt.date | None,
    letter_number: str,
    letter_date: dt.date | None,
) -> Iterator[Reason]:
    if not letter_number.strip() or letter_date is None:
        yield NO_LETTER
    if valid_to is not None and valid_to < valid_from:
        yield ENDS_BEFORE
    if kind != AssignmentKind.DEFINITIVE and position.role not in HEADS:
        yield NOT_A_HEAD
    if kind in ACTING and valid_to is None:
        yield NO_END


def _overlapping(position: Position, first: dt.date, last: dt.date | None) -> list[PositionAssignment]:
    """Return what stands or is proposed for a post on some day of that period."""
    entry = PositionAssignment
    query = sa.select(entry).where(
        entry.position_id == position.id,
        entry.ended_at.is_(None),
        sa.or_(entry.valid_to.is_(None), entry.valid_to >= first),
    )
    if last is not None:
        query = query.where(entry.valid_from <= last)
    return list(db.session.scalars(query.order_by(entry.valid_from, entry.id)))


def _collisions(
    position: Position, person: Person, kind: AssignmentKind, others: list[PositionAssignment]
) -> Iterator[Reason]:
    """Name who stands in the way: of a head's post there is one definitive holder at a time."""
    if kind == AssignmentKind.DEFINITIVE and position.role in HEADS:
        for other in others:
            if other.kind == AssignmentKind.DEFINITIVE and other.person_id != person.id:
                yield Reason("already_held", HELD(name=other.person.name))
    if any(other.person_id == person.id for other in others):
        yield Reason("same_person_twice", TWICE(name=person.name))


def _unusual(
    kind: AssignmentKind,
    valid_from: dt.date,
    valid_to: dt.date | None,
    others: list[PositionAssignment],
    today: dt.date,
) -> Iterator[Reason]:
    """What may be right and is told before it is written."""
    if kind == AssignmentKind.ACTING_VACANT and valid_to is not None and valid_to >= _months_on(valid_from, MONTHS):
        yield LONG_ACTING
    if abs(valid_from - today) > FAR:
        yield FAR_AWAY
    if valid_to is not None and valid_to < today:
        yield OVER
    if kind in (AssignmentKind.ACTING_VACANT, AssignmentKind.CARETAKER):
        for other in others:
            if other.kind == AssignmentKind.DEFINITIVE and other.confirmed_at is not None:
                yield Reason("still_held", STILL_HELD(name=other.person.name))


def _months_on(day: dt.date, months: int) -> dt.date:
    """Return the same day some months on, or that month's last."""
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    return dt.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def tell(kind: str, row: PositionAssignment, actor: Actor, **details: object) -> None:
    """Note what became of an assignment, in the chain of its agency."""
    subject = audit.Subject("assignment", row.id, row.region_id, row.agency_id)
    named = {"person": row.person.name, "position": row.kind.prefix + row.position.title}
    audit.record(kind, subject, actor=actor, details={**named, **details})
