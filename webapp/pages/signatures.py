"""One signature of a stored report as the pages show it, whichever release wrote the report."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from webapp import formats


@dataclass(frozen=True)
class Shown:
    """What a page says about one signature."""

    field: str
    kind: str
    verdict: str
    signer: str | None
    issuer: str | None
    trusted: bool | None
    root: str | None
    claimed: dt.datetime | None
    """When the signer says it was made."""
    stamped: dt.datetime | None
    """When a time stamp proves that it was there."""
    reason: str | None
    page: int | None
    """Where it shows first."""
    fingerprint: str | None
    """Of the certificate."""


def shown(entry: Mapping[str, Any]) -> Shown:
    """Read an entry of a report; what older reports lack counts as not judged."""
    return Shown(
        field=entry["field"],
        kind=entry.get("kind", "signature"),
        verdict=entry.get("verdict", "unverifiable"),
        signer=entry["signer"],
        issuer=entry["issuer"],
        trusted=entry["trusted"],
        root=entry.get("root"),
        claimed=_moment(entry["signing_time"]),
        stamped=_moment(entry["timestamp_time"]),
        reason=entry["reason"],
        page=entry.get("page"),
        fingerprint=entry.get("fingerprint"),
    )


def _moment(text: str | None) -> dt.datetime | None:
    """A time from the file. One without a zone is taken for the region's own."""
    if not text:
        return None
    moment = dt.datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(formats.zone()))
