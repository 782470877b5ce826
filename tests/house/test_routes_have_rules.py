"""Every route names who may come in: strangers and wrong roles stay outside, a route without a rule answers nobody."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass

import flask
import pytest
from werkzeug.routing import Rule

from tests.support.databases import Databases
from tests.support.furnished import Furnished, furnish
from tests.support.offices import PASSWORD
from tests.support.settings import make_settings
from webapp.auth.access import access, rule_of
from webapp.factory import create_app
from workflows.core.actors import Role
from workflows.core.db import db

HOLDERS = {
    Role.AGENCY_OPERATOR: "operator",
    Role.UNIT_STAFF: "staff_b1",
    Role.UNIT_HEAD: "head_b1",
    Role.AGENCY_HEAD: "head",
    Role.EVALUATOR: "evaluator",
    Role.INSPECTOR: "inspector",
    Role.AUDITOR: "auditor",
    Role.PRIVACY_OFFICER: "privacy_officer",
    Role.ADMIN: "admin",
}
"""For each role, the account that holds it and no other."""
OPEN = {
    "static",
    "health.healthz",
    "health.readyz",
    "health.metrics",
    "auth.sign_in",
    "auth.sign_in_post",
    "language.choose",
    "api.openapi",
    "anchors.listing",
    "anchors.document",
    "anchors.time_stamp",
    "anchors.key_document",
    "receipts.check",
    "receipts.check_post",
    "handover_links.show",
    "handover_links.claim",
    "handover_links.fetch",
    "handover_links.record",
}
"""What a stranger may ask for. A new name here is a decision, not an accident."""


@dataclass(frozen=True)
class Door:
    """A method of a route."""

    rule: Rule
    method: str
    path: str

    @property
    def is_api(self) -> bool:
        """Whether programs come in here."""
        return self.path.startswith("/api/")


@pytest.fixture(scope="module")
def furnished(databases: Databases) -> Iterator[Furnished]:
    """An office that no test here changes."""
    with databases.clone() as addresses:
        yield furnish(addresses)


@pytest.fixture(scope="module")
def app(furnished: Furnished) -> Iterator[flask.Flask]:
    """The application. Form tokens are off: who may come in at all is another question."""
    made = create_app(make_settings(furnished.addresses))
    made.config["WTF_CSRF_ENABLED"] = False
    yield made
    made.extensions["store"].close()
    with made.app_context():
        db.engine.dispose()


def doors(app: flask.Flask) -> list[Door]:
    """Return every route and method, with an address that leads there."""
    found = []
    for rule in app.url_map.iter_rules():
        adapter = app.url_map.bind("localhost")
        values = {
            name: uuid.uuid4() if type(kind).__name__ == "UUIDConverter" else "1"
            for name, kind in rule._converters.items()
        }
        path = adapter.build(rule.endpoint, values)
        found += [Door(rule, method, path) for method in sorted((rule.methods or set()) - {"OPTIONS"})]
    return found


def test_every_route_has_a_rule(app: flask.Flask) -> None:
    assert [door for door in doors(app) if rule_of(app, door.rule.endpoint, door.method) is None] == []


def test_only_the_named_routes_are_open_to_strangers(app: flask.Flask) -> None:
    rules = {door.rule.endpoint: rule_of(app, door.rule.endpoint, door.method) for door in doors(app)}
    assert {endpoint for endpoint, rule in rules.items() if rule and not rule.signed_in} == OPEN


def test_whatever_changes_something_refuses_tokens_that_only_read(app: flask.Flask) -> None:
    for door in doors(app):
        if door.method not in ("GET", "HEAD") and door.is_api:
            rule = rule_of(app, door.rule.endpoint, door.method)
            assert rule is not None
            assert (door, rule.writes) == (door, True)


def test_strangers_stay_outside(app: flask.Flask) -> None:
    client = app.test_client()
    for door in doors(app):
        if door.rule.endpoint in OPEN:
            continue
        answer = client.open(door.path, method=door.method)
        if door.is_api:
            assert (door, answer.status_code) == (door, 401)
        else:
            assert (door, answer.status_code) == (door, 302)
            assert answer.headers["Location"].startswith("/masuk")


@pytest.mark.parametrize("role", list(Role))
def test_a_role_that_a_route_is_not_for_is_refused(app: flask.Flask, furnished: Furnished, role: Role) -> None:
    browser = app.test_client()
    assert browser.post("/masuk", data={"login": HOLDERS[role], "password": PASSWORD}).status_code == 302
    token = {"Authorization": f"Bearer {furnished.tokens[HOLDERS[role]]}"}
    tried = 0
    for door in doors(app):
        rule = rule_of(app, door.rule.endpoint, door.method)
        if rule is None or not rule.roles or role in rule.roles:
            continue
        answer = browser.open(door.path, method=door.method, headers=token if door.is_api else {})
        assert (door, answer.status_code) == (door, 403)
        tried += 1
    assert tried > 0


def test_a_route_without_a_rule_answers_nobody(furnished: Furnished) -> None:
    made = create_app(make_settings(furnished.addresses))
    made.add_url_rule("/api/v1/forgotten", endpoint="forgotten", view_func=lambda: "rahasia")
    made.add_url_rule("/api/v1/remembered", endpoint="remembered", view_func=access()(lambda: "ada"))
    token = {"Authorization": f"Bearer {furnished.tokens['admin']}"}
    forgotten = made.test_client().get("/api/v1/forgotten", headers=token)
    assert (forgotten.status_code, forgotten.json["code"]) == (403, "no_rule")
    assert made.test_client().get("/api/v1/remembered", headers=token).data == b"ada"
    made.extensions["store"].close()
    with made.app_context():
        db.engine.dispose()
