"""One file for several requirements: one receipt for all of them, or nothing at all."""

import json
from collections.abc import Callable
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa

from tests.support.deliveries import check, deliver
from tests.support.offices import CONSOLE, LONG_AGO, Office, issue_plan, plan_document, requirements_of
from workflows.core import audit
from workflows.core.db import db
from workflows.core.errors import GuardFailedError, PermissionDeniedError, TransitionNotAllowedError, WorkflowError
from workflows.core.models import AuditEvent, Job
from workflows.core.transitions import Action, State
from workflows.evidence.models import Evidence, EvidenceUse
from workflows.evidence.operations import Pages, Placement
from workflows.evidence.page_ranges import page_remarks
from workflows.evidence.queries import history_of, newest_of, uses_of
from workflows.organization.models import Position
from workflows.organization.operations import assign
from workflows.plans.models import Requirement
from workflows.plans.rules import act
from workflows.recommendations.models import EvaluationReport, Recommendation
from workflows.signoff.models import SignOff
from workflows.signoff.operations import take_effect

Cells = dict[str, Requirement]


@pytest.fixture
def cells(report: EvaluationReport) -> Cells:
    """The grid of the first agency, as ``<unit>-<quarter>``, with its ``report`` and ``outcome``."""
    return {
        f"{row.unit.code}-{row.quarter}" if row.quarter else row.kind.removeprefix("performance_"): row
        for row in requirements_of(report)
    }


def row_count(model: type[Any]) -> int:
    """Return how many rows there are."""
    return db.session.scalars(sa.select(sa.func.count()).select_from(model)).one()


def events(kind: str) -> list[AuditEvent]:
    """Return the events of a kind, oldest first."""
    audit.link(db.session())
    return list(db.session.scalars(sa.select(AuditEvent).where(AuditEvent.kind == kind).order_by(AuditEvent.seq)))


def details(event: AuditEvent) -> dict[str, Any]:
    """Return what an event says."""
    assert event.body
    return dict(json.loads(event.body)["details"])


@contextmanager
def refused(kind: type[WorkflowError], *expected: tuple[str, str]) -> Any:
    """Assert a refusal that gives exactly these reasons: code, and how the sentence begins; and that nothing is written."""
    before = row_count(Evidence), row_count(EvidenceUse), row_count(Job)
    with pytest.raises(kind) as error:
        yield
    found = sorted((reason.code, reason.message) for reason in error.value.reasons)
    assert [code for code, _text in found] == [code for code, _text in sorted(expected)]
    assert [text.startswith(start) for (_code, text), (_same, start) in zip(found, sorted(expected), strict=True)] == [
        True
    ] * len(expected), found
    db.session.flush()
    assert (row_count(Evidence), row_count(EvidenceUse), row_count(Job)) == before
    assert events("evidence.received") == []


def test_every_requirement_moves_and_gets_a_revision_of_its_own(office: Office, cells: Cells) -> None:
    deliver(cells["b1-1"], office.actor("staff_b1"), text="lama")
    chosen = cells["b2-2"], cells["b1-1"], cells["report"]
    evidence = deliver(chosen[0], office.actor("operator"), *chosen[1:])
    assert [row.state for row in chosen] == [State.EVIDENCE_UPLOADED] * 3
    assert [(use.requirement_id, use.revision) for use in uses_of(evidence)] == [
        (chosen[0].id, 1), (chosen[1].id, 2), (chosen[2].id, 1),
    ]  # fmt: skip
    assert {row.newest_evidence_id for row in chosen} == {evidence.id}
    received = events("evidence.received")[-1]
    assert details(received)["requirements"] == {str(chosen[0].id): 1, str(chosen[1].id): 2, str(chosen[2].id): 1}
    assert (details(received)["receipt"], received.id) == (evidence.receipt_number, evidence.received_event_id)
    assert [event.subject_id for event in events("requirement.uploaded")][-3:] == [row.id for row in chosen]
    assert row_count(Job) == 2


def test_the_recommendations_follow_once(office: Office, cells: Cells) -> None:
    grid = [row for name, row in cells.items() if "-" in name]
    deliver(grid[0], office.actor("operator"), *grid[1:])
    states = dict(db.session.execute(sa.select(Recommendation.number, Recommendation._state)).all())
    assert states == {
        "A-1": State.EVIDENCE_UPLOADED, "B-1": State.EVIDENCE_UPLOADED, "C-1": State.DRAFTED, "D-1": State.DRAFTED,
    }  # fmt: skip
    assert len(events("recommendation.moved")) == 2


def test_each_has_its_pages(office: Office, cells: Cells) -> None:
    first, second = cells["b1-1"], cells["b2-1"]
    evidence = deliver(
        first, office.actor("operator"), second, placement=Placement(pages={second.id: Pages(first=3, last=7)})
    )
    assert [(use.page_from, use.page_to) for use in uses_of(evidence)] == [(None, None), (3, 7)]
    assert details(events("evidence.received")[-1])["pages"] == {str(second.id): [3, 7]}


class TestPages:
    """What is said of pages that cannot be; nothing is kept from being sent."""

    def remarks(self, office: Office, pages: int | None, **ranges: tuple[Requirement, int, int]) -> list[list[str]]:
        rows = [row for row, _first, _last in ranges.values()]
        named = {row.id: Pages(first, last) for row, first, last in ranges.values()}
        evidence = deliver(rows[0], office.actor("operator"), *rows[1:], placement=Placement(pages=named))
        found = page_remarks(uses_of(evidence), pages=pages)
        return [[reason.code for reason in found[row.id]] for row in rows]

    def test_pages_beyond_the_end_are_named_once_they_were_counted(self, office: Office, cells: Cells) -> None:
        assert self.remarks(office, None, b1=(cells["b1-1"], 1, 3), b2=(cells["b2-1"], 4, 9)) == [[], []]
        assert self.remarks(office, 8, b1=(cells["b1-2"], 1, 8), b2=(cells["b2-2"], 9, 9)) == [[], ["pages_beyond"]]

    @pytest.mark.parametrize(
        ("first", "second", "told"),
        [
            ((1, 3), (4, 6), False),
            ((1, 3), (3, 6), False),  # one ends and the next begins on the same page
            ((1, 4), (3, 6), True),
            ((1, 9), (2, 3), True),
            ((2, 2), (2, 2), True),
        ],
    )
    def test_reports_of_two_units_do_not_share_their_pages(
        self, office: Office, cells: Cells, first: tuple[int, int], second: tuple[int, int], told: bool
    ) -> None:
        found = self.remarks(office, None, b1=(cells["b1-1"], *first), b2=(cells["b2-1"], *second))
        assert found == [["pages_overlap"] * told] * 2

    def test_a_performance_report_shows_several_things_on_one_page(self, office: Office, cells: Cells) -> None:
        assert self.remarks(office, 9, b1=(cells["b1-1"], 1, 5), report=(cells["report"], 1, 9)) == [[], []]


class TestAllOrNothing:
    """One that cannot take the file keeps all from taking it, and all reasons are given at once."""

    def test_not_this_persons(self, office: Office, cells: Cells) -> None:
        with refused(
            PermissionDeniedError,
            ("not_allowed", "Untuk Bidang B2, TW I: "),
            ("not_allowed", "Untuk Bidang SEK, TW II: "),
        ):
            deliver(cells["b1-1"], office.actor("staff_b1"), cells["b2-1"], cells["sek-2"])
        assert cells["b1-1"].state == State.DRAFTED

    def test_out_of_step_and_no_file_at_all(self, office: Office, cells: Cells) -> None:
        signed = cells["b1-1"]
        evidence = check(deliver(signed, office.actor("head_b1")))
        act(signed, Action.SIGN, actor=office.actor("head_b1"), sha256=evidence.sha256)
        before = row_count(EvidenceUse)
        with pytest.raises(TransitionNotAllowedError) as error:
            deliver(cells["b1-2"], office.actor("operator"), signed, cells["outcome"])
        assert {reason.code: reason.message.split(":")[0] for reason in error.value.reasons} == {
            "illegal_move": "Untuk Bidang B1, TW I",
            "outcome": "Untuk Kenaikan nilai evaluasi AKIP",
        }
        assert (row_count(EvidenceUse), cells["b1-2"].state) == (before, State.DRAFTED)

    def test_several_agencies(self, office: Office, cells: Cells) -> None:
        other = issue_plan(office, document=plan_document(quarters=(1,)), agency=office.agencies[1])
        hold(office, "other_operator", "operator")
        with refused(GuardFailedError, ("several_agencies", "Satu berkas")):
            deliver(cells["b1-1"], office.actor("operator"), requirements_of(other)[0])

    def test_one_reason_names_nobody(self, office: Office, cells: Cells) -> None:
        with refused(PermissionDeniedError, ("not_allowed", "Anda tidak berwenang")):
            deliver(cells["b1-1"], office.actor("staff_b2"))


class TestSignedInTheSameAct:
    """Only in one post that signs for all of it."""

    def test_takes_effect_for_each(self, office: Office, cells: Cells) -> None:
        chosen = cells["b1-1"], cells["b1-2"], cells["b1-3"]
        evidence = deliver(chosen[0], office.actor("head_b1"), *chosen[1:], placement=Placement(sign=True))
        check(evidence)
        act(cells["b1-3"], Action.RETURN, actor=office.actor("head_b1"), reason_code="WRONG_PERIOD")
        take_effect(evidence.id)
        assert [row.state for row in chosen] == [State.SIGNED, State.SIGNED, State.DRAFTED]
        assert {row.requirement_id for row in db.session.scalars(sa.select(SignOff))} == {row.id for row in chosen[:2]}
        assert [event.subject_id for event in events("requirement.signing_dropped")] == [cells["b1-3"].id]

    def test_not_for_what_another_signs(self, office: Office, cells: Cells) -> None:
        hold(office, "head_b1", "operator")
        with refused(GuardFailedError, ("not_signer", "Untuk Bidang B2, TW I: ")):
            deliver(cells["b1-1"], office.actor("operator"), cells["b2-1"], placement=Placement(sign=True))

    def test_not_in_two_posts_at_once(self, office: Office, cells: Cells) -> None:
        hold(office, "head_b1", "head_b2")
        with refused(GuardFailedError, ("several_posts", "Yang dipilih")):
            deliver(cells["b1-1"], office.actor("head_b2"), cells["b2-1"], placement=Placement(sign=True))


def hold(office: Office, post_of: str, who: str) -> None:
    """Give somebody the post of another besides his own."""
    post = office.actor(post_of).posts[0]
    position = db.session.get_one(Position, post.position_id)
    assign(office.accounts[who].person, position, valid_from=LONG_AGO, confirmed=True, actor=CONSOLE)


class TestTheSameBytesAgain:
    """The same bytes from the same person are the same delivery where it stands in every place asked for."""

    @pytest.fixture
    def again(self, office: Office, cells: Cells) -> Callable[..., Evidence]:
        def send(*names: str, who: str = "operator", **placement: Any) -> Evidence:
            first, *others = (cells[name] for name in names)
            return deliver(first, office.actor(who), *others, placement=Placement(**placement))

        return send

    def test_for_the_same_cells_in_any_order(self, again: Callable[..., Evidence]) -> None:
        assert again("b1-1", "b2-1").id == again("b2-1", "b1-1").id
        assert (row_count(Evidence), row_count(EvidenceUse), row_count(Job)) == (1, 2, 1)

    def test_for_some_of_them(self, again: Callable[..., Evidence]) -> None:
        assert again("b1-1", "b2-1").id == again("b2-1").id

    def test_for_more_of_them_is_a_new_delivery_that_names_all(
        self, again: Callable[..., Evidence], cells: Cells
    ) -> None:
        first, second = again("b1-1"), again("b1-1", "b2-1")
        assert first.id != second.id
        assert [(use.requirement_id, use.revision) for use in uses_of(second)] == [
            (cells["b1-1"].id, 2), (cells["b2-1"].id, 1),
        ]  # fmt: skip

    def test_for_cells_that_two_deliveries_serve_is_a_new_one(self, again: Callable[..., Evidence]) -> None:
        assert len({again("b1-1").id, again("b2-1").id, again("b1-1", "b2-1").id}) == 3

    def test_after_one_came_back_is_a_new_delivery(
        self, again: Callable[..., Evidence], cells: Cells, office: Office
    ) -> None:
        first = check(again("b1-1", "b2-1"))
        act(cells["b1-1"], Action.RETURN, actor=office.actor("head_b1"), reason_code="INCOMPLETE")
        assert again("b1-1", "b2-1").id != first.id

    def test_by_another_person_is_a_new_delivery(self, again: Callable[..., Evidence]) -> None:
        assert again("b1-1").id != again("b1-1", who="staff_b1").id

    def test_a_signature_added_later_covers_all_or_is_a_new_delivery(
        self, again: Callable[..., Evidence], cells: Cells
    ) -> None:
        first = check(again("b1-1", "b1-2", who="head_b1"))
        part = again("b1-1", who="head_b1", sign=True)
        assert part.id != first.id
        assert first.sign_assignment_id is None
        take_effect(check(part).id)
        assert (cells["b1-1"].state, cells["b1-2"].state) == (State.SIGNED, State.EVIDENCE_UPLOADED)

    def test_a_signature_added_for_all_takes_effect(self, again: Callable[..., Evidence], cells: Cells) -> None:
        first = check(again("b1-1", "b1-2", who="head_b1"))
        assert again("b1-2", "b1-1", who="head_b1", sign=True).id == first.id
        take_effect(first.id)
        assert {cells["b1-1"].state, cells["b1-2"].state} == {State.SIGNED}


class TestWhatHappensToOneLeavesTheOthersAlone:
    """After the delivery each requirement goes its own way."""

    def test_a_refused_check_sends_back_all_whose_newest_it_is(self, office: Office, cells: Cells) -> None:
        evidence = deliver(cells["b1-1"], office.actor("operator"), cells["b2-1"], cells["sek-1"])
        newer = deliver(cells["b2-1"], office.actor("staff_b2"), text="lebih baru")
        check(evidence, verdict="reject")
        assert [cells[name].state for name in ("b1-1", "b2-1", "sek-1")] == [
            State.DRAFTED, State.EVIDENCE_UPLOADED, State.DRAFTED,
        ]  # fmt: skip
        assert cells["b2-1"].newest_evidence_id == newer.id
        assert {event.subject_id for event in events("requirement.refused")} == {cells["b1-1"].id, cells["sek-1"].id}

    def test_returned_withdrawn_and_replaced(self, office: Office, cells: Cells) -> None:
        evidence = check(deliver(cells["b1-1"], office.actor("operator"), cells["b2-1"], cells["sek-1"]))
        for name in ("b1", "b2"):
            act(cells[f"{name}-1"], Action.SIGN, actor=office.actor(f"head_{name}"), sha256=evidence.sha256)
        act(cells["b1-1"], Action.WITHDRAW, actor=office.actor("head_b1"), reason="Salah berkas.")
        newer = deliver(cells["b1-1"], office.actor("staff_b1"), text="yang benar")
        act(cells["sek-1"], Action.RETURN, actor=office.actor("head_sek"), reason_code="WRONG_UNIT")
        assert cells["b2-1"].state == State.SIGNED
        standing = db.session.scalars(sa.select(SignOff).where(SignOff.voided_at.is_(None))).all()
        assert [row.requirement_id for row in standing] == [cells["b2-1"].id]
        found = newest_of([cells["b1-1"], cells["b2-1"], cells["sek-1"]])
        assert {name: found[cells[f"{name}-1"].id].evidence_id for name in ("b1", "b2", "sek")} == {
            "b1": newer.id, "b2": evidence.id, "sek": evidence.id,
        }  # fmt: skip
        assert [use.evidence_id for use in history_of(cells["b1-1"])] == [newer.id, evidence.id]


def test_the_number_of_statements_hardly_depends_on_the_number_of_requirements(office: Office, cells: Cells) -> None:
    grid = [row for name, row in cells.items() if "-" in name]
    statements: list[str] = []

    def listen(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        statements.append(statement.split()[0])

    def counted(*chosen: Requirement, text: str) -> tuple[int, int, int]:
        statements.clear()
        deliver(chosen[0], actor, *chosen[1:], text=text)
        db.session.flush()
        return statements.count("SELECT"), statements.count("INSERT"), statements.count("UPDATE")

    actor, connection = office.actor("operator"), db.session.connection()
    sa.event.listen(connection, "before_cursor_execute", listen)
    counted(*grid, text="satu")
    one, all_of_them = counted(grid[0], text="dua"), counted(*grid, text="tiga")
    sa.event.remove(connection, "before_cursor_execute", listen)
    assert one[:2] == all_of_them[:2]
    assert all_of_them[2] - one[2] == len(grid) - 1  # a state of its own for each, and nothing else
