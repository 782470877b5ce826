"""``periksa.html`` from the disk, as on a laptop without Python and without network: it says what ``verify.py`` says."""

import io
import json
import shutil
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.workflows.bundles.format import test_ten_frauds as frauds
from tests.workflows.bundles.format.conftest import NAME, Draft, make_log, set_times, story_of
from tests.workflows.bundles.format.test_accompanied import SPOILT, accompany, ask_more
from tests.workflows.bundles.format.test_lives import FORGED as OTHERWISE
from tests.workflows.bundles.format.test_lives import lived
from tests.workflows.bundles.format.test_rotated_keys import ENDED, ended
from tests.workflows.bundles.format.test_what_the_log_tells import FORGED as UNTOLD
from workflows.bundles.bag import PayloadFile
from workflows.bundles.seal import SealKey, load_or_create_key
from workflows.bundles.verify import canonical, parse_receipt, verify

PAGE = Path(__file__).parents[2] / "workflows/bundles/periksa.html"


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> SealKey:
    return load_or_create_key(tmp_path_factory.mktemp("key") / "seal.pem")


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """The page as somebody got it elsewhere, with every way to the network cut."""
    context = chromium.new_context(offline=True)
    complaints: list[str] = []
    page = context.new_page()
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(PAGE.as_uri())
    yield page
    assert complaints == []
    context.close()


def unpacked(draft: Draft, tmp_path: Path) -> Path:
    tmp_path.mkdir(exist_ok=True)
    path = tmp_path / "bundle.zip"
    path.write_bytes(draft.build())
    with zipfile.ZipFile(path) as archive:
        archive.extractall(tmp_path / "unzipped")
    return tmp_path / "unzipped" / NAME


def chosen(page: Page, folder: Path) -> str:
    page.locator("#folder").evaluate("(input) => { input.value = '' }")
    page.locator("#verdict").evaluate("(said) => { said.textContent = '' }")
    page.locator("#folder").set_input_files(folder)
    expect(page.locator("#verdict")).to_contain_text(".", timeout=20_000)
    return page.locator("#verdict").inner_text()


def test_a_whole_bundle_is_called_whole_and_sealed(page: Page, key: SealKey, tmp_path: Path) -> None:
    draft = Draft(key)
    folder = unpacked(draft, tmp_path)
    assert chosen(page, folder) == (
        f"Bundel ini utuh dan tersegel oleh kunci {key.fingerprint}. Asal-usulnya tidak terbukti tanpa tanda terima dari luar."
    )
    assert page.locator("#problems li").count() == 0
    page.screenshot(path=tmp_path / "utuh.png")


def test_what_the_auditor_holds_is_compared(page: Page, key: SealKey, tmp_path: Path) -> None:
    draft = Draft(key)
    folder = unpacked(draft, tmp_path)
    link = draft.events[2].line["hash"]
    page.locator("summary").click()
    for receipt, fingerprint, ok in (
        (f"TT-2024-000001:3:{link}", key.fingerprint.upper(), True),
        (f"TT-2024-000002:3:{link}", "", False),
        (f"TT-2024-000001:3:{'0' * 64}", "", False),
        (f"TT-2024-000001:99:{link}", "", False),
        ("", "0" * 64, False),
    ):
        page.locator("#receipt").fill(receipt)
        page.locator("#key").fill(fingerprint)
        said = chosen(page, folder)
        assert ("DITOLAK" not in said) is ok, said
        given = [parse_receipt(receipt)] if receipt else []
        told = verify(folder, receipts=given, key=fingerprint.lower() or None)
        assert told.ok is ok
    page.locator("#key").fill("bukan sidik")
    assert chosen(page, folder) == "Sidik kunci terdiri atas 64 angka heksadesimal."


def replaced(path: str, old: bytes, new: bytes) -> Callable[[Path, Draft], None]:
    def spoil(folder: Path, draft: Draft) -> None:
        file = folder / path.format(evidence=draft.path)
        data = file.read_bytes()
        assert old in data
        file.write_bytes(data.replace(old, new, 1))

    return spoil


def added(folder: Path, draft: Draft) -> None:
    (folder / "data/evidence/lain.pdf").write_bytes(b"%PDF-")


def renamed(folder: Path, draft: Draft) -> None:
    (folder / draft.path).rename(folder / "data/evidence/lain.pdf")


def removed(folder: Path, draft: Draft) -> None:
    (folder / "seal.json").unlink()


def resealed(folder: Path, draft: Draft) -> None:
    seal = json.loads((folder / "seal.json").read_bytes())
    seal["scope"]["year"] = 2023
    (folder / "seal.json").write_bytes(canonical(seal) + b"\n")


PLAIN = [
    *(replaced("{evidence}", b"triwulan", b"Triwulan"), replaced("data/index.html", b"A-1", b"A-2")),
    *(replaced("data/audit.jsonl", b"Evaluator", b"evaluator"), replaced("data/records.json", b"Kepala", b"kepala")),
    *(replaced("manifest-sha512.txt", b"  data", b" data"), replaced("bagit.txt", b"1.0", b"0.97")),
    *(replaced("seal.json", b'"signature":"', b'"signature":"0'), added, renamed, removed, resealed),
]


@pytest.mark.parametrize("spoil", PLAIN)
def test_plain_frauds_are_refused(page: Page, key: SealKey, tmp_path: Path, spoil) -> None:
    draft = Draft(key)
    folder = unpacked(draft, tmp_path)
    spoil(folder, draft)
    assert not verify(folder).ok
    assert "DITOLAK" in chosen(page, folder)
    assert page.locator("#problems li").count()


@pytest.mark.parametrize("fraud", frauds.PLAIN)
def test_the_ten_plain_frauds_are_named(page: Page, key: SealKey, tmp_path: Path, fraud: str) -> None:
    draft = Draft(key)
    change, _, where = frauds.PLAIN[fraud]
    with zipfile.ZipFile(io.BytesIO(frauds.plain(draft, change))) as archive:
        archive.extractall(tmp_path)
    assert "DITOLAK" in chosen(page, tmp_path / NAME)
    assert where.format(evidence=draft.path) in page.locator("#problems").inner_text()


@pytest.mark.parametrize("what", UNTOLD)
def test_what_the_log_does_not_tell_is_named_even_when_sealed(
    page: Page, key: SealKey, tmp_path: Path, what: str
) -> None:
    draft = Draft(key)
    forge, where = UNTOLD[what]
    set_times(draft.records, draft.events)
    draft.keeps_times = True
    forge(draft)
    assert "DITOLAK" in chosen(page, unpacked(draft, tmp_path))
    (problem,) = page.locator("#problems li").all_inner_texts()
    assert problem.startswith(where if where.startswith("data/") else f"data/records.json: {where}")


@pytest.mark.parametrize("what", [None, *OTHERWISE])
def test_what_became_of_recommendations_is_that_of_the_log(
    page: Page, key: SealKey, tmp_path: Path, what: str | None
) -> None:
    draft = Draft(key)
    lived(draft)
    forge, where = OTHERWISE[what] if what else (lambda _records: None, None)
    forge(draft.records)
    assert ("DITOLAK" in chosen(page, unpacked(draft, tmp_path))) is (where is not None)
    if where is not None:
        assert ": ".join(filter(None, ["data/records.json", where])) in page.locator("#problems").inner_text()


@pytest.mark.parametrize(("forge", "where"), ENDED)
def test_reviews_and_tombstones_are_those_of_the_log(
    page: Page, key: SealKey, tmp_path: Path, forge: Callable[[Any], object], where: str | None
) -> None:
    draft = Draft(key)
    ended(draft)
    forge(draft.records)
    draft.payload = [file for file in draft.files() if file.path != draft.path]
    assert ("DITOLAK" in chosen(page, unpacked(draft, tmp_path))) is (where is not None)
    if where is not None:
        assert f"data/records.json: {where}" in page.locator("#problems").inner_text()


@pytest.mark.parametrize("what", SPOILT)
def test_what_travels_with_a_delivery_is_that_of_the_log(page: Page, key: SealKey, tmp_path: Path, what: str) -> None:
    draft = Draft(key)
    accompany(draft)
    SPOILT[what](draft)
    assert ("DITOLAK" in chosen(page, unpacked(draft, tmp_path))) is (what != "nothing")
    assert ("s9" in page.locator("#problems").inner_text()) is (what not in ("nothing", "left out"))


def test_what_is_asked_after_the_issue_belongs_to_the_report(page: Page, key: SealKey, tmp_path: Path) -> None:
    draft = Draft(key)
    ask_more(draft)
    assert "DITOLAK" not in chosen(page, unpacked(draft, tmp_path))
    draft.records["requirements"][1]["quarter"] = 3
    assert "DITOLAK" in chosen(page, unpacked(draft, tmp_path / "forged"))
    assert "kebutuhan bukti r2" in page.locator("#problems").inner_text()


def test_a_file_that_no_record_names_is_refused(page: Page, key: SealKey, tmp_path: Path) -> None:
    draft = Draft(key)
    draft.extra = [PayloadFile.of_bytes("data/lain.txt", b"lain")]
    assert "DITOLAK" in chosen(page, unpacked(draft, tmp_path))
    assert page.locator("#problems").inner_text() == "data/lain.txt: Berkas ini tidak disebut dalam catatan."


def test_what_the_page_does_not_compare_is_said(page: Page, key: SealKey, tmp_path: Path) -> None:
    draft = Draft(key)
    draft.tag_files["rotations.jsonl"] = b""
    folder = unpacked(draft, tmp_path)
    chosen(page, folder)
    assert (
        "Bundel lama, jangkar, dan penggantian kunci segel tidak dibandingkan di sini"
        in page.locator("#notes").inner_text()
    )
    page.locator("summary").click()
    page.locator("#key").fill("0" * 64)
    assert "DITOLAK" in chosen(page, folder)
    assert "pakai verify.py --key" in page.locator("#notes").inner_text()


FORGED = [
    *(lambda r: r["sign_offs"].clear(), lambda r: r["sign_offs"][0].update(person="Orang Lain")),
    *(lambda r: r["decisions"].clear(), lambda r: r["decisions"][0].update(decided_on="2023-10-01")),
    *(lambda r: r["recommendations"][0].update(text="Lain."), lambda r: r["requirements"][0].update(state="verified")),
    *(
        lambda r: r["evidence"][0].update(verdict="warn"),
        lambda r: r.update(report=None),
        lambda r: r.update(year=2023),
    ),
]


@pytest.mark.parametrize("forge", FORGED)
def test_records_that_the_log_does_not_tell_are_refused_even_when_sealed(
    page: Page, key: SealKey, tmp_path: Path, forge
) -> None:
    draft = Draft(key)
    forge(draft.records)
    folder = unpacked(draft, tmp_path)
    assert not verify(folder).ok
    assert "DITOLAK" in chosen(page, folder)


def test_a_log_spoilt_under_a_good_seal_is_refused(page: Page, key: SealKey, tmp_path: Path) -> None:
    for number, spoil in enumerate((
        lambda lines: lines[1:], lambda lines: [lines[0], *lines[2:]], lambda lines: lines[:-1],
        lambda lines: [lines[0].replace(b"08:31", b"08:30"), *lines[1:]],
        lambda lines: [lines[0], lines[1].replace(b"dinas-a", b"dinas-b"), *lines[2:]],
    )):  # fmt: skip
        draft = Draft(key)
        draft.log = b"".join(spoil(draft.log_lines()))
        place = tmp_path / str(number)
        place.mkdir()
        folder = unpacked(draft, place)
        assert not verify(folder).ok
        assert "DITOLAK" in chosen(page, folder)


@pytest.mark.parametrize("fraud", frauds.WITHHELD)
def test_what_is_withheld_of_the_year_is_named(page: Page, key: SealKey, tmp_path: Path, fraud: str) -> None:
    draft = frauds.withheld(Draft(key), fraud)
    folder = unpacked(draft, tmp_path)
    assert "DITOLAK" in chosen(page, folder)
    said = page.locator("#problems li").all_inner_texts()
    assert said == [f"{problem.where}: {problem.message}" for problem in verify(folder).problems]
    assert page.locator("#notes li").first.inner_text() in verify(folder).notes


def test_names_and_sentences_of_strangers_stay_text(page: Page, key: SealKey, tmp_path: Path) -> None:
    draft = Draft(key)
    folder = unpacked(draft, tmp_path)
    (folder / "data/evidence/<img src=x onerror=alert(1)>.pdf").write_bytes(b"%PDF-")
    assert "DITOLAK" in chosen(page, folder)
    assert page.locator("#problems img").count() == 0


def test_a_folder_that_is_no_bundle_is_told(page: Page, tmp_path: Path) -> None:
    (tmp_path / "foto").mkdir()
    (tmp_path / "foto/a.txt").write_text("halo")
    assert "DITOLAK" in chosen(page, tmp_path / "foto")
    assert "bagit.txt tidak ada" in page.locator("#problems").inner_text()


def test_withheld_events_and_files_are_said(page: Page, key: SealKey, tmp_path: Path) -> None:
    draft = Draft(key)
    draft.records["evidence"][0] |= {"withheld": True, "path": None}
    draft.events = make_log(story_of(draft.records))
    draft.payload = [file for file in draft.files() if file.path != draft.path]
    folder = unpacked(draft, tmp_path)
    assert "utuh" in chosen(page, folder)
    assert "1 berkas bukti ditahan" in page.locator("#notes").inner_text()
    assert "1 peristiwa log hanya disertakan" in page.locator("#notes").inner_text()
    assert isinstance(draft.payload[0], PayloadFile)
    shutil.rmtree(folder)
