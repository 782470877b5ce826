"""The page on which the digests of a release's verifiers stand: ``python -m tests.support.verifiers`` writes it anew."""

import hashlib
from importlib.metadata import version
from pathlib import Path

from workflows.bundles.operations import VERIFIERS

PAGE = Path(__file__).parents[2] / "docs" / "verifikasi-luring.md"
_MARK = "<!-- Ditulis"


def page() -> str:
    """Return the page as it must stand: its own text, and the digests of this release."""
    text = PAGE.read_text("utf-8")
    start = text.index("\n", text.index(_MARK)) + 1
    rows = [f"| `{path.name}` | `{hashlib.sha256(path.read_bytes()).hexdigest()}` |\n" for path in VERIFIERS]
    head = f"\n| Rilis {version('tuntas')} | SHA-256 |\n|---|---|\n"
    return text[:start] + head + "".join(rows)


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
