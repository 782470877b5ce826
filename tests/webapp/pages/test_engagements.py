"""The page of engagements: an admin records, an inspector confirms, either ends."""

import re
from collections.abc import Callable

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
