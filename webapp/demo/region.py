"""Fills the demo: the made-up region, its people with one password, and an issued Rencana Aksi."""

import json
import secrets
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from webapp.auth.identity import issue_token
from webapp.auth.passwords import hash_password
from webapp.demo.sample import sample_plan
from webapp.embedded.folder import Folder, write_private
from workflows.core.actors import Actor, Channel
from workflows.core.db import db
from workflows.documents.markdown import read_markdown
from workflows.documents.recognise import recognise
from workflows.organization.models import Account, Agency, Person, Position, PositionAssignment, Region, Unit
from workflows.organization.queries import actor_for, agency_by_code
from workflows.organization.roster import read_roster, write_roster
from workflows.plans.answers import confirm_report
from workflows.plans.operations import issue, write_plan

ROSTER = Path(__file__).with_name("region.yaml")
AGENCY, YEAR = "diskanla", 2026
TOKEN_DAYS = 366
_CONSOLE = Actor(name="operator (demo)", channel=Channel.COMMAND)


def ensure_demo(folder: Folder) -> list[dict[str, Any]]:
    """Return the demo's accounts; on the first start also make everything that they find."""
    kept = folder.secrets / "demo-accounts.json"
    if kept.exists() and db.session.scalars(sa.select(Region.id)).first() is not None:
        accounts: list[dict[str, Any]] = json.loads(kept.read_text("utf-8"))
        return accounts
    # One password for all: argon2 takes a tenth of a second an account.
    password = secrets.token_urlsafe(9)
    roster = read_roster(ROSTER.read_bytes(), filename=ROSTER.name)
    write_roster(roster, actor=_CONSOLE, password_hash=hash_password(password))
    _write_plan()
    accounts = [_describe(*row, password=password) for row in _holders()]
    db.session.commit()
    write_private(kept, json.dumps(accounts, ensure_ascii=False, indent=2).encode())
    return accounts


def _write_plan() -> None:
    """Import the sample as an evaluator, issue it as the inspector. It is our own text, so no sandbox is needed."""
    document = recognise(read_markdown(sample_plan())).to_json()
    evaluator, inspector = (_actor(role) for role in ("evaluator", "inspector"))
    written = write_plan(document, agency=agency_by_code(AGENCY), year=YEAR, actor=evaluator)
    confirm_report(written.report, actor=evaluator)
    issue(written.report, actor=inspector)


def _actor(role: str) -> Actor:
    account = next(row[0] for row in _holders() if row[1].role == role)
    return actor_for(account, channel=Channel.COMMAND)


def _holders() -> list[tuple[Account, Position, str | None, str | None]]:
    """Return account, post, agency and unit code, in the order of the roster: the first agency first."""
    query = (
        sa.select(Account, Position, Agency.code, Unit.code)
        .join(Person, Person.id == Account.person_id)
        .join(PositionAssignment, PositionAssignment.person_id == Person.id)
        .join(Position, Position.id == PositionAssignment.position_id)
        .outerjoin(Agency, Agency.id == Position.agency_id)
        .outerjoin(Unit, Unit.id == Position.unit_id)
        .order_by(PositionAssignment.id)
    )
    return [(row[0], row[1], row[2], row[3]) for row in db.session.execute(query)]


def _describe(
    account: Account, position: Position, agency: str | None, unit: str | None, *, password: str
) -> dict[str, Any]:
    return {
        "email": account.email,
        "password": password,
        "token": issue_token(account, name="demo", scope="act", days=TOKEN_DAYS),
        "role": position.role.value,
        "name": account.person.name,
        "agency": agency,
        "unit": unit,
    }
