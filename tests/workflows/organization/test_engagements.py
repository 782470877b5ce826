"""An auditor sees what two people stand for: the agencies, years and days of his letter, and nothing else."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace

import pytest
import sqlalchemy as sa

from tests.support.databases import Databases
from tests.support.offices import CONSOLE, LONG_AGO, Office, build_office, database_app, issue_plan
from webapp.demo.region import ROSTER
from workflows.bundles import handovers, links
from workflows.bundles.models import BundleState
from workflows.bundles.operations import order
from workflows.core.actors import Actor, Channel, Role
from workflows.core.db import Base, OfAgency, db
from workflows.core.errors import ConflictError, InvalidInputError, NotFoundError, PermissionDeniedError
from workflows.core.models import AuditEvent
from workflows.organization import engagements, operations
from workflows.organization.models import Account, Agency, Engagement, Person
from workflows.organization.queries import actor_for
from workflows.organization.roster import read_roster, write_roster
from workflows.organization.scope import in_scope, in_scope_of, scope_values
from workflows.plans.models import Requirement
from workflows.recommendations.models import EvaluationReport, Recommendation

FAR = dt.date(2099, 12, 31)


@pytest.fixture
def office(databases: Databases) -> Iterator[Office]:
    """Both agencies with an issued report of 2026, and an auditor's account without any engagement."""
    with databases.clone() as addresses, database_app(addresses.database_worker_url):
        made = build_office()
        for agency in made.agencies:
            issue_plan(made, agency=agency)
        person = operations.add_person(made.region, name="Pemeriksa Baru", actor=CONSOLE)
        made.accounts["newcomer"] = operations.add_account(
            person, email="baru@uji.example", username="baru", password_hash="!", actor=CONSOLE
        )
        db.session.flush()
        yield made


def person(office: Office) -> Person:
    return db.session.get_one(Person, office.accounts["newcomer"].person_id)


def propose(office: Office, *, by: str = "admin", agencies: tuple[Agency, ...] = (), **changed: object) -> Engagement:
    given = {
        "institution": "Kantor Pemeriksa", "letter_number": "ST-7", "letter_date": LONG_AGO, "valid_from": LONG_AGO,
        "valid_to": FAR, "years": (2026,), **changed,
    }  # fmt: skip
    return engagements.propose(person(office), agencies=agencies, actor=office.actor(by), **given)  # type: ignore[arg-type]


def auditor(office: Office) -> Actor:
    return actor_for(office.accounts["newcomer"], channel=Channel.WEB)


def seen(model: type, actor: Actor) -> int:
    """Count the rows in sight, by both ways of asking, which must agree."""
    once = db.session.scalars(sa.select(sa.func.count()).select_from(model).where(in_scope(model, actor))).one()
    ready = sa.select(sa.func.count()).select_from(model).where(in_scope_of(model))
    assert db.session.execute(ready, scope_values(actor)).scalar_one() == once
    return once


def test_nothing_is_seen_before_another_person_confirms(office: Office) -> None:
    row = propose(office)
    assert seen(Requirement, auditor(office)) == 0
    with pytest.raises(PermissionDeniedError):
        engagements.confirm(row, actor=office.actor("admin"))
    engagements.confirm(row, actor=office.actor("inspector"))
    assert auditor(office).roles == {Role.AUDITOR}
    assert seen(Requirement, auditor(office)) > 0
    with pytest.raises(ConflictError):
        engagements.confirm(row, actor=office.actor("inspector"))


def test_only_an_admin_proposes_and_the_letter_must_be_whole(office: Office) -> None:
    for name in ("inspector", "operator", "auditor"):
        with pytest.raises(PermissionDeniedError):
            propose(office, by=name)
    with pytest.raises(InvalidInputError):
        propose(office, years=())
    with pytest.raises(InvalidInputError):
        propose(office, valid_to=LONG_AGO - dt.timedelta(days=1))


def test_a_post_without_an_engagement_empowers_nothing(office: Office) -> None:
    post = operations.ensure_position(Role.AUDITOR, region_id=office.region.id, title="Pemeriksa")
    operations.assign(person(office), post, valid_from=LONG_AGO, confirmed=True, actor=CONSOLE)
    assert auditor(office).roles == frozenset()


def test_other_agencies_and_other_years_are_not_there(office: Office) -> None:
    first, second = office.agencies
    engagements.confirm(propose(office, agencies=(first,)), actor=office.actor("inspector"))
    engagements.confirm(propose(office, agencies=(second,), years=(2025,)), actor=office.actor("inspector"))
    who = auditor(office)
    assert who.scope.agency_ids == {first.id, second.id}
    for model in (EvaluationReport, Recommendation, Requirement):
        rows = db.session.scalars(sa.select(model).where(in_scope(model, who))).unique()
        assert {row.agency_id for row in rows} == {first.id}, model
        assert seen(model, who) > 0
    assert order(first, year=2026, reason="uji", actor=who).year == 2026
    for agency, year in ((first, 2025), (second, 2026)):
        with pytest.raises(NotFoundError):
            order(agency, year=year, reason="uji", actor=who)


def test_events_of_another_year_are_not_told(office: Office) -> None:
    engagements.confirm(propose(office, years=(2025,)), actor=office.actor("inspector"))
    db.session.commit()  # events are linked at the commit
    who, everybody = auditor(office), office.actor("inspector")
    kinds = sa.select(AuditEvent.subject_type).where(in_scope(AuditEvent, who))
    assert "report" in set(
        db.session.scalars(sa.select(AuditEvent.subject_type).where(in_scope(AuditEvent, everybody)))
    )
    assert set(db.session.scalars(kinds)).isdisjoint({"report", "requirement", "recommendation"})


OF_THE_OFFICE = {"unit", "position", "position_assignment", "job"}
"""Tables of an agency whose rows are of no year."""


def test_every_row_of_a_year_is_seen_by_its_year(office: Office) -> None:
    """A table that falls through the net would show an auditor other years: each is limited, or named above."""
    engagements.confirm(propose(office), actor=office.actor("inspector"))
    who = auditor(office)
    unlimited = replace(who, posts=tuple(replace(post, years=None) for post in who.posts))
    models = [mapper.class_ for mapper in Base.registry.mappers if issubclass(mapper.class_, OfAgency)]
    same = {
        model.__tablename__ for model in models
        if str(in_scope(model, who)).removesuffix(" AND true") == str(in_scope(model, unlimited))
    }  # fmt: skip
    assert same == OF_THE_OFFICE & {model.__tablename__ for model in models}
    assert {"handover", "handover_link", "archive_finding", "action"} <= {model.__tablename__ for model in models}


def test_what_was_handed_over_of_another_year_is_not_there(office: Office) -> None:
    engagements.confirm(propose(office, years=(2025,)), actor=office.actor("inspector"))
    inspector = office.actor("inspector")
    told = {"receiver": "Nala", "institution": "Kantor Pemeriksa", "letter": "ST-7"}
    made = {}
    for year in (2025, 2026):
        bundle = order(office.agency, year=year, reason="uji", actor=inspector)
        bundle.state = BundleState.READY
        db.session.commit()  # events are linked at the commit
        paper = handovers.issue(bundle, **told, position="Ketua", address="https://uji.example", actor=inspector)
        made[year] = paper.id, links.make(bundle, **told, days=3, actor=inspector)[0].id
    who = auditor(office)
    assert handovers.get_handover(made[2025][0], who).number
    assert links.get_link(made[2025][1], who).receiver == "Nala"
    for get, key in zip((handovers.get_handover, links.get_link), made[2026], strict=True):
        assert get(key, inspector).letter == "ST-7"
        with pytest.raises(NotFoundError):
            get(key, who)


@pytest.mark.parametrize(("first", "last"), [(FAR, FAR), (LONG_AGO, LONG_AGO)], ids=["not yet begun", "over"])
def test_outside_its_days_it_empowers_nothing(office: Office, first: dt.date, last: dt.date) -> None:
    engagements.confirm(propose(office, valid_from=first, valid_to=last), actor=office.actor("inspector"))
    assert auditor(office).posts == ()


def test_an_ended_one_is_over_at_once(office: Office) -> None:
    row = propose(office)
    engagements.confirm(row, actor=office.actor("inspector"))
    db.session.commit()
    engagements.end(row, actor=office.actor("inspector"))
    db.session.commit()
    assert auditor(office).posts == ()


def test_a_roster_brings_auditors_with_their_letter_or_not_at_all(office: Office) -> None:
    people = (
        "region_code,region_name,timezone,role,title,from,to,letter,institution,years,name,email\n"
        "uji,Kabupaten Uji,Asia/Makassar,auditor,Pemeriksa,2020-01-01,2099-12-31,ST-8,{},2026,Rani,rani@uji.example\n"
    )
    with pytest.raises(InvalidInputError) as refused:
        read_roster(people.format("").encode(), filename="orang.csv")
    assert "institution" in str(refused.value.reasons)
    roster = read_roster(people.format("Kantor").encode(), filename="orang.csv")
    assert write_roster(roster, actor=CONSOLE)["penugasan"] == 1
    assert write_roster(roster, actor=CONSOLE)["penugasan"] == 0
    account = db.session.scalars(sa.select(Account).where(Account.email == "rani@uji.example")).one()
    who = actor_for(account, channel=Channel.WEB)
    assert who.roles == {Role.AUDITOR}
    assert seen(Requirement, who) > 0


def test_the_sample_region_brings_an_engagement(office: Office) -> None:
    write_roster(read_roster(ROSTER.read_bytes(), filename=ROSTER.name), actor=CONSOLE)
    account = db.session.scalars(sa.select(Account).where(Account.email == "nala@pemeriksa.contoh.id")).one()
    row = db.session.scalars(sa.select(Engagement).where(Engagement.person_id == account.person_id)).one()
    assert row.institution == "Kantor Pemeriksa Wilayah"
    assert row.years == [2025, 2026]
    assert row.confirmed_at is not None
