"""The official status: one proposes, another decides."""

import re
from collections.abc import Callable

from .conftest import Desk, words
from .test_inventory import judge


def choice(seat: Desk, number: str) -> str:
    """Return the value of a recommendation's box on the form."""
    html = seat.get("/keputusan?opd=dpk").text
    found = re.search(rf'value="([0-9a-f-]{{36}})"[^>]*>\s*<label[^>]*>{number} ', html)
    assert found
    return found[1]


def test_one_proposes_and_another_decides(desk: Callable[[str], Desk]) -> None:
    evaluator, inspector = desk("evaluator"), desk("inspector")
    asked = {"recommendation": choice(evaluator, "A-1"), "status": "PARTIAL", "reason": "Triwulan II belum ada."}
    assert evaluator.post("/keputusan?opd=dpk", asked).status_code == 303
    page = inspector.get("/keputusan?opd=dpk").text
    judge(page)
    address = re.search(r'action="(/keputusan/[0-9a-f-]{36})"', page)
    assert address
    assert inspector.post(address[1], {"number": "", "decided_on": "2026-11-02"}).status_code == 422
    assert inspector.post(address[1], {"number": "700/9", "decided_on": "2026-11-02"}).status_code == 303
    assert "nomor 700/9, 2 November 2026" in inspector.text("/keputusan?opd=dpk")
    assert "Belum sesuai" in desk("head").text("/rekomendasi")


def test_nobody_decides_his_own_proposal(desk: Callable[[str], Desk]) -> None:
    inspector = desk("inspector")
    asked = {"recommendation": choice(inspector, "C-1"), "status": "NOT_STARTED", "reason": "Belum ada tindakan."}
    assert inspector.post("/keputusan?opd=dpk", asked).status_code == 303
    page = inspector.get("/keputusan?opd=dpk").text
    assert "Usulan sendiri ditetapkan oleh orang lain." in page
    assert not re.search(r'action="/keputusan/[0-9a-f-]{36}"', page)


def test_compliant_needs_everything_verified(desk: Callable[[str], Desk]) -> None:
    seat = desk("evaluator")
    asked = {"recommendation": choice(seat, "A-1"), "status": "COMPLIANT", "reason": "Lengkap."}
    answer = seat.post("/keputusan?opd=dpk", asked)
    assert answer.status_code == 422
    assert "Belum diverifikasi seluruhnya: A-1." in words(answer)
