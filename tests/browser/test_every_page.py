"""The inventory of pages, taken from the application itself: whoever may open one sees a whole, quiet, fitting page."""

import pytest

from tests.support.inventory import PERSONS, addresses_of
from workflows.core.actors import Role

from .conftest import People, Site
from .visitors import Visitor


def faults_of(visitor: Visitor, path: str) -> list[str]:
    """Open a page before a phone and return what is wrong with it."""
    visitor.open(path)
    page = visitor.page
    headings = page.locator("h1").all_inner_texts()
    checks = {
        f"{len(headings)} first headings": len(headings) == 1 and bool(headings[0].strip()),
        f"title {page.title()!r}": page.title().removesuffix(" – Tuntas").strip() not in ("", "Tuntas"),
        "scrolls sideways": visitor.fits(),
        f"noted {visitor.complaints} {visitor.refusals}": not visitor.complaints and not visitor.refusals,
    }
    visitor.complaints.clear()
    visitor.refusals.clear()
    return [f"{path}: {fault}" for fault, fine in checks.items() if not fine]


@pytest.mark.parametrize("role", [None, *Role])
def test_every_page_is_whole_quiet_and_fits_a_phone_for_whoever_may_open_it(
    role: Role | None, site: Site, someone: People
) -> None:
    addresses = sorted(addresses_of(site.app, site.staged.parts, role))
    assert addresses
    visitor = someone(PERSONS[role] if role else "")
    visitor.look(size="phone")
    assert [fault for path in addresses for fault in faults_of(visitor, path)] == []
