"""Who gets in at all: bearer tokens, and nothing else."""

from collections.abc import Callable

import flask
import sqlalchemy as sa
from flask.testing import FlaskClient

from tests.support.furnished import Api, Furnished
from tests.support.offices import PASSWORD
from workflows.core.db import db
from workflows.organization.models import ApiToken

Of = Callable[..., Api]


def test_a_stranger_is_told_to_bring_a_token(client: FlaskClient) -> None:
    for headers in (
        {},
        {"Authorization": "Bearer tnt_nonsense"},
        {"Authorization": "Basic YTpi"},
        {"Authorization": "Bearer"},
    ):
        refused = client.get("/api/v1/me", headers=headers)
        assert (refused.status_code, refused.mimetype) == (401, "application/problem+json")
        assert refused.headers["WWW-Authenticate"] == 'Bearer realm="tuntas"'


def test_a_session_cookie_never_opens_the_api(app: flask.Flask, client: FlaskClient) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    assert client.post("/masuk", data={"login": "evaluator", "password": PASSWORD}).status_code == 302
    assert client.get("/").status_code == 200
    assert client.get("/api/v1/me").status_code == 401


def test_an_expired_or_revoked_token_opens_nothing(api: Of, furnished: Furnished) -> None:
    assert api("head").get("/me").status_code == 200
    with furnished.behind():
        db.session.execute(sa.update(ApiToken).where(ApiToken.scope == "act").values(expires_at=sa.func.now()))
        db.session.execute(sa.update(ApiToken).where(ApiToken.scope == "read").values(revoked_at=sa.func.now()))
    assert api("head").get("/me").status_code == 401
    assert api("head", read_only=True).get("/me").status_code == 401


def test_there_is_no_cross_origin_access(api: Of) -> None:
    answer = api("head").send(
        "OPTIONS", "/me", headers={"Origin": "https://contoh.example", "Access-Control-Request-Method": "GET"}
    )
    assert answer.status_code == 200
    assert set(answer.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}
    assert not [name for name, _ in answer.headers if name.startswith("Access-Control-")]


def test_what_is_not_served_is_said_in_problem_details(api: Of) -> None:
    wrong_method = api("head").send("DELETE", "/me")
    assert (wrong_method.status_code, wrong_method.mimetype) == (405, "application/problem+json")
    assert set(wrong_method.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}
    for path in ("/nothing", "/requirements/not-a-uuid", "/evidence/1"):
        missing = api("head").get(path)
        assert (missing.status_code, missing.mimetype) == (404, "application/problem+json")


def test_the_document_is_there_for_anyone(client: FlaskClient) -> None:
    document = client.get("/api/v1/openapi.json").json
    assert document["openapi"].startswith("3.1")
    assert "/api/v1/requirements/{requirement_id}/actions" in document["paths"]
