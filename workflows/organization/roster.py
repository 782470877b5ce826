"""Reads an organisation from yaml, csv or xlsx and writes what is new.

YAML nests (region, agencies with units, people with posts); the tables have one row a post and the same
names as columns. The operator's own file is trusted, unlike anything that people upload.
"""

import csv
import datetime as dt
import io
import re
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
import yaml
from python_calamine import CalamineError, CalamineWorkbook

from workflows.core.actors import Actor, AssignmentKind, Role
from workflows.core.db import db
from workflows.core.errors import InvalidInputError, Reason
from workflows.organization.engagements import YEARS, confirm, propose
from workflows.organization.models import (
    Account,
    Agency,
    Duty,
    Engagement,
    Person,
    Position,
    PositionAssignment,
    Region,
    Unit,
)
from workflows.organization.operations import (
    add_account,
    add_agency,
    add_person,
    add_region,
    add_unit,
    assign,
    close_unit,
    ensure_position,
)

COLUMNS = (
    "region_code", "region_name", "timezone", "agency_code", "agency_name", "unit_code", "unit_name", "secretariat",
    "unit_closed_on", "inspectorate", "role", "title", "kind", "from", "to", "letter", "institution", "letter_date",
    "duty", "home", "years", "name", "nip", "rank", "grade", "email", "username",
)  # fmt: skip
_OF_POST = COLUMNS[COLUMNS.index("role") : COLUMNS.index("years") + 1]
_YES = ("ya", "yes", "true", "1")
UNUSABLE = "!"
"""A password hash that nothing matches; ``tuntas user add`` gives a real one."""


@dataclass(frozen=True)
class Entry:
    """One post and its holder; a row without person says only that unit or agency exist."""

    row: str
    """Where it stands in the file, for messages."""
    values: Mapping[str, str]

    def get(self, name: str) -> str | None:
        """Return a value, or ``None`` when it is empty."""
        return self.values.get(name, "").strip() or None


@dataclass
class Roster:
    """What a file holds, and what is wrong with it."""

    entries: list[Entry] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def read_roster(data: bytes, *, filename: str) -> Roster:
    """Read a file by its ending. :raises InvalidInputError: naming every row that cannot be used."""
    readers = {"yaml": _yaml, "yml": _yaml, "csv": _csv, "xlsx": _xlsx}
    reader = readers.get(filename.rpartition(".")[2].lower())
    if reader is None:
        raise InvalidInputError(Reason("roster_format", "Berkas organisasi berupa xlsx, csv, atau yaml."))
    try:
        roster = Roster([Entry(row, values) for row, values in reader(data)])
    except (ValueError, KeyError, TypeError, yaml.YAMLError, CalamineError, UnicodeDecodeError) as error:
        raise InvalidInputError(
            Reason("roster_unreadable", f"Berkas organisasi tidak dapat dibaca: {error}")
        ) from error
    roster.problems = [problem for entry in roster.entries for problem in _problems(entry)]
    if not roster.entries:
        roster.problems.append("berkas tidak berisi satu baris pun")
    if roster.problems:
        raise InvalidInputError(*(Reason("roster_row", f"Berkas organisasi, {text}.") for text in roster.problems))
    return roster


def _problems(entry: Entry) -> Iterable[str]:
    if not entry.get("region_code"):
        yield f"{entry.row}: kode daerah (region_code) kosong"
    role = entry.get("role")
    if role and role not in list(Role):
        yield f"{entry.row}: peran '{role}' tidak dikenal; pakai {', '.join(Role)}"
    kind = entry.get("kind")
    if kind and kind not in list(AssignmentKind):
        yield f"{entry.row}: jenis penugasan '{kind}' tidak dikenal; pakai {', '.join(AssignmentKind)}"
    if role in (Role.UNIT_HEAD, Role.UNIT_STAFF) and not (entry.get("unit_code") and entry.get("agency_code")):
        yield f"{entry.row}: peran {role} perlu agency_code dan unit_code"
    if role in (Role.AGENCY_HEAD, Role.AGENCY_OPERATOR) and not entry.get("agency_code"):
        yield f"{entry.row}: peran {role} perlu agency_code"
    if entry.get("name") and not role:
        yield f"{entry.row}: orang tanpa peran (role)"
    for name in ("from", "to", "letter_date"):
        if entry.get(name) and _day(entry.get(name)) is None:
            yield f"{entry.row}: tanggal {name} '{entry.get(name)}' harus seperti 2026-01-31"
    if role == Role.AUDITOR and entry.get("name"):
        for name in ("letter", "institution", "to", "years"):
            if not entry.get(name):
                yield f"{entry.row}: penugasan pemeriksa perlu {name}"
        if not set(_years(entry)) <= set(YEARS):
            yield f"{entry.row}: tahun '{entry.get('years')}' harus seperti 2025, 2026"
    if role == Role.EVALUATOR and entry.get("name"):
        for name in ("letter", "to", "duty"):
            if not entry.get(name):
                yield f"{entry.row}: surat tugas tim evaluasi perlu {name}"
        duty = entry.get("duty")
        if duty and duty not in list(Duty):
            yield f"{entry.row}: peran dalam tim '{duty}' tidak dikenal; pakai {', '.join(Duty)}"
    nip = normal_nip(entry.get("nip"))
    if nip is not None and len(nip) != 18:
        yield f"{entry.row}: NIP harus 18 angka"


def normal_nip(raw: str | None) -> str | None:
    """Return the digits of a NIP, however it was spaced or labelled."""
    return re.sub(r"\D", "", raw) or None if raw else None


def _day(text: str | None) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text[:10]) if text else None
    except ValueError:
        return None


def _years(entry: Entry) -> list[int]:
    return [int(text) for text in re.findall(r"\d+", entry.get("years") or "")]


def _csv(data: bytes) -> Iterable[tuple[str, dict[str, str]]]:
    text = data.decode("utf-8-sig")
    delimiter = ";" if text.partition("\n")[0].count(";") > text.partition("\n")[0].count(",") else ","
    return _table(list(csv.reader(io.StringIO(text), delimiter=delimiter)))


def _xlsx(data: bytes) -> Iterable[tuple[str, dict[str, str]]]:
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0)
    return _table([["" if cell is None else str(cell) for cell in row] for row in sheet.to_python()])


def _table(rows: Sequence[Sequence[str]]) -> Iterable[tuple[str, dict[str, str]]]:
    names = [name.strip().lower() for name in rows[0]] if rows else []
    unknown = [name for name in names if name and name not in COLUMNS]
    if unknown:
        raise ValueError(f"kolom tidak dikenal: {', '.join(unknown)}; yang dikenal: {', '.join(COLUMNS)}")
    for number, row in enumerate(rows[1:], 2):
        if any(cell.strip() for cell in row):
            yield f"baris {number}", dict(zip(names, row, strict=False))


def _yaml(data: bytes) -> Iterable[tuple[str, dict[str, str]]]:
    document = yaml.safe_load(data)
    region = document["region"]
    base = {"region_code": region["code"], "region_name": region["name"], "timezone": region["timezone"]}
    units: dict[tuple[str, str], dict[str, str]] = {}
    for agency in document.get("agencies", ()):
        common = {**base, "agency_code": agency["code"], "agency_name": agency["name"]}
        if agency.get("inspectorate"):
            common["inspectorate"] = "ya"
        for unit in agency.get("units") or [{}]:
            row = dict(common)
            if unit:
                row |= {
                    "unit_code": unit["code"],
                    "unit_name": unit["name"],
                    "secretariat": "ya" if unit.get("secretariat") else "",
                    "unit_closed_on": unit.get("closed_on"),
                }
                units[agency["code"], unit["code"]] = row
            units.setdefault((agency["code"], ""), common)
            yield f"agencies: {agency['code']}", _texts(row)
    for person in document.get("people", ()):
        known = {key: person[key] for key in ("name", "nip", "rank", "grade", "email", "username") if key in person}
        for post in person["posts"]:
            place = units.get((post.get("agency", ""), post.get("unit", "")), base)
            details = {key: post[key] for key in _OF_POST if key in post}
            named = {"agency_code": post.get("agency", ""), "unit_code": post.get("unit", "")}
            yield f"people: {person['name']}", _texts({**place, **named, **known, **details})


def _texts(values: Mapping[str, Any]) -> dict[str, str]:
    return {key: "" if value is None else str(value) for key, value in values.items()}


def write_roster(roster: Roster, *, actor: Actor, password_hash: str = UNUSABLE) -> dict[str, int]:
    """Write what is not there yet; nothing that exists is changed. Return how many of each were added."""
    counts = dict.fromkeys(("daerah", "perangkat daerah", "bidang", "bidang ditutup", "orang", "akun", "penugasan"), 0)
    for entry in roster.entries:
        region = _region(entry, actor, counts)
        agency = _agency(entry, region, actor, counts)
        unit = _unit(entry, agency, actor, counts) if agency else None
        role = entry.get("role")
        if role is None:
            continue
        person = _person(entry, region, actor, counts, password_hash) if entry.get("name") else None
        if role in (Role.AUDITOR, Role.EVALUATOR) and person is not None:
            counts["penugasan"] += _engage(person, entry, agency, actor)
            continue
        if person is not None and _holds(person, Role(role), agency, unit):
            continue
        position = ensure_position(Role(role), region_id=region.id, agency=agency, unit=unit, title=entry.get("title"))
        if person is not None:
            assign(
                person,
                position,
                kind=AssignmentKind(entry.get("kind") or AssignmentKind.DEFINITIVE),
                valid_from=_day(entry.get("from")) or dt.date(2000, 1, 1),
                valid_to=_day(entry.get("to")),
                letter_number=entry.get("letter"),
                confirmed=True,
                actor=actor,
            )
            counts["penugasan"] += 1
    return counts


def _engage(person: Person, entry: Entry, agency: Agency | None, actor: Actor) -> int:
    """Record what a letter says of an auditor or an evaluator; return how many were new.

    :raises InvalidInputError: the agency an evaluator belongs to is not known.
    """
    letter = entry.get("letter") or ""
    query = sa.select(Engagement.agency_ids).where(
        Engagement.person_id == person.id, Engagement.letter_number == letter, Engagement.role == entry.get("role")
    )
    places = [agency] if agency else []
    if [place.id for place in places] in list(db.session.scalars(query)):
        return 0
    valid_from = _day(entry.get("from")) or dt.date(2000, 1, 1)
    row = propose(
        person, institution=entry.get("institution") or "", letter_number=letter,
        letter_date=_day(entry.get("letter_date")) or valid_from, valid_from=valid_from,
        valid_to=_day(entry.get("to")) or valid_from, agencies=places, years=_years(entry),
        duty=Duty(entry.get("duty") or "") if entry.get("role") == Role.EVALUATOR else None,
        home=_home(entry, person.region_id), actor=actor,
    )  # fmt: skip
    confirm(row, actor=actor)
    return 1


def _home(entry: Entry, region_id: uuid.UUID) -> Agency | None:
    code = entry.get("home")
    if code is None:
        return None
    found = db.session.scalars(
        sa.select(Agency).where(Agency.region_id == region_id, Agency.code == code)
    ).one_or_none()
    if found is None:
        text = f"Berkas organisasi, {entry.row}: perangkat daerah asal (home) '{code}' tidak dikenal."
        raise InvalidInputError(Reason("roster_row", text))
    return found


def _holds(person: Person, role: Role, agency: Agency | None, unit: Unit | None) -> bool:
    query = (
        sa.select(PositionAssignment.id)
        .join(Position, Position.id == PositionAssignment.position_id)
        .where(
            PositionAssignment.person_id == person.id,
            Position.role == role,
            Position.agency_id.is_not_distinct_from(agency.id if agency else None),
            Position.unit_id.is_not_distinct_from(unit.id if unit else None),
        )
    )
    return db.session.scalars(query).first() is not None


def _region(entry: Entry, actor: Actor, counts: dict[str, int]) -> Region:
    code = entry.get("region_code") or ""
    found = db.session.scalars(sa.select(Region).where(Region.code == code)).one_or_none()
    if found is not None:
        return found
    counts["daerah"] += 1
    zone = entry.get("timezone") or "Asia/Jakarta"
    return add_region(code=code, name=entry.get("region_name") or code, timezone=zone, actor=actor)


def _agency(entry: Entry, region: Region, actor: Actor, counts: dict[str, int]) -> Agency | None:
    code = entry.get("agency_code")
    if code is None:
        return None
    query = sa.select(Agency).where(Agency.region_id == region.id, Agency.code == code)
    found = db.session.scalars(query).one_or_none()
    if found is not None:
        return found
    counts["perangkat daerah"] += 1
    inspectorate = (entry.get("inspectorate") or "").lower() in _YES
    name = entry.get("agency_name") or code
    return add_agency(region, code=code, name=name, is_inspectorate=inspectorate, actor=actor)


def _unit(entry: Entry, agency: Agency, actor: Actor, counts: dict[str, int]) -> Unit | None:
    code = entry.get("unit_code")
    if code is None:
        return None
    query = sa.select(Unit).where(Unit.agency_id == agency.id, Unit.code == code)
    found = db.session.scalars(query).one_or_none()
    if found is not None:
        _close(found, entry, actor, counts)
        return found
    counts["bidang"] += 1
    secretariat = (entry.get("secretariat") or "").lower() in _YES
    unit = add_unit(agency, code=code, name=entry.get("unit_name") or code, is_secretariat=secretariat, actor=actor)
    _close(unit, entry, actor, counts)
    return unit


def _close(unit: Unit, entry: Entry, actor: Actor, counts: dict[str, int]) -> None:
    """Close a unit whose last day is told: the one thing of what exists that a roster changes."""
    day = entry.get("unit_closed_on")
    if day and close_unit(unit, on=dt.date.fromisoformat(day), actor=actor):
        counts["bidang ditutup"] += 1


def _person(entry: Entry, region: Region, actor: Actor, counts: dict[str, int], password_hash: str) -> Person:
    """Find a person by NIP, else by e-mail address, else by name; write him when he is new."""
    name, email, nip = entry.get("name") or "", entry.get("email"), normal_nip(entry.get("nip"))
    query = sa.select(Person).where(Person.region_id == region.id)
    if nip:
        query = query.where(Person.nip == nip)
    elif email:
        query = query.join(Account, Account.person_id == Person.id).where(sa.func.lower(Account.email) == email.lower())
    else:
        query = query.where(Person.name == name)
    person = db.session.scalars(query).first()
    if person is None:
        counts["orang"] += 1
        person = add_person(
            region, name=name, nip=nip, rank_name=entry.get("rank"), rank_grade=entry.get("grade"), actor=actor
        )
    has_account = db.session.scalars(sa.select(Account.id).where(Account.person_id == person.id)).first()
    if email and has_account is None:
        counts["akun"] += 1
        username = entry.get("username") or email.partition("@")[0]
        add_account(person, email=email, username=username, password_hash=password_hash, actor=actor)
    return person
