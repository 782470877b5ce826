"""The roots that the operator trusts: a folder of certificates and a dated list that names each of them.

A certificate is trusted because the list names its digest, not because its file lies there, so that a file put
beside the others changes nothing. The product ships no certificate.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from asn1crypto import pem, x509

LIST = "trust.json"
ENTRY = ("file", "name", "subject", "sha256", "valid_from", "valid_to", "added_on", "source")


class TrustListError(ValueError):
    """The folder holds no usable list; the message says what to correct."""

    code = "trust_list"


@dataclass(frozen=True, slots=True)
class Root:
    """One trusted certificate and the time in which it is trusted."""

    name: str
    certificate: x509.Certificate
    valid_from: dt.datetime
    valid_to: dt.datetime

    def holds_at(self, moment: dt.datetime) -> bool:
        """Whether a chain may end here at that moment."""
        return self.valid_from <= moment <= self.valid_to


@dataclass(frozen=True, slots=True)
class TrustList:
    """All roots, and the version that a report names."""

    version: str | None = None
    roots: tuple[Root, ...] = ()

    def root_of(self, certificate: x509.Certificate) -> Root | None:
        """The entry of a certificate."""
        return next((root for root in self.roots if root.certificate.sha256 == certificate.sha256), None)


NO_TRUST = TrustList()


def read_trust_list(folder: Path) -> TrustList:
    """The list in a folder.

    :raises TrustListError: when it is missing, or an entry and its certificate do not belong together.
    """
    try:
        document = json.loads((folder / LIST).read_text(encoding="utf-8"))
    except OSError as error:
        raise TrustListError(f"{folder / LIST}: {error.strerror}") from None
    except ValueError:
        raise TrustListError(f"{folder / LIST}: bukan JSON") from None
    if (
        not isinstance(document, dict)
        or set(document) != {"version", "roots"}
        or not isinstance(document["version"], str)
        or not isinstance(document["roots"], list)
    ):
        raise TrustListError(f"{folder / LIST}: kuncinya harus version (teks) dan roots (daftar)")
    return TrustList(document["version"], tuple(_root(folder, entry) for entry in document["roots"]))


def _root(folder: Path, entry: object) -> Root:
    if not isinstance(entry, dict) or set(entry) != set(ENTRY) or not all(isinstance(v, str) for v in entry.values()):
        raise TrustListError(f"{folder / LIST}: setiap akar memerlukan teks {', '.join(ENTRY)}")
    path = folder / entry["file"]
    if path.parent != folder:
        raise TrustListError(f"{path}: sertifikat harus di folder daftar itu sendiri")
    try:
        certificate = _certificate(path.read_bytes())
    except OSError as error:
        raise TrustListError(f"{path}: {error.strerror}") from None
    except ValueError:
        raise TrustListError(f"{path}: bukan satu sertifikat PEM atau DER") from None
    if certificate.sha256.hex() != entry["sha256"].replace(":", "").lower():
        raise TrustListError(f"{path}: sidik jari SHA-256 tidak sama dengan yang tertulis di daftar")
    return Root(entry["name"], certificate, *_period(path, certificate, entry))


def _certificate(data: bytes) -> x509.Certificate:
    if pem.detect(data):
        kind, _, data = pem.unarmor(data)
        if kind != "CERTIFICATE":
            raise ValueError(kind)
    certificate = x509.Certificate.load(data, strict=True)
    # Parsing is lazy: a broken certificate must show now, not at the first signature.
    assert certificate.native  # noqa: S101
    return certificate


def _period(path: Path, certificate: x509.Certificate, entry: Mapping[str, Any]) -> tuple[dt.datetime, dt.datetime]:
    """The days of the list, never wider than those of the certificate itself."""
    try:
        first, last = (dt.date.fromisoformat(entry[key]) for key in ("valid_from", "valid_to"))
    except ValueError:
        raise TrustListError(f"{path}: valid_from dan valid_to ditulis seperti 2026-08-18") from None
    start = dt.datetime.combine(first, dt.time.min, dt.UTC)
    end = dt.datetime.combine(last, dt.time.max, dt.UTC)
    return max(start, certificate.not_valid_before), min(end, certificate.not_valid_after)
