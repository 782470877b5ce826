"""Things that wait for the outermost commit: log events to be linked, job messages to be sent.

What was noted inside a savepoint that is rolled back is forgotten with it; what was noted in a transaction
that never commits is forgotten altogether.
"""

from typing import Any

from sqlalchemy import event
from sqlalchemy.orm import Session, SessionTransaction

_NOTES = "pending"
_MARKS = "pending_marks"


def note(session: Session, kind: str, item: Any) -> None:
    """Keep ``item`` until the outermost commit of ``session``."""
    if not session.in_transaction():
        session.begin()  # so that a rollback has an end at which to forget
    session.info.setdefault(_NOTES, []).append((kind, item))


def take(session: Session, kind: str) -> list[Any]:
    """Remove and return what waits under ``kind``, oldest first."""
    notes = session.info.get(_NOTES, [])
    session.info[_NOTES] = [entry for entry in notes if entry[0] != kind]
    return [item for noted, item in notes if noted == kind]


@event.listens_for(Session, "after_transaction_create")
def _mark(session: Session, transaction: SessionTransaction) -> None:
    if transaction.nested:
        session.info.setdefault(_MARKS, {})[transaction] = len(session.info.get(_NOTES, []))


@event.listens_for(Session, "after_soft_rollback")
def _forget(session: Session, previous: SessionTransaction) -> None:
    # A savepoint has already ended when this is told, so its mark is kept until the outermost end.
    if previous.nested and previous in session.info.get(_MARKS, {}):
        del session.info.get(_NOTES, [])[session.info[_MARKS][previous] :]


@event.listens_for(Session, "after_transaction_end")
def _end(session: Session, transaction: SessionTransaction) -> None:
    if transaction.parent is None:
        session.info.pop(_NOTES, None)
        session.info.pop(_MARKS, None)
