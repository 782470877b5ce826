"""Sixth stage, its official papers: the letter that decides, and the document that proves a valid reason.

Bytes first, row second, as for deliveries; whoever calls has stored them and read them back.
"""

import datetime as dt
import uuid
from collections.abc import Collection

import sqlalchemy as sa

from workflows.core.actors import INSPECTORATE, Actor
from workflows.core.clock import local_date, now
from workflows.core.db import db
from workflows.core.errors import GuardFailedError, InvalidInputError, NotFoundError, PermissionDeniedError, Reason
from workflows.core.sentences import phrase
from workflows.evidence.operations import REJECT, Intake, receive_official_paper
from workflows.organization.models import Agency, Region
from workflows.organization.scope import in_scope
from workflows.verification.models import OfficialPaper, OfficialPaperKind

_NO_LETTER = Reason("letter_missing", "Pilih surat keputusan yang sudah diunggah untuk perangkat daerah ini.")
_NO_GROUND = Reason("ground_missing", "Pilih dokumen alasan yang sudah diunggah untuk perangkat daerah ini.")
_NOT_LOCKED = phrase("Berkas itu belum selesai diperiksa dan dikunci di arsip; tunggu sebentar.")


def require_filing(agency: Agency, actor: Actor) -> None:
    """:raises PermissionDeniedError: not of the Inspektorat. Asked before the bytes are read, and again with them."""
    if not actor.holds(*INSPECTORATE, agency_id=agency.id):
        raise PermissionDeniedError


def file_official_paper(
    agency: Agency, *, kind: OfficialPaperKind, number: str, dated_on: dt.date, intake: Intake, actor: Actor
) -> OfficialPaper:
    """Take a paper in and have it checked and locked.

    :raises PermissionDeniedError: not of the Inspektorat. :raises InvalidInputError: no number, or a day to come.
    """
    require_filing(agency, actor)
    if not number.strip():
        raise InvalidInputError(Reason("number_missing", "Tulis nomor surat atau dokumennya."))
    if dated_on > local_date(now(), db.session.get_one(Region, agency.region_id).timezone):
        raise InvalidInputError(Reason("dated_on", "Tanggal surat tidak boleh sesudah hari ini."))
    told = {"kind": kind, "number": number.strip(), "dated_on": dated_on}
    evidence = receive_official_paper(agency, actor=actor, intake=intake, told=told)
    paper = OfficialPaper(id=evidence.id, region_id=agency.region_id, agency_id=agency.id, **told)
    db.session.add(paper)
    db.session.flush()
    return paper


def require_locked(paper: OfficialPaper | None, kind: OfficialPaperKind, agency_id: uuid.UUID) -> OfficialPaper:
    """:raises GuardFailedError: there is none, it is another one's or another kind, or it is not locked (yet)."""
    wanted = "letter" if kind == OfficialPaperKind.LETTER else "ground"
    if paper is None or paper.kind != kind or paper.agency_id != agency_id:
        raise GuardFailedError(_NO_LETTER if kind == OfficialPaperKind.LETTER else _NO_GROUND)
    if paper.evidence.verdict == REJECT:
        raise GuardFailedError(Reason(f"{wanted}_refused", "Pemeriksaan menolak berkas itu; unggah yang lain."))
    if not paper.is_locked:
        raise GuardFailedError(Reason(f"{wanted}_not_archived", _NOT_LOCKED))
    return paper


def get_official_paper(paper_id: uuid.UUID, actor: Actor) -> OfficialPaper:
    """:raises NotFoundError: not there, or not for this actor to know of."""
    found = db.session.scalars(
        sa.select(OfficialPaper).where(OfficialPaper.id == paper_id, in_scope(OfficialPaper, actor))
    ).one_or_none()
    if found is None:
        raise NotFoundError
    return found


def official_papers_of(actor: Actor, agency_id: uuid.UUID, *, limit: int = 100) -> list[OfficialPaper]:
    """Return the papers that were filed for an agency, the newest first."""
    query = sa.select(OfficialPaper).where(in_scope(OfficialPaper, actor), OfficialPaper.agency_id == agency_id)
    return list(db.session.scalars(query.order_by(OfficialPaper.id.desc()).limit(limit)))


def official_papers_named(ids: Collection[uuid.UUID]) -> dict[uuid.UUID, OfficialPaper]:
    """Return papers by their ids."""
    return {row.id: row for row in db.session.scalars(sa.select(OfficialPaper).where(OfficialPaper.id.in_(ids)))}
