"""One malformed object, put into a later revision, never makes a judgement lighter: what was found stays found."""

import io
from collections.abc import Callable

import pikepdf
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pikepdf import Dictionary, Name, String
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature

from tests.support import forged_pdfs as forged
from tests.support import poison
from tests.support import signed_pdfs as files
from tests.support.pki import toy
from tests.workflows.evidence.checks.conftest import Draft
from tests.workflows.evidence.checks.test_signatures_made import TAMPERED
from workflows.evidence.checks import judgement, reasons
from workflows.evidence.checks.changes import Changes, judge_changes
from workflows.evidence.checks.integrity import Coverage
from workflows.evidence.checks.judge import check_file
from workflows.evidence.checks.report import CheckReport, SignatureVerdict, Verdict

HEAVIER = (Verdict.ACCEPT, Verdict.WARN, Verdict.REJECT)
NOTHING_WRONG = (SignatureVerdict.NONE, SignatureVerdict.INTACT)

Put = Callable[[bytes], bytes]
POISONS: dict[str, Put] = {
    **{what: lambda data, body=body: poison.with_stray(data, body) for what, body in poison.STRAY.items()},
    **{what: lambda data, body=body: poison.with_field(data, body) for what, body in poison.FIELDS.items()},
    **{what: lambda data, entry=entry: poison.with_lock(data, entry) for what, entry in poison.LOCKS.items()},
}


def judged(data: bytes) -> CheckReport:
    return check_file(io.BytesIO(data), name="a.pdf", trust=toy().trust)


def codes(report: CheckReport) -> set[str]:
    return {finding.code for finding in report.findings}


def launching() -> bytes:
    made = Draft()
    action = Dictionary(S=Name.Launch, F=String("cmd.exe"))
    made.root.OpenAction = made.pdf.make_indirect(action)
    return made.bytes()


def assert_no_lighter(before: CheckReport, after: CheckReport) -> None:
    assert HEAVIER.index(after.verdict) >= HEAVIER.index(before.verdict)
    assert set(after.active_content) >= set(before.active_content)
    if before.signature_verdict not in NOTHING_WRONG:
        assert after.signature_verdict not in NOTHING_WRONG
    if before.signature_verdict is SignatureVerdict.INVALID:
        assert after.signature_verdict is SignatureVerdict.INVALID
    if before.signatures:
        assert len(after.signatures) >= len(before.signatures)
    assert "check_failed" not in codes(after)
    assert after.unfinished == ()


@pytest.mark.parametrize("make", [row[0] for row in TAMPERED], ids=lambda make: make.__name__)
def test_no_poison_hides_that_somebody_tampered(make: Callable[[], bytes]) -> None:
    before = judged(make())
    for what, put in POISONS.items():
        try:
            assert_no_lighter(before, judged(put(make())))
        except AssertionError as error:
            error.add_note(what)
            raise


@pytest.mark.parametrize("what", POISONS)
def test_no_poison_makes_a_signed_file_look_unsigned(what: str) -> None:
    for make in (files.basic, files.three_signers, files.archived, files.certified_and_untouched):
        report = judged(POISONS[what](make()))
        assert report.signature_verdict is not SignatureVerdict.NONE, make.__name__
        assert len(report.signatures) >= len(judged(make()).signatures)
        assert "check_failed" not in codes(report)


@pytest.mark.parametrize("what", poison.LOCKS)
def test_a_rule_about_changes_that_cannot_be_read_allows_none(what: str) -> None:
    report = judged(POISONS[what](files.basic()))
    assert report.signature_verdict is SignatureVerdict.INTACT_BUT_CHANGED
    assert report.signatures[0].intact is True


def test_what_breaks_on_one_signature_leaves_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks_on_the_second(signature: EmbeddedPdfSignature, coverage: Coverage) -> Changes:
        if signature.fq_name == "Kedua":
            raise ZeroDivisionError
        return judge_changes(signature, coverage)

    monkeypatch.setattr(judgement, "judge_changes", breaks_on_the_second)
    report = judged(files.three_signers())
    assert [entry.verdict for entry in report.signatures] == ["intact", "unverifiable", "intact"]
    assert [entry.intact for entry in report.signatures] == [True, True, True]
    assert report.signatures[1].reason == reasons.MALFORMED
    assert (report.signature_verdict, report.unfinished) == (SignatureVerdict.UNVERIFIABLE, ())


@pytest.mark.parametrize("what", poison.STRAY)
def test_no_poison_hides_the_start_of_a_program(what: str) -> None:
    before = judged(launching())
    assert (before.verdict, before.active_content) == (Verdict.REJECT, ("launch", "open-action"))
    after = judged(POISONS[what](launching()))
    assert_no_lighter(before, after)
    assert "launch_program" in codes(after)


def test_what_lies_under_a_key_of_no_name_is_found() -> None:
    """A dictionary with such a key is looked into like any other."""
    hidden = b"<</Subtype/Link/#ff 1/Rect[0 0 1 1]/A<</#fe<</S/Launch/F(cmd.exe)>>>>>>"
    assert "launch_program" in codes(judged(poison.with_stray(Draft().bytes(), hidden)))


def test_an_object_whose_number_one_reader_takes_for_too_high_is_found() -> None:
    data = forged.revise(Draft().bytes(), {100_000: b"<</S/Launch/F(cmd.exe)>>"})
    with pikepdf.open(io.BytesIO(data)) as pdf:
        assert pdf.get_object(100_000, 0) is None
    assert "launch_program" in codes(judged(data))


fixed = settings(
    derandomize=True,
    database=None,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)


@settings(fixed, max_examples=200)
@given(
    make=st.sampled_from(
        [launching, files.basic, forged.one_byte_changed, forged.page_replaced, forged.zeroed_in_place]
    ),
    added=st.lists(poison.bodies, min_size=1, max_size=4),
)
def test_no_object_that_is_added_makes_the_verdict_lighter(make: Callable[[], bytes], added: list[bytes]) -> None:
    data = make()
    assert_no_lighter(judged(data), judged(poison.with_stray(data, *added)))
