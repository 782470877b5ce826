"""What becomes of a job that did not end well: it waits for something that is away, or it fails once, loudly.

One table says which errors another try can cure. Everything else is shown to people at once. A job whose worker died
is not seen here: its lease runs out, and the sweep gives it to another worker or, after the last allowed attempt, to
:func:`give_up`.
"""

import datetime as dt
import logging
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from storage.errors import DigestMismatchError, ObjectMissingError, StoreFullError, StoreUnavailableError
from workers.witnesses import OutsideError, TooLateError
from workflows.bundles import anchoring
from workflows.bundles import operations as bundles
from workflows.bundles.bag import PayloadMismatchError
from workflows.core import jobs
from workflows.core.db import db
from workflows.core.errors import Reason, WorkflowError
from workflows.core.models import Job
from workflows.core.sentences import phrase
from workflows.evidence import operations as evidence
from workflows.evidence.inspection import CheckerAwayError
from workflows.evidence.reading import operations as reading
from workflows.papers import operations as papers
from workflows.plans import operations as plans

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Away:
    """Something that a job needs, is not there, and will come back."""

    error: type[Exception]
    code: str
    why: str | None
    """Shown to whoever waits for the job; none: the error says it itself."""
    shortest: float
    """Seconds until the next try at first."""
    longest: float
    """Seconds until the next try at last."""


TRANSIENT = (
    Away(StoreFullError, "store_full", "Menunggu ruang: penyimpanan berkas penuh, admin perlu menambahnya.", 60, 600),
    Away(StoreUnavailableError, "store_away", "Menunggu penyimpanan berkas, yang sedang tidak dapat dihubungi.", 2, 60),
    Away(CheckerAwayError, "checker_away", "Menunggu pemeriksa berkas, yang sedang tidak berjalan.", 2, 60),
    Away(OutsideError, "outside_away", None, 60, 3600),
    Away(sa.exc.OperationalError, "database_away", "Menunggu basis data, yang sedang tidak dapat dihubungi.", 2, 60),
)

LOST = Reason("worker_lost", jobs.LOST(times=jobs.MAX_ATTEMPTS))
UNEXPECTED = Reason("unexpected", "Terjadi kesalahan yang tidak terduga. Hubungi admin; rinciannya ada di log.")
SENTENCES: Mapping[type[Exception], str] = {
    DigestMismatchError: phrase(
        "Berkas di penyimpanan tidak sama dengan yang diterima. Unggah ulang dan hubungi admin."
    ),
    ObjectMissingError: phrase("Berkas tidak ada di penyimpanan. Unggah ulang dan hubungi admin."),
    TooLateError: phrase(
        "Jangkar ini terlalu lama tidak dapat dikirim; jangkar yang lebih baru membuktikan hal yang sama."
    ),
    PayloadMismatchError: phrase(
        "Sebuah berkas arsip tidak sama dengan catatannya, jadi bundel tidak dibuat. Hubungi admin."
    ),
}

HOLD: Mapping[str, Callable[[uuid.UUID, str], None]] = {
    evidence.CHECK_JOB: lambda subject, why: evidence.hold_check(subject, why=why),
    anchoring.SEND_JOB: lambda subject, why: anchoring.hold(subject, why=why),
}
"""How a kind of job shows that it waits."""
FAIL: Mapping[str, Callable[[uuid.UUID, Reason], None]] = {
    evidence.CHECK_JOB: lambda subject, reason: evidence.fail_check(subject, why=reason.message),
    reading.READ_JOB: lambda subject, reason: reading.conclude(subject, why=reason.message),
    plans.READ_JOB: lambda subject, reason: plans.record_reading(subject, document=None, error=reason),
    anchoring.SEND_JOB: lambda subject, reason: anchoring.fail(subject, why=reason.message),
    bundles.BUILD_JOB: lambda subject, reason: bundles.fail(subject, message=reason.message),
    papers.MAKE_JOB: lambda subject, reason: papers.fail(subject, message=reason.message),
}
"""How a kind of job shows that it failed."""


def settle(held: jobs.Claim, error: Exception) -> None:
    """Put the job off, or fail it. Commits. Where the lease was lost nothing is written."""
    try:
        away = next((entry for entry in TRANSIENT if isinstance(error, entry.error)), None)
        if away is not None:
            _put_off(held, away, why=away.why or str(error))
            log.warning("job.put_off", extra={"reason": away.code, "error": str(error)})
        else:
            log.error("job.failed", exc_info=error)
            give_up(held, reason_for(error))
        db.session.commit()
    except jobs.LeaseLostError:
        db.session.rollback()
        log.warning("job.lease_lost")
    except sa.exc.OperationalError:
        db.session.rollback()
        log.exception("job.not_settled")  # the lease runs out, and the sweep sees to it


def give_up(held: jobs.Claim, reason: Reason) -> None:
    """Fail the job and show it where people look. The caller commits.

    :raises LeaseLostError: the job is no longer this one's to fail.
    """
    jobs.fail(held, code=reason.code, message=reason.message)
    if held.kind in FAIL and held.subject_id is not None:
        FAIL[held.kind](held.subject_id, reason)


def reason_for(error: Exception) -> Reason:
    """Return what people are told about an error that another try does not cure."""
    if isinstance(error, WorkflowError):
        sentences = " ".join(reason.message for reason in error.reasons)
        return Reason(error.code, sentences)
    for kind, sentence in SENTENCES.items():
        if isinstance(error, kind):
            return Reason(str(kind.code), sentence)  # type: ignore[attr-defined]
    return UNEXPECTED


def _put_off(held: jobs.Claim, away: Away, *, why: str) -> None:
    waited = db.session.scalars(sa.select(sa.func.clock_timestamp() - Job.queued_at).where(Job.id == held.job_id)).one()
    jobs.defer(held, seconds=delay(waited, away), code=away.code, message=why)
    if held.kind in HOLD and held.subject_id is not None:
        HOLD[held.kind](held.subject_id, why)


def delay(waited: dt.timedelta, away: Away) -> float:
    """Return the seconds until the next try: half of the time waited so far, between the shortest and the longest.

    Tries thus grow apart by half each time, and no counter has to be kept.
    """
    return min(away.longest, max(away.shortest, waited.total_seconds() / 2))
