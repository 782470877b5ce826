"""A library that never comes back is interrupted, and nobody else is."""

import io
import signal
import threading
import time

import pytest

from tests.support import forged_pdfs as forged
from tests.support import signed_pdfs as files
from tests.support.pki import toy
from tests.support.signed_pdfs import in_a_thread
from tests.workers.sandbox.conftest import short_folder, start, stop
from workflows.evidence.checks import judgement, reasons
from workflows.evidence.checks.deadline import Deadline, OutOfTimeError
from workflows.evidence.checks.judge import check_file
from workflows.evidence.checks.limits import Limits
from workflows.evidence.checks.report import CheckReport, Isolation, Signature, SignatureVerdict, Verdict


def nothing() -> None:
    """Something to call."""


def test_what_never_comes_back_is_interrupted_even_where_errors_are_swallowed() -> None:
    def endless() -> None:
        while True:
            try:
                nothing()
            except Exception:  # noqa: S112
                continue

    before = signal.getsignal(signal.SIGPROF)
    with pytest.raises(OutOfTimeError), Deadline(0.05):
        endless()
    assert signal.getsignal(signal.SIGPROF) is before
    assert signal.getitimer(signal.ITIMER_PROF) == (0, 0)


def test_a_loop_without_any_call_is_interrupted_too() -> None:
    def endless() -> None:
        while True:
            pass

    with pytest.raises(OutOfTimeError), Deadline(0.05):
        endless()


def test_whoever_is_in_time_is_left_alone_and_nothing_comes_after() -> None:
    with Deadline(0.05):
        nothing()
    end = time.process_time() + 0.2
    while time.process_time() < end:
        nothing()


def test_in_another_thread_the_clock_is_looked_at_once() -> None:
    ended = []

    def late() -> None:
        with Deadline(-1):
            pytest.fail("went in")

    def judge(work) -> None:
        try:
            work()
        except OutOfTimeError:
            ended.append(work)

    thread = threading.Thread(target=judge, args=(late,))
    thread.start()
    thread.join()
    assert ended == [late]


def test_time_that_was_over_before_is_over_at_once() -> None:
    with pytest.raises(OutOfTimeError), Deadline(-1):
        pytest.fail("went in")


def test_a_signature_that_nobody_had_time_for_is_unverifiable_and_says_so(tmp_path) -> None:
    from workers.sandbox import signed_page, warm

    file = tmp_path / "a.pdf"
    file.write_bytes(in_a_thread(lambda: signed_page.sign(warm._page()))[0])
    with file.open("rb") as opened:
        report = check_file(opened, name="a.pdf", limits=Limits(signature_seconds=-1))
    assert report.signature_verdict is SignatureVerdict.UNVERIFIABLE
    assert all("Waktu pemeriksaan habis" in str(entry.reason) for entry in report.signatures)
    assert len(report.signatures) == 2


def assert_known_and_not_compared(report: CheckReport, entry: Signature) -> None:
    """Whatever was found before the time ran out is told; the rest is nobody's guess."""
    assert (entry.intact, entry.verdict, entry.modified_after) == (True, SignatureVerdict.UNVERIFIABLE, None)
    assert entry.reason == reasons.OUT_OF_TIME
    assert entry.signer == "Sari Contohwati"
    assert (report.signature_verdict, report.verdict) == (SignatureVerdict.UNVERIFIABLE, Verdict.WARN)
    assert "signature_unverified" in [finding.code for finding in report.findings]
    assert report.unfinished == ()


@pytest.fixture
def endless(monkeypatch: pytest.MonkeyPatch) -> Limits:
    """A comparison of revisions that never comes back, and a second for it."""

    def spins(*_: object) -> None:
        while True:
            nothing()

    monkeypatch.setattr(judgement, "judge_changes", spins)
    return Limits(signature_seconds=1.0)


def test_a_comparison_that_never_ends_leaves_what_is_known_of_the_bytes(endless: Limits) -> None:
    report = check_file(io.BytesIO(files.form_filled()), name="a.pdf", trust=toy().trust, limits=endless)
    assert_known_and_not_compared(report, report.signatures[0])


def test_a_broken_signature_stays_broken_when_the_time_runs_out_on_another(endless: Limits) -> None:
    """The comparison of the first never ends; that the bytes of the second are others was known before."""
    data = forged.page_replaced_between_signers().replace(b"(Semua rekomendasi", b"(Semua rekomendasj")
    report = check_file(io.BytesIO(data), name="a.pdf", trust=toy().trust, limits=endless)
    assert [entry.verdict for entry in report.signatures] == ["unverifiable", "invalid"]
    assert (report.signature_verdict, report.verdict) == (SignatureVerdict.INVALID, Verdict.REJECT)


@pytest.mark.slow
def test_a_comparison_that_takes_too_long_ends_inside_the_walls_as_well() -> None:
    """A real file through the real child, which has two seconds for its signatures and would compare for ever."""
    with short_folder() as folder:
        file = folder / "a.pdf"
        file.write_bytes(files.form_filled())
        checker = start(folder, "-m", f"{__package__}.hurried")
        try:
            with file.open("rb") as opened:
                report = checker.inspector.check(opened, name="a.pdf")
        finally:
            stop(checker)
    assert report.isolation is Isolation.FULL
    assert_known_and_not_compared(report, report.signatures[0])
