"""The project's own rules that no linter knows."""

import ast
import re
import subprocess
from dataclasses import fields
from pathlib import Path

import pytest

from webapp.settings import Settings
from workflows.diagram import mermaid
from workflows.lifecycle import LIFECYCLE
from workflows.stages import RULES

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text("utf-8")


def tracked(*patterns: str) -> list[Path]:
    """Return the files that belong to the project."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z", *patterns]
    names = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout.split(b"\0")
    return [path for name in names if name and (path := ROOT / name.decode()).is_file()]


def test_nobody_but_a_move_writes_a_state() -> None:
    writers = set()
    for path in tracked("webapp/*.py", "workflows/*.py", "workers/*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            targets = (
                node.targets
                if isinstance(node, ast.Assign)
                else [node.target]
                if isinstance(node, ast.AugAssign | ast.AnnAssign)
                else []
            )
            for target in (leaf for top in targets for leaf in ast.walk(top)):
                if isinstance(target, ast.Attribute) and target.attr == "_state":
                    writers.add(path.relative_to(ROOT).as_posix())
    assert writers == {"workflows/core/moves.py"}


def test_every_guard_of_the_page_is_registered_and_every_step_has_an_event() -> None:
    RULES.check()
    assert all(step.event.startswith("requirement.") for step in LIFECYCLE.transitions)


def test_the_readme_shows_the_lifecycle_as_it_is() -> None:
    assert mermaid() in README


def test_every_setting_is_in_the_readme_with_its_meaning() -> None:
    for entry in fields(Settings):
        row = next((line for line in README.splitlines() if line.startswith(f"| `{entry.metadata['env']}`")), None)
        assert row is not None, entry.metadata["env"]
        assert entry.metadata["help"] in row


def test_every_command_is_in_the_readme() -> None:
    from webapp.cli import COMMANDS

    assert [name for name in COMMANDS if f"tuntas {name}" not in README] == []


def test_no_address_of_a_package_registry_in_any_lock() -> None:
    address = re.compile(r"https?://[^\s\"']*(pypi|npmjs|registry|simple/)", re.IGNORECASE)
    for path in tracked(
        "requirements/*", "webapp/assets/package-lock.json", "webapp/assets/.npmrc", "Makefile", "pyproject.toml"
    ):
        assert not address.search(path.read_text("utf-8")), path


def test_every_locked_package_has_a_hash() -> None:
    for path in tracked("requirements/*.txt"):
        entries = re.findall(r"^[a-z0-9][^\s]*==[^\n]*\\?$", path.read_text("utf-8"), re.MULTILINE)
        assert entries
        assert all(entry.endswith("\\") for entry in entries), path


@pytest.mark.parametrize(
    "pattern",
    [r"\bNIP\b[.: ]*(19[1-9]\d|20\d\d)\d{14}", r"\b(19[1-9]\d|200\d)(0[1-9]|1[0-2])([0-2]\d|3[01])(19|20)\d{2}\d{6}\b"],
)
def test_no_nip_that_a_real_person_could_have(pattern: str) -> None:
    for path in tracked("*.py", "*.md", "*.yaml", "*.html"):
        assert not re.search(pattern, path.read_text("utf-8")), path
