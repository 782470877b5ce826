"""When a promise can first be kept and when it is due, where the paper itself names no date.

Regions differ (domain: APIP terms of 30 or 60 days), so the numbers stand here together.
"""

import calendar
import datetime as dt

from workflows.plans.models import RequirementKind

QUARTER_TERM = dt.timedelta(days=30)
"""After the end of the quarter; the fourth quarter's monev comes in January and belongs to the old year."""
REPORT_MONTH = 2
"""A performance report is handed in by the end of February of the next year (Perpres 29/2014: two months)."""


def quarter_end(year: int, quarter: int) -> dt.date:
    """Return the last day of a quarter, 1 to 4."""
    month = quarter * 3
    return dt.date(year, month, calendar.monthrange(year, month)[1])


def opens(kind: RequirementKind, year: int, quarter: int | None) -> dt.date | None:
    """Return the first day on which the document can exist; before it the promise is *belum waktunya*."""
    if kind == RequirementKind.QUARTERLY_MONITORING and quarter:
        return quarter_end(year, quarter) + dt.timedelta(days=1)
    return None


def due(kind: RequirementKind, year: int, quarter: int | None) -> dt.date | None:
    """Return the last day, or ``None`` where no rule gives one."""
    if kind == RequirementKind.QUARTERLY_MONITORING and quarter:
        return quarter_end(year, quarter) + QUARTER_TERM
    if kind == RequirementKind.PERFORMANCE_REPORT:
        return dt.date(year + 1, REPORT_MONTH, calendar.monthrange(year + 1, REPORT_MONTH)[1])
    return None
