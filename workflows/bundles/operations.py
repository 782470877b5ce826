"""Last stage: takes an order for a bundle and builds it. An agency, a year or less, a reason; the log
ends at the order.

Building knows no queue: a worker does it in the background, the command line at once. The same order built again by
the same release gives the same bytes.
"""

import json
import re
import uuid
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, BinaryIO, cast

import sqlalchemy as sa

from storage.base import Bucket, ObjectStore, Writable
from workflows.archive.erasing import while_nothing_is_erased
from workflows.bundles import verify
from workflows.bundles.anchor_queries import LONGEST, outside_before, seal_keys
from workflows.bundles.bag import BagResult, PayloadFile, write_bag
from workflows.bundles.choices import Choice, in_words, kept_papers
from workflows.bundles.index_page import render_index
from workflows.bundles.models import Bundle, BundleState
from workflows.bundles.records import Contents, Original, contents, replay
from workflows.bundles.restricted import any_erased, note_packed
from workflows.bundles.seal import SealKey, SealScope, sign_seal
from workflows.core import audit, jobs
from workflows.core.actors import SYSTEM, Actor, Channel
from workflows.core.clock import now
from workflows.core.db import db
from workflows.core.errors import InvalidInputError, NotFoundError, PermissionDeniedError, Reason
from workflows.core.ids import new_id
from workflows.core.models import AuditEvent
from workflows.core.sentences import phrase
from workflows.organization.models import Agency, Region
from workflows.organization.successions import carried_on_from
from workflows.recommendations.models import EvaluationReport, ReportState

BUILD_JOB = "bundle.build"
VERIFIERS = (Path(verify.__file__), Path(verify.__file__).with_name("periksa.html"))
"""What a bundle is proven with, packed into each: by Python, or in any browser without a network."""
ERASED_MEANWHILE = phrase("Sebuah berkas di dalamnya dimusnahkan selagi bundel disusun. Pesan bundel yang baru.")

Progress = Callable[[int, int], None]
"""Told how many originals are packed, of how many."""


def order(
    agency: Agency,
    *,
    year: int,
    reason: str,
    actor: Actor,
    with_restricted: bool = False,
    choice: Choice | None = None,
    background: bool = True,
) -> Bundle:
    """Order a bundle of what an agency did in a year; whoever may see the agency may carry it away, for a reason.

    :param with_restricted: restricted files too, as far as the actor may open them; his reason is that of the order.
    :param choice: a report of that agency and year, or recommendations of it, instead of all.
    :param background: false where the caller builds it at once.
    :raises NotFoundError: the agency is out of the actor's sight.
    :raises PermissionDeniedError: a token that only reads.
    :raises InvalidInputError: no reason, or a choice from elsewhere.
    """
    if choice is not None:
        choice.require_of(agency, year)
    agency = _whose(agency, year)
    if not _sees(agency, year, actor):
        raise NotFoundError
    if actor.read_only:
        raise PermissionDeniedError
    if not reason.strip():
        raise InvalidInputError(Reason("reason_missing", "Tulis untuk apa bundel ini dipesan."))
    chosen = [row.id for row in choice.recommendations] if choice else []
    bundle_id = new_id()
    event_id = audit.record(
        "bundle.ordered",
        audit.Subject("bundle", bundle_id, agency.region_id, agency.id),
        actor=actor,
        details={
            "year": year,
            "reason": reason.strip(),
            "with_restricted": with_restricted,
            "report": choice.report.id if choice else None,
            "recommendations": chosen,
        },
    )
    bundle = Bundle(
        id=bundle_id,
        region_id=agency.region_id,
        agency_id=agency.id,
        year=year,
        reason=reason.strip(),
        with_restricted=with_restricted,
        report_id=choice.report.id if choice else None,
        recommendation_ids=chosen or None,
        log_limited=choice is not None or (actor.person_id is not None and actor.years_in_sight is not None),
        ordered_by_id=actor.person_id,
        ordered_by_name=actor.name,
        ordered_at=now(),
        order_event_id=event_id,
        state=BundleState.QUEUED,
        done=0,
        total=0,
    )
    db.session.add(bundle)
    db.session.flush()
    if background:
        jobs.enqueue_for(BUILD_JOB, bundle)
    return bundle


def _whose(agency: Agency, year: int) -> Agency:
    """Return whose papers are meant: those that an agency carries on can be ordered by its own code too.

    A bundle is of one chain, so where both have a report of that year each is ordered by its own code.
    """
    asked = [agency.id, *carried_on_from(agency.id)]
    query = sa.select(EvaluationReport.agency_id).where(
        EvaluationReport.agency_id.in_(asked),
        EvaluationReport.year == year,
        EvaluationReport.state == ReportState.ISSUED,
    )
    found = set(db.session.scalars(query))
    return db.session.get_one(Agency, found.pop()) if len(found) == 1 else agency


def _sees(agency: Agency, year: int, actor: Actor) -> bool:
    if actor.channel == Channel.COMMAND:
        return True
    scope = actor.scope
    inside = scope.region_id == agency.region_id and (scope.agency_ids is None or agency.id in scope.agency_ids)
    return inside and actor.sees_year(agency.id, year)


def record_download(bundle: Bundle, *, actor: Actor) -> None:
    """Log that somebody carries a bundle away. The caller hands it over."""
    subject = audit.Subject("bundle", bundle.id, bundle.region_id, bundle.agency_id)
    audit.record("bundle.downloaded", subject, actor=actor, details={"sha256": bundle.sha256}, access=True)


def begin(bundle_id: uuid.UUID) -> None:
    """Show that the bundle is being built."""
    bundle = db.session.get_one(Bundle, bundle_id, with_for_update=True)
    bundle.state, bundle.error_message = BundleState.BUILDING, None


def progress(bundle_id: uuid.UUID, *, done: int, total: int) -> None:
    """Show how far the building is, in originals."""
    bundle = db.session.get_one(Bundle, bundle_id)
    bundle.done, bundle.total = done, total


def finish(
    bundle_id: uuid.UUID, result: BagResult, *, packed: Collection[uuid.UUID], key: str, version_id: str | None,
    fingerprint: str,
) -> bool:  # fmt: skip
    """Show that the bundle lies in the store under ``key`` and was sealed with the key of that fingerprint.

    :param packed: the deliveries whose bytes it holds.
    :returns: whether it may stay there; one with bytes that were erased while it was packed fails, and is to be removed
    """
    while_nothing_is_erased()
    bundle = db.session.get_one(Bundle, bundle_id)
    if any_erased(packed):
        fail(bundle_id, message=ERASED_MEANWHILE)
        return False
    note_packed(bundle, packed)
    bundle.state, bundle.finished_at, bundle.done = BundleState.READY, now(), bundle.total
    bundle.key, bundle.version_id, bundle.fingerprint = key, version_id, fingerprint
    bundle.sha256, bundle.size = result.sha256, result.size
    bundle.tagmanifest_sha256 = result.tagmanifest_sha256
    details = {
        "sha256": result.sha256, "bytes": result.size, "fingerprint": fingerprint,
        "tagmanifest_sha256": result.tagmanifest_sha256,
    }  # fmt: skip
    audit.record("bundle.built", _subject(bundle), actor=SYSTEM, details=details)
    return True


def fail(bundle_id: uuid.UUID, *, message: str) -> None:
    """Show that the bundle could not be built, and why."""
    bundle = db.session.get_one(Bundle, bundle_id)
    bundle.state, bundle.finished_at, bundle.error_message = BundleState.FAILED, now(), message
    audit.record("bundle.failed", _subject(bundle), actor=SYSTEM, details={"why": message})


def _subject(bundle: Bundle) -> audit.Subject:
    return audit.Subject("bundle", bundle.id, bundle.region_id, bundle.agency_id)


@dataclass(frozen=True)
class Draft:
    """Everything the database has to say about a bundle. Packing it needs the store and no transaction."""

    name: str
    scope: SealScope
    installation: str
    agency_name: str
    timezone: str
    ordered_at: datetime
    """Time of the event that ordered the bundle, which is the last one in its log."""
    head: verify.Head
    log: BinaryIO
    log_size: int
    contents: Contents
    rotations: bytes
    """The documents in which each seal key names the next, one a line; empty where the key is still the first."""
    anchored: str
    """The newest anchor that was outside when the bundle was ordered, or that there was none; in words."""


def gather(bundle_id: uuid.UUID, *, log: BinaryIO, installation: str) -> Draft:
    """Read the log up to the order, and what stood then.

    :param log: an empty file; the lines of ``data/audit.jsonl`` are written to it, and it is read while packing.
    """
    bundle = db.session.get_one(Bundle, bundle_id)
    event = db.session.scalars(sa.select(AuditEvent).where(AuditEvent.id == bundle.order_event_id)).one()
    year = None if bundle.recommendation_ids else bundle.year
    standing = replay(event.chain, event.seq, log=log, kept=kept_papers(bundle), year=year)
    agency = db.session.get_one(Agency, bundle.agency_id)
    region = db.session.get_one(Region, bundle.region_id)
    return Draft(
        name=folder_name(agency.code, bundle.year),
        scope=SealScope(region.code, agency.code, bundle.year, in_words(bundle)),
        installation=installation,
        agency_name=agency.name,
        timezone=region.timezone,
        ordered_at=event.at,
        head=verify.Head(event.chain, event.seq, bytes(event.hash).hex()),
        log=log,
        log_size=log.tell(),
        contents=contents(bundle, standing, ordered_at=event.at, installation=installation),
        rotations="".join(row.document or "" for row in reversed(seal_keys())).encode("ascii"),
        anchored=_anchored(event.at),
    )


def folder_name(code: str, year: int) -> str:
    """Return what the bag's one folder is called: short, so that no name in it grows too long for a computer."""
    word = re.sub("[^A-Za-z0-9]+", "-", code).strip("-") or "opd"
    return f"tuntas-{word[: verify.MAX_FOLDER - len('tuntas--2026')].rstrip('-')}-{year}"


def pack(
    draft: Draft, *, store: ObjectStore, seal_key: SealKey, out: Writable, progress: Progress = lambda done, total: None
) -> BagResult:
    """Write the bundle to ``out``, from the first byte to the last. Memory does not grow with it.

    :raises PayloadMismatchError: an original is not what its record says. :raises StorageError: as the store does.
    """
    release = version("tuntas")
    told = draft.contents
    total = len(told.originals)

    def opened(number: int, original: Original) -> Callable[[], AbstractContextManager[BinaryIO]]:
        def open_it() -> AbstractContextManager[BinaryIO]:
            progress(number, total)
            reader = store.open(Bucket.ARCHIVE, original.key, version_id=original.version_id)
            return cast("AbstractContextManager[BinaryIO]", reader)

        return open_it

    payload = [
        PayloadFile("data/audit.jsonl", draft.log_size, lambda: _rewound(draft.log)),
        PayloadFile.of_bytes("data/records.json", verify.canonical(told.records)),
        PayloadFile.of_bytes("data/index.html", _index(draft)),
        *(PayloadFile.of_bytes(path, report) for path, report in told.reports.items()),
        *(
            PayloadFile(original.path, original.size, opened(number, original), original.sha256)
            for number, original in enumerate(told.originals)
        ),
    ]
    return write_bag(
        out,
        name=draft.name,
        payload=payload,
        bag_info={
            "Source-Organization": draft.agency_name,
            "External-Description": f"Tindak lanjut rekomendasi Inspektorat, tahun {draft.scope.year}",
            "Bag-Software-Agent": f"tuntas {release}",
            "Outside-Anchor": draft.anchored,
        },
        ordered_at=draft.ordered_at,
        seal=lambda manifests: sign_seal(
            manifests, key=seal_key, installation=draft.installation, scope=draft.scope, log=draft.head,
            ordered_at=draft.ordered_at, release=release,
        ),
        tag_files={
            **{path.name: path.read_bytes() for path in VERIFIERS},
            **({verify.ROTATIONS: draft.rotations} if draft.rotations else {}),
        },
    )  # fmt: skip


def _anchored(moment: datetime) -> str:
    anchor = outside_before(moment)
    if anchor is None:
        return "tanpa jangkar luar"
    told = f"nomor {anchor.number}, SHA-256 {anchor.sha256}, {anchor.at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    return told if moment - anchor.at <= LONGEST else f"tanpa jangkar luar sejak {told}"


def _index(draft: Draft) -> bytes:
    with _rewound(draft.log) as log:
        return render_index(_read(draft.contents.records), log=log, zone=draft.timezone)


@contextmanager
def _rewound(log: BinaryIO) -> Iterator[BinaryIO]:
    log.seek(0)
    yield log


def _read(records: Mapping[str, Any]) -> Any:
    """The records as whoever opens the bundle reads them: plain JSON values, no words of this program."""
    return json.loads(verify.canonical(records))
