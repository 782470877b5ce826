"""The seed, as the tests of its reader know it."""

from tests.workflows.documents.conftest import seed

__all__ = ["seed"]
