"""What a lifecycle is made of, and the pure rule that reads it.

Nothing here knows a database or a stage. :func:`resolve` answers with the new state or with **all** reasons
why not; the same table gives the guard, the buttons, the API's ``allowed_actions`` and the diagram.
"""

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from workflows.core.errors import (
    GuardFailedError,
    PermissionDeniedError,
    Reason,
    TransitionNotAllowedError,
    WorkflowError,
)


class State(enum.StrEnum):
    """The five states, the same for a requirement and for a recommendation, in their order."""

    DRAFTED = "drafted"
    EVIDENCE_UPLOADED = "evidence_uploaded"
    SIGNED = "signed"
    ACKNOWLEDGED = "acknowledged"
    VERIFIED = "verified"

    @property
    def rank(self) -> int:
        """Return how far this state is, 0 to 4."""
        return list(State).index(self)


class Action(enum.StrEnum):
    """What can be done to a requirement."""

    UPLOAD = "upload"
    REFUSE = "refuse"
    SIGN = "sign"
    ACKNOWLEDGE = "acknowledge"
    VERIFY = "verify"
    VERIFY_REST = "verify_rest"
    """The rest of a batch moves once all that was drawn from it is verified and an inspector stands for it."""
    RETURN = "return"
    WITHDRAW = "withdraw"
    REOPEN = "reopen"
    REVIEW_ASK = "review_ask"
    """*Minta ditinjau*: an evaluator is to look at a file that the checks refused."""
    REVIEW_ACCEPT = "review_accept"
    REVIEW_DECLINE = "review_decline"
    CLOSE = "close"
    """Only for outcomes: the next report settles what no file can."""


class Party(enum.StrEnum):
    """In which quality somebody stands before one requirement on that day."""

    UNIT_STAFF = "unit_staff"
    UNIT_HEAD = "unit_head"
    AGENCY_OPERATOR = "agency_operator"
    SIGNER = "signer"
    """Holds the requirement's signing position."""
    ACKNOWLEDGER = "acknowledger"
    """Holds the requirement's acknowledging position."""
    EVALUATOR = "evaluator"
    INSPECTOR = "inspector"
    SYSTEM = "system"


@dataclass(frozen=True)
class Transition:
    """One legal step."""

    action: Action
    sources: frozenset[State]
    target: State
    parties: frozenset[Party]
    guards: tuple[str, ...] = ()
    """Names of what must hold; each is registered by the stage that knows it."""
    event: str = ""
    target_for: Mapping[str, State] = field(default_factory=dict)
    """Another target for some reason codes."""

    def target_of(self, reason_code: str | None) -> State:
        """Return where this step leads with that reason code."""
        return self.target_for.get(reason_code or "", self.target)


@dataclass(frozen=True)
class Refusal:
    """Why not: the parts are kept apart, because each has its own meaning to a caller."""

    permission: tuple[Reason, ...] = ()
    legality: tuple[Reason, ...] = ()
    guards: tuple[Reason, ...] = ()

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """Return all reasons, the weightiest first."""
        return self.permission + self.legality + self.guards

    def error(self) -> WorkflowError:
        """Return the error of the weightiest kind, carrying all reasons."""
        if self.permission:
            return PermissionDeniedError(*self.reasons)
        if self.legality:
            return TransitionNotAllowedError(*self.reasons)
        return GuardFailedError(*self.reasons)


class Lifecycle:
    """A table of transitions that checks itself when it is built.

    :raises ValueError: when a step is listed twice, a state cannot be reached, or a state has no way out.
    """

    def __init__(self, initial: State, transitions: Sequence[Transition]) -> None:
        self.initial = initial
        self.transitions = tuple(transitions)
        pairs = [
            (step.action, source, party) for step in transitions for source in step.sources for party in step.parties
        ]
        if len(pairs) != len(set(pairs)):
            raise ValueError("a step is listed twice for the same state and party")
        reached, frontier = {initial}, [initial]
        while frontier:
            state = frontier.pop()
            for step in transitions:
                for target in {step.target, *step.target_for.values()} if state in step.sources else ():
                    if target not in reached:
                        reached.add(target)
                        frontier.append(target)
        if reached != set(State):
            raise ValueError(f"never reached: {sorted(set(State) - reached)}")
        self._steps = {action: tuple(step for step in transitions if step.action == action) for action in Action}
        stuck = set(State) - {source for step in transitions for source in step.sources}
        if stuck:
            raise ValueError(f"no way out of: {sorted(stuck)}")

    def steps(self, action: Action) -> tuple[Transition, ...]:
        """Return the steps of an action."""
        return self._steps[action]

    def guard_names(self) -> frozenset[str]:
        """Return the names of all guards in the table."""
        return frozenset(name for step in self.transitions for name in step.guards)


Facts = Mapping[str, Reason | None]
"""Per guard: ``None`` when it holds, else the reason why not."""


def resolve(
    lifecycle: Lifecycle,
    state: State,
    action: Action,
    parties: frozenset[Party],
    facts: Facts,
    *,
    reason_code: str | None = None,
) -> State | Refusal:
    """Return where ``action`` leads from ``state``, or every reason why it may not be done.

    Permission comes first, then legality, then what must hold: a person who may never do this learns that, and
    only whoever may do it elsewhere learns that it is not the time.
    """
    steps = lifecycle.steps(action)
    mine = [step for step in steps if step.parties & parties]
    here = [step for step in steps if state in step.sources]
    both = next((step for step in mine if state in step.sources), None)
    if both is not None:
        failed = tuple(reason for name in both.guards if (reason := facts[name]) is not None)
        return Refusal(guards=failed) if failed else both.target_of(reason_code)
    legality = () if here else (Reason("illegal_move", TransitionNotAllowedError.default_message),)
    if mine and not here:
        return Refusal(legality=legality)
    return Refusal(permission=(Reason("not_allowed", PermissionDeniedError.default_message),), legality=legality)


def step_for(lifecycle: Lifecycle, state: State, action: Action, parties: frozenset[Party]) -> Transition | None:
    """Return the step that ``action`` takes from ``state`` for these parties, if there is one."""
    return next((step for step in lifecycle.steps(action) if state in step.sources and step.parties & parties), None)
