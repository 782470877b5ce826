"""Signing in by the form: names, wrong passwords, the brake, sessions and where they lead."""

import re

import flask
import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from tests.support.furnished import Furnished
from tests.support.offices import PASSWORD, database_app
from webapp.auth.passwords import PER_NAME
from workflows.core.db import db
from workflows.core.models import AuditEvent
from workflows.organization.models import Account, SignInFailure


def sign_in(client: FlaskClient, login: str, password: str = PASSWORD, **more: str):
    """Fill in the form and send it."""
    page = client.get("/masuk").get_data(as_text=True)
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert token
    return client.post("/masuk", data={"csrf_token": token[1], "login": login, "password": password, **more})


@pytest.mark.parametrize("login", ["evaluator", "evaluator@uji.example", "EVALUATOR@Uji.Example", "  evaluator "])
def test_people_sign_in_by_user_name_or_address(client: FlaskClient, login: str) -> None:
    answer = sign_in(client, login)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/")
    assert client.get("/").status_code == 200


def test_a_wrong_password_and_an_unknown_name_get_the_same_words(client: FlaskClient) -> None:
    pages = [sign_in(client, login, "salah sekali") for login in ("evaluator", "siapa")]
    assert [page.status_code for page in pages] == [422, 422]
    texts = [re.sub(r'value="[^"]*"|nonce|[A-Za-z0-9_.-]{60,}', "", page.get_data(as_text=True)) for page in pages]
    assert texts[0].replace("evaluator", "") == texts[1].replace("siapa", "")


def test_after_too_many_failures_even_the_right_password_waits(client: FlaskClient, furnished: Furnished) -> None:
    for _ in range(PER_NAME):
        assert sign_in(client, "head", "salah sekali").status_code == 422
    assert sign_in(client, "head").status_code == 429
    assert sign_in(client, "evaluator").status_code == 302
    with database_app(furnished.addresses.database_worker_url):
        failures = db.session.scalars(sa.select(SignInFailure)).all()
        assert len(failures) == PER_NAME
        assert "head" not in {failure.identity for failure in failures}


def test_the_form_needs_its_token(client: FlaskClient) -> None:
    assert client.post("/masuk", data={"login": "evaluator", "password": PASSWORD}).status_code == 400


@pytest.mark.parametrize(
    "target", ["https://jahat.example/", "//jahat.example", "/\\jahat.example", "javascript:alert(1)"]
)
def test_signing_in_never_leads_elsewhere(client: FlaskClient, target: str) -> None:
    assert sign_in(client, "evaluator", next=target).headers["Location"] == "/"


def test_signing_in_leads_back_to_where_one_was_going(client: FlaskClient) -> None:
    assert client.get("/log").headers["Location"] == "/masuk?next=/log"
    assert sign_in(client, "evaluator", next="/log").headers["Location"] == "/log"


def test_a_session_planted_before_signing_in_does_not_survive_it(client: FlaskClient) -> None:
    with client.session_transaction() as session:
        session["planted"] = "x"
    sign_in(client, "evaluator")
    with client.session_transaction() as session:
        assert "planted" not in session


def test_a_new_password_ends_open_sessions(client: FlaskClient, furnished: Furnished) -> None:
    sign_in(client, "evaluator")
    with database_app(furnished.addresses.database_owner_url):
        account = db.session.scalars(sa.select(Account).where(Account.username == "evaluator")).one()
        account.session_key = "lain"
        db.session.commit()
    assert client.get("/").status_code == 302


def test_an_inactive_account_does_not_come_in(client: FlaskClient, furnished: Furnished) -> None:
    with database_app(furnished.addresses.database_owner_url):
        db.session.execute(sa.update(Account).where(Account.username == "evaluator").values(active=False))
        db.session.commit()
    assert sign_in(client, "evaluator").status_code == 422


def test_the_session_cookie_is_out_of_reach_of_scripts_and_other_sites(client: FlaskClient) -> None:
    sign_in(client, "evaluator")
    cookie = client.get_cookie("tuntas")
    assert cookie is not None
    assert cookie.http_only
    assert cookie.same_site == "Lax"


def test_signing_in_and_failing_are_in_the_log_but_in_a_chain_of_their_own(
    client: FlaskClient, furnished: Furnished, app: flask.Flask
) -> None:
    sign_in(client, "evaluator", "salah sekali")
    sign_in(client, "evaluator")
    with database_app(furnished.addresses.database_worker_url):
        rows = db.session.execute(
            sa.select(AuditEvent.kind, AuditEvent.chain).where(AuditEvent.subject_type == "account")
        )
        seen = {(kind, chain.partition(":")[0]) for kind, chain in rows if "signed_in" in kind or "failed" in kind}
    assert seen == {("account.signed_in", "access"), ("account.sign_in_failed", "access")}


def test_signing_out_ends_the_session_and_needs_a_post(client: FlaskClient) -> None:
    sign_in(client, "evaluator")
    assert client.get("/keluar").status_code == 405
    token = re.search(
        r'"X-CSRFToken": ?"([^"]+)"|name="csrf_token"[^>]*value="([^"]+)"',
        client.get("/").get_data(as_text=True).replace("&#34;", '"'),
    )
    assert token
    client.post("/keluar", data={"csrf_token": token[1] or token[2]})
    assert client.get("/").status_code == 302
