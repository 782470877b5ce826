"""No file of the corpus hangs, takes the checker down or takes more than it may, whoever started the checker."""

import os
import pwd
import statistics
import time
from pathlib import Path

import pytest

from tests.workers.sandbox.conftest import short_folder, start
from workflows.evidence.checks.report import CheckReport, Isolation

PROGRAM = Path(__file__).with_name("unprivileged.py")
SECONDS = 30
KILOBYTES = 1024**2


@pytest.mark.parametrize("who", ["root", "ordinary"])
def test_every_file_ends_in_a_finished_report_within_30_seconds_and_a_gigabyte(corpus, record_property, who) -> None:
    if who == "root" and os.geteuid() != 0:
        pytest.skip("only root can start the checker as root")
    user = pwd.getpwnam("nobody").pw_uid if who == "ordinary" and os.geteuid() == 0 else None
    measured: list[tuple[float, str, CheckReport]] = []
    with short_folder() as folder:
        checker = start(folder, "-m", f"{__package__}.{PROGRAM.stem}", user=user)
        try:
            for row in corpus.rows:
                started = time.monotonic()
                with corpus.path(row).open("rb") as file:
                    report = checker.inspector.check(file, name=row["path"])
                measured.append((time.monotonic() - started, row["path"], report))
            assert checker.process.poll() is None, "the checker is gone"
        finally:
            checker.process.terminate()
            # The largest of the checker and all its children, in kilobytes.
            _, status, usage = os.wait4(checker.process.pid, 0)
            checker.process.returncode = os.waitstatus_to_exitcode(status)
    assert checker.process.returncode == 0
    measured.sort(key=lambda entry: -entry[0])
    levels = {report.isolation for _, _, report in measured}
    overhead = statistics.median(1000 * seconds - report.elapsed_ms for seconds, _, report in measured)
    table = [
        f"checker started by {who}: isolation {', '.join(levels)}; overhead of the sandbox, median {overhead:.0f} ms; "
        f"largest process {usage.ru_maxrss // 1024} MB; slowest files:",
        *(f"  {seconds:6.2f} s  {path}" for seconds, path, _ in measured[:5]),
    ]
    record_property("table", "\n".join(table))
    assert levels == {Isolation.FULL}
    assert measured[0][0] < SECONDS
    assert usage.ru_maxrss < KILOBYTES
    unfinished = {
        path: [finding.code for finding in report.findings]
        for _, path, report in measured
        if any(finding.code.startswith(("checker_", "check_failed")) for finding in report.findings)
    }
    assert unfinished == {}
