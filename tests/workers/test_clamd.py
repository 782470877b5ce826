"""A file is clean when the scanner has read all of it and found nothing; everything else is told as it is."""

import io
import socket
import tempfile
import threading
from collections.abc import Iterator

import pikepdf
import pytest

from tests.support.scanners import EICAR, NAME, running_clamd
from workers import clamd
from workers.clamd import Scanner
from workflows.evidence.checks.judge import check_file
from workflows.evidence.checks.report import CheckReport, Scan, ScanResult, Severity, Verdict
from workflows.evidence.checks.scan import WHY, NotScanned, with_scan


@pytest.fixture(scope="module")
def scanners() -> Iterator[tuple[Scanner, Scanner]]:
    with running_clamd() as both:
        yield both


@pytest.fixture(params=["tcp", "socket"])
def scanner(request: pytest.FixtureRequest, scanners: tuple[Scanner, Scanner]) -> Scanner:
    return scanners[["tcp", "socket"].index(request.param)]


def scan(scanner: Scanner, content: bytes) -> Scan:
    with tempfile.TemporaryFile() as file:
        file.write(content)
        file.flush()
        return scanner.scan(file, size=len(content))


def page(content: bytes = b"q Q") -> bytes:
    made = io.BytesIO()
    """One page whose content is packed."""
    with pikepdf.new() as pdf:
        pdf.add_blank_page().obj.Contents = pdf.make_stream(content)
        pdf.save(made)
    return made.getvalue()


def test_a_clean_file_is_clean_by_a_named_version(scanner: Scanner) -> None:
    found = scan(scanner, page())
    assert (found.result, found.name) == (ScanResult.CLEAN, None)
    assert str(found.scanner).startswith("ClamAV ")


@pytest.mark.parametrize("content", [EICAR, page(EICAR)], ids=["as it is", "packed in a page"])
def test_malware_is_found_and_named(scanner: Scanner, content: bytes) -> None:
    found = scan(scanner, content)
    assert found.result is ScanResult.MALWARE
    assert str(found.name).startswith(NAME)


@pytest.mark.parametrize("size", [1_500_000, 9_000_000], ids=["to look into", "to listen to"])
def test_what_is_too_large_is_not_scanned(scanner: Scanner, size: int) -> None:
    found = scan(scanner, page() + bytes(size))
    assert (found.result, found.name) == (ScanResult.NOT_SCANNED, NotScanned.TOO_LARGE)
    assert str(found.scanner).startswith("ClamAV ")


def test_what_clamd_would_let_pass_unread_is_not_sent(scanner: Scanner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clamd, "LARGEST", 10)
    assert scan(scanner, EICAR).name is NotScanned.TOO_LARGE


def test_a_scanner_that_is_not_there_is_away(tmp_path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    for address in (f"127.0.0.1:{port}", str(tmp_path / "nobody")):
        found = scan(Scanner.at(address), page())
        assert (found.result, found.name, found.scanner) == (ScanResult.NOT_SCANNED, NotScanned.AWAY, None)


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (None, NotScanned.AWAY),
        (b"", NotScanned.ERROR),
        (b"stream: OK", NotScanned.ERROR),
        (b"stream: OK, perhaps\0", NotScanned.ERROR),
        (b"stream: Can't allocate memory ERROR\0", NotScanned.ERROR),
        (b"INSTREAM size limit exceeded. ERROR\0", NotScanned.TOO_LARGE),
        (b"UNKNOWN COMMAND\0", NotScanned.ERROR),
        (b"x" * 9000, NotScanned.ERROR),
    ],
)
def test_whatever_is_no_plain_answer_is_never_clean(
    answer: bytes | None, why: NotScanned, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clamd, "WHOLE_SECONDS", 0.5)
    silent: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            for reply in (b"ClamAV 0\0", answer):
                connection, _ = listener.accept()
                if reply is None:
                    silent.append(connection)
                    continue
                with connection, connection.makefile("rb") as asked:
                    if reply != b"ClamAV 0\0":
                        while asked.read(1) != b"\0":
                            pass
                        while size := int.from_bytes(asked.read(4), "big"):
                            asked.read(size)
                    connection.sendall(reply)

        served = threading.Thread(target=serve)
        served.start()
        found = scan(Scanner.at(f"127.0.0.1:{listener.getsockname()[1]}"), page())
        served.join(10)
        for connection in silent:
            connection.close()
    assert (found.result, found.name) == (ScanResult.NOT_SCANNED, why)


def report_with(scan: Scan) -> CheckReport:
    with_it = with_scan(check_file(io.BytesIO(page()), name="a.pdf"), scan)
    assert CheckReport.from_json(with_it.to_json()) == with_it
    return with_it


def test_the_report_says_what_the_scanner_said() -> None:
    clean = report_with(Scan(ScanResult.CLEAN, "ClamAV 1", None, "2026-01-01"))
    assert [finding.code for finding in clean.findings if finding.code in ("malware", "not_scanned")] == []
    infected = report_with(Scan(ScanResult.MALWARE, "ClamAV 1", NAME, "2026-01-01"))
    assert infected.verdict is Verdict.REJECT
    assert (infected.findings[0].code, NAME in infected.findings[0].message) == ("malware", True)
    for why in NotScanned:
        told = report_with(Scan(ScanResult.NOT_SCANNED, None, why, "2026-01-01"))
        first = told.findings[0]
        assert (first.code, first.severity, first.message) == ("not_scanned", Severity.INFO, WHY[why])
        assert told.verdict is clean.verdict


@pytest.mark.parametrize("text", ["", "clamd:", ":3310", "clamd:x", "clamd:0", "clamd:70000"])
def test_an_address_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=f"^{text}$"):
        Scanner.at(text)
