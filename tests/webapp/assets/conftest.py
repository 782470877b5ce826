"""A browser's view of the sample application."""

from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from .sample import build_app


@pytest.fixture
def client() -> Iterator[FlaskClient]:
    with build_app().test_client() as client:
        yield client
