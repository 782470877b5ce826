"""The signatures inside a checked file that may stand for a person. Pure: a stored report in, values out.

Only what the check proved counts: intact, unchanged afterwards but for permitted additions, a trusted root, valid at
signing. Whatever is untrusted, unverifiable, revoked, expired without proof or changed is left to people.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_VALID = ("valid", "expired-since")
"""What the chain of certificates may have been worth, in the report's words."""
_STRONG = frozenset({"sha256", "sha384", "sha512", "sha3_256", "sha3_384", "sha3_512"})
"""Methods for which nobody can make two files with one sum: with an older one a person looks and decides."""


@dataclass(frozen=True, slots=True)
class Inside:
    """One signature that proves its certificate's holder."""

    field: str
    signer: str
    signer_id: str | None
    issuer: str | None
    fingerprint: str
    root: str | None
    at: dt.datetime
    """When it was made: by its time stamp, else as the signer says."""
    stamped: bool
    """Whether a time stamp says so."""
    trust_list: str | None

    def proof(self) -> dict[str, Any]:
        """Return what a sign-off keeps of it."""
        return {
            "field": self.field,
            "fingerprint": self.fingerprint,
            "signer": self.signer,
            "issuer": self.issuer,
            "root": self.root,
            "signed_at": self.at,
            "time_stamped": self.stamped,
            "trust_list": self.trust_list,
        }


def proven(report: Mapping[str, Any]) -> list[Inside]:
    """Return the signatures of a stored report that prove somebody, in the order of signing."""
    judged = report.get("signatures_judged") or {}
    found = (_read(entry, judged.get("trust_list")) for entry in report.get("signatures", ()))
    return [entry for entry in found if entry is not None]


def _read(entry: Mapping[str, Any], trust_list: str | None) -> Inside | None:
    sound = (
        entry.get("kind") == "signature"
        and entry.get("verdict") == "intact"
        and entry.get("trusted") is True
        and entry.get("certificate") in _VALID
        and entry.get("digest") in _STRONG
    )
    moment = _moment(entry.get("timestamp_time")) or _moment(entry.get("signing_time"))
    if not sound or moment is None or not entry.get("fingerprint"):
        return None
    return Inside(
        field=entry["field"],
        signer=entry.get("signer") or "",
        signer_id=entry.get("signer_id"),
        issuer=entry.get("issuer"),
        fingerprint=entry["fingerprint"],
        root=entry.get("root"),
        at=moment,
        stamped=entry.get("timestamp_time") is not None,
        trust_list=trust_list,
    )


def _moment(text: str | None) -> dt.datetime | None:
    """Read a time; one without a zone names no day that an office could go by."""
    try:
        moment = dt.datetime.fromisoformat(text) if text else None
    except ValueError:
        return None
    return moment if moment is not None and moment.tzinfo else None
