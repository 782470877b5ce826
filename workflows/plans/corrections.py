"""What people correct in a read document before it is written, and how that is told.

A corrected document has the keys of the read one. Each of its recommendations also says in `read_as` as which numbers
it was read: several where it was merged, the same as another's where one was split.
"""

import copy
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from workflows.core import audit
from workflows.core.actors import INSPECTORATE, Actor
from workflows.core.db import lock_rows
from workflows.core.errors import ConflictError, PermissionDeniedError, Reason, StaleStateError
from workflows.core.sentences import phrase
from workflows.documents.words import fold
from workflows.organization.models import Agency
from workflows.plans.models import ImportState, PlanImport, RequirementKind

UNKNOWN = "X"
HEAD = ("agency_name", "year", "report_number", "report_date")
FIELDS = ("component", "criterion", "finding", "text", "requirements")
ACTION_FIELDS = ("text", "due_on", "owner")
_TOLD = 300
_MOST_TOLD = 200
_SHARED_KINDS = (RequirementKind.PERFORMANCE_REPORT, RequirementKind.QUARTERLY_MONITORING)


def revise_import(
    row: PlanImport, *, document: Mapping[str, Any], version: int, actor: Actor, agency: Agency | None = None
) -> None:
    """Keep a document as a person corrected it; nothing else is written yet.

    :param agency: whose paper it is, where a person says so; one in sight of this actor.
    :raises PermissionDeniedError: not of the Inspektorat. :raises ConflictError: not read, or confirmed already.
    :raises StaleStateError: somebody else corrected it in the meantime.
    """
    if not all(actor.holds(*INSPECTORATE, agency_id=place) for place in (row.agency_id, agency.id if agency else None)):
        raise PermissionDeniedError
    (row,) = lock_rows(PlanImport, [row.id])
    if row.state != ImportState.READ:
        raise ConflictError(Reason("not_read", phrase("Isi berkas ini sudah disimpan atau belum terbaca.")))
    if row.version != version:
        raise StaleStateError
    row.corrected = dict(document)
    if agency is not None:
        row.agency_id = agency.id


def in_hand(row: PlanImport) -> dict[str, Any]:
    """Return the document as it stands, ready to be corrected."""
    document = copy.deepcopy(row.corrected or row.document or {})
    for entry in document.get("recommendations", []):
        entry.setdefault("read_as", [entry["number"]])
    return document


def renumbered(entries: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return recommendations with their numbers and what shares their promises, after others came or went."""
    counts: Counter[str] = Counter()
    for entry in entries:
        letter = entry["component"] or UNKNOWN
        counts[letter] += 1
        entry["number"] = f"{letter}-{counts[letter]}"
    groups: dict[str, list[str]] = {}
    keys = [_promise(entry) for entry in entries]
    for key, entry in zip(keys, entries, strict=True):
        groups.setdefault(key, []).append(entry["number"])
    for key, entry in zip(keys, entries, strict=True):
        entry["shares_with"] = [number for number in groups[key] if number != entry["number"]]
    return list(entries)


def _promise(entry: Mapping[str, Any]) -> str:
    """Return what makes the promises of two recommendations the same, as the reader judges it."""
    shared = all(asked["kind"] in _SHARED_KINDS for asked in entry["requirements"]) and entry["requirements"]
    return audit.canonical({"asked": entry["requirements"], "text": "" if shared else fold(entry["text"])})


def corrections(read: Mapping[str, Any], confirmed: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return what was corrected: for each field of the head and of each recommendation what was read and confirmed."""
    if read is confirmed:
        return []
    told = [_told(None, name, read.get(name), confirmed.get(name)) for name in HEAD]
    before = {entry["number"]: entry for entry in read["recommendations"]}
    kept: set[str] = set()
    for entry in confirmed["recommendations"]:
        origins = entry.get("read_as", [])
        told.extend(_of(entry, [before[number] for number in origins if number in before]))
        kept.update(origins)
    gone = [entry for number, entry in before.items() if number not in kept]
    told.extend(_told(entry["number"], "text", entry["text"], None) for entry in gone)
    return [one for one in told if one is not None][:_MOST_TOLD]


def _of(entry: Mapping[str, Any], origins: Sequence[Mapping[str, Any]]) -> list[dict[str, Any] | None]:
    if not origins:
        return [_told(entry["number"], "text", None, entry["text"])]
    first = origins[0]
    number = " + ".join(origin["number"] for origin in origins)
    return [
        *(_told(number, name, first.get(name), entry.get(name)) for name in FIELDS),
        *(
            _told(number, f"action.{name}", first["action"].get(name), entry["action"].get(name))
            for name in ACTION_FIELDS
        ),
    ]


def _told(number: str | None, field: str, read: Any, confirmed: Any) -> dict[str, Any] | None:
    if (read or None) == (confirmed or None):
        return None
    return {"number": number, "field": field, "read": _short(read), "confirmed": _short(confirmed)}


def _short(value: Any) -> str | None:
    if value in (None, [], ""):
        return None
    text = value if isinstance(value, str) else audit.canonical(value)
    return text if len(text) <= _TOLD else text[:_TOLD] + "..."
