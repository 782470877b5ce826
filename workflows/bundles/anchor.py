"""Last stage, its buoy: the heads of all chains at one moment, sealed, for keeping outside the administrator's reach.

``verify`` is the other side of this page and owns the format. Each anchor names the digest of the one before, so that
whoever holds one of them holds all that came before it.
"""

from collections.abc import Mapping
from datetime import UTC, datetime

from workflows.bundles.seal import EXPONENT, SealKey
from workflows.bundles.verify import ANCHOR_FORMAT, Head, canonical, signed_text


def sign_anchor(
    *,
    key: SealKey,
    installation: str,
    number: int,
    previous: str | None,
    at: datetime,
    heads: Mapping[str, Head],
) -> bytes:
    """Return the bytes of one anchor.

    :param number: from 1, without gaps. :param previous: SHA-256 of the anchor before; ``None`` for the first.
    :param heads: by the name of their chain.
    """
    anchor: dict[str, object] = {
        "format": ANCHOR_FORMAT,
        "installation": installation,
        "number": number,
        "previous": previous,
        "at": at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "heads": {chain: {"seq": head.seq, "hash": head.hash} for chain, head in heads.items()},
        "key": {"n": f"{key.modulus:x}", "e": EXPONENT},
        "fingerprint": key.fingerprint,
    }
    anchor["signature"] = key.sign(signed_text(anchor)).hex()
    return canonical(anchor) + b"\n"
