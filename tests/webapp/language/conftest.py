"""An office in which something stands in every state, and people who look at it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import flask
import pytest
from flask.testing import FlaskClient

from tests.browser.staging import QUARTERS, Staged, stage
from tests.support.databases import Databases
from tests.support.furnished import Furnished, furnish
from tests.support.offices import PASSWORD, plan_document
from tests.support.settings import make_settings
from webapp.factory import create_app
from workflows.core.db import db

TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


@dataclass
class Site:
    """The application over the staged office."""

    app: flask.Flask
    furnished: Furnished
    staged: Staged

    def client(self, name: str, *, language: str = "") -> FlaskClient:
        """Return a browser; with a name somebody is signed in, with a language that one was chosen before."""
        client = self.app.test_client()
        if language:
            client.set_cookie("bahasa", language)
        if name:
            token = TOKEN.search(client.get("/masuk").text)
            assert token
            form = {"csrf_token": token[1], "login": name, "password": PASSWORD}
            assert client.post("/masuk", data=form).status_code == 302
        return client


@pytest.fixture(scope="module")
def site(databases: Databases, buckets: None) -> Iterator[Site]:
    """One office for a whole module; what tests change there is theirs to bear."""
    with databases.clone() as addresses:
        furnished = furnish(addresses, document=plan_document(quarters=QUARTERS))
        staged = stage(furnished)
        app = create_app(make_settings(addresses))
        try:
            yield Site(app, furnished, staged)
        finally:
            app.extensions["store"].close()
            with app.app_context():
                db.engine.dispose()
