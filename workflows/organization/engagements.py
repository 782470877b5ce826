"""Letters of assignment: auditors and evaluators may do what theirs names, on its days, once two people stand for it.

Of an auditor's an admin writes down what it says and an inspector confirms it; of an evaluator's (*Surat Tugas*) admins
and inspectors do either, never both. Only then does the person hold posts, one for each agency named, or one over the
region. At the console an operator records what was decided on paper.
"""

import datetime as dt
import uuid
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from workflows.core import audit
from workflows.core.actors import Actor, Channel, Role
from workflows.core.clock import now
from workflows.core.db import db
from workflows.core.errors import ConflictError, InvalidInputError, NotFoundError, PermissionDeniedError, Reason
from workflows.core.ids import new_id
from workflows.organization.models import Account, Agency, Duty, Engagement, Person, Position
from workflows.organization.operations import assign, ensure_position

PROPOSERS = {Role.AUDITOR: (Role.ADMIN,), Role.EVALUATOR: (Role.ADMIN, Role.INSPECTOR)}
CONFIRMERS = {Role.AUDITOR: (Role.INSPECTOR,), Role.EVALUATOR: (Role.ADMIN, Role.INSPECTOR)}
TITLE = "Pemeriksa"
YEARS = range(2000, 2101)
MISSING = Reason("engagement_incomplete", "Isi lembaga, nomor surat tugas, dan tahun yang diperiksa.")
ENDS_BEFORE = Reason("ends_before", "Tanggal akhir tidak boleh sebelum tanggal mulai.")
MISSING_LETTER = Reason("engagement_incomplete", "Isi nomor surat tugas dan peran dalam tim.")
OWN_ENGAGEMENT = Reason("own_engagement", "Penugasan dikukuhkan oleh orang lain, bukan pencatat atau yang ditugaskan.")
SETTLED = Reason("engagement_settled", "Penugasan ini sudah dikukuhkan atau diakhiri.")


def propose(
    person: Person,
    *,
    institution: str,
    letter_number: str,
    letter_date: dt.date,
    valid_from: dt.date,
    valid_to: dt.date,
    agencies: Sequence[Agency] = (),
    years: Sequence[int] = (),
    duty: Duty | None = None,
    home: Agency | None = None,
    actor: Actor,
) -> Engagement:
    """Write down what a letter of assignment says. It empowers nothing yet.

    :param agencies: none means every agency of the region. :param years: those an auditor sees.
    :param duty: of an evaluator, what the letter makes of him; without one it is an auditor's letter.
    :param home: the agency an evaluator belongs to; none is the Inspektorat.
    :raises PermissionDeniedError: not one who writes such letters down.
    :raises InvalidInputError: something is missing or does not fit.
    """
    role = Role.EVALUATOR if duty else Role.AUDITOR
    if actor.channel != Channel.COMMAND and (actor.read_only or not actor.holds(*PROPOSERS[role])):
        raise PermissionDeniedError
    if duty and not letter_number.strip():
        raise InvalidInputError(MISSING_LETTER)
    unfit = not (institution.strip() and letter_number.strip() and years) or any(year not in YEARS for year in years)
    if not duty and unfit:
        raise InvalidInputError(MISSING)
    if valid_to < valid_from:
        raise InvalidInputError(ENDS_BEFORE)
    row = Engagement(
        id=new_id(),
        region_id=person.region_id,
        role=role,
        duty=duty,
        home_id=home.id if home else None,
        person_id=person.id,
        institution=institution.strip(),
        letter_number=letter_number.strip(),
        letter_date=letter_date,
        valid_from=valid_from,
        valid_to=valid_to,
        agency_ids=[agency.id for agency in agencies],
        years=sorted(set(years)),
        proposed_by_id=actor.person_id,
        proposed_at=now(),
    )
    db.session.add(row)
    db.session.flush()
    _tell(
        "engagement.proposed", row, actor,
        person=person.name, institution=row.institution, letter=row.letter_number, letter_date=letter_date,
        valid_from=valid_from, valid_to=valid_to, agencies=[agency.code for agency in agencies], years=row.years,
        role=role, **({"duty": duty, "home": home.code if home else None} if duty else {}),
    )  # fmt: skip
    return row


def confirm(row: Engagement, *, actor: Actor) -> None:
    """Stand for what another wrote down; from now on the person may do what it names, on its days.

    :raises PermissionDeniedError: not one who confirms such letters, or who wrote it down, or whom it sends.
    :raises ConflictError: it is confirmed or ended already.
    """
    if actor.channel != Channel.COMMAND:
        if actor.read_only or not actor.holds(*CONFIRMERS[row.role]):
            raise PermissionDeniedError
        if actor.person_id in (row.proposed_by_id, row.person_id):
            raise PermissionDeniedError(OWN_ENGAGEMENT)
    db.session.refresh(row, with_for_update=True)
    if row.confirmed_at is not None or row.ended_at is not None:
        raise ConflictError(SETTLED)
    row.confirmed_by_id, row.confirmed_at = actor.person_id, now()
    places: Sequence[Agency | None] = agencies_of(row) or [None]
    for agency in places:
        post = _post(row, agency)
        assign(
            row.person, post, valid_from=row.valid_from, valid_to=row.valid_to, letter_number=row.letter_number,
            engagement_id=row.id, confirmed=True, actor=actor,
        )  # fmt: skip
    _tell("engagement.confirmed", row, actor)


def _post(row: Engagement, agency: Agency | None) -> Position:
    """Return the post that the letter gives: a team has one for each duty, in each agency."""
    if row.duty is None:
        return ensure_position(row.role, region_id=row.region_id, agency=agency, title=TITLE)
    place = {"region_id": row.region_id, "agency_id": agency.id if agency else None, "title": row.duty.printed}
    found = db.session.scalars(sa.select(Position).filter_by(role=row.role, unit_id=None, **place)).first()
    if found is None:
        found = Position(id=new_id(), role=row.role, **place)
        db.session.add(found)
        db.session.flush()
    return found


def end(row: Engagement, *, actor: Actor) -> None:
    """End an engagement at once, or drop one that was not confirmed.

    :raises PermissionDeniedError: neither admin nor inspector. :raises ConflictError: it is ended already.
    """
    if actor.read_only or not actor.holds(Role.ADMIN, Role.INSPECTOR):
        raise PermissionDeniedError
    db.session.refresh(row, with_for_update=True)
    if row.ended_at is not None:
        raise ConflictError(SETTLED)
    row.ended_by_id, row.ended_at = actor.person_id, now()
    _tell("engagement.ended", row, actor)


def get_engagement(engagement_id: uuid.UUID, actor: Actor) -> Engagement:
    """Return an engagement. :raises NotFoundError: not there, or of another region."""
    query = sa.select(Engagement).where(Engagement.id == engagement_id, Engagement.region_id == actor.region_id)
    found = db.session.scalars(query).one_or_none()
    if found is None:
        raise NotFoundError
    return found


def list_engagements(actor: Actor, *, limit: int = 100) -> list[Engagement]:
    """Return the engagements of the region, newest first."""
    query = sa.select(Engagement).where(Engagement.region_id == actor.region_id).options(joinedload(Engagement.person))
    return list(db.session.scalars(query.order_by(Engagement.id.desc()).limit(limit)))


def agencies_of(row: Engagement) -> list[Agency]:
    """Return the agencies that an engagement names; none where it covers the region."""
    if not row.agency_ids:
        return []
    return list(db.session.scalars(sa.select(Agency).where(Agency.id.in_(row.agency_ids)).order_by(Agency.code)))


def person_by_email(email: str, actor: Actor) -> Person:
    """Return whose account has that address, in the actor's region. :raises NotFoundError: nobody's."""
    query = sa.select(Person).join(Account, Account.person_id == Person.id)
    query = query.where(sa.func.lower(Account.email) == email.strip().lower(), Account.region_id == actor.region_id)
    found = db.session.scalars(query).one_or_none()
    if found is None:
        raise NotFoundError(Reason("no_account", "Tidak ada akun dengan surel itu; admin membuatnya lebih dulu."))
    return found


def _tell(kind: str, row: Engagement, actor: Actor, **details: object) -> None:
    audit.record(kind, audit.Subject("engagement", row.id, row.region_id), actor=actor, details=details)
