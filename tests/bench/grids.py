"""Grids from the organisation chart: 40 agencies with seven units each, all four quarters, one transaction an agency.

What is measured is the operation with its posts, cells and event, committed on durable settings; there is no floor.
"""

import datetime as dt
import sys
import tempfile
import time
import uuid
from pathlib import Path

import sqlalchemy as sa

from tests.bench.figures import Row, table
from tests.support.offices import CONSOLE, YEAR, build_office, database_app, plan_document
from webapp.deployment import prepare
from webapp.embedded import Engines
from workflows.core.actors import Actor
from workflows.core.db import db
from workflows.organization.models import Region
from workflows.organization.operations import add_agency, add_unit
from workflows.plans.grids import Asked, make
from workflows.plans.models import Requirement, RequirementKind
from workflows.plans.operations import write_plan
from workflows.recommendations.models import EvaluationReport, Recommendation

AGENCIES, UNITS, QUARTERS = 40, 7, (1, 2, 3, 4)
GOAL = 5.0


def measure() -> list[Row]:
    """Make them all, one after the other."""
    with tempfile.TemporaryDirectory() as folder, Engines.start(Path(folder) / "data") as engines:
        prepare(engines.addresses)
        with database_app(engines.addresses.database_worker_url):
            office = build_office()
            evaluator = office.actor("evaluator")
            reports = [_draft(office.region, number, evaluator) for number in range(AGENCIES)]
            db.session.commit()
            started = time.perf_counter()
            for report_id in reports:
                report = db.session.get_one(EvaluationReport, report_id)
                served = db.session.scalars(sa.select(Recommendation.id).where(Recommendation.report_id == report_id))
                asked = Asked(RequirementKind.QUARTERLY_MONITORING, list(served), quarters=QUARTERS)
                make(report, asked, actor=evaluator, on=dt.date(YEAR, 1, 2))
                db.session.commit()
            seconds = time.perf_counter() - started
            made = db.session.scalar(sa.select(sa.func.count()).where(Requirement.grid_id.is_not(None)))
    assert made == AGENCIES * UNITS * len(QUARTERS), made
    return [
        Row(f"grids of {AGENCIES} agencies, {UNITS} units, 4 quarters", seconds, "s", goal=GOAL, note=f"{made} cells")
    ]


def _draft(region: Region, number: int, actor: Actor) -> uuid.UUID:
    """Write an agency with its units and a draft that asks for nothing yet."""
    agency = add_agency(region, code=f"OPD{number:02}", name=f"Dinas {number}", actor=CONSOLE)
    for unit in range(UNITS):
        add_unit(agency, code=f"U{unit}", name=f"Bidang {unit}", is_secretariat=unit == 0, actor=CONSOLE)
    document = plan_document()
    document["recommendations"] = [row | {"requirements": [], "shares_with": []} for row in document["recommendations"]]
    return write_plan(document, agency=agency, year=YEAR, actor=actor).report.id


def main() -> None:
    """Measure and print."""
    sys.stdout.write(table(measure()))


if __name__ == "__main__":
    main()
