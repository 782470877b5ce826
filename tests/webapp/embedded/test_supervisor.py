"""The supervisor on real processes: what dies comes back, what cannot live ends all, and stops keep an order."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from webapp.supervisor import Part

from .conftest import ROOT, wait_until

OPENING = """
import logging, os, signal, subprocess, sys, time
from pathlib import Path
from webapp.supervisor import Part, Supervisor
here = Path(sys.argv[1])

def say(word):
    with open(here / "words", "a") as file:
        file.write(f"{word} {os.getpid()}\\n")

def stay(name, seconds=0.0):
    def end(number, frame):
        time.sleep(seconds)
        say("end-" + name)
        sys.exit(0)
    def run():
        signal.signal(signal.SIGTERM, end)
        say(name)
        while True:
            time.sleep(10)
    return run

def supervise(*parts):
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s", stream=sys.stdout)
    sys.exit(Supervisor(parts, log=logging.getLogger("tuntas")).run())

"""

Supervise = Callable[[str], subprocess.Popen[str]]


@pytest.fixture
def supervise(tmp_path: Path) -> Iterator[Supervise]:
    started = []

    def start(text: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", OPENING + text, tmp_path],
            cwd=ROOT,
            env={**os.environ, "SECRET": "from the parent"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=20)


@pytest.fixture
def words(tmp_path: Path) -> Callable[[str], list[int]]:
    """The processes that said a word, in order; with an empty word, all that was said."""

    def said(word: str) -> list[int]:
        path = tmp_path / "words"
        lines = [line.split() for line in path.read_text().splitlines()] if path.exists() else []
        return [int(pid) for name, pid in lines if name == word]

    return said


def said_in_order(tmp_path: Path, prefix: str) -> list[str]:
    names = [line.split()[0] for line in (tmp_path / "words").read_text().splitlines()]
    return [name for name in names if name.startswith(prefix)]


def test_a_part_that_dies_is_started_again_and_the_others_are_left_alone(
    supervise: Supervise, words: Callable[[str], list[int]]
) -> None:
    process = supervise("supervise(Part(name='web', run=stay('web')), Part(name='beat', run=stay('beat')))")
    first = wait_until(lambda: words("web") and words("beat") and words("web"))[0]
    os.kill(first, signal.SIGKILL)
    wait_until(lambda: len(words("web")) == 2)
    assert len(words("beat")) == 1
    process.send_signal(signal.SIGTERM)
    output = process.communicate(timeout=10)[0]
    assert process.returncode == 0
    assert "WARNING Bagian web berhenti (sinyal SIGKILL); dijalankan lagi." in output


def test_a_part_that_always_dies_stops_all_with_one_error(
    supervise: Supervise, words: Callable[[str], list[int]]
) -> None:
    process = supervise(
        "supervise(Part(name='web', run=stay('web')), Part(name='beat', run=lambda: (say('beat'), sys.exit(3))))"
    )
    output = process.communicate(timeout=30)[0]
    assert process.returncode == 1
    assert len(words("beat")) == 6
    assert words("end-web") == words("web")
    errors = [line for line in output.splitlines() if line.startswith("ERROR")]
    assert errors == ["ERROR Bagian beat berhenti 6 kali dalam satu menit (status 3), jadi semua bagian dihentikan."]


def test_a_part_that_returns_or_raises_has_died_too(supervise: Supervise, words: Callable[[str], list[int]]) -> None:
    process = supervise(
        "def first_time(name, end):\n"
        "    def run():\n"
        "        say(name)\n"
        "        if (here / 'words').read_text().count(name + ' ') == 1:\n"
        "            return end()\n"
        "        stay(name)()\n"
        "    return run\n"
        "supervise(Part(name='returns', run=first_time('returns', lambda: None)),"
        " Part(name='raises', run=first_time('raises', lambda: 1 / 0)))"
    )
    wait_until(lambda: len(words("returns")) >= 3 and len(words("raises")) >= 3)
    process.send_signal(signal.SIGTERM)
    output = process.communicate(timeout=10)[0]
    assert "Bagian returns berhenti (status 0)" in output
    assert "Bagian raises berhenti (status 1)" in output
    assert "ZeroDivisionError" in output


def test_parts_stop_in_the_order_given_and_each_has_its_time(
    supervise: Supervise, words: Callable[[str], list[int]], tmp_path: Path
) -> None:
    process = supervise(
        "supervise(Part(name='web', run=stay('web')), Part(name='worker', run=stay('worker', 0.5)),"
        " Part(name='beat', run=stay('beat')))"
    )
    wait_until(lambda: all(words(name) for name in ("web", "worker", "beat")))
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=10)
    assert process.returncode == 0
    assert said_in_order(tmp_path, "end-") == ["end-web", "end-worker", "end-beat"]


def test_a_part_that_does_not_stop_is_killed_after_its_time(
    supervise: Supervise, words: Callable[[str], list[int]]
) -> None:
    process = supervise("supervise(Part(name='web', run=stay('web', 100), stop_seconds=0.5))")
    pid = wait_until(lambda: words("web"))[0]
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=10)
    assert process.returncode == 0
    assert not psutil.pid_exists(pid)


def test_a_second_signal_ends_the_waiting(supervise: Supervise, words: Callable[[str], list[int]]) -> None:
    process = supervise("supervise(Part(name='web', run=stay('web', 100), stop_seconds=60))")
    wait_until(lambda: words("web"))
    process.send_signal(signal.SIGINT)
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=10)
    assert process.returncode == 0


def test_a_killed_supervisor_takes_its_parts_along(supervise: Supervise, words: Callable[[str], list[int]]) -> None:
    process = supervise(
        'program = \'import os, sys, time; open(sys.argv[1], "a").write(f"checker {os.getpid()}\\\\n");'
        " time.sleep(100)'\n"
        "supervise(Part(name='web', run=stay('web')),"
        " Part(name='checker', argv=[sys.executable, '-c', program, str(here / 'words')]))"
    )
    pids = wait_until(lambda: words("web") and words("checker") and words("web") + words("checker"))
    process.kill()
    process.wait()
    wait_until(lambda: not any(psutil.pid_exists(pid) for pid in pids), seconds=5)


def test_what_a_dead_part_left_running_is_ended(supervise: Supervise, words: Callable[[str], list[int]]) -> None:
    process = supervise(
        "def run():\n"
        "    child = subprocess.Popen(['sleep', '100'])\n"
        "    (here / 'words').open('a').write(f'child {child.pid}\\n')\n"
        "    stay('worker')()\n"
        "supervise(Part(name='worker', run=run))"
    )
    wait_until(lambda: words("worker"))
    os.kill(words("worker")[0], signal.SIGKILL)
    wait_until(lambda: len(words("worker")) == 2)
    wait_until(lambda: not psutil.pid_exists(words("child")[0]))
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=10)
    wait_until(lambda: not psutil.pid_exists(words("child")[1]))


def test_a_program_gets_the_environment_named_for_it_and_no_other(
    supervise: Supervise, words: Callable[[str], list[int]], tmp_path: Path
) -> None:
    process = supervise(
        'program = \'cat /proc/$$/environ > "$0"; echo checker $$ >> "$1"; exec sleep 100\'\n'
        "supervise(Part(name='checker', argv=['/bin/sh', '-c', program, str(here / 'environment'),"
        " str(here / 'words')], env={'ONLY': 'this'}))"
    )
    pid = wait_until(lambda: words("checker"))[0]
    assert (tmp_path / "environment").read_bytes() == b"ONLY=this\0"
    open_files = {os.readlink(path) for path in Path(f"/proc/{pid}/fd").iterdir()}
    assert all("words" not in path and "lock" not in path for path in open_files)
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=10)
    assert process.returncode == 0
    assert not psutil.pid_exists(pid)


def test_a_part_is_either_a_function_or_a_program() -> None:
    for wrong in ({}, {"run": print, "argv": ["true"]}):
        with pytest.raises(ValueError, match="either"):
            Part(name="web", **wrong)
