"""The life of a requirement, on one page: the heart of the product.

A recommendation has the same five states and no steps of its own: it stands where its least advanced
requirement in force stands. Who may do what, from where to where, and what must hold is decided here and nowhere else.
"""

from workflows.core.transitions import Action, Lifecycle, Party, State, Transition

S, A, P = State, Action, Party

SIGN_AGAIN = "SIGN_AGAIN"
"""Reason code of a return that keeps the evidence and asks only for a new signature."""

_CURRENT = ("report_issued", "in_force", "not_outcome")
_EVIDENCE = ("evidence_checked", "evidence_not_refused", "evidence_archived", "digest_agrees", "ink_undisputed")
_APART = "not_administrator"
_FREE = ("evaluator_independent", "evaluator_from_elsewhere")
_REASON = ("reason_given",)
_BACK = {SIGN_AGAIN: S.EVIDENCE_UPLOADED}


def _step(
    action: Action,
    sources: set[State],
    target: State,
    parties: set[Party],
    *guards: str,
    event: str,
    **more: dict[str, State],
) -> Transition:
    return Transition(action, frozenset(sources), target, frozenset(parties), guards, f"requirement.{event}", **more)


LIFECYCLE = Lifecycle(
    S.DRAFTED,
    [
        _step(
            A.UPLOAD, {S.DRAFTED, S.EVIDENCE_UPLOADED}, S.EVIDENCE_UPLOADED,
            {P.UNIT_STAFF, P.UNIT_HEAD, P.AGENCY_OPERATOR},
            *_CURRENT, "bytes_stored", event="uploaded",
        ),
        _step(A.REFUSE, {S.EVIDENCE_UPLOADED}, S.DRAFTED, {P.SYSTEM}, "evidence_is_newest", event="refused"),
        _step(
            A.REVIEW_ASK, {S.DRAFTED}, S.DRAFTED, {P.UNIT_STAFF, P.UNIT_HEAD, P.AGENCY_OPERATOR},
            *_CURRENT, "reviewable", "not_yet_reviewed", *_REASON, event="review_asked",
        ),
        _step(
            A.REVIEW_ACCEPT, {S.DRAFTED}, S.EVIDENCE_UPLOADED, {P.EVALUATOR},
            *_CURRENT, "review_asked", "reviewable", "digest_agrees", _APART,
            *_FREE, "evidence_seen", *_REASON, event="review_accepted",
        ),
        _step(
            A.REVIEW_DECLINE, {S.DRAFTED}, S.DRAFTED, {P.EVALUATOR},
            *_CURRENT, "review_asked", *_FREE, *_REASON, event="review_declined",
        ),
        _step(
            A.SIGN, {S.EVIDENCE_UPLOADED}, S.SIGNED, {P.SIGNER},
            *_CURRENT, *_EVIDENCE, _APART, event="signed",
        ),
        _step(
            A.ACKNOWLEDGE, {S.SIGNED}, S.ACKNOWLEDGED, {P.ACKNOWLEDGER},
            *_CURRENT, *_EVIDENCE, _APART, event="acknowledged",
        ),
        _step(
            A.VERIFY, {S.ACKNOWLEDGED}, S.VERIFIED, {P.EVALUATOR},
            *_CURRENT, *_EVIDENCE, _APART,
            "all_signed_off", *_FREE, "evidence_seen", "warnings_answered", "ink_attested",
            event="verified",
        ),
        _step(
            A.VERIFY_REST, {S.ACKNOWLEDGED}, S.VERIFIED, {P.INSPECTOR},
            *_CURRENT, *_EVIDENCE, _APART, "all_signed_off", "evaluator_independent", "rest_of_sample",
            event="verified",
        ),
        _step(
            A.RETURN, {S.EVIDENCE_UPLOADED}, S.DRAFTED, {P.SIGNER},
            *_CURRENT, "evidence_checked", "return_reason", event="returned", target_for=_BACK,
        ),
        _step(
            A.RETURN, {S.SIGNED}, S.DRAFTED, {P.ACKNOWLEDGER},
            *_CURRENT, "return_reason", event="returned", target_for=_BACK,
        ),
        _step(
            A.RETURN, {S.ACKNOWLEDGED}, S.DRAFTED, {P.EVALUATOR},
            *_CURRENT, *_FREE, "return_reason", event="returned", target_for=_BACK,
        ),
        _step(
            A.WITHDRAW, {S.SIGNED}, S.EVIDENCE_UPLOADED, {P.SIGNER, P.AGENCY_OPERATOR},
            *_CURRENT, *_REASON, event="withdrawn",
        ),
        _step(
            A.WITHDRAW, {S.ACKNOWLEDGED}, S.EVIDENCE_UPLOADED, {P.SIGNER, P.ACKNOWLEDGER, P.AGENCY_OPERATOR},
            *_CURRENT, *_REASON, event="withdrawn",
        ),
        _step(A.REOPEN, {S.VERIFIED}, S.DRAFTED, {P.INSPECTOR}, *_CURRENT, *_REASON, event="reopened"),
        _step(
            A.CLOSE, {S.DRAFTED, S.EVIDENCE_UPLOADED, S.SIGNED, S.ACKNOWLEDGED}, S.VERIFIED, {P.SYSTEM},
            "in_force", "is_outcome", event="closed",
        ),
    ],
)  # fmt: skip
