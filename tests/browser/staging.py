"""An office in which something stands in every state, so that each page has something to show."""

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from tests.support.deliveries import check, deliver
from tests.support.furnished import Furnished
from tests.support.offices import plan_document
from tests.support.official_papers import paper
from workers.retry import LOST, UNEXPECTED
from workflows.archive.pictures import record_picture
from workflows.bundles import operations as bundles
from workflows.bundles.bag import BagResult
from workflows.core.actors import Actor, AssignmentKind, Channel
from workflows.core.db import db
from workflows.core.errors import Reason
from workflows.core.ids import new_id
from workflows.core.transitions import Action
from workflows.evidence.checks.pictures import NoPicture, Picture, PictureSize
from workflows.evidence.models import Evidence
from workflows.evidence.operations import fail_check
from workflows.organization.assignments import propose as propose_for
from workflows.organization.models import Account, Agency, Person, Position, PositionAssignment
from workflows.organization.queries import actor_for
from workflows.plans.models import PlanImport, Requirement
from workflows.plans.operations import confirm_import, record_reading, request_import
from workflows.plans.rules import act
from workflows.recommendations.models import EvaluationReport, OfficialStatus, Recommendation
from workflows.verification.decisions import decide, propose
from workflows.verification.models import SampleBatch, SampleItem
from workflows.verification.operations import read_report

QUARTERS = (1, 2, 3, 4)
STATES = {
    "draf": "sek-1", "sedang-diperiksa": "sek-2", "berkas-ditolak": "sek-3", "pemeriksaan-gagal": "sek-4",
    "sudah-diperiksa": "b1-3", "ditandatangani": "b1-4", "dikembalikan": "b2-3", "diverifikasi": "b2-4",
    "diketahui": "report", "capaian": "outcome",
}  # fmt: skip
"""Which requirement of agency ``dpk`` stands in which state; its other cells are free for tests to move."""
DIGEST = "5e" * 32
EMPTY = "Berkas ini kosong; yang dicari adalah tabel rencana aksi."

NO_NUMBER = {
    "where": "dokumen",
    "code": "report_number_missing",
    "message": "Nomor laporan hasil evaluasi (LHE) tidak ditemukan di atas tabel.",
}
NO_COMPONENT = {
    "where": "tabel 2, baris 3, kolom 4",
    "code": "component_guessed",
    "message": "Komponen rekomendasi ini tidak tertulis; diduga dari isinya.",
}
BESIDE = {
    "paper": "plan", "score": None, "grade": None, "component_scores": {},
    "places": {"A-1": "tabel 2, baris 3, kolom 4"},
    "cells": {"tabel 2, baris 3, kolom 4": "Monitoring evaluasi triwulan I, II, III dan IV ditandatangani setiap pimpinan unit kerja."},
}  # fmt: skip


@dataclass(frozen=True)
class Staged:
    """What the addresses of the pages ask for."""

    states: Mapping[str, str]
    """Ids of requirements by the state they stand in."""
    parts: Mapping[str, Sequence[str]]
    """Values by the name of an address's part, all of agency ``dpk``."""
    draft: str
    """Id of a report that no inspector has issued."""
    imports: Mapping[str, str]
    """Ids of delivered plans by where their reading stands; the agency's own operator sees them too."""
    bundles: Mapping[str, str]
    """Ids of bundles by how far they are."""


class Stage:
    """Moves requirements as their people would; to be used inside ``Furnished.behind``."""

    def __init__(self, furnished: Furnished) -> None:
        self._names = furnished.requirements

    def actor(self, name: str) -> Actor:
        """Return somebody; the session then sees what that person may see."""
        account = db.session.scalars(sa.select(Account).where(Account.username == name)).one()
        return actor_for(account, channel=Channel.WEB)

    def deliver(self, name: str, by: str, *, verdict: str = "") -> tuple[Requirement, Evidence]:
        """Send a file for a requirement, given by its name or id; with a verdict it is also checked and archived."""
        actor = self.actor(by)
        requirement = db.session.get_one(Requirement, uuid.UUID(self._names.get(name, name)))
        evidence = deliver(requirement, actor, text=f"Monev {name}")
        if verdict:
            check(evidence, verdict=verdict, warnings=2 if verdict == "warn" else 0)
        return requirement, evidence

    def step(self, requirement: Requirement, action: Action, by: str, evidence: Evidence, **more: str) -> None:
        """Take one step with that file."""
        act(requirement, action, actor=self.actor(by), version=requirement.version, sha256=evidence.sha256, **more)

    def acknowledge(
        self, name: str, sender: str, signer: str, head: str, *, verdict: str
    ) -> tuple[Requirement, Evidence]:
        """Bring a requirement before the evaluators."""
        requirement, evidence = self.deliver(name, sender, verdict=verdict)
        self.step(requirement, Action.SIGN, signer, evidence)
        self.step(requirement, Action.ACKNOWLEDGE, head, evidence)
        return requirement, evidence


def _sample(at: Stage, furnished: Furnished) -> uuid.UUID:
    """A drawing of the one paper that waits for the evaluators."""
    requirement = db.session.get_one(Requirement, uuid.UUID(furnished.requirements[STATES["diketahui"]]))
    evidence = db.session.get_one(Evidence, requirement.newest_evidence_id)
    of = {"region_id": requirement.region_id, "agency_id": requirement.agency_id}
    batch = SampleBatch(
        id=new_id(), **of, seed="5e" * 16, size=1, drawn_by_id=at.actor("evaluator2").person_id,
        drawn_at=dt.datetime.now(dt.UTC),
    )  # fmt: skip
    db.session.add(batch)
    db.session.flush()
    item = {"batch_id": batch.id, "requirement_id": requirement.id, "sha256": evidence.sha256, "sampled": True}
    db.session.add(SampleItem(id=new_id(), **of, **item))
    db.session.flush()
    return batch.id


def stage(furnished: Furnished) -> Staged:
    """Bring the furnished office into every state, and commit it."""
    with furnished.behind():
        at = Stage(furnished)
        receipt = _deliveries(at)
        report = db.session.get_one(EvaluationReport, uuid.UUID(furnished.report_id))
        agency, recommendations = report.agency, _recommendations(report)
        _decisions(at, recommendations)
        imports, draft = _imports(at)
        built = _bundles(at, agency)
        states = {state: furnished.requirements[name] for state, name in STATES.items()}
        parts = {
            "requirement_id": list(states.values()),
            "evidence_id": [str(row) for row in _evidence(states.values())],
            "recommendation_id": [str(row.id) for row in recommendations],
            "report_id": [furnished.report_id],
            "import_id": [imports["terbaca"]],
            "bundle_id": [built["siap"]],
            "number": [receipt],
            "position_id": [str(_vacant_post())],
            "batch_id": [str(_sample(at, furnished))],
        }
    return Staged(states, parts, draft, imports, built)


def _vacant_post() -> uuid.UUID:
    """The post of the second unit's head, which its holder left, with somebody proposed for it."""
    query = sa.select(PositionAssignment).join(Position).where(Position.title == "Kepala Bidang B2")
    left = db.session.scalars(query).one()
    left.valid_to = dt.date(2026, 1, 31)
    person = db.session.scalars(sa.select(Person).where(Person.name == "Pegawai staff_b2")).one()
    operator = db.session.scalars(sa.select(Account).where(Account.username == "operator")).one()
    propose_for(
        left.position, person, kind=AssignmentKind.CARETAKER, valid_from=dt.date(2026, 2, 1), valid_to=None,
        letter_number="800/12/2026", letter_date=dt.date(2026, 1, 30), sure=True,
        actor=actor_for(operator, channel=Channel.WEB),
    )  # fmt: skip
    return left.position_id


def _evidence(requirements: Iterable[str]) -> list[uuid.UUID]:
    """The newest delivery of each requirement; of one of them no page could be drawn, for a reason of its own each."""
    query = sa.select(Requirement.newest_evidence_id).where(
        Requirement.id.in_([uuid.UUID(row) for row in requirements]), Requirement.newest_evidence_id.is_not(None)
    )
    found = [row for row in db.session.scalars(query) if row is not None]
    checked = sa.select(Evidence).where(Evidence.id.in_(found), Evidence.verdict == "warn").limit(1)
    evidence = db.session.scalars(checked).one()
    for page, reason in enumerate(NoPicture, start=1):
        picture = Picture(page, reason=reason)
        record_picture(evidence, picture, size=PictureSize.PAGE, key=None, version_id=None, sha256=None)
    return found


def _recommendations(report: EvaluationReport) -> list[Recommendation]:
    query = sa.select(Recommendation).where(Recommendation.report_id == report.id).order_by(Recommendation.ordinal)
    return list(db.session.scalars(query))


def _deliveries(at: Stage) -> str:
    """Take each requirement to its state; return the number of one receipt."""
    at.deliver(STATES["sedang-diperiksa"], "operator")
    at.deliver(STATES["berkas-ditolak"], "operator", verdict="reject")
    failed = at.deliver(STATES["pemeriksaan-gagal"], "operator")[1]
    fail_check(failed.id, why=LOST.message)
    at.deliver(STATES["sudah-diperiksa"], "operator", verdict="warn")
    requirement, evidence = at.deliver(STATES["ditandatangani"], "staff_b1", verdict="accept")
    at.step(requirement, Action.SIGN, "head_b1", evidence)
    requirement, evidence = at.deliver(STATES["dikembalikan"], "staff_b2", verdict="accept")
    why = {"reason_code": "INCOMPLETE", "reason": "Tabel realisasi anggaran belum terisi."}
    at.step(requirement, Action.RETURN, "head_b2", evidence, **why)
    at.acknowledge(STATES["diketahui"], "operator", "head_sek", "head", verdict="warn")
    requirement, evidence = at.acknowledge(STATES["diverifikasi"], "staff_b2", "head_b2", "head", verdict="accept")
    read_report(evidence, actor=at.actor("evaluator"))
    db.session.commit()  # only what is in the log counts as read
    at.step(requirement, Action.VERIFY, "evaluator", evidence)
    return evidence.receipt_number


def _decisions(at: Stage, recommendations: Sequence[Recommendation]) -> None:
    """One status decided, one proposed."""
    evaluator = at.actor("evaluator")
    first, _second = (
        propose([row], official_status=status, reason="Menurut bukti yang ada.", actor=evaluator)
        for row, status in zip(recommendations[::2], (OfficialStatus.PARTIAL, OfficialStatus.NOT_STARTED), strict=False)
    )
    db.session.flush()
    inspector = at.actor("inspector")
    agency = db.session.get_one(Agency, first.agency_id)
    letter = paper(agency, inspector, number="700/21/ITDA/2026", dated_on=dt.date(2026, 6, 30))
    decide([first], letter=letter, actor=inspector)


def _imports(at: Stage) -> tuple[dict[str, str], str]:
    """Deliver four plans and read three; return them, and the draft that one of them became."""

    def delivered(name: str, year: int) -> PlanImport:
        import_id = new_id()
        return request_import(
            agency, year=year, filename=f"Rencana Aksi {year} {name}.docx", sha256=DIGEST, size=48_213,
            intake_key=f"intake/{import_id}", import_id=import_id, actor=actor,
        )  # fmt: skip

    actor = at.actor("evaluator")
    agency = db.session.scalars(sa.select(Agency).where(Agency.code == "dpk")).one()
    rows = {name: delivered(name, year) for name, year in
            (("menunggu", 2027), ("terbaca", 2028), ("gagal", 2028), ("disimpan", 2027))}  # fmt: skip
    db.session.flush()
    for name, year in (("terbaca", 2028), ("disimpan", 2027)):
        document = {**plan_document(), "year": year, "warnings": [NO_NUMBER, NO_COMPONENT]}
        record_reading(rows[name].id, document=document, beside=BESIDE)
    record_reading(rows["gagal"].id, document=None, error=Reason("empty", EMPTY))
    db.session.flush()
    written = confirm_import(rows["disimpan"], actor=at.actor("evaluator"))
    db.session.flush()
    return {name: str(row.id) for name, row in rows.items()}, str(written.report.id)


def _bundles(at: Stage, agency: Agency) -> dict[str, str]:
    """Order four bundles: one waits, one is half built, one is ready, one failed."""
    auditor = at.actor("auditor")
    ids = {
        name: bundles.order(agency, year=2026, reason="Pemeriksaan kinerja", actor=auditor).id
        for name in ("menunggu", "disusun", "siap", "gagal")
    }
    bundles.begin(ids["disusun"])
    bundles.progress(ids["disusun"], done=3, total=8)
    bundles.finish(
        ids["siap"],
        BagResult(DIGEST, 5_214_000, {}, DIGEST),
        packed=(),
        key="bundel.zip",
        version_id=None,
        fingerprint=DIGEST,
    )
    bundles.fail(ids["gagal"], message=UNEXPECTED.message)
    return {name: str(value) for name, value in ids.items()}
