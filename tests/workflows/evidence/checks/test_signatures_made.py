"""Signed files that no corpus has, each made for one question, judged with the toy root as the only trusted one."""

import io
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pikepdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support import forged_pdfs as forged
from tests.support import signed_pdfs as files
from tests.support.pki import toy
from workflows.evidence.checks.judge import check_file
from workflows.evidence.checks.report import CheckReport, Isolation, Severity, SignatureVerdict, Verdict
from workflows.evidence.inspection import Inspector

INTACT = SignatureVerdict.INTACT
CHANGED = SignatureVerdict.INTACT_BUT_CHANGED
INVALID = SignatureVerdict.INVALID
UNVERIFIABLE = SignatureVerdict.UNVERIFIABLE

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
    (files.expired_since_by_sha1, Verdict.WARN, [False], ["signature_intact", "signature_expired"]),
    (files.signed_after_revocation, Verdict.WARN, [False], ["signature_intact", "signature_revoked"]),
    (files.revoked_and_backdated, Verdict.WARN, [False], ["signature_intact", "signature_revoked"]),
    (files.sha1, Verdict.WARN, [False], ["signature_intact", "signature_unsuitable"]),
    (files.unknown_root, Verdict.WARN, [False], ["signature_intact", "signature_untrusted"]),
]

# The maker of the file, the verdict on its signatures, the verdict, the finding that says so.
TAMPERED = [
    (forged.page_replaced, CHANGED, Verdict.WARN, "signature_changed"),
    (forged.page_replaced_in_archive, CHANGED, Verdict.WARN, "signature_changed"),
    (forged.page_replaced_between_signers, CHANGED, Verdict.WARN, "signature_changed"),
    (forged.page_added, CHANGED, Verdict.WARN, "signature_changed"),
    (forged.annotation_added, CHANGED, Verdict.WARN, "signature_changed"),
    (forged.annotation_on_certified, CHANGED, Verdict.WARN, "signature_changed"),
    (forged.certified_then_filled, CHANGED, Verdict.WARN, "signature_changed"),
    (forged.content_freed, CHANGED, Verdict.WARN, "signature_changed"),
    (forged.rewritten, INVALID, Verdict.REJECT, "signature_broken"),
    (forged.one_byte_changed, INVALID, Verdict.REJECT, "signature_broken"),
    (forged.transplanted, INVALID, Verdict.REJECT, "signature_broken"),
    (forged.shadow_hide, CHANGED, Verdict.WARN, "signature_changed"),
    (forged.shadow_replace_font, CHANGED, Verdict.WARN, "signature_changed"),
    (forged.shadow_replace_value, CHANGED, Verdict.WARN, "signature_changed"),
    (forged.shadow_hide_and_replace, CHANGED, Verdict.WARN, "signature_changed"),
    (forged.filled_again, CHANGED, Verdict.WARN, "signature_changed"),
    (forged.root_replaced, CHANGED, Verdict.WARN, "signature_changed"),
    (forged.update_without_table, CHANGED, Verdict.WARN, "signature_changed"),
    (forged.update_without_table_but_with_an_end, CHANGED, Verdict.WARN, "signature_changed"),
    (forged.update_without_table_behind_a_revision, CHANGED, Verdict.WARN, "signature_changed"),
    (forged.update_with_trailer_only, UNVERIFIABLE, Verdict.WARN, "signature_unverified"),
    (forged.update_with_copied_signature, CHANGED, Verdict.WARN, "signature_changed"),
    (forged.one_signature_in_two_fields, CHANGED, Verdict.WARN, "signature_changed"),
    (forged.wrapped, CHANGED, Verdict.WARN, "signature_changed"),
    (forged.without_contents, UNVERIFIABLE, Verdict.WARN, "signature_unverified"),
    (forged.null_contents, UNVERIFIABLE, Verdict.WARN, "signature_unverified"),
    (forged.empty_contents, UNVERIFIABLE, Verdict.WARN, "signature_unverified"),
    (forged.zero_contents, UNVERIFIABLE, Verdict.WARN, "signature_unverified"),
    (forged.without_range, UNVERIFIABLE, Verdict.WARN, "signature_unverified"),
    (forged.null_range, UNVERIFIABLE, Verdict.WARN, "signature_unverified"),
    (forged.negative_range, UNVERIFIABLE, Verdict.WARN, "signature_unverified"),
    (forged.odd_range, UNVERIFIABLE, Verdict.WARN, "signature_unverified"),
    (forged.endless_range, INVALID, Verdict.REJECT, "signature_broken"),
    (forged.zeroed_in_place, UNVERIFIABLE, Verdict.WARN, "signature_unverified"),
    (forged.hole_in_page, CHANGED, Verdict.WARN, "signature_changed"),
    (forged.hole_before_signature, CHANGED, Verdict.WARN, "signature_changed"),
    (forged.hole_at_start, CHANGED, Verdict.WARN, "signature_changed"),
    (forged.end_left_out, CHANGED, Verdict.WARN, "signature_changed"),
    (forged.only_the_head, CHANGED, Verdict.WARN, "signature_changed"),
    (forged.unknown_digest, UNVERIFIABLE, Verdict.WARN, "signature_unverified"),
    (forged.unknown_method, UNVERIFIABLE, Verdict.WARN, "signature_unverified"),
]

# What two judgements of one file may differ in.
VARYING = {"isolation": Isolation.LIMITS, "elapsed_ms": 0, "signatures_judged": None}


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


@pytest.mark.parametrize(("make", "signatures", "verdict", "found"), TAMPERED, ids=lambda v: getattr(v, "__name__", ""))
def test_a_file_that_somebody_tampered_with(
    make: Callable[[], bytes], signatures: SignatureVerdict, verdict: Verdict, found: str
) -> None:
    report = judged(make())
    assert report.signature_verdict is signatures
    assert found in codes(report)
    assert "signature_intact" not in codes(report)
    assert report.verdict is verdict
    assert all(entry.reason for entry in report.signatures if entry.verdict is signatures)


FORGERIES = [forged.page_replaced, forged.wrapped, forged.update_with_copied_signature, forged.negative_range]


@pytest.mark.parametrize("make", FORGERIES, ids=lambda v: v.__name__)
def test_readers_show_what_the_forger_wrote(make: Callable[[], bytes]) -> None:
    """Else the file would prove nothing about the judgement."""
    with pikepdf.open(io.BytesIO(make())) as pdf:
        assert pdf.pages[0].Contents.read_bytes() == forged.FORGED


def test_the_wrapped_file_has_the_digest_that_was_signed() -> None:
    def covered(data: bytes) -> bytes:
        start, length, end, rest = forged.byte_range(data)
        return sha256(data[start:length] + data[end : end + rest]).digest()

    with pikepdf.open(io.BytesIO(forged.wrapped())) as pdf:
        ranges = [int(number) for number in pdf.Root.AcroForm.Fields[1].V.ByteRange]
    wrapped = forged.wrapped()
    assert ranges[2] + ranges[3] == len(wrapped)
    digest = sha256(wrapped[: ranges[1]] + wrapped[ranges[2] :]).digest()
    assert digest == covered(files.basic())


PARTIAL = (
    *(forged.wrapped, forged.hole_in_page, forged.hole_before_signature, forged.hole_at_start, forged.end_left_out),
    forged.only_the_head,
)


@pytest.mark.parametrize("make", PARTIAL, ids=lambda make: make.__name__)
def test_a_signature_that_leaves_bytes_out_is_never_called_intact(make: Callable[[], bytes]) -> None:
    """Its digest holds for the bytes that it covers, and nobody knows what it says of the file."""
    (entry,) = judged(make()).signatures
    assert (entry.intact, entry.coverage, entry.verdict) == (None, "partial", CHANGED)
    assert "tidak mencakup seluruh isi berkas" in str(entry.reason)


def test_the_second_signer_signed_what_he_saw() -> None:
    """The change came before him: his own signature is sound, the first one is not."""
    first, second = judged(forged.page_replaced_between_signers()).signatures
    assert (first.verdict, second.verdict) == (CHANGED, INTACT)


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(st.data())
def test_one_other_byte_in_what_was_signed_is_never_intact(data: st.DataObject) -> None:
    signed = files.basic()
    _, start, end, _ = forged.byte_range(signed)
    place = data.draw(st.one_of(st.integers(0, start - 1), st.integers(end, len(signed) - 1)))
    value = data.draw(st.integers(0, 255).filter(lambda value: value != signed[place]))
    report = judged(signed[:place] + bytes([value]) + signed[place + 1 :])
    assert report.signature_verdict is not INTACT
    assert report.verdict is not Verdict.ACCEPT
    assert CheckReport.from_json(report.to_json()) == report


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(st.data())
def test_one_other_byte_in_the_signature_itself_ends_in_a_report(data: st.DataObject) -> None:
    """Some of them are padding that nobody signs; no check may break on any."""
    signed = files.stamped()
    _, start, end, _ = forged.byte_range(signed)
    place = data.draw(st.integers(start, end - 1))
    value = data.draw(st.integers(0, 255))
    report = judged(signed[:place] + bytes([value]) + signed[place + 1 :])
    assert "check_failed" not in [finding.code for finding in report.findings]
    assert CheckReport.from_json(report.to_json()) == report


@pytest.mark.parametrize("make", [forged.unlinked, forged.delimiter_flipped], ids=lambda make: make.__name__)
def test_a_signature_that_no_reader_finds_any_more_leaves_a_trace(make: Callable[[], bytes]) -> None:
    report = judged(make())
    assert (report.signature_verdict, report.signatures) == (SignatureVerdict.NONE, ())
    assert (codes(report), report.verdict) == (["signature_lost"], Verdict.WARN)


@pytest.mark.parametrize("padding", [b"\n", b"\r\n\0\0"])
def test_white_space_behind_the_end_is_no_change(padding: bytes) -> None:
    """Some mail programs add it."""
    assert judged(files.basic() + padding).signature_verdict is INTACT


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
    assert judged(files.expired_since_by_sha1()).signatures[0].timestamp_time is None


def test_without_a_list_nobody_is_trusted_and_nobody_mistrusted() -> None:
    report = check_file(io.BytesIO(files.stamped()), name="a.pdf")
    assert (report.signature_verdict, report.signatures[0].trusted, report.verdict) == (INTACT, None, Verdict.WARN)


CONFINED = [
    files.archived,
    files.expired_since_archived,
    files.signed_after_revocation,
    files.three_signers,
    files.unknown_root,
    forged.page_replaced,
    forged.one_byte_changed,
    forged.shadow_replace_value,
    forged.wrapped,
    forged.unknown_method,
]


@pytest.mark.slow
def test_the_confined_child_judges_alike(tmp_path: Path) -> None:
    """It can open no file and no socket any more, so whatever is loaded late would show here."""
    toy().write_trust(tmp_path)
    file = tmp_path / "a.pdf"
    with Inspector.private(trust=tmp_path) as inspector:
        for make in CONFINED:
            file.write_bytes(make())
            with file.open("rb") as opened:
                report = inspector.check(opened, name="a.pdf")
            assert replace(report, **VARYING) == replace(judged(make()), **VARYING), make.__name__
