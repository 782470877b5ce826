"""Log lines: a constant event, its values, and the job in hand."""

import logging
import sys

from workers.logs import FieldFormatter, bound


def line(message: str, *arguments: object, error: bool = False, **extra: object) -> str:
    record = logging.getLogger("uji").makeRecord(
        "uji", logging.INFO, "file", 1, message, arguments, sys.exc_info() if error else None, extra=extra
    )
    return FieldFormatter().format(record)


def test_a_line_names_event_values_and_the_job_in_hand() -> None:
    with bound(job=7), bound(attempt=2):
        assert line("job.put_off", reason="store away").endswith("INFO job.put_off reason='store away' job=7 attempt=2")
    assert line("beat.%s", "started").endswith("INFO beat.started")


def test_one_event_is_one_line_unless_there_is_a_traceback() -> None:
    assert line("first\nsecond", value="a\nb").count("\n") == 0
    try:
        raise ValueError("broken")
    except ValueError:
        assert "Traceback" in line("job.failed", error=True)
