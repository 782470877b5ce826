"""A library that never comes back is interrupted, and nobody else is."""

import signal
import threading
import time

import pytest

from tests.support.signed_pdfs import in_a_thread
from workflows.evidence.checks.deadline import Deadline, OutOfTimeError
from workflows.evidence.checks.judge import check_file
from workflows.evidence.checks.limits import Limits
from workflows.evidence.checks.report import SignatureVerdict


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
