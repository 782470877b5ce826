"""A library that never comes back is interrupted, and nobody else is."""

import sys

import pytest

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

    before = sys.gettrace()
    with pytest.raises(OutOfTimeError), Deadline(0.05).watching():
        endless()
    assert sys.gettrace() is before


def test_time_that_was_over_before_is_over_at_once() -> None:
    with pytest.raises(OutOfTimeError), Deadline(-1).watching():
        pytest.fail("went in")


def test_a_signature_that_nobody_had_time_for_is_unverifiable_and_says_so(tmp_path) -> None:
    from workers.sandbox import signed_page, warm

    file = tmp_path / "a.pdf"
    file.write_bytes(signed_page.sign(warm._page())[0])
    with file.open("rb") as opened:
        report = check_file(opened, name="a.pdf", limits=Limits(signature_seconds=-1))
    assert report.signature_verdict is SignatureVerdict.UNVERIFIABLE
    assert all("Waktu pemeriksaan habis" in str(entry.reason) for entry in report.signatures)
    assert len(report.signatures) == 2
