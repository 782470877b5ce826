"""The inventory of pages, taken from the application itself: whoever may open one sees a whole, quiet, fitting page."""

from collections.abc import Iterator
from itertools import product

import pytest

from webapp.auth.access import rule_of
from workflows.core.actors import Role

from .conftest import People, Site
from .visitors import Visitor

NOT_PAGES = {
    "static", "health.healthz", "health.readyz", "health.metrics",  # for browsers and machines
    "bundles.download", "evidence.original",  # files
    "requirements.living",  # a part that the requirement's page asks for
}  # fmt: skip
PERSONS = {
    Role.AGENCY_OPERATOR: "operator", Role.UNIT_STAFF: "staff_b1", Role.UNIT_HEAD: "head_b1", Role.AGENCY_HEAD: "head",
    Role.EVALUATOR: "evaluator", Role.INSPECTOR: "inspector", Role.AUDITOR: "auditor",
    Role.PRIVACY_OFFICER: "privacy_officer", Role.ADMIN: "admin",
}  # fmt: skip


def addresses_of(site: Site, role: Role | None) -> Iterator[str]:
    """Return the addresses, in the furnished office, of every page that a role may open; ``None`` is a stranger."""
    app = site.app
    with app.test_request_context():
        for rule in app.url_map.iter_rules():
            if "GET" not in (rule.methods or ()) or rule.endpoint in NOT_PAGES or rule.rule.startswith("/api/"):
                continue
            access = rule_of(app, rule.endpoint, "GET")
            assert access, f"{rule.rule} names no rule of access"
            welcome = not access.signed_in if role is None else not access.roles or role in access.roles
            if welcome and (role is None or access.signed_in):
                names = sorted(rule.arguments)
                for values in product(*(site.staged.parts[name] for name in names)):
                    yield app.url_for(rule.endpoint, **dict(zip(names, values, strict=True)))


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
    addresses = sorted(addresses_of(site, role))
    assert addresses
    visitor = someone(PERSONS[role] if role else "")
    visitor.look(size="phone")
    assert [fault for path in addresses for fault in faults_of(visitor, path)] == []
