"""The whole web application on the tests' engines, with a small committed office in a database of the test's own."""

from collections.abc import Callable, Iterator

import flask
import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from storage.minio_store import MinioStore
from storage.provision import prepare_buckets
from tests.support.databases import Databases
from tests.support.furnished import MULTIPART, Api, Furnished, copy_of, filler, furnish, multipart
from tests.support.settings import make_settings
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


@pytest.fixture(scope="session")
def furnished_once(databases: Databases) -> Iterator[Furnished]:
    """The office that every test's own is copied from."""
    with databases.clone() as addresses:
        yield furnish(addresses)


@pytest.fixture
def furnished(furnished_once: Furnished, databases: Databases) -> Iterator[Furnished]:
    """A committed office of this test's own."""
    with copy_of(furnished_once, databases) as found:
        yield found


@pytest.fixture
def app(furnished: Furnished, buckets: None) -> Iterator[flask.Flask]:
    """The application, exactly as it is served."""
    made = create_app(make_settings(furnished.addresses))
    yield made
    made.extensions["store"].close()
    with made.app_context():
        db.engine.dispose()


@pytest.fixture
def client(app: flask.Flask) -> FlaskClient:
    """A browser without a session."""
    return app.test_client()


@pytest.fixture
def api(app: flask.Flask, furnished: Furnished) -> Callable[..., Api]:
    """Return the API for an account, with its token of scope ``act``, or ``read`` if so asked."""

    def of(name: str, *, read_only: bool = False) -> Api:
        tokens = furnished.reading if read_only else furnished.tokens
        return Api(app.test_client(), tokens[name])

    return of


@pytest.fixture
def upload(api: Callable[..., Api], furnished: Furnished) -> Callable[..., TestResponse]:
    """Deliver a file for a requirement by its name in the office."""

    def send(
        who: str,
        requirement: str,
        *,
        data: bytes | None = None,
        headers: dict[str, str] | None = None,
        **fields: str,
    ) -> TestResponse:
        file = ("file", filler() if data is None else data, "monev tw1.pdf")
        body = multipart(*[(name, text, None) for name, text in fields.items()], file)
        path = f"/requirements/{furnished.requirements[requirement]}/evidence"
        return api(who).post(path, data=body, headers=headers or {}, content_type=MULTIPART)

    return send
