"""How long an archived file stays locked: the retention schedule as data, and the arithmetic of locks. Pure.

A lock is given short at first and only ever extended. In GOVERNANCE it goes to the end of the file's term. In
COMPLIANCE, which yields to nobody, it goes in windows that are renewed every month, so that a wrong rule or a lawful
erasure is late and not impossible. While the clock of a rule has not started, and after its end as long as nobody
disposed of the file, the lock is a short one that is renewed.
"""

import datetime as dt
import enum
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

SCHEDULE = Path(__file__).with_name("retention.toml")
GOVERNANCE = "GOVERNANCE"
COMPLIANCE = "COMPLIANCE"

FIRST_TERM = dt.timedelta(days=90)
"""A short first lock; verification and retention rules only ever extend it."""
RENEWED_BELOW = dt.timedelta(days=60)
"""A short lock is renewed when less of it is left."""
WINDOW_MONTHS = 13
ALARM_MONTHS = 6
"""A window of COMPLIANCE that is shorter than this was not renewed for half a year: something is wrong."""


class Fate(enum.StrEnum):
    """What becomes of a file after its years."""

    DESTROY = "destroy"
    APPRAISE = "appraise"
    PERMANENT = "permanent"


class Start(enum.StrEnum):
    """From which event the years count."""

    RECEIVED = "received"
    VERIFIED = "verified"
    DECIDED = "decided"


@dataclass(frozen=True)
class Rule:
    """One line of the schedule."""

    code: str
    kinds: frozenset[str]
    starts: Start
    active: int
    """Years."""
    inactive: int
    """Years."""
    fate: Fate

    def end(self, start: dt.datetime) -> dt.datetime:
        """Return when the years are over."""
        return months_after(start, 12 * (self.active + self.inactive))


@dataclass(frozen=True)
class Use:
    """A file in the place of one requirement."""

    kind: str
    starts: Mapping[Start, dt.datetime | None]


@dataclass(frozen=True)
class Term:
    """What the schedule says of a file."""

    rule: str | None
    """The code of the rule with the latest end; ``None`` while no clock has started."""
    ends: dt.datetime | None
    fate: Fate | None


def read_schedule(text: str) -> tuple[Rule, ...]:
    """Return the rules of a schedule. :raises ValueError: it cannot be used, and why."""
    rules = []
    for row in tomllib.loads(text).get("rule", []):
        try:
            rule = Rule(
                row["code"], frozenset(row["kinds"]), Start(row["starts"]), row["active"], row["inactive"],
                Fate(row["fate"]),
            )  # fmt: skip
        except KeyError as error:
            raise ValueError(f"a rule without {error}") from error
        if min(rule.active, rule.inactive) < 0 or rule.active + rule.inactive == 0:
            raise ValueError(f"{rule.code}: years are whole numbers, at least one in all")
        rules.append(rule)
    kinds = [kind for rule in rules for kind in rule.kinds]
    if len(kinds) != len(set(kinds)) or len(rules) != len({rule.code for rule in rules}):
        raise ValueError("a code or a kind of requirement stands twice in the schedule")
    return tuple(rules)


@cache
def schedule() -> tuple[Rule, ...]:
    """Return the site's retention schedule."""
    return read_schedule(SCHEDULE.read_text("utf-8"))


def fate_of(code: str | None) -> Fate | None:
    """Return the fate that a rule names; ``None`` for a rule that is no longer in the schedule."""
    return next((rule.fate for rule in schedule() if rule.code == code), None)


def term_of(uses: Iterable[Use], *, rules: Iterable[Rule] | None = None) -> Term:
    """Return the term of a file: its clock has started when those of all its uses have, and the latest end counts."""
    by_kind = {kind: rule for rule in rules or schedule() for kind in rule.kinds}
    found: list[tuple[dt.datetime, Rule]] = []
    for use in uses:
        rule = by_kind.get(use.kind)
        start = use.starts.get(rule.starts) if rule else None
        if rule is None or start is None:
            return Term(None, None, None)
        found.append((rule.end(start), rule))
    if not found:
        return Term(None, None, None)
    ends, rule = max(found, key=lambda entry: entry[0])
    return Term(rule.code, ends, rule.fate)


def lock_until(mode: str, *, locked_until: dt.datetime, ends: dt.datetime | None, now: dt.datetime) -> dt.datetime:
    """Return until when a lock should go; never before ``locked_until``.

    :param mode: of the lock the object has. :param ends: of the file's term, where its clock has started.
    """
    if ends is None or ends <= now:
        wanted = now + FIRST_TERM if locked_until < now + RENEWED_BELOW else locked_until
    elif mode == COMPLIANCE:
        due = locked_until < months_after(now, WINDOW_MONTHS - 1)
        wanted = min(ends, months_after(now, WINDOW_MONTHS)) if due else locked_until
    else:
        wanted = ends
    return max(wanted, locked_until)


def window_is_low(mode: str, *, locked_until: dt.datetime, ends: dt.datetime | None, now: dt.datetime) -> bool:
    """Return whether a window of COMPLIANCE ran down because nothing renewed it."""
    if mode != COMPLIANCE or ends is None:
        return False
    return locked_until < min(ends, months_after(now, ALARM_MONTHS))


def months_after(moment: dt.datetime, months: int) -> dt.datetime:
    """Return the same day so many months later, or the month's last day where it has no such day."""
    year, month = divmod(moment.year * 12 + moment.month - 1 + months, 12)
    for day in range(moment.day, 27, -1):
        try:
            return moment.replace(year=year, month=month + 1, day=day)
        except ValueError:
            continue
    return moment.replace(year=year, month=month + 1)
