"""The pages in English: the switch, the headings, every page judged by axe and on a phone, and back again."""

import pytest
from playwright.sync_api import expect

from tests.support.inventory import addresses_of
from workflows.core.actors import Role

from .conftest import People, Site
from .test_every_page import faults_of
from .visitors import Visitor


def choose(visitor: Visitor, name: str) -> None:
    """Press the switch in the footer, and wait for the page that comes: its address is the same."""
    with visitor.page.expect_navigation():
        visitor.page.get_by_role("contentinfo").get_by_role("button", name=name).click()


def read(visitor: Visitor) -> tuple[str, str]:
    """Return the page's language and its heading."""
    return str(visitor.page.locator("html").get_attribute("lang")), visitor.page.locator("h1").inner_text()


def test_a_stranger_chooses_before_signing_in_and_back_again(someone: People) -> None:
    visitor = someone("")
    visitor.open("/masuk")
    assert read(visitor) == ("id", "Masuk")
    choose(visitor, "English")
    assert read(visitor) == ("en", "Sign in")
    assert visitor.page.get_by_role("button", name="Sign in").is_visible()
    assert visitor.faults() == []
    choose(visitor, "Bahasa Indonesia")
    assert read(visitor) == ("id", "Masuk")


@pytest.mark.parametrize(
    ("name", "role", "seen_by"),
    [("head_b1", Role.UNIT_HEAD, None), ("evaluator", Role.EVALUATOR, Role.UNIT_HEAD)],
)
def test_every_page_is_whole_in_english_and_the_choice_stays(
    name: str, role: Role, seen_by: Role | None, site: Site, someone: People
) -> None:
    """:param seen_by: who went before and had the same pages, which need not be looked at again."""
    visitor = someone(name)
    visitor.open("/kisi?tahun=2026")
    choose(visitor, "English")
    assert read(visitor) == ("en", "Quarterly grid 2026")
    visitor.look(size="phone")
    faults = []
    seen = addresses_of(site.app, site.staged.parts, seen_by) if seen_by else ()
    for path in sorted(set(addresses_of(site.app, site.staged.parts, role)) - set(seen)):
        faults += faults_of(visitor, path)
        assert read(visitor)[0] == "en"
        faults += [f"{path}: {fault}" for fault in visitor.faults()]
    assert faults == []
    choose(visitor, "Bahasa Indonesia")
    visitor.open("/")
    assert read(visitor) == ("id", "Tugas saya")


def test_numbers_put_in_by_the_script_have_the_decimal_sign_of_the_page(site: Site, someone: People) -> None:
    visitor = someone("staff_b1")
    chosen = visitor.page.locator('[data-upload-part="chosen"]')
    page = f"/kewajiban/{site.furnished.requirements['b1-1']}"
    for language, size in (("English", "1.5 kB"), ("Bahasa Indonesia", "1,5 kB")):
        visitor.open(page)
        if language == "English":
            choose(visitor, language)
        file = {"name": "monev.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7\n".ljust(1500)}
        visitor.page.locator('input[type="file"][name="file"]').set_input_files(file)
        # Its words, seen or not: where a file was sent before, the form for the next one is folded.
        expect(chosen).to_have_text(f"monev.pdf ({size})")
        if language == "English":
            choose(visitor, "Bahasa Indonesia")
