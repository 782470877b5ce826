"""A small but whole bundle, made by the product's own writer, and ways to spoil it."""

import hashlib
import io
import json
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from workflows.bundles.bag import BagResult, PayloadFile, write_bag
from workflows.bundles.index_page import render_index
from workflows.bundles.seal import SealKey, SealScope, load_or_create_key, sign_seal
from workflows.bundles.verify import PAPER_FIELDS, Head, canonical, event_hash, evidence_path, paper_path

NAME = "bundel-DINAS-A-2024"
CHAIN = "agency:dinas-a"
START = datetime(2024, 11, 5, 8, 30, 0, 123456, tzinfo=UTC)
PDF = b"%PDF-1.7\nmonev triwulan I\n%%EOF\n"
LETTER = b"%PDF-1.7\nsurat keputusan\n%%EOF\n"


@dataclass
class Event:
    seq: int
    at: datetime
    line: dict[str, Any]


def story_of(records: dict[str, Any]) -> list[str | None]:
    """Bodies of a log that tells of these records what is true; the second event is another office's."""
    numbers = [row["number"] for row in records["recommendations"]]

    def told(kind: str, subject: str, who: str, **details: Any) -> str:
        event = {"id": "x", "kind": kind, "subject": {"type": kind.split(".")[0], "id": subject}, "details": details}
        return canonical({**event, "actor": {"name": who}}).decode()

    issued = told(
        "report.issued",
        "report",
        "Inspektur Contoh",
        year=records["year"],
        number=records["report"]["number"],
        requirements=[
            {name: row[name] for name in ("id", "kind", "quarter", "unit", "recommendations")}
            for row in records["requirements"]
        ],
        recommendations=[
            {
                "id": row["number"],
                "number": row["number"],
                "text_sha256": hashlib.sha256(row["text"].encode()).hexdigest(),
            }
            for row in records["recommendations"]
        ],
    )
    bodies: list[str | None] = [issued, None]
    for row in records["evidence"]:
        places, content = {row["requirement"]: row["revision"]}, {"sha256": row["sha256"], "bytes": row["bytes"]}
        name = hashlib.sha256(f"{row['id']}\n{row['original_name']}".encode()).hexdigest()
        content |= {"name_sha256": name, "receipt": "TT-2024-000001"}
        beside = [
            {
                **{name: one[name] for name in ("id", "sha256", "bytes", "media_type")},
                "name_sha256": hashlib.sha256(f"{one['id']}\n{one['original_name']}".encode()).hexdigest(),
            }
            for one in row.get("supporting", ())
        ]
        content |= {"supporting": beside} if beside else {}
        report = {} if row["verdict"] is None else {"report_sha256": hashlib.sha256(report_of(row)).hexdigest()}
        bodies += [
            told("evidence.received", row["id"], row["received_by"], requirements=places, **content),
            told("evidence.checked", row["id"], "Tuntas", verdict=row["verdict"], **report),
            told("evidence.archived", row["id"], "Tuntas"),
        ]
        for one in row.get("supporting", ()):
            bodies.append(told("evidence.checked", one["id"], "Tuntas", verdict=one["verdict"]))
            bodies.append(told("evidence.archived", one["id"], "Tuntas"))
    for row in records["sign_offs"]:
        key = "verification" if row["role"] == "verified" else "sign_off"
        given = {
            key: row["id"],
            "method": row.get("method"),
            "post": row["position"],
            **{name: row[name] for name in ("evidence", "sha256")},
        }
        bodies.append(told(f"requirement.{row['role']}", row["requirement"], row["person"], to=row["role"], **given))
    for row in records["official_papers"]:
        content = {"sha256": row["sha256"], "bytes": row["bytes"], "requirements": {}, "receipt": "TT-2024-000002"}
        content["name_sha256"] = hashlib.sha256(f"{row['id']}\n{row['original_name']}".encode()).hexdigest()
        content["paper"] = {name: row[name] for name in PAPER_FIELDS}
        bodies += [
            told("evidence.received", row["id"], row["received_by"], **content),
            told(
                "evidence.checked", row["id"], "Tuntas", verdict=row["verdict"],
                report_sha256=hashlib.sha256(report_of(row)).hexdigest(),
            ),
            told("evidence.archived", row["id"], "Tuntas"),
        ]  # fmt: skip
    for row in records["decisions"]:
        given = {"year": records["year"], "recommendations": numbers, "status": row["official_status"]}
        given["reason_sha256"] = hashlib.sha256(row["reason"].encode()).hexdigest()
        bodies.append(told("decision.proposed", row["id"], row["proposed_by"], **given))
        letter = next((one for one in records["official_papers"] if one["id"] == row["letter"]), None)
        given |= {"number": row["number"], "date": row["decided_on"]}
        given["letter"] = {"paper": letter["id"], "sha256": letter["sha256"]} if letter else None
        bodies.append(told("decision.decided", row["id"], row["decided_by"], **given))
    bodies += [told("recommendation.moved", row["number"], "x", to=row["state"]) for row in records["recommendations"]]
    return [*bodies, told("bundle.ordered", "bundle", "Auditor Contoh", reason=records["ordered"]["reason"])]


def report_of(row: dict[str, Any]) -> bytes:
    """The check report on a delivery, as a bundle has it."""
    return canonical({"verdict": row["verdict"]}) + b"\n"


def set_times(records: dict[str, Any], events: Iterable[Event]) -> None:
    """Give the records the times of their events, as the product does."""
    rows = {row["id"]: row for name in ("sign_offs", "reviews", "messages") for row in records.get(name, ())}
    for event in events:
        if event.line["body"] is None:
            continue
        told, at = json.loads(event.line["body"]), event.line["at"]
        kind, details, subject = told["kind"], told["details"], told["subject"]["id"]
        for row in [*records["evidence"], *records["official_papers"]]:
            if row["id"] == subject and kind == "evidence.received":
                row["received_at"] = at
            elif row["id"] == subject and kind == "evidence.disposed" and row["disposed"]:
                row["disposed"]["at"] = at
        named = (details.get(name) for name in ("sign_off", "verification", "review", "message"))
        row = rows.get(next(filter(None, named), None))
        if row is not None:
            row["asked_at" if kind == "requirement.review_asked" else "at"] = at
        if kind == "bundle.ordered":
            records["ordered"]["at"] = at


def about_of(body: str | None) -> str:
    """What a link is about: of the year of these bundles, or an import where its body is withheld."""
    if body is None:
        return "import:"
    try:
        told = json.loads(body)
        subject, year = told["subject"]["type"], told["details"].get("year")
    except (ValueError, KeyError, TypeError):  # what a test wrote to make no sense
        return "report:2024"
    year = str(year if isinstance(year, int) else 2024)
    papers = ("report", "requirement", "recommendation", "evidence", "decision", "bundle")
    return f"{'issued' if told['kind'] == 'report.issued' else subject}:{year if subject in papers else ''}"


def make_log(bodies: Iterable[str | None], *, chain: str = CHAIN, salt: bytes = b"salt") -> list[Event]:
    """A chain written from the definition; a body of None is an event of another office."""
    events: list[Event] = []
    previous = bytes(32)
    for seq, body in enumerate(bodies, 1):
        at = START + timedelta(minutes=seq)
        grain = hashlib.sha256(salt + b"%d" % seq).digest()[:16]
        digest = hashlib.sha256(grain + (body or "elsewhere").encode()).digest()
        about = about_of(body)
        link = event_hash(previous, chain=chain, seq=seq, at=at, about=about, body_digest=digest)
        line = {
            "about": about,
            "at": at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            "body": body,
            "body_digest": digest.hex(),
            "chain": chain,
            "hash": link.hex(),
            "previous": previous.hex(),
            "salt": grain.hex() if body is not None else None,
            "seq": seq,
        }
        events.append(Event(seq, at, line))
        previous = link
    return events


def log_text(events: Iterable[Event]) -> bytes:
    return b"".join(canonical(event.line) + b"\n" for event in events)


def make_records(path: str, content: bytes) -> dict[str, Any]:
    digest = hashlib.sha256(content).hexdigest()
    requirement = {
        **{
            "id": "r1",
            "kind": "quarterly_monitoring",
            "quarter": 1,
            "unit": {"code": "X", "name": "Bidang X"},
        },
        **{"state": "signed", "due_on": "2024-04-10", "waived": False},
        **{"recommendations": ["A-1"], "evidence": ["e1"]},
    }
    evidence = {
        **{"id": "e1", "requirement": "r1", "revision": 2, "page_from": None, "page_to": None},
        **{"sha256": digest, "bytes": len(content)},
        **{"received_at": "2024-04-05T02:00:00.000000Z", "received_by": "Operator Contoh"},
        **{"original_name": "monev.pdf", "path": path, "verdict": "accept", "withheld": False, "disposed": None},
    }
    sign_off = {
        **{"id": "s1", "requirement": "r1", "evidence": "e1", "sha256": digest, "role": "signed"},
        **{"basis": "in_app", "method": "full", "person": "Kepala Contoh", "position": "Kepala Bidang X"},
        **{"at": "2024-04-06T02:00:00.000000Z", "voided_at": None},
    }
    recommendation = {
        **{"number": "A-1", "component": "A", "text": "Susun monev per triwulan.", "finding": None},
        **{"state": "signed", "official_status": "PARTIAL", "requirements": ["r1"], "action": None},
    }
    decision = {
        **{"id": "d1", "number": "700/12/2024", "decided_on": "2024-10-01", "official_status": "PARTIAL"},
        **{"reason": "Baru satu triwulan", "recommendations": ["A-1"]},
        **{"proposed_by": "Evaluator Contoh", "decided_by": "Inspektur Contoh", "letter": "p1"},
    }
    written = hashlib.sha256(LETTER).hexdigest()
    letter = {
        **{"id": "p1", "kind": "letter", "number": "700/12/2024", "dated_on": "2024-10-01", "sha256": written},
        **{"bytes": len(LETTER), "received_at": "2024-10-01T02:00:00.000000Z", "received_by": "Inspektur Contoh"},
        **{"original_name": "surat.pdf", "path": paper_path(written), "verdict": "accept", "withheld": False},
        **{"disposed": None, "restricted": False},
    }
    return {
        "format": "tuntas-records/1",
        "installation": "contoh",
        "agency": {"code": "DINAS-A", "name": "Dinas Contoh"},
        "year": 2024,
        "ordered": {"at": "2024-11-05T08:33:00.123456Z", "by": "Auditor Contoh", "reason": "Reviu tahunan"},
        "report": {"number": "700/1/2024", "report_date": "2024-01-15"},
        "recommendations": [recommendation],
        "requirements": [requirement],
        "evidence": [evidence],
        "sign_offs": [sign_off],
        "decisions": [decision],
        "official_papers": [letter],
    }


def _page(records: dict[str, Any], log: bytes) -> bytes:
    """The page of a bundle; a forger's log may be one that no story can be told from."""
    try:
        return render_index(records, log=[line for line in log.split(b"\n") if line])
    except (LookupError, TypeError, ValueError, AttributeError, RecursionError):
        return render_index(records)


@dataclass
class Draft:
    """Everything that goes into a bundle; a test changes a part, then builds."""

    key: SealKey
    evidence: bytes = PDF
    events: list[Event] = field(init=False)
    tag_files: dict[str, bytes] = field(default_factory=lambda: {"verify.py": b"print()\n"})
    extra: list[PayloadFile] = field(default_factory=list)
    reports: dict[str, bytes] = field(default_factory=dict)
    """Check reports by their path, in place of those of the log."""
    chosen: dict[str, Any] = field(default_factory=dict)
    """What the seal says was chosen, where less than a year was ordered."""
    keeps_times: bool = False
    """Whether the records' times stay as a test wrote them; else they are those of the log."""

    def __post_init__(self) -> None:
        digest = hashlib.sha256(self.evidence).hexdigest()
        self.path = evidence_path(["A-1"], 1, "Bidang X", 2, digest)
        self.records = make_records(self.path, self.evidence)
        self.events = make_log(story_of(self.records))
        self.log: bytes | None = None
        self.payload: list[PayloadFile] | None = None

    @property
    def ordered_at(self) -> datetime:
        return self.events[-1].at

    @property
    def head(self) -> Head:
        return Head(CHAIN, self.events[-1].seq, self.events[-1].line["hash"])

    def rewrite_log(self, *, salt: bytes = b"forged") -> None:
        """A forger's way: the whole chain made anew, so that it tells what his records say."""
        self.events = make_log(story_of(self.records), salt=salt)

    def log_lines(self) -> list[bytes]:
        return log_text(self.events).splitlines(keepends=True)

    def files(self) -> list[PayloadFile]:
        if not self.keeps_times:
            set_times(self.records, self.events)
        told = [*self.records["evidence"], *self.records["official_papers"]]
        checked = {row["id"]: row for row in told if row["verdict"] is not None}
        told_log = log_text(self.events) if self.log is None else self.log
        made = {
            "data/records.json": canonical(self.records),
            "data/audit.jsonl": told_log,
            "data/index.html": _page(self.records, told_log),
            self.path: self.evidence,
            **{row["path"]: LETTER for row in self.records["official_papers"] if row["path"]},
            **{f"data/reports/{key}.json": report_of(row) for key, row in checked.items()},
            **self.reports,
        }
        return [PayloadFile.of_bytes(path, content) for path, content in made.items()] + self.extra

    def build(self, out: Any = None) -> bytes:
        stream = io.BytesIO() if out is None else out
        self.result: BagResult = write_bag(
            stream,
            name=NAME,
            payload=self.files() if self.payload is None else self.payload,
            bag_info={"Source-Organization": "Dinas Contoh", "Bag-Software-Agent": "tuntas 0.1.0"},
            ordered_at=self.ordered_at,
            seal=lambda manifests: sign_seal(
                manifests,
                key=self.key,
                installation="contoh",
                scope=SealScope("kab-contoh", "DINAS-A", 2024, self.chosen),
                log=self.head,
                ordered_at=self.ordered_at,
                release="0.1.0",
            ),
            tag_files=self.tag_files,
        )
        return stream.getvalue() if out is None else b""


@pytest.fixture(scope="session")
def seal_key(tmp_path_factory: pytest.TempPathFactory) -> SealKey:
    return load_or_create_key(tmp_path_factory.mktemp("key") / "seal.pem")


@pytest.fixture(scope="session")
def other_key(tmp_path_factory: pytest.TempPathFactory) -> SealKey:
    return load_or_create_key(tmp_path_factory.mktemp("key") / "seal.pem")


@pytest.fixture
def draft(seal_key: SealKey) -> Draft:
    return Draft(seal_key)


@pytest.fixture
def bundle(draft: Draft, tmp_path: Path) -> Path:
    path = tmp_path / "bundle.zip"
    path.write_bytes(draft.build())
    return path


@pytest.fixture
def folder(bundle: Path, tmp_path: Path) -> Path:
    """The same bundle, unzipped by somebody else's code."""
    with zipfile.ZipFile(bundle) as archive:
        archive.extractall(tmp_path / "unzipped")
    return tmp_path / "unzipped" / NAME


@pytest.fixture
def rezip(tmp_path: Path) -> Callable[..., Path]:
    """Writes entries as a ZIP of ordinary make: (name, content) or (ZipInfo, content)."""

    def write(entries: Iterable[tuple[Any, bytes]], *, compression: int = zipfile.ZIP_STORED) -> Path:
        path = tmp_path / "rezipped.zip"
        with zipfile.ZipFile(path, "w", compression) as archive:
            for name, content in entries:
                archive.writestr(name, content)
        return path

    return write
