"""Signed files that no corpus has, each made for one question, judged with the toy root as the only trusted one."""

import io
from collections.abc import Callable

import pytest

from tests.support import signed_pdfs as files
from tests.support.pki import toy
from workflows.evidence.checks.judge import check_file
from workflows.evidence.checks.report import CheckReport, Severity, SignatureVerdict, Verdict

INTACT = SignatureVerdict.INTACT

# The maker of the file, the verdict, whether each signature is trusted, the findings about signatures.
SOUND = [
    (files.basic, Verdict.ACCEPT, [True], ["signature_intact"]),
    (files.stamped, Verdict.ACCEPT, [True], ["signature_intact"]),
    (files.long_term, Verdict.ACCEPT, [True], ["signature_intact"]),
    (files.archived, Verdict.ACCEPT, [True, True], ["signature_intact"]),
    (files.three_signers, Verdict.ACCEPT, [True, True, True], ["signature_intact"]),
    (files.second_signature, Verdict.ACCEPT, [True, True], ["signature_intact"]),
    (files.form_filled, Verdict.ACCEPT, [True], ["signature_intact"]),
    (files.proofs_added, Verdict.ACCEPT, [True], ["signature_intact"]),
    (files.certified_and_filled, Verdict.ACCEPT, [True], ["signature_intact"]),
    (files.certified_and_untouched, Verdict.ACCEPT, [True], ["signature_intact"]),
    (files.expired_since, Verdict.ACCEPT, [True], ["signature_intact", "signature_expired_since"]),
    (files.expired_since_archived, Verdict.ACCEPT, [True, True], ["signature_intact", "signature_expired_since"]),
    (files.signed_before_revocation, Verdict.ACCEPT, [True], ["signature_intact"]),
    (files.expired_at_signing, Verdict.WARN, [False], ["signature_intact", "signature_expired"]),
    (files.expired_at_stamp, Verdict.WARN, [False], ["signature_intact", "signature_expired"]),
    (files.expired_since_unproven, Verdict.WARN, [False], ["signature_intact", "signature_expired"]),
    (files.signed_after_revocation, Verdict.WARN, [False], ["signature_intact", "signature_revoked"]),
    (files.revoked_and_backdated, Verdict.WARN, [False], ["signature_intact", "signature_revoked"]),
    (files.unknown_root, Verdict.WARN, [False], ["signature_intact", "signature_untrusted"]),
]


def judged(data: bytes) -> CheckReport:
    return check_file(io.BytesIO(data), name="a.pdf", trust=toy().trust)


def codes(report: CheckReport) -> list[str]:
    return [finding.code for finding in report.findings if finding.code.startswith("signature_")]


@pytest.mark.parametrize(("make", "verdict", "trusted", "found"), SOUND, ids=lambda v: getattr(v, "__name__", ""))
def test_a_file_that_nobody_touched(
    make: Callable[[], bytes], verdict: Verdict, trusted: list[bool], found: list[str]
) -> None:
    report = judged(make())
    assert report.signature_verdict is INTACT
    assert [entry.trusted for entry in report.signatures] == trusted
    assert codes(report) == found
    assert report.verdict is verdict
    assert {f.code for f in report.findings if f.severity is not Severity.INFO} <= set(found)


def test_signers_stand_in_the_order_of_their_revisions() -> None:
    report = judged(files.three_signers())
    assert [(entry.field, entry.signer) for entry in report.signatures] == [
        ("Ketiga", "Sari Contohwati"),
        ("Kedua", "Budi Misalnya"),
        ("Pertama", "Tono Andaikan"),
    ]
    claimed = [entry.signing_time for entry in report.signatures]
    assert claimed == sorted(claimed, reverse=True)


def test_the_time_stamp_is_told_apart_from_what_the_signer_claims() -> None:
    only, over_all = judged(files.expired_since_archived()).signatures
    assert (only.signing_time, only.timestamp_time) == ("2021-06-01T12:00:00+00:00", "2021-06-01T12:00:00+00:00")
    assert (over_all.kind, over_all.signing_time, over_all.timestamp_time) == (
        "timestamp",
        None,
        "2021-06-01T12:00:00+00:00",
    )
    assert judged(files.basic()).signatures[0].timestamp_time is None


def test_without_a_list_nobody_is_trusted_and_nobody_mistrusted() -> None:
    report = check_file(io.BytesIO(files.stamped()), name="a.pdf")
    assert (report.signature_verdict, report.signatures[0].trusted, report.verdict) == (INTACT, None, Verdict.WARN)
