"""When was the PDF made, as it says itself? That proves nothing, but it may contradict the date on a paper."""

from __future__ import annotations

import datetime as dt

from workflows.evidence.checks.document import Document
from workflows.evidence.checks.outcome import Outcome


def check_made(document: Document) -> Outcome:
    """Read the creation date of the information dictionary; one that cannot be read is none."""
    return Outcome(facts={"created": _created(document)})


def _created(document: Document) -> str | None:
    try:
        metadata = document.reader.metadata if document.reader is not None else None
        moment = None if metadata is None else metadata.creation_date
    except MemoryError:
        raise
    except Exception:  # dates are written in many ways, and pypdf raises several classes on those it does not know
        return None
    # Only a whole date with a usable year counts; some writers leave zeros.
    return moment.isoformat() if isinstance(moment, dt.datetime) and moment.year > 1 else None
