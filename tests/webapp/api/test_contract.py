"""The API against its own document: schemathesis sends what the document allows and what it forbids."""

from collections.abc import Iterator

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis import Case
from schemathesis.schemas import BaseSchema

from tests.support.databases import Databases
from tests.support.furnished import Furnished, furnish
from tests.support.serving import served
from tests.support.settings import make_settings
from webapp.factory import create_app
from workflows.core.db import db


@pytest.fixture(scope="module")
def furnished(databases: Databases) -> Iterator[Furnished]:
    """An office that these tests share."""
    with databases.clone() as addresses:
        yield furnish(addresses)


@pytest.fixture(scope="module")
def document(furnished: Furnished, buckets: None) -> Iterator[BaseSchema]:
    """The document of a running application."""
    made = create_app(make_settings(furnished.addresses))
    with served(made) as address:
        yield schemathesis.openapi.from_url(f"{address}/api/v1/openapi.json")
    made.extensions["store"].close()
    with made.app_context():
        db.engine.dispose()


contract = schemathesis.pytest.from_fixture("document")
bounded = settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))


@contract.parametrize()
@bounded
def test_an_evaluator_is_answered_as_the_document_says(case: Case, furnished: Furnished) -> None:
    case.call_and_validate(headers={"Authorization": f"Bearer {furnished.tokens['evaluator']}"})


@contract.parametrize()
@bounded
def test_a_unit_head_is_answered_as_the_document_says(case: Case, furnished: Furnished) -> None:
    case.call_and_validate(headers={"Authorization": f"Bearer {furnished.tokens['head_b1']}"})
