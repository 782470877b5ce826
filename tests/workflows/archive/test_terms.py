"""The retention schedule and the arithmetic of locks."""

import datetime as dt

import pytest

from workflows.archive.terms import (
    COMPLIANCE,
    FIRST_TERM,
    GOVERNANCE,
    Fate,
    Start,
    Use,
    fate_of,
    lock_until,
    months_after,
    read_schedule,
    schedule,
    term_of,
    window_is_low,
)
from workflows.plans.models import RequirementKind

NOW = dt.datetime(2026, 3, 31, 10, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
RULES = read_schedule(
    """
    [[rule]]
    code = "short"
    kinds = ["quarterly_monitoring"]
    starts = "verified"
    active = 1
    inactive = 1
    fate = "destroy"
    [[rule]]
    code = "long"
    kinds = ["document"]
    starts = "decided"
    active = 2
    inactive = 3
    fate = "permanent"
    """
)


def test_the_site_s_schedule_knows_every_kind_of_requirement() -> None:
    assert {kind for rule in schedule() for kind in rule.kinds} == {kind.value for kind in RequirementKind}
    assert fate_of("laporan-kinerja") is Fate.PERMANENT
    assert fate_of("no longer there") is None


@pytest.mark.parametrize(
    "text",
    [
        '[[rule]]\ncode = "a"',
        '[[rule]]\ncode = "a"\nkinds = ["x"]\nstarts = "verified"\nactive = 0\ninactive = 0\nfate = "destroy"',
        '[[rule]]\ncode = "a"\nkinds = ["x"]\nstarts = "some day"\nactive = 1\ninactive = 0\nfate = "destroy"',
        '[[rule]]\ncode = "a"\nkinds = ["x"]\nstarts = "decided"\nactive = 1\ninactive = 0\nfate = "destroy"\n'
        '[[rule]]\ncode = "b"\nkinds = ["x"]\nstarts = "decided"\nactive = 1\ninactive = 0\nfate = "destroy"',
    ],
)
def test_a_schedule_that_cannot_be_used_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"rule|years|some day|twice"):
        read_schedule(text)


def test_the_latest_end_counts_and_a_clock_that_has_not_started_holds_all_of_them_back() -> None:
    monitoring = Use("quarterly_monitoring", {Start.VERIFIED: NOW})
    document = Use("document", {Start.VERIFIED: NOW, Start.DECIDED: NOW + DAY})
    both = term_of([monitoring, document], rules=RULES)
    assert (both.rule, both.ends, both.fate) == ("long", months_after(NOW + DAY, 60), Fate.PERMANENT)
    assert term_of([monitoring], rules=RULES).ends == dt.datetime(2028, 3, 31, 10, tzinfo=dt.UTC)
    undecided = Use("document", {Start.VERIFIED: NOW, Start.DECIDED: None})
    assert term_of([monitoring, undecided], rules=RULES).ends is None
    assert term_of([Use("of no rule", {Start.VERIFIED: NOW})], rules=RULES).ends is None
    assert term_of([], rules=RULES).ends is None


def test_governance_locks_to_the_end_of_the_term() -> None:
    ends = NOW + 500 * DAY
    assert lock_until(GOVERNANCE, locked_until=NOW + FIRST_TERM, ends=ends, now=NOW) == ends


def test_compliance_locks_in_windows_of_thirteen_months_renewed_every_month() -> None:
    ends = months_after(NOW, 60)
    first = lock_until(COMPLIANCE, locked_until=NOW + FIRST_TERM, ends=ends, now=NOW)
    assert first == months_after(NOW, 13)
    assert lock_until(COMPLIANCE, locked_until=first, ends=ends, now=NOW + 20 * DAY) == first
    assert lock_until(COMPLIANCE, locked_until=first, ends=ends, now=NOW + 35 * DAY) == months_after(NOW + 35 * DAY, 13)
    assert lock_until(COMPLIANCE, locked_until=first, ends=ends, now=ends - 30 * DAY) == ends


@pytest.mark.parametrize("mode", [GOVERNANCE, COMPLIANCE])
@pytest.mark.parametrize("ends", [None, NOW - DAY])
def test_before_the_clock_starts_and_after_its_end_a_short_lock_is_renewed(mode: str, ends: dt.datetime | None) -> None:
    assert lock_until(mode, locked_until=NOW + 61 * DAY, ends=ends, now=NOW) == NOW + 61 * DAY
    assert lock_until(mode, locked_until=NOW + 59 * DAY, ends=ends, now=NOW) == NOW + FIRST_TERM


@pytest.mark.parametrize("mode", [GOVERNANCE, COMPLIANCE])
@pytest.mark.parametrize("ends", [None, NOW - DAY, NOW + DAY, NOW + 4000 * DAY])
def test_no_lock_is_ever_shortened(mode: str, ends: dt.datetime | None) -> None:
    for days in (-10, 0, 30, 400, 5000):
        locked = NOW + days * DAY
        assert lock_until(mode, locked_until=locked, ends=ends, now=NOW) >= locked


def test_a_window_that_nobody_renewed_for_half_a_year_is_an_alarm() -> None:
    ends = months_after(NOW, 60)
    low = months_after(NOW, 6) - DAY
    assert window_is_low(COMPLIANCE, locked_until=low, ends=ends, now=NOW)
    assert not window_is_low(COMPLIANCE, locked_until=low + DAY, ends=ends, now=NOW)
    assert not window_is_low(COMPLIANCE, locked_until=low, ends=low, now=NOW), "the term itself ends then"
    assert not window_is_low(COMPLIANCE, locked_until=low, ends=None, now=NOW), "a first, short lock"
    assert not window_is_low(GOVERNANCE, locked_until=low, ends=ends, now=NOW)


def test_months_are_counted_to_the_last_day_where_a_month_is_shorter() -> None:
    assert months_after(NOW, 1).date() == dt.date(2026, 4, 30)
    assert months_after(NOW, 11).date() == dt.date(2027, 2, 28)
    assert months_after(dt.datetime(2028, 2, 29, tzinfo=dt.UTC), 12).date() == dt.date(2029, 2, 28)
