"""``--bag-only``: any bag, judged by RFC 8493 and as the conformance suite of its authors expects."""

import hashlib
import os
import zipfile
from pathlib import Path

import bagit
import pytest

from workflows.bundles.verify import verify

CORPUS = Path(os.environ.get("TUNTAS_CORPUS", Path(__file__).parents[5] / "shared" / "corpus")) / "bags"
BAGS = sorted(path for kind in ("valid", "invalid") for path in (CORPUS / kind).glob("*"))
DECLARATION = "BagIt-Version: {}\nTag-File-Character-Encoding: UTF-8\n"


def test_conformance_bags_are_there():
    if not BAGS:
        assert os.environ.get("CI") != "true", f"no bags in {CORPUS}"
        pytest.skip(f"no bags in {CORPUS}; set TUNTAS_CORPUS")
    assert {path.parent.name for path in BAGS} == {"valid", "invalid"}


@pytest.mark.parametrize("path", BAGS, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_conformance_bag_is_judged_right(path):
    verdict = verify(path, bag_only=True)
    assert verdict.ok == (path.parent.name == "valid"), verdict.problems


@pytest.mark.parametrize("path", BAGS, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_conformance_bag_is_judged_the_same_when_zipped(path, tmp_path):
    packed = tmp_path / "bag.zip"
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(path.rglob("*")):
            archive.write(file, f"{path.name}/{file.relative_to(path)}")
    assert verify(packed, bag_only=True).ok == (path.parent.name == "valid")


def make(root, files, *, version="1.0", algorithm="sha256", manifest=None):
    root.mkdir(exist_ok=True)
    for path, content in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(content)
    (root / "data").mkdir(exist_ok=True)
    (root / "bagit.txt").write_text(DECLARATION.format(version))
    lines = [f"{hashlib.new(algorithm, files[path]).hexdigest()}  {path}\n" for path in files]
    (root / f"manifest-{algorithm}.txt").write_text("".join(lines) if manifest is None else manifest)
    return root


@pytest.mark.parametrize("algorithm", ["md5", "sha1", "sha224", "sha256", "sha384", "sha512", "sha3_256", "blake2b"])
def test_every_common_algorithm_is_computed(tmp_path, algorithm):
    root = make(tmp_path / "bag", {"data/a": b"1"}, algorithm=algorithm)
    assert verify(root, bag_only=True).ok
    (root / "data/a").write_bytes(b"2")
    assert not verify(root, bag_only=True).ok


def test_bag_of_the_reference_tool_is_valid(tmp_path):
    (tmp_path / "bag" / "sub").mkdir(parents=True)
    (tmp_path / "bag" / "sub" / "nama berspasi é.txt").write_text("isi")
    bagit.make_bag(str(tmp_path / "bag"), {"Contact-Name": "Arsip Contoh"}, checksums=["md5", "sha256"])
    assert verify(tmp_path / "bag", bag_only=True).ok


def codes(root):
    return {problem.code for problem in verify(root, bag_only=True).problems}


def digest(content):
    return hashlib.sha256(content).hexdigest()


@pytest.mark.parametrize(("version", "valid"), [("1.0", True), ("0.97", False)])
def test_percent_sign_is_decoded_from_1_0_on_only(tmp_path, version, valid):
    manifest = f"{digest(b'1')}  data/50%25\n"
    root = make(tmp_path / "bag", {"data/50%": b"1"}, version=version, manifest=manifest)
    assert verify(root, bag_only=True).ok == valid


def test_line_end_in_a_name_is_decoded(tmp_path):
    root = make(tmp_path / "bag", {"data/a\nb": b"1"}, manifest=f"{digest(b'1')}  data/a%0Ab\n")
    assert verify(root, bag_only=True).ok


@pytest.mark.parametrize("form", ["{} *data/a\n", "{}\tdata/a\n", "{}  ./data/a\r\n", "{}   data/a"])
def test_spellings_of_other_writers_are_read(tmp_path, form):
    root = make(tmp_path / "bag", {"data/a": b"1"}, manifest=form.format(digest(b"1").upper()))
    assert verify(root, bag_only=True).ok


@pytest.mark.parametrize(
    ("version", "valid"),
    [("1.0", False), ("0.97", True)],
)
def test_all_manifests_list_all_files_from_1_0_on(tmp_path, version, valid):
    root = make(tmp_path / "bag", {"data/a": b"1", "data/b": b"2"}, version=version)
    (root / "manifest-sha512.txt").write_text(f"{hashlib.sha512(b'1').hexdigest()}  data/a\n")
    assert verify(root, bag_only=True).ok == valid


@pytest.mark.parametrize(
    "text",
    ["BagIt-Version: 1.0\n", DECLARATION.format("2.0"), "\ufeff" + DECLARATION.format("1.0"), "", "nonsense\n"],
)
def test_unknown_declaration_is_refused(tmp_path, text):
    root = make(tmp_path / "bag", {"data/a": b"1"})
    (root / "bagit.txt").write_text(text, encoding="utf-8")
    assert codes(root) == {"declaration"}


def test_other_encodings_of_tag_files_are_read(tmp_path):
    root = make(tmp_path / "bag", {"data/é": b"1"})
    (root / "bagit.txt").write_text("BagIt-Version: 1.0\nTag-File-Character-Encoding: ISO-8859-1\n")
    (root / "manifest-sha256.txt").write_bytes(f"{digest(b'1')}  data/é\n".encode("latin-1"))
    assert verify(root, bag_only=True).ok


def test_manifest_in_another_encoding_than_declared_is_refused(tmp_path):
    root = make(tmp_path / "bag", {"data/a": b"1"})
    (root / "manifest-sha256.txt").write_bytes(b"\xff\xfe")
    assert codes(root) == {"encoding", "extra_file"}


def test_bag_info_that_is_no_list_of_labels_is_refused(tmp_path):
    root = make(tmp_path / "bag", {"data/a": b"1"})
    (root / "bag-info.txt").write_text("Contact-Name: Arsip\n  Contoh\nnonsense\n")
    assert [problem.where for problem in verify(root, bag_only=True).problems] == ["bag-info.txt: baris 3"]


def test_file_listed_twice_is_refused(tmp_path):
    root = make(tmp_path / "bag", {"data/a": b"1"}, manifest=f"{digest(b'1')}  data/a\n" * 2)
    assert codes(root) == {"duplicate"}


@pytest.mark.parametrize("told", ["1.2", "2.1", "x"])
def test_wrong_payload_oxum_is_refused(tmp_path, told):
    root = make(tmp_path / "bag", {"data/a": b"1"})
    (root / "bag-info.txt").write_text(f"Payload-Oxum: {told}\n")
    assert codes(root) == {"oxum"}


def test_fetch_list_never_stands_in_for_a_file(tmp_path):
    root = make(tmp_path / "bag", {"data/a": b"1"})
    (root / "fetch.txt").write_text("https://example.org/a 1 data/a\n")
    assert verify(root, bag_only=True).ok
    (root / "data/a").unlink()
    assert codes(root) == {"missing_file"}


@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd", "~/x", "data/../../x"])
def test_fetch_list_that_reaches_outside_is_refused(tmp_path, name):
    root = make(tmp_path / "bag", {"data/a": b"1"})
    (root / "fetch.txt").write_text(f"https://example.org/a 1 {name}\n")
    assert codes(root) == {"unsafe_path"}


def test_manifest_of_an_unknown_algorithm_is_not_taken_on_trust(tmp_path):
    root = make(tmp_path / "bag", {"data/a": b"1"})
    (root / "manifest-rot13.txt").write_text("00  data/a\n")
    assert codes(root) == {"algorithm"}


def test_bag_without_payload_folder_is_refused(tmp_path):
    root = make(tmp_path / "bag", {})
    (root / "data").rmdir()
    assert "missing_file" in codes(root)


def test_bag_without_any_manifest_is_refused(tmp_path):
    root = make(tmp_path / "bag", {})
    (root / "manifest-sha256.txt").unlink()
    assert codes(root) == {"missing_file"}
