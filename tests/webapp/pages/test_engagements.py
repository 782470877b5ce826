"""The page of engagements: an admin records, an inspector confirms, either ends."""

import re
from collections.abc import Callable

from tests.support.furnished import Api

from .conftest import Desk
from .test_inventory import judge

LETTER = {
    "email": "auditor@uji.example", "institution": "Kantor Pemeriksa", "letter": "ST-9", "letter_date": "2026-01-02",
    "from": "2026-01-02", "to": "2099-12-31", "years": "2025, 2026", "agencies": "dsp",
}  # fmt: skip


def test_an_admin_records_and_an_inspector_confirms(desk: Callable[[str], Desk]) -> None:
    admin, inspector = desk("admin"), desk("inspector")
    assert desk("auditor").get("/penugasan").status_code == 403
    assert inspector.post("/penugasan", LETTER).status_code == 403
    for missing in ({"to": ""}, {"email": "tidak@ada.example"}, {"years": "dua"}, {"to": "2020-01-01"}):
        assert admin.post("/penugasan", {**LETTER, **missing}).status_code in (404, 422)
    assert admin.post("/penugasan", LETTER).status_code == 303
    page = inspector.get("/penugasan").text
    judge(page)
    judge(admin.get("/penugasan").text)
    confirm = re.search(r'action="(/penugasan/[^"]+/kukuhkan)"', page)
    assert confirm
    assert admin.post(confirm[1]).status_code == 403
    assert inspector.post(confirm[1]).status_code == 303
    assert inspector.post(confirm[1]).status_code == 409
    assert admin.post(confirm[1].replace("kukuhkan", "akhiri")).status_code == 303
    assert "Diakhiri" in admin.text("/penugasan")


SURAT_TUGAS = {
    "email": "other_operator@uji.example", "duty": "team_lead", "letter": "700/ST/8", "letter_date": "2026-01-02",
    "from": "2026-01-02", "to": "2099-12-31", "agencies": "dpk", "home": "dsp",
}  # fmt: skip


def test_a_letter_of_an_evaluator_is_recorded_by_one_and_confirmed_by_another(desk: Callable[[str], Desk]) -> None:
    admin, inspector, sent = desk("admin"), desk("inspector"), desk("other_operator")
    assert sent.get("/meja").status_code == 403
    assert sent.post("/penugasan/evaluator", SURAT_TUGAS).status_code == 403
    for missing in ({"to": ""}, {"duty": "raja"}, {"letter": ""}, {"email": "tidak@ada.example"}):
        assert inspector.post("/penugasan/evaluator", {**SURAT_TUGAS, **missing}).status_code in (404, 422)
    assert inspector.post("/penugasan/evaluator", SURAT_TUGAS).status_code == 303
    assert "/kukuhkan" not in inspector.get("/penugasan").text
    page = admin.get("/penugasan").text
    judge(page)
    assert "Ketua Tim Evaluasi" in page
    confirm = re.search(r'action="(/penugasan/[^"]+/kukuhkan)"', page)
    assert confirm
    assert inspector.post(confirm[1]).status_code == 403
    assert admin.post(confirm[1]).status_code == 303
    assert sent.get("/meja").status_code == 200


def test_the_api_does_the_same(api: Callable[..., Api]) -> None:
    letter = {
        "email": "baru@uji.example", "duty": "member", "letter_number": "700/ST/1", "letter_date": "2026-01-02",
        "valid_from": "2026-01-02", "valid_to": "2099-12-31", "agencies": ["dpk"],
    }  # fmt: skip
    assert api("admin").post("/engagements", json=letter).status_code == 404
    letter["email"] = "other_operator@uji.example"
    assert api("evaluator").post("/engagements", json=letter).status_code == 403
    written = api("admin").post("/engagements", json=letter)
    assert (written.status_code, written.json["agencies"], written.json["confirmed_at"]) == (201, ["dpk"], None)
    path = f"/engagements/{written.json['id']}"
    assert api("admin").post(f"{path}/confirm").status_code == 403
    assert api("inspector").post(f"{path}/confirm").json["confirmed_at"]
    assert {post["role"] for post in api("other_operator").get("/me").json["posts"]} == {"agency_operator", "evaluator"}
    assert api("inspector").post(f"{path}/end").json["ended_at"]
    assert api("inspector").get("/engagements").json["items"][0]["name"] == "Pegawai other_operator"
