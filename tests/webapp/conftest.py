"""The whole web application on the tests' engines, with a small committed office in a database of the test's own."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import flask
import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from storage.minio_store import MinioStore
from storage.provision import prepare_buckets
from tests.support.offices import Office, build_office, database_app, issue_plan, plan_document, requirements_of
from tests.support.settings import make_settings
from webapp.auth.identity import issue_token
from webapp.embedded import Addresses
from webapp.factory import create_app
from workflows.core.db import db


@pytest.fixture(scope="session")
def buckets(addresses: Addresses) -> None:
    """The three buckets of the tests' store."""
    admin = MinioStore.connect(
        addresses.s3_endpoint,
        addresses.s3_admin_access_key,
        addresses.s3_admin_secret_key,
        region=addresses.s3_region,
        secure=addresses.s3_secure,
    )
    prepare_buckets(admin)
    admin.close()


@dataclass
class Furnished:
    """A database with an office in it: what tests name it by."""

    addresses: Addresses
    tokens: dict[str, str] = field(default_factory=dict)
    """Of scope ``act``, by the account's name in :func:`build_office`."""
    reading: dict[str, str] = field(default_factory=dict)
    """Of scope ``read``."""
    requirements: dict[str, str] = field(default_factory=dict)
    """Ids of the requirements of agency ``dpk``: ``<unit>-<quarter>``, ``report``, ``outcome``."""
    report_id: str = ""
    other_requirement: str = ""
    """One of agency ``dsp``."""


@pytest.fixture()
def furnished(database: Addresses) -> Furnished:
    """A committed office with two agencies, tokens for everybody, and an issued report for each agency."""
    found = Furnished(database)
    with database_app(database.database_worker_url):
        office = build_office()
        _issue_tokens(found, office)
        report = issue_plan(office, document=plan_document(quarters=(1, 2)))
        other = issue_plan(office, document=plan_document(quarters=(1,)), agency=office.agencies[1])
        found.report_id = str(report.id)
        for row in requirements_of(report):
            name = f"{row.unit.code}-{row.quarter}" if row.quarter else row.kind.removeprefix("performance_")
            found.requirements[name] = str(row.id)
        found.other_requirement = str(requirements_of(other)[0].id)
        db.session.commit()
    return found


def _issue_tokens(found: Furnished, office: Office) -> None:
    for name, account in office.accounts.items():
        found.tokens[name] = issue_token(account, name="uji", scope="act", days=1)
        found.reading[name] = issue_token(account, name="uji", scope="read", days=1)


@pytest.fixture()
def app(furnished: Furnished, buckets: None) -> Iterator[flask.Flask]:
    """The application, exactly as it is served."""
    made = create_app(make_settings(furnished.addresses))
    yield made
    made.extensions["store"].close()
    with made.app_context():
        db.engine.dispose()


@pytest.fixture()
def client(app: flask.Flask) -> FlaskClient:
    """A browser without a session."""
    return app.test_client()


class Api:
    """The API as one account sees it."""

    def __init__(self, client: FlaskClient, token: str) -> None:
        self._client = client
        self.headers = {"Authorization": f"Bearer {token}"}

    def get(self, path: str, **more: Any) -> TestResponse:
        return self._send("GET", path, **more)

    def post(self, path: str, **more: Any) -> TestResponse:
        return self._send("POST", path, **more)

    def _send(self, method: str, path: str, **more: Any) -> TestResponse:
        headers = self.headers | more.pop("headers", {})
        return self._client.open(f"/api/v1{path}", method=method, headers=headers, **more)


@pytest.fixture()
def api(app: flask.Flask, furnished: Furnished) -> Callable[..., Api]:
    """Return the API for an account, with its token of scope ``act``, or ``read`` if so asked."""

    def of(name: str, *, read_only: bool = False) -> Api:
        tokens = furnished.reading if read_only else furnished.tokens
        return Api(app.test_client(), tokens[name])

    return of
