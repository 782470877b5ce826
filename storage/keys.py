"""The names of objects: how keys are made, and what a key may look like in any store.

Keys are lower-case ASCII, so that they are the same in S3, on every file system and inside a ZIP.
"""

import re
from uuid import UUID

_PART = re.compile(r"[a-z0-9][a-z0-9._-]{0,199}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_MAX_KEY = 900  # S3 allows 1024 bytes.
_METADATA_NAME = re.compile(r"[a-z0-9][a-z0-9-]*")
_METADATA_VALUE = re.compile(r"[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?")


def archive_key(region: str, agency: str, sha256: str, *, suffix: str = "pdf") -> str:
    """The key of an archived file, made of its digest: the same bytes of an agency have one key.

    :raises ValueError: when a part is not a lower-case code or the digest not 64 hexadecimal digits
    """
    if not _SHA256.fullmatch(sha256):
        raise ValueError(f"not a SHA-256 in lower-case hexadecimal: {sha256!r}")
    return f"{_part(region)}/{_part(agency)}/sha256/{sha256[:2]}/{sha256[2:4]}/{sha256}.{_part(suffix)}"


def intake_key(evidence_id: UUID | str) -> str:
    """The key of received bytes: the evidence's id, known before its row is written."""
    return _part(str(evidence_id))


def bundle_key(bundle_id: UUID | str) -> str:
    """The key of a built bundle."""
    return f"{_part(str(bundle_id))}.zip"


def paper_key(paper_id: UUID | str, ending: str) -> str:
    """The key of a paper that somebody ordered."""
    return f"papers/{_part(str(paper_id))}.{_part(ending)}"


def picture_key(evidence_id: UUID | str, size: str, page: int) -> str:
    """The key of a page's picture, beside the bundles: it, too, can be made again."""
    return f"pictures/{_part(str(evidence_id))}/{_part(size)}/{page}.webp"


def check_key(key: str) -> None:
    """:raises ValueError: when a store must not be asked for this key."""
    if len(key) > _MAX_KEY:
        raise ValueError(f"key longer than {_MAX_KEY} characters")
    for part in key.split("/"):
        _part(part)


def check_prefix(prefix: str) -> None:
    """:raises ValueError: when `prefix` cannot be the beginning of a key."""
    if prefix:
        check_key(prefix.removesuffix("/"))


def check_metadata(name: str, value: str) -> None:
    """:raises ValueError: for what an HTTP header cannot carry unchanged."""
    if not _METADATA_NAME.fullmatch(name) or not _METADATA_VALUE.fullmatch(value):
        raise ValueError(f"metadata is lower-case names with printable ASCII values, not {name!r}: {value!r}")


def _part(text: str) -> str:
    if not _PART.fullmatch(text):
        raise ValueError(f"not a lower-case part of a key: {text!r}")
    return text
