#!/usr/bin/env python3
"""Last link of the flow: proves a bundle offline, for somebody who need not trust its makers.

One file, standard library only, Python 3.9 or newer. A copy travels in every bundle as a tag file; the
product itself always runs its own. Nothing is extracted, fetched or followed, and memory does not grow with
the payload.

Two measures. A bundle of this product is held to its one possible form: BagIt 1.0 (RFC 8493) with both
manifests, a ZIP rebuilt header by header, the log's chain recomputed, the seal's signature. With ``bag_only``
any bag is judged by RFC 8493 alone, also one declared 0.93 to 0.97.
"""

from __future__ import annotations

import abc
import argparse
import contextlib
import hashlib
import io
import json
import os
import re
import stat
import struct
import sys
import unicodedata
import zlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from typing import (
    Any,
    BinaryIO,
    Callable,
    Dict,
    Iterable,
    Iterator,
    List,
    Mapping,
    NamedTuple,
    NoReturn,
    Optional,
    Sequence,
    Set,
    Tuple,
)

USAGE = """\
Pemakaian: python verify.py BUNDEL [PILIHAN...]

  BUNDEL       berkas ZIP, atau folder hasil membukanya
  --bag-only   nilai sebagai bag apa pun menurut RFC 8493, tanpa segel dan log
  --json       hasil sebagai satu dokumen JSON
  --key SIDIK  sidik kunci segel yang Anda ketahui dari sumber lain (64 angka heksadesimal)
  --rotation BERKAS  pergantian kunci segel yang Anda pegang; yang ada dalam bundel dipakai juga

Yang berikut boleh diulang; setiap satu harus cocok, dan satu saja membuat bundel ini berjangkar:

  --receipt NOMOR:URUT:HASH  tanda terima yang Anda pegang
  --anchor BERKAS            jangkar yang Anda simpan
  --earlier BUNDEL           bundel sebelumnya dari perangkat daerah yang sama
  --head RANTAI:URUT:HASH    ujung log yang Anda ketahui dari sumber lain

Status keluar: 0 terbukti, 1 ditolak, 2 perintah keliru."""

CHUNK = 1 << 20
MAX_FILES = 100_000
MAX_TEXT = 64 << 20  # a manifest or records.json is held in memory; no honest one comes near this
MAX_LINE = 4 << 20
MAX_RATIO = 200  # deflate reaches about 1,000; only bombs need it

RECORDS = "data/records.json"
LOG = "data/audit.jsonl"
INDEX = "data/index.html"
SEAL = "seal.json"
EVIDENCE = "data/evidence/"
REPORTS = "data/reports/"
BAGIT_TXT = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
ALGORITHMS = ("sha256", "sha512")
MANIFESTS = tuple("manifest-%s.txt" % name for name in ALGORITHMS)
TAG_MANIFESTS = tuple("tagmanifest-%s.txt" % name for name in ALGORITHMS)

BUNDLE_PATH = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)*")
DEVICE_NAME = re.compile(r"(^|/)(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|/|$)", re.IGNORECASE)
HEX32 = re.compile(r"[0-9a-f]{64}")
ABOUT = re.compile(r"[a-z_]+:([0-9]{4}(,[0-9]{4})*)?")
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", re.ASCII)
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


# -- values --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Problem:
    """One reason for refusal."""

    code: str
    where: str
    """A path inside the bag, a line of the log, or the archive itself."""
    message: str


class Head(NamedTuple):
    """The end of a log chain as somebody knew it at some time."""

    chain: str
    seq: int
    hash: str


class Receipt(NamedTuple):
    """What a receipt prints: its number, and the link of the event that it was given for."""

    number: str
    seq: int
    hash: str


@dataclass(frozen=True)
class Outside:
    """A link of the log that somebody holds outside the reach of those who keep the log."""

    source: str
    """Where it comes from, as the verdict names it."""
    seq: int
    hash: str
    chain: Optional[str] = None
    """None where the source does not say; a receipt's hash names its chain by itself."""
    receipt: Optional[str] = None
    """The number of the receipt that the event must name."""
    at: Optional[datetime] = None
    """When it was so, where the source tells."""


@dataclass(frozen=True)
class Verdict:
    """What could be proven. ``ok`` is true only when nothing at all was found wrong."""

    ok: bool
    verdicts: Tuple[str, ...]
    """``utuh`` whole in itself, ``tersegel`` sealed by ``fingerprint``, ``berjangkar`` extends a head."""
    fingerprint: Optional[str]
    """SHA-256 of the seal key's SubjectPublicKeyInfo in hexadecimal; None where no seal could be read."""
    problems: Tuple[Problem, ...]
    notes: Tuple[str, ...]
    summary: str

    def as_json(self) -> Dict[str, Any]:
        return {
            "ok": self.ok,
            "verdicts": list(self.verdicts),
            "fingerprint": self.fingerprint,
            "problems": [{"code": p.code, "where": p.where, "message": p.message} for p in self.problems],
            "notes": list(self.notes),
            "summary": self.summary,
        }


class Findings:
    """Collects problems, so that one run tells everything that is wrong."""

    def __init__(self) -> None:
        self.problems: Dict[Problem, None] = {}

    def add(self, code: str, where: str, message: str) -> None:
        self.problems[Problem(code, printable(where), printable(message))] = None


class UnreadableError(Exception):
    """A file of the bag cannot be read; the reason is already among the findings."""


def printable(text: str) -> str:
    """Names come from strangers: no control character of theirs reaches a terminal."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape", "surrogatepass").decode() for c in text)


def canonical(value: Any) -> bytes:
    """The one spelling of a JSON value that is hashed, signed and compared.

    :raises ValueError: when the value has no such spelling (not a number, a lone surrogate).
    """
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"))
    return text.encode()


def read_canonical(data: bytes) -> Any:
    """The value of a canonical text.

    :raises ValueError: when the bytes are not JSON, or any other spelling of it (a key given twice, say).
    """
    try:
        value = json.loads(data)
        same = canonical(value) == data
    except RecursionError:
        raise ValueError("nested too deep") from None
    if not same:
        raise ValueError("not canonical")
    return value


def read_moment(text: Any) -> datetime:
    """:raises ValueError: when the text is not a time like 2026-01-02T03:04:05.678901Z."""
    if not isinstance(text, str) or not MOMENT.fullmatch(text):
        raise ValueError("not a time")
    return datetime.fromisoformat(text[:-1]).replace(tzinfo=timezone.utc)


# -- the ZIP form, shared with the writer --------------------------------------------------------------------

LIMIT16 = 0xFFFF
LIMIT32 = 0xFFFFFFFF
LOCAL = struct.Struct("<4s5H3L2H")
CENTRAL = struct.Struct("<4s6H3L5H2L")
END = struct.Struct("<4s4H2LH")
END64 = struct.Struct("<4sQ2H2L4Q")
LOCATOR = struct.Struct("<4sLQL")
UNIX = 3 << 8
REGULAR_FILE = (stat.S_IFREG | 0o644) << 16


def dos_time(moment: datetime) -> Tuple[int, int]:
    """Time and date words of a ZIP entry, in UTC, two seconds apart."""
    at = moment.astimezone(timezone.utc)
    return at.hour << 11 | at.minute << 5 | at.second // 2, (at.year - 1980) << 9 | at.month << 5 | at.day


def local_header(name: bytes, crc: int, size: int, stamp: Tuple[int, int]) -> bytes:
    extra = struct.pack("<2H2Q", 1, 16, size, size) if size >= LIMIT32 else b""
    shown = min(size, LIMIT32)
    needed = 45 if extra else 20
    fixed = LOCAL.pack(b"PK\3\4", needed, 0, 0, *stamp, crc, shown, shown, len(name), len(extra))
    return fixed + name + extra


def central_header(name: bytes, crc: int, size: int, offset: int, stamp: Tuple[int, int]) -> bytes:
    wide = [value for value in (size, size, offset) if value >= LIMIT32]
    extra = struct.pack("<2H%dQ" % len(wide), 1, 8 * len(wide), *wide) if wide else b""
    shown = min(size, LIMIT32)
    needed = 45 if extra else 20
    fixed = CENTRAL.pack(
        *(b"PK\1\2", UNIX | needed, needed, 0, 0, *stamp, crc, shown, shown),
        *(len(name), len(extra), 0, 0, 0, REGULAR_FILE, min(offset, LIMIT32)),
    )
    return fixed + name + extra


def end_of_directory(count: int, length: int, offset: int) -> bytes:
    wide = b""
    if count >= LIMIT16 or length >= LIMIT32 or offset >= LIMIT32:
        wide = END64.pack(b"PK\6\6", END64.size - 12, UNIX | 45, 45, 0, 0, count, count, length, offset)
        wide += LOCATOR.pack(b"PK\6\7", 0, offset + length, 1)
    count = min(count, LIMIT16)
    return wide + END.pack(b"PK\5\6", 0, 0, count, count, min(length, LIMIT32), min(offset, LIMIT32), 0)


# -- the names of the files, shared with the writer ------------------------------------------------------------

MAX_PATH = 120
MAX_FOLDER = 36  # of the bag, whose name and a slash stand before every path in the ZIP
LONGEST_PATH = MAX_PATH - MAX_FOLDER - 2
LEAST_OF_UNIT = 12  # letters that are left of a unit's name before the numbers are shortened too


def evidence_path(
    recommendation_numbers: Sequence[str],
    quarter: Optional[int],
    unit_name: str,
    revision: int,
    sha256: str,
    *,
    taken: Optional[Dict[str, Tuple[str, str]]] = None,
) -> str:
    """The name under which people find evidence: ``data/evidence/A-1/TW1/Bidang-X_rev2_ab12cd.pdf``.

    Plain ASCII, and with the bag's folder shorter than ``MAX_PATH``: what people read of it is shortened, first the
    unit, never the digest. A piece of no quarter lies in ``Tahunan``. One ``taken`` shared by all calls for a bundle
    keeps the names unique, also where letter case does not count: the same bytes under the same name are one file,
    other bytes get more digits of their digest.

    :raises ValueError: when no name is free.
    """
    numbers = [_ascii_word(number, 12) for number in recommendation_numbers]
    folder = "_".join(numbers) if len(numbers) <= 3 else "%s_dst" % numbers[0]
    folder, unit = folder or "Umum", _ascii_word(unit_name, 40)
    period = "TW%d" % quarter if quarter else "Tahunan"
    taken = {} if taken is None else taken
    for digits in (6, 12, 24, 32):
        rest = "_rev%d_%s.pdf" % (revision, sha256[:digits])
        room = LONGEST_PATH - len("%s/%s/%s" % (EVIDENCE, period, rest))
        kept = folder[: max(room - min(len(unit), LEAST_OF_UNIT), 1)].rstrip("-_") or "X"
        path = "%s%s/%s/%s%s" % (EVIDENCE, kept, period, unit[: max(room - len(kept), 1)].rstrip("-") or "X", rest)
        known, digest = taken.setdefault(path.casefold(), (path, sha256))
        if digest == sha256:
            return known
    raise ValueError("no free name for %s" % sha256)


SUFFIXES = {
    "application/pdf": "pdf",
    "image/jpeg": "jpg",
    "image/png": "png",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
}


def supporting_path(main: str, number: int, media_type: str) -> str:
    """The name of a file that travels with a delivery, behind that of the delivery: ``..._rev2_ab12cd_b1.jpg``."""
    return "%s_b%d.%s" % (main[: -len(".pdf")], number, SUFFIXES[media_type])


def _ascii_word(text: str, longest: int) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub("[^A-Za-z0-9]+", "-", plain).strip("-")[:longest].rstrip("-") or "X"


# -- where the files are -------------------------------------------------------------------------------------


class Source(abc.ABC):
    """The files of one bag by their path inside it; folder and ZIP differ in nothing else."""

    def __init__(self, findings: Findings) -> None:
        self.findings = findings
        self.sizes: Dict[str, int] = {}
        self.has_payload_folder = False

    @abc.abstractmethod
    def chunks(self, path: str) -> Iterator[bytes]:
        """The bytes of a file, at most ``CHUNK`` at a time.

        :raises UnreadableError: when the reason was already reported. :raises OSError: when the disk refuses.
        """

    def read(self, path: str) -> Optional[bytes]:
        """The whole of a small file; None, and a finding, when it is missing, too large or unreadable."""
        if path not in self.sizes:
            self.findings.add("missing_file", path, "Berkas ini tidak ada.")
            return None
        if self.sizes[path] > MAX_TEXT:
            self.findings.add("too_large", path, "Berkas ini melebihi batas %d MiB." % (MAX_TEXT >> 20))
            return None
        try:
            return b"".join(self.chunks(path))
        except (OSError, UnreadableError) as error:
            self.report_unreadable(path, error)
            return None

    def report_unreadable(self, path: str, error: Exception) -> None:
        if isinstance(error, OSError):
            self.findings.add("unreadable", path, "Berkas tidak dapat dibaca: %s." % (error.strerror or error))

    def too_many(self, where: str) -> bool:
        if len(self.sizes) < MAX_FILES:
            return False
        self.findings.add("too_many_files", where, "Lebih dari %d berkas; sisanya tidak diperiksa." % MAX_FILES)
        return True


class Folder(Source):
    """An unzipped bag. Links of every kind are named and left alone."""

    def __init__(self, root: str, findings: Findings, *, strict: bool) -> None:
        super().__init__(findings)
        self.root = self._bag_folder(root)
        pending = [""]
        while pending:
            folder = pending.pop()
            try:
                names = sorted(os.listdir(os.path.join(self.root, folder)))
            except OSError as error:
                self.report_unreadable(folder or ".", error)
                continue
            if not names and strict:
                findings.add("empty_folder", folder or ".", "Folder kosong yang tidak ada dalam daftar.")
            for name in names:
                path = "%s/%s" % (folder, name) if folder else name
                info = os.lstat(os.path.join(self.root, path))
                if stat.S_ISDIR(info.st_mode) and not _is_link(info):
                    pending.append(path)
                    self.has_payload_folder |= path == "data"
                elif _is_link(info):
                    findings.add("link", path, "Tautan, bukan berkas; tidak diikuti.")
                elif not stat.S_ISREG(info.st_mode):
                    findings.add("not_a_file", path, "Bukan berkas biasa; tidak dibuka.")
                elif self.too_many("."):
                    return
                else:
                    self.sizes[path] = info.st_size

    @staticmethod
    def _bag_folder(root: str) -> str:
        """Unzipping often wraps the bag in one more folder of the same name."""
        names = os.listdir(root)
        inner = os.path.join(root, names[0]) if len(names) == 1 else root
        return inner if os.path.isdir(inner) and not os.path.islink(inner) and names != ["data"] else root

    def chunks(self, path: str) -> Iterator[bytes]:
        flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
        with open(os.open(os.path.join(self.root, path), flags), "rb", buffering=0) as stream:
            if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
                raise OSError("bukan berkas biasa")
            for chunk in iter(lambda: stream.read(CHUNK), b""):
                yield chunk


def _is_link(info: os.stat_result) -> bool:
    # A junction of Windows is no symbolic link by its mode; its tag is IO_REPARSE_TAG_MOUNT_POINT.
    return stat.S_ISLNK(info.st_mode) or getattr(info, "st_reparse_tag", 0) == 0xA0000003


@dataclass(frozen=True)
class Entry:
    """One line of a ZIP's central directory."""

    raw: bytes
    name: str
    flags: int
    method: int
    stamp: Tuple[int, int]
    crc: int
    packed: int
    size: int
    offset: int
    mode: int
    start: int = 0
    """Where the data begins, once the local header was read."""

    @property
    def is_bomb(self) -> bool:
        return self.size > self.packed * MAX_RATIO + CHUNK


class Zip(Source):
    """A bag as one ZIP, read by its central directory and checked against every other byte of the file."""

    def __init__(self, stream: BinaryIO, findings: Findings, *, strict: bool) -> None:
        super().__init__(findings)
        self.stream = stream
        self.strict = strict
        self.length = stream.seek(0, os.SEEK_END)
        self.name: Optional[str] = None
        self.entries: Dict[str, Entry] = {}
        self.base = 0
        directory = self._find_directory()
        if directory is not None:
            self._take(self._tile(list(self._read_directory(*directory)), directory[1]))

    def _at(self, offset: int, length: int) -> bytes:
        if offset < 0:
            return b""
        self.stream.seek(offset)
        return self.stream.read(length)

    def _find_directory(self) -> Optional[Tuple[int, int, int]]:
        """Entry count, offset and length of the central directory."""
        tail_at = max(0, self.length - END.size - LIMIT16)
        tail = self._at(tail_at, END.size + LIMIT16)
        found = tail.rfind(b"PK\5\6", 0, max(0, len(tail) - END.size + 4))
        if found < 0:
            self.findings.add("not_a_zip", "ZIP", "Bukan ZIP yang lengkap: penutup daftar isinya tidak ada.")
            return None
        end_at = tail_at + found
        after = self.length - end_at - END.size
        if after:
            self.findings.add("data_after", "ZIP", "Ada %d byte di belakang penutup arsip." % after)
        fields = END.unpack_from(tail, found)
        count, length, offset = fields[4], fields[5], fields[6]
        close_at = end_at
        locator = self._at(end_at - LOCATOR.size, LOCATOR.size)
        if locator[:4] == b"PK\6\7":
            close_at = end_at - LOCATOR.size - END64.size
            wide = self._at(close_at, END64.size)
            if wide[:4] != b"PK\6\6" or len(wide) < END64.size:
                self.findings.add("zip_broken", "ZIP", "Penutup ZIP64 rusak.")
                return None
            count, length, offset = END64.unpack(wide)[7:10]
        self.base = close_at - length - offset
        if self.base < 0 or length > MAX_TEXT or count > MAX_FILES:
            self.findings.add("zip_broken", "ZIP", "Daftar isi arsip rusak atau melebihi batas.")
            return None
        if self.base:
            self.findings.add("data_before", "ZIP", "Ada %d byte di depan arsip." % self.base)
        written = self._at(close_at, end_at + END.size - close_at)
        if self.strict and written != end_of_directory(count, length, offset):
            self.findings.add("zip_form", "ZIP", "Penutup arsip tidak ditulis seperti seharusnya.")
        return count, offset, length

    def _read_directory(self, count: int, offset: int, length: int) -> Iterator[Entry]:
        data = self._at(self.base + offset, length)
        position = 0
        for number in range(1, count + 1):
            where = "ZIP: entri %d" % number
            if data[position : position + 4] != b"PK\1\2" or position + CENTRAL.size > len(data):
                self.findings.add("zip_broken", where, "Daftar isi arsip terputus di sini.")
                return
            fields = CENTRAL.unpack_from(data, position)
            flags, method, stamp, crc = fields[3], fields[4], (fields[5], fields[6]), fields[7]
            name_end = position + CENTRAL.size + fields[10]
            extra_end = name_end + fields[11]
            raw = data[position + CENTRAL.size : name_end]
            sizes = _wide_values(data[name_end:extra_end], (fields[9], fields[8], fields[16]))
            written = data[position : extra_end + fields[12]]
            position = extra_end + fields[12]
            name = _entry_name(raw, flags)
            if position > len(data) or sizes is None:
                self.findings.add("zip_broken", name or where, "Entri ini rusak dalam daftar isi arsip.")
                return
            size, packed, start = sizes
            entry = Entry(raw, name, flags, method, stamp, crc, packed, size, start, fields[15] >> 16)
            if self.strict and written != central_header(raw, crc, size, start, stamp):
                self._explain(entry, "Daftar isi arsip untuk entri ini tidak ditulis seperti seharusnya.")
            yield entry
        if position != len(data):
            self.findings.add("zip_broken", "ZIP", "Daftar isi arsip lebih panjang daripada jumlah entrinya.")

    def _explain(self, entry: Entry, otherwise: str) -> None:
        """Says why an entry cannot stand; the general sentence only where no particular one fits."""
        kind = stat.S_IFMT(entry.mode)
        if kind == stat.S_IFLNK:
            self.findings.add("link", entry.name, "Tautan di dalam ZIP, bukan berkas; tidak diikuti.")
        elif kind not in (0, stat.S_IFREG, stat.S_IFDIR):
            self.findings.add("not_a_file", entry.name, "Bukan berkas biasa.")
        elif entry.flags & 0x2041:
            self.findings.add("encrypted", entry.name, "Entri terenkripsi.")
        elif entry.method != 0 and (self.strict or entry.method != 8):
            self.findings.add("compressed", entry.name, "Entri dimampatkan (cara %d)." % entry.method)
        elif entry.is_bomb:
            self.findings.add("bomb", entry.name, "Isi mengembang lebih dari %d kali." % MAX_RATIO)
        elif otherwise:
            self.findings.add("zip_form", entry.name, otherwise)

    def _tile(self, entries: List[Entry], directory_at: int) -> Iterator[Entry]:
        """Local headers against the directory; every byte before it is spoken for exactly once."""
        expected = 0
        for entry in sorted(entries, key=lambda each: each.offset):
            if entry.offset != expected:
                self._gap(entry.offset - expected, entry.name)
            head = self._at(self.base + entry.offset, LOCAL.size)
            if len(head) < LOCAL.size or head[:4] != b"PK\3\4":
                self.findings.add("header_mismatch", entry.name, "Kepala entri tidak ada di tempat yang disebut.")
                continue
            fields = LOCAL.unpack(head)
            names = self._at(self.base + entry.offset + LOCAL.size, fields[9] + fields[10])
            start = entry.offset + LOCAL.size + fields[9] + fields[10]
            if not self._same(entry, head + names):
                self.findings.add("header_mismatch", entry.name, "Kepala entri tidak sama dengan daftar isi arsip.")
            expected = start + entry.packed + self._descriptor(entry, start + entry.packed)
            if expected > directory_at:
                self.findings.add("overlap", entry.name, "Isi entri melewati tempatnya dalam arsip.")
                continue
            yield replace(entry, start=start)
        if expected < directory_at:
            self._gap(directory_at - expected, "ZIP")

    def _gap(self, size: int, where: str) -> None:
        if size > 0:
            self.findings.add("data_between", where, "Ada %d byte tersembunyi sebelum bagian ini." % size)
        else:
            self.findings.add("overlap", where, "Entri ini menindih entri sebelumnya.")

    def _same(self, entry: Entry, written: bytes) -> bool:
        if self.strict:
            return written == local_header(entry.raw, entry.crc, entry.size, entry.stamp)
        fields = LOCAL.unpack_from(written)
        name_end = LOCAL.size + fields[9]
        sizes = _wide_values(written[name_end:], (fields[8], fields[7]))
        told = (fields[6], *(sizes or ()))
        truth = (entry.crc, entry.size, entry.packed)
        late = entry.flags & 8 and told == (0, 0, 0)
        return (
            written[LOCAL.size : name_end] == entry.raw
            and (fields[2], fields[3]) == (entry.flags, entry.method)
            and bool(late or told == truth)
        )

    def _descriptor(self, entry: Entry, at: int) -> int:
        """Length of the data descriptor that foreign writers put behind an entry."""
        if self.strict or not entry.flags & 8:
            return 0
        written = self._at(self.base + at, 24)
        for form in ("<4sL2Q", "<4s3L", "<L2Q", "<3L"):
            fields = (entry.crc, entry.packed, entry.size)
            signature = (b"PK\7\x08",) if "s" in form else ()
            fits = "Q" in form or max(fields) <= LIMIT32
            if fits and written.startswith(struct.pack(form, *signature, *fields)):
                return struct.calcsize(form)
        return 0

    def _take(self, entries: Iterable[Entry]) -> None:
        """Keeps the entries that are files under the one top folder."""
        found = list(entries)
        if self.strict and [each.raw for each in found] != sorted(each.raw for each in found):
            self.findings.add("zip_form", "ZIP", "Entri arsip tidak terurut.")
        tops = sorted({each.name.split("/", 1)[0] for each in found})
        if len(tops) != 1 or any("/" not in each.name for each in found):
            self.findings.add("top_folder", "ZIP", "Arsip harus berisi tepat satu folder: %s." % ", ".join(tops[:5]))
        else:
            self.name = tops[0]
        for entry in found:
            path = entry.name[len(self.name) + 1 :] if self.name else entry.name
            if not self.strict:
                self._explain(entry, "")
            self.has_payload_folder |= path.startswith("data/")
            if not self.strict and path.endswith("/") | (path == "") and not entry.size:
                continue
            if path in self.entries:
                self.findings.add("duplicate", path, "Nama ini muncul dua kali dalam arsip.")
                continue
            self.entries[path] = entry
            self.sizes[path] = entry.size

    def chunks(self, path: str) -> Iterator[bytes]:
        entry = self.entries[path]
        crc, size = 0, 0
        for chunk in self._stored(entry) if entry.method == 0 else self._inflated(entry):
            crc = zlib.crc32(chunk, crc)
            size += len(chunk)
            yield chunk
        if (crc, size) != (entry.crc, entry.size):
            self.findings.add("checksum", path, "Isi tidak cocok dengan jumlah periksa (CRC) dalam arsip.")

    def _stored(self, entry: Entry) -> Iterator[bytes]:
        left = entry.packed
        self.stream.seek(self.base + entry.start)
        while left:
            chunk = self.stream.read(min(CHUNK, left))
            if not chunk:
                return
            left -= len(chunk)
            yield chunk

    def _inflated(self, entry: Entry) -> Iterator[bytes]:
        if self.strict or entry.method != 8 or entry.flags & 0x2041 or entry.is_bomb:
            raise UnreadableError(entry.name)
        engine = zlib.decompressobj(-zlib.MAX_WBITS)
        left = entry.size + 1  # one more than told, so that a longer content shows in the count
        for chunk in self._stored(entry):
            while chunk and left > 0:
                try:
                    grown = engine.decompress(chunk, min(CHUNK, left))
                except zlib.error:
                    self.findings.add("checksum", entry.name, "Isi yang dimampatkan rusak.")
                    raise UnreadableError(entry.name) from None
                left -= len(grown)
                chunk = engine.unconsumed_tail
                if grown:
                    yield grown


def _wide_values(extra: bytes, values: Tuple[int, ...]) -> Optional[Tuple[int, ...]]:
    """Replaces every 0xFFFFFFFF by its value in the ZIP64 extra field; None when that field is damaged."""
    wide, position = b"", 0
    while position + 4 <= len(extra):
        kind, length = struct.unpack_from("<2H", extra, position)
        if kind == 0x7075:  # gives the entry a second name, which readers take or leave
            return None
        if kind == 1:
            wide = extra[position + 4 : position + 4 + length]
        position += 4 + length
    result = []
    for value in values:
        if value == LIMIT32:
            if len(wide) < 8:
                return None
            value, wide = struct.unpack("<Q", wide[:8])[0], wide[8:]
        result.append(value)
    return tuple(result)


def _entry_name(raw: bytes, flags: int) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("utf-8", "backslashreplace") if flags & 0x800 else raw.decode("cp437")


# -- names ---------------------------------------------------------------------------------------------------


def is_bundle_path(path: str) -> bool:
    """Whether a bundle may hold this name: plain ASCII that every system stores as written."""
    return bool(BUNDLE_PATH.fullmatch(path)) and not DEVICE_NAME.search(path) and "./" not in path + "/"


def _is_inside(path: str) -> bool:
    """Whether a name of a foreign bag stays inside it on every system (RFC 8493, section 5)."""
    parts = re.split(r"[/\\]", path)
    outside = path.startswith(("/", "~", "\\")) or re.match(r"[A-Za-z]:", path)
    return not outside and "\0" not in path and not {"", ".", ".."} & set(parts)


def _check_names(source: Source, findings: Findings, *, strict: bool) -> None:
    portable = strict or isinstance(source, Zip)
    seen: Dict[str, str] = {}
    for path in sorted(source.sizes):
        if not (is_bundle_path(path) if strict else _is_inside(path)) or ("\\" in path and portable):
            findings.add("unsafe_path", path, "Nama berkas ini tidak boleh ada dalam bundel.")
        key = _fold(path)
        if portable and key in seen:
            findings.add("twin", path, "Nama kembar dengan %s: di sebagian komputer keduanya satu berkas." % seen[key])
        seen.setdefault(key, path)
    if portable:
        folders = {_fold(path[:i]) for path in source.sizes for i in range(len(path)) if path[i] == "/"}
        for key in sorted(folders & set(seen)):
            findings.add("twin", seen[key], "Nama ini dipakai untuk berkas dan juga folder.")


def _fold(path: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", path).casefold())


# -- a bundle of this product --------------------------------------------------------------------------------

Digests = Dict[str, Dict[str, str]]


def _digest_all(source: Source, wanted: Mapping[str, Iterable[str]]) -> Digests:
    """Every file read once, for all algorithms together; a file that cannot be read is left out."""
    result: Digests = {}
    for path in sorted(wanted):
        # MD5 and SHA-1 only ever judge foreign bags, by their own promise.
        engines = {name: hashlib.new(name, usedforsecurity=False) for name in wanted[path]}
        try:
            for chunk in source.chunks(path):
                for engine in engines.values():
                    engine.update(chunk)
        except (OSError, UnreadableError) as error:
            source.report_unreadable(path, error)
            continue
        result[path] = {name: engine.hexdigest() for name, engine in engines.items()}
    return result


def _check_bundle(source: Source, findings: Findings) -> Digests:
    """The bag itself, in the only form that a bundle has."""
    tags = {path for path in source.sizes if not path.startswith("data/")}
    if "fetch.txt" in tags:
        findings.add("fetch", "fetch.txt", "Bundel tidak boleh menyuruh mengambil berkas dari luar.")
    for path in sorted(tags):
        if re.match(r"(tag)?manifest-", path) and path not in MANIFESTS + TAG_MANIFESTS:
            findings.add("extra_file", path, "Manifes ini tidak termasuk bentuk bundel.")
    for path in (LOG, RECORDS, INDEX, SEAL):
        if path not in source.sizes:
            findings.add("missing_file", path, "Berkas ini wajib ada dalam bundel.")
    declaration = source.read("bagit.txt")
    if declaration is not None and declaration != BAGIT_TXT:
        findings.add("declaration", "bagit.txt", "Isinya harus tepat pernyataan BagIt 1.0 dengan UTF-8.")
    digests = _digest_all(source, dict.fromkeys(source.sizes, ALGORITHMS))
    payload = set(source.sizes) - tags
    listed_tags = tags - set(TAG_MANIFESTS) - {SEAL}
    differing: Dict[str, List[str]] = {}
    for algorithm, manifest, tag_manifest in ((n, "manifest-%s.txt" % n, "tagmanifest-%s.txt" % n) for n in ALGORITHMS):
        for name, files in ((manifest, payload), (tag_manifest, listed_tags)):
            for path, digest in _read_manifest(source, findings, name, algorithm, files).items():
                if path in digests and digests[path][algorithm] != digest:
                    differing.setdefault(path, []).append(name)
    for path, names in sorted(differing.items()):
        findings.add("digest", path, "Isi berkas tidak sama dengan yang tercatat di %s." % ", ".join(names))
    _check_bag_info(source, findings, payload)
    return digests


def _read_manifest(source: Source, findings: Findings, name: str, algorithm: str, files: Set[str]) -> Dict[str, str]:
    """Digests by path, after comparing the list with the files that are there, line by line."""
    data = source.read(name)
    if data is None:
        return {}
    length = hashlib.new(algorithm).digest_size * 2
    form = re.compile(r"([0-9a-f]{%d})  ([!-~]+)" % length)
    listed: Dict[str, str] = {}
    lines = data.decode("latin-1").split("\n")
    if lines.pop():
        findings.add("manifest_form", name, "Baris terakhir tidak ditutup dengan LF.")
    for number, line in enumerate(lines, 1):
        where = "%s: baris %d" % (name, number)
        match = form.fullmatch(line)
        if match is None:
            findings.add("manifest_form", where, "Baris ini tidak berbentuk 'digest, dua spasi, nama'.")
        elif match.group(2) in listed:
            findings.add("duplicate", where, "%s terdaftar dua kali." % match.group(2))
        else:
            listed[match.group(2)] = match.group(1)
    if list(listed) != sorted(listed):
        findings.add("manifest_form", name, "Daftar tidak terurut menurut nama.")
    for path in sorted(set(listed) - files):
        findings.add("missing_file", path, "Terdaftar di %s, tetapi berkasnya tidak ada di tempatnya." % name)
    for path in sorted(files - set(listed)):
        findings.add("extra_file", path, "Ada dalam bundel, tetapi tidak terdaftar di %s." % name)
    return listed


def _check_bag_info(source: Source, findings: Findings, payload: Set[str]) -> None:
    data = source.read("bag-info.txt")
    if data is None:
        return
    try:
        lines = data.decode().split("\n")
    except UnicodeDecodeError:
        lines = ["?"]
    fields = [re.fullmatch(r"([A-Za-z-]+): (\S.*)", line) for line in lines[:-1]]
    labels = [field.group(1) for field in fields if field]
    if lines[-1] or len(labels) != len(fields) or labels != sorted(set(labels)):
        findings.add("bag_info", "bag-info.txt", "Isinya tidak ditulis seperti seharusnya.")
    _check_oxum(source, findings, [f.group(2) for f in fields if f and f.group(1) == "Payload-Oxum"] or [""], payload)


def _check_oxum(source: Source, findings: Findings, told: List[str], payload: Set[str]) -> None:
    truth = "%d.%d" % (sum(source.sizes[path] for path in payload), len(payload))
    if told != [truth]:
        message = "Payload-Oxum menyebut %s, kenyataannya %s (byte.berkas)."
        findings.add("oxum", "bag-info.txt", message % (" dan ".join(told) or "-", truth))


# -- the log -------------------------------------------------------------------------------------------------


def event_hash(previous: bytes, *, chain: str, seq: int, at: datetime, about: str, body_digest: bytes) -> bytes:
    """The link of one event: SHA-256 over fixed lengths, so no field can be shifted into another."""
    microseconds = (at - EPOCH) // timedelta(microseconds=1)
    place = hashlib.sha256(chain.encode()).digest() + struct.pack(">Qq", seq, microseconds)
    return hashlib.sha256(previous + place + hashlib.sha256(about.encode()).digest() + body_digest).digest()


@dataclass(frozen=True)
class LogEnd:
    """What the log says of itself once it was read to its end."""

    head: Head
    at: datetime
    held: Dict[Outside, str]
    """For each outside link that belongs to this chain and lies within it: empty when it stands in this log, else
    what stands there instead."""
    restored: Tuple["Restored", ...] = ()


@dataclass(frozen=True)
class Restored:
    """Where the log begins anew after its keepers restored it from a backup."""

    seq: int
    """The first number that stood for another event before."""
    at: datetime
    backup: str


def _lines(source: Source, findings: Findings, path: str) -> Iterator[bytes]:
    rest = b""
    for chunk in source.chunks(path):
        *lines, rest = (rest + chunk).split(b"\n")
        yield from lines
        if len(rest) > MAX_LINE:
            findings.add("log_form", path, "Ada baris yang melebihi batas %d MiB." % (MAX_LINE >> 20))
            raise UnreadableError(path)
    if rest:
        findings.add("log_form", path, "Baris terakhir terputus.")


def _check_log(source: Source, findings: Findings, known: Sequence[Outside], story: Story) -> Optional[LogEnd]:
    """Recomputes the chain from its first event, and lets the story hear what each event says."""
    end: Optional[LogEnd] = None
    chain: Optional[str] = None
    held: Dict[Outside, str] = {}
    restored: List[Restored] = []
    seq, previous = 0, b"\0" * 32
    if LOG not in source.sizes:
        return None
    try:
        for number, line in enumerate(_lines(source, findings, LOG), 1):
            where = "%s: baris %d" % (LOG, number)
            try:
                event = _read_event(line)
            except ValueError:
                findings.add("log_form", where, "Baris ini bukan peristiwa yang ditulis seperti seharusnya.")
                continue
            chain = chain or event["chain"]
            if event["chain"] != chain:
                findings.add("log_chain", where, "Peristiwa ini milik rantai lain (%s)." % event["chain"])
            if event["seq"] != seq + 1:
                message = "Nomor urut %d, seharusnya %d: ada yang hilang, disisipkan atau dipindah."
                findings.add("log_order", where, message % (event["seq"], seq + 1))
            if bytes.fromhex(event["previous"]) != previous:
                findings.add("log_link", where, "Tidak menyambung ke peristiwa sebelumnya.")
            if end is not None and read_moment(event["at"]) < end.at:
                findings.add("log_time", where, "Waktunya lebih awal daripada peristiwa sebelumnya.")
            told = _check_body(event, where, findings)
            try:
                if told is None:
                    story.untold[event["seq"]] = event["about"]
                else:
                    story.hear(told, event["at"])
            except (TypeError, KeyError, AttributeError):
                findings.add("log_form", where, "Isi peristiwa tidak ditulis seperti seharusnya.")
            seq, previous, at = event["seq"], bytes.fromhex(event["hash"]), read_moment(event["at"])
            digest = bytes.fromhex(event["body_digest"])
            before = bytes.fromhex(event["previous"])
            place = {"chain": event["chain"], "seq": seq, "at": at, "about": event["about"]}
            if event_hash(before, **place, body_digest=digest) != previous:
                findings.add("log_hash", where, "Hash peristiwa tidak sesuai isinya.")
            restored += _begins_anew(event, told)
            for link in known:
                if link.seq == seq and link.chain in (None, event["chain"]):
                    held[link] = _compare_link(link, event, told)
            end = LogEnd(Head(event["chain"], seq, event["hash"]), at, held, tuple(restored))
    except (OSError, UnreadableError) as error:
        source.report_unreadable(LOG, error)
    if end is None:
        findings.add("log_form", LOG, "Log tidak berisi satu peristiwa pun.")
    return end


def _read_event(line: bytes) -> Dict[str, Any]:
    """:raises ValueError: when a field is missing, unknown or of another kind."""
    event = read_canonical(line)
    names = {"about", "at", "body", "body_digest", "chain", "hash", "previous", "salt", "seq"}
    if not isinstance(event, dict) or set(event) != names:
        raise ValueError("fields")
    for name in ("body_digest", "hash", "previous"):
        _require_hex32(event[name])
    if type(event["seq"]) is not int or not 0 < event["seq"] < 1 << 63 or not isinstance(event["chain"], str):
        raise ValueError("seq or chain")
    if not isinstance(event["about"], str) or not ABOUT.fullmatch(event["about"]):
        raise ValueError("about")
    read_moment(event["at"])
    if (event["body"] is None) != (event["salt"] is None):
        raise ValueError("body without salt")
    if event["body"] is not None and not (isinstance(event["body"], str) and isinstance(event["salt"], str)):
        raise ValueError("body")
    if event["salt"] is not None and not re.fullmatch(r"([0-9a-f]{2})*", event["salt"]):
        raise ValueError("salt")
    return event


def _require_hex32(value: Any) -> str:
    if not isinstance(value, str) or not HEX32.fullmatch(value):
        raise ValueError("not 32 bytes in hexadecimal")
    return value


def _check_body(event: Mapping[str, Any], where: str, findings: Findings) -> Optional[Dict[str, Any]]:
    """What the event says; None for another office's event, or one withheld: only its link is here."""
    if event["body"] is None:
        return None
    digest = hashlib.sha256(bytes.fromhex(event["salt"]) + event["body"].encode()).hexdigest()
    if digest != event["body_digest"]:
        findings.add("log_body", where, "Isi peristiwa telah berubah.")
    try:
        told: Dict[str, Any] = json.loads(event["body"])
        named = (told["kind"], told["subject"]["type"], told["subject"]["id"] or "", told["actor"]["name"])
        if not all(isinstance(value, str) for value in named) or not isinstance(told["details"], dict):
            raise ValueError("kinds")
        subject = "issued" if told["kind"] == "report.issued" else told["subject"]["type"]
        if event["about"].partition(":")[0] != subject:
            raise ValueError("about")
    except (ValueError, TypeError, KeyError, RecursionError):
        findings.add("log_form", where, "Isi peristiwa tidak ditulis seperti seharusnya.")
        return None
    return told


def _begins_anew(event: Mapping[str, Any], told: Optional[Mapping[str, Any]]) -> List[Restored]:
    """The event of a restore, if what it says of the last event that came back is so."""
    if told is None or told["kind"] != "log.restored":
        return []
    details = told["details"]
    if (details.get("seq"), details.get("hash")) != (event["seq"] - 1, event["previous"]):
        return []
    return [Restored(event["seq"], read_moment(event["at"]), printable(str(details.get("backup"))))]


def _compare_link(link: Outside, event: Mapping[str, Any], told: Optional[Mapping[str, Any]]) -> str:
    if event["hash"] != link.hash:
        return "Peristiwa %d dalam log ini bukan yang tercatat di %s." % (link.seq, link.source)
    if link.receipt is not None and told is not None and told["details"].get("receipt") != link.receipt:
        return "Peristiwa %d dalam log ini bukan penerimaan %s." % (link.seq, link.receipt)
    return ""


# -- what the log tells, against the records -------------------------------------------------------------------

SIGN_OFF_KINDS = {"requirement.signed": "signed", "requirement.acknowledged": "acknowledged"}
PAPERS = ("issued", "report", "requirement", "recommendation", "evidence", "decision", "sample")
"""Of what kinds the events are that belong to a year; all others are about the office, and open in every bundle."""
BESIDE_CHOICE = "di luar pilihan"
REVIEW_ANSWERS = {"requirement.review_accepted": "accepted", "requirement.review_declined": "declined"}
CLOSINGS = {"decision.declined": "declined", "decision.withdrawn": "withdrawn"}
PAPER_FIELDS = ("kind", "number", "dated_on")
TOMBSTONE_FIELDS = ("number", "kind", "letter", "reason")
ASKED_FIELDS = ("kind", "quarter", "unit", "recommendations")
"""What is asked of a unit, fixed with the report; the names of files are made of it."""


class Lives:
    """What became of each recommendation after it was issued: deadlines, wordings, objections, its end."""

    def __init__(self) -> None:
        self.of: Dict[str, Dict[str, Any]] = {}
        """By the recommendation's id."""
        self.received: Dict[Any, Dict[str, Any]] = {}
        """By year: when the agency received the report, and what that came to."""
        self.taken_over: Dict[Any, List[Dict[str, Any]]] = {}
        """By year: what came from another agency, as the report tells of its own."""
        self.objections: Dict[str, Dict[str, Any]] = {}

    def hear(self, event: Mapping[str, Any], at: str) -> None:
        """Takes the next event in, with its time."""
        kind, details, name = event["kind"], event["details"], event["actor"]["name"]
        subject = str(event["subject"]["id"])
        if kind == "report.issued":
            for row in details.get("recommendations") or ():
                self._begin(str(row["id"]), row, name, at, details.get("year"))
        elif kind == "report.received":
            told = {field: details.get(field) for field in ("received_on", "due_on", "plan_due_on")}
            self.received[details.get("year")] = dict(told, received_by=name)
        elif kind == "recommendation.taken_over":
            self.taken_over.setdefault(details.get("year"), []).append(dict(details, id=subject))
            self._begin(subject, details, name, at, details.get("year"))
            self.of[subject].update(origin=dict(_ground(details), place=details.get("origin"), by=name, at=at))
        elif kind == "decision.decided":
            for life in self.of.values():
                if life["place"][0] == details.get("year") and life["place"][1] in _texts(
                    details.get("recommendations")
                ):
                    life["reconsidered_at"] = None
        if not kind.startswith("recommendation."):
            return
        life = self.of.setdefault(subject, new_life())
        if "due_on" in details:
            life["due_on"] = details["due_on"]
        if kind == "recommendation.overdue":
            life["overdue_on"] = details.get("overdue_on")
        elif kind == "recommendation.reconsidered":
            life["reconsidered_at"] = at
        elif kind == "recommendation.corrected":
            life["versions"].append(_version(details, name, at))
        elif kind in ENDINGS:
            told = dict(_ground(details), by=name, at=at, target=details.get("target"))
            told["as"] = ENDINGS[kind]
            life["ended"] = told
        elif kind == "recommendation.objected":
            self.objections[str(details.get("objection"))] = {
                **{"number": details.get("number"), "year": details.get("year"), "revision": details.get("revision")},
                **{"reason": details.get("reason"), "by": name, "position": details.get("post"), "at": at},
                **{"outcome": None, "answer": None, "letter": None, "answered_by": None, "answered_at": None},
                **{"stopped_days": None},
            }
        elif kind == "recommendation.objection_answered":
            self.objections.setdefault(str(details.get("objection")), {}).update(
                outcome=details.get("outcome"),
                answer=details.get("reason"),
                letter=details.get("letter"),
                answered_by=name,
                answered_at=at,
                stopped_days=details.get("stopped_days"),
            )

    def _begin(self, subject: str, told: Mapping[str, Any], name: str, at: str, year: Any) -> None:
        self.of[subject] = dict(new_life(), place=(year, told.get("number")), versions=[_version(told, name, at)])

    def told(self, subject: str, year: Any) -> Dict[str, Any]:
        """What a record tells of a recommendation's life; of its wordings only the digests."""
        life = dict(self.of.get(subject) or new_life())
        life["due_on"] = life["due_on"] or self.received.get(year, {}).get("due_on")
        return life


ENDINGS = {"recommendation.transferred": "moved", "recommendation.cancelled": "cancelled"}
LIFE_FIELDS = ("due_on", "overdue_on", "reconsidered_at", "ended", "origin")
VERSION_FIELDS = ("revision", "component", "criterion", "reason", "letter", "by", "at")


def new_life() -> Dict[str, Any]:
    """The life of a recommendation of which nothing has been told yet."""
    return {**dict.fromkeys(LIFE_FIELDS), "place": (None, None), "versions": []}


def _ground(details: Mapping[str, Any]) -> Dict[str, Any]:
    return {field: details.get(field) for field in ("reason", "letter")}


def _version(details: Mapping[str, Any], name: str, at: str) -> Dict[str, Any]:
    told = {field: details.get(field) for field in (*VERSION_FIELDS, "text_sha256")}
    return dict(told, revision=details.get("revision", 1), by=name, at=at)


class Story:
    """What the log tells, event by event, to be held against the records line by line.

    The records are what people read, the log is what cannot be changed unseen. Each record of a sign-off, a delivery
    or a decision needs its event, each such event its record, and every state is the one of the last step.
    """

    def __init__(self) -> None:
        self.untold: Dict[int, str] = {}
        """Events of which only the link is here, with what they are about."""
        self.reports: Dict[int, Dict[str, Any]] = {}
        self.asked: Dict[Any, Dict[str, Dict[str, Any]]] = {}
        """By year: what a report asked for after its issue, and what of an earlier one serves it as well."""
        self.states: Dict[str, str] = {}
        self.heirs: Dict[str, Dict[str, Any]] = {}
        """Which unit carries a requirement on since the one that was asked was merged."""
        self.sign_offs: Dict[str, Dict[str, Any]] = {}
        self.deliveries: Dict[str, Dict[str, Any]] = {}
        self.checks: Dict[str, Dict[str, Any]] = {}
        """The newest verdict on each delivery, and the digest of the report that tells it."""
        self.archived: Set[str] = set()
        self.decisions: Dict[str, Dict[str, Any]] = {}
        self.reviews: Dict[str, Dict[str, Any]] = {}
        self.messages: Dict[str, Dict[str, Any]] = {}
        self.disposed: Dict[str, Dict[str, Any]] = {}
        self.voided: Dict[str, str] = {}
        """Sign-offs that no longer stand, and since when."""
        self.waived: Set[str] = set()
        """Requirements that are asked for no longer."""
        self.lives = Lives()
        self.ordered: Optional[Dict[str, Any]] = None
        self._verified: Dict[str, Set[str]] = {}

    def hear(self, event: Mapping[str, Any], at: str) -> None:
        """Takes the next event in, with its time; one of a kind that no record tells of changes nothing."""
        kind, details = event["kind"], event["details"]
        subject, name = str(event["subject"]["id"]), event["actor"]["name"]
        if event["subject"]["type"] in ("requirement", "recommendation") and isinstance(details.get("to"), str):
            self.states[subject] = details["to"]
        for identity in _texts(details.get("voided")):
            self.voided.setdefault(identity, at)
        self.lives.hear(event, at)
        if kind == "requirement.waived":
            self.waived.add(subject)
        if kind == "report.issued":
            self.reports[details.get("year")] = details
        elif kind == "requirement.inherited":
            self.heirs[subject] = dict(details.get("successor") or {}, letter=details.get("letter"), at=at)
        elif kind in ("requirement.asked", "requirement.linked"):
            place = {field: details.get(field) for field in ASKED_FIELDS}
            self.asked.setdefault(details.get("year"), {})[subject] = dict(place, id=subject)
        elif kind == "report.confirmed" and details.get("year") in self.reports:
            self.reports[details["year"]] = dict(self.reports[details["year"]], confirmed=True)
        elif kind in SIGN_OFF_KINDS or kind == "requirement.verified":
            identity = str(details.get("sign_off" if kind in SIGN_OFF_KINDS else "verification"))
            self.sign_offs[identity] = {
                "requirement": subject,
                "evidence": details.get("evidence"),
                "sha256": details.get("sha256"),
                "role": SIGN_OFF_KINDS.get(kind, "verified"),
                "basis": details.get("basis", "in_app"),
                "method": details.get("method"),
                "person": name,
                "position": details.get("post"),
                "at": at,
            }
            if kind == "requirement.verified":
                self._verified.setdefault(subject, set()).add(identity)
        elif kind == "requirement.reopened":
            for identity in self._verified.pop(subject, set()):
                self.voided.setdefault(identity, at)
        elif kind == "evidence.received":
            self.deliveries[subject] = dict(details, received_by=name, received_at=at)
        elif kind == "evidence.checked":
            self.checks[subject] = details
        elif kind == "evidence.archived":
            self.archived.add(subject)
        elif kind == "evidence.disposed":
            self.disposed[subject] = dict({field: details.get(field) for field in TOMBSTONE_FIELDS}, at=at)
        elif kind == "requirement.review_asked":
            self.reviews[str(details.get("review"))] = {
                **{"requirement": subject, "evidence": details.get("evidence"), "text": details.get("reason")},
                **{"asked_by": name, "asked_at": at, "outcome": "open", "reason": None, "person": None},
                **{"position": None, "at": None},
            }
        elif kind in REVIEW_ANSWERS:
            asked = self.reviews.setdefault(str(details.get("review")), {})
            asked.update(outcome=REVIEW_ANSWERS[kind], reason=details.get("reason"), person=name)
            asked.update(position=details.get("post"), at=at)
        elif kind == "requirement.message_sent":
            self.messages[str(details.get("message"))] = {
                **{"requirement": subject, "person": name, "position": details.get("post"), "at": at},
                **{"text_sha256": details.get("text_sha256")},
            }
        elif kind == "decision.proposed":
            self.decisions[subject] = dict(details, proposed_by=name, decided_by=None, closed=None)
        elif kind == "decision.decided":
            self.decisions.setdefault(subject, {}).update(details, decided_by=name)
        elif kind in CLOSINGS:
            closed = {"as": CLOSINGS[kind], "by": name, "at": at, "reason": details.get("reason")}
            self.decisions.setdefault(subject, {}).update(closed=closed)
        elif kind == "bundle.ordered":
            self.ordered = {"at": at, "by": name, "reason": details.get("reason")}


def _texts(value: Any) -> List[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def _compare_with_log(records: Dict[str, Any], story: Story, findings: Findings) -> None:
    """:raises ValueError, TypeError, KeyError, AttributeError: when the records are not what records are."""

    def differ(code: str, what: str, identity: Any, message: str) -> None:
        findings.add(code, "%s: %s %s" % (RECORDS, what, identity), message)

    report = story.reports.get(records["year"])
    if (report is None) != (records["report"] is None):
        findings.add("records_log", RECORDS, "Terbitnya LHE tahun ini tidak sama di catatan dan di log.")
    issued = _with_taken_over(report or {}, story.lives.taken_over.get(records["year"], []))
    received = story.lives.received.get(records["year"])
    if report is not None and records["report"].get("received") != received:
        findings.add("records_log", RECORDS, "Tanggal terima LHE atau batasnya bukan yang tercatat di log.")
    if report is not None and records["report"]["number"] != issued.get("number"):
        findings.add("records_log", RECORDS, "Nomor LHE bukan yang diterbitkan menurut log.")
    if report is not None and bool(records["report"].get("confirmed")) != bool(issued.get("confirmed")):
        findings.add("records_log", RECORDS, "Apakah LHE sudah dicocokkan, tidak sama di catatan dan di log.")
    _compare_recommendations(records, issued, story, differ)
    if records["ordered"] != story.ordered:
        findings.add("records_log", RECORDS, "Pemesanan bundel ini bukan yang terakhir menurut log.")
    requirements = {row["id"]: row for row in records["requirements"]}
    asked = {row["id"]: row for row in issued.get("requirements", ())}
    if report is not None:
        asked.update(story.asked.get(records["year"], {}))
    if _chosen(records) is not None:  # the log names those of the whole report; here are those of a choice
        asked = {
            identity: asked[identity] for identity in asked if identity in requirements or identity in story.states
        }
    for identity in sorted(set(requirements) ^ set(asked)):
        differ(
            "records_log", "kebutuhan bukti", identity, "Tidak ada di catatan, atau tidak pernah diminta menurut log."
        )
    for identity, row in requirements.items():
        if identity in asked and any(row[name] != asked[identity][name] for name in ASKED_FIELDS):
            differ("records_log", "kebutuhan bukti", identity, "Bukan yang diminta menurut log.")
        if row["state"] != story.states.get(identity, "drafted"):
            differ("records_log", "kebutuhan bukti", identity, "Keadaannya bukan yang terakhir menurut log.")
        if row.get("successor") != story.heirs.get(identity):
            differ("records_log", "kebutuhan bukti", identity, "Unit penerusnya bukan yang menurut log.")
        if row["waived"] != (identity in story.waived):
            differ("records_log", "kebutuhan bukti", identity, "Dihapuskan atau tidaknya tidak sama dengan log.")
    _compare_objections(records, story, differ)
    _compare_deliveries(records, requirements, story, differ)
    _compare_names(records, asked, differ)
    _compare_sign_offs(records, requirements, story, differ)
    _compare_decisions(records, story, differ)
    _compare_papers(records, story, differ)
    _compare_reviews(records, requirements, story, differ)
    _compare_messages(records, requirements, story, differ)
    _compare_tombstones(records, story, differ)
    for seq, about in story.untold.items():
        if not _why_untold(about, records, story):
            message = "Isi peristiwa ini ditahan, padahal ia termasuk yang dibuktikan bundel ini (%s)."
            findings.add("log_withheld", "%s: baris %d" % (LOG, seq), message % about)


def _why_untold(about: str, records: Mapping[str, Any], story: Story) -> str:
    """Why a log may withhold what such events say, in words; empty where it may not.

    What an event is about is part of its link, so it cannot be changed by whoever withholds the rest.
    """
    subject, _, years = about.partition(":")
    if subject == "import":
        return "impor"
    if subject in ("bundle", "paper"):
        return "pesanan lain"
    if subject in PAPERS and str(records["year"]) not in years.split(","):
        return "tahun lain"
    if subject == "report" and records["year"] not in story.reports:
        return "konsep LHE"
    if subject in PAPERS and subject not in ("issued", "report") and _chosen(records) is not None:
        return BESIDE_CHOICE
    return ""


Differ = Callable[[str, str, Any, str], None]


def _chosen(records: Mapping[str, Any]) -> Optional[List[str]]:
    """The numbers of the recommendations that were chosen, or none where the bundle is of all."""
    scope = records.get("scope") or {}
    return _texts(scope["recommendations"]) if "recommendations" in scope else None


def _with_taken_over(issued: Mapping[str, Any], taken_over: Sequence[Mapping[str, Any]]) -> Dict[str, Any]:
    """What was issued with the report, and what came to it from another agency since."""
    recommendations, requirements = list(issued.get("recommendations", ())), list(issued.get("requirements", ()))
    for row in taken_over:
        recommendations.append(row)
        requirements += row.get("requirements") or []
    return dict(issued, recommendations=recommendations, requirements=requirements)


def _compare_recommendations(
    records: Mapping[str, Any], issued: Mapping[str, Any], story: Story, differ: Differ
) -> None:
    chosen = _chosen(records)
    asked = {
        row["number"]: row for row in issued.get("recommendations", ()) if chosen is None or row["number"] in chosen
    }
    told = {row["number"]: row for row in records["recommendations"]}
    for number in sorted(set(asked) ^ set(told)):
        differ("records_log", "rekomendasi", number, "Tidak ada di catatan, atau tidak pernah diterbitkan menurut log.")
    for number in sorted(set(asked) & set(told)):
        row = told[number]
        life = story.lives.told(str(asked[number]["id"]), records["year"])
        _compare_wordings(row, life["versions"], number, differ)
        if any(row.get(field) != life[field] for field in LIFE_FIELDS):
            message = "Batas waktu, asal, atau berakhirnya tidak sama dengan yang terjadi menurut log."
            differ("records_log", "rekomendasi", number, message)
        if row["state"] != story.states.get(asked[number]["id"], "drafted"):
            differ("records_log", "rekomendasi", number, "Keadaannya bukan yang terakhir menurut log.")
        decided = [
            decision["status"]
            for decision in story.decisions.values()
            if decision["decided_by"] is not None
            and decision.get("year") == records["year"]
            and number in _texts(decision.get("recommendations"))
        ]
        if row["official_status"] != (decided[-1] if decided else "NOT_ASSESSED"):
            differ("records_log", "rekomendasi", number, "Status resminya bukan yang diputuskan menurut log.")


def _compare_wordings(
    row: Mapping[str, Any], versions: Sequence[Mapping[str, Any]], number: str, differ: Differ
) -> None:
    """Every wording there ever was is here as it was written, and the last one is the one that stands."""
    last = versions[-1]
    if hashlib.sha256(row["text"].encode()).hexdigest() != last["text_sha256"]:
        differ("records_log", "rekomendasi", number, "Bunyinya bukan yang terakhir menurut log.")
    if last["component"] is not None and (row["component"], row.get("criterion")) != (
        last["component"],
        last["criterion"],
    ):
        differ("records_log", "rekomendasi", number, "Komponen atau kriterianya bukan yang terakhir menurut log.")
    told = row.get("versions") or []
    expected = versions if len(versions) > 1 else []
    if len(told) != len(expected):
        differ(
            "records_log", "rekomendasi", number, "Ada bunyi terdahulu yang hilang atau tidak pernah ada menurut log."
        )
    for event in expected[: len(told)]:
        one = told[event["revision"] - 1]
        same = all(one[field] == event[field] for field in VERSION_FIELDS)
        if not same or hashlib.sha256(one["text"].encode()).hexdigest() != event["text_sha256"]:
            differ(
                "records_log", "rekomendasi", number, "Bunyi ke-%s bukan yang ditulis menurut log." % event["revision"]
            )


def _compare_objections(records: Mapping[str, Any], story: Story, differ: Differ) -> None:
    rows, chosen = records.get("objections", []), _chosen(records)
    told = {row["id"]: row for row in rows}
    if len(told) != len(rows):
        differ("records_log", "keberatan", "", "Satu keberatan tercatat dua kali.")
    expected = {
        key: event
        for key, event in story.lives.objections.items()
        if event.get("year") == records["year"] and (chosen is None or event.get("number") in chosen)
    }
    for identity in sorted(set(expected) ^ set(told)):
        message = "Tidak ada di catatan." if identity in expected else "Tidak pernah diajukan menurut log."
        differ("records_log", "keberatan", identity, message)
    for identity in sorted(set(expected) & set(told)):
        if any(told[identity].get(name) != value for name, value in expected[identity].items() if name != "year"):
            differ("records_log", "keberatan", identity, "Tidak sama dengan yang terjadi menurut log.")


def _compare_deliveries(
    records: Mapping[str, Any], requirements: Mapping[str, Any], story: Story, differ: Differ
) -> None:
    expected = {
        (identity, requirement, revision)
        for identity, delivery in story.deliveries.items()
        for requirement, revision in (delivery.get("requirements") or {}).items()
        if requirement in requirements
    }
    told = {(row["id"], row["requirement"], row["revision"]) for row in records["evidence"]}
    for identity, requirement, _ in sorted(expected ^ told):
        message = "Untuk kebutuhan %s: tidak ada di catatan, atau tidak pernah diterima menurut log." % requirement
        differ("records_log", "bukti", identity, message)
    for row in records["evidence"]:
        delivery = story.deliveries.get(row["id"])
        if delivery is not None:
            _compare_delivery(row, delivery, story, differ)
            pages = (delivery.get("pages") or {}).get(row["requirement"], [None, None])
            if [row["page_from"], row["page_to"]] != pages:
                differ("records_log", "bukti", row["id"], "Halamannya bukan yang disebut menurut log.")
            _compare_supporting(row, delivery.get("supporting") or [], story, differ)


def _compare_delivery(row: Mapping[str, Any], delivery: Mapping[str, Any], story: Story, differ: Differ) -> None:
    """What was received, by whom and when, and what became of it."""
    if (row["sha256"], row["bytes"]) != (delivery.get("sha256"), delivery.get("bytes")):
        differ("records_log", "bukti", row["id"], "Isinya bukan yang diterima menurut log.")
    if row["received_by"] != delivery["received_by"]:
        differ("records_log", "bukti", row["id"], "Penyerahnya bukan yang menyerahkan menurut log.")
    if row["received_at"] != delivery["received_at"]:
        differ("records_log", "bukti", row["id"], "Waktu diterimanya bukan yang tercatat di log.")
    # The name of a restricted file is not told.
    name = row["original_name"]
    if _name_digest(row) != delivery.get("name_sha256") and not (name is None and row.get("restricted")):
        differ("records_log", "bukti", row["id"], "Nama aslinya bukan yang diterima menurut log.")
    if row["verdict"] != story.checks.get(row["id"], {}).get("verdict"):
        differ("records_log", "bukti", row["id"], "Hasil pemeriksaannya bukan yang terakhir menurut log.")
    if row["path"] is not None and row["id"] not in story.archived:
        differ("records_log", "bukti", row["id"], "Berkasnya disertakan, padahal tidak pernah diarsipkan menurut log.")


def _compare_papers(records: Mapping[str, Any], story: Story, differ: Differ) -> None:
    """The letter of each decision is here, and the document of each valid reason: the very ones that were named."""
    expected: Dict[str, Any] = {}
    for event in story.decisions.values():
        for named in (event.get("letter"), event.get("ground")):
            if event.get("year") == records["year"] and named is not None:
                expected[str(named.get("paper"))] = named.get("sha256")
    rows = _papers(records)
    told = {row["id"]: row for row in rows}
    if len(told) != len(rows):
        differ("records_log", "surat", "", "Satu surat tercatat dua kali.")
    for identity in sorted(set(expected) ^ set(told)):
        message = "Suratnya tidak ada di catatan." if identity in expected else "Tidak disebut keputusan mana pun."
        differ("records_log", "surat", identity, message)
    for identity in sorted(set(expected) & set(told)):
        row, delivery = told[identity], story.deliveries.get(identity)
        if delivery is None or row["sha256"] != expected[identity]:
            differ("records_log", "surat", identity, "Bukan surat yang disebut keputusannya menurut log.")
            continue
        _compare_delivery(row, delivery, story, differ)
        paper = delivery.get("paper") or {}
        if any(row[name] != paper.get(name) for name in PAPER_FIELDS):
            differ("records_log", "surat", identity, "Nomor, tanggal, atau jenisnya bukan yang dicatat di log.")
        if row["path"] is not None and row["path"] != paper_path(row["sha256"]):
            differ("records_log", "surat", identity, "Nama berkasnya bukan yang seharusnya.")


def _papers(records: Mapping[str, Any]) -> List[Dict[str, Any]]:
    return list(records.get("official_papers", []))


def _files(records: Mapping[str, Any]) -> List[Dict[str, Any]]:
    """Everything that was received: deliveries, official papers, and what travels with them."""
    received = [*records.get("evidence", ()), *_papers(records)]
    return [one for row in received for one in (row, *row.get("supporting", ()))]


def paper_path(digest: str) -> str:
    """The name of a letter or a document of the Inspektorat in a bundle."""
    return "%sSurat/%s.pdf" % (EVIDENCE, digest[:32])


def _compare_supporting(
    row: Mapping[str, Any], came: Sequence[Mapping[str, Any]], story: Story, differ: Differ
) -> None:
    """What travels with a delivery is what came with it, each under the name that follows from that."""
    told = row.get("supporting", [])
    if [one["id"] for one in told] != [one["id"] for one in came]:
        differ("records_log", "bukti", row["id"], "Berkas pendukungnya bukan yang diterima menurut log.")
        return
    for number, one in enumerate(told, start=1):
        event = came[number - 1]
        named = one["path"] is None or (
            row["path"] is not None and one["path"] == supporting_path(row["path"], number, one["media_type"])
        )
        # The name of a restricted file is not told.
        called = _name_digest(one) == event["name_sha256"] or (one["original_name"] is None and one["restricted"])
        if not called or any(one[name] != event[name] for name in ("sha256", "bytes", "media_type")):
            differ("records_log", "berkas pendukung", one["id"], "Isi atau namanya bukan yang diterima menurut log.")
        if one["verdict"] != story.checks.get(one["id"], {}).get("verdict"):
            differ("records_log", "berkas pendukung", one["id"], "Pemeriksaannya bukan yang terakhir menurut log.")
        if not named or (one["path"] is not None and one["id"] not in story.archived):
            differ("records_log", "berkas pendukung", one["id"], "Berkasnya bukan yang diarsipkan menurut log.")


def _compare_names(records: Mapping[str, Any], asked: Mapping[str, Any], differ: Differ) -> None:
    """A file's name says for what it was delivered, so it is made anew from what was asked and what came."""
    taken: Dict[str, Tuple[str, str]] = {}
    for row in records["evidence"]:
        place = asked.get(row["requirement"])
        if row["path"] is None or place is None:
            continue
        name = evidence_path(
            *(place["recommendations"], place["quarter"], place["unit"]["name"], row["revision"], row["sha256"]),
            taken=taken,
        )
        if row["path"] != name:
            differ("records_log", "bukti", row["id"], "Nama berkasnya bukan yang seharusnya menurut log: %s." % name)


def _compare_sign_offs(
    records: Mapping[str, Any], requirements: Mapping[str, Any], story: Story, differ: Differ
) -> None:
    told = {row["id"]: row for row in records["sign_offs"]}
    if len(told) != len(records["sign_offs"]):
        differ("records_log", "pengesahan", "", "Satu pengesahan tercatat dua kali.")
    expected = {key: event for key, event in story.sign_offs.items() if event["requirement"] in requirements}
    for identity in sorted(set(expected) ^ set(told)):
        message = "Tidak ada di catatan." if identity in expected else "Tidak pernah terjadi menurut log."
        differ("records_log", "pengesahan", identity, message)
    for identity in sorted(set(expected) & set(told)):
        event, row = expected[identity], told[identity]
        if any(row.get(name) != value for name, value in event.items() if value is not None):
            differ("records_log", "pengesahan", identity, "Tidak sama dengan yang terjadi menurut log.")
        if row["voided_at"] != story.voided.get(identity):
            differ("records_log", "pengesahan", identity, "Berlaku atau gugurnya tidak sama dengan log.")


def _compare_decisions(records: Mapping[str, Any], story: Story, differ: Differ) -> None:
    told = {row["id"]: row for row in records["decisions"]}
    expected = {key: event for key, event in story.decisions.items() if event.get("year") == records["year"]}
    for identity in sorted(set(expected) ^ set(told)):
        message = "Tidak ada di catatan." if identity in expected else "Tidak pernah diusulkan menurut log."
        differ("records_log", "keputusan", identity, message)
    for identity in sorted(set(expected) & set(told)):
        event, row = expected[identity], told[identity]
        letter = event.get("letter") or {}
        if event["decided_by"] is not None and not letter:
            differ("records_log", "keputusan", identity, "Diputuskan tanpa surat.")
        pairs = [
            (row.get("letter"), letter.get("paper")),
            (row.get("ground"), (event.get("ground") or {}).get("paper")),
            (row.get("valid_reason"), event.get("valid_reason")),
            (row.get("reopens") or [], _texts(event.get("reopens"))),
            (row.get("closed"), event.get("closed")),
            (row["official_status"], event.get("status")),
            (row["number"], event.get("number")),
            (row["decided_on"], event.get("date")),
            (hashlib.sha256(row["reason"].encode()).hexdigest(), event.get("reason_sha256")),
            (row["proposed_by"], event["proposed_by"]),
            (row["decided_by"], event["decided_by"]),
            (sorted(row["recommendations"]), sorted(_texts(event.get("recommendations")))),
        ]
        if any(one != other for one, other in pairs):
            differ("records_log", "keputusan", identity, "Tidak sama dengan yang diputuskan menurut log.")


def _compare_reviews(records: Mapping[str, Any], requirements: Mapping[str, Any], story: Story, differ: Differ) -> None:
    rows = records.get("reviews", [])
    told = {row["id"]: row for row in rows}
    if len(told) != len(rows):
        differ("records_log", "permintaan ditinjau", "", "Satu permintaan tercatat dua kali.")
    expected = {key: event for key, event in story.reviews.items() if event.get("requirement") in requirements}
    for identity in sorted(set(expected) ^ set(told)):
        message = "Tidak ada di catatan." if identity in expected else "Tidak pernah diminta menurut log."
        differ("records_log", "permintaan ditinjau", identity, message)
    for identity in sorted(set(expected) & set(told)):
        if any(told[identity][name] != value for name, value in expected[identity].items()):
            differ("records_log", "permintaan ditinjau", identity, "Tidak sama dengan yang terjadi menurut log.")


def _compare_messages(
    records: Mapping[str, Any], requirements: Mapping[str, Any], story: Story, differ: Differ
) -> None:
    """What was said, by whom, when and in which order; the log has the digest of each text."""
    rows = records.get("messages", [])
    expected = {key: event for key, event in story.messages.items() if event["requirement"] in requirements}
    told = {
        row["id"]: dict(
            {name: row[name] for name in ("requirement", "person", "position", "at")},
            text_sha256=hashlib.sha256(row["text"].encode()).hexdigest(),
        )
        for row in rows
    }
    if [row["id"] for row in rows] != list(expected):
        differ("records_log", "percakapan", "", "Pesannya tidak sama, atau tidak seurut, dengan log.")
    for identity in sorted(set(expected) & set(told)):
        if told[identity] != expected[identity]:
            differ("records_log", "pesan", identity, "Bukan yang ditulis menurut log.")


def _compare_tombstones(records: Mapping[str, Any], story: Story, differ: Differ) -> None:
    """Bytes may be erased after the order, and are then told of although the log ends before: by a later time only."""
    for row in _files(records):
        told, event = row.get("disposed"), story.disposed.get(row["id"])
        if told is None and event is None:
            continue
        if told is None:
            differ("records_log", "bukti", row["id"], "Dimusnahkan menurut log, tetapi tidak menurut catatan.")
        elif event is not None:
            if any(told[name] != value for name, value in event.items()):
                differ("records_log", "bukti", row["id"], "Pemusnahannya tidak sama dengan yang terjadi menurut log.")
        elif read_moment(told["at"]) <= read_moment(records["ordered"]["at"]):
            differ("records_log", "bukti", row["id"], "Tidak pernah dimusnahkan menurut log.")
        if told is not None and not row["withheld"]:
            differ("records_log", "bukti", row["id"], "Tercatat dimusnahkan, tetapi berkasnya disertakan.")


# -- the records ---------------------------------------------------------------------------------------------


def _check_records(
    source: Source, findings: Findings, digests: Digests, story: Story
) -> Tuple[Optional[Dict[str, Any]], int]:
    """The records against payload and log; gives the records and how many pieces of evidence are withheld."""
    if RECORDS not in source.sizes:
        return None, 0
    data = source.read(RECORDS)
    try:
        records = read_canonical((data or b"").rstrip(b"\n"))
        if records["format"] != "tuntas-records/1":
            raise ValueError("format")
        rows = [_check_evidence(row) for row in [*records["evidence"], *_papers(records)]]
        contents = {row["id"]: row["sha256"] for row in rows}
        if any(contents[row["id"]] != row["sha256"] for row in rows):
            raise ValueError("one delivery with two digests")
        signed = [(row["id"], row["evidence"], row["sha256"]) for row in records["sign_offs"]]
        if not all(isinstance(value, (str, type(None))) for row in signed for value in row):
            raise ValueError("sign-off")
    except (ValueError, TypeError, KeyError, AttributeError):
        findings.add("records_form", RECORDS, "Berkas catatan tidak berbentuk seperti seharusnya.")
        return None, 0
    withheld: Set[str] = set()
    named: Set[Optional[str]] = set()
    files = [one for row in rows for one in (row, *row.get("supporting", ()))]
    for row in files:
        path, where = row["path"], "%s: bukti %s" % (RECORDS, row["id"])
        named.add(path)
        if row["withheld"]:
            withheld.add(row["id"])
            if path in source.sizes:
                findings.add("records_payload", where, "Tercatat ditahan, tetapi berkasnya ada: %s." % path)
        elif path not in source.sizes:
            findings.add("records_payload", where, "Berkas buktinya tidak ada: %s." % path)
        elif path in digests and (digests[path]["sha256"], source.sizes[path]) != (
            row["sha256"],
            row["bytes"],
        ):
            findings.add("records_payload", where, "Berkas %s bukan yang tercatat (SHA-256 atau ukuran)." % path)
    for row in files:
        _check_report(row, source, findings, digests, story)
    spoken_for = named | {LOG, RECORDS, INDEX} | {"%s%s.json" % (REPORTS, row["id"]) for row in files}
    for path in sorted(path for path in source.sizes if path.startswith("data/") and path not in spoken_for):
        findings.add("records_payload", path, "Berkas ini tidak disebut dalam catatan.")
    for identity, evidence, digest in signed:
        if evidence is not None and contents.get(evidence) != digest:
            where = "%s: pengesahan %s" % (RECORDS, identity)
            findings.add("records_sign_off", where, "Pengesahan menyebut bukti yang tidak ada atau bukan isi ini.")
    try:
        _compare_with_log(records, story, findings)
    except (ValueError, TypeError, KeyError, AttributeError):
        findings.add("records_form", RECORDS, "Berkas catatan tidak berbentuk seperti seharusnya.")
    return records, len(withheld)


def _told_of_untold(story: Story, records: Optional[Mapping[str, Any]]) -> str:
    reasons: Dict[str, int] = {}
    for about in story.untold.values():
        why = (_why_untold(about, records, story) if records is not None else "") or "tanpa alasan"
        reasons[why] = reasons.get(why, 0) + 1
    told = ", ".join("%d %s" % (count, why) for why, count in sorted(reasons.items()))
    total = sum(reasons.values())
    return "%d peristiwa log hanya disertakan sebagai mata rantai, tanpa isinya (%s)." % (total, told)


def _name_digest(row: Mapping[str, Any]) -> str:
    return hashlib.sha256(("%s\n%s" % (row["id"], row["original_name"])).encode()).hexdigest()


def _why(records: Optional[Dict[str, Any]]) -> str:
    """Why evidence is withheld, as far as the records say, as words in brackets."""
    rows = [row for row in _files(records or {}) if row["withheld"]]
    disposed = {row["id"] for row in rows if row.get("disposed")}
    restricted = {row["id"] for row in rows if row.get("restricted")} - disposed
    words = [("%d terbatas", len(restricted)), ("%d dimusnahkan", len(disposed))]
    told = ", ".join(word % count for word, count in words if count)
    return " (%s)" % told if told else ""


def _check_report(row: Mapping[str, Any], source: Source, findings: Findings, digests: Digests, story: Story) -> None:
    """The newest report of a check is here as it was written; that of a file that is withheld may be, too."""
    path, digest = "%s%s.json" % (REPORTS, row["id"]), story.checks.get(row["id"], {}).get("report_sha256")
    if path not in source.sizes:
        if digest is not None and not row["withheld"]:
            findings.add("records_log", path, "Laporan pemeriksaan ini tidak ada, padahal ada menurut log.")
    elif digest is None or (path in digests and digests[path]["sha256"] != digest):
        findings.add("records_log", path, "Laporan pemeriksaan ini bukan yang terakhir menurut log.")


def _check_evidence(row: Dict[str, Any]) -> Dict[str, Any]:
    """:raises ValueError: when the row is not an evidence row."""
    _require_hex32(row["sha256"])
    path_kinds = (str, type(None)) if row["withheld"] else (str,)
    if not isinstance(row["withheld"], bool) or not isinstance(row["path"], path_kinds):
        raise ValueError("path")
    if (
        type(row["bytes"]) is not int
        or not isinstance(row["id"], str)
        or (row["path"] is not None and not row["path"].startswith(EVIDENCE))
    ):
        raise ValueError("bytes")
    for one in row.get("supporting", ()):
        if one["media_type"] not in SUFFIXES or "supporting" in one:
            raise ValueError("supporting")
        _check_evidence(one)
    return row


# -- the seal ------------------------------------------------------------------------------------------------

SEAL_FORMAT = "tuntas-seal/1"
KEY_BITS = 3072
# DigestInfo prefix of SHA-256, RFC 8017 section 9.2, note 1.
SHA256_INFO = bytes.fromhex("3031300d060960864801650304020105000420")


def key_fingerprint(n: int, e: int) -> str:
    """SHA-256 of the DER SubjectPublicKeyInfo (RFC 5280), as ``openssl pkey -pubout -outform DER`` gives."""

    def der(tag: int, body: bytes) -> bytes:
        size = len(body)
        if size < 128:
            return bytes((tag, size)) + body
        long_form = size.to_bytes((size.bit_length() + 7) // 8, "big")
        return bytes((tag, 128 | len(long_form))) + long_form + body

    numbers = b"".join(der(2, value.to_bytes(value.bit_length() // 8 + 1, "big")) for value in (n, e))
    rsa_encryption = bytes.fromhex("300d06092a864886f70d0101010500")
    return hashlib.sha256(der(0x30, rsa_encryption + der(3, b"\0" + der(0x30, numbers)))).hexdigest()


def signed_text(seal: Mapping[str, Any]) -> bytes:
    """What the signature covers: everything in the seal but itself."""
    return canonical({name: value for name, value in seal.items() if name != "signature"})


def signature_holds(text: bytes, signature: int, n: int, e: int) -> bool:
    """RSASSA-PKCS1-v1_5 (RFC 8017, section 8.2.2): the message is rebuilt and compared, never parsed."""
    length = KEY_BITS // 8
    tail = SHA256_INFO + hashlib.sha256(text).digest()
    expected = b"\0\1" + b"\xff" * (length - len(tail) - 3) + b"\0" + tail
    return signature < n and pow(signature, e, n).to_bytes(length, "big") == expected


def _read_key(sealed: Mapping[str, Any]) -> Tuple[int, int]:
    """The key of a seal or an anchor. :raises ValueError: when key or signature have another form."""
    key = sealed["key"]
    if set(key) != {"e", "n"}:
        raise ValueError("key")
    for value in (key["n"], sealed["signature"]):
        if not isinstance(value, str) or not re.fullmatch("[0-9a-f]{%d}" % (KEY_BITS // 4), value):
            raise ValueError("key or signature")
    if key["e"] != 65537 or int(key["n"], 16).bit_length() != KEY_BITS:
        raise ValueError("key size")
    return int(key["n"], 16), key["e"]


def _read_seal(source: Source, findings: Findings) -> Optional[Dict[str, Any]]:
    if SEAL not in source.sizes:
        return None
    data = source.read(SEAL)
    try:
        if data is None or data[-1:] != b"\n":
            raise ValueError("no line end")
        seal: Dict[str, Any] = read_canonical(data[:-1])
        names = "bag digests fingerprint format installation key log ordered_at release scope signature"
        if set(seal) != set(names.split()) or seal["format"] != SEAL_FORMAT:
            raise ValueError("fields")
        if set(seal["digests"]) != set(MANIFESTS + TAG_MANIFESTS) or set(seal["log"]) != {
            "chain",
            "head",
            "seq",
        }:
            raise ValueError("digests or log")
        if set(seal["scope"]) - {"report", "recommendations"} != {"agency", "region", "year"}:
            raise ValueError("scope")
        for value in (*seal["digests"].values(), seal["log"]["head"], seal["fingerprint"]):
            _require_hex32(value)
        _read_key(seal)
        read_moment(seal["ordered_at"])
    except (ValueError, TypeError, KeyError, AttributeError):
        findings.add("seal_form", SEAL, "Segel tidak berbentuk seperti seharusnya.")
        return None
    return seal


def _check_seal(
    source: Source,
    findings: Findings,
    seal: Dict[str, Any],
    digests: Digests,
    end: Optional[LogEnd],
    records: Optional[Dict[str, Any]],
) -> str:
    """The seal against everything that it speaks of; gives the fingerprint of its key."""
    n, e = int(seal["key"]["n"], 16), seal["key"]["e"]
    fingerprint = key_fingerprint(n, e)
    if seal["fingerprint"] != fingerprint:
        findings.add("seal_key", SEAL, "Sidik kunci yang tertulis bukan sidik kunci di dalam segel.")
    if not signature_holds(signed_text(seal), int(seal["signature"], 16), n, e):
        findings.add("seal_signature", SEAL, "Tanda tangan segel tidak sah.")
    for name, digest in sorted(seal["digests"].items()):
        if name in digests and digests[name]["sha256"] != digest:
            findings.add("seal_digest", name, "Berkas ini bukan yang disegel.")
    ordered_at = read_moment(seal["ordered_at"])
    if end is not None:
        if end.head != Head(seal["log"]["chain"], seal["log"]["seq"], seal["log"]["head"]):
            message = "Log berakhir di peristiwa %d, segel menyebut %s nomor %s."
            findings.add("seal_log", LOG, message % (end.head.seq, seal["log"]["chain"], seal["log"]["seq"]))
        elif end.at != ordered_at:
            findings.add("seal_log", LOG, "Waktu peristiwa terakhir bukan waktu pemesanan yang disegel.")
    if records is not None:
        agency = records.get("agency")
        code = agency.get("code") if isinstance(agency, dict) else None
        told = [records.get("installation"), code, records.get("year"), records.get("scope") or {}]
        chosen = {name: value for name, value in seal["scope"].items() if name in ("report", "recommendations")}
        if told != [seal["installation"], seal["scope"]["agency"], seal["scope"]["year"], chosen]:
            findings.add("seal_scope", RECORDS, "Pemasangan, perangkat daerah, tahun atau pilihan bukan yang disegel.")
    if isinstance(source, Zip):
        if source.name != seal["bag"]:
            findings.add(
                "seal_name",
                "ZIP",
                "Folder dalam arsip bernama %s, segel menyebut %s." % (source.name, seal["bag"]),
            )
        for path, entry in source.entries.items():
            if entry.stamp != dos_time(ordered_at):
                findings.add("zip_form", path, "Waktu entri bukan waktu pemesanan yang disegel.")
    return fingerprint


# -- any bag, by RFC 8493 ------------------------------------------------------------------------------------

VERSIONS = ("0.93", "0.94", "0.95", "0.96", "0.97", "1.0")
KNOWN_ALGORITHMS = {
    re.sub("[-_]", "", name): name
    for name in [
        "md5",
        "sha1",
        "sha224",
        "sha256",
        "sha384",
        "sha512",
        "sha3_224",
        "sha3_256",
        "sha3_384",
        "sha3_512",
        "blake2b",
        "blake2s",
    ]
}


def _check_any_bag(source: Source, findings: Findings) -> None:
    """Complete and valid in the words of RFC 8493, section 3."""
    if not source.has_payload_folder:
        findings.add("missing_file", "data/", "Folder isi (data/) tidak ada.")
    version, encoding = _read_declaration(source, findings)
    payload = {path for path in source.sizes if path.startswith("data/")}
    wanted: Dict[str, Dict[str, Dict[str, str]]] = {}
    lists: List[Set[str]] = []
    for name in sorted(source.sizes):
        match = re.fullmatch(r"(tag)?manifest-([^/]+)\.txt", name)
        if match is None:
            continue
        algorithm = KNOWN_ALGORITHMS.get(re.sub("[-_]", "", match.group(2).lower()))
        if algorithm is None:
            findings.add("algorithm", name, "Algoritma %s tidak dikenal." % match.group(2))
            continue
        listed = _read_foreign_manifest(source, findings, name, encoding, decode_percent=version == "1.0")
        if not match.group(1):
            lists.append(set(listed))
        for path, digest in listed.items():
            if not match.group(1) and not path.startswith("data/"):
                findings.add("unsafe_path", path, "Manifes isi %s menyebut berkas di luar data/." % name)
            elif path not in source.sizes:
                findings.add("missing_file", path, "Terdaftar di %s, tetapi tidak ada." % name)
            else:
                wanted.setdefault(path, {}).setdefault(algorithm, {})[name] = digest.lower()
    if not lists:
        findings.add("missing_file", "manifest-*.txt", "Tidak ada satu pun manifes isi.")
    # From 1.0 on every payload manifest lists every file; before that one of them was enough.
    listed_files = (set.intersection if version == "1.0" else set.union)(*lists) if lists else set()
    for path in sorted(payload - listed_files):
        findings.add("extra_file", path, "Ada dalam bag, tetapi tidak terdaftar dalam manifes.")
    _check_fetch(source, findings, encoding, listed_files)
    _check_foreign_info(source, findings, encoding, payload)
    digests = _digest_all(source, wanted)
    for path, promises in wanted.items():
        for algorithm, by_name in promises.items():
            for name, digest in by_name.items():
                if path in digests and digests[path][algorithm] != digest:
                    findings.add("digest", path, "Isi berkas tidak sama dengan yang tercatat di %s." % name)


def _read_declaration(source: Source, findings: Findings) -> Tuple[str, str]:
    data = source.read("bagit.txt")
    try:
        text = (data or b"").decode("utf-8")
    except UnicodeDecodeError:
        text = ""
    form = r"BagIt-Version: (\d+\.\d+)\nTag-File-Character-Encoding: ([A-Za-z0-9._-]+)\n*"
    match = re.fullmatch(form, text.replace("\r\n", "\n").replace("\r", "\n"))
    if match is None or match.group(1) not in VERSIONS or not _is_encoding(match.group(2)):
        if data is not None:
            findings.add(
                "declaration",
                "bagit.txt",
                "Bukan pernyataan BagIt yang dikenal (0.93 sampai 1.0, tanpa BOM).",
            )
        return "1.0", "utf-8"
    return match.group(1), match.group(2)


def _is_encoding(name: str) -> bool:
    try:
        return bool(b"".decode(name) == "")
    except (LookupError, UnicodeError):
        return False


def _tag_lines(source: Source, findings: Findings, name: str, encoding: str) -> List[str]:
    data = source.read(name)
    try:
        text = (data or b"").decode(encoding)
    except UnicodeDecodeError:
        findings.add("encoding", name, "Berkas ini tidak ditulis dalam %s." % encoding)
        return []
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def _read_foreign_manifest(
    source: Source, findings: Findings, name: str, encoding: str, *, decode_percent: bool
) -> Dict[str, str]:
    listed: Dict[str, str] = {}
    for number, line in enumerate(_tag_lines(source, findings, name, encoding), 1):
        match = re.fullmatch(r"([0-9A-Fa-f]+)[ \t]+\*?(?:\./)?(.+)", line)
        if match is None:
            if line.strip():
                findings.add("manifest_form", "%s: baris %d" % (name, number), "Baris ini tidak dapat dibaca.")
            continue
        path = _decode_path(match.group(2), percent=decode_percent)
        if not _is_inside(path):
            findings.add("unsafe_path", path, "%s menyebut nama yang keluar dari bag; tidak dibuka." % name)
        elif path in listed:
            findings.add("duplicate", path, "Terdaftar dua kali di %s." % name)
        else:
            listed[path] = match.group(1)
    return listed


def _decode_path(path: str, *, percent: bool) -> str:
    """Section 2.1.3: line ends are percent-encoded, from 1.0 on the percent sign too; nothing else is."""
    signs = "0[AaDd]|25" if percent else "0[AaDd]"
    return re.sub("%%(%s)" % signs, lambda match: chr(int(match.group(1), 16)), path)


def _check_fetch(source: Source, findings: Findings, encoding: str, listed: Set[str]) -> None:
    """Addresses are never visited: the files are here or the bag is not complete."""
    if "fetch.txt" not in source.sizes:
        return
    for number, line in enumerate(_tag_lines(source, findings, "fetch.txt", encoding), 1):
        match = re.fullmatch(r"\S+[ \t]+(?:\d+|-)[ \t]+(?:\./)?(.+)", line)
        where = "fetch.txt: baris %d" % number
        if match is None:
            if line.strip():
                findings.add("fetch", where, "Baris ini tidak dapat dibaca.")
        elif not _is_inside(match.group(1)):
            findings.add("unsafe_path", where, "Menyebut nama yang keluar dari bag.")
        elif _decode_path(match.group(1), percent=True) not in listed and match.group(1) not in listed:
            findings.add("fetch", where, "%s tidak terdaftar dalam manifes." % match.group(1))


def _check_foreign_info(source: Source, findings: Findings, encoding: str, payload: Set[str]) -> None:
    if "bag-info.txt" not in source.sizes:
        return
    told = []
    for number, line in enumerate(_tag_lines(source, findings, "bag-info.txt", encoding), 1):
        label, colon, value = line.partition(":")
        if line.strip() and not line.startswith((" ", "\t")) and not (colon and label.strip()):
            findings.add("bag_info", "bag-info.txt: baris %d" % number, "Baris ini bukan 'nama: nilai'.")
        if colon and label.strip().lower() == "payload-oxum":
            told.append(value.strip())
    if told:
        _check_oxum(source, findings, told, payload)


# -- the verdict ---------------------------------------------------------------------------------------------


Pages = Callable[[str, Mapping[str, Any], Sequence[bytes]], Optional[Set[bytes]]]


def verify(
    path: str | os.PathLike[str],
    *,
    bag_only: bool = False,
    key: Optional[str] = None,
    head: Optional[Head] = None,
    receipts: Sequence[Receipt] = (),
    anchors: Sequence[str | os.PathLike[str]] = (),
    earlier: Sequence[str | os.PathLike[str]] = (),
    rotations: Sequence[str | os.PathLike[str]] = (),
    pages: Optional[Pages] = None,
) -> Verdict:
    """Judges a ZIP or a folder; everything that is wrong with it is in the verdict, not in an exception.

    ``key`` is a seal fingerprint known from elsewhere; ``head`` a log head, ``receipts`` what receipts print,
    ``anchors`` files of kept anchors, ``earlier`` older bundles of the same agency. Each of them must fit.
    ``rotations`` are files with documents in which a seal key names the next, beside those in the bundle.
    ``pages`` gives for a release and records what ``data/index.html`` may be, or None where it cannot say.

    :raises OSError: when a path itself is not there or may not be read.
    :raises ValueError: when one of these is given with ``bag_only``: a bag has no seal and no log to compare.
    """
    if bag_only and (key is not None or head is not None or receipts or anchors or earlier or rotations):
        raise ValueError("Bersama --bag-only hanya --json yang berlaku.")
    findings = Findings()
    known: List[Outside] = []
    if head is not None:
        known.append(Outside("ujung log Anda", head.seq, head.hash, chain=head.chain))
    known += [Outside("tanda terima %s" % r.number, r.seq, r.hash, receipt=r.number) for r in receipts]
    older = [one for one in (_read_earlier(other, findings) for other in earlier) if one is not None]
    known += [
        Outside("bundel sebelumnya %s" % one.name, log["seq"], log["head"], chain=log["chain"])
        for one, log in ((one, one.seal["log"]) for one in older)
    ]
    kept = [_read_anchor(other, findings) for other in anchors]
    passed: List[Dict[str, Any]] = []
    for other in rotations:
        with open(other, "rb") as given:
            passed += _read_rotations(given.read(MAX_TEXT), os.path.basename(os.fspath(other)), findings)
    if os.path.isdir(path):
        source: Source = Folder(os.fspath(path), findings, strict=not bag_only)
        return _judge(source, findings, bag_only, key, known, [one for one in kept if one], older, passed, pages)
    with open(path, "rb") as stream:
        source = Zip(stream, findings, strict=not bag_only)
        return _judge(source, findings, bag_only, key, known, [one for one in kept if one], older, passed, pages)


def _judge(
    source: Source,
    findings: Findings,
    bag_only: bool,
    key: Optional[str],
    known: List[Outside],
    anchors: Sequence[Tuple[str, Dict[str, Any]]],
    older: Sequence[Earlier] = (),
    rotations: Sequence[Dict[str, Any]] = (),
    pages: Optional[Pages] = None,
) -> Verdict:
    fingerprint: Optional[str] = None
    verdicts: List[str] = []
    notes: List[str] = []
    if not source.sizes:
        findings.add("empty", ".", "Tidak ada berkas yang dapat diperiksa.")
        return _conclude(findings, verdicts, fingerprint, notes, bag_only)
    _check_names(source, findings, strict=not bag_only)
    if bag_only:
        _check_any_bag(source, findings)
        if not findings.problems:
            verdicts.append("utuh")
        return _conclude(findings, verdicts, fingerprint, notes, bag_only)
    digests = _check_bundle(source, findings)
    seal = _read_seal(source, findings)
    if seal is not None:
        known = known + [link for name, anchor in anchors for link in _link_of_anchor(name, anchor, seal, findings)]
        for one in older:
            _compare_orders(one, seal, findings)
    story = Story()
    end = _check_log(source, findings, known, story)
    records, withheld = _check_records(source, findings, digests, story)
    made = None
    if pages and seal is not None and records is not None:
        made = pages(seal["release"], records, [line for line in (source.read(LOG) or b"").split(b"\n") if line])
    if made is not None and source.read(INDEX) not in made:
        findings.add("index_differs", INDEX, "Halaman ini bukan yang disusun dari catatan dalam bundel ini.")
    for one in older if records is not None else ():
        _compare_openness(one, records or {}, story, findings)
    if withheld:
        notes.append("%d berkas bukti ditahan%s: hanya sidik SHA-256-nya yang disertakan." % (withheld, _why(records)))
    if story.untold:
        notes.append(_told_of_untold(story, records))
    # What is wrong with a thing from outside is no fault of the bundle, but the whole is refused all the same.
    if not findings.problems:
        verdicts.append("utuh")
    if seal is not None:
        fingerprint = _check_seal(source, findings, seal, digests, end, records)
    if not findings.problems:
        verdicts.append("tersegel")
    changes = [*rotations, *_rotations_of(source, findings)]
    steps = _steps_between(key, fingerprint, seal, changes) if key is not None and fingerprint != key else 0
    if steps:
        notes.append("Kunci segel sudah %d kali diganti; tiap kunci ditandatangani oleh kunci sebelumnya." % steps)
    elif key is not None and fingerprint != key:
        findings.add("key_differs", SEAL, "Segel dibuat dengan kunci %s, bukan kunci yang Anda berikan." % fingerprint)
    if known:
        for link in known:
            _check_link(findings, link, end)
        if not findings.problems:
            verdicts.append("berjangkar")
            notes.append("Log terbukti dari luar sampai peristiwa %d." % max(link.seq for link in known))
    elif not anchors:
        notes.append(
            "Asal-usul tidak terbukti: tidak ada tanda terima, jangkar, bundel sebelumnya atau ujung log dari luar "
            "untuk dibandingkan."
        )
    if key is None:
        notes.append("Kunci segel belum dibandingkan dengan sidik dari sumber lain (--key).")
    return _conclude(findings, verdicts, fingerprint, notes, bag_only)


def _check_link(findings: Findings, link: Outside, end: Optional[LogEnd]) -> None:
    if end is None:
        return  # a log that cannot be read was reported as such
    if link in end.held and not end.held[link]:
        return
    lost = _lost(link, end)
    if lost:
        findings.add("lost_in_restore", LOG, lost)
    elif link in end.held:
        findings.add("head_differs", LOG, end.held[link])
    elif link.chain not in (None, end.head.chain):
        message = "%s milik rantai %s, log ini %s."
        findings.add("head_differs", LOG, message % (link.source.capitalize(), link.chain, end.head.chain))
    else:
        message = "Log ini berakhir di peristiwa %d, sebelum nomor %d menurut %s."
        findings.add("head_differs", LOG, message % (end.head.seq, link.seq, link.source))


def _lost(link: Outside, end: LogEnd) -> str:
    """What a restore that the log tells of may explain: neither whole nor a fraud, and never a proof."""
    if link.chain not in (None, end.head.chain) or (link in end.held and "bukan penerimaan" in end.held[link]):
        return ""
    fitting = max([other.seq for other, why in end.held.items() if not why], default=0)
    for one in end.restored:
        if fitting < one.seq <= link.seq and (link.at is None or link.at <= one.at):
            message = (
                "Hilang karena pemulihan: log ini dipulihkan dari cadangan %s pada %s, dan nomor %d sampai %d "
                "yang lama tidak ada. %s berasal dari rentang itu, tidak dapat dihitung ulang; minta berita acaranya."
            )
            when = one.at.strftime("%Y-%m-%d %H:%M UTC")
            return message % (one.backup, when, one.seq, link.seq, link.source.capitalize())
    return ""


# -- what somebody holds from elsewhere ------------------------------------------------------------------------

ANCHOR_FORMAT = "tuntas-anchor/1"
ANCHOR_FIELDS = {"at", "fingerprint", "format", "heads", "installation", "key", "number", "previous", "signature"}


class Earlier(NamedTuple):
    """An older bundle that somebody kept."""

    name: str
    seal: Dict[str, Any]
    told: Set[int]
    """The events of its log whose bodies are there."""


def _read_earlier(path: str | os.PathLike[str], findings: Findings) -> Optional[Earlier]:
    """What an older bundle says, if it is whole and sealed itself."""
    name = os.path.basename(os.fspath(path).rstrip("/\\")) or os.fspath(path)
    own = Findings()
    with open(path, "rb") if not os.path.isdir(path) else contextlib.nullcontext() as stream:
        source = Folder(os.fspath(path), own, strict=True) if stream is None else Zip(stream, own, strict=True)
        verdict = _judge(source, own, False, None, [], [])
        seal = _read_seal(source, Findings()) if source.sizes else None
        lines = map(_read_event, _lines(source, own, LOG)) if verdict.ok else ()
        told = {event["seq"] for event in lines if event["body"] is not None}
    if not verdict.ok or seal is None:
        findings.add("earlier_refused", name, "Bundel sebelumnya ini sendiri ditolak, jadi tidak membuktikan apa pun.")
        return None
    return Earlier(printable(name), seal, told)


def _compare_orders(earlier: Earlier, seal: Mapping[str, Any], findings: Findings) -> None:
    """The same order built again by the same release gives the same bytes: nothing but fraud makes them differ."""
    old = earlier.seal
    same = all(old[field] == seal[field] for field in ("installation", "log", "release", "scope"))
    payload = [manifest for manifest in MANIFESTS if old["digests"][manifest] != seal["digests"][manifest]]
    if same and payload:
        message = "Isi bundel ini bukan isi bundel sebelumnya %s, padahal pesanannya sama."
        findings.add("earlier_differs", payload[0], message % earlier.name)


def _compare_openness(earlier: Earlier, records: Mapping[str, Any], story: Story, findings: Findings) -> None:
    """What an older bundle of no more recommendations told of a year, a newer one tells too."""
    old, now = earlier.seal["scope"].get("recommendations"), _chosen(records)
    if earlier.seal["scope"]["year"] != records["year"] or now is None or old is None or not set(old) <= set(now):
        return  # a log of all of a year withholds nothing of it, and a narrower choice tells less
    for seq in sorted(earlier.told & set(story.untold)):
        if _why_untold(story.untold[seq], records, story) == BESIDE_CHOICE:
            message = "Isi peristiwa ini ditahan, padahal terbuka dalam bundel sebelumnya %s."
            findings.add("earlier_withheld", "%s: baris %d" % (LOG, seq), message % earlier.name)


def _read_anchor(path: str | os.PathLike[str], findings: Findings) -> Optional[Tuple[str, Dict[str, Any]]]:
    """An anchor and its file's name, if its own signature holds."""
    name = os.path.basename(os.fspath(path))
    with open(path, "rb") as stream:
        data = stream.read(MAX_TEXT + 1)
    try:
        anchor = read_anchor(data)
    except ValueError:
        findings.add("anchor_form", name, "Berkas ini bukan jangkar yang ditulis seperti seharusnya.")
        return None
    if not signature_holds(signed_text(anchor), int(anchor["signature"], 16), int(anchor["key"]["n"], 16), 65537):
        findings.add("anchor_signature", name, "Tanda tangan jangkar tidak sah.")
        return None
    return name, anchor


def read_anchor(data: bytes) -> Dict[str, Any]:
    """The one form of an anchor: the heads of all chains of an installation at one time, and the anchor before.

    :raises ValueError: when it is anything else. The signature is not looked at.
    """
    if data[-1:] != b"\n" or len(data) > MAX_TEXT:
        raise ValueError("no line end")
    anchor = read_canonical(data[:-1])
    try:
        if not isinstance(anchor, dict) or set(anchor) != ANCHOR_FIELDS:
            raise ValueError("fields")
        if anchor["format"] != ANCHOR_FORMAT or type(anchor["number"]) is not int or anchor["number"] < 1:
            raise ValueError("format or number")
        for head in anchor["heads"].values():
            _require_hex32(head["hash"])
            if set(head) != {"hash", "seq"} or type(head["seq"]) is not int or head["seq"] < 1:
                raise ValueError("head")
        if (anchor["previous"] is None) != (anchor["number"] == 1):
            raise ValueError("previous")
        if anchor["previous"] is not None:
            _require_hex32(anchor["previous"])
        n, e = _read_key(anchor)
        if anchor["fingerprint"] != key_fingerprint(n, e):
            raise ValueError("fingerprint")
        read_moment(anchor["at"])
    except (TypeError, KeyError, AttributeError) as error:
        raise ValueError("shape") from error
    return dict(anchor)


def _link_of_anchor(
    name: str, anchor: Mapping[str, Any], seal: Mapping[str, Any], findings: Findings
) -> Iterator[Outside]:
    head = anchor["heads"].get(seal["log"]["chain"])
    if anchor["installation"] != seal["installation"] or head is None:
        findings.add("anchor_differs", name, "Jangkar ini tidak menyebut log dalam bundel ini.")
        return
    yield Outside(
        "jangkar %s" % printable(name),
        head["seq"],
        head["hash"],
        chain=seal["log"]["chain"],
        at=read_moment(anchor["at"]),
    )


ROTATION_FORMAT = "tuntas-seal-rotation/1"
ROTATION_FIELDS = {"at", "fingerprint", "format", "installation", "key", "next_fingerprint", "next_key", "signature"}
ROTATIONS = "rotations.jsonl"


def read_rotation(data: bytes) -> Dict[str, Any]:
    """The document in which a seal key names the next one, if it is written and signed as it should be.

    :raises ValueError: when it is anything else.
    """
    document = read_canonical(data)
    try:
        if not isinstance(document, dict) or set(document) != ROTATION_FIELDS or document["format"] != ROTATION_FORMAT:
            raise ValueError("fields")
        n, e = _read_key(document)
        after = _read_key({"key": document["next_key"], "signature": document["signature"]})
        if (document["fingerprint"], document["next_fingerprint"]) != (key_fingerprint(n, e), key_fingerprint(*after)):
            raise ValueError("fingerprint")
        read_moment(document["at"])
    except (TypeError, KeyError, AttributeError) as error:
        raise ValueError("shape") from error
    if not signature_holds(signed_text(document), int(document["signature"], 16), n, e):
        raise ValueError("signature")
    return dict(document)


def _read_rotations(data: bytes, where: str, findings: Findings) -> List[Dict[str, Any]]:
    """Documents of rotation, one a line; a false one is a finding, whether it is needed or not."""
    found = []
    lines = data.split(b"\n")
    if lines.pop():
        findings.add("rotation", where, "Baris terakhir tidak ditutup dengan LF.")
    for number, line in enumerate(lines, 1):
        try:
            found.append(read_rotation(line))
        except ValueError:
            message = "Baris ini bukan pergantian kunci segel yang ditandatangani kunci lama."
            findings.add("rotation", "%s: baris %d" % (where, number), message)
    return found


def _rotations_of(source: Source, findings: Findings) -> List[Dict[str, Any]]:
    data = source.read(ROTATIONS) if ROTATIONS in source.sizes else None
    return _read_rotations(data, ROTATIONS, findings) if data is not None else []


def _steps_between(
    key: str, fingerprint: Optional[str], seal: Optional[Mapping[str, Any]], rotations: Sequence[Mapping[str, Any]]
) -> int:
    """How many rotations of this installation lead from the key that is known to the one that sealed; 0: none do."""
    if seal is None or fingerprint is None:
        return 0
    following: Dict[str, List[str]] = {}
    for document in rotations:
        if document["installation"] == seal["installation"]:
            following.setdefault(document["fingerprint"], []).append(document["next_fingerprint"])
    reached, seen, steps = [key], {key}, 0
    while reached:
        steps += 1
        reached = [after for one in reached for after in following.get(one, ()) if after not in seen]
        if fingerprint in reached:
            return steps
        seen.update(reached)
    return 0


def _conclude(
    findings: Findings, verdicts: List[str], fingerprint: Optional[str], notes: List[str], bag_only: bool
) -> Verdict:
    problems = tuple(findings.problems)
    if problems:
        summary = "%s ini DITOLAK: %d masalah ditemukan." % ("Bag" if bag_only else "Bundel", len(problems))
    elif bag_only:
        summary = "Bag ini lengkap dan sah menurut RFC 8493. Segel dan log tidak diperiksa."
    elif "berjangkar" in verdicts:
        summary = "Bundel ini utuh, tersegel oleh kunci %s, dan meneruskan log yang Anda pegang." % fingerprint
    else:
        summary = "Bundel ini utuh dan tersegel oleh kunci %s. Asal-usulnya tidak terbukti tanpa jangkar dari luar." % (
            fingerprint
        )
    return Verdict(not problems, tuple(verdicts), fingerprint, problems, tuple(notes), summary)


def render(verdict: Verdict) -> str:
    """The verdict for a person, one finding a line."""
    lines = [verdict.summary]
    lines += ["- %s: %s [%s]" % (problem.where, problem.message, problem.code) for problem in verdict.problems]
    lines += ["* %s" % note for note in verdict.notes]
    return "\n".join(lines)


# -- the command ---------------------------------------------------------------------------------------------


def parse_key(text: str) -> str:
    """A fingerprint as people copy it: capitals, colons and spaces do not matter.

    :raises ValueError: when it is anything else.
    """
    return _require_hex32(re.sub(r"[\s:]", "", text).lower())


def parse_receipt(text: str) -> Receipt:
    """NUMBER:SEQ:HASH as a receipt prints it.

    :raises ValueError: when it is anything else.
    """
    number, seq, digest = text.strip().split(":")
    if not number or not re.fullmatch("[1-9][0-9]{0,18}", seq):
        raise ValueError("no number")
    return Receipt(number, int(seq), _require_hex32(digest.lower()))


def parse_head(text: str) -> Head:
    """CHAIN:SEQ:HASH; a chain's name may hold colons itself.

    :raises ValueError: when it is anything else.
    """
    chain, seq, digest = text.strip().rsplit(":", 2)
    if not chain or not re.fullmatch("[1-9][0-9]{0,18}", seq):
        raise ValueError("no chain or no number")
    return Head(chain, int(seq), _require_hex32(digest.lower()))


class _Arguments(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        del message  # argparse knows no Indonesian; the usage says more
        print("Perintah keliru.\n\n" + USAGE, file=sys.stderr)
        sys.exit(2)


def main(arguments: Optional[List[str]] = None) -> int:
    """Exit status 0: proven, 1: refused, 2: wrong use."""
    parser = _Arguments(add_help=False, allow_abbrev=False)
    parser.add_argument("path", nargs="?")
    for flag in ("--bag-only", "--json", "--help"):
        parser.add_argument(flag, action="store_true")
    parser.add_argument("--key", type=parse_key)
    parser.add_argument("--head", type=parse_head)
    parser.add_argument("--receipt", type=parse_receipt, action="append", default=[])
    for flag in ("--anchor", "--earlier", "--rotation"):
        parser.add_argument(flag, action="append", default=[])
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a console that lacks a letter of some name must not stop us
            stream.reconfigure(errors="backslashreplace")
    chosen = parser.parse_args(arguments)
    if chosen.help:
        print(USAGE)
        return 0
    if chosen.path is None:
        parser.error("")
    try:
        verdict = verify(
            chosen.path,
            bag_only=chosen.bag_only,
            key=chosen.key,
            head=chosen.head,
            receipts=chosen.receipt,
            anchors=chosen.anchor,
            earlier=chosen.earlier,
            rotations=chosen.rotation,
        )
    except ValueError as error:
        parser.error(str(error))
    except OSError as error:
        named = printable(os.fsdecode(error.filename or chosen.path))
        print("%s tidak dapat dibuka: %s." % (named, error.strerror or error), file=sys.stderr)
        return 2
    print(json.dumps(verdict.as_json(), ensure_ascii=True, indent=1) if chosen.json else render(verdict))
    return 0 if verdict.ok else 1


if __name__ == "__main__":
    sys.exit(main())
