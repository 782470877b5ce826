"""The timeline of a recommendation as it is shown: sentences in the language of the request, by day, years apart."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from flask_babel import gettext as _

from webapp import formats
from webapp.language import say
from workflows.core.sentences import Sentence
from workflows.papers.timeline import Day, Entry, by_year


@dataclass(frozen=True)
class Told:
    """One event, in words."""

    sentence: str
    at: dt.datetime
    state: str | None
    quote: str | None
    seq: int


def told(entry: Entry) -> Told:
    """Return an event in words; of a kind without a sentence at least who and what."""
    who, kind = entry.happening.who, entry.kind
    made = entry.sentence
    if entry.day and isinstance(made, Sentence):
        made = made.template(**{**made.values, "day": formats.tanggal(entry.day)})
    sentence = say(made) if made else _("%(who)s: %(kind)s.", who=who, kind=kind)
    return Told(sentence[:1].upper() + sentence[1:], entry.at, entry.state, entry.quote, entry.seq)


def years(entries: Sequence[Entry]) -> dict[int, list[Day]]:
    """Return events by the year and day on which they fell in the region."""
    zone = ZoneInfo(formats.zone())
    return by_year(entries, lambda at: at.astimezone(zone).date())
