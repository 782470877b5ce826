"""Who may do something on which day: a post must be valid, recorded and confirmed before the act."""

import datetime as dt

import pytest
import sqlalchemy as sa

from tests.support.offices import CONSOLE, Office, send
from workflows.core.actors import Actor, AssignmentKind, Channel, Role
from workflows.core.clock import now
from workflows.core.db import db
from workflows.organization.models import Person, PositionAssignment
from workflows.organization.operations import add_account, add_person, assign, ensure_position
from workflows.organization.queries import person_as_actor
from workflows.organization.roster import normal_nip

DAY = dt.date(2026, 3, 10)


@pytest.fixture
def person(office: Office) -> Person:
    """Somebody without a post."""
    return add_person(office.region, name="Pengganti", actor=CONSOLE)


def give(office: Office, person: Person, **more: object) -> PositionAssignment:
    """Give the post of the agency's head, from DAY to DAY unless told otherwise, recorded long before."""
    post = ensure_position(Role.AGENCY_HEAD, region_id=office.region.id, agency=office.agency)
    values = {"valid_from": DAY, "valid_to": DAY, "confirmed": True, "actor": CONSOLE} | more
    assignment = assign(person, post, **values)  # type: ignore[arg-type]
    assignment.recorded_at = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    if assignment.confirmed_at:
        assignment.confirmed_at = assignment.recorded_at
    db.session.flush()
    return assignment


def held(person: Person, at: dt.datetime) -> bool:
    """Return whether the post is held at a moment."""
    return bool(person_as_actor(person.id, channel=Channel.WEB, at=at).posts)


@pytest.mark.parametrize(("zone", "hours"), [("Asia/Jakarta", 7), ("Asia/Makassar", 8), ("Asia/Jayapura", 9)])
def test_a_post_begins_at_midnight_and_ends_with_its_last_day_in_the_region(
    office: Office, person: Person, zone: str, hours: int
) -> None:
    office.region.timezone = zone
    give(office, person)
    midnight = dt.datetime(2026, 3, 10, tzinfo=dt.timezone(dt.timedelta(hours=hours)))
    minute, day = dt.timedelta(minutes=1), dt.timedelta(days=1)
    moments = (midnight - minute, midnight, midnight + day - minute, midnight + day)
    assert [held(person, at) for at in moments] == [False, True, True, False]


def test_a_back_dated_post_empowers_nothing_past(office: Office, person: Person) -> None:
    assignment = give(office, person, valid_from=dt.date(2026, 1, 1), valid_to=None)
    assignment.recorded_at = assignment.confirmed_at = dt.datetime(2026, 3, 10, 9, tzinfo=dt.UTC)
    db.session.flush()
    before, after = (dt.datetime(2026, 3, 10, hour, tzinfo=dt.UTC) for hour in (8, 10))
    assert not held(person, before)
    assert held(person, after)


@pytest.mark.parametrize(
    ("kind", "works"),
    [
        (AssignmentKind.DEFINITIVE, False), (AssignmentKind.CARETAKER, False),
        (AssignmentKind.ACTING_VACANT, True), (AssignmentKind.ACTING_DAILY, True),
    ],
)  # fmt: skip
def test_only_an_acting_post_works_before_it_is_confirmed(
    office: Office, person: Person, kind: AssignmentKind, works: bool
) -> None:
    give(office, person, kind=kind, confirmed=False)
    assert held(person, dt.datetime(2026, 3, 10, 3, tzinfo=dt.UTC)) is works


def test_who_acts_for_another_says_so(office: Office, person: Person) -> None:
    give(office, person, kind=AssignmentKind.ACTING_VACANT)
    at = dt.datetime(2026, 3, 10, 3, tzinfo=dt.UTC)
    (post,) = person_as_actor(person.id, channel=Channel.WEB, at=at).posts
    assert post.printed == "Plt. Kepala Dinas Perpustakaan"


def test_scope_is_the_agencies_of_the_posts_or_the_whole_region(office: Office) -> None:
    assert office.actor("head").scope.agency_ids == {office.agencies[0].id}
    assert office.actor("evaluator").scope.agency_ids is None
    stranger = Actor(name="x", channel=Channel.WEB)
    assert stranger.scope.region_id is None


def test_what_the_database_opens_is_the_scope(office: Office, person: Person) -> None:
    office.accounts["person"] = add_account(
        person, email="person@uji.example", username="person", password_hash="!", actor=CONSOLE
    )
    assert opened_for(office, "person") == set()
    for agency in office.agencies:
        post = ensure_position(Role.AGENCY_HEAD, region_id=office.region.id, agency=agency)
        assign(person, post, valid_from=DAY, kind=AssignmentKind.ACTING_DAILY, actor=CONSOLE)
    send(office, person, until=DAY)
    assert opened_for(office, "person") == {str(agency.id) for agency in office.agencies}
    assert opened_for(office, "head_b1") == {str(office.agency.id)}
    assert opened_for(office, "evaluator") == {"*"}


def opened_for(office: Office, name: str) -> set[str]:
    """Return the agencies that the database shows to somebody, and see that the actor's scope names the same."""
    region, agencies = office.actor(name).scope.settings()
    opened = db.session.execute(
        sa.text("SELECT current_setting('tuntas.region'), current_setting('tuntas.agencies')")
    ).one()
    assert (opened[0], set(opened[1].split(","))) == (region, set(agencies.split(",")))
    return {agency for agency in opened[1].split(",") if agency}


def test_the_end_of_a_post_may_not_lie_before_its_beginning(office: Office, person: Person) -> None:
    with pytest.raises(sa.exc.IntegrityError, match="valid_range"):
        give(office, person, valid_to=DAY - dt.timedelta(days=1))


def test_time_is_the_databases_and_stands_still_within_a_transaction(office: Office) -> None:
    assert now() == now() == db.session.scalar(sa.select(sa.func.now()))


@pytest.mark.parametrize("raw", ["19050817 193003 1 001", "NIP. 19050817 193003 1 001", "190508171930031001"])
def test_a_nip_is_known_however_it_was_spaced(raw: str) -> None:
    assert normal_nip(raw) == "190508171930031001"
