"""The requirements that one file is sent for: what they are called, who may send it, and what speaks against it.

Nothing here asks the database, so that a grid of any size is judged at once.
"""

import uuid
from collections.abc import Iterator, Sequence

from workflows.core.actors import Actor, Post
from workflows.core.errors import Reason
from workflows.core.moves import Move, attempt
from workflows.core.sentences import Template
from workflows.core.transitions import Action, Refusal
from workflows.plans.models import Requirement
from workflows.plans.operations import ROMAN
from workflows.plans.rules import RULES

_NAMED = Template("Untuk %(cell)s: %(reason)s", words=("reason",))
SEVERAL_AGENCIES = Reason("several_agencies", "Satu berkas dikirim untuk satu perangkat daerah saja.")
NOT_SIGNER = Reason("not_signer", "Anda tidak memegang jabatan penanda tangan untuk berkas ini.")
SEVERAL_POSTS = Reason(
    "several_posts",
    "Yang dipilih ditandatangani dalam jabatan yang berbeda-beda; kirim dahulu, lalu tanda tangani satu per satu.",
)


def name_of(requirement: Requirement) -> str:
    """Return what people call a requirement beside others of its agency: unit and quarter, else its title."""
    if requirement.quarter is None:
        return requirement.title
    return f"{requirement.unit.name}, TW {ROMAN[requirement.quarter - 1]}"


def named(reason: Reason, requirement: Requirement, among: Sequence[Requirement]) -> Reason:
    """Return a reason that says which requirement it is about, where there are several."""
    if len(among) == 1:
        return reason
    return Reason(reason.code, _NAMED(cell=name_of(requirement), reason=reason.message))


def upload_refusals(requirements: Sequence[Requirement], actor: Actor) -> dict[uuid.UUID, Refusal]:
    """Return why ``actor`` may not send a file now, by the id of each requirement where that is so."""
    outcomes = {row.id: attempt(RULES, Move(row, Action.UPLOAD, actor, hypothetical=True)) for row in requirements}
    return {key: outcome for key, outcome in outcomes.items() if isinstance(outcome, Refusal)}


def signing_post(requirements: Sequence[Requirement], actor: Actor) -> Post | None:
    """Return the one post in which ``actor`` would sign a file for all of these; ``None`` where there is none."""
    posts = {actor.post_at(row.signing_position_id) for row in requirements}
    return posts.pop() if len(posts) == 1 else None


def require_uploadable(requirements: Sequence[Requirement], actor: Actor, *, sign: bool = False) -> None:
    """Refuse unless one file may be sent for all of these.

    :param sign: the file is to be signed in the same act.
    :raises WorkflowError: of the weightiest kind, with every reason of every requirement, each named where there are
        several.
    """
    refusals = upload_refusals(requirements, actor)
    refused = [(row, refusals[row.id]) for row in requirements if row.id in refusals]
    refusal = Refusal(
        permission=tuple(named(reason, row, requirements) for row, why in refused for reason in why.permission),
        legality=tuple(named(reason, row, requirements) for row, why in refused for reason in why.legality),
        guards=(
            *(named(reason, row, requirements) for row, why in refused for reason in why.guards),
            *_against_together(requirements, actor, sign=sign),
        ),
    )
    if refusal.reasons:
        raise refusal.error()


def _against_together(requirements: Sequence[Requirement], actor: Actor, *, sign: bool) -> Iterator[Reason]:
    if len({row.agency_id for row in requirements}) > 1:
        yield SEVERAL_AGENCIES
    if not sign or signing_post(requirements, actor) is not None:
        return
    foreign = [row for row in requirements if actor.post_at(row.signing_position_id) is None]
    yield from (named(NOT_SIGNER, row, requirements) for row in foreign)
    if not foreign:
        yield SEVERAL_POSTS
