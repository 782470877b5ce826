"""The official status: one proposes, another decides by a letter that lies locked in the archive."""

import re
from collections.abc import Callable

from werkzeug.test import TestResponse

from tests.support.furnished import MULTIPART, Furnished, filler, multipart

from .conftest import Desk, Story, words
from .test_inventory import judge

DECISIONS = "/keputusan?opd=dpk"


def choice(seat: Desk, number: str) -> str:
    """Return the value of a recommendation's box on the form."""
    html = seat.get(DECISIONS).text
    found = re.search(rf'value="([0-9a-f-]{{36}})"[^>]*>\s*<label[^>]*>{number} ', html)
    assert found
    return found[1]


def upload(seat: Desk, *, kind: str = "letter", data: bytes | None = None, **typed: str) -> TestResponse:
    """Send a paper as the form does."""
    given = {"agency": "dpk", "kind": kind, "number": "700/9", "dated_on": "2026-02-02", **typed}
    named = [(name, text, None) for name, text in {"csrf_token": seat.token, **given}.items()]
    body = multipart(*named, ("file", filler("surat") if data is None else data, "surat.pdf"))
    return seat.client.post("/surat-resmi", data=body, content_type=MULTIPART)


def lettered(seat: Desk, furnished: Furnished, *, kind: str = "letter") -> str:
    """Upload a paper and let it be checked and locked; return its id."""
    assert upload(seat, kind=kind).status_code == 303
    html = seat.get(DECISIONS).text
    name = "letter" if kind == "letter" else "ground"
    found = re.search(rf'name="{name}" value="([0-9a-f-]{{36}})"', html)
    assert found
    assert seat.get(f"/surat-resmi/{found[1]}/berkas").data == filler("surat"), "as it was received"
    furnished.judge(found[1])
    return found[1]


def proposals(seat: Desk) -> list[str]:
    """Return the values of the proposals' boxes."""
    return re.findall(r'name="decision" value="([0-9a-f-]{36})"', seat.get(DECISIONS).text)


def propose(seat: Desk, number: str, **more: str) -> TestResponse:
    """Propose as the form does."""
    asked = {"recommendation": choice(seat, number), "status": "PARTIAL", "reason": "Triwulan II belum ada.", **more}
    return seat.post(DECISIONS, asked)


def test_several_proposals_are_decided_by_one_letter(desk: Callable[[str], Desk], furnished: Furnished) -> None:
    evaluator, inspector = desk("evaluator"), desk("inspector")
    assert propose(evaluator, "A-1").status_code == 303
    assert propose(evaluator, "C-1", status="NOT_STARTED").status_code == 303
    chosen = proposals(inspector)
    assert len(chosen) == 2
    assert inspector.post("/keputusan/tetapkan?opd=dpk", {"decision": chosen}).status_code == 422, "without a letter"
    letter = lettered(inspector, furnished)
    judge(inspector.get(DECISIONS).text)
    decided = inspector.post("/keputusan/tetapkan?opd=dpk", {"decision": chosen, "letter": letter})
    assert decided.status_code == 303
    assert inspector.text(DECISIONS).count("nomor 700/9, 2 Februari 2026") == 2
    listed = desk("head").text("/rekomendasi")
    assert "Belum sesuai" in listed
    assert "Belum ditindaklanjuti" in listed
    page = re.search(r'href="(/rekomendasi/[0-9a-f-]+)">Rekomendasi A-1', desk("head").get("/rekomendasi").text)
    assert page
    head = desk("head").get(page[1])
    judge(head.text)
    link = re.search(r'href="(/surat-resmi/[0-9a-f-]{36}/berkas)"', head.text)
    assert link
    assert desk("other_head").get(link[1]).status_code == 404
    assert desk("privacy_officer").get(link[1]).status_code == 403


def test_nobody_decides_his_own_proposal_and_takes_it_back_instead(desk: Callable[[str], Desk]) -> None:
    inspector = desk("inspector")
    assert propose(inspector, "C-1", status="NOT_STARTED").status_code == 303
    page = inspector.get(DECISIONS).text
    assert "Usulan sendiri ditetapkan oleh orang lain." in page
    assert proposals(inspector) == []
    form = re.search(r'action="(/keputusan/[0-9a-f-]{36}/tarik[^"]*)"', page)
    assert form
    assert inspector.post(form[1], {"reason": " "}).status_code == 422
    assert inspector.post(form[1], {"reason": "Keliru."}).status_code == 303
    assert "ditarik : Keliru." in inspector.text(DECISIONS) or "ditarik: Keliru." in inspector.text(DECISIONS)


def test_a_proposal_is_declined_with_a_reason(desk: Callable[[str], Desk]) -> None:
    assert propose(desk("evaluator"), "C-1").status_code == 303
    inspector = desk("inspector")
    form = re.search(r'action="(/keputusan/[0-9a-f-]{36}/tolak[^"]*)"', inspector.get(DECISIONS).text)
    assert form
    assert desk("evaluator").post(form[1], {"reason": "x"}).status_code == 403
    assert inspector.post(form[1], {"reason": "Belum cukup bukti."}).status_code == 303
    assert "Belum cukup bukti." in desk("evaluator").text(DECISIONS)


def test_compliant_needs_everything_verified_and_what_was_typed_stays(desk: Callable[[str], Desk]) -> None:
    answer = propose(desk("evaluator"), "A-1", status="COMPLIANT", reason="Lengkap semuanya.")
    assert answer.status_code == 422
    assert "Belum diverifikasi seluruhnya: A-1." in words(answer)
    assert "Lengkap semuanya." in answer.text
    assert re.search(r'value="COMPLIANT" checked', answer.text)


def test_not_actionable_asks_for_a_valid_reason_and_its_document(
    desk: Callable[[str], Desk], furnished: Furnished
) -> None:
    evaluator = desk("evaluator")
    refused = propose(evaluator, "C-1", status="NOT_ACTIONABLE")
    assert "Pilih salah satu alasan yang sah." in words(refused)
    refused = propose(evaluator, "C-1", status="NOT_ACTIONABLE", valid_reason="in_court")
    assert refused.status_code == 422
    assert "Pilih dokumen alasan" in words(refused)
    ground = lettered(evaluator, furnished, kind="ground")
    told = {"status": "NOT_ACTIONABLE", "valid_reason": "in_court", "ground": ground}
    assert propose(evaluator, "C-1", **told).status_code == 303
    assert "Subjek atau objeknya dalam proses peradilan" in desk("inspector").text(DECISIONS)


def test_a_paper_that_cannot_be_taken_in_is_refused_with_a_sentence(desk: Callable[[str], Desk]) -> None:
    inspector = desk("inspector")
    for given, status in (
        ({"data": b"hello"}, 415), ({"data": b""}, 422), ({"number": " "}, 422), ({"dated_on": "2199-01-01"}, 422),
        ({"dated_on": "kemarin"}, 422), ({"agency": "nowhere"}, 404), ({"kind": "other"}, 422),
    ):  # fmt: skip
        assert (given, upload(inspector, **given).status_code) == (given, status)  # type: ignore[arg-type]
    assert upload(desk("head")).status_code == 403
    assert 'name="letter"' not in inspector.get(DECISIONS).text


def test_what_is_reopened_is_marked_until_the_next_decision(
    desk: Callable[[str], Desk], story: Story, furnished: Furnished
) -> None:
    evaluator, inspector = desk("evaluator"), desk("inspector")
    story.deliver()
    story.sign()
    story.acknowledge()
    assert story.verify(reason="Sesuai.").status_code == 303
    assert propose(evaluator, "A-1").status_code == 303
    letter = lettered(inspector, furnished)
    asked = {"decision": proposals(inspector), "letter": letter}
    assert inspector.post("/keputusan/tetapkan?opd=dpk", asked).status_code == 303
    assert "Ditinjau ulang" not in desk("head").text("/rekomendasi")
    assert inspector.form(story.page, f"{story.page}/buka-lagi", reason="Ada temuan.").status_code == 303
    assert "Ditinjau ulang" in desk("head").text("/rekomendasi")
