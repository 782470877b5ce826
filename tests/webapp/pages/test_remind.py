"""*Ingatkan lewat WhatsApp*: a link with a title and an address, for the operator and the heads."""

import re
from collections.abc import Callable
from html import unescape
from urllib.parse import parse_qs, urlsplit

from .conftest import Desk, Story
from .test_inventory import judge


def reminded(seat: Desk, page: str) -> list[str]:
    """Return what the reminder on a page would say, line by line; nothing where there is none."""
    html = seat.get(page).text
    found = re.search(r'href="(https://wa\.me/[^"]*)"', html)
    if not found:
        return []
    judge(html)
    parts = urlsplit(unescape(found[1]))
    assert (parts.netloc, parts.path) == ("wa.me", "/")
    return parse_qs(parts.query, strict_parsing=True)["text"][0].split("\n")


def test_a_reminder_has_title_and_address_only(story: Story, desk: Callable[[str], Desk]) -> None:
    title, address = "Monev Triwulan I 2026 - Bidang B1", f"http://localhost{story.page}"
    for name in ("operator", "head_b1", "head"):
        assert reminded(desk(name), story.page) == [title, address]
    grid = ["Kisi triwulan 2026, Dinas Perpustakaan", "http://localhost/kisi?opd=dpk&tahun=2026"]
    assert reminded(desk("operator"), "/kisi") == grid


def test_nobody_else_reminds(story: Story, desk: Callable[[str], Desk]) -> None:
    for name in ("staff_b1", "evaluator", "auditor"):
        assert [reminded(desk(name), page) for page in (story.page, "/kisi")] == [[], []]
