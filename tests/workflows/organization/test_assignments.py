"""Who is put into which post: two people for each, told what is odd, refused what cannot be, over on its day."""

import datetime as dt
from typing import Any

import pytest

from tests.support.offices import CONSOLE, Office
from workflows.core.actors import Actor, AssignmentKind, Channel, Role
from workflows.core.clock import local_date, now
from workflows.core.db import db
from workflows.core.errors import ConflictError, InvalidInputError, NotFoundError, PermissionDeniedError, WorkflowError
from workflows.organization import assignments
from workflows.organization.models import Person, Position, PositionAssignment
from workflows.organization.operations import add_person, ensure_position
from workflows.organization.posts import Standing, get_position, proposals, standing, vacant_posts
from workflows.organization.queries import person_as_actor

PLT, PLH, PJ, DEFINITIVE = (
    AssignmentKind.ACTING_VACANT, AssignmentKind.ACTING_DAILY, AssignmentKind.CARETAKER, AssignmentKind.DEFINITIVE,
)  # fmt: skip
ZONES = [("Asia/Jakarta", 7), ("Asia/Makassar", 8), ("Asia/Jayapura", 9)]


@pytest.fixture
def person(office: Office) -> Person:
    """Somebody without a post."""
    return add_person(office.region, name="Pengganti", actor=CONSOLE)


@pytest.fixture
def today(office: Office) -> dt.date:
    """The day in the region."""
    return local_date(now(), office.region.timezone)


def post(office: Office, role: Role = Role.UNIT_HEAD, unit: int = 1) -> Position:
    """Return a post of the first agency."""
    place = office.units["dpk"][unit] if role in (Role.UNIT_HEAD, Role.UNIT_STAFF) else None
    return ensure_position(role, region_id=office.region.id, agency=office.agency, unit=place)


def propose(office: Office, person: Person, *, by: str = "operator", where: Position | None = None, **more: Any) -> Any:
    """Propose somebody for the post of B1's head, as Plh. for ten days unless told otherwise."""
    today = local_date(now(), office.region.timezone)
    given = {
        "kind": PLH, "valid_from": today, "valid_to": today + dt.timedelta(days=9), "letter_number": "800/1",
        "letter_date": today, **more,
    }  # fmt: skip
    return assignments.propose(where or post(office), person, actor=office.actor(by), **given)


def holds(person: Person, *, at: dt.datetime | None = None) -> bool:
    """Return whether somebody holds a post."""
    return bool(person_as_actor(person.id, channel=Channel.WEB, at=at).posts)


def codes(error: pytest.ExceptionInfo[WorkflowError]) -> set[str]:
    """Return why something was refused."""
    return {reason.code for reason in error.value.reasons}


def free(office: Office, name: str = "head_b1") -> None:
    """Let whoever holds a post have left it long ago."""
    row = held_by(office, name)
    row.valid_to = dt.date(2021, 1, 1)
    db.session.flush()


def held_by(office: Office, name: str) -> PositionAssignment:
    """Return the one assignment of somebody."""
    person_id = office.accounts[name].person_id
    return db.session.query(PositionAssignment).filter_by(person_id=person_id).one()


def test_what_the_operator_enters_works_at_once_and_is_flagged_until_another_confirms(
    office: Office, person: Person
) -> None:
    row = propose(office, person)
    (held,) = person_as_actor(person.id, channel=Channel.WEB).posts
    assert (held.printed, held.confirmed) == ("Plh. Kepala Bidang B1", False)
    assignments.confirm(row, actor=office.actor("head"))
    (held,) = person_as_actor(person.id, channel=Channel.WEB).posts
    assert held.confirmed
    with pytest.raises(ConflictError):
        assignments.confirm(row, actor=office.actor("inspector"))


@pytest.mark.parametrize(
    ("by", "kind", "works"),
    [("admin", PLH, False), ("operator", PJ, False), ("operator", DEFINITIVE, False), ("operator", PLT, True)],
)
def test_everything_else_waits(office: Office, person: Person, by: str, kind: AssignmentKind, works: bool) -> None:
    free(office)
    row = propose(office, person, by=by, kind=kind)
    assert holds(person) is works
    assignments.confirm(row, actor=office.actor("inspector"))
    assert holds(person)


def test_nobody_proposes_or_confirms_himself(office: Office, person: Person) -> None:
    own = db.session.get_one(Person, office.accounts["operator"].person_id)
    with pytest.raises(PermissionDeniedError) as refused:
        propose(office, own)
    assert codes(refused) == {"own_assignment"}
    row = propose(office, person, by="admin")
    with pytest.raises(PermissionDeniedError) as refused:
        assignments.confirm(row, actor=office.actor("admin"))
    assert codes(refused) == {"own_proposal"}
    head = propose(office, db.session.get_one(Person, office.accounts["head"].person_id), where=post(office, unit=2))
    with pytest.raises(PermissionDeniedError) as refused:
        assignments.confirm(head, actor=office.actor("head"))
    assert codes(refused) == {"own_assignment"}


def test_only_who_may_proposes_and_confirms(office: Office, person: Person) -> None:
    for by in ("head", "staff_b1", "inspector", "other_operator", "evaluator"):
        with pytest.raises(PermissionDeniedError):
            propose(office, person, by=by)
    with pytest.raises(NotFoundError):
        get_position(post(office).id, office.actor("other_operator"))
    row = propose(office, person)
    for by in ("operator", "head_b2", "other_head", "evaluator"):
        with pytest.raises(PermissionDeniedError):
            assignments.confirm(row, actor=office.actor(by))
    # The head answers for those below him, not for who takes his own place.
    above = propose(office, person, where=post(office, Role.AGENCY_HEAD))
    with pytest.raises(PermissionDeniedError):
        assignments.confirm(above, actor=office.actor("head"))


def test_an_acting_head_whom_nobody_confirmed_confirms_nobody(office: Office, person: Person) -> None:
    propose(office, person, where=post(office, Role.AGENCY_HEAD))
    acting = person_as_actor(person.id, channel=Channel.WEB)
    other = add_person(office.region, name="Orang Ketiga", actor=CONSOLE)
    row = propose(office, other)
    with pytest.raises(PermissionDeniedError):
        assignments.confirm(row, actor=acting)


def test_what_cannot_be_is_refused_with_every_reason(office: Office, person: Person, today: dt.date) -> None:
    with pytest.raises(InvalidInputError) as refused:
        propose(office, person, letter_number=" ", valid_to=today - dt.timedelta(days=1))
    assert codes(refused) == {"letter_missing", "ends_before"}
    with pytest.raises(InvalidInputError) as refused:
        propose(office, person, where=post(office, Role.UNIT_STAFF))
    assert codes(refused) == {"not_a_head"}
    with pytest.raises(InvalidInputError) as refused:
        propose(office, person, valid_to=None)
    assert codes(refused) == {"end_missing"}


def test_what_is_unusual_is_told_and_written_once_one_stands_by_it(
    office: Office, person: Person, today: dt.date
) -> None:
    long_ago = today - dt.timedelta(days=500)
    odd = {"kind": PLT, "valid_from": long_ago, "valid_to": today - dt.timedelta(days=1)}
    with pytest.raises(InvalidInputError) as refused:
        propose(office, person, **odd)
    assert codes(refused) == {"long_acting", "far_away", "over", "still_held"}
    assert "Pegawai head_b1" in str(refused.value)
    propose(office, person, sure=True, **odd)
    assert not holds(person)


@pytest.mark.parametrize(("days", "told"), [(-1, False), (0, True)])
def test_a_plt_ends_with_its_third_month(office: Office, person: Person, today: dt.date, days: int, told: bool) -> None:
    free(office)
    last = assignments._months_on(today, 3) + dt.timedelta(days=days)
    if not told:
        propose(office, person, kind=PLT, valid_to=last)
        return
    with pytest.raises(InvalidInputError) as refused:
        propose(office, person, kind=PLT, valid_to=last)
    assert codes(refused) == {"long_acting"}


def test_months_end_with_their_own_last_day() -> None:
    assert assignments._months_on(dt.date(2025, 11, 30), 3) == dt.date(2026, 2, 28)
    assert assignments._months_on(dt.date(2026, 10, 1), 3) == dt.date(2027, 1, 1)


def test_a_second_definitive_holder_is_refused_by_name(office: Office, person: Person, today: dt.date) -> None:
    with pytest.raises(InvalidInputError) as refused:
        propose(office, person, kind=DEFINITIVE, valid_to=None)
    assert codes(refused) == {"already_held"}
    assert "Pegawai head_b1" in str(refused.value)
    held_by(office, "head_b1").valid_to = today
    db.session.flush()
    row = propose(office, person, kind=DEFINITIVE, valid_from=today + dt.timedelta(days=1), valid_to=None)
    assignments.confirm(row, actor=office.actor("head"))
    # Staff of a unit are many.
    propose(office, person, where=post(office, Role.UNIT_STAFF), kind=DEFINITIVE, valid_to=None)
    with pytest.raises(InvalidInputError) as refused:
        propose(office, person, where=post(office, Role.UNIT_STAFF), kind=DEFINITIVE, valid_to=None)
    assert codes(refused) == {"same_person_twice"}


def test_two_proposals_for_one_post_do_not_both_come_true(office: Office, person: Person, today: dt.date) -> None:
    free(office)
    first = propose(office, person, kind=DEFINITIVE, valid_to=None)
    other = add_person(office.region, name="Saingan", actor=CONSOLE)
    with pytest.raises(InvalidInputError) as refused:
        propose(office, other, kind=DEFINITIVE, valid_to=None)
    assert "Pengganti" in str(refused.value)
    assignments.decline(first, reason="Salah orang", actor=office.actor("head"))
    propose(office, other, kind=DEFINITIVE, valid_to=None)


def test_a_declined_one_is_over_from_that_moment(office: Office, person: Person) -> None:
    row = propose(office, person)
    db.session.commit()
    assert holds(person)
    with pytest.raises(InvalidInputError):
        assignments.decline(row, reason=" ", actor=office.actor("head"))
    assignments.decline(row, reason="Suratnya dicabut", actor=office.actor("head"))
    assert not holds(person)
    assert standing(row, today=dt.date(2026, 1, 1)) == Standing.DECLINED
    with pytest.raises(ConflictError):
        assignments.confirm(row, actor=office.actor("inspector"))


def test_who_proposed_takes_it_back(office: Office, person: Person) -> None:
    row = propose(office, person)
    assignments.decline(row, reason="Salah ketik", actor=office.actor("operator"))
    assert not holds(person)


def test_who_was_only_proposed_has_held_nothing(office: Office, person: Person) -> None:
    evaluator = db.session.get_one(Person, office.accounts["evaluator"].person_id)
    row = propose(office, evaluator, kind=PJ, sure=True)
    assert all(post.agency_id is None for post in office.actor("evaluator").history)
    assignments.confirm(row, actor=office.actor("inspector"))
    assert any(post.agency_id == office.agency.id for post in office.actor("evaluator").history)


def test_it_ends_on_a_day_or_at_once_with_a_reason(office: Office, person: Person, today: dt.date) -> None:
    row = propose(office, person)
    assignments.confirm(row, actor=office.actor("head"))
    db.session.commit()
    for day in (today - dt.timedelta(days=1), row.valid_to):
        with pytest.raises(InvalidInputError):
            assignments.end(row, reason="Kembali bertugas", last_day=day, actor=office.actor("operator"))
    assignments.end(row, reason="Kembali bertugas", last_day=today, actor=office.actor("operator"))
    assert (holds(person), row.valid_to) == (True, today)
    assignments.end(row, reason="Segera", last_day=None, actor=office.actor("inspector"))
    assert not holds(person)
    with pytest.raises(ConflictError):
        assignments.end(row, reason="Lagi", last_day=None, actor=office.actor("inspector"))


def test_an_operator_does_not_end_who_holds_a_post_for_good(office: Office) -> None:
    row = held_by(office, "head")
    for by in ("operator", "head", "head_b1"):
        with pytest.raises(PermissionDeniedError):
            assignments.end(row, reason="Kudeta", last_day=None, actor=office.actor(by))
    assignments.end(row, reason="Diberhentikan", last_day=None, actor=office.actor("inspector"))
    assert office.actor("head").posts == ()


def test_a_vacant_post_is_known_and_so_is_what_waits(office: Office, person: Person, today: dt.date) -> None:
    assert vacant_posts(office.actor("operator"), office.agency.id, today=today) == []
    free(office)
    assert [row.title for row in vacant_posts(office.actor("operator"), office.agency.id, today=today)] == [
        "Kepala Bidang B1"
    ]
    assert vacant_posts(office.actor("other_operator"), office.agency.id, today=today) == []
    row = propose(office, person)
    assert vacant_posts(office.actor("operator"), office.agency.id, today=today) == []
    for name in ("head", "inspector", "admin"):
        assert proposals(office.actor(name), today=today) == [row]
    for name in ("operator", "other_head", "evaluator"):
        assert proposals(office.actor(name), today=today) == []


@pytest.mark.parametrize("kind", [DEFINITIVE, PLT, PLH, PJ])
@pytest.mark.parametrize(("zone", "hours"), ZONES)
def test_each_kind_opens_and_closes_at_midnight_in_the_region(
    office: Office, person: Person, kind: AssignmentKind, zone: str, hours: int
) -> None:
    office.region.timezone = zone
    free(office)
    day = local_date(now(), zone) + dt.timedelta(days=30)
    row = propose(office, person, kind=kind, valid_from=day, valid_to=day)
    assignments.confirm(row, actor=office.actor("head"))
    midnight = dt.datetime(day.year, day.month, day.day, tzinfo=dt.timezone(dt.timedelta(hours=hours)))
    minute, whole = dt.timedelta(minutes=1), dt.timedelta(days=1)
    moments = (midnight - minute, midnight, midnight + whole - minute, midnight + whole)
    assert [holds(person, at=at) for at in moments] == [False, True, True, False]


def test_an_officer_moves_in_one_act_with_one_letter(office: Office, today: dt.date) -> None:
    free(office, "head_b2")
    mover = db.session.get_one(Person, office.accounts["head_b1"].person_id)
    old, there = held_by(office, "head_b1"), post(office, unit=2)
    day = today + dt.timedelta(days=3)
    moved = {"kind": DEFINITIVE, "valid_from": day, "valid_to": None, "moves": True, "where": there}
    row = propose(office, mover, **moved)
    assert (row.replaces_id, old.valid_to) == (old.id, None)
    assignments.confirm(row, actor=office.actor("head"))
    assert old.valid_to == day - dt.timedelta(days=1)
    at = now() + dt.timedelta(days=4)
    assert [one.title for one in person_as_actor(mover.id, channel=Channel.WEB, at=at).posts] == ["Kepala Bidang B2"]
    assert old.end_reason == "Mutasi menjadi Kepala Bidang B2, surat 800/1."


def test_who_has_moved_already_leaves_at_once(office: Office, today: dt.date) -> None:
    free(office, "head_b2")
    mover = db.session.get_one(Person, office.accounts["head_b1"].person_id)
    row = propose(office, mover, kind=DEFINITIVE, valid_to=None, moves=True, where=post(office, unit=2))
    db.session.commit()
    assignments.confirm(row, actor=office.actor("head"))
    db.session.commit()
    assert [one.title for one in person_as_actor(mover.id, channel=Channel.WEB).posts] == ["Kepala Bidang B2"]
    assert vacant_posts(office.actor("head"), office.agency.id, today=today)[0].title == "Kepala Bidang B1"


def test_a_move_needs_something_to_leave_and_the_right_to_both_ends(office: Office, person: Person) -> None:
    free(office, "head_b2")
    there = post(office, unit=2)
    moved = {"kind": DEFINITIVE, "valid_to": None, "moves": True, "where": there}
    with pytest.raises(InvalidInputError) as refused:
        propose(office, person, **moved)
    assert codes(refused) == {"nothing_left"}
    mover = db.session.get_one(Person, office.accounts["head_b1"].person_id)
    with pytest.raises(InvalidInputError):
        propose(office, mover, **{**moved, "kind": PLH, "valid_to": dt.date(2099, 1, 1)}, sure=True)
    foreign = db.session.get_one(Person, office.accounts["other_head_sek"].person_id)
    with pytest.raises(PermissionDeniedError):
        propose(office, foreign, **moved)
    row = propose(office, foreign, by="admin", **moved)
    with pytest.raises(PermissionDeniedError):
        assignments.confirm(row, actor=office.actor("head"))
    assignments.confirm(row, actor=office.actor("inspector"))
    assert held_by_all(office, "other_head_sek") == {"Kepala Bidang B2"}


def held_by_all(office: Office, name: str) -> set[str]:
    """Return the titles of what somebody will hold tomorrow."""
    person_id, at = office.accounts[name].person_id, now() + dt.timedelta(days=1)
    return {one.title for one in person_as_actor(person_id, channel=Channel.WEB, at=at).posts}


def test_an_actor_who_only_reads_settles_nothing(office: Office, person: Person) -> None:
    row = propose(office, person)
    reading: Actor = office.actor("head", read_only=True)
    for act in (
        lambda: assignments.confirm(row, actor=reading),
        lambda: assignments.decline(row, reason="x", actor=reading),
        lambda: assignments.end(row, reason="x", last_day=None, actor=reading),
    ):
        with pytest.raises(PermissionDeniedError):
            act()
