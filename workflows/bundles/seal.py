"""Last stage, its wax: the site's RSA key and the ``seal.json`` that it signs.

The key lives outside database and store, so that whoever holds only those two cannot seal a forged bundle.
``verify`` is the other side of this page and owns the format.
"""

import contextlib
import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from workflows.bundles.bag import Manifests
from workflows.bundles.verify import KEY_BITS, SEAL_FORMAT, Head, canonical, key_fingerprint, signed_text

EXPONENT = 65537


class SealKeyError(Exception):
    """The seal key is there but may not be used."""

    code = "seal_key"


@dataclass(frozen=True)
class SealKey:
    """The key of one site."""

    private: rsa.RSAPrivateKey

    @property
    def modulus(self) -> int:
        return self.private.public_key().public_numbers().n

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the DER SubjectPublicKeyInfo in hexadecimal; what receipts and letters print."""
        return key_fingerprint(self.modulus, EXPONENT)

    def sign(self, text: bytes) -> bytes:
        """RSASSA-PKCS1-v1_5 with SHA-256 (RFC 8017): nothing random, the same order is sealed alike."""
        return self.private.sign(text, padding.PKCS1v15(), hashes.SHA256())


@dataclass(frozen=True)
class SealScope:
    """Whose follow-up a bundle tells of, and which part of it; the records repeat it."""

    region: str
    agency: str
    year: int
    chosen: Mapping[str, Any] = field(default_factory=dict)
    """``report`` (its number) and ``recommendations`` (theirs), where less than a year was ordered."""


def load_or_create_key(path: Path) -> SealKey:
    """The key at ``path``, made there at the first call; of several first calls at once all get the same key.

    :raises SealKeyError: when the file is no RSA-3072 key or others than its owner may read it.
    :raises OSError: when the folder cannot be written.
    """
    if not path.exists():
        _create(path)
    if os.name == "posix" and stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise SealKeyError(f"{path} may be read by others than its owner")
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise SealKeyError(f"{path} holds no key that can be read") from error
    if not isinstance(key, rsa.RSAPrivateKey) or key.key_size != KEY_BITS:
        raise SealKeyError(f"{path} holds no RSA key of {KEY_BITS} bits")
    if key.public_key().public_numbers().e != EXPONENT:
        raise SealKeyError(f"{path} holds an RSA key with an unusual exponent")
    return SealKey(key)


def _create(path: Path) -> None:
    key = rsa.generate_private_key(public_exponent=EXPONENT, key_size=KEY_BITS)
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f".{path.name}.{os.getpid()}.{os.urandom(4).hex()}")
    try:
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
            stream.write(pem)
            stream.flush()
            os.fsync(stream.fileno())
        # A link, unlike a rename, never replaces the key that somebody else made meanwhile.
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink(missing_ok=True)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def sign_seal(
    manifests: Manifests,
    *,
    key: SealKey,
    installation: str,
    scope: SealScope,
    log: Head,
    ordered_at: datetime,
    release: str,
) -> bytes:
    """The bytes of ``seal.json``; ``log`` is the last event in the bundle, ``ordered_at`` its time."""
    seal: dict[str, object] = {
        "format": SEAL_FORMAT,
        "bag": manifests.bag,
        "installation": installation,
        "scope": {"region": scope.region, "agency": scope.agency, "year": scope.year, **scope.chosen},
        "digests": dict(manifests.digests),
        "log": {"chain": log.chain, "seq": log.seq, "head": log.hash},
        "ordered_at": ordered_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "release": release,
        "key": {"n": f"{key.modulus:x}", "e": EXPONENT},
        "fingerprint": key.fingerprint,
    }
    seal["signature"] = key.sign(signed_text(seal)).hex()
    return canonical(seal) + b"\n"
