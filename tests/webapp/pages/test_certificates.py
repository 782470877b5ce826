"""*Ini sertifikat saya*: one tap binds a certificate and signs, on the pages and in the API."""

import datetime as dt
import threading
import uuid
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from tests.support.deliveries import archive
from tests.support.furnished import Api, Furnished
from workflows.core.db import db
from workflows.evidence.models import Evidence
from workflows.evidence.operations import record_report
from workflows.organization.models import Person
from workflows.signoff.models import CertificateBinding, SignOff

from .conftest import Desk, Story, words

PRINT = "a" * 64


def judge(furnished: Furnished, evidence_id: str, **change: Any) -> str:
    """Let the check have found a sound signature by the unit's head; return the file's digest."""
    entry = {
        **dict.fromkeys(["coverage", "modified_after", "reason", "timestamp_time", "signer_id"]), "intact": True,
        "field": "Kepala", "kind": "signature", "verdict": "intact", "trusted": True, "certificate": "valid", "digest": "sha256",
        "signer": "PEGAWAI HEAD_B1, S.E., M.Si.", "issuer": "Penerbit", "root": "Akar", "fingerprint": PRINT,
        "signing_time": dt.datetime.now(dt.UTC).isoformat(),
    } | change  # fmt: skip
    judged = {"validator": "v", "trust_list": "7", "at": "2026-01-01T00:00:00+00:00"}
    with furnished.behind():
        evidence = db.session.get_one(Evidence, uuid.UUID(evidence_id))
        report = {"verdict": "accept", "findings": [], "signatures": [entry], "signatures_judged": judged}
        record_report(evidence.id, report)
        archive(evidence)
        return evidence.sha256


@pytest.fixture
def signed(story: Story, furnished: Furnished) -> str:
    """A delivery whose file the unit's head has signed; the value is its digest."""
    assert story.desk("staff_b1").upload(story.requirement).status_code == 303
    return judge(furnished, story.evidence_id())


def test_one_tap_of_the_holder_binds_and_signs(story: Story, signed: str, desk: Callable[[str], Desk]) -> None:
    head, page = desk("head_b1"), desk("head_b1").text(story.page)
    assert "Tanda tangan digital atas nama PEGAWAI HEAD_B1, S.E., M.Si. cocok dengan Anda." in page
    for other in ("staff_b1", "head", "operator"):
        assert "cocok dengan Anda" not in desk(other).text(story.page)
    assert head.form(story.page, f"{story.page}/sertifikat").status_code == 303
    after = head.text(story.page)
    assert "tanda tangan elektronik di dalam berkas" in after
    assert "Sertifikat Pegawai head_b1, dikonfirmasi" in after
    assert "cocok dengan Anda" not in after
    assert "Lepaskan sertifikat ini" not in desk("staff_b1").text(story.page)


def test_the_holder_releases_it_again(story: Story, signed: str, desk: Callable[[str], Desk]) -> None:
    head = desk("head_b1")
    head.form(story.page, f"{story.page}/sertifikat")
    found = [part for part in head.get(story.page).text.split('"') if part.endswith("/lepas")]
    assert desk("staff_b1").post(found[0]).status_code == 403
    assert head.form(story.page, found[0]).status_code == 303
    assert "Sertifikat Pegawai head_b1" not in head.text(story.page)


def test_an_evaluator_names_the_holder(story: Story, signed: str, desk: Callable[[str], Desk]) -> None:
    evaluator = desk("evaluator")
    assert "Sertifikat milik Pegawai head_b1" in evaluator.text(story.page)
    assert evaluator.form(story.page, f"{story.page}/sertifikat").status_code == 303
    assert "tanda tangan elektronik di dalam berkas" in evaluator.text(story.page)


def test_a_refusal_comes_back_on_the_page(story: Story, signed: str, desk: Callable[[str], Desk]) -> None:
    sent = {"fingerprint": PRINT, "sha256": signed}
    answer = desk("head").post(f"{story.page}/sertifikat", sent)
    assert answer.status_code == 422
    assert "Nama atau NIP di sertifikat tidak cocok" in words(answer)
    assert desk("head_b1").post(f"{story.page}/sertifikat", {**sent, "person": "x"}).status_code == 422
    assert desk("head_b1").post(f"{story.page}/sertifikat", {**sent, "sha256": "0" * 64}).status_code == 422
    assert desk("other_head").post(f"{story.page}/sertifikat", sent).status_code == 404


def test_an_untrusted_signature_offers_nothing(story: Story, furnished: Furnished, desk: Callable[[str], Desk]) -> None:
    desk("staff_b1").upload(story.requirement)
    judge(furnished, story.evidence_id(), trusted=False, certificate="unknown-root")
    assert "cocok dengan Anda" not in desk("head_b1").text(story.page)


def test_the_api_binds_lists_and_releases(
    story: Story, signed: str, furnished: Furnished, api: Callable[..., Api]
) -> None:
    path = f"/requirements/{story.requirement}/certificate"
    sent = {"fingerprint": PRINT, "sha256": signed}
    assert api("head_b1", read_only=True).post(path, json=sent).status_code == 403
    assert api("staff_b1").post(path, json=sent).status_code == 403
    assert api("other_head").post(path, json=sent).status_code == 404
    assert api("head_b1").post(path, json={**sent, "fingerprint": "b" * 64}).status_code == 422
    answer = api("head_b1").post(path, json=sent)
    assert (answer.status_code, answer.json["state"]) == (200, "signed")
    [mine] = api("head_b1").get("/certificates").json["items"]
    assert mine["fingerprint"] == PRINT
    assert api("head").get("/certificates").json["items"] == []
    with furnished.behind():
        name = db.session.scalars(sa.select(Person).where(Person.name == "Pegawai head")).one()
        name.name = "Pegawai head_b1"
    assert api("head").post(path, json=sent).status_code == 409
    assert api("staff_b1").post(f"/certificates/{mine['id']}/release").status_code == 403
    assert api("head_b1").post(f"/certificates/{mine['id']}/release").json["withdrawn_at"] is not None
    assert api("head_b1").post(f"/certificates/{uuid.uuid4()}/release").status_code == 404


def test_two_confirmations_at_once_leave_one_binding_and_one_sign_off(
    story: Story, signed: str, furnished: Furnished, api: Callable[..., Api]
) -> None:
    path, sent = f"/requirements/{story.requirement}/certificate", {"fingerprint": PRINT, "sha256": signed}
    statuses: list[int] = []
    together = threading.Barrier(2)

    def confirm(who: Api) -> None:
        together.wait()
        statuses.append(who.post(path, json=sent).status_code)

    threads = [threading.Thread(target=confirm, args=(api("head_b1"),)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [200, 200]
    with furnished.behind():
        assert db.session.scalar(sa.select(sa.func.count()).select_from(CertificateBinding)) == 1
        assert db.session.scalar(sa.select(sa.func.count()).select_from(SignOff)) == 1
