"""The command line without a running product: what it writes, refuses, and how it ends."""

import io
import json
import os
import zipfile
from collections.abc import Iterator
from pathlib import Path
from xml.sax.saxutils import escape

import pytest

from tests.support.demos import tuntas
from webapp.deployment import prepare
from webapp.embedded import Engines

SEED = (
    Path(os.environ.get("TUNTAS_SEED", Path(__file__).parents[4] / "shared" / "seed"))
    / "rencana-aksi-kesbangpol-2024.md"
)

ROSTER = """
region: {code: uji, name: Kabupaten Uji, timezone: Asia/Jayapura}
agencies:
  - {code: kesbangpol, name: Badan Kesbangpol, units: [{code: sek, name: Sekretariat, secretariat: true}, {code: b1, name: Bidang Satu}]}
people:
  - {name: Kepala Contoh, email: kepala@uji.example, posts: [{role: agency_head, agency: kesbangpol}]}
  - {name: Evaluator Contoh, email: evaluator@uji.example, posts: [{role: evaluator, duty: member, letter: "700/ST/1", to: 2099-12-31}]}
"""


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A data folder with a small organisation, its engines running so that each command need not start them."""
    folder = tmp_path_factory.mktemp("cli")
    (folder / "organisasi.yaml").write_text(ROSTER, "utf-8")
    with Engines.start(folder / "data", durable=False) as engines:
        prepare(engines.addresses)
        fill(folder)
        yield folder / "data"


def fill(folder: Path) -> None:
    """Import the organisation."""
    made = tuntas("org", "import", str(folder / "organisasi.yaml"), "--json", data=folder / "data")
    assert made.returncode == 0, made.stderr
    assert json.loads(made.stdout) == {
        "daerah": 1, "perangkat daerah": 1, "bidang": 2, "bidang ditutup": 0, "orang": 2, "akun": 2, "penugasan": 2,
    }  # fmt: skip


def test_importing_the_organisation_twice_changes_nothing(data: Path) -> None:
    again = tuntas("org", "import", str(data.parent / "organisasi.yaml"), "--json", data=data)
    assert set(json.loads(again.stdout).values()) == {0}


def test_the_policy_for_ink_is_set_and_an_unknown_region_refused(data: Path) -> None:
    assert tuntas("org", "ink", "accept", "--region", "UJI", data=data).returncode == 0
    assert tuntas("org", "ink", "confirm", "--region", "uji", data=data).returncode == 0
    assert tuntas("org", "ink", "accept", "--region", "lain", data=data).returncode != 0
    assert tuntas("org", "ink", "never", "--region", "uji", data=data).returncode == 2


def table_xlsx(rows: list[list[str]]) -> bytes:
    """Return a workbook with one sheet of inline texts."""
    cells = "".join(
        "<row>" + "".join(f'<c t="inlineStr"><is><t>{escape(text)}</t></is></c>' for text in row) + "</row>"
        for row in rows
    )
    names = {
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
        '<Override PartName="/xl/s.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>',
        "_rels/.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r" '
        'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
        'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="s" sheetId="1" r:id="r"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r" '
        'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="s.xml"/></Relationships>',
        "xl/s.xml": f'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{cells}</sheetData></worksheet>',
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, text in names.items():
            archive.writestr(name, text)
    return out.getvalue()


def test_csv_and_xlsx_say_the_same(data: Path, tmp_path: Path) -> None:
    rows = [
        ["region_code", "agency_code", "agency_name", "unit_code", "unit_name", "role", "name", "nip", "email"],
        [
            "uji",
            "dinkes",
            "Dinas Kesehatan",
            "b1",
            "Bidang Satu",
            "unit_head",
            "Bidan Contoh",
            "19050101 193001 2 001",
            "bidan@uji.example",
        ],
    ]
    (tmp_path / "o.csv").write_text("\n".join(";".join(row) for row in rows), "utf-8-sig")
    (tmp_path / "o.xlsx").write_bytes(table_xlsx(rows))
    first = json.loads(tuntas("org", "import", str(tmp_path / "o.csv"), "--json", data=data).stdout)
    assert (first["perangkat daerah"], first["bidang"], first["orang"], first["penugasan"]) == (1, 1, 1, 1)
    second = json.loads(tuntas("org", "import", str(tmp_path / "o.xlsx"), "--json", data=data).stdout)
    assert set(second.values()) == {0}


@pytest.mark.parametrize(
    ("name", "text", "word"),
    [
        ("o.csv", "region_code,role,agency_code\nuji,raja,x\n", "raja"),
        ("o.csv", "kode,nama\n1,2\n", "kolom tidak dikenal"),
        ("o.yaml", "region: [", "tidak dapat dibaca"),
        ("o.xlsx", "bukan zip", "tidak dapat dibaca"),
        ("o.txt", "x", "xlsx, csv, atau yaml"),
        ("o.csv", "region_code,role,agency_code,unit_code,name,nip\nuji,unit_head,a,b,C,123\n", "NIP harus 18 angka"),
    ],
)
def test_a_wrong_organisation_file_is_named_and_writes_nothing(
    data: Path, tmp_path: Path, name: str, text: str, word: str
) -> None:
    (tmp_path / name).write_text(text, "utf-8")
    refused = tuntas("org", "import", str(tmp_path / name), data=data)
    assert refused.returncode == 1
    assert word in refused.stderr
    assert "Traceback" not in refused.stderr


@pytest.fixture
def seed() -> Path:
    """The real plan, which is not part of the project."""
    if not SEED.is_file():
        if os.environ.get("CI") == "true":
            pytest.fail(f"{SEED} is not there")
        pytest.skip("TUNTAS_SEED names no seed")
    return SEED


def test_a_dry_run_needs_no_database_and_no_known_agency(seed: Path, tmp_path: Path) -> None:
    shown = tuntas(
        "import", str(seed), "--agency", "tidak-ada", "--year", "2024", "--dry-run", "--json", data=tmp_path / "none"
    )
    assert shown.returncode == 0, shown.stderr
    document = json.loads(shown.stdout)
    assert [entry["number"] for entry in document["recommendations"]] == ["A-1", "B-1", "C-1", "C-2", "C-3", "D-1"]
    assert not (tmp_path / "none").exists()


def test_importing_the_seed_twice_changes_nothing(seed: Path, data: Path) -> None:
    arguments = ("import", str(seed), "--agency", "kesbangpol", "--year", "2024")
    first, second = tuntas(*arguments, data=data), tuntas(*arguments, data=data)
    assert (first.returncode, second.returncode) == (0, 0), first.stderr + second.stderr
    assert "6 rekomendasi" in first.stderr
    assert "tidak ada yang berubah" in second.stderr


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (("import", "tidak-ada.md", "--agency", "x", "--year", "2024"), 1),
        (("import",), 2),
        (("nonsense",), 2),
        (("bundle", "--agency", "x"), 2),
        (("token", "create", "--user", "nobody@uji.example"), 1),
        (("bundle", "--agency", "tidak-ada", "--year", "2024", "--reason", "x", "--out", "/tmp/tidak-jadi.zip"), 1),
        (("user", "add", "--email", "baru@uji.example"), 1),
        (("archive", "dispose", "BAP-2026-999999"), 1),
        (("archive", "fixity", "--agency", "tidak-ada"), 1),
    ],
)
def test_wrong_use_and_refusals_end_with_their_status_and_one_sentence(
    data: Path, arguments: tuple[str, ...], status: int
) -> None:
    ended = tuntas(*arguments, data=data if status == 1 else None)
    assert ended.returncode == status
    assert "Traceback" not in ended.stderr
    assert ended.stderr.strip()


def test_an_archive_without_objects_is_whole(data: Path) -> None:
    for arguments in (("fixity", "--older-than", "30", "--rate", "5"), ("reconcile", "--agency", "kesbangpol")):
        done = tuntas("archive", *arguments, "--json", data=data)
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout) == {"ok": True, "looked_at": 0, "troubles": []}


def test_a_file_without_a_plan_is_an_error_that_says_what_was_looked_for(tmp_path: Path) -> None:
    (tmp_path / "surat.md").write_text("# Surat undangan\n\nRapat hari Senin.\n", "utf-8")
    refused = tuntas("import", str(tmp_path / "surat.md"), "--agency", "x", "--year", "2024", "--dry-run", "--json")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "rekomendasi" in refused.stderr.lower()


def test_an_account_and_a_token_are_shown_once(data: Path) -> None:
    made = json.loads(tuntas("user", "add", "--email", "kepala@uji.example", "--json", data=data).stdout)
    assert len(made["password"]) >= 12
    token = tuntas("token", "create", "--user", "kepala@uji.example", "--scope", "act", data=data)
    assert token.returncode == 0
    assert token.stdout.startswith("tnt_")


def test_a_command_starts_the_engines_itself_when_none_run(tmp_path: Path) -> None:
    verified = tuntas("audit", "verify", "--json", data=tmp_path / "alone")
    assert verified.returncode == 0, verified.stderr
    assert json.loads(verified.stdout) == {
        **{"ok": True, "events": 0, "chains": []},
        **{"problems": [], "stored_anchors": 0, "lost": []},
    }
    assert not (tmp_path / "alone" / "run" / "engines.json").exists()


def test_a_demo_never_touches_a_folder_with_real_data(data: Path) -> None:
    (data / "secrets" / "session.key").write_text("x" * 40)
    refused = tuntas("demo", "--port", "0", data=data)
    assert refused.returncode == 1
    assert "data sungguhan" in refused.stderr
