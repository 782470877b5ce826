"""Has a delivery read in parts: a few pages a job, so that nobody waits for a long scan, then one look at the whole."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from workflows.core import jobs
from workflows.core.clock import now
from workflows.core.db import db
from workflows.core.ids import new_id
from workflows.core.sentences import Template, phrase
from workflows.evidence.checks.limits import ReadingLimits
from workflows.evidence.models import Evidence
from workflows.evidence.page_text import Texts, is_text
from workflows.evidence.reading import looking
from workflows.evidence.reading.models import PageText, Reading, SenseFinding, TextSource

READ_JOB = "evidence.read"
LIMITS = ReadingLimits()
NO_OCR = phrase("Pembaca hasil pindaian tidak terpasang di sini.")
NOT_OPENED = phrase("Berkas ini tidak dapat dibaca halaman demi halaman.")
TOO_MANY_SCANS = Template("Paling banyak %(limit)s halaman hasil pindaian dibaca dari satu berkas.")
TOO_MANY_PAGES = Template("Hanya %(limit)s halaman pertama yang dibaca.")


@dataclass(frozen=True)
class Part:
    """What one job reads: the text of these pages, or their pictures; nothing when all is read."""

    pages: Sequence[int]
    pictures: bool


def start(evidence: Evidence) -> None:
    """Order the reading of a delivery that lies in the archive. Safe to run twice."""
    row = {
        "id": new_id(), "region_id": evidence.region_id, "agency_id": evidence.agency_id, "evidence_id": evidence.id,
        "looked_at": 0, "settled": 0, "scans": 0, "unread": 0, "part": 0,
    }  # fmt: skip
    db.session.execute(insert(Reading).values(row).on_conflict_do_nothing(index_elements=["evidence_id"]))
    _order(evidence.id, evidence.region_id, evidence.agency_id, part=0)


def reading_of(evidence_id: uuid.UUID) -> Reading | None:
    """Return how far the reading of a delivery has come; None where it was never ordered."""
    return db.session.scalars(sa.select(Reading).where(Reading.evidence_id == evidence_id)).one_or_none()


def next_part(evidence_id: uuid.UUID) -> Part | None:
    """Return what is to be read now; None when the reading has ended."""
    reading = _held(evidence_id)
    if reading.done_at is not None:
        return None
    last = LIMITS.pages if reading.pages is None else min(reading.pages, LIMITS.pages)
    if reading.looked_at < last:
        first = reading.looked_at + 1
        return Part(range(first, min(last, first + LIMITS.pages_at_once - 1) + 1), pictures=False)
    left = min(LIMITS.scans_at_once, LIMITS.scans - reading.scans)
    waiting = sa.select(PageText.page).where(PageText.evidence_id == evidence_id, PageText.source.is_(None))
    return Part(list(db.session.scalars(waiting.order_by(PageText.page).limit(max(0, left)))), pictures=True)


def record_texts(evidence_id: uuid.UUID, part: Part, found: Texts | None) -> None:
    """Keep the text that stood in the file, and order the next part.

    :param found: None where the file could not be read.
    """
    reading = _held(evidence_id)
    if found is None:
        found = Texts(reading.pages or 0, {})
        reading.why = NOT_OPENED
    reading.pages = found.pages
    numbers = [number for number in part.pages if number <= found.pages]
    rows = [_row(reading, number, found.texts.get(number, "")) for number in numbers]
    if rows:
        db.session.execute(insert(PageText).on_conflict_do_nothing(index_elements=["evidence_id", "page"]), rows)
    reading.looked_at = min(part.pages[-1], found.pages)
    if found.pages > LIMITS.pages and reading.looked_at >= LIMITS.pages:
        reading.why = reading.why or TOO_MANY_PAGES(limit=LIMITS.pages)
    _settle(reading)


def record_scans(evidence_id: uuid.UUID, texts: Mapping[int, str | None], *, no_ocr: bool = False) -> None:
    """Keep the words that were read from pictures, and order the next part.

    :param texts: None for a page that could not be read.
    :param no_ocr: nothing that reads pictures is installed: none of the pages that wait will be read.
    """
    reading = _held(evidence_id)
    for number, text in texts.items():
        read = {"source": TextSource.NONE} if text is None else {"source": TextSource.OCR, "text": text}
        _update(evidence_id, read, PageText.page == number)
    reading.scans += len(texts)
    if no_ocr or reading.scans >= LIMITS.scans:
        given_up = _update(evidence_id, {"source": TextSource.NONE}, PageText.source.is_(None))
        if given_up:
            reading.why = NO_OCR if no_ocr else TOO_MANY_SCANS(limit=LIMITS.scans)
    _settle(reading)


def conclude(evidence_id: uuid.UUID, *, why: str | None = None) -> None:
    """End the reading and write down what a look at the text finds. Safe to run twice.

    :param why: why the reading ended early, in words.
    """
    reading = _held(evidence_id)
    if reading.done_at is not None:
        return
    _update(evidence_id, {"source": TextSource.NONE}, PageText.source.is_(None))
    _count(reading)
    reading.why = why or reading.why
    evidence = db.session.get_one(Evidence, evidence_id)
    pages = looking.pages_of(evidence_id)
    reading.figures = looking.figures_of(pages)
    db.session.flush()
    for requirement_id, remark in looking.look(evidence, reading, pages):
        db.session.add(
            SenseFinding(
                region_id=evidence.region_id, agency_id=evidence.agency_id, evidence_id=evidence.id,
                requirement_id=requirement_id, code=remark.code, severity=remark.severity, message=str(remark.message),
                page=remark.page, audience=remark.audience,
            )
        )  # fmt: skip
    reading.done_at = now()


def _held(evidence_id: uuid.UUID) -> Reading:
    query = sa.select(Reading).where(Reading.evidence_id == evidence_id).with_for_update()
    return db.session.scalars(query.execution_options(populate_existing=True)).one()


def _row(reading: Reading, number: int, text: str) -> dict[str, object]:
    return {
        "id": new_id(), "region_id": reading.region_id, "agency_id": reading.agency_id,
        "evidence_id": reading.evidence_id, "page": number, "text": text,
        "source": TextSource.LAYER if is_text(text) else None,
    }  # fmt: skip


def _update(evidence_id: uuid.UUID, values: Mapping[str, object], *which: sa.ColumnElement[bool]) -> int:
    statement = sa.update(PageText).where(PageText.evidence_id == evidence_id, *which).values(**values)
    changed: int = db.session.execute(statement, execution_options={"synchronize_session": False}).rowcount  # type: ignore[attr-defined]
    return changed


def _settle(reading: Reading) -> None:
    _count(reading)
    reading.part += 1
    _order(reading.evidence_id, reading.region_id, reading.agency_id, part=reading.part)


def _count(reading: Reading) -> None:
    settled, unread = sa.func.count(PageText.source), sa.func.count().filter(PageText.source == TextSource.NONE)
    query = sa.select(settled, unread).where(PageText.evidence_id == reading.evidence_id)
    reading.settled, unread_of_those = db.session.execute(query).one()
    beyond = max(0, (reading.pages or 0) - LIMITS.pages)
    reading.unread = unread_of_those + beyond


def _order(evidence_id: uuid.UUID, region_id: uuid.UUID, agency_id: uuid.UUID, *, part: int) -> None:
    key = f"{READ_JOB}:{evidence_id}:{part}"
    jobs.enqueue(READ_JOB, key=key, subject_id=evidence_id, region_id=region_id, agency_id=agency_id)
