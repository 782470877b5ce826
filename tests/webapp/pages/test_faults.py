"""Pages of refusals and faults: one sentence, also when the database is away."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import flask
import pytest

from tests.support.furnished import Furnished
from tests.support.settings import make_settings
from webapp.factory import create_app
from workflows.core.db import db

from .conftest import Desk, words
from .test_inventory import judge


@pytest.fixture
def app_without_database(furnished: Furnished) -> Iterator[flask.Flask]:
    """The application while nobody answers at the database's address."""
    settings = make_settings(furnished.addresses)
    made = create_app(replace(settings, database_url="postgresql+psycopg://nobody@127.0.0.1:1/nothing"))
    yield made
    made.extensions["store"].close()
    with made.app_context():
        db.engine.dispose()


def test_a_page_says_that_the_database_is_away(app_without_database: flask.Flask, desk: Callable[[str], Desk]) -> None:
    client = app_without_database.test_client()
    cookie = desk("head").client.get_cookie("tuntas")
    assert cookie
    client.set_cookie("tuntas", cookie.value)
    answer = client.get("/")
    assert answer.status_code == 503
    judge(answer.text)
    assert "Basis data sedang tidak dapat dihubungi" in words(answer)


def test_an_unknown_address_is_a_page_with_a_way_home(desk: Callable[[str], Desk]) -> None:
    answer = desk("head").get("/tidak/ada")
    assert answer.status_code == 404
    judge(answer.text)
    assert "Ke halaman awal" in words(answer)


def test_a_fragment_is_refused_with_a_fragment(desk: Callable[[str], Desk]) -> None:
    answer = desk("head").get("/tidak/ada", headers={"HX-Request": "true"})
    assert "<html" not in answer.text
    assert words(answer)


def test_who_is_signed_out_meanwhile_is_led_to_the_sign_in_page(app: flask.Flask) -> None:
    answer = app.test_client().get("/arsip", headers={"HX-Request": "true"})
    assert answer.status_code == 401
    assert answer.headers["HX-Redirect"].startswith("/masuk")


@pytest.mark.parametrize("path", ["/masuk", "/tidak/ada", "/api/v1/me"])
def test_a_site_that_is_called_by_a_foreign_name_says_so_and_nothing_else(furnished: Furnished, path: str) -> None:
    made = create_app(replace(make_settings(furnished.addresses), trusted_hosts="tuntas.contoh.id"))
    client = made.test_client()
    refused = client.get(path, base_url="http://lain.contoh.id/")
    assert refused.status_code == 400
    assert "Nama situs ini tidak dikenal" in refused.text
    assert "lain.contoh.id" not in refused.text
    assert client.get("/masuk", base_url="http://tuntas.contoh.id/").status_code == 200
    made.extensions["store"].close()
