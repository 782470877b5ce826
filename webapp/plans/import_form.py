"""The form on which a read paper is corrected: one page of recommendations at a time, read back into the document.

Works without scripts: an empty line in a recommendation splits it, a tick merges it with the one above.
"""

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from workflows.documents.criteria import find_criterion
from workflows.documents.plan import Component
from workflows.documents.requirements import propose_requirement
from workflows.documents.splitting import LIST_MARK
from workflows.plans.corrections import renumbered

PER_PAGE = 20
MOST_REQUIREMENTS = 5
LONGEST = 20_000
KINDS = ("quarterly_monitoring", "performance_report", "document", "outcome")
POSTS = ("unit_head", "agency_head")
_CRITERION = re.compile(r"[1-4]\.[a-d]\.\d{1,2}")
_SPLIT = re.compile(r"\n[^\S\n]*\n")


@dataclass
class Corrected:
    """The document as typed, what is wrong with it by field, and whether recommendations were split or merged."""

    document: dict[str, Any]
    errors: list[tuple[str, str]] = field(default_factory=list)
    divided: bool = False


def read_back(form: MultiDict[str, str], document: dict[str, Any], *, first: int) -> Corrected:
    """Return the document with what one page of the form says.

    :param document: as it stands; its recommendations from ``first`` on are those of the page.
    """
    made = Corrected(document)
    _read_head(form, made)
    entries = document["recommendations"]
    page = entries[first : first + PER_PAGE]
    kept: list[dict[str, Any]] = entries[:first]
    for index, entry in enumerate(page, first):
        if f"r{index}-text" not in form:
            kept.append(entry)
            continue
        _read_entry(form, f"r{index}-", entry, made)
        if form.get(f"r{index}-drop"):
            made.divided = True
        elif form.get(f"r{index}-merge") and kept:
            _merge(kept[-1], entry)
            made.divided = True
        else:
            parts = _split(entry)
            made.divided = made.divided or len(parts) > 1
            kept.extend(parts)
    document["recommendations"] = renumbered([*kept, *entries[first + PER_PAGE :]])
    return made


def _read_head(form: MultiDict[str, str], made: Corrected) -> None:
    if "report_number" not in form:
        return
    made.document["report_number"] = _text(form, "report_number")[:200] or None
    made.document["report_date"] = _day(form, "report_date", made)


def _read_entry(form: MultiDict[str, str], prefix: str, entry: dict[str, Any], made: Corrected) -> None:
    text = _text(form, f"{prefix}text")
    if text:
        entry["text"] = text
    elif not form.get(f"{prefix}drop"):
        made.errors.append((f"{prefix}text", _("Tulis rekomendasinya, atau tandai untuk dihapus.")))
    component = form.get(f"{prefix}component", "")
    entry["component"] = component if component in set(Component) else None
    if entry["component"] is None and not form.get(f"{prefix}drop"):
        made.errors.append((f"{prefix}component", _("Pilih komponennya.")))
    criterion = _text(form, f"{prefix}criterion")
    if criterion and not _CRITERION.fullmatch(criterion):
        made.errors.append((f"{prefix}criterion", _("Kriteria ditulis seperti 1.c.4, atau dikosongkan.")))
    entry["criterion"] = criterion or None
    entry["finding"] = _text(form, f"{prefix}finding") or None
    entry["action"] = {
        "text": _text(form, f"{prefix}action") or None,
        "due_on": _day(form, f"{prefix}due", made),
        "owner": _text(form, f"{prefix}owner") or None,
    }
    issued = made.document.get("report_date")
    if issued and entry["action"]["due_on"] and entry["action"]["due_on"] < issued:
        made.errors.append((f"{prefix}due", _("Tenggat ini mendahului tanggal LHE.")))
    asked = [_requirement(form, f"{prefix}q{index}-", entry, index, made) for index in range(MOST_REQUIREMENTS)]
    entry["requirements"] = [one for one in asked if one is not None]


def _requirement(
    form: MultiDict[str, str], prefix: str, entry: Mapping[str, Any], index: int, made: Corrected
) -> dict[str, Any] | None:
    kind = form.get(f"{prefix}kind", "")
    if kind not in KINDS:
        return None
    before = entry["requirements"][index] if index < len(entry["requirements"]) else {}
    quarters = sorted({int(value) for value in form.getlist(f"{prefix}quarters") if value in {"1", "2", "3", "4"}})
    if kind == "quarterly_monitoring" and not quarters:
        made.errors.append((f"{prefix}kind", _("Pilih triwulannya.")))
    outcome = kind == "outcome"
    return {
        "kind": kind,
        "quarters": quarters if kind == "quarterly_monitoring" else [],
        "per_unit": bool(form.get(f"{prefix}per_unit")) and not outcome,
        "signed_by": None if outcome else _post(form, f"{prefix}signed_by"),
        "acknowledged_by": None if outcome else _post(form, f"{prefix}acknowledged_by"),
        "due_on": _day(form, f"{prefix}due", made),
        "expects": list(before.get("expects") or []) if kind == before.get("kind") else [],
    }


def _post(form: MultiDict[str, str], name: str) -> str | None:
    value = form.get(name, "")
    return value if value in POSTS else None


def _text(form: MultiDict[str, str], name: str) -> str:
    return form.get(name, "").replace("\r\n", "\n").replace("\0", "").strip()[:LONGEST]


def _day(form: MultiDict[str, str], name: str, made: Corrected) -> str | None:
    value = _text(form, name)
    if not value:
        return None
    try:
        return dt.date.fromisoformat(value).isoformat()
    except ValueError:
        made.errors.append((name, _("Tanggal ini tidak dikenal; pilih dari kalender atau kosongkan.")))
        return None


def _split(entry: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the recommendations that a text holds: an empty line parts two, and their actions if as many."""
    texts = [LIST_MARK.sub("", piece.strip(), count=1) for piece in _SPLIT.split(entry["text"]) if piece.strip()]
    if len(texts) < 2:
        return [entry]
    actions = [piece.strip() for piece in _SPLIT.split(entry["action"]["text"] or "") if piece.strip()]
    if len(actions) != len(texts):
        actions = ["\n".join(actions), *[""] * (len(texts) - 1)]
    parts = []
    for index, (text, action) in enumerate(zip(texts, actions, strict=True)):
        part = {**entry, "text": text, "action": {**entry["action"], "text": action or None}}
        if index:
            component = Component(entry["component"]) if entry["component"] else None
            part["criterion"] = find_criterion(component, text) if component else None
            part["requirements"] = [propose_requirement(text, due_on=None).to_json()]
        parts.append(part)
    return parts


def _merge(above: dict[str, Any], entry: Mapping[str, Any]) -> None:
    """Append a recommendation to the one above it; what it asks for goes with that one."""
    above["text"] = f"{above['text']}\n{entry['text']}"
    for name, sign in (("text", "\n"), ("owner", "; ")):
        both = dict.fromkeys(filter(None, [above["action"][name], entry["action"][name]]))
        above["action"][name] = sign.join(both) or None
    above["action"]["due_on"] = max(filter(None, [above["action"]["due_on"], entry["action"]["due_on"]]), default=None)
    above["finding"] = above["finding"] or entry["finding"]
    above["read_as"] = [*above.get("read_as", []), *entry.get("read_as", [])]
