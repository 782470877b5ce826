"""Fills a region with many agencies and years, by COPY as the owner of the tables, as the product would have left it.

Every row obeys the constraints, every delivery its lifecycle, every event is linked by the log's own trigger, so that
``tuntas audit verify`` holds afterwards. Two things differ from a life: the bytes themselves are not in the store, and
the log's times are those of the filling, because only its trigger sets them.
"""

import datetime as dt
import hashlib
import json
import os
import random
import uuid
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg import sql

from storage.keys import archive_key, intake_key
from workflows.archive.terms import FIRST_TERM, GOVERNANCE
from workflows.core import audit
from workflows.core.actors import Role
from workflows.core.ids import new_id
from workflows.core.transitions import State
from workflows.evidence.models import new_code
from workflows.plans.models import RequirementKind
from workflows.plans.terms import due, opens

ORDER = (
    "agency", "unit", "person", "position", "engagement", "position_assignment", "evaluation_report", "recommendation", "action",
    "evidence", "requirement", "requirement_recommendation", "evidence_use", "check_report", "archived_object",
    "sign_off", "verification", "audit_event",
)  # fmt: skip
"""Whoever is named comes before whoever names."""
UNITS = 8
PAPERS = 8
PER_YEAR = UNITS * 4 + PAPERS
"""Requirements of one agency in one year: a grid of quarters and units, and what stands beside it."""
LAST_YEAR = 2026
STEPS = {State.EVIDENCE_UPLOADED: 1, State.SIGNED: 2, State.ACKNOWLEDGED: 3, State.VERIFIED: 4}
EVENTS = ("requirement.uploaded", "requirement.signed", "requirement.acknowledged", "requirement.verified")
THIS_YEAR = {
    1: (State.VERIFIED, State.VERIFIED, State.VERIFIED, State.ACKNOWLEDGED),
    2: (State.VERIFIED, State.ACKNOWLEDGED, State.SIGNED, State.EVIDENCE_UPLOADED),
    3: (State.SIGNED, State.EVIDENCE_UPLOADED, State.DRAFTED, State.DRAFTED),
    4: (State.DRAFTED,),
}
"""How far the quarters of the running year are; all that is older is verified."""

Values = dict[str, Any]


@dataclass
class Post:
    """A position, who holds it, and by which assignment."""

    id: uuid.UUID
    person: uuid.UUID
    name: str
    assignment: uuid.UUID
    title: str
    role: Role

    @property
    def actor(self) -> Values:
        """Return how the log names the holder."""
        post = {"assignment": self.assignment, "title": self.title, "role": self.role}
        return {"person": self.person, "name": self.name, "channel": "web", "posts": [post]}


@dataclass
class Crowd:
    """Makes the rows of one region and copies them, agency by agency."""

    connection: psycopg.Connection[Any]
    region_id: uuid.UUID
    report: Values
    """A whole check report, as the checks wrote it for a file like these."""
    seed: int = 2026
    rows: dict[str, list[Values]] = field(default_factory=lambda: defaultdict(list))

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)
        self._at = dt.datetime.now(dt.UTC) - dt.timedelta(days=30)
        self._receipt = 0
        self._judge: Post | None = None

    def fill(self, *, agencies: int, years: int) -> int:
        """Write that many agencies, each with that many years up to the running one; return how many requirements.

        :raises psycopg.Error: a row breaks a rule of the database; nothing is written then.
        """
        with self.connection.transaction():
            first = self.connection.execute("SELECT nextval('receipt_number_seq')").fetchone()
            self._receipt = first[0] if first else 0
            self._judge = self._post(Role.EVALUATOR, "Tim Evaluasi", None, None)
            for _ in range(agencies):
                self._agency(range(LAST_YEAR - years + 1, LAST_YEAR + 1))
                self._copy()
            self.connection.execute("SELECT setval('receipt_number_seq', %s)", (self._receipt,))
        return agencies * years * PER_YEAR

    def _copy(self) -> None:
        for table in ORDER:
            rows = self.rows.pop(table, [])
            if not rows:
                continue
            names = list(rows[0])
            statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
                sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, names))
            )
            with self.connection.cursor().copy(statement) as copy:
                for row in rows:
                    copy.write_row([row[name] for name in names])
        if self.rows:
            raise LookupError(f"no order for {sorted(self.rows)}")

    def _add(self, table: str, agency_id: uuid.UUID | None, **values: Any) -> uuid.UUID:
        key = values.pop("id", None) or new_id()
        self.rows[table].append({"id": key, "region_id": self.region_id, "agency_id": agency_id, **values})
        return key

    def _post(self, role: Role, title: str, agency_id: uuid.UUID | None, unit_id: uuid.UUID | None) -> Post:
        name, person = f"Pegawai {self._random.randrange(10**9):09d}", new_id()
        self.rows["person"].append({"id": person, "region_id": self.region_id, "name": name})
        position = self._add("position", agency_id, unit_id=unit_id, role=role.value, title=title)
        letter = None
        if role == Role.EVALUATOR:
            letter = new_id()
            self.rows["engagement"].append({
                "id": letter, "region_id": self.region_id, "role": role.value, "duty": "member", "person_id": person,
                "institution": "", "letter_number": "700/ST", "letter_date": dt.date(2000, 1, 1),
                "valid_from": dt.date(2000, 1, 1), "valid_to": dt.date(2099, 12, 31), "agency_ids": [], "years": [],
                "proposed_at": self._at, "confirmed_at": self._at,
            })  # fmt: skip
        assignment = self._add(
            "position_assignment", agency_id, person_id=person, position_id=position, kind="definitive",
            valid_from=dt.date(2000, 1, 1), engagement_id=letter,
        )  # fmt: skip
        return Post(position, person, name, assignment, title, role)

    def _agency(self, years: range) -> None:
        agency = new_id()
        code = f"opd{agency.hex[-12:]}"
        self.rows["agency"].append(
            {"id": agency, "region_id": self.region_id, "code": code, "name": f"Dinas {code.upper()}"}
        )
        head = self._post(Role.AGENCY_HEAD, f"Kepala Dinas {code.upper()}", agency, None)
        units: list[tuple[uuid.UUID, str, Post]] = []
        for number in range(UNITS):
            name = f"Bidang {number}" if number else "Sekretariat"
            unit = self._add("unit", agency, code=f"u{number}", name=name, is_secretariat=number == 0)
            units.append((unit, name, self._post(Role.UNIT_HEAD, f"Kepala {name}", agency, unit)))
        for year in years:
            self._year(agency, code, year, head, units)

    def _year(
        self, agency: uuid.UUID, code: str, year: int, head: Post, units: list[tuple[uuid.UUID, str, Post]]
    ) -> None:
        report = self._add(
            "evaluation_report", agency, state="issued", number=f"700/{code}/{year}", year=year,
            content_digest=_digest(), issued_at=self._at,
        )  # fmt: skip
        asked = list(_asked(year, units))
        served: dict[str, list[State]] = {number: [] for number in ("A-1", "B-1", "C-1", "C-2", "C-3", "D-1")}
        ids = {number: new_id() for number in served}
        for values, signer, numbers in asked:
            state = self._state(values, year)
            requirement = self._requirement(agency, code, report, values, signer, head, state)
            for number in numbers:
                served[number].append(state)
                self.rows["requirement_recommendation"].append({
                    "requirement_id": requirement, "recommendation_id": ids[number], "region_id": self.region_id,
                    "agency_id": agency,
                })  # fmt: skip
        for ordinal, (number, states) in enumerate(served.items()):
            text = f"Menindaklanjuti rekomendasi {number} tahun {year} dengan bukti yang ditandatangani."
            self._add(
                "recommendation", agency, id=ids[number], report_id=report, number=number, component=number[0],
                ordinal=ordinal, finding=f"Temuan {number}", text=text, version=1, official_status="NOT_ASSESSED",
                state=min(states, key=lambda state: state.rank).value, state_since=self._at,
            )  # fmt: skip
            self._add("action", agency, recommendation_id=ids[number], text=f"Rencana untuk {number}", version=1)

    def _state(self, values: Values, year: int) -> State:
        if year < LAST_YEAR:
            return State.VERIFIED
        if values["kind"] == RequirementKind.OUTCOME:
            return State.DRAFTED
        return self._random.choice(THIS_YEAR[values["quarter"] or self._random.randint(1, 4)])

    def _requirement(
        self, agency: uuid.UUID, code: str, report: uuid.UUID, values: Values, signer: Post, head: Post, state: State
    ) -> uuid.UUID:
        requirement, outcome = new_id(), values["kind"] == RequirementKind.OUTCOME
        steps = STEPS.get(state, 0)
        evidence = None if outcome or not steps else self._delivery(agency, code, requirement, signer)
        returned = not steps and self._random.random() < 0.05 and not outcome and values["quarter"] == 3
        if returned:
            evidence = self._delivery(agency, code, requirement, signer)
        self._add(
            "requirement", agency, id=requirement, report_id=report, **values, expects="[]", state=state.value,
            signing_position_id=None if outcome else signer.id, acknowledging_position_id=None if outcome else head.id,
            state_since=self._at, version=1 + steps, round=1, newest_evidence_id=evidence and evidence[0],
            returned_at=self._at if returned else None, return_code="BLURRED" if returned else None,
        )  # fmt: skip
        if evidence and not returned:
            self._steps(agency, requirement, evidence, [signer, signer, head, self._judge], steps)
        return requirement

    def _delivery(self, agency: uuid.UUID, code: str, requirement: uuid.UUID, sender: Post) -> tuple[uuid.UUID, str]:
        evidence, sha256 = new_id(), _digest()
        self._receipt += 1
        receipt = f"TT-{self._at.year}-{self._receipt:06d}"
        event = self._event(
            "evidence.received", "evidence", evidence, agency, sender, requirements={str(requirement): 1}, sha256=sha256,
            receipt=receipt,
        )  # fmt: skip
        self._add(
            "evidence", agency, id=evidence, sha256=sha256, size=self.report["bytes"], original_name="monev.pdf",
            received_at=self._at, received_by=sender.person, received_event_id=event, receipt_number=receipt,
            receipt_code=new_code(),
            intake_key=intake_key(evidence), intake_removed_at=self._at, check_state="done", verdict="accept",
        )  # fmt: skip
        self._add("evidence_use", agency, evidence_id=evidence, requirement_id=requirement, revision=1, round=1)
        told = json.dumps({**self.report, "sha256": sha256})
        self._add("check_report", agency, evidence_id=evidence, sha256=sha256, verdict="accept", report=told)
        self._add(
            "archived_object", agency, evidence_id=evidence, bucket="archive", key=archive_key("uji", code, sha256),
            version_id=os.urandom(8).hex(), sha256=sha256, size=self.report["bytes"],
            retain_until=self._at + FIRST_TERM, lock_mode=GOVERNANCE,
        )  # fmt: skip
        return evidence, sha256

    def _steps(
        self, agency: uuid.UUID, requirement: uuid.UUID, evidence: tuple[uuid.UUID, str], posts: list[Any], steps: int
    ) -> None:
        for number in range(steps):
            post: Post = posts[number]
            self._event(EVENTS[number], "requirement", requirement, agency, post, sha256=evidence[1])
            if number == 0:
                continue
            block = json.dumps({"name": post.name, "position": post.title, "kind": "definitive", "letter": None})
            common = {
                "requirement_id": requirement, "evidence_id": evidence[0], "sha256": evidence[1],
                "person_id": post.person, "assignment_id": post.assignment, "snapshot": block, "round": 1,
                "at": self._at,
            }  # fmt: skip
            if number == 3:
                self._add("verification", agency, **common)
            else:
                role = "signed" if number == 1 else "acknowledged"
                proof = json.dumps({"channel": "web"})
                self._add("sign_off", agency, **common, role=role, basis="in_app", proof=proof, same_person=False)

    def _event(
        self, kind: str, what: str, subject: uuid.UUID, agency: uuid.UUID, post: Post, **details: Any
    ) -> uuid.UUID:
        event = new_id()
        body = {
            "id": event, "kind": kind, "subject": {"type": what, "id": subject}, "actor": post.actor, "details": details,
        }  # fmt: skip
        about = audit.Subject(what, subject, self.region_id, agency)
        self._add(
            "audit_event", agency, id=event, chain=audit.chain_of(about), kind=kind, person_id=post.person,
            subject_type=what, subject_id=subject, body=audit.canonical(body), salt=os.urandom(16),
        )  # fmt: skip
        return event


def _asked(year: int, units: list[tuple[uuid.UUID, str, Post]]) -> Iterator[tuple[Values, Post, tuple[str, ...]]]:
    """Name what is promised for a year, who signs it, and the recommendations it serves."""

    def asked(kind: RequirementKind, unit: uuid.UUID, title: str, quarter: int | None = None) -> Values:
        return {
            "unit_id": unit, "kind": kind.value, "title": title, "year": year, "quarter": quarter,
            "due_on": due(kind, year, quarter), "opens_on": opens(kind, year, quarter),
        }  # fmt: skip

    for quarter in (1, 2, 3, 4):
        for unit, name, post in units:
            title = f"Monev Triwulan {quarter} {year} - {name}"
            yield asked(RequirementKind.QUARTERLY_MONITORING, unit, title, quarter), post, ("A-1", "B-1")
    unit, name, post = units[0]
    for number in range(PAPERS - 1):
        title = f"Dokumen {number + 1} {year} - {name}"
        yield asked(RequirementKind.DOCUMENT, unit, title), post, (f"C-{number % 3 + 1}",)
    yield asked(RequirementKind.OUTCOME, unit, "Kenaikan nilai evaluasi AKIP"), post, ("D-1",)


def _digest() -> str:
    return hashlib.sha256(os.urandom(16)).hexdigest()
