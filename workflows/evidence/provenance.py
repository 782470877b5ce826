"""What an object says of itself, so that it can be taken in again when its rows are lost: for what, from whom, when.

Kept as the object's metadata: printable ASCII, less than 2 KB in all (S3). The receipt is known only when the object
goes into the archive.
"""

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from urllib.parse import quote, unquote

_NAME = 240
"""Characters that are kept of a name, escaped."""


@dataclass(frozen=True)
class Provenance:
    """Where a delivery came from."""

    requirements: tuple[uuid.UUID, ...]
    person: uuid.UUID
    name: str
    received_at: dt.datetime | None = None
    receipt: str | None = None
    code: str | None = None
    main: uuid.UUID | None = None
    """The delivery with which it travels."""

    def beside(self, main: uuid.UUID, name: str) -> "Provenance":
        """Return the same of a file that travels with that delivery."""
        return replace(self, main=main, name=name)

    @classmethod
    def of(cls, requirements: Iterable[uuid.UUID], person: uuid.UUID, name: str) -> "Provenance":
        """Return what is known before the first byte."""
        return cls(tuple(requirements), person, name)

    def metadata(self) -> dict[str, str]:
        """Return it as an object's metadata."""
        told = {
            "requirements": ",".join(one.hex for one in self.requirements),
            "person": self.person.hex,
            "name": quote(self.name)[:_NAME].rpartition("%")[0] if len(quote(self.name)) > _NAME else quote(self.name),
        }
        if self.main is not None:
            told["travels-with"] = self.main.hex
        if self.received_at is not None:
            told["received-at"] = self.received_at.astimezone(dt.UTC).isoformat()
        if self.receipt is not None:
            told["receipt"] = self.receipt
        if self.code is not None:
            told["receipt-code"] = self.code
        return {name: value for name, value in told.items() if value}

    @classmethod
    def read(cls, metadata: Mapping[str, str]) -> "Provenance | None":
        """Return what an object says; ``None`` when it does not say enough."""
        try:
            asked = tuple(uuid.UUID(text) for text in metadata["requirements"].split(","))
            at, main = metadata.get("received-at"), metadata.get("travels-with")
            return cls(
                asked,
                uuid.UUID(metadata["person"]),
                unquote(metadata.get("name", "")) or "tanpa-nama.pdf",
                dt.datetime.fromisoformat(at) if at else None,
                metadata.get("receipt"),
                metadata.get("receipt-code"),
                uuid.UUID(main) if main else None,
            )
        except (KeyError, ValueError):
            return None
