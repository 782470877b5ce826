"""Names of objects."""

from uuid import UUID

import pytest

from storage.keys import archive_key, bundle_key, check_metadata, intake_key

DIGEST = "abcd" + "0" * 60


def test_an_archive_key_is_made_of_region_agency_and_digest() -> None:
    assert archive_key("kab-contoh", "bkb", DIGEST) == f"kab-contoh/bkb/sha256/ab/cd/{DIGEST}.pdf"


def test_intake_and_bundle_keys_are_made_of_the_id() -> None:
    one = UUID("0190a5b4-0000-7000-8000-0000000000AB")
    assert intake_key(one) == "0190a5b4-0000-7000-8000-0000000000ab"
    assert bundle_key(one) == "0190a5b4-0000-7000-8000-0000000000ab.zip"


@pytest.mark.parametrize("digest", ["", "abcd", DIGEST.upper(), DIGEST + "0", "g" * 64, DIGEST + "\n"])
def test_an_archive_key_of_anything_but_a_digest_is_refused(digest: str) -> None:
    with pytest.raises(ValueError, match="SHA-256"):
        archive_key("r", "a", digest)


@pytest.mark.parametrize("code", ["", "BKB", "a/b", "..", "-a", "a b", "a\n"])
def test_a_code_that_is_not_lower_case_and_safe_is_refused(code: str) -> None:
    with pytest.raises(ValueError, match="key"):
        archive_key(code, "a", DIGEST)
    with pytest.raises(ValueError, match="key"):
        archive_key("r", code, DIGEST)
    with pytest.raises(ValueError, match="key"):
        intake_key(code)


@pytest.mark.parametrize(
    ("name", "value"), [("A", "x"), ("", "x"), ("a", ""), ("a", "é"), ("a", "x\r\ny"), ("a", " x")]
)
def test_metadata_that_a_header_would_change_is_refused(name: str, value: str) -> None:
    with pytest.raises(ValueError, match="metadata"):
        check_metadata(name, value)
