"""Last stage, its contents: what stood when the bundle was ordered, as the log up to the order tells it.

Rows go on living after an order; the log up to the order does not. So the log, whose links are in the order of the
commits, decides what belongs into the records and in which state, and rows only lend what does not change. The same
order told again gives the same records. Their shape is in ``index_page``.
"""

import json
import uuid
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, BinaryIO

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from workflows.archive.models import ArchivedObject, Disposal
from workflows.bundles.choices import PAPERS, in_words
from workflows.bundles.models import Bundle
from workflows.bundles.restricted import closed_to
from workflows.bundles.verify import (
    CLOSINGS,
    LIFE_FIELDS,
    PAPER_FIELDS,
    VERSION_FIELDS,
    Lives,
    canonical,
    evidence_path,
    paper_path,
    supporting_path,
)
from workflows.core.db import db
from workflows.core.models import AuditEvent
from workflows.core.transitions import State
from workflows.evidence.models import CheckReport, Evidence, EvidenceReview, EvidenceUse
from workflows.organization.models import Agency
from workflows.plans.links import serving
from workflows.plans.models import Action, Message, Requirement
from workflows.recommendations.models import EvaluationReport, OfficialStatus, Recommendation
from workflows.recommendations.versions import versions_of
from workflows.signoff.models import Basis, SignOff
from workflows.verification.models import Decision, OfficialPaper, Verification
from workflows.verification.official_papers import official_papers_named

REVIEWS = {
    "requirement.review_asked": "open",
    "requirement.review_accepted": "accepted",
    "requirement.review_declined": "declined",
}


@dataclass
class Standing:
    """What the log says, event by event. Identifiers are texts, as in the log."""

    issued: set[str] = field(default_factory=set)
    """Reports that are no longer drafts."""
    asked: dict[int, dict[str, list[str]]] = field(default_factory=dict)
    """By year: what the report asks for, with the numbers of the recommendations that it serves there."""
    confirmed: set[str] = field(default_factory=set)
    """Reports behind which the LHE itself stands, not only a Rencana Aksi."""
    states: dict[str, str] = field(default_factory=dict)
    """Of requirements and recommendations."""
    heirs: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Of requirements: which unit carries them on, by which letter and since when."""
    received_by: dict[str, str] = field(default_factory=dict)
    """Deliveries, with the name of who brought them."""
    received_at: dict[str, str] = field(default_factory=dict)
    verdicts: dict[str, str] = field(default_factory=dict)
    checks: dict[str, int] = field(default_factory=dict)
    """How many reports of a delivery there were."""
    archived: set[str] = field(default_factory=set)
    reviews: dict[str, str] = field(default_factory=dict)
    """What was asked for review, with how it stands: ``open``, ``accepted``, ``declined``."""
    reviewed_at: dict[str, list[str]] = field(default_factory=dict)
    """When each review was asked for and, where it was, answered."""
    messages: dict[str, str] = field(default_factory=dict)
    """What was said, in that order, with its time."""
    sign_offs: dict[str, str] = field(default_factory=dict)
    """With their times, as verifications."""
    verifications: dict[str, str] = field(default_factory=dict)
    voided: dict[str, str] = field(default_factory=dict)
    """Sign-offs and verifications that no longer stand, with the time since when."""
    disposed: dict[str, str] = field(default_factory=dict)
    proposed_by: dict[str, str] = field(default_factory=dict)
    decided_by: dict[str, str] = field(default_factory=dict)
    closed: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Proposals that were declined or withdrawn."""
    waived: set[str] = field(default_factory=set)
    lives: Lives = field(default_factory=Lives)
    """What became of recommendations; whoever proves a bundle hears it the same way."""
    _verified: dict[str, set[str]] = field(default_factory=dict)
    """Verifications by requirement: reopening voids them all."""

    def hear(self, event: Mapping[str, Any], at: str) -> None:
        """Take the next event of the chain in, with its time, which is the one that the records tell."""
        kind, subject, details = event["kind"], event["subject"], event["details"]
        subject_id, name = subject["id"], event["actor"]["name"]
        if subject["type"] in ("requirement", "recommendation") and "to" in details:
            self.states[subject_id] = details["to"]
        for identity in details.get("voided", ()):
            self.voided.setdefault(identity, at)
        self.lives.hear(event, at)
        match kind:
            case "report.issued":
                self.issued.add(subject_id)
                if details.get("confirmed"):
                    self.confirmed.add(subject_id)
                rows = self.asked.setdefault(details["year"], {})
                rows.update({row["id"]: row["recommendations"] for row in details["requirements"]})
            case "recommendation.taken_over":
                rows = self.asked.setdefault(details["year"], {})
                rows.update({row["id"]: row["recommendations"] for row in details["requirements"]})
            case "requirement.asked" | "requirement.linked":
                self.asked.setdefault(details["year"], {})[subject_id] = details["recommendations"]
            case "report.confirmed":
                self.confirmed.add(subject_id)
            case "requirement.waived":
                self.waived.add(subject_id)
            case "evidence.received":
                self.received_by[subject_id], self.received_at[subject_id] = name, at
            case "evidence.checked":
                self.verdicts[subject_id] = details["verdict"]
                self.checks[subject_id] = self.checks.get(subject_id, 0) + 1
            case "evidence.archived":
                self.archived.add(subject_id)
            case "evidence.disposed":
                self.disposed[subject_id] = at
            case "requirement.review_asked" | "requirement.review_accepted" | "requirement.review_declined":
                self.reviews[details["review"]] = REVIEWS[kind]
                self.reviewed_at.setdefault(details["review"], []).append(at)
            case "requirement.inherited":
                self.heirs[subject_id] = {**details["successor"], "letter": details["letter"], "at": at}
            case "requirement.message_sent":
                self.messages[details["message"]] = at
            case "requirement.signed" | "requirement.acknowledged":
                self.sign_offs[details["sign_off"]] = at
            case "requirement.verified":
                self.verifications[details["verification"]] = at
                self._verified.setdefault(subject_id, set()).add(details["verification"])
            case "requirement.reopened":
                for identity in self._verified.pop(subject_id, set()):
                    self.voided.setdefault(identity, at)
            case "decision.proposed":
                self.proposed_by[subject_id] = name
            case "decision.decided":
                self.decided_by[subject_id] = name
            case "decision.declined" | "decision.withdrawn":
                self.closed[subject_id] = {"as": CLOSINGS[kind], "by": name, "at": at, "reason": details["reason"]}


def replay(
    chain: str, until: int, *, log: BinaryIO, kept: Collection[uuid.UUID] | None = None, year: int | None = None
) -> Standing:
    """Write the chain up to and including link ``until`` as the lines of ``data/audit.jsonl``; return what it says.

    :param kept: the papers whose events are written whole; of those about other papers only the link is. ``None``: all.
    :param year: one of which every paper's events are written whole.

    Reports that were still drafts, and all imports, are the Inspektorat's own matter: of their events only the link is
    written.
    """
    private = _private_subjects(chain, until)
    standing = Standing()
    table = AuditEvent.__table__
    query = sa.select(table).where(AuditEvent.chain == chain, AuditEvent.seq <= until).order_by(AuditEvent.seq)
    for row in db.session.execute(query, execution_options={"yield_per": 1000}):
        other = kept is not None and row.subject_type in PAPERS and row.subject_id not in kept
        ordered = row.subject_type in ("bundle", "paper")
        if year is not None and not ordered and str(year) in row.about.partition(":")[2].split(","):
            other = False  # a paper of that year that has gone since, say: nothing of the year is withheld
        shown = row.body is not None and row.subject_id not in private and not other
        log.write(canonical(_line(row, shown=shown)) + b"\n")
        if row.body is not None:
            standing.hear(json.loads(row.body), moment(row.at))
    log.flush()
    return standing


def _private_subjects(chain: str, until: int) -> set[uuid.UUID]:
    event = sa.select(AuditEvent.subject_id).where(AuditEvent.chain == chain, AuditEvent.seq <= until)
    issued = event.where(AuditEvent.kind == "report.issued")
    drafts = event.where(AuditEvent.subject_type == "report", AuditEvent.subject_id.not_in(issued))
    imports = event.where(AuditEvent.subject_type == "import")
    return {row for row in db.session.scalars(drafts.union(imports)) if row}


def _line(row: Any, *, shown: bool) -> dict[str, Any]:
    return {
        "about": row.about,
        "at": moment(row.at),
        "body": row.body if shown else None,
        "body_digest": bytes(row.body_digest).hex(),
        "chain": row.chain,
        "hash": bytes(row.hash).hex(),
        "previous": bytes(row.previous).hex(),
        "salt": bytes(row.salt).hex() if shown else None,
        "seq": row.seq,
    }


@dataclass(frozen=True)
class Original:
    """A locked original and the name it gets in the bundle."""

    path: str
    sha256: str
    size: int
    key: str
    version_id: str


@dataclass(frozen=True)
class Contents:
    """The records, and the files that belong to them."""

    records: Mapping[str, Any]
    originals: Sequence[Original]
    reports: Mapping[str, bytes]
    """Check reports by their path."""
    packed: Collection[uuid.UUID] = ()
    """The deliveries whose bytes they are."""


def contents(bundle: Bundle, standing: Standing, *, ordered_at: datetime, installation: str) -> Contents:
    """Tell what stood at the order about the report of the bundle's year."""
    report = db.session.scalars(
        sa.select(EvaluationReport).where(
            EvaluationReport.agency_id == bundle.agency_id, EvaluationReport.year == bundle.year
        )
    ).one_or_none()
    if report is not None and str(report.id) not in standing.issued:
        report = None
    whole = [row for row in _recommendations(report) if str(row.id) in standing.lives.of]  # not those that came later
    chosen = set(bundle.recommendation_ids or [row.id for row in whole])
    recommendations = [row for row in whole if row.id in chosen]
    asked = standing.asked.get(bundle.year, {})
    numbers = {row.number for row in whole if row.id in chosen}
    requirements = [
        row
        for row in _requirements(report)
        if str(row.id) in asked and (not bundle.recommendation_ids or numbers & set(asked[str(row.id)]))
    ]
    deliveries = list(_deliveries(requirements, standing))
    decisions = _decisions(recommendations, standing)
    papers = _papers(decisions, standing)
    beside = [one for use in deliveries for one in use.evidence.supporting]
    files = [*(use.evidence for use in deliveries), *(paper.evidence for paper in papers)]
    closed = closed_to(bundle, [row.id for row in files])
    closed |= closed_to(bundle, [row.id for row in beside])
    files += beside
    archived = _archived([row for row in files if row.id not in closed], standing)
    tombstones = _tombstones(files, standing)
    taken: dict[str, tuple[str, str]] = {}
    paths = {
        use.id: evidence_path(
            asked[str(use.requirement_id)], use.requirement.quarter, use.requirement.unit.name,
            use.revision, use.evidence.sha256, taken=taken,
        )
        for use in deliveries if use.evidence_id in archived
    }  # fmt: skip
    actions = _actions(recommendations)
    wordings = _wordings(recommendations)
    agency = db.session.get_one(Agency, bundle.agency_id)
    by_requirement: dict[uuid.UUID, list[str]] = {}
    for use in deliveries:
        by_requirement.setdefault(use.requirement_id, []).append(str(use.evidence_id))
    records = {
        "format": "tuntas-records/1",
        "installation": installation,
        "agency": {"code": agency.code, "name": agency.name},
        "year": bundle.year,
        "scope": in_words(bundle),
        "ordered": {"at": moment(ordered_at), "by": bundle.ordered_by_name, "reason": bundle.reason},
        "report": {
            "number": report.number, "report_date": day(report.report_date),
            "confirmed": str(report.id) in standing.confirmed, "received": standing.lives.received.get(report.year),
        } if report else None,
        "recommendations": [
            _recommendation(
                row, actions.get(row.id), asked, requirements, decisions, standing, wordings.get(row.id, {})
            )
            for row in recommendations
        ],
        "requirements": [_requirement(row, asked[str(row.id)], by_requirement, standing) for row in requirements],
        "evidence": [_evidence(use, paths.get(use.id), standing, tombstones, closed, archived) for use in deliveries],
        "reviews": list(_reviews(requirements, standing)),
        "messages": list(_messages(requirements, standing)),
        "objections": _objections(recommendations, standing, bundle.year),
        "sign_offs": list(_sign_offs(requirements, standing)),
        "decisions": [_decision(row, whole, standing) for row in decisions],
        "official_papers": [
            _paper(row, paper_path(row.evidence.sha256) if row.id in archived else None, standing, tombstones, closed)
            for row in papers
        ],
    }  # fmt: skip
    originals = {
        path: Original(path, row.sha256, row.size, archived[row.id].key, archived[row.id].version_id)
        for use in deliveries if use.id in paths
        for path, row in [(paths[use.id], use.evidence), *_packed_with(use, paths[use.id], archived)]
    }  # fmt: skip
    originals |= {
        path: Original(path, row.evidence.sha256, row.evidence.size, archived[row.id].key, archived[row.id].version_id)
        for row in papers
        if row.id in archived and (path := paper_path(row.evidence.sha256))
    }
    told = {row.id for row in files} - set(closed)
    return Contents(
        records, [originals[path] for path in sorted(originals)], _reports(told, standing), frozenset(archived)
    )


def _packed_with(
    use: EvidenceUse, path: str | None, archived: Mapping[uuid.UUID, ArchivedObject]
) -> list[tuple[str, Evidence]]:
    """What travels with a delivery and is packed beside it, by its name."""
    return [
        (supporting_path(path, number, row.media_type), row)
        for number, row in enumerate(use.evidence.supporting, start=1)
        if path is not None and row.id in archived
    ]


def _recommendations(report: EvaluationReport | None) -> list[Recommendation]:
    query = sa.select(Recommendation).where(Recommendation.report_id == (report.id if report else None))
    return list(db.session.scalars(query.order_by(Recommendation.ordinal, Recommendation.id)))


def _actions(recommendations: Sequence[Recommendation]) -> dict[uuid.UUID, Action]:
    query = sa.select(Action).where(Action.recommendation_id.in_([row.id for row in recommendations]))
    return {row.recommendation_id: row for row in db.session.scalars(query)}


def _requirements(report: EvaluationReport | None) -> list[Requirement]:
    if report is None:
        return []
    query = sa.select(Requirement).where(sa.or_(Requirement.report_id == report.id, serving(report.id)))
    rows = list(db.session.scalars(query).unique())
    return sorted(rows, key=lambda row: (row.quarter or 5, row.unit.code, row.kind, row.id))


def _deliveries(requirements: Sequence[Requirement], standing: Standing) -> Iterator[EvidenceUse]:
    place = {row.id: index for index, row in enumerate(requirements)}
    query = (
        sa.select(EvidenceUse)
        .where(EvidenceUse.requirement_id.in_(place))
        .options(
            selectinload(EvidenceUse.evidence).selectinload(Evidence.supporting), selectinload(EvidenceUse.requirement)
        )
    )
    for use in sorted(db.session.scalars(query), key=lambda row: (place[row.requirement_id], row.revision)):
        if str(use.evidence_id) in standing.received_by:
            yield use


def _archived(evidence: Sequence[Evidence], standing: Standing) -> dict[uuid.UUID, ArchivedObject]:
    ids = [row.id for row in evidence if str(row.id) in standing.archived]
    query = sa.select(ArchivedObject).where(ArchivedObject.evidence_id.in_(ids), ArchivedObject.disposal_id.is_(None))
    return {row.evidence_id: row for row in db.session.scalars(query)}


def _decisions(recommendations: Sequence[Recommendation], standing: Standing) -> list[Decision]:
    """Decisions that concern these recommendations, in the order in which they were proposed."""
    query = sa.select(Decision).where(
        Decision.recommendations.any(Recommendation.id.in_([row.id for row in recommendations]))
    )
    rows = db.session.scalars(query.options(selectinload(Decision.recommendations)).order_by(Decision.id))
    return [row for row in rows if str(row.id) in standing.proposed_by]


def _recommendation(
    row: Recommendation,
    action: Action | None,
    asked: Mapping[str, list[str]],
    requirements: Sequence[Requirement],
    decisions: Sequence[Decision],
    standing: Standing,
    wordings: Mapping[int, str],
) -> dict[str, Any]:
    life = standing.lives.told(str(row.id), row.report.year)
    last = life["versions"][-1]
    decided = [
        (list(standing.decided_by).index(str(decision.id)), decision.official_status)
        for decision in decisions
        if str(decision.id) in standing.decided_by and row.id in {one.id for one in decision.recommendations}
    ]
    return {
        "number": row.number,
        "component": last["component"] or row.component,
        "criterion": last["criterion"],
        "text": wordings.get(last["revision"], row.text),
        "finding": row.finding,
        "versions": [
            {**{name: one[name] for name in VERSION_FIELDS}, "text": wordings[one["revision"]]}
            for one in (life["versions"] if len(life["versions"]) > 1 else ())
        ],
        **{name: life[name] for name in LIFE_FIELDS},
        "state": standing.states.get(str(row.id), State.DRAFTED),
        "official_status": max(decided)[1] if decided else OfficialStatus.NOT_ASSESSED,
        "requirements": [str(other.id) for other in requirements if row.number in asked[str(other.id)]],
        "action": {"text": action.text, "owner": action.owner, "due_on": day(action.due_on)} if action else None,
    }


def _wordings(recommendations: Sequence[Recommendation]) -> dict[uuid.UUID, dict[int, str]]:
    """The texts of those that were corrected, by their revisions; also of later ones than the order's."""
    return {
        key: {row.revision: row.text for row in rows}
        for key, rows in versions_of([row.id for row in recommendations]).items()
    }


def _objections(recommendations: Sequence[Recommendation], standing: Standing, year: int) -> list[dict[str, Any]]:
    numbers = {row.number for row in recommendations}
    return [
        {"id": identity, **{name: value for name, value in told.items() if name != "year"}}
        for identity, told in standing.lives.objections.items()
        if told["year"] == year and told["number"] in numbers
    ]


def _requirement(
    row: Requirement, numbers: Sequence[str], evidence: Mapping[uuid.UUID, list[str]], standing: Standing
) -> dict[str, Any]:
    return {
        "id": str(row.id),
        "kind": row.kind,
        "quarter": row.quarter,
        "unit": {"code": row.unit.code, "name": row.unit.name},
        "successor": standing.heirs.get(str(row.id)),
        "state": standing.states.get(str(row.id), State.DRAFTED),
        "due_on": day(row.due_on),
        "waived": str(row.id) in standing.waived,
        "recommendations": list(numbers),
        "evidence": evidence.get(row.id, []),
    }


def _tombstones(evidence: Sequence[Evidence], standing: Standing) -> dict[uuid.UUID, dict[str, Any]]:
    """What is left of files whose bytes were erased, also where that came after the order: they cannot be packed."""
    query = (
        sa.select(ArchivedObject.evidence_id, Disposal)
        .join(Disposal, Disposal.id == ArchivedObject.disposal_id)
        .where(ArchivedObject.evidence_id.in_([row.id for row in evidence]))
    )
    return {
        evidence_id: {
            "number": row.number, "kind": row.kind, "letter": row.letter, "reason": row.reason,
            "at": standing.disposed.get(str(evidence_id)) or (moment(row.done_at) if row.done_at else None),
        }
        for evidence_id, row in db.session.execute(query)
    }  # fmt: skip


def _evidence(
    use: EvidenceUse,
    path: str | None,
    standing: Standing,
    tombstones: Mapping[uuid.UUID, dict[str, Any]],
    closed: Collection[uuid.UUID],
    archived: Mapping[uuid.UUID, ArchivedObject],
) -> dict[str, Any]:
    beside = {one.id: name for name, one in _packed_with(use, path, archived)}
    return {
        **_delivery(use.evidence, path, standing, tombstones, closed),
        "requirement": str(use.requirement_id),
        "revision": use.revision,
        "page_from": use.page_from,
        "page_to": use.page_to,
        "supporting": [
            {**_bytes(one, beside.get(one.id), standing, tombstones, closed), "media_type": one.media_type}
            for one in use.evidence.supporting
        ],
    }


def _delivery(
    row: Evidence,
    path: str | None,
    standing: Standing,
    tombstones: Mapping[uuid.UUID, dict[str, Any]],
    closed: Collection[uuid.UUID],
) -> dict[str, Any]:
    """What is told of a received file, whatever it was received for."""
    return {
        **_bytes(row, path, standing, tombstones, closed),
        "received_at": standing.received_at[str(row.id)],
        "received_by": standing.received_by[str(row.id)],
    }


def _bytes(
    row: Evidence,
    path: str | None,
    standing: Standing,
    tombstones: Mapping[uuid.UUID, dict[str, Any]],
    closed: Collection[uuid.UUID],
) -> dict[str, Any]:
    return {
        "id": str(row.id),
        "sha256": row.sha256,
        "bytes": row.size,
        "original_name": None if row.id in closed else row.original_name,
        "path": path,
        "verdict": standing.verdicts.get(str(row.id)),
        "withheld": path is None,
        "disposed": tombstones.get(row.id),
        "restricted": row.id in closed,
    }


def _reviews(requirements: Sequence[Requirement], standing: Standing) -> Iterator[dict[str, Any]]:
    query = (
        sa.select(EvidenceReview)
        .where(EvidenceReview.requirement_id.in_([row.id for row in requirements]))
        .options(joinedload(EvidenceReview.asked_by), joinedload(EvidenceReview.decided_by))
    )
    for row in db.session.scalars(query.order_by(EvidenceReview.asked_at, EvidenceReview.id)):
        outcome = standing.reviews.get(str(row.id))
        if outcome is None:
            continue
        answered = outcome != "open"  # later answers are none of this order's
        times = standing.reviewed_at[str(row.id)]
        yield {
            "id": str(row.id),
            "requirement": str(row.requirement_id),
            "evidence": str(row.evidence_id),
            "sha256": row.sha256,
            "text": row.text,
            "asked_by": row.asked_by.name,
            "asked_at": times[0],
            "outcome": outcome,
            "reason": row.reason if answered else None,
            "person": row.decided_by.name if answered and row.decided_by else None,
            "position": row.decided_as if answered else None,
            "at": times[-1] if answered else None,
        }


def _messages(requirements: Sequence[Requirement], standing: Standing) -> Iterator[dict[str, Any]]:
    query = sa.select(Message).where(Message.requirement_id.in_([row.id for row in requirements]))
    rows = {str(row.id): row for row in db.session.scalars(query)}
    for identity, at in standing.messages.items():
        if identity in rows:
            row = rows[identity]
            yield {
                "id": identity, "requirement": str(row.requirement_id), "person": row.name, "position": row.position,
                "text": row.text, "at": at,
            }  # fmt: skip


def _sign_offs(requirements: Sequence[Requirement], standing: Standing) -> Iterator[dict[str, Any]]:
    ids = [row.id for row in requirements]
    signed = db.session.scalars(sa.select(SignOff).where(SignOff.requirement_id.in_(ids)))
    verified = db.session.scalars(sa.select(Verification).where(Verification.requirement_id.in_(ids)))
    rows: list[tuple[Any, str, str]] = [
        *((row, row.role.value, row.basis.value) for row in signed if str(row.id) in standing.sign_offs),
        *((row, "verified", Basis.IN_APP.value) for row in verified if str(row.id) in standing.verifications),
    ]
    for row, role, basis in sorted(rows, key=lambda entry: (entry[0].at, entry[0].id)):
        yield {
            "id": str(row.id),
            "requirement": str(row.requirement_id),
            "evidence": str(row.evidence_id) if row.evidence_id else None,
            "sha256": row.sha256,
            "role": role,
            "basis": basis,
            "method": row.method.value if role == "verified" else None,
            "person": row.snapshot["name"],
            "position": row.snapshot["position"],
            "at": (standing.verifications if role == "verified" else standing.sign_offs)[str(row.id)],
            "voided_at": standing.voided.get(str(row.id)),
        }


def _decision(row: Decision, recommendations: Sequence[Recommendation], standing: Standing) -> dict[str, Any]:
    decided = standing.decided_by.get(str(row.id))
    concerned = {one.id for one in row.recommendations}
    return {
        "id": str(row.id),
        "number": row.number if decided else None,
        "decided_on": day(row.decided_on) if decided else None,
        "official_status": row.official_status,
        "reason": row.reason,
        "recommendations": [one.number for one in recommendations if one.id in concerned],
        "proposed_by": standing.proposed_by[str(row.id)],
        "decided_by": decided,
        "letter": str(row.letter_id) if decided else None,
        "valid_reason": row.valid_reason,
        "ground": str(row.ground_id) if row.ground_id else None,
        "reopens": [str(one.id) for one in row.reopens],
        "closed": standing.closed.get(str(row.id)),
    }


def _papers(decisions: Sequence[Decision], standing: Standing) -> list[OfficialPaper]:
    """The letters and documents that these decisions name, in the order in which they were filed."""
    letters = {row.letter_id for row in decisions if str(row.id) in standing.decided_by}
    named = official_papers_named([key for key in letters | {row.ground_id for row in decisions} if key is not None])
    return [named[key] for key in sorted(named)]


def _paper(
    paper: OfficialPaper,
    path: str | None,
    standing: Standing,
    tombstones: Mapping[uuid.UUID, dict[str, Any]],
    closed: Collection[uuid.UUID],
) -> dict[str, Any]:
    told = {"kind": paper.kind, "number": paper.number, "dated_on": day(paper.dated_on)}
    return {
        **{name: told[name] for name in PAPER_FIELDS},
        **_delivery(paper.evidence, path, standing, tombstones, closed),
    }


def _reports(ids: Collection[uuid.UUID], standing: Standing) -> dict[str, bytes]:
    """The newest report of each file that there was at the order."""
    query = sa.select(CheckReport).where(CheckReport.evidence_id.in_(ids))
    history: dict[uuid.UUID, list[CheckReport]] = {}
    for row in db.session.scalars(query.order_by(CheckReport.created_at, CheckReport.id)):
        history.setdefault(row.evidence_id, []).append(row)
    return {
        f"data/reports/{evidence_id}.json": canonical(rows[standing.checks[str(evidence_id)] - 1].report) + b"\n"
        for evidence_id, rows in history.items()
        if str(evidence_id) in standing.checks
    }


def moment(at: datetime) -> str:
    """Return a time as the records spell it."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def day(on: date | None) -> str | None:
    """Return a day as the records spell it."""
    return on.isoformat() if on else None
