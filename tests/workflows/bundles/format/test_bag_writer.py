"""The writer: what it refuses to pack, and how it names evidence."""

import contextlib
import hashlib
import io
import resource
import subprocess
import sys
import time
import zipfile
from datetime import UTC, datetime, timedelta, timezone

import pytest

from tests.support.forgers import refiled
from workflows.bundles.bag import PayloadFile, PayloadMismatchError, write_bag
from workflows.bundles.operations import folder_name
from workflows.bundles.verify import LONGEST_PATH, MAX_FOLDER, MAX_PATH, evidence_path, is_bundle_path, verify

AT = datetime(2024, 11, 5, 8, 33, 1, tzinfo=UTC)


def write(payload, *, out=None, name="bundel", ordered_at=AT, tag_files=None, bag_info=None):
    return write_bag(
        io.BytesIO() if out is None else out,
        name=name,
        payload=payload,
        bag_info=bag_info or {},
        ordered_at=ordered_at,
        seal=lambda manifests: b"{}\n",
        tag_files=tag_files or {},
    )


def file(path="data/a", content=b"1"):
    return PayloadFile.of_bytes(path, content)


@pytest.mark.parametrize(
    "changed",
    [
        PayloadFile("data/a", 3, lambda: io.BytesIO(b"12")),
        PayloadFile("data/a", 3, lambda: io.BytesIO(b"1234")),
        PayloadFile("data/a", 3, lambda: io.BytesIO(b"124"), sha256=hashlib.sha256(b"123").hexdigest()),
    ],
    ids=["short", "long", "other"],
)  # fmt: skip
def test_payload_that_is_not_as_promised_is_named(changed):
    with pytest.raises(PayloadMismatchError) as caught:
        write([file("data/0"), changed])
    assert caught.value.path == "data/a"
    assert caught.value.code == "payload_mismatch"


@pytest.mark.parametrize(
    "paths",
    [
        ["a"],
        ["data/../a"],
        ["data/é"],
        ["data/CON"],
        ["data/a", "data/a"],
        ["data/a", "data/A"],
        ["data/"],
        ["/data/a"],
    ],
)
def test_name_that_may_not_stand_in_a_bundle_is_refused(paths):
    with pytest.raises(ValueError, match=r"bundle|data/"):
        write([file(path) for path in paths])


@pytest.mark.parametrize(
    "name", ["seal.json", "bagit.txt", "manifest-md5.txt", "tagmanifest-md5.txt", "fetch.txt", "data/x"]
)
def test_tag_file_cannot_take_the_place_of_the_bags_own(name):
    with pytest.raises(ValueError, match="tag file"):
        write([file()], tag_files={name: b""})


@pytest.mark.parametrize("name", ["a/b", "..", "", "x y"])
def test_folder_name_must_be_plain(name):
    with pytest.raises(ValueError, match="name"):
        write([file()], name=name)


@pytest.mark.parametrize("value", ["a\nPayload-Oxum: 1.1", "\x07", " "])
def test_bag_info_holds_plain_lines_only(value):
    with pytest.raises(ValueError, match="bag-info"):
        write([file()], bag_info={"Contact-Name": value})


def test_clock_and_zone_of_the_machine_leave_no_trace():
    wib = timezone(timedelta(hours=7))
    one, other = io.BytesIO(), io.BytesIO()
    assert write([file()], out=one) == write([file()], out=other, ordered_at=AT.astimezone(wib))
    assert one.getvalue() == other.getvalue()
    with zipfile.ZipFile(one) as archive:
        assert {info.date_time for info in archive.infolist()} == {(2024, 11, 5, 8, 33, 0)}


def test_order_of_the_payload_does_not_matter():
    files = [file("data/b"), file("data/a/c"), file("data/a-b")]
    one, other = io.BytesIO(), io.BytesIO()
    assert write(files, out=one) == write(files[::-1], out=other)
    assert one.getvalue() == other.getvalue()


def test_each_payload_is_opened_once_and_closed():
    opened = []

    @contextlib.contextmanager
    def content():
        opened.append("open")
        yield io.BytesIO(b"1")
        opened.append("closed")

    write([PayloadFile("data/a", 1, content)])
    assert opened == ["open", "closed"]


def test_result_tells_what_was_written():
    out = io.BytesIO()
    result = write([file()], out=out)
    assert result.size == len(out.getvalue())
    with zipfile.ZipFile(out) as archive:
        text = archive.read("bundel/tagmanifest-sha256.txt")
    assert result.tagmanifest_sha256 == sha256sum(text)
    assert result.sha256 == sha256sum(out.getvalue())


def sha256sum(content):
    return subprocess.run(["sha256sum"], input=content, capture_output=True, check=True).stdout[:64].decode()


@pytest.mark.slow
def test_more_files_than_a_plain_zip_can_count(tmp_path):
    path = tmp_path / "many.zip"
    with path.open("w+b") as out:
        write([file(f"data/{number:05}", b"") for number in range(65_536)], out=out)
    with zipfile.ZipFile(path) as archive:
        assert len(archive.namelist()) == 65_536 + 7
    assert verify(path, bag_only=True).ok


def test_large_payload_neither_fills_memory_nor_waits_for_anything_but_the_hashes(draft, tmp_path, capsys):
    size = 128 << 20
    source = tmp_path / "large.bin"
    with source.open("wb") as stream:
        stream.truncate(size)
    with source.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    refiled(draft.records, old=draft.records["evidence"][0]["sha256"], new=digest)
    draft.records["evidence"][0]["bytes"] = size
    draft.rewrite_log()
    others = [file for file in draft.files() if file.path != draft.path]
    name = draft.records["evidence"][0]["path"]
    draft.payload = [*others, PayloadFile(name, size, lambda: source.open("rb"), digest)]
    path = tmp_path / "large.zip"
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.perf_counter()
    with path.open("w+b") as out:
        draft.build(out)
    written = time.perf_counter()
    assert verify(path).ok
    verified = time.perf_counter()
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) >> 10
    for tool in ("sha256sum", "sha512sum"):
        subprocess.run([tool, source], check=True, stdout=subprocess.DEVNULL)
    summed = time.perf_counter()
    speeds = [size / 1e6 / seconds for seconds in (written - start, verified - written, summed - verified)]
    with capsys.disabled():
        report = "\nbundle: written {:.0f}, verified {:.0f}, sha256sum + sha512sum {:.0f} MB/s\n"
        sys.stderr.write(report.format(*speeds))
    assert grown < 32
    assert speeds[1] > 0.5 * speeds[2]


# -- names of evidence

DIGEST = "ab12cd" + "0" * 58


def test_evidence_is_named_for_people():
    assert evidence_path(["A-1"], 1, "Bidang X", 2, DIGEST) == "data/evidence/A-1/TW1/Bidang-X_rev2_ab12cd.pdf"
    assert evidence_path(["A-1", "B-1"], None, "Sekretariat", 1, DIGEST) == (
        "data/evidence/A-1_B-1/Tahunan/Sekretariat_rev1_ab12cd.pdf"
    )


@pytest.mark.parametrize(
    "unit", ["Bidang Ideologi, Wawasan & Karakter Bangsa " * 9, "Bídang Ñ", "../../etc", "", "統一", "CON"]
)
def test_evidence_name_is_always_allowed_and_short(unit):
    path = evidence_path(["A.1", "../b", "C 1", "D-1", "E"], 4, unit, 9999, "f" * 64)
    assert is_bundle_path(path)
    assert len(path) <= LONGEST_PATH


def test_evidence_name_is_short_in_the_worst_case_too():
    """Three long numbers, no quarter, a long unit, a four-figure revision, and twins that need every digit."""
    numbers, unit, taken, paths = ["1234567890-AB"] * 3, "Bidang Ideologi Wawasan Karakter Bangsa Kita", {}, set()
    folder = folder_name("dinas-pengelolaan-keuangan-dan-aset-daerah", 2026)
    assert len(folder) == MAX_FOLDER
    for alike in (0, 6, 12, 24):
        digest = "a" * alike + "0123"[len(paths)] * (64 - alike)
        path = evidence_path(numbers, None, unit, 9999, digest, taken=taken)
        assert is_bundle_path(f"{folder}/{path}")
        assert len(f"{folder}/{path}") < MAX_PATH
        assert digest[:6] in path
        assert "/1234" in path
        assert "/Bidang-Ideo" in path
        paths.add(path)
        for digits in (6, 12, 24):  # the names that a twin would have had first
            taken.setdefault(
                evidence_path(numbers, None, unit, 9999, "a" * digits + "f" * 58, taken={}).casefold(), ("", "")
            )
    assert len(paths) == 4
    assert max(len(path) for path in paths) > LONGEST_PATH - 4


def test_evidence_names_stay_unique_also_without_letter_case():
    taken = {}
    twin = DIGEST[:-1] + "1"
    first = evidence_path(["A-1"], 1, "Bidang X", 1, DIGEST, taken=taken)
    assert evidence_path(["A-1"], 1, "bidang x", 1, DIGEST, taken=taken) == first
    assert (
        evidence_path(["A-1"], 1, "BIDANG X", 1, twin[:10] + "ff" + twin[12:], taken=taken).casefold()
        != first.casefold()
    )
