"""The history of a recommendation: on its page what came last, on a page of its own all of it, and by the interface."""

import re
from collections.abc import Callable
from typing import Any

from tests.support.furnished import Furnished

from .conftest import Desk, Story, words
from .test_inventory import judge


def test_a_recommendation_tells_its_history_to_those_who_see_it(
    story: Story, desk: Callable[[str], Desk], api: Callable[[str], Any], furnished: Furnished
) -> None:
    receipt = story.deliver()
    story.sign()
    client = api("auditor")
    row = next(row for row in client.get("/recommendations").json["items"] if row["number"] == "A-1")
    seat = desk("auditor")
    signed = f"Pegawai head_b1 (Kepala Bidang B1) menandatangani Monev Triwulan I 2026 - Bidang B1 atas berkas {receipt}, dikukuhkan dalam aplikasi."
    assert signed in seat.text(f"/rekomendasi/{row['id']}")
    page = seat.get(f"/rekomendasi/{row['id']}/riwayat")
    judge(page.text)
    assert re.search(r"Tahun 20\d\d", words(page))
    assert words(page).index("menerbitkan LHE") < words(page).index("menyerahkan berkas") < words(page).index(signed)
    found = client.get(f"/recommendations/{row['id']}/timeline", query_string={"limit": 3}).json
    assert len(found["items"]) == 3
    rest = client.get(
        f"/recommendations/{row['id']}/timeline", query_string={"cursor": found["next"], "limit": 50}
    ).json
    items = [*found["items"], *rest["items"]]
    assert [item["seq"] for item in items] == sorted(item["seq"] for item in items)
    assert [item["sentence"] for item in items if item["kind"] == "requirement.signed"] == [signed]
    english = client.get(f"/recommendations/{row['id']}/timeline", headers={**client.headers, "Accept-Language": "en"})
    assert any("signed Monev Triwulan I 2026" in item["sentence"] for item in english.json["items"])
    assert desk("other_head").get(f"/rekomendasi/{row['id']}/riwayat").status_code == 404
    assert api("other_head").get(f"/recommendations/{row['id']}/timeline").status_code == 404
