"""The full product of states, actions and parties against an expectation written by hand."""

import itertools

import pytest

from workflows.core.errors import Reason
from workflows.core.transitions import Action, Lifecycle, Party, Refusal, State, Transition, resolve
from workflows.lifecycle import LIFECYCLE

D, U, S, A, V = State
HOLDS = dict.fromkeys(LIFECYCLE.guard_names())

# action, from -> to, who. Everything that is not here is refused.
EXPECTED: dict[tuple[Action, State], tuple[State, set[Party]]] = {
    (Action.UPLOAD, D): (U, {Party.UNIT_STAFF, Party.UNIT_HEAD, Party.AGENCY_OPERATOR}),
    (Action.UPLOAD, U): (U, {Party.UNIT_STAFF, Party.UNIT_HEAD, Party.AGENCY_OPERATOR}),
    (Action.REFUSE, U): (D, {Party.SYSTEM}),
    (Action.REVIEW_ASK, D): (D, {Party.UNIT_STAFF, Party.UNIT_HEAD, Party.AGENCY_OPERATOR}),
    (Action.REVIEW_ACCEPT, D): (U, {Party.EVALUATOR}),
    (Action.REVIEW_DECLINE, D): (D, {Party.EVALUATOR}),
    (Action.SIGN, U): (S, {Party.SIGNER}),
    (Action.ACKNOWLEDGE, S): (A, {Party.ACKNOWLEDGER}),
    (Action.VERIFY, A): (V, {Party.EVALUATOR}),
    (Action.VERIFY_REST, A): (V, {Party.INSPECTOR}),
    (Action.RETURN, U): (D, {Party.SIGNER}),
    (Action.RETURN, S): (D, {Party.ACKNOWLEDGER}),
    (Action.RETURN, A): (D, {Party.EVALUATOR}),
    (Action.WITHDRAW, S): (U, {Party.SIGNER, Party.AGENCY_OPERATOR}),
    (Action.WITHDRAW, A): (U, {Party.SIGNER, Party.ACKNOWLEDGER, Party.AGENCY_OPERATOR}),
    (Action.REOPEN, V): (D, {Party.INSPECTOR}),
    (Action.CLOSE, D): (V, {Party.SYSTEM}),
    (Action.CLOSE, U): (V, {Party.SYSTEM}),
    (Action.CLOSE, S): (V, {Party.SYSTEM}),
    (Action.CLOSE, A): (V, {Party.SYSTEM}),
}

GUARDS: dict[tuple[Action, State], set[str]] = {
    (Action.UPLOAD, D): {"report_issued", "in_force", "not_outcome", "bytes_stored"},
    (Action.REFUSE, U): {"evidence_is_newest"},
    (Action.REVIEW_ASK, D): {
        "report_issued", "in_force", "not_outcome", "reviewable", "not_yet_reviewed", "reason_given",
    },
    (Action.REVIEW_ACCEPT, D): {
        "report_issued", "in_force", "not_outcome", "review_asked", "reviewable", "digest_agrees", "not_administrator",
        "evaluator_independent", "evaluator_from_elsewhere", "evidence_seen", "reason_given",
    },
    (Action.REVIEW_DECLINE, D): {
        "report_issued", "in_force", "not_outcome", "review_asked", "evaluator_independent", "evaluator_from_elsewhere", "reason_given",
    },
    (Action.SIGN, U): {
        "report_issued", "in_force", "not_outcome", "evidence_checked", "evidence_not_refused", "evidence_archived",
        "digest_agrees", "ink_undisputed", "not_administrator",
    },
    (Action.ACKNOWLEDGE, S): {
        "report_issued", "in_force", "not_outcome", "evidence_checked", "evidence_not_refused", "evidence_archived",
        "digest_agrees", "ink_undisputed", "not_administrator",
    },
    (Action.VERIFY, A): {
        "report_issued", "in_force", "not_outcome", "evidence_checked", "evidence_not_refused", "evidence_archived",
        "digest_agrees", "ink_undisputed", "not_administrator", "all_signed_off", "evaluator_independent", "evaluator_from_elsewhere", "evidence_seen",
        "warnings_answered", "ink_attested",
    },
    (Action.VERIFY_REST, A): {
        "report_issued", "in_force", "not_outcome", "evidence_checked", "evidence_not_refused", "evidence_archived",
        "digest_agrees", "ink_undisputed", "not_administrator", "all_signed_off", "evaluator_independent",
        "rest_of_sample",
    },
    (Action.RETURN, U): {"report_issued", "in_force", "not_outcome", "evidence_checked", "return_reason"},
    (Action.RETURN, S): {"report_issued", "in_force", "not_outcome", "return_reason"},
    (Action.RETURN, A): {"report_issued", "in_force", "not_outcome", "evaluator_independent", "evaluator_from_elsewhere", "return_reason"},
    (Action.WITHDRAW, S): {"report_issued", "in_force", "not_outcome", "reason_given"},
    (Action.WITHDRAW, A): {"report_issued", "in_force", "not_outcome", "reason_given"},
    (Action.REOPEN, V): {"report_issued", "in_force", "not_outcome", "reason_given"},
    (Action.CLOSE, D): {"in_force", "is_outcome"},
}  # fmt: skip


@pytest.mark.parametrize(("state", "action", "party"), list(itertools.product(State, Action, Party)))
def test_every_state_action_and_party_comes_to_what_the_page_says(state: State, action: Action, party: Party) -> None:
    outcome = resolve(LIFECYCLE, state, action, frozenset({party}), HOLDS)
    expected = EXPECTED.get((action, state))
    if expected is not None and party in expected[1]:
        assert outcome == expected[0]
        return
    assert isinstance(outcome, Refusal)
    may_elsewhere = any(a == action and party in parties for (a, _), (_, parties) in EXPECTED.items())
    assert bool(outcome.legality) == (expected is None)
    assert bool(outcome.permission) == (expected is not None or not may_elsewhere)


@pytest.mark.parametrize("key", list(GUARDS), ids=lambda key: f"{key[0]}-{key[1]}")
def test_each_step_asks_exactly_what_must_hold_and_tells_all_reasons_at_once(key: tuple[Action, State]) -> None:
    action, state = key
    failing = {name: Reason(name, name) for name in HOLDS}
    outcome = resolve(LIFECYCLE, state, action, frozenset(EXPECTED[key][1]), failing)
    assert isinstance(outcome, Refusal)
    assert {reason.code for reason in outcome.reasons} == GUARDS[key]


@pytest.mark.parametrize("state", [U, S, A])
def test_sign_again_keeps_the_evidence(state: State) -> None:
    party = EXPECTED[Action.RETURN, state][1]
    assert resolve(LIFECYCLE, state, Action.RETURN, frozenset(party), HOLDS, reason_code="SIGN_AGAIN") == U


def test_a_step_listed_twice_is_a_mistake() -> None:
    step = Transition(Action.SIGN, frozenset({U}), S, frozenset({Party.SIGNER}))
    with pytest.raises(ValueError, match="twice"):
        Lifecycle(D, [*LIFECYCLE.transitions, step])


def test_a_state_that_cannot_be_reached_or_left_is_a_mistake() -> None:
    ways = (Action.VERIFY, Action.VERIFY_REST, Action.CLOSE)
    steps = [step for step in LIFECYCLE.transitions if step.action not in ways]
    with pytest.raises(ValueError, match="never reached"):
        Lifecycle(D, steps)
    steps = [step for step in LIFECYCLE.transitions if step.action != Action.REOPEN]
    with pytest.raises(ValueError, match="no way out"):
        Lifecycle(D, steps)
