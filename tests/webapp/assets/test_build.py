"""What the build promises: digested names, small files, no other host, colours that can be read."""

import gzip
import json
import re

import pytest
from flask.testing import FlaskClient

from .sample import DIST

FIRST_PAGE_LIMIT = 150_000
LATER_PAGE_LIMIT = 40_000


def read_css() -> str:
    manifest = json.loads((DIST / "manifest.json").read_text())
    return (DIST / manifest["app.css"]).read_text()


def test_manifest_lists_existing_files_with_a_digest_in_the_name() -> None:
    manifest = json.loads((DIST / "manifest.json").read_text())
    assert set(manifest) == {"app.js", "app.css", "mark.svg", "licenses.txt"}
    for logical, built in manifest.items():
        stem, suffix = logical.split(".")
        assert re.fullmatch(rf"{stem}-[0-9A-Za-z]{{8}}\.{suffix}", built)
        assert (DIST / built).stat().st_size > 0


def test_compressed_twin_of_each_text_file_holds_the_same_bytes() -> None:
    texts = [path for path in DIST.iterdir() if path.suffix in {".js", ".css", ".svg", ".txt"}]
    assert len(texts) == 4
    for path in texts:
        assert gzip.decompress(path.with_name(path.name + ".gz").read_bytes()) == path.read_bytes()


def test_stylesheet_asks_only_for_its_own_files() -> None:
    addresses = re.findall(r"url\(\"?(.*?)\"?\)(?=[^']|$)", read_css())
    local = [address for address in addresses if not address.startswith("data:image/svg+xml,")]
    assert local
    for address in local:
        assert (DIST / address).is_file(), address


def test_first_and_later_pages_stay_within_the_budget(client: FlaskClient) -> None:
    page = client.get("/gaya")
    html = len(gzip.compress(page.data))
    wire = {path.name: path.stat().st_size for path in DIST.iterdir() if path.suffix in {".gz", ".woff2"}}
    first = html + sum(size for name, size in wire.items() if not name.startswith("licenses"))
    assert first <= FIRST_PAGE_LIMIT, wire
    assert html <= LATER_PAGE_LIMIT


def luminance(colour: str) -> float:
    """Relative luminance of `#rgb` or `#rrggbb` (WCAG 2.2)."""
    digits = colour.lstrip("#")
    digits = digits if len(digits) == 6 else "".join(digit * 2 for digit in digits)
    channels = (int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


TONES = ("slate", "blue", "violet", "teal", "green", "amber", "red")
TEXT_PAIRS = [(f"{tone}-fg", f"{tone}-bg") for tone in TONES] + [
    ("ink", "page"),
    ("ink", "surface"),
    ("ink-soft", "page"),
    ("ink-soft", "surface"),
    ("ink-soft", "sunken"),
    ("brand", "page"),
    ("brand", "surface"),
    ("on-brand", "brand"),
    ("on-brand", "brand-hover"),
    ("red-fg", "surface"),
]


@pytest.fixture(scope="module")
def schemes() -> list[dict[str, str]]:
    """Custom properties of the light and of the dark scheme, in this order."""
    blocks = [block for block in re.findall(r":root\{([^}]*)\}", read_css()) if "--slate-fg" in block]
    return [dict(re.findall(r"--([a-z-]+):\s*(#[0-9a-f]{3,6})\b", block)) for block in blocks]


@pytest.mark.parametrize(("text", "ground"), TEXT_PAIRS)
def test_text_reads_on_its_ground_in_light_and_dark(schemes: list[dict[str, str]], text: str, ground: str) -> None:
    assert len(schemes) == 2
    for colours in schemes:
        assert contrast(colours[text], colours[ground]) >= 4.5


@pytest.mark.parametrize("mark", ["rule-strong", "focus", *(f"{tone}-edge" for tone in TONES)])
def test_borders_and_marks_that_carry_meaning_stand_out(schemes: list[dict[str, str]], mark: str) -> None:
    for colours in schemes:
        assert contrast(colours[mark], colours["surface"]) >= 3
