"""A small office for tests, made by the real operations: a region, two agencies, everybody who works there."""

import datetime as dt
import functools
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import flask
import sqlalchemy as sa

import workflows.stages  # noqa: F401 - all guards and effects
from webapp.auth.passwords import hash_password
from workflows.core.actors import Actor, AssignmentKind, Channel, Role
from workflows.core.db import db
from workflows.organization import engagements
from workflows.organization import operations as organization
from workflows.organization.models import Account, Agency, Duty, Engagement, Person, Region, Unit
from workflows.organization.queries import actor_for
from workflows.plans.models import Requirement
from workflows.plans.operations import issue, write_plan
from workflows.recommendations.models import EvaluationReport

CONSOLE = Actor(name="operator (uji)", channel=Channel.COMMAND)
PASSWORD = "kata sandi uji 2026"
YEAR = 2026
LONG_AGO = dt.date(2020, 1, 1)


@contextmanager
def database_app(url: str) -> Iterator[flask.Flask]:
    """An application with nothing but the database, inside its context."""
    app = flask.Flask(__name__)
    app.config.update(SQLALCHEMY_DATABASE_URI=url, SQLALCHEMY_ENGINE_OPTIONS={"pool_size": 10, "max_overflow": 10})
    db.init_app(app)
    with app.app_context():
        try:
            yield app
        finally:
            db.session.remove()
            db.engine.dispose()


@dataclass
class Office:
    """The people and places of the test region. Accounts are named by what their holder does."""

    region: Region
    agencies: list[Agency]
    units: dict[str, list[Unit]]
    """By the agency's code, the secretariat first."""
    accounts: dict[str, Account] = field(default_factory=dict)

    def actor(self, name: str, *, channel: Channel = Channel.WEB, read_only: bool = False) -> Actor:
        """Return somebody, with the posts of today, and let the session see what that person may see."""
        return actor_for(self.accounts[name], channel=channel, read_only=read_only)

    @property
    def agency(self) -> Agency:
        """Return the first agency."""
        return self.agencies[0]


def build_office() -> Office:
    """Write the office with the session at hand; nothing is committed.

    ``head``, ``operator``, ``head_<unit>``, ``staff_<unit>`` belong to agency ``dpk`` (units ``sek``, ``b1``,
    ``b2``), the same with ``other_`` before it to agency ``dsp`` (unit ``sek``); ``evaluator``, ``evaluator2``, ``inspector``,
    ``auditor``, ``privacy_officer`` and ``admin`` stand over the whole region.
    """
    region = organization.add_region(code="uji", name="Kabupaten Uji", timezone="Asia/Makassar", actor=CONSOLE)
    first = organization.add_agency(region, code="dpk", name="Dinas Perpustakaan", actor=CONSOLE)
    second = organization.add_agency(region, code="dsp", name="Dinas Sosial", actor=CONSOLE)
    office = Office(region, [first, second], {})
    hashed = _hashed()
    for agency, codes, prefix in ((first, ("sek", "b1", "b2"), ""), (second, ("sek",), "other_")):
        units = [
            organization.add_unit(
                agency, code=code, name=f"Bidang {code.upper()}", is_secretariat=code == "sek", actor=CONSOLE
            )
            for code in codes
        ]
        office.units[agency.code] = units
        hire(office, f"{prefix}head", Role.AGENCY_HEAD, agency=agency, hashed=hashed)
        hire(office, f"{prefix}operator", Role.AGENCY_OPERATOR, agency=agency, hashed=hashed)
        for unit in units:
            hire(office, f"{prefix}head_{unit.code}", Role.UNIT_HEAD, agency=agency, unit=unit, hashed=hashed)
            hire(office, f"{prefix}staff_{unit.code}", Role.UNIT_STAFF, agency=agency, unit=unit, hashed=hashed)
    for name, role in (
        ("evaluator", Role.EVALUATOR), ("evaluator2", Role.EVALUATOR), ("inspector", Role.INSPECTOR),
        ("auditor", Role.AUDITOR), ("privacy_officer", Role.PRIVACY_OFFICER), ("admin", Role.ADMIN),
    ):  # fmt: skip
        hire(office, name, role, hashed=hashed)
    return office


@functools.cache
def _hashed() -> str:
    """Hash the one password once: it is slow on purpose."""
    return hash_password(PASSWORD)


def hire(
    office: Office,
    name: str,
    role: Role,
    *,
    agency: Agency | None = None,
    unit: Unit | None = None,
    hashed: str = "!",
    kind: AssignmentKind = AssignmentKind.DEFINITIVE,
) -> Person:
    """Add a person with an account and a post held since long ago."""
    person = organization.add_person(office.region, name=f"Pegawai {name}", actor=CONSOLE)
    if role is Role.EVALUATOR:
        send(office, person, agencies=[agency] if agency else [])
    elif role is Role.AUDITOR:
        engagement = engagements.propose(
            person, institution="Kantor Pemeriksa Uji", letter_number="ST-1/UJI/2020", letter_date=LONG_AGO,
            valid_from=LONG_AGO, valid_to=dt.date(2099, 12, 31), agencies=[agency] if agency else [],
            years=range(2020, 2031), actor=CONSOLE,
        )  # fmt: skip
        engagements.confirm(engagement, actor=CONSOLE)
    else:
        post = organization.ensure_position(role, region_id=office.region.id, agency=agency, unit=unit, title=None)
        organization.assign(person, post, kind=kind, valid_from=LONG_AGO, confirmed=True, actor=CONSOLE)
    office.accounts[name] = organization.add_account(
        person, email=f"{name}@uji.example", username=name, password_hash=hashed, actor=CONSOLE
    )
    return person


def send(
    office: Office,
    person: Person,
    *,
    agencies: Sequence[Agency] = (),
    home: Agency | None = None,
    until: dt.date = dt.date(2099, 12, 31),
) -> Engagement:
    """Send somebody to evaluate, by a letter that counts since long ago."""
    letter = engagements.propose(
        person, institution="", letter_number="700/ST/UJI", letter_date=LONG_AGO, valid_from=LONG_AGO, valid_to=until,
        agencies=agencies, duty=Duty.MEMBER, home=home, actor=CONSOLE,
    )  # fmt: skip
    engagements.confirm(letter, actor=CONSOLE)
    return letter


def plan_document(*, quarters: tuple[int, ...] = (1, 2, 3, 4)) -> dict[str, Any]:
    """A read plan with the seed's shape: A and B share a grid, C asks for a report, D for an outcome."""

    def asked(kind: str, **more: Any) -> dict[str, Any]:
        plain = {
            "quarters": [],
            "per_unit": False,
            "signed_by": None,
            "acknowledged_by": None,
            "due_on": None,
            "expects": [],
        }
        return {"kind": kind, **plain, **more}

    def entry(number: str, requirement: Mapping[str, Any], shares: tuple[str, ...] = ()) -> dict[str, Any]:
        action = {"text": f"Menindaklanjuti {number}", "due_on": None, "owner": None}
        return {
            "number": number, "component": number[0], "criterion": None, "finding": f"Temuan {number}", "text": f"Rekomendasi {number}",
            "action": action, "requirements": [dict(requirement)], "shares_with": list(shares),
        }  # fmt: skip

    signed = {"signed_by": "unit_head", "acknowledged_by": "agency_head"}
    grid = asked("quarterly_monitoring", quarters=list(quarters), per_unit=True, **signed)
    report = asked("performance_report", expects=["previous_years"], **signed)
    return {
        "agency_name": "Dinas Perpustakaan", "year": YEAR, "report_number": None, "report_date": None, "warnings": [],
        "recommendations": [
            entry("A-1", grid, ("B-1",)), entry("B-1", grid, ("A-1",)), entry("C-1", report), entry("D-1", asked("outcome")),
        ],
    }  # fmt: skip


def issue_plan(
    office: Office, *, document: Mapping[str, Any] | None = None, agency: Agency | None = None
) -> EvaluationReport:
    """Write a plan as the evaluator and issue it as the inspector."""
    where = agency or office.agency
    written = write_plan(document or plan_document(), agency=where, year=YEAR, actor=office.actor("evaluator"))
    db.session.flush()
    issue(written.report, actor=office.actor("inspector"))
    db.session.flush()
    return written.report


def requirements_of(report: EvaluationReport) -> list[Requirement]:
    """Return a report's requirements in the order in which they were promised."""
    query = sa.select(Requirement).where(Requirement.report_id == report.id).order_by(Requirement.id)
    return list(db.session.scalars(query).unique())
