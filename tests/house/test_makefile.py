"""The Makefile's recipes are programs too, also those that a machine which has everything never runs."""

import os
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
TARGETS = ("run", "test", "bench", "pictures", "messages", "lock", "lint", "clean")


def test_every_recipe_is_whole() -> None:
    outer = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    told = subprocess.run(
        ["make", "--dry-run", "--always-make", *TARGETS],
        cwd=ROOT, env={**outer, "MAKEFLAGS": ""}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert "apt-get install" in told.stdout
    read = subprocess.run(["bash", "-n"], input=told.stdout, capture_output=True, text=True, check=False)
    assert read.returncode == 0, read.stderr
