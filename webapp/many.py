"""Many steps asked for at once, on a page or by the API.

Each is a move of its own in a transaction of its own: one that is refused takes nothing from the others, its refusal is
kept like any other, and no lock is held while the next one is asked for, so that two people with overlapping lists
never wait for each other crosswise. Savepoints inside one transaction would hold all locks.
"""

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any

from flask import current_app
from sqlalchemy.orm.exc import StaleDataError

from webapp.errors import WORDS
from webapp.idempotency import Answer, Key
from webapp.pages.refusals import Errors, note
from workflows.core.actors import Actor
from workflows.core.db import db
from workflows.core.errors import InvalidInputError, Reason, StaleStateError, WorkflowError
from workflows.core.transitions import Action
from workflows.plans.models import Requirement
from workflows.plans.queries import requirement_to_move
from workflows.plans.rules import act

INCOMPLETE = Reason("sheet", "Formulir ini tidak lengkap. Muat ulang halaman lalu coba lagi.")
NOTHING_CHOSEN = Reason("nothing_chosen", "Pilih sedikitnya satu dokumen.")
_BROKEN = Reason("internal", WORDS[500][1])


@dataclass(frozen=True)
class Step:
    """One thing to do to one requirement, exactly as the person has it before him."""

    requirement_id: uuid.UUID
    action: Action
    version: int
    sha256: str | None = None
    reason: str | None = None
    reason_code: str | None = None
    ink_seen: bool = False
    batch: uuid.UUID | None = None
    """The confirmed batch with whose rest it moves."""

    @classmethod
    def read(cls, text: str, allowed: Collection[Action]) -> "Step":
        """Read :func:`form_value` back. :raises InvalidInputError: it is not one of ours."""
        try:
            action, requirement_id, version, sha256 = text.split(" ")
            found = cls(uuid.UUID(requirement_id), Action(action), int(version), sha256)
        except ValueError as error:
            raise InvalidInputError(INCOMPLETE) from error
        if found.action not in allowed or not 0 < found.version < 2**31:
            raise InvalidInputError(INCOMPLETE)
        return found


@dataclass(frozen=True)
class Outcome:
    """What became of one step: where the requirement stands now, or every reason why the step was not taken."""

    step: Step
    status: HTTPStatus
    reasons: tuple[Reason, ...] = ()
    state: str | None = None
    version: int | None = None

    @property
    def done(self) -> bool:
        """Return whether the step was taken."""
        return self.status < HTTPStatus.BAD_REQUEST


def form_value(action: Action, row: Requirement, sha256: str) -> str:
    """Return what travels in a form: the step and exactly what the person has before him."""
    return f"{action} {row.id} {row.version} {sha256}"


def read_steps(values: Sequence[str], allowed: Collection[Action], *, most: int) -> list[Step]:
    """Return the ticked steps of a form, each once.

    :raises InvalidInputError: none is ticked, there are more than the page shows, or one of them is not ours.
    """
    ticked = list(dict.fromkeys(values))
    if not ticked:
        raise InvalidInputError(NOTHING_CHOSEN)
    if len(ticked) > most:
        raise InvalidInputError(INCOMPLETE)
    return [Step.read(text, allowed) for text in ticked]


def refusal_pairs(titles: Mapping[uuid.UUID, str], refused: Mapping[uuid.UUID, str]) -> Errors:
    """Return every refusal with a way to its document, where that is still on the page. :param titles: of those."""
    return [
        (f"item-{key}", f"{titles[key]}: {sentence}") if key in titles else (None, sentence)
        for key, sentence in refused.items()
    ]


def take_each(steps: Sequence[Step], person: Actor, *, key: Key | None = None, asked: str = "") -> list[Outcome]:
    """Take the steps one after the other and say of each what became of it.

    :param key: the request's ``Idempotency-Key``: a step that was taken under it is not taken again and has its first
        outcome, one that was refused is asked for anew. So whoever lost the connection halfway sends the same again.
    :param asked: the fingerprint of what was asked. :raises RefusedError: 422, the key was used for another list.
    """
    if key is not None:
        key.claim(asked, status=HTTPStatus.OK)
        db.session.commit()
    keys = [replace(key, route=f"{key.route} #{place}") if key else None for place in range(len(steps))]
    return [_settle(step, person, own, asked) for step, own in zip(steps, keys, strict=True)]


def _settle(step: Step, person: Actor, key: Key | None, asked: str) -> Outcome:
    try:
        first = key.claim(asked) if key else None
        outcome = _recalled(step, first) if first else _take(step, person)
        if key and not first:
            key.keep(status=outcome.status, content={"state": outcome.state, "version": outcome.version})
        db.session.commit()
    except WorkflowError as error:
        return Outcome(step, note(error), tuple(error.reasons))
    except StaleDataError:
        stale = StaleStateError()
        return Outcome(step, note(stale), tuple(stale.reasons))
    except Exception:
        # The next one may still be taken, and what was taken already is to be told.
        db.session.rollback()
        current_app.logger.exception("step.failed")
        return Outcome(step, HTTPStatus.INTERNAL_SERVER_ERROR, (_BROKEN,))
    return outcome


def _take(step: Step, person: Actor) -> Outcome:
    row = act(
        requirement_to_move(step.requirement_id, person),
        step.action,
        actor=person,
        version=step.version,
        sha256=step.sha256,
        reason=step.reason,
        reason_code=step.reason_code,
        ink_seen=step.ink_seen,
        batch=step.batch,
    )
    return Outcome(step, HTTPStatus.OK, state=row.state, version=row.version)


def _recalled(step: Step, first: Answer) -> Outcome:
    content: Mapping[str, Any] = first.content
    return Outcome(step, HTTPStatus(first.status), state=content["state"], version=content["version"])
