"""The notes of a folder store: one small JSON file for each version, which exists when its note does."""

import json
import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import MappingProxyType

from storage.base import Bucket, RetentionMode, StoredObject

# "@" begins no part of a key, so versions and the folders of longer keys live side by side.
_NAME = re.compile(r"@(\d{6})\.json")


@dataclass(frozen=True)
class Version:
    """A version that exists."""

    number: int
    note: Path
    data: Path
    stored: StoredObject


def note_name(number: int) -> str:
    """The file name of a version's note; names sort like numbers."""
    return f"@{number:06}.json"


def is_note(name: str) -> bool:
    """Whether a file of this name is a note."""
    return _NAME.fullmatch(name) is not None


def write_note(stored: StoredObject, *, data: str, content_type: str) -> str:
    """The text of a note about the bytes in the file `data` beside it."""
    return json.dumps(
        {
            "data": data,
            "size": stored.size,
            "content_type": content_type,
            "modified_at": stored.modified_at.isoformat(),
            "metadata": dict(stored.metadata),
            "retain_until": None if stored.retain_until is None else stored.retain_until.isoformat(),
            "retention_mode": stored.retention_mode,
            "legal_hold": stored.legal_hold,
            "is_marker": stored.is_marker,
        }
    )


def read_note(note: Path, *, bucket: Bucket, key: str) -> Version:
    """:raises FileNotFoundError: when the version was removed meanwhile."""
    values = json.loads(note.read_text(encoding="ascii"))
    until, mode = values["retain_until"], values["retention_mode"]
    number = int(note.name[1:7])
    return Version(
        number=number,
        note=note,
        data=note.with_name(values["data"]),
        stored=StoredObject(
            bucket=bucket,
            key=key,
            version_id=f"{number:06}" if bucket is Bucket.ARCHIVE else None,
            size=values["size"],
            modified_at=datetime.fromisoformat(values["modified_at"]),
            metadata=MappingProxyType(values["metadata"]),
            retain_until=None if until is None else datetime.fromisoformat(until),
            retention_mode=None if mode is None else RetentionMode(mode),
            legal_hold=values.get("legal_hold", False),
            is_marker=values.get("is_marker", False),
        ),
    )


def note_with(text: str, **values: str | bool) -> str:
    """The same note with other values."""
    return json.dumps(json.loads(text) | values)
