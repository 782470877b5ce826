"""Whoever compares a verifier with the documentation compares it with what this release packs."""

import hashlib

from tests.support.verifiers import PAGE, page
from workflows.bundles.operations import VERIFIERS


def test_the_page_names_the_digests_of_this_release() -> None:
    text = PAGE.read_text("utf-8")
    assert text == page(), "write it anew: python -m tests.support.verifiers"
    assert all(hashlib.sha256(path.read_bytes()).hexdigest() in text for path in VERIFIERS)
