"""*Minta ditinjau* by the API: who may ask and answer, what must hold, and two people at once."""

import datetime as dt
import threading
import uuid
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from werkzeug.test import TestResponse

from tests.support.deliveries import archive
from tests.support.furnished import Api, Furnished
from workflows.core.actors import Channel
from workflows.core.db import db
from workflows.core.models import AuditEvent, Job
from workflows.evidence.inbox import inbox
from workflows.evidence.models import CheckReport, Evidence, EvidenceReview
from workflows.evidence.operations import record_report
from workflows.organization.models import Account
from workflows.organization.queries import actor_for

from .test_actions import Way, codes

Of = Callable[..., Api]
Upload = Callable[..., TestResponse]
ASKED, ANSWERED = "Program ini bagian dari formulir resmi.", "Tombolnya tidak berbahaya; sudah saya buka."


@pytest.fixture
def way(api: Of, furnished: Furnished) -> Way:
    """The monev of unit b1 in the first quarter."""
    return Way(api, furnished.requirements["b1-1"])


@pytest.fixture
def refused(way: Way, upload: Upload, furnished: Furnished) -> str:
    """Its delivery, which the checks refused. Return its id."""
    evidence_id: str = upload("staff_b1", "b1-1").json["id"]
    furnished.judge(evidence_id, verdict="reject")
    return evidence_id


@pytest.fixture
def asked(way: Way, refused: str) -> str:
    """A review of it was asked for."""
    assert way.do("staff_b1", "review_ask", reason=ASKED).status_code == 200
    return refused


def locked(furnished: Furnished, evidence_id: str) -> None:
    """Let the archive have it, as the job of an accepted review does."""
    with furnished.behind():
        archive(db.session.get_one(Evidence, uuid.UUID(evidence_id)))


def allowed(way: Way, who: str) -> set[str]:
    """Return which steps of a review somebody is offered."""
    return {action for action in way.now(who)["allowed_actions"] if action.startswith("review_")}


def test_a_refused_file_goes_the_whole_way_after_an_evaluator_accepted_it(
    api: Of, way: Way, asked: str, furnished: Furnished
) -> None:
    waiting = way.now()
    assert (waiting["state"], waiting["holder"]["role"]) == ("drafted", "evaluator")
    assert (waiting["returned"]["code"], waiting["returned"]["text"]) == ("IN_REVIEW", ASKED)
    assert codes(way.do("evaluator", "review_accept", reason=ANSWERED)) == ["evidence_not_seen"]
    api("evaluator").get(f"/evidence/{asked}")
    accepted = way.do("evaluator", "review_accept", reason=ANSWERED).json
    assert (accepted["state"], accepted["returned"], accepted["evidence"]["reviewed"]) == (
        "evidence_uploaded",
        None,
        True,
    )
    assert accepted["evidence"]["verdict"] == "reject"  # as observed
    assert {"check_pending", "not_archived"} <= set(codes(way.do("head_b1", "sign")))
    locked(furnished, asked)
    assert way.do("head_b1", "sign").json["state"] == "signed"
    assert way.do("head", "acknowledge").json["state"] == "acknowledged"
    assert codes(way.do("evaluator", "verify")) == ["reason_missing"]
    assert way.do("evaluator", "verify", reason=ANSWERED).json["state"] == "verified"
    (review,) = api("operator").get(f"/evidence/{asked}").json["reviews"]
    assert (review["text"], review["reason"], review["accepted"]) == (ASKED, ANSWERED, True)
    assert (review["asked_by"], review["decided_by"]) == ("Pegawai staff_b1", "Pegawai evaluator")
    assert review["decided_as"]


def test_what_is_accepted_goes_to_the_archive_by_a_job_of_its_own(
    api: Of, way: Way, asked: str, furnished: Furnished
) -> None:
    api("evaluator").get(f"/evidence/{asked}")
    way.do("evaluator", "review_accept", reason=ANSWERED)
    with furnished.behind():
        query = sa.select(Job.key).where(Job.subject_id == uuid.UUID(asked), Job.kind == "evidence.check")
        assert f"evidence.check:{asked}:reviewed" in set(db.session.scalars(query))
        kinds = sa.select(AuditEvent.kind).where(AuditEvent.kind.like("requirement.review_%"))
        assert list(db.session.scalars(kinds.order_by(AuditEvent.seq))) == [
            "requirement.review_asked", "requirement.review_accepted",
        ]  # fmt: skip


def test_a_declined_file_goes_back_to_the_uploader_with_the_reason(api: Of, way: Way, asked: str) -> None:
    declined = way.do("evaluator2", "review_decline", reason="Skripnya mengirim data keluar.").json
    assert (declined["state"], declined["holder"]["role"]) == ("drafted", "unit_head")
    assert declined["returned"]["code"] == "CHECK_REFUSED"
    assert declined["returned"]["text"] == "Skripnya mengirim data keluar."
    assert codes(way.do("staff_b1", "review_ask", reason=ASKED)) == ["already_asked"]
    assert codes(way.do("evaluator", "review_accept", reason=ANSWERED))[0] == "review_not_asked"


def test_each_is_offered_his_part_and_nobody_anothers(way: Way, refused: str) -> None:
    assert allowed(way, "staff_b1") == allowed(way, "head_b1") == allowed(way, "operator") == {"review_ask"}
    assert allowed(way, "evaluator") == allowed(way, "staff_b2") == allowed(way, "head") == set()
    for who in ("evaluator", "staff_b2", "head", "inspector", "auditor", "admin"):
        refusal = way.do(who, "review_ask", reason=ASKED)
        assert (refusal.status_code, codes(refusal)[0]) == (403, "not_allowed"), who
    way.do("staff_b1", "review_ask", reason=ASKED)
    assert allowed(way, "staff_b1") == set()
    assert allowed(way, "evaluator") == {"review_accept", "review_decline"}
    for who in ("staff_b1", "operator", "head", "inspector", "auditor", "admin"):
        assert way.do(who, "review_accept", reason=ANSWERED).status_code == 403, who
        assert way.do(who, "review_decline", reason=ANSWERED).status_code == 403, who


def test_another_agency_does_not_know_of_it(api: Of, way: Way, asked: str) -> None:
    body = {"action": "review_ask", "version": 1, "reason": "x"}
    assert api("other_operator").post(f"{way.path}/actions", json=body).status_code == 404


def test_both_sides_say_why(way: Way, refused: str) -> None:
    assert codes(way.do("staff_b1", "review_ask", reason="  ")) == ["reason_missing"]
    way.do("staff_b1", "review_ask", reason=ASKED)
    assert "reason_missing" in codes(way.do("evaluator", "review_accept"))
    assert codes(way.do("evaluator", "review_decline")) == ["reason_missing"]


def test_only_a_refused_file_is_reviewed(way: Way, upload: Upload, furnished: Furnished) -> None:
    assert codes(way.do("staff_b1", "review_ask", reason=ASKED)) == ["no_evidence"]
    evidence_id = upload("staff_b1", "b1-1").json["id"]
    furnished.judge(evidence_id)
    refusal = way.do("staff_b1", "review_ask", reason=ASKED)
    assert (refusal.status_code, codes(refusal)) == (409, ["illegal_move"])


@pytest.mark.parametrize("code", ["malware", "not_a_pdf", "empty"])
def test_malware_and_what_is_no_pdf_are_beyond_review(
    way: Way, upload: Upload, furnished: Furnished, code: str
) -> None:
    evidence_id = upload("staff_b1", "b1-1").json["id"]
    finding = {"code": code, "severity": "reject", "message": "Uji.", "page": None}
    with furnished.behind():
        record_report(uuid.UUID(evidence_id), {"verdict": "reject", "findings": [finding]})
    refusal = way.do("staff_b1", "review_ask", reason=ASKED)
    assert (refusal.status_code, codes(refusal)) == (422, ["beyond_review"])
    assert allowed(way, "staff_b1") == set()


def test_what_was_found_harmful_after_it_was_asked_for_is_not_accepted(
    api: Of, way: Way, asked: str, furnished: Furnished
) -> None:
    api("evaluator").get(f"/evidence/{asked}")
    with furnished.behind():
        evidence = db.session.get_one(Evidence, uuid.UUID(asked))
        found = [{"code": "malware", "severity": "reject", "message": "Uji.", "page": None}]
        db.session.add(
            CheckReport(
                region_id=evidence.region_id, agency_id=evidence.agency_id, evidence_id=evidence.id,
                sha256=evidence.sha256, verdict="reject", report={"verdict": "reject", "findings": found},
            )
        )  # fmt: skip
    assert codes(way.do("evaluator", "review_accept", reason=ANSWERED)) == ["beyond_review"]
    assert way.do("evaluator", "review_decline", reason=ANSWERED).status_code == 200


def test_bytes_that_are_gone_or_about_to_go_are_beyond_review(way: Way, refused: str, furnished: Furnished) -> None:
    with furnished.behind():
        since = sa.text("now() - interval '90 days' + interval '1 hour'")
        query = sa.update(Evidence).where(Evidence.id == uuid.UUID(refused)).values(check_since=since)
        db.session.execute(query)
    assert codes(way.do("staff_b1", "review_ask", reason=ASKED)) == ["bytes_gone"]


def test_a_newer_upload_ends_the_review(api: Of, way: Way, asked: str, upload: Upload, furnished: Furnished) -> None:
    seen = way.now()
    api("evaluator").get(f"/evidence/{asked}")
    newer = upload("operator", "b1-1", data=b"%PDF-1.7\nlebih baru\n").json["id"]
    body = {"action": "review_accept", "version": seen["version"], "sha256": seen["evidence"]["sha256"], "reason": "x"}
    assert codes(way.post("evaluator", body)) == ["stale_version"]
    assert (way.do("evaluator", "review_accept", reason="x").status_code, allowed(way, "evaluator")) == (409, set())
    furnished.judge(newer, verdict="reject")
    refusal = way.do("evaluator", "review_accept", reason="x")
    assert refusal.status_code == 422
    assert "review_not_asked" in codes(refusal)
    assert allowed(way, "staff_b1") == {"review_ask"}  # about the newer one


def test_the_digest_that_was_looked_at_is_the_one_that_is_accepted(api: Of, way: Way, asked: str) -> None:
    api("evaluator").get(f"/evidence/{asked}")
    assert codes(way.do("evaluator", "review_accept", reason=ANSWERED, sha256="0" * 64)) == ["digest_differs"]


def test_of_two_evaluators_at_once_one_answers(api: Of, way: Way, asked: str, furnished: Furnished) -> None:
    people = ("evaluator", "evaluator2")
    for who in people:
        api(who).get(f"/evidence/{asked}")
    seen = way.now()
    answers: list[TestResponse] = []
    barrier = threading.Barrier(len(people))

    def answer(who: str, action: str) -> None:
        body = {"action": action, "version": seen["version"], "sha256": seen["evidence"]["sha256"], "reason": who}
        barrier.wait()
        answers.append(way.post(who, body))

    pairs = zip(people, ("review_accept", "review_decline"), strict=True)
    threads = [threading.Thread(target=answer, args=pair) for pair in pairs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    with furnished.behind():
        (review,) = db.session.scalars(sa.select(EvidenceReview)).all()
        assert review.reason == review.decided_by.name.removeprefix("Pegawai ")
        accepted = review.accepted
    assert (way.now()["state"] == "evidence_uploaded") == accepted


def test_accepting_twice_is_a_conflict(api: Of, way: Way, asked: str) -> None:
    api("evaluator").get(f"/evidence/{asked}")
    assert way.do("evaluator", "review_accept", reason=ANSWERED).status_code == 200
    again = way.do("evaluator", "review_accept", reason=ANSWERED)
    assert (again.status_code, codes(again)) == (409, ["illegal_move"])


def test_the_evaluator_finds_it_in_his_list_and_the_uploader_no_longer_in_his(
    way: Way, asked: str, furnished: Furnished
) -> None:
    def turns(name: str) -> set[tuple[str, str]]:
        account = db.session.scalars(sa.select(Account).where(Account.username == name)).one()
        found = inbox(actor_for(account, channel=Channel.WEB, read_only=False), today=dt.date(2026, 12, 31))
        return {(str(turn.requirement.id), turn.action) for turn in found.turns}

    here = furnished.requirements["b1-1"]
    with furnished.behind():
        assert (here, "review_accept") in turns("evaluator")
        assert here not in {key for key, _ in turns("staff_b1")}


def test_one_file_for_two_requirements_is_accepted_in_each_and_archived_once(
    api: Of, furnished: Furnished, upload: Upload
) -> None:
    first, second = (Way(api, furnished.requirements[name]) for name in ("b1-1", "b1-2"))
    evidence_id = upload("operator", "b1-1", also=furnished.requirements["b1-2"]).json["id"]
    furnished.judge(evidence_id, verdict="reject")
    api("evaluator").get(f"/evidence/{evidence_id}")
    first.do("operator", "review_ask", reason=ASKED)
    first.do("evaluator", "review_accept", reason=ANSWERED)
    assert second.now()["state"] == "drafted"
    assert second.now()["evidence"]["reviewed"] is False
    locked(furnished, evidence_id)
    second.do("operator", "review_ask", reason=ASKED)
    assert second.do("evaluator", "review_accept", reason=ANSWERED).json["evidence"]["check_state"] == "done"
    assert second.do("head_b1", "sign").status_code == 200


def reported_again(furnished: Furnished, evidence_id: str, code: str) -> None:
    """Let a later report find something that refuses."""
    finding = {"code": code, "severity": "reject", "message": "Uji.", "page": None}
    with furnished.behind():
        record_report(uuid.UUID(evidence_id), {"verdict": "reject", "findings": [finding]})


@pytest.mark.parametrize("signed", [False, True])
def test_what_nobody_can_answer_for_takes_an_acceptance_away_whenever_it_is_found(
    api: Of, way: Way, asked: str, furnished: Furnished, signed: bool
) -> None:
    api("evaluator").get(f"/evidence/{asked}")
    way.do("evaluator", "review_accept", reason=ANSWERED)
    locked(furnished, asked)
    if signed:
        assert way.do("head_b1", "sign").status_code == 200
    reported_again(furnished, asked, "malware")
    assert way.now()["evidence"]["reviewed"] is False
    if signed:
        assert "evidence_refused" in codes(way.do("head", "acknowledge"))
    else:
        assert (way.now()["state"], way.now()["returned"]["code"]) == ("drafted", "CHECK_REFUSED")


def test_a_later_report_of_the_same_trouble_leaves_it_accepted(
    api: Of, way: Way, asked: str, furnished: Furnished
) -> None:
    api("evaluator").get(f"/evidence/{asked}")
    way.do("evaluator", "review_accept", reason=ANSWERED)
    locked(furnished, asked)
    reported_again(furnished, asked, "launch_program")
    assert way.now()["evidence"]["reviewed"] is True
    assert way.do("head_b1", "sign").status_code == 200


def test_what_would_harm_is_given_to_nobody_whenever_it_is_found(api: Of, asked: str, furnished: Furnished) -> None:
    assert api("evaluator").get(f"/evidence/{asked}/file").status_code == 200
    reported_again(furnished, asked, "malware")
    reported_again(furnished, asked, "launch_program")
    for who in ("staff_b1", "head_b1", "evaluator", "inspector", "auditor"):
        answer = api(who).get(f"/evidence/{asked}/file")
        assert (who, answer.status_code, codes(answer)) == (who, 403, ["malware"])
        assert api(who).get(f"/evidence/{asked}").status_code == 200, "what was found is told all the same"
