"""The archive looked after: locks made longer, holds put on and taken off, objects read again."""

import logging
import time
import uuid

from storage.base import Bucket
from storage.errors import ObjectLockedError, ObjectMissingError, RetentionMissingError, StoreRefusedError
from storage.fixity import Finding, Pace
from workers.running import Run
from workflows.archive import custody, locks
from workflows.core.clock import now

log = logging.getLogger(__name__)

ROUND_SECONDS = 50 * 60.0
"""How long one job reads; the next one goes on where it stopped."""
MIB = 1024 * 1024


def lock(run: Run) -> None:
    """Bring lock and hold of one file to what the ledger asks for. Safe to run twice: both are told absolutely."""
    with run.step():
        found = locks.locks_of(run.subject_id)
    for one in found:
        _apply_or_tell(run, one)
    with run.last_step():
        pass


def renew(run: Run) -> None:
    """Make longer what is due, and raise the alarm about windows that ran down. Safe to run twice.

    What the store cannot or will not do to one object is a finding about that one, and keeps it from no other.
    """
    renewed: dict[tuple[uuid.UUID, uuid.UUID], int] = {}
    after = None
    with run.step():
        _tell_of_low_windows()
    while True:
        with run.step():
            found = locks.locks_to_look_at(after=after)
            places = locks.agencies_of([one.id for one in found])
        if not found:
            break
        for one in found:
            if _apply_or_tell(run, one):
                renewed[places[one.id]] = renewed.get(places[one.id], 0) + 1
        after = found[-1].id
    with run.last_step():
        locks.record_renewals(renewed)
        _tell_of_low_windows()
    log.info("archive.locks_renewed", extra={"objects": sum(renewed.values())})


def _tell_of_low_windows() -> None:
    for row in locks.low_windows():
        if custody.raise_or_settle(row, locks.WINDOW_LOW, bad=locks.is_low(row)):
            log.error("archive.window_low", extra={"key": row.key, "version": row.version_id})


def _apply_or_tell(run: Run, one: locks.Lock) -> bool:
    """Bring one object to what is asked; return whether anything changed. What it refuses is recorded.

    :raises StoreUnavailableError: the store is away, which says nothing about any object.
    """
    trouble: str
    try:
        return _apply(run, one)
    except ObjectMissingError:
        run.tools.store.ping()  # one that has only half come up may know nothing yet
        trouble = Finding.MISSING
    except (ObjectLockedError, RetentionMissingError, StoreRefusedError) as error:
        trouble = locks.LOCK_REFUSED
        log.error("archive.lock_refused", extra={"key": one.key, "version": one.version_id, "error": str(error)})
    with run.step():
        custody.raise_or_settle(locks.archived(one), trouble, bad=True)
    return False


def _apply(run: Run, one: locks.Lock) -> bool:
    """Tell the store, then record it. Nothing is asked of the store where nothing changes but the hold may."""
    store = run.tools.store
    stored = store.stat(Bucket.ARCHIVE, one.key, version_id=one.version_id)
    if stored.retain_until is None or stored.retain_until < one.wanted:
        stored = store.extend(one.key, version_id=one.version_id, retain_until=one.wanted)
    if stored.legal_hold != one.hold:
        with run.step():
            stored = store.set_hold(one.key, version_id=one.version_id, on=locks.hold_now(one))
    with run.step():
        custody.raise_or_settle(locks.archived(one), locks.LOCK_REFUSED, bad=False)
        return locks.record_lock(one, locked_until=stored.retain_until or one.locked_until)


def fixity(run: Run) -> None:
    """Read again what was not read for longest, at the set rate. Safe to run twice; goes on where it was stopped."""
    end = time.monotonic() + ROUND_SECONDS
    pace = Pace(run.tools.fixity_rate * MIB) if run.tools.fixity_rate else None
    with run.step():
        began = now()
    looked_at = 0
    while time.monotonic() < end:
        with run.step():
            batch = custody.due(before=began - custody.EVERY, again_before=began - custody.AGAIN)
            proof = custody.last_read()
        if not batch:
            break
        seen, failure = custody.look(run.tools.store, batch, pace=pace, proof=proof)
        with run.step():
            fresh = custody.record(seen)
            for found in fresh:
                log.error("archive.finding", extra={"code": found.code, "object": found.archived_object_id})
        if failure is not None:
            raise failure
        looked_at += len(seen)
    log.info("archive.examined", extra={"objects": looked_at})
    with run.last_step():
        pass
