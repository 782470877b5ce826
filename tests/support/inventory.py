"""The pages of the product, taken from the application itself, and who may open each."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import product

from flask import Flask

from webapp.auth.access import rule_of
from workflows.core.actors import Role

NOT_PAGES = {
    "static", "health.healthz", "health.readyz", "health.metrics",  # for browsers and machines
    "bundles.download", "papers.download", "evidence.original", "evidence.picture", "posts.letter",  # files
    "verification.official_papers.original", "verification.rollup.as_text", "verification.rollup.as_sheet",  # files
    "anchors.document", "anchors.time_stamp", "anchors.key_document",  # files for everybody
    "handover.record", "handover_links.fetch", "handover_links.record",  # files
    "handover_links.show",  # of a secret
    "requirements.living", "requirements.reading", "evidence.pages",  # parts that a page asks for
}  # fmt: skip
PERSONS = {
    Role.AGENCY_OPERATOR: "operator", Role.UNIT_STAFF: "staff_b1", Role.UNIT_HEAD: "head_b1", Role.AGENCY_HEAD: "head",
    Role.EVALUATOR: "evaluator", Role.INSPECTOR: "inspector", Role.AUDITOR: "auditor",
    Role.PRIVACY_OFFICER: "privacy_officer", Role.ADMIN: "admin",
}  # fmt: skip


def addresses_of(app: Flask, parts: Mapping[str, Sequence[str]], role: Role | None) -> Iterator[str]:
    """Return the addresses of every page that a role may open; ``None`` is a stranger.

    :param parts: values for the parts of addresses, by their names.
    """
    with app.test_request_context():
        for rule in app.url_map.iter_rules():
            if "GET" not in (rule.methods or ()) or rule.endpoint in NOT_PAGES or rule.rule.startswith("/api/"):
                continue
            access = rule_of(app, rule.endpoint, "GET")
            assert access, f"{rule.rule} names no rule of access"
            welcome = not access.signed_in if role is None else not access.roles or role in access.roles
            if welcome and (role is None or access.signed_in):
                names = sorted(rule.arguments)
                for values in product(*(parts[name] for name in names)):
                    yield app.url_for(rule.endpoint, **dict(zip(names, values, strict=True)))
