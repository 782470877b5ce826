"""ZIPs made to mean two things at once, or to reach outside: refused with what and where, never extracted."""

import errno
import hashlib
import os
import stat
import struct
import zipfile
import zlib

import pytest

from workflows.bundles import verify as verifier
from workflows.bundles.verify import (
    BAGIT_TXT,
    END,
    LOCATOR,
    Findings,
    Zip,
    central_header,
    dos_time,
    end_of_directory,
    local_header,
    verify,
)

NAME = "bundel-DINAS-A-2024"
STAMP = (0, 0x21)
END_OF_ARCHIVE, DIRECTORY, ENTRY = b"PK\5\6", b"PK\1\2", b"PK\3\4"


def found(path, *, bag_only=False):
    verdict = verify(path, bag_only=bag_only)
    assert not verdict.ok
    return {(problem.code, problem.where) for problem in verdict.problems}


def both(path):
    """Findings on which the strict and the general measure agree."""
    return found(path) & found(path, bag_only=True)


@pytest.fixture
def contents(bundle):
    with zipfile.ZipFile(bundle) as archive:
        return [(info, archive.read(info)) for info in archive.infolist()]


@pytest.mark.parametrize("junk", [b"x", b"#!/bin/sh\n" * 50, bytes(70_000)])
def test_prepended_data_is_refused(bundle, junk):
    bundle.write_bytes(junk + bundle.read_bytes())
    assert ("data_before", "ZIP") in both(bundle)


@pytest.mark.parametrize("junk", [b"x", b"PK", bytes(60_000)])
def test_appended_data_is_refused(bundle, junk):
    bundle.write_bytes(bundle.read_bytes() + junk)
    assert ("data_after", "ZIP") in both(bundle)


def test_archive_comment_is_refused(bundle):
    with zipfile.ZipFile(bundle, "a") as archive:
        archive.comment = b"hello"
    assert ("data_after", "ZIP") in found(bundle)


def test_whole_second_archive_behind_the_first_is_refused(bundle):
    bundle.write_bytes(bundle.read_bytes() * 2)
    assert ("data_before", "ZIP") in both(bundle)


def test_data_between_entries_is_refused(bundle):
    content = bundle.read_bytes()
    end = END.unpack(content[-END.size :])
    body, directory = content[: end[6]], content[end[6] : -END.size]
    hidden = body + b"hidden" + directory + end_of_directory(end[4], end[5], end[6] + 6)
    bundle.write_bytes(hidden)
    assert ("data_between", "ZIP") in both(bundle)


def test_two_entries_sharing_bytes_are_refused(tmp_path):
    """The quoted-overlap trick of compression bombs."""
    stamp, content = STAMP, b"abc"
    first = local_header(b"x/bagit.txt", zlib.crc32(content), 3, stamp) + content
    directory = central_header(b"x/bagit.txt", zlib.crc32(content), 3, 0, stamp)
    directory += central_header(b"x/data", zlib.crc32(content), 3, 0, stamp)
    path = tmp_path / "overlap.zip"
    path.write_bytes(first + directory + end_of_directory(2, len(directory), len(first)))
    assert {code for code, _ in both(path)} >= {"overlap", "header_mismatch"}


def test_local_header_that_tells_another_name_is_refused(bundle, draft):
    content = bundle.read_bytes()
    name = f"{NAME}/{draft.path}".encode()
    bundle.write_bytes(content.replace(name, name[:-4] + b".exe", 1))
    assert ("header_mismatch", f"{NAME}/{draft.path}") in both(bundle)


def test_compressed_entry_is_refused_in_a_bundle_only(contents, rezip):
    path = rezip([(info.filename, content) for info, content in contents], compression=zipfile.ZIP_DEFLATED)
    assert ("compressed", f"{NAME}/data/index.html") in found(path)
    assert verify(path, bag_only=True).ok


def test_stored_zip_of_another_writer_is_refused_as_not_the_sealed_one(contents, rezip):
    path = rezip([(info.filename, content) for info, content in contents])
    assert {code for code, _ in found(path)} == {"zip_form"}
    assert verify(path, bag_only=True).ok


def test_encrypted_entry_is_refused(bundle):
    content = bytearray(bundle.read_bytes())
    for signature, place in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        content[content.index(signature) + place] |= 1
    bundle.write_bytes(content)
    assert ("encrypted", f"{NAME}/bag-info.txt") in both(bundle)


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFBLK])
def test_link_and_device_in_a_zip_are_refused(contents, rezip, kind):
    info = zipfile.ZipInfo(f"{NAME}/data/evil")
    info.external_attr = (kind | 0o777) << 16
    info.create_system = 3
    path = rezip([*contents, (info, b"/etc/passwd")])
    code = "link" if kind == stat.S_IFLNK else "not_a_file"
    assert (code, f"{NAME}/data/evil") in both(path)


UNSAFE = ["../evil", "data/../../evil", "data/./x", "data//x", "data/a\\..\\..\\x", "C:evil", "~root/x"]


@pytest.mark.parametrize("name", UNSAFE)
def test_name_that_reaches_outside_is_refused(contents, rezip, name):
    path = rezip([*contents, (f"{NAME}/{name}", b"evil")])
    assert ("unsafe_path", name) in both(path)


def test_absolute_name_is_refused(contents, rezip):
    path = rezip([*contents, ("/etc/cron.d/evil", b"evil")])
    assert ("top_folder", "ZIP") in both(path)


@pytest.mark.parametrize("name", ["data/CON", "data/aux.pdf", "data/x.", "data/é.pdf", "data/a b", "data/a:b", "-x"])
def test_name_that_some_system_would_change_is_refused_in_a_bundle(contents, rezip, name):
    assert ("unsafe_path", name) in found(rezip([*contents, (f"{NAME}/{name}", b"x")]))


def test_control_characters_of_a_name_never_reach_the_terminal(contents, rezip):
    path = rezip([*contents, (f"{NAME}/data/\x1b[2Jx", b"evil")])
    assert ("unsafe_path", "data/\\x1b[2Jx") in found(path)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_name_given_twice_is_refused(contents, rezip, draft):
    path = rezip([*contents, (f"{NAME}/{draft.path}", b"%PDF-1.7 other")])
    assert ("duplicate", draft.path) in both(path)


@pytest.mark.parametrize(
    ("one", "other"),
    [("data/Bukti.pdf", "data/bukti.pdf"), ("data/caf\u00e9", "data/cafe\u0301"), ("data/stra\u00dfe", "data/strasse")],
)
def test_twin_names_are_refused(contents, rezip, one, other):
    path = rezip([*contents, (f"{NAME}/{one}", b"1"), (f"{NAME}/{other}", b"2")])
    assert "twin" in {code for code, _ in both(path)}


def test_name_of_a_file_and_of_a_folder_at_once_is_refused(contents, rezip):
    path = rezip([*contents, (f"{NAME}/data/Audit.jsonl/x", b"1")])
    assert ("twin", "data/audit.jsonl") in both(path)


@pytest.mark.parametrize("tops", [["", "x/"], ["a/", "b/"], ["a/", ""]])
def test_more_than_one_folder_is_refused(rezip, tops):
    path = rezip([(f"{top}bagit.txt", b"") for top in tops])
    assert ("top_folder", "ZIP") in both(path)


def test_renamed_folder_is_not_the_sealed_one(bundle):
    content = bundle.read_bytes().replace(f"{NAME}/".encode(), b"bundel-DINAS-B-2024/")
    bundle.write_bytes(content)
    assert found(bundle) == {("seal_name", "ZIP")}


def test_times_moved_together_are_not_the_sealed_ones(bundle, draft):
    stamp = struct.pack("<2H", *dos_time(draft.ordered_at))
    bundle.write_bytes(bundle.read_bytes().replace(stamp, struct.pack("<2H", 0, 0x5C21)))
    assert {code for code, _ in found(bundle)} == {"zip_form"}


def test_compression_bomb_is_not_inflated(rezip):
    path = rezip([("x/bagit.txt", b""), ("x/data/bomb", bytes(16 << 20))], compression=zipfile.ZIP_DEFLATED)
    assert ("bomb", "x/data/bomb") in found(path, bag_only=True)


@pytest.mark.parametrize("lie", [4000, 6000])
def test_entry_that_inflates_to_another_size_than_it_told_is_refused(rezip, lie):
    manifest = b"%s  data/grown\n" % hashlib.sha256(b"b" * 5000).hexdigest().encode()
    entries = {"bagit.txt": BAGIT_TXT, "manifest-sha256.txt": manifest, "data/grown": b"b" * 5000}
    path = rezip([(f"x/{name}", entries[name]) for name in entries], compression=zipfile.ZIP_DEFLATED)
    assert verify(path, bag_only=True).ok
    path.write_bytes(path.read_bytes().replace(struct.pack("<L", 5000), struct.pack("<L", lie)))
    assert ("checksum", "data/grown") in found(path, bag_only=True)


def test_damaged_compression_is_refused(rezip):
    manifest = b"%s  data/a\n" % hashlib.sha256(bytes(5000)).hexdigest().encode()
    entries = {"bagit.txt": BAGIT_TXT, "manifest-sha256.txt": manifest, "data/a": bytes(5000)}
    path = rezip([(f"x/{name}", entries[name]) for name in entries], compression=zipfile.ZIP_DEFLATED)
    content = bytearray(path.read_bytes())
    content[content.rindex(ENTRY) + 30 + len("x/data/a")] = 0xFF  # a block type that does not exist
    path.write_bytes(content)
    assert ("checksum", "x/data/a") in found(path, bag_only=True)


def test_sizes_beyond_four_gigabytes_stay_readable_by_others(tmp_path):
    """A sparse file stands for the content: only the headers are looked at."""
    size, stamp, path = 5 << 30, STAMP, tmp_path / "large.zip"
    with path.open("wb") as out:
        out.write(local_header(b"x/a", 0, size, stamp))
        out.seek(size, 1)
        offset = out.tell()
        out.write(local_header(b"x/b", 0, 0, stamp))
        directory_at = out.tell()
        directory = central_header(b"x/a", 0, size, 0, stamp) + central_header(b"x/b", 0, 0, offset, stamp)
        out.write(directory + end_of_directory(2, len(directory), directory_at))
    with zipfile.ZipFile(path) as archive:
        seen = [(info.filename, info.file_size, info.header_offset) for info in archive.infolist()]
        with archive.open("x/b") as stream:
            assert stream.read() == b""
    assert seen == [("x/a", size, 0), ("x/b", 0, offset)]
    findings = Findings()
    with path.open("rb") as stream:
        ours = Zip(stream, findings, strict=True)
        assert (ours.sizes, findings.problems) == ({"a": size, "b": 0}, {})


def edit(content, signature, form, place, change):
    """Adds to one field of the last header with that signature."""
    at = content.rindex(signature) + place
    (value,) = struct.unpack_from(form, content, at)
    return content[:at] + struct.pack(form, value + change) + content[at + struct.calcsize(form) :]


LAST = f"{NAME}/verify.py"
BROKEN = {
    "number of entries too high": ([(END_OF_ARCHIVE, "<H", 10, 1)], "zip_broken", "ZIP: entri 16"),
    "number of entries too low": ([(END_OF_ARCHIVE, "<H", 10, -1)], "zip_broken", "ZIP"),
    "directory larger than the file": ([(END_OF_ARCHIVE, "<L", 12, 0x7FFFFFF0)], "zip_broken", "ZIP"),
    "name longer than the directory": ([(DIRECTORY, "<H", 28, 1)], "zip_broken", LAST),
    "size in a field that is not there": ([(DIRECTORY, "<L", 24, 0xFFFFFFFF - 8)], "zip_broken", LAST),
    "offset beside the header": ([(DIRECTORY, "<L", 42, 1)], "header_mismatch", LAST),
    "content into the directory": ([(DIRECTORY, "<L", 20, 1), (ENTRY, "<L", 18, 1)], "overlap", LAST),
    "unusual end": ([(END_OF_ARCHIVE, "<H", 4, 1)], "zip_form", "ZIP"),
    "unusual entry": ([(DIRECTORY, "<H", 36, 1)], "zip_form", LAST),
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_archive_is_told_where(bundle, name):
    edits, code, where = BROKEN[name]
    for signature, form, place, change in edits:
        bundle.write_bytes(edit(bundle.read_bytes(), signature, form, place, change))
    assert (code, where) in (found(bundle) if code == "zip_form" else both(bundle))


def test_end_of_large_archives_without_its_record_is_refused(bundle):
    content = bundle.read_bytes()
    bundle.write_bytes(content[: -END.size] + LOCATOR.pack(b"PK\6\7", 0, 0, 1) + content[-END.size :])
    assert ("zip_broken", "ZIP") in both(bundle)


def test_entries_out_of_order_are_refused(contents, draft, bundle):
    stamp, body, directory = dos_time(draft.ordered_at), b"", b""
    for info, content in reversed(contents):
        directory += central_header(info.filename.encode(), info.CRC, len(content), len(body), stamp)
        body += local_header(info.filename.encode(), info.CRC, len(content), stamp) + content
    bundle.write_bytes(body + directory + end_of_directory(len(contents), len(directory), len(body)))
    assert found(bundle) == {("zip_form", "ZIP")}


def test_more_files_than_the_limit_are_not_read(bundle, folder, monkeypatch):
    monkeypatch.setattr(verifier, "MAX_FILES", 5)
    assert ("zip_broken", "ZIP") in both(bundle)
    assert ("too_many_files", ".") in both(folder)


def test_file_that_the_disk_refuses_is_told(folder, monkeypatch, draft):
    def refuse(path, *rest):
        if str(path).endswith(draft.path):
            raise OSError(errno.EIO, "Input/output error")
        return opened(path, *rest)

    opened = os.open
    monkeypatch.setattr(os, "open", refuse)
    assert both(folder) == {("unreadable", draft.path)}


def test_damaged_directory_never_crashes_the_verifier(bundle):
    """Every byte of the directory set to its highest value, in pairs, so that lengths and offsets run wild."""
    content = bundle.read_bytes()
    start = END.unpack(content[-END.size :])[6]
    for position in range(start, len(content) - 1, 3):
        bundle.write_bytes(content[:position] + b"\xff\xff" + content[position + 2 :])
        for bag_only in (False, True):
            verify(bundle, bag_only=bag_only)
