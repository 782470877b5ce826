"""The seed, as the tests of its reader know it."""

from tests.workflows.documents.conftest import seed, seed_folder

__all__ = ["seed", "seed_folder"]
