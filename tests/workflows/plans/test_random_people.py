"""Random people do random things to many requirements; whatever happens, the invariants hold."""

import hashlib

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from tests.support.databases import Databases
from tests.support.deliveries import check, deliver
from tests.support.offices import Office, build_office, database_app, issue_plan, plan_document
from workflows.core import audit
from workflows.core.db import db
from workflows.core.errors import WorkflowError
from workflows.core.transitions import Action, State
from workflows.evidence.models import CheckState, Evidence
from workflows.plans.models import Requirement, requirement_recommendation
from workflows.plans.operations import waive
from workflows.plans.rules import act
from workflows.recommendations.models import Recommendation
from workflows.signoff.models import SignOff, SignOffRole
from workflows.signoff.operations import RETURN_CODES
from workflows.verification.models import Verification
from workflows.verification.operations import read_report

PEOPLE = (
    "head", "operator", "head_sek", "head_b1", "head_b2", "staff_b1", "other_head", "evaluator", "inspector", "admin",
)  # fmt: skip
MOVES = (Action.SIGN, Action.ACKNOWLEDGE, Action.VERIFY, Action.RETURN, Action.WITHDRAW, Action.REOPEN)


@pytest.fixture(scope="module")
def crowd(databases: Databases):
    """A committed office with an issued plan of six cells, a report and an outcome."""
    with databases.clone() as addresses, database_app(addresses.database_worker_url):
        office = build_office()
        report = issue_plan(office, document=plan_document(quarters=(1, 2)))
        db.session.commit()
        ids = list(
            db.session.scalars(
                sa.select(Requirement.id).where(Requirement.report_id == report.id).order_by(Requirement.id)
            )
        )
        db.session.commit()
        yield office, ids


class Crowd(RuleBasedStateMachine):
    """Ten people, eight requirements."""

    office: Office
    ids: list
    reached: set[State]

    @initialize()
    def begin(self) -> None:
        """Start from the committed office."""
        self.engine = db.engine
        self.connection = self.engine.connect()
        self.outer = self.connection.begin()
        db.session.remove()
        db.engines[None] = self.connection
        db.session.configure(join_transaction_mode="create_savepoint")
        for account in self.office.accounts.values():
            db.session.add(account)

    def teardown(self) -> None:
        """Whatever happened, the chains hold; then forget it all."""
        if not hasattr(self, "outer"):
            return
        audit.link(db.session())
        problems = [report for report in audit.verify_all() if report.problem]
        db.session.remove()
        db.session.configure(join_transaction_mode="conditional_savepoint")
        self.outer.rollback()
        self.connection.close()
        db.engines[None] = self.engine
        assert not problems

    def requirement(self, index: int) -> Requirement:
        """Return one of the requirements."""
        return db.session.get_one(Requirement, self.ids[index % len(self.ids)])

    @rule(index=st.integers(0, 7), who=st.sampled_from(PEOPLE), content=st.sampled_from("abc"))
    def upload(self, index: int, who: str, content: str) -> None:
        """Somebody uploads something."""
        self.attempt(lambda: deliver(self.requirement(index), self.office.actor(who), text=content))

    @rule(index=st.integers(0, 7), verdict=st.sampled_from(["accept", "accept", "warn", "reject"]))
    def judge(self, index: int, verdict: str) -> None:
        """The check of the newest delivery ends."""
        evidence = self.newest(index)
        if evidence is not None and evidence.check_state == CheckState.WAITING:
            self.attempt(lambda: check(evidence, verdict=verdict))

    @rule(index=st.integers(0, 7), who=st.sampled_from(PEOPLE))
    def read(self, index: int, who: str) -> None:
        """Somebody reads the newest report."""
        evidence = self.newest(index)
        if evidence is not None:
            read_report(evidence, actor=self.office.actor(who))
            db.session.commit()

    @rule(
        index=st.integers(0, 7), who=st.sampled_from(PEOPLE), action=st.sampled_from(MOVES),
        right=st.booleans(), code=st.sampled_from([*RETURN_CODES, "NONSENSE"]),
    )  # fmt: skip
    def act(self, index: int, who: str, action: Action, right: bool, code: str) -> None:
        """Somebody tries a step, with the right digest or another."""
        evidence = self.newest(index)
        digest = evidence.sha256 if evidence is not None and right else hashlib.sha256(b"else").hexdigest()
        self.attempt(
            lambda: act(
                self.requirement(index),
                action,
                actor=self.office.actor(who),
                sha256=digest,
                reason="alasan",
                reason_code=code,
            )
        )

    @rule(index=st.integers(0, 2))
    def go_on(self, index: int) -> None:
        """Whoever is next takes the step, so that runs reach the end too."""
        requirement, evidence = self.requirement(index), self.newest(index)
        if requirement.state == State.DRAFTED:
            content = f"{index} {requirement.round} {requirement.version}"
            self.attempt(lambda: deliver(self.requirement(index), self.office.actor("operator"), text=content))
        elif evidence is not None and evidence.check_state != CheckState.DONE:
            self.attempt(lambda: check(evidence))
        elif evidence is not None and requirement.state != State.VERIFIED:
            action, who = {
                State.EVIDENCE_UPLOADED: (Action.SIGN, f"head_{requirement.unit.code}"),
                State.SIGNED: (Action.ACKNOWLEDGE, "head"),
                State.ACKNOWLEDGED: (Action.VERIFY, "evaluator"),
            }[requirement.state]
            actor = self.office.actor(who)
            read_report(evidence, actor=actor)
            db.session.commit()
            self.attempt(lambda: act(self.requirement(index), action, actor=actor, sha256=evidence.sha256, reason="ya"))
        self.reached.add(self.requirement(index).state)

    @rule(index=st.integers(0, 7), who=st.sampled_from(PEOPLE))
    def waive(self, index: int, who: str) -> None:
        """Somebody tries to waive."""
        if index == 3:
            self.attempt(lambda: waive(self.requirement(index), reason="ganda", actor=self.office.actor(who)))

    def attempt(self, step) -> None:
        """Commit what the rules allow, roll back what they refuse."""
        try:
            step()
            db.session.commit()
        except WorkflowError:
            db.session.rollback()

    def newest(self, index: int) -> Evidence | None:
        """Return the newest delivery of a requirement."""
        key = self.requirement(index).newest_evidence_id
        return db.session.get(Evidence, key) if key else None

    @invariant()
    def recommendations_stand_at_the_minimum(self) -> None:
        """A recommendation is where its least advanced requirement in force is."""
        if not hasattr(self, "outer"):
            return
        link = requirement_recommendation.c
        for recommendation in db.session.scalars(sa.select(Recommendation)):
            query = sa.select(Requirement._state).join(
                requirement_recommendation, link.requirement_id == Requirement.id
            )
            states = db.session.scalars(
                query.where(link.recommendation_id == recommendation.id, Requirement.waived_at.is_(None))
            ).all()
            assert recommendation.state == min(states, key=lambda state: state.rank, default=State.DRAFTED)

    @invariant()
    def sign_offs_name_their_digest_and_nothing_is_verified_without_them(self) -> None:
        """No standing sign-off of other bytes; verified means signed, acknowledged and verified, of the same digest."""
        if not hasattr(self, "outer"):
            return
        for requirement in db.session.scalars(sa.select(Requirement)).unique():
            evidence = (
                db.session.get(Evidence, requirement.newest_evidence_id) if requirement.newest_evidence_id else None
            )
            query = sa.select(SignOff).where(SignOff.requirement_id == requirement.id, SignOff.voided_at.is_(None))
            standing = db.session.scalars(query).all()
            assert all(evidence is not None and row.sha256 == evidence.sha256 for row in standing)
            roles = {row.role for row in standing}
            assert (SignOffRole.SIGNED in roles) == (requirement.state.rank >= State.SIGNED.rank)
            assert (SignOffRole.ACKNOWLEDGED in roles) == (requirement.state.rank >= State.ACKNOWLEDGED.rank)
            if requirement.state == State.VERIFIED:
                found = db.session.scalars(
                    sa.select(Verification).where(
                        Verification.requirement_id == requirement.id, Verification.voided_at.is_(None)
                    )
                ).all()
                assert [row.sha256 for row in found] == [evidence.sha256 if evidence else None]


def test_whatever_people_do_the_invariants_hold(crowd: tuple[Office, list]) -> None:
    class Bound(Crowd):
        office, ids = crowd
        reached: set[State] = set()  # noqa: RUF012 - shared by all runs on purpose

    run_state_machine_as_test(
        Bound,
        settings=settings(
            max_examples=10,
            stateful_step_count=40,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            derandomize=True,
        ),
    )
    assert State.VERIFIED in Bound.reached, "the runs never came to the end: this test would prove little"
