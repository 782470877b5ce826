"""How the official statuses stood at the end of a half-year, and what was carried into the next year."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager

from tests.support.offices import YEAR, Office, issue_plan, plan_document
from tests.support.official_papers import paper
from tests.workflows.verification.test_decisions import one
from workflows.core.clock import now
from workflows.core.db import db
from workflows.plans.changes import cancel, move_to
from workflows.plans.operations import issue, write_plan
from workflows.recommendations.models import EvaluationReport, OfficialStatus
from workflows.verification.decisions import decide, propose
from workflows.verification.models import OfficialPaperKind, ValidReason
from workflows.verification.rollup import RollUp, carried_into, half_year


@contextmanager
def at(moment: dt.datetime) -> Iterator[None]:
    """Act at another time. Who acts is asked before: looking him up brings the database's clock along."""
    info, present = db.session().info, now()
    info["now"] = moment
    try:
        yield
    finally:
        info["now"] = present


def wita(year: int, month: int, day: int, hour: int = 12, minute: int = 0) -> dt.datetime:
    """Return a moment on the clock of the test region."""
    return dt.datetime(year, month, day, hour, minute, tzinfo=dt.timezone(dt.timedelta(hours=8)))


def decided(office: Office, number: str, report: EvaluationReport, moment: dt.datetime) -> None:
    """Decide, at that moment, that a recommendation cannot be followed up."""
    inspector, evaluator = office.actor("inspector"), office.actor("evaluator")
    with at(moment):
        ground = paper(office.agency, inspector, kind=OfficialPaperKind.GROUND, dated_on=dt.date(2024, 1, 1))
        decision = propose(
            [one(report, number)], official_status=OfficialStatus.NOT_ACTIONABLE, reason="x", actor=evaluator,
            valid_reason=ValidReason.IN_COURT, ground=ground,
        )  # fmt: skip
        decide([decision], letter=paper(office.agency, inspector, dated_on=dt.date(2024, 1, 1)), actor=inspector)


def early(office: Office, year: int = 2025) -> EvaluationReport:
    """A report of an earlier year, issued in its February."""
    document = {**plan_document(quarters=(1,)), "year": year}
    evaluator, inspector = office.actor("evaluator"), office.actor("inspector")
    with at(wita(year, 2, 1)):
        written = write_plan(document, agency=office.agency, year=year, actor=evaluator)
        db.session.flush()
        issue(written.report, actor=inspector)
        db.session.flush()
    return written.report


def counts(found: RollUp) -> dict[str, int]:
    """Return the counts of all agencies, without the empty classes."""
    return {status.value: count for status, count in found.whole.counts.items() if count}


def test_a_status_counts_from_the_moment_it_was_recorded_on_the_clock_of_the_region(office: Office) -> None:
    report = early(office)
    decided(office, "A-1", report, wita(2025, 6, 30, 23, 59))
    decided(office, "C-1", report, wita(2025, 7, 1, 0, 0))
    inspector = office.actor("inspector")
    june, december = (half_year(inspector, year=2025, half=half) for half in (1, 2))
    assert (june.as_of, june.provisional) == (dt.date(2025, 6, 30), False)
    assert counts(june) == {"NOT_ACTIONABLE": 1, "NOT_ASSESSED": 3}
    assert counts(december) == {"NOT_ACTIONABLE": 2, "NOT_ASSESSED": 2}
    assert counts(half_year(inspector, year=2024, half=2)) == {}, "nothing was issued yet"


def test_agencies_see_their_own_and_the_sum_is_that_of_what_is_seen(office: Office, report: EvaluationReport) -> None:
    early(office)
    issue_plan(office, document=plan_document(quarters=(1,)), agency=office.agencies[1])
    year = now().year
    whole = half_year(office.actor("inspector"), year=year, half=2)
    assert [(row.code, row.total, row.carried) for row in whole.rows] == [("dpk", 8, 4), ("dsp", 4, 0)]
    assert (whole.whole.total, whole.whole.carried) == (12, 4)
    assert [row.code for row in half_year(office.actor("other_head"), year=year, half=2).rows] == ["dsp"]


def test_what_was_cancelled_or_moved_leaves_the_counts_and_is_counted_where_it_went(
    office: Office, report: EvaluationReport
) -> None:
    other = issue_plan(office, document=plan_document(quarters=(1,)), agency=office.agencies[1])
    inspector = office.actor("inspector")
    cancel(one(report, "D-1"), reason="x", letter="1", actor=inspector)
    move_to(one(report, "C-1"), other.agency, reason="x", letter="1", actor=inspector)
    found = half_year(inspector, year=YEAR, half=2)
    assert {row.code: row.total for row in found.rows} == {"dpk": 2, "dsp": 5}


def test_what_is_open_is_carried_into_the_next_year_and_stays_the_same_recommendation(
    office: Office, report: EvaluationReport
) -> None:
    old = early(office)
    decided(office, "A-1", old, wita(2025, 12, 31, 23, 59))
    decided(office, "C-1", old, wita(2026, 1, 1, 0, 0))
    cancel(one(old, "D-1"), reason="x", letter="1", actor=office.actor("inspector"))
    head = office.actor("head")
    into = carried_into(head, year=2026).items
    assert [(row.report.year, row.number) for row in into] == [(2025, "B-1"), (2025, "C-1"), (2025, "D-1")]
    assert into[0].id == one(old, "B-1").id, "nothing is doubled"
    assert carried_into(head, year=2025).items == []
    assert carried_into(head, year=2099).items == [], "a year to come has not begun"
    assert carried_into(office.actor("other_head"), year=2026).items == []
    first = carried_into(head, year=2026, limit=2)
    assert first.next is not None
    assert [row.number for row in carried_into(head, year=2026, limit=2, cursor=first.next).items] == ["D-1"]
