"""How dates, times, sizes and words look on the screen, and what every template may use."""

import datetime as dt
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date
from babel.numbers import format_decimal
from flask import Flask, g, url_for
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _
from flask_login import current_user

from webapp.auth.identity import current_actor
from workflows.core.clock import local_date, now
from workflows.core.db import db
from workflows.organization.models import Region

ZONE_NAMES = {"Asia/Jakarta": "WIB", "Asia/Pontianak": "WIB", "Asia/Makassar": "WITA", "Asia/Jayapura": "WIT"}
DEFAULT_ZONE = "Asia/Jakarta"


def zone() -> str:
    """Return the IANA time zone of the actor's region."""
    if "zone" not in g:
        actor = current_actor()
        region = db.session.get(Region, actor.region_id) if actor and actor.region_id else None
        g.region = region  # the session forgets what nobody holds, and would ask again for the page's head
        g.zone = region.timezone if region else DEFAULT_ZONE
    found: str = g.zone
    return found


def _locale() -> Locale:
    return get_locale() or Locale("id")


def tanggal(day: dt.date | dt.datetime | None) -> str:
    """Write a day as on paper: ``2 Januari 2026``, ``2 January 2026``; moments fall on the region's day."""
    if day is None:
        return "-"
    if isinstance(day, dt.datetime):
        day = day.astimezone(ZoneInfo(zone())).date()
    return _written(day, _locale().language)


@lru_cache(maxsize=1_000)
def _written(day: dt.date, language: str) -> str:
    """Write a day in a language: a list names the same few again and again."""
    return format_date(day, "d MMMM y", locale=language)


def today() -> dt.date:
    """Return the calendar day in the actor's region, by the database's clock."""
    return local_date(now(), zone())


def waktu(moment: dt.datetime | None) -> str:
    """Write a moment with its zone: ``2 Januari 2026 pukul 14.05 WITA``, ``2 January 2026, 14:05 WITA``."""
    if moment is None:
        return "-"
    name = zone()
    local = moment.astimezone(ZoneInfo(name))
    return _(
        "%(day)s pukul %(hour)s.%(minute)s %(zone)s",
        day=tanggal(local.date()),
        hour=f"{local.hour:02}",
        minute=f"{local.minute:02}",
        zone=ZONE_NAMES.get(name) or local.tzname(),
    )


def jam(moment: dt.datetime) -> str:
    """Write the hour of a moment with its zone, where the day is said already: ``pukul 14.05 WITA``, ``14:05 WITA``."""
    name = zone()
    local = moment.astimezone(ZoneInfo(name))
    return _(
        "pukul %(hour)s.%(minute)s %(zone)s",
        hour=f"{local.hour:02}",
        minute=f"{local.minute:02}",
        zone=ZONE_NAMES.get(name) or local.tzname(),
    )


def nilai(score: Decimal | None) -> str:
    """Write a score with two places: ``78,05``, ``78.05``."""
    return "-" if score is None else format_decimal(score, "0.00", locale=_locale())


def uncapital(text: str) -> str:
    """Return words that began a sentence as they stand within one: names in them keep their capitals."""
    return text[:1].lower() + text[1:]


def ukuran(size: int | None) -> str:
    """Write a size in bytes for people, in the units of file managers: ``3,4 MB``, ``3.4 MB``."""
    if size is None:
        return "-"
    for unit, factor in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if size >= factor:
            return f"{format_decimal(round(size / factor, 1), locale=_locale())} {unit}"
    return ngettext("%(num)s byte", "%(num)s byte", size)


def init_app(app: Flask) -> None:
    """Give templates the filters and names they use."""
    from webapp.factory import assets

    app.jinja_env.filters.update(jam=jam, nilai=nilai, tanggal=tanggal, waktu=waktu, ukuran=ukuran)
    built = assets()
    app.jinja_env.globals["asset"] = lambda name: url_for("static", filename=f"dist/{built[name]}")

    @app.context_processor
    def _shell() -> dict[str, object]:
        return {"current_user": current_user}
