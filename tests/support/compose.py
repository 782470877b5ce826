"""The compose files as Compose reads them: anchors merged, variables filled in, a variant laid over the first file."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
FIRST = ROOT / "docker-compose.yml"
SEAWEEDFS = ROOT / "deploy" / "seaweedfs.yml"

_VARIABLE = re.compile(r"\$(?:\$|\{(\w+)(?:(:\?|:-)([^}]*))?\})")
_JOINED = ("volumes", "tmpfs")
"""Lists to which a second file adds; others it replaces."""


def variables(*paths: Path) -> dict[str, str | None]:
    """Return the variables that the files ask for: their default, or ``None`` when they must be given."""
    found: dict[str, str | None] = {}
    for path in paths:
        for match in _VARIABLE.finditer(path.read_text("utf-8")):
            if match[1]:
                assert match[2], f"{match[0]} would be empty without a word"
                found[match[1]] = match[3] if match[2] == ":-" else None
    return found


def load(*paths: Path, values: Mapping[str, str]) -> dict[str, Any]:
    """Return the project that the files make together. :raises KeyError: a variable without a value."""

    def fill(match: re.Match[str]) -> str:
        if not match[1]:
            return "$"
        return values[match[1]] if match[2] != ":-" else values.get(match[1]) or match[3]

    def filled(node: Any) -> Any:
        if isinstance(node, dict):
            return {key: filled(value) for key, value in node.items()}
        if isinstance(node, list):
            return [filled(value) for value in node]
        return _VARIABLE.sub(fill, node) if isinstance(node, str) else node

    project: dict[str, Any] = {}
    for path in paths:
        project = _laid_over(project, filled(yaml.safe_load(path.read_text("utf-8"))))
    return project


def _laid_over(first: Any, second: Any, key: str = "") -> Any:
    if isinstance(first, dict) and isinstance(second, dict):
        return first | {name: _laid_over(first.get(name), value, name) for name, value in second.items()}
    if isinstance(first, list) and isinstance(second, list) and key in _JOINED:
        return first + second
    return second


def product(project: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the services that run our own image."""
    for name, service in project["services"].items():
        if service.get("image") == "tuntas":
            yield name, service
