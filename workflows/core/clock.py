"""Time comes from the database, once per transaction; days come from the region's time zone."""

import datetime as dt
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from workflows.core.db import db


def now() -> dt.datetime:
    """Return the time at which the running transaction began, in UTC."""
    session = db.session()
    session.connection()  # a transaction that has not begun has no time yet
    if "now" not in session.info:
        session.info["now"] = session.scalar(sa.select(sa.func.now()))
    moment: dt.datetime = session.info["now"]
    return moment.astimezone(dt.UTC)


def local_date(moment: dt.datetime, zone: str) -> dt.date:
    """Return the calendar day of ``moment`` in the IANA time zone ``zone``."""
    return moment.astimezone(ZoneInfo(zone)).date()
