"""``move()``: the only writer of a state.

In this order: the rows are locked, then permission, legality and guards are asked (all reasons collected),
then the effect, the new state and the event are written, then whatever stands on this subject is locked and follows:
last, because many subjects stand under it. All in the caller's transaction. Parties, guards, effects and what follows
are registered by the stages that know them.
"""

import datetime as dt
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from workflows.core import audit
from workflows.core.actors import Actor, Post
from workflows.core.clock import now
from workflows.core.errors import Reason, StaleStateError
from workflows.core.transitions import Action, Lifecycle, Party, Refusal, State, resolve, step_for


class Moving(Protocol):
    """A row with a state that only this module writes."""

    id: uuid.UUID
    region_id: uuid.UUID
    agency_id: uuid.UUID
    version: int
    _state: State
    state_since: dt.datetime


Loader = Callable[[Sequence[Any], Actor], Any]


class Facts(Mapping[str, Any]):
    """What guards and effects need to know, looked up when first asked, for all subjects at once.

    A list of any length therefore costs the same number of queries as one row.
    """

    def __init__(self, rules: "Rules", subjects: Sequence[Any], actor: Actor) -> None:
        self._rules, self._subjects, self._actor = rules, subjects, actor
        self._known: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._known:
            self._known[name] = self._rules.loaders[name](self._subjects, self._actor)
        return self._known[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._rules.loaders)

    def __len__(self) -> int:
        return len(self._rules.loaders)

    def after_move(self) -> "Facts":
        """Return the facts about the same subjects once one of them moved: only what lasts is known already."""
        later = Facts(self._rules, self._subjects, self._actor)
        later._known = {name: known for name, known in self._known.items() if name in self._rules.lasting}
        return later


@dataclass
class Move:
    """One attempt: what is asked, by whom, with what in hand."""

    subject: Any
    action: Action
    actor: Actor
    sha256: str | None = None
    reason: str | None = None
    reason_code: str | None = None
    given: Mapping[str, Any] = field(default_factory=dict)
    """What the calling operation knows and no row tells yet."""
    hypothetical: bool = False
    """True when only asking which buttons to offer: what a person would type or look at counts as done."""
    parties: frozenset[Party] = frozenset()
    post: Post | None = None
    """In which post the actor acts."""
    facts: Mapping[str, Any] = field(default_factory=dict)
    at: dt.datetime | None = None


Guard = Callable[[Move], Reason | None]
Effect = Callable[[Move], Mapping[str, Any]]


@dataclass
class Rules:
    """What the stages taught the engine about one kind of subject."""

    lifecycle: Lifecycle
    lock: Callable[[Sequence[Any]], object]
    """Lock the subjects in the agreed order."""
    parties: Callable[[Any, Actor], frozenset[Party]]
    post_for: Callable[[Any, Action, Actor], Post | None]
    follow: Callable[..., None]
    """Called with the subjects once their states are written, ``cause=`` the actor and ``steps=`` from where to where
    they went: lock what stands on them and bring it along."""
    guards: dict[str, Guard] = field(default_factory=dict)
    effects: dict[Action, Effect] = field(default_factory=dict)
    loaders: dict[str, Loader] = field(default_factory=dict)
    lasting: set[str] = field(default_factory=set)
    """The facts that no move changes."""

    def check(self) -> None:
        """:raises LookupError: when the table names a guard that nobody registered, or the other way round."""
        named = self.lifecycle.guard_names()
        if named != set(self.guards):
            raise LookupError(f"guards not registered or not used: {sorted(named ^ set(self.guards))}")

    def guard(self, name: str) -> Callable[[Guard], Guard]:
        """Register a guard under the name the table uses."""

        def keep(function: Guard) -> Guard:
            self.guards[name] = function
            return function

        return keep

    def effect(self, action: Action) -> Callable[[Effect], Effect]:
        """Register what an action does besides the state; its answer goes into the event's details."""

        def keep(function: Effect) -> Effect:
            self.effects[action] = function
            return function

        return keep

    def fact(self, name: str, *, lasting: bool = False) -> Callable[[Loader], Loader]:
        """Register how a fact is looked up for any number of subjects, and whether it lasts when one of them moves."""

        def keep(function: Loader) -> Loader:
            self.loaders[name] = function
            if lasting:
                self.lasting.add(name)
            return function

        return keep

    def facts(self, subjects: Sequence[Any], actor: Actor) -> Facts:
        """Return the facts about ``subjects`` as ``actor`` stands to them."""
        return Facts(self, subjects, actor)


def attempt(rules: Rules, asked: Move) -> State | Refusal:
    """Return what :func:`move` would come to, without writing anything."""
    subject = asked.subject
    asked.parties = asked.parties or rules.parties(subject, asked.actor)
    asked.facts = asked.facts or rules.facts([subject], asked.actor)
    step = step_for(rules.lifecycle, subject.state, asked.action, asked.parties)
    held = {name: rules.guards[name](asked) for name in (step.guards if step else ())}
    return resolve(rules.lifecycle, subject.state, asked.action, asked.parties, held, reason_code=asked.reason_code)


def move(rules: Rules, asked: Move, *, version: int | None = None) -> None:
    """Take one step.

    :param version: the version the caller looked at; ``None`` where the caller holds the lock already.
    :raises StaleStateError: somebody else moved it since.
    :raises PermissionDeniedError: not this person's step.
    :raises TransitionNotAllowedError: not from this state.
    :raises GuardFailedError: something that must hold does not; all reasons at once.
    """
    rules.lock([asked.subject])
    if version is not None and version != asked.subject.version:
        raise StaleStateError
    _take(rules, [asked])


def move_together(rules: Rules, asked: Sequence[Move]) -> None:
    """Take one person's steps on several subjects, all of them or none; what stands on them follows once.

    :raises WorkflowError: as :func:`move` does, for the first that is refused; nothing is written. Whoever wants the
        reasons of all asks :func:`attempt` before.
    """
    rules.lock([one.subject for one in asked])
    _take(rules, asked)


def _take(rules: Rules, asked: Sequence[Move]) -> None:
    """Take steps on subjects that are locked."""
    outcomes: list[State] = []
    for one in asked:
        outcome = attempt(rules, one)
        if isinstance(outcome, Refusal):
            raise outcome.error()
        outcomes.append(outcome)
    steps = [(one.subject.state, outcome) for one, outcome in zip(asked, outcomes, strict=True)]
    for one, outcome in zip(asked, outcomes, strict=True):
        _write(rules, one, outcome)
    rules.follow([one.subject for one in asked], cause=asked[0].actor, steps=steps)


def _write(rules: Rules, asked: Move, outcome: State) -> None:
    """Write what an allowed step comes to: its effect, the state, the event."""
    subject: Moving = asked.subject
    asked.at = now()
    asked.post = asked.post or rules.post_for(subject, asked.action, asked.actor)
    before = subject._state
    step = step_for(rules.lifecycle, before, asked.action, asked.parties)
    details = dict(rules.effects[asked.action](asked)) if asked.action in rules.effects else {}
    put_state(subject, outcome, at=asked.at)
    given = {"reason": asked.reason, "reason_code": asked.reason_code, "sha256": asked.sha256}
    audit.record(
        step.event if step else "",
        audit.Subject("requirement", subject.id, subject.region_id, subject.agency_id),
        actor=asked.actor,
        details={
            "from": before,
            "to": outcome,
            **{key: value for key, value in given.items() if value},
            **({"post": asked.post.printed} if asked.post else {}),
            **details,
        },
    )


def put_state(subject: Moving, state: State, *, at: dt.datetime) -> None:
    """Write a state. Only this module and the rule of the minimum come here."""
    subject._state = state
    subject.state_since = at
