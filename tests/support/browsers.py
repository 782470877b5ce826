"""Debian's Chromium, without which the browser tests have nothing to say."""

import os
import shutil

import pytest

CHROMIUM = shutil.which("chromium")


def need_chromium() -> str:
    """Return its path. Absent it is a skip, but a failure where everything is to be run."""
    if CHROMIUM is None and os.environ.get("CI") == "true":
        pytest.fail("Debian's chromium is not installed")
    if CHROMIUM is None:
        pytest.skip("Debian's chromium is not installed")
    return CHROMIUM
