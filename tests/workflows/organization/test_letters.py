"""*Surat Tugas*: an evaluator may do what his letter names, on its days, in its agencies, and never at home."""

import datetime as dt
from collections.abc import Iterator

import pytest

from tests.support.databases import Databases
from tests.support.deliveries import check, deliver
from tests.support.offices import (
    CONSOLE,
    LONG_AGO,
    Office,
    build_office,
    database_app,
    issue_plan,
    requirements_of,
    send,
)
from workflows.core import audit
from workflows.core.actors import Actor, Channel, Role
from workflows.core.db import db
from workflows.core.errors import GuardFailedError, InvalidInputError, PermissionDeniedError
from workflows.core.transitions import Action
from workflows.organization import engagements, operations
from workflows.organization.models import Agency, Duty, Engagement, Person
from workflows.organization.queries import actor_for
from workflows.organization.roster import read_roster, write_roster
from workflows.plans.models import Requirement
from workflows.plans.rules import act
from workflows.verification.operations import read_report
from workflows.verification.queries import awaiting_verification

FAR = dt.date(2099, 12, 31)


@pytest.fixture
def office(databases: Databases) -> Iterator[Office]:
    """Agency ``dpk`` with one acknowledged requirement, and an account without any letter."""
    with databases.clone() as addresses, database_app(addresses.database_worker_url):
        made = build_office()
        cell = next(row for row in requirements_of(issue_plan(made)) if row.unit.code == "b1")
        evidence = deliver(cell, made.actor("staff_b1"))
        check(evidence)
        act(cell, Action.SIGN, actor=made.actor("head_b1"), sha256=evidence.sha256)
        act(cell, Action.ACKNOWLEDGE, actor=made.actor("head"), sha256=evidence.sha256)
        person = operations.add_person(made.region, name="Evaluator Baru", actor=CONSOLE)
        made.accounts["newcomer"] = operations.add_account(
            person, email="baru@uji.example", username="baru", password_hash="!", actor=CONSOLE
        )
        db.session.flush()
        made.cell, made.evidence = cell, evidence  # type: ignore[attr-defined]
        yield made


def newcomer(office: Office) -> Person:
    return db.session.get_one(Person, office.accounts["newcomer"].person_id)


def propose(office: Office, *, by: str = "admin", agencies: tuple[Agency, ...] = (), **changed: object) -> Engagement:
    given = {
        "institution": "", "letter_number": "700/ST/9", "letter_date": LONG_AGO, "valid_from": LONG_AGO,
        "valid_to": FAR, "duty": Duty.TEAM_LEAD, **changed,
    }  # fmt: skip
    return engagements.propose(newcomer(office), agencies=agencies, actor=office.actor(by), **given)  # type: ignore[arg-type]


def evaluator(office: Office) -> Actor:
    return actor_for(office.accounts["newcomer"], channel=Channel.WEB)


def queue(office: Office) -> int:
    return len(awaiting_verification(evaluator(office)).items)


def verify(office: Office) -> set[str]:
    """Try to verify; return why not."""
    who: Actor = evaluator(office)
    cell: Requirement = office.cell  # type: ignore[attr-defined]
    read_report(office.evidence, actor=who)  # type: ignore[attr-defined]
    audit.link(db.session())
    try:
        act(cell, Action.VERIFY, actor=who, sha256=office.evidence.sha256)  # type: ignore[attr-defined]
    except (PermissionDeniedError, GuardFailedError) as error:
        return {reason.code for reason in error.reasons}
    return set()


@pytest.mark.parametrize(("writes", "confirms"), [("admin", "inspector"), ("inspector", "admin")])
def test_a_letter_counts_once_another_stands_for_it(office: Office, writes: str, confirms: str) -> None:
    row = propose(office, by=writes)
    assert (evaluator(office).roles, queue(office)) == (frozenset(), 0)
    with pytest.raises(PermissionDeniedError):
        engagements.confirm(row, actor=office.actor(writes))
    engagements.confirm(row, actor=office.actor(confirms))
    (post,) = evaluator(office).posts
    assert (post.printed, post.letter_number, post.years) == ("Ketua Tim Evaluasi", "700/ST/9", None)
    assert queue(office) == 1
    assert verify(office) == set()


def test_nobody_else_writes_letters_and_nobody_his_own(office: Office) -> None:
    for name in ("operator", "head", "evaluator", "auditor"):
        with pytest.raises(PermissionDeniedError):
            propose(office, by=name)
    own = engagements.propose(
        db.session.get_one(Person, office.accounts["inspector"].person_id), institution="", letter_number="1",
        letter_date=LONG_AGO, valid_from=LONG_AGO, valid_to=FAR, duty=Duty.RESPONSIBLE, actor=office.actor("admin"),
    )  # fmt: skip
    with pytest.raises(PermissionDeniedError):
        engagements.confirm(own, actor=office.actor("inspector"))
    with pytest.raises(InvalidInputError):
        propose(office, letter_number=" ")
    with pytest.raises(InvalidInputError):
        propose(office, valid_to=dt.date(2019, 1, 1))


def test_outside_its_days_and_agencies_it_is_no_letter(office: Office) -> None:
    send(office, newcomer(office), until=dt.date(2025, 12, 31))
    assert (evaluator(office).roles, queue(office)) == (frozenset(), 0)
    send(office, newcomer(office), agencies=[office.agencies[1]])
    assert evaluator(office).roles == {Role.EVALUATOR}
    assert queue(office) == 0
    assert verify(office) == {"not_allowed"}
    send(office, newcomer(office), agencies=[office.agency])
    assert queue(office) == 1
    assert verify(office) == set()


def test_an_ended_letter_ends_at_once(office: Office) -> None:
    letter = send(office, newcomer(office))
    assert queue(office) == 1
    engagements.end(letter, actor=office.actor("inspector"))
    assert verify(office) == {"not_allowed"}


def test_nobody_evaluates_the_agency_he_belongs_to(office: Office) -> None:
    send(office, newcomer(office), home=office.agency)
    assert queue(office) == 0
    assert verify(office) == {"own_office"}


def test_the_inspektorats_own_report_is_evaluated_by_another_unit(office: Office) -> None:
    office.agency.is_inspectorate = True
    db.session.flush()
    letter = send(office, newcomer(office))
    assert queue(office) == 0
    assert verify(office) == {"own_office"}
    engagements.end(letter, actor=office.actor("inspector"))
    send(office, newcomer(office), home=office.agencies[1])
    assert queue(office) == 1
    assert verify(office) == set()


ROSTER = """
region: {code: lain, name: Kabupaten Lain, timezone: Asia/Jakarta}
agencies:
  - {code: itda, name: Inspektorat Daerah, inspectorate: true}
  - {code: setda, name: Sekretariat Daerah}
people:
  - {name: Orang Setda, email: orang@uji.example, posts: [{role: evaluator, duty: supervisor, letter: ST-3, letter_date: 2026-01-05, from: 2026-01-05, to: 2027-12-31, home: setda, agency: itda}]}
"""


def test_the_roster_brings_letters_once(office: Office) -> None:
    for counted in (1, 0):
        counts = write_roster(read_roster(ROSTER.encode(), filename="uji.yaml"), actor=CONSOLE)
        assert counts["penugasan"] == counted
    row = db.session.query(Engagement).filter_by(letter_number="ST-3").one()
    (agency,) = engagements.agencies_of(row)
    assert (row.duty, agency.code, agency.is_inspectorate) == (Duty.SUPERVISOR, "itda", True)
    assert db.session.get_one(Agency, row.home_id).code == "setda"
    unknown = read_roster(ROSTER.replace("home: setda", "home: x").replace("ST-3", "ST-4").encode(), filename="u.yaml")
    with pytest.raises(InvalidInputError, match="home"):
        write_roster(unknown, actor=CONSOLE)
    with pytest.raises(InvalidInputError, match="peran dalam tim"):
        read_roster(ROSTER.replace("supervisor", "ketua").encode(), filename="uji.yaml")
