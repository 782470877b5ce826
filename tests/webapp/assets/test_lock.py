"""The npm lock is exact and names no registry, so the same files come from whatever mirror a machine uses."""

import json
import re
from pathlib import Path

ASSETS = Path(__file__).parents[3] / "webapp/assets"


def test_lock_and_package_name_no_registry() -> None:
    for name in ("package.json", "package-lock.json", ".npmrc"):
        text = (ASSETS / name).read_text()
        assert '"resolved"' not in text
        assert "registry=" not in text
        assert "npmjs" not in text


def test_npmrc_keeps_addresses_out_and_runs_no_foreign_script() -> None:
    lines = (ASSETS / ".npmrc").read_text().split()
    assert {"omit-lockfile-registry-resolved=true", "ignore-scripts=true"} <= set(lines)


def test_every_package_is_pinned_and_locked_with_a_digest() -> None:
    wanted = json.loads((ASSETS / "package.json").read_text())["devDependencies"]
    locked = json.loads((ASSETS / "package-lock.json").read_text())["packages"]
    for name, version in wanted.items():
        assert re.fullmatch(r"\d+\.\d+\.\d+", version), f"{name} {version} is a range"
        assert locked[f"node_modules/{name}"]["version"] == version
    assert wanted["htmx.org"].startswith("2.0.")
    assert wanted["bootstrap"].startswith("5.3.")
    assert all(package["integrity"].startswith("sha512-") for path, package in locked.items() if path)
