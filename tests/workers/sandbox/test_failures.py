"""Whatever a file does to its child is a finding, and the checker goes on."""

import hashlib
import os
import signal
import tempfile
import threading
import time
from collections.abc import Iterator
from typing import BinaryIO

import pytest

from workflows.evidence.checks.report import CheckReport, Verdict

PDF = b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\n"


@pytest.fixture
def file() -> Iterator[BinaryIO]:
    with tempfile.TemporaryFile() as opened:
        opened.write(PDF)
        opened.flush()
        yield opened


def codes(report: CheckReport) -> list[str]:
    return [finding.code for finding in report.findings]


@pytest.mark.parametrize(
    ("act", "code"),
    [
        ("crash", "checker_crashed"),
        ("error", "checker_crashed"),
        ("memory", "checker_memory"),
        ("sleep", "checker_timeout"),
        ("spin", "checker_timeout"),
        ("spin on", "checker_timeout"),
        ("closed pipe", "checker_timeout"),
        ("flood", "checker_answer"),
        ("garbage", "checker_answer"),
        ("nesting", "checker_answer"),
        ("wrong shape", "checker_answer"),
        ("exit", "checker_answer"),
        ("lie", "checker_answer"),
    ],
)
def test_what_a_child_does_is_a_finding_and_the_next_file_is_judged(hostile, file, act: str, code: str) -> None:
    report = hostile.inspector.check(file, name=act)
    assert (codes(report), report.verdict, report.isolation) == ([code], Verdict.WARN, "full")
    assert (report.sha256, report.bytes) == (hashlib.sha256(PDF).hexdigest(), len(PDF))
    assert codes(hostile.inspector.check(file, name="biasa.pdf")) != [code]
    assert hostile.children() == []


def test_a_child_that_somebody_kills_is_a_finding(hostile, file) -> None:
    reports = []
    asking = threading.Thread(target=lambda: reports.append(hostile.inspector.check(file, name="sleep")))
    asking.start()
    os.kill(hostile.wait_for_child(), signal.SIGKILL)
    asking.join(10)
    assert codes(reports[0]) == ["checker_crashed"]


def test_a_plan_that_cannot_be_read_is_an_error_with_a_sentence(hostile, file) -> None:
    answer = hostile.inspector.read_plan(file, filename="crash")
    assert answer["error"]["code"] == "checker_crashed"
    assert answer["error"]["message"]


def test_files_are_judged_side_by_side_up_to_the_limit(hostile, file) -> None:
    def ask() -> None:
        assert hostile.inspector.read_plan(file, filename="nap") == {"beside": {}, "ok": {}}

    def seconds(count: int) -> float:
        asking = [threading.Thread(target=ask) for _ in range(count)]
        started = time.monotonic()
        for thread in asking:
            thread.start()
        for thread in asking:
            thread.join()
        return time.monotonic() - started

    assert seconds(2) < 1.8
    assert seconds(3) > 1.9
