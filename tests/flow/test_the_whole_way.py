"""One command, five people, a real recommendation from drafted to verified, and an auditor who proves the result."""

import json
import re
import shutil
import signal
import stat
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import psycopg
import requests

from tests.support.demos import ApiClient, Demo, processes_of, start_demo, tuntas
from tests.support.pdfs import plain_pdf
from webapp.embedded import find_running

TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
ROLES = {
    "agency_operator", "unit_staff", "unit_head", "agency_head", "evaluator", "inspector", "auditor", "privacy_officer", "admin",
}  # fmt: skip


def cell_of(client: ApiClient, *, unit: str, quarter: int) -> dict:
    """Return a cell of the grid."""
    items = client.get("/requirements", params={"limit": 100}).json()["items"]
    return next(item for item in items if item["unit"]["code"] == unit and item["quarter"] == quarter)


def deliver(client: ApiClient, requirement: dict, content: bytes, **fields: str) -> dict:
    """Upload and wait for the verdict."""
    answer = client.post(
        f"/requirements/{requirement['id']}/evidence", files={"file": ("Monev TW.pdf", content)}, data=fields
    )
    assert answer.status_code == 202, answer.text
    return client.wait(f"/evidence/{answer.json()['id']}", ("done", "failed"), key="check_state")


def test_the_accounts_are_whole_private_and_one_per_role(demo: Demo) -> None:
    path = demo.data.parent / f"{demo.data.name}-accounts.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert {entry["role"] for entry in demo.accounts} == ROLES
    assert all(
        set(entry) == {"email", "password", "token", "role", "name", "agency", "unit"} for entry in demo.accounts
    )
    first = demo.accounts[0]["agency"]
    assert len({entry["agency"] for entry in demo.accounts if entry["agency"]}) >= 2
    heads = {entry["unit"] for entry in demo.accounts if entry["role"] == "unit_head" and entry["agency"] == first}
    assert len(heads) >= 4
    assert sum(entry["role"] == "unit_staff" and entry["agency"] == first for entry in demo.accounts) == 2


def test_the_sample_has_six_recommendations_and_a_and_b_share_one_grid(demo: Demo) -> None:
    items = demo.client("agency_head").get("/recommendations").json()["items"]
    assert sorted(item["number"] for item in items) == ["A-1", "B-1", "C-1", "C-2", "C-3", "D-1"]
    by_number = {item["number"]: item for item in items}
    assert by_number["A-1"]["requirements"] == by_number["B-1"]["requirements"]
    assert len(by_number["A-1"]["requirements"]) == 16
    assert demo.client("agency_head", agency="dishub").get("/recommendations").json()["items"] == []


def test_five_people_carry_a_recommendation_and_an_auditor_proves_it(demo: Demo, tmp_path: Path) -> None:
    head, evaluator, auditor = demo.client("agency_head"), demo.client("evaluator"), demo.client("auditor")
    items = head.get("/requirements", params={"limit": 100}).json()["items"]
    (report,) = [item for item in items if item["expects"] == ["previous_years"]]
    operator, secretary = demo.client("agency_operator"), demo.client("unit_head", unit="sekretariat")
    evidence = deliver(operator, report, plain_pdf("Laporan Kinerja"), page_from="2", page_to="5")
    assert (evidence["verdict"], evidence["check_state"]) == ("accept", "done")
    sha256 = evidence["sha256"]
    for client, action, state in ((secretary, "sign", "signed"), (head, "acknowledge", "acknowledged")):
        answer = client.act(report["id"], action, sha256)
        assert (answer.status_code, answer.json()["state"]) == (200, state)
    blind = evaluator.act(report["id"], "verify", sha256)
    assert [reason["code"] for reason in blind.json()["reasons"]] == ["evidence_not_seen"]
    evaluator.get(f"/evidence/{evidence['id']}")
    assert evaluator.act(report["id"], "verify", sha256).json()["state"] == "verified"
    number = next(i for i in head.get("/recommendations").json()["items"] if i["id"] == report["recommendations"][0])
    assert (number["state"], number["progress"]) == ("verified", {"verified": 1, "required": 1})

    order = auditor.post("/bundles", json={"agency": "diskanla", "year": 2026, "reason": "pemeriksaan kinerja"})
    assert order.status_code == 202
    early = auditor.get(f"/bundles/{order.json()['id']}/file")
    assert early.status_code in (200, 409)
    auditor.wait(f"/bundles/{order.json()['id']}", ("ready",), key="state")
    bundle = tmp_path / "bundle.zip"
    bundle.write_bytes(auditor.get(f"/bundles/{order.json()['id']}/file").content)
    prove(bundle, tmp_path)


def prove(bundle: Path, folder: Path) -> None:
    """Every verifier says yes, and no after one byte is flipped."""
    told = json.loads(tuntas("verify-bundle", str(bundle), "--json").stdout)
    assert told["ok"]
    assert told["verdicts"] == ["utuh", "tersegel"]
    with zipfile.ZipFile(bundle) as archive:
        archive.extractall(folder / "unzipped")
    (bag,) = (folder / "unzipped").iterdir()
    alone = shutil.copy(bag / "verify.py", folder)
    for path in (bundle, bag):
        assert subprocess.run([sys.executable, "-I", "-S", alone, path], capture_output=True).returncode == 0
    assert subprocess.run([sys.executable, "-m", "bagit", "--validate", bag], capture_output=True).returncode == 0
    content = bytearray(bundle.read_bytes())
    content[len(content) // 2] ^= 1
    bundle.write_bytes(content)
    (pdf,) = bag.glob("data/evidence/**/*.pdf")
    pdf.write_bytes(pdf.read_bytes()[:-1] + b"\0")
    for path in (bundle, bag):
        assert tuntas("verify-bundle", str(path)).returncode == 1
        assert subprocess.run([sys.executable, "-I", "-S", alone, path], capture_output=True).returncode == 1
    assert subprocess.run([sys.executable, "-m", "bagit", "--validate", bag], capture_output=True).returncode == 1


def test_a_unit_head_uploads_and_signs_in_one_act(demo: Demo) -> None:
    client = demo.client("unit_head", unit="tangkap")
    cell = cell_of(client, unit="tangkap", quarter=1)
    deliver(client, cell, plain_pdf("Monev TW I tangkap"), sign="true")
    signed = client.wait(f"/requirements/{cell['id']}", ("signed",), key="state")
    assert signed["holder"]["role"] == "agency_head"


def test_a_file_that_is_no_pdf_is_refused_and_leaves_nothing(demo: Demo) -> None:
    client = demo.client("unit_head", unit="pesisir")
    cell = cell_of(client, unit="pesisir", quarter=2)
    for content, status in ((b"GIF89a" + bytes(2000), 415), (b"", 422)):
        answer = client.post(f"/requirements/{cell['id']}/evidence", files={"file": ("x.pdf", content)})
        assert answer.status_code == status
        assert answer.headers["Content-Type"] == "application/problem+json"
    assert client.get(f"/requirements/{cell['id']}").json()["evidence"] is None


def test_out_of_scope_is_not_found_and_strangers_are_turned_away(demo: Demo) -> None:
    cell = cell_of(demo.client("agency_head"), unit="tangkap", quarter=3)
    assert demo.client("agency_head", agency="dishub").get(f"/requirements/{cell['id']}").status_code == 404
    assert requests.get(f"{demo.address}/api/v1/requirements", timeout=10).status_code == 401


def test_the_commands_find_the_running_engines(demo: Demo, tmp_path: Path) -> None:
    out = tmp_path / "konsol.zip"
    made = tuntas(
        "bundle", "--agency", "diskanla", "--year", "2026", "--reason", "uji konsol", "--out", str(out), data=demo.data
    )
    assert made.returncode == 0, made.stderr
    assert tuntas("verify-bundle", str(out)).returncode == 0
    verified = tuntas("audit", "verify", "--json", data=demo.data)
    assert verified.returncode == 0
    assert json.loads(verified.stdout)["ok"]
    assert tuntas("archive", "fixity", data=demo.data).returncode == 0
    assert tuntas("archive", "reconcile", data=demo.data).returncode == 0
    assert tuntas("db", "check", data=demo.data).returncode == 0


def test_a_second_start_and_serving_a_demo_folder_are_refused_in_one_sentence(demo: Demo) -> None:
    for arguments in (("demo", "--port", "0"), ("serve", "--port", "0"), ("demo", "--port", str(demo.port))):
        refused = tuntas(*arguments, data=demo.data)
        assert refused.returncode == 1
        assert "Traceback" not in refused.stderr
        assert len(refused.stderr.strip().splitlines()) == 1


def test_the_pages_answer_with_a_strict_policy(demo: Demo) -> None:
    answer = requests.get(f"{demo.address}/masuk", timeout=10)
    assert answer.status_code == 200
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


def test_killed_outright_everything_goes_and_the_next_start_finds_all_data(tmp_path: Path) -> None:
    data = tmp_path / "data"
    demo = start_demo(data)
    client = demo.client("unit_head", unit="tangkap")
    cell = cell_of(client, unit="tangkap", quarter=1)
    evidence = deliver(client, cell, plain_pdf("sebelum mati"))
    demo.process.send_signal(signal.SIGKILL)
    demo.process.wait(10)
    end = time.monotonic() + 15
    while processes_of(data) and time.monotonic() < end:
        time.sleep(0.1)
    assert processes_of(data) == []
    again = start_demo(data)
    try:
        assert again.accounts == demo.accounts
        kept = again.client("unit_head", unit="tangkap").get(f"/evidence/{evidence['id']}").json()
        assert (kept["sha256"], kept["check_state"]) == (evidence["sha256"], "done")
    finally:
        assert again.stop(signal.SIGINT) == 0
    assert processes_of(data) == []


def test_the_demo_tells_a_story_to_its_end_and_its_auditor_may_carry_the_bundle_away(
    demo: Demo, tmp_path: Path
) -> None:
    addresses = find_running(demo.data)
    assert addresses is not None
    end, handed_over = time.monotonic() + 120, None
    with psycopg.connect(addresses.database_owner_url.replace("+psycopg", "", 1), autocommit=True) as connection:
        while handed_over is None:
            assert time.monotonic() < end, "nothing was handed over"
            time.sleep(0.2)
            handed_over = connection.execute("SELECT bundle_id, document FROM handover").fetchone()
    assert handed_over[1].startswith(b"%PDF-")
    bundle = tmp_path / "bundle.zip"
    bundle.write_bytes(demo.client("auditor").get(f"/bundles/{handed_over[0]}/file").content)
    proven = tuntas("verify-bundle", str(bundle), data=demo.data)
    assert proven.returncode == 0, proven.stdout
    assert "1 terbatas" in proven.stdout


def signed_in(demo: Demo, email: str) -> requests.Session:
    """A browser of one of the people whom the README names."""
    seat, password = requests.Session(), demo.accounts[0]["password"]
    found = TOKEN.search(seat.get(f"{demo.address}/masuk", timeout=60).text)
    assert found
    typed = {"csrf_token": found[1], "login": email, "password": password, "next": ""}
    answer = seat.post(f"{demo.address}/masuk", data=typed, timeout=60)
    assert "Kata sandi" not in answer.text
    return seat


def test_the_demo_shows_receipt_check_and_fixity(demo: Demo) -> None:
    """The pages that the README sends people to; the story was told by then."""
    addresses = find_running(demo.data)
    assert addresses is not None
    with psycopg.connect(addresses.database_owner_url.replace("+psycopg", "", 1), autocommit=True) as connection:
        end, told = time.monotonic() + 120, []
        while not (told and connection.execute("SELECT 1 FROM handover").fetchone()):
            assert time.monotonic() < end, "the story was not told"
            time.sleep(0.2)
            told = connection.execute(
                "SELECT e.receipt_number, e.receipt_code, e.sha256 FROM evidence e"
                " JOIN agency a ON a.id = e.agency_id WHERE a.code = 'dinsos' ORDER BY e.receipt_number"
            ).fetchall()
    number, code, sha256 = told[0]
    receipt = signed_in(demo, "banyu@dinsos.contoh.id").get(f"{demo.address}/tanda-terima/{number}", timeout=60)
    assert (receipt.status_code, number in receipt.text, sha256 in receipt.text) == (200, True, True)
    assert 'class="receipt-qr"><img src="data:image/svg+xml' in receipt.text
    asked = re.search(r'href="(/tanda-terima/periksa\?[^"]+)"', receipt.text)
    assert asked
    stranger = requests.Session()
    page = stranger.get(demo.address + asked[1].replace("&amp;", "&"), timeout=60)
    token = TOKEN.search(page.text)
    assert token
    assert f'value="{number}"' in page.text
    typed = {"csrf_token": token[1], "nomor": number, "kode": code, "sha256": sha256}
    known = stranger.post(f"{demo.address}/tanda-terima/periksa", data=typed, timeout=60)
    assert "tersimpan di arsip" in known.text
    fixity = signed_in(demo, "indra@inspektorat.contoh.id").get(f"{demo.address}/arsip/keutuhan", timeout=60)
    assert fixity.status_code == 200
    assert "Sudah dibaca ulang dalam 30 hari" in fixity.text
