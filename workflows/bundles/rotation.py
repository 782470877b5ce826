"""Last stage: another seal key in the place of the present one, which signs that it is the next.

The document goes into the database first and the key file is put in place second; whoever is stopped between the two
calls again and the second step is made up for.
"""

import os
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa

from workflows.bundles.anchor_models import SealKeyEntry
from workflows.bundles.anchor_queries import newest_key
from workflows.bundles.anchoring import enter_key, lock
from workflows.bundles.seal import EXPONENT, SealKey, load_or_create_key
from workflows.bundles.verify import ROTATION_FORMAT, canonical, signed_text
from workflows.core.db import db


def sign_rotation(*, old: SealKey, new: SealKey, installation: str, at: datetime) -> bytes:
    """Return the bytes of the document in which ``old`` names ``new`` as its successor."""
    document: dict[str, object] = {
        "format": ROTATION_FORMAT,
        "installation": installation,
        "at": at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "fingerprint": old.fingerprint,
        "key": {"n": f"{old.modulus:x}", "e": EXPONENT},
        "next_fingerprint": new.fingerprint,
        "next_key": {"n": f"{new.modulus:x}", "e": EXPONENT},
    }
    document["signature"] = old.sign(signed_text(document)).hex()
    return canonical(document) + b"\n"


def rotate(path: Path, *, installation: str) -> SealKeyEntry:
    """Enter a new key, signed by the one at ``path``; :func:`put_in_place` follows the commit.

    :raises SealKeyError, OSError: as :func:`load_or_create_key` does.
    """
    lock()
    new = load_or_create_key(_next(path))
    newest = newest_key()
    if newest is not None and newest.fingerprint == new.fingerprint:
        return newest  # the last call was stopped before the file was put in place
    old = load_or_create_key(path)
    at = db.session.scalars(sa.select(sa.func.clock_timestamp())).one()
    enter_key(old, at=at)
    document = sign_rotation(old=old, new=new, installation=installation, at=at)
    return enter_key(new, at=at, document=document.decode("ascii"))


def put_in_place(path: Path) -> None:
    """Let the new key take the place of the old one, which is gone then: what it signed stays provable without it."""
    _next(path).replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _next(path: Path) -> Path:
    return path.with_name(path.name + ".next")
