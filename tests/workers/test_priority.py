"""Background work steps back for whoever waits for a page."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from celery import Celery
from flask import Flask

from workers.priority import STEP_BACK
from workers.settings import WorkerSettings

SHOW = """
import os
from workers.priority import step_back
step_back()
print(os.nice(0))
print(open("/proc/self/autogroup").read() if os.path.exists("/proc/self/autogroup") else "")
"""


def test_a_process_that_steps_back_tells_the_kernel_in_both_ways() -> None:
    done = subprocess.run(
        [sys.executable, "-c", SHOW], cwd=Path(__file__).parents[2], capture_output=True, text=True, check=True,
        start_new_session=True,
    )  # fmt: skip
    own, session = done.stdout.split("\n")[:2]
    assert int(own) == min(19, os.nice(0) + STEP_BACK)
    assert session == "" or session.endswith(f"nice {STEP_BACK}")


def test_a_worker_steps_back_before_it_takes_work(monkeypatch: pytest.MonkeyPatch) -> None:
    from workers import main

    class BackError(Exception):
        pass

    def stepped() -> None:
        raise BackError

    monkeypatch.setattr(main, "step_back", stepped)
    with pytest.raises(BackError):
        main.Worker(WorkerSettings("", "", "", "", "", "", False, "", "", ""), Flask("uji"), Celery("uji")).run()
