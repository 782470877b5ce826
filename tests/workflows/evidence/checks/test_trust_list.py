"""The operator's list: a certificate counts because the list names its digest, and a wrong list is refused loudly."""

import json
from pathlib import Path

import pytest
from asn1crypto import pem

from tests.support.signed_pdfs import in_a_thread
from workers.sandbox import signed_page, warm
from workflows.evidence.checks.judge import check_file
from workflows.evidence.checks.report import SignatureVerdict, Verdict
from workflows.evidence.checks.trust_list import TrustListError, read_trust_list
from workflows.evidence.inspection import Inspector


@pytest.fixture(scope="module")
def signed() -> tuple[bytes, bytes]:
    """A signed page and the certificate that it hangs on."""
    page, trust = in_a_thread(lambda: signed_page.sign(warm._page()))
    return page, trust.roots[0].certificate.dump()


def entry(certificate: bytes, **changed: str) -> dict[str, str]:
    from hashlib import sha256

    days = {"valid_from": "2000-01-01", "valid_to": "2100-01-01", "added_on": "2026-01-01"}
    known = {"file": "akar.der", "name": "Akar Contoh", "subject": "CN=Tuntas", "source": "contoh"}
    return {**known, **days, "sha256": sha256(certificate).hexdigest(), **changed}


def write(folder: Path, certificate: bytes, *entries: dict[str, str]) -> Path:
    (folder / "akar.der").write_bytes(certificate)
    (folder / "trust.json").write_text(json.dumps({"version": "7", "roots": list(entries)}))
    return folder


def test_a_listed_root_makes_a_signature_trusted(tmp_path: Path, signed: tuple[bytes, bytes]) -> None:
    page, certificate = signed
    trust = read_trust_list(write(tmp_path, certificate, entry(certificate)))
    file = tmp_path / "a.pdf"
    file.write_bytes(page)
    with file.open("rb") as opened:
        report = check_file(opened, name="a.pdf", trust=trust)
    assert (report.verdict, report.signature_verdict) == (Verdict.ACCEPT, SignatureVerdict.INTACT)
    assert [(item.trusted, item.certificate, item.root) for item in report.signatures] == [
        (True, "valid", "Akar Contoh")
    ] * 2
    assert report.signatures_judged is not None
    assert report.signatures_judged.trust_list == "7"


def test_the_confined_child_judges_by_the_list_that_the_checker_was_started_with(tmp_path, signed) -> None:
    page, certificate = signed
    write(tmp_path, certificate, entry(certificate))
    (tmp_path / "a.pdf").write_bytes(page)
    with Inspector.private(trust=tmp_path) as inspector, (tmp_path / "a.pdf").open("rb") as file:
        report = inspector.check(file, name="a.pdf")
    assert [item.trusted for item in report.signatures] == [True, True]
    assert [item.modified_after for item in report.signatures] == ["permitted", "no"]


def test_a_root_outside_its_days_is_not_trusted(tmp_path: Path, signed: tuple[bytes, bytes]) -> None:
    page, certificate = signed
    trust = read_trust_list(write(tmp_path, certificate, entry(certificate, valid_to="2001-01-01")))
    (tmp_path / "a.pdf").write_bytes(page)
    with (tmp_path / "a.pdf").open("rb") as opened:
        report = check_file(opened, name="a.pdf", trust=trust)
    assert (report.verdict, report.signature_verdict) == (Verdict.WARN, SignatureVerdict.INTACT)
    assert [item.certificate for item in report.signatures] == ["expired", "expired"]


def test_one_changed_byte_rejects_and_is_told_apart_from_trust(tmp_path: Path, signed: tuple[bytes, bytes]) -> None:
    page, _ = signed
    (tmp_path / "a.pdf").write_bytes(page.replace(b"%PDF-1.", b"%PDF-2.", 1))
    with (tmp_path / "a.pdf").open("rb") as opened:
        report = check_file(opened, name="a.pdf")
    assert (report.verdict, report.signature_verdict) == (Verdict.REJECT, SignatureVerdict.INVALID)
    assert [item.intact for item in report.signatures] == [False, False]


def test_pem_is_read_as_well(tmp_path: Path, signed: tuple[bytes, bytes]) -> None:
    _, certificate = signed
    write(tmp_path, certificate, entry(certificate))
    (tmp_path / "akar.der").write_bytes(pem.armor("CERTIFICATE", certificate))
    assert len(read_trust_list(tmp_path).roots) == 1


WRONG = {
    "another certificate": {"sha256": "0" * 64},
    "a file outside the folder": {"file": "../akar.der"},
    "a file that is missing": {"file": "lain.der"},
    "a file that is no certificate": {"file": "trust.json"},
    "a day that is none": {"valid_to": "besok"},
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_entry_is_refused(tmp_path: Path, signed: tuple[bytes, bytes], name: str) -> None:
    _, certificate = signed
    with pytest.raises(TrustListError):
        read_trust_list(write(tmp_path, certificate, entry(certificate, **WRONG[name])))


@pytest.mark.parametrize("text", ["", "[]", '{"version": 1, "roots": []}', '{"version": "1", "roots": [{}]}'])
def test_a_wrong_list_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "trust.json").write_text(text)
    with pytest.raises(TrustListError):
        read_trust_list(tmp_path)
