"""Any mutation of any file of the corpus ends in a report; none inside what was signed leaves a signature intact.

The mutations are the same in every run. What fails is shrunk and printed as the arguments of the test, which hold
everything: the file and the steps, to be put into an `@example` above it.
"""

import io
import re
import signal
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.poison import bodies, with_stray
from workflows.evidence.checks.judge import check_file
from workflows.evidence.checks.report import CheckReport, Isolation, SignatureVerdict, Verdict
from workflows.evidence.inspection import Inspector

PLAIN_BYTES, CONFINED_BYTES, SIGNED_BYTES = 120_000, 1_000_000, 200_000
CPU_SECONDS = 20
"""What the checker's child may use."""

fixed = settings(
    derandomize=True,
    database=None,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@dataclass(frozen=True)
class Step:
    """One change; places and lengths are shares of the file, so that a step means something for any file."""

    kind: str
    place: float
    other: float
    length: int
    data: bytes = b""

    def apply(self, content: bytearray) -> None:
        at, other = (int(share * len(content)) for share in (self.place, self.other))
        piece = bytes(content[at : at + self.length])
        match self.kind:
            case "flip":
                for number in range(at, min(at + self.length, len(content)), 7):
                    content[number] ^= 1 << number % 8
            case "overwrite":
                content[at : at + len(self.data)] = self.data
            case "insert":
                content[at:at] = self.data
            case "delete":
                del content[at : at + self.length]
            case "delete a slice":
                del content[min(at, other) : max(at, other)]
            case "repeat":
                content[at:at] = piece * (1 + self.length % 50)
            case "copy elsewhere":
                content[other:other] = piece
            case "copy a slice to the end":
                content += content[at : at + 20_000]
            case "cut the end":
                del content[at:]
            case "cut the start":
                del content[: at // 10]
            case "swap the ends":
                content[:] = content[at:] + content[:at]
            case "digits":
                # Lengths, offsets and object numbers are where a reader believes the file.
                longer = slice(at, at + 400)
                content[longer] = bytes(content[longer]).translate(bytes.maketrans(b"0123456789", b"9876543210"))


KINDS = (
    *("flip", "overwrite", "insert", "delete", "delete a slice", "repeat", "copy elsewhere"),
    *("copy a slice to the end", "cut the end", "cut the start", "swap the ends", "digits"),
)
share = st.floats(0, 1, exclude_max=True)
steps = st.lists(
    st.builds(Step, st.sampled_from(KINDS), share, share, st.integers(1, 64), st.binary(min_size=1, max_size=64)),
    min_size=1,
    max_size=6,
)


class HangError(BaseException):
    """The check does not come back. No `Exception`, so that nothing inside takes it for its own."""


@contextmanager
def bounded() -> Iterator[None]:
    """End what takes more processor time than the checker would give it."""

    def ring(*_: object) -> None:
        raise HangError

    before = signal.signal(signal.SIGVTALRM, ring)
    signal.setitimer(signal.ITIMER_VIRTUAL, CPU_SECONDS, 1)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def mutated(corpus, name: str, changes: Sequence[Step]) -> bytes:
    content = bytearray((corpus.folder / name).read_bytes())
    for change in changes:
        change.apply(content)
    return bytes(content)


def names(corpus, most: int) -> list[str]:
    return [row["path"] for row in corpus.rows if 0 < int(row["bytes"]) < most]


@settings(fixed, max_examples=250)
@given(data=st.data(), changes=steps)
def test_any_mutation_ends_in_a_report(corpus, data: st.DataObject, changes: list[Step]) -> None:
    name = data.draw(st.sampled_from(names(corpus, PLAIN_BYTES)), label="file")
    content = mutated(corpus, name, changes)
    with bounded():
        report = check_file(io.BytesIO(content), name=name)
    assert report.bytes == len(content)
    assert CheckReport.from_json(report.to_json()) == report
    assert "check_failed" not in {finding.code for finding in report.findings}


@settings(fixed, max_examples=60)
@given(data=st.data(), changes=steps)
def test_no_mutation_ends_the_checker(corpus, inspector: Inspector, data: st.DataObject, changes: list[Step]) -> None:
    name = data.draw(st.sampled_from(names(corpus, CONFINED_BYTES)), label="file")
    content = mutated(corpus, name, changes)
    with tempfile.TemporaryFile() as file:
        file.write(content)
        file.flush()
        report = inspector.check(file, name=name)
    assert report.bytes == len(content)
    assert report.isolation is Isolation.FULL
    assert "check_failed" not in {finding.code for finding in report.findings}


@settings(fixed, max_examples=60)
@given(data=st.data(), added=st.lists(bodies, min_size=1, max_size=3), linked=st.booleans())
def test_no_object_that_is_added_to_a_broken_signature_mends_it(
    corpus, data: st.DataObject, added: list[bytes], linked: bool
) -> None:
    small = set(names(corpus, PLAIN_BYTES * 2))
    broken = [row["path"] for row in corpus.rows if row["signature_verdict"] == "invalid" and row["path"] in small]
    name = data.draw(st.sampled_from(broken), label="file")
    content = (corpus.folder / name).read_bytes()
    loose = b"".join(b"%d 0 obj\n%b\nendobj\n" % (5000 + place, body) for place, body in enumerate(added))
    with bounded():
        report = check_file(io.BytesIO(with_stray(content, *added) if linked else content + loose), name=name)
    assert (report.verdict, report.signature_verdict) == (Verdict.REJECT, SignatureVerdict.INVALID)


def signed_places(content: bytes) -> list[range]:
    """What the byte ranges of a file's signatures cover (ISO 32000-2, 12.8.1)."""
    found = re.findall(rb"/ByteRange\s*\[\s*(\d+)\s+(\d+)\s+(\d+)\s+(\d+)\s*\]", content)
    covered = [range(int(at), int(at) + int(size)) for entry in found for at, size in (entry[:2], entry[2:])]
    return [place for place in covered if place]


@settings(fixed, max_examples=150)
@given(data=st.data(), where=share, bit=st.integers(1, 255))
def test_no_mutation_inside_what_was_signed_is_intact(corpus, data: st.DataObject, where: float, bit: int) -> None:
    small = set(names(corpus, SIGNED_BYTES))
    intact = [row["path"] for row in corpus.rows if row["signature_verdict"] == "intact" and row["path"] in small]
    name = data.draw(st.sampled_from(intact), label="file")
    content = bytearray((corpus.folder / name).read_bytes())
    place = data.draw(st.sampled_from(signed_places(bytes(content))), label="signed")
    content[place[int(where * len(place))]] ^= bit
    with bounded():
        report = check_file(io.BytesIO(content), name=name)
    assert report.signature_verdict is not SignatureVerdict.INTACT
