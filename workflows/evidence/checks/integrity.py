"""Are the bytes that one signature covers still those that were signed, and which bytes are they?"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from asn1crypto import cms, core, tsp, x509
from cryptography.hazmat.primitives import hashes
from pyhanko.sign.general import extract_signer_info
from pyhanko.sign.validation import generic_cms
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko_certvalidator.errors import AlgorithmNotSupported
from pyhanko_certvalidator.sig_validate import DefaultSignatureValidator

DETACHED = frozenset({"/adbe.pkcs7.detached", "/ETSI.CAdES.detached"})
TIMESTAMP = "/ETSI.RFC3161"
DIGESTS = frozenset({"sha1", "sha224", "sha256", "sha384", "sha512", "sha3_224", "sha3_256", "sha3_384", "sha3_512"})
"""Older digests tell nothing any more."""
WEAK = frozenset({"sha1"})
"""Still tells whether a file was changed by mistake or by its holder, but what leans on it is not trusted: two files
with one SHA-1 can be made by whoever prepares both (SHAttered, 2017)."""


class Coverage(StrEnum):
    """How much of the file a signature covers."""

    FILE = "entire-file"
    REVISION = "entire-revision"
    """All up to the end of the revision that it was written with; later revisions follow."""
    PARTIAL = "partial"
    """Something else: ranges that leave out more than the signature itself, or that end inside a revision."""


class UnknownAlgorithmError(Exception):
    """The signature was made by a method that this validator does not know or that proves nothing any more."""


class UnknownKindError(Exception):
    """The signature is of a kind that this validator does not know."""


@dataclass(frozen=True, slots=True)
class Integrity:
    """What the cryptography of one signature says."""

    intact: bool
    certificate: x509.Certificate
    stamped: dt.datetime | None
    """The time in a time stamp whose own signature and imprint hold, trusted or not."""
    stamper: x509.Certificate | None
    weak: bool = False
    """Whether two files with one digest of this kind can be made, so that another one may have been signed."""


class _Validator(DefaultSignatureValidator):
    """Tells a method that is not known from a signature that is wrong; the library calls both invalid."""

    def validate_signature(self, *arguments: Any, **options: Any) -> None:
        try:
            super().validate_signature(*arguments, **options)
        except AlgorithmNotSupported as error:
            raise UnknownAlgorithmError from error
        except (NotImplementedError, ValueError, TypeError, KeyError, AttributeError) as error:
            raise UnknownAlgorithmError from error


def judge_integrity(signature: EmbeddedPdfSignature) -> Integrity:
    """Digest and signature of one signature, and its time stamp.

    :raises UnknownKindError, UnknownAlgorithmError: when they cannot be judged; other errors when it is malformed.
    """
    kind = str(signature.sig_object.get("/SubFilter", ""))
    if kind == TIMESTAMP:
        token = _judge_token(signature.signed_data, signature.compute_digest)
        stamped = token.moment if token.intact else None
        return Integrity(token.intact, token.certificate, stamped, token.certificate, weak=token.weak)
    if kind not in DETACHED:
        raise UnknownKindError(kind)
    content = signature.signed_data["encap_content_info"]
    if content["content"] is not core.VOID:
        raise UnknownKindError("content inside the signature")
    certificate = signature.signer_cert
    _demand_digest(signature.md_algorithm)
    intact = _verify(signature.signed_data, certificate, signature.compute_digest())
    stamped, stamper = _time_stamp(signature.signer_info)
    return Integrity(intact, certificate, stamped, stamper, weak=signature.md_algorithm.lower() in WEAK)


def judge_coverage(signature: EmbeddedPdfSignature, size: int) -> Coverage:
    """Which bytes the signature covers. Never more is said than what leaves out exactly the signature itself."""
    ranges = list(signature.byte_range)
    if len(ranges) != 4 or not all(type(number) is not bool and isinstance(number, int) for number in ranges):
        return Coverage.PARTIAL
    first, length, second, rest = (int(number) for number in ranges)
    if first != 0 or not 0 < length < second or rest < 0 or second + rest > size:
        return Coverage.PARTIAL
    stream = signature.reader.stream
    stream.seek(length)
    gap = stream.read(second - length)
    try:
        written = bytes.fromhex(gap[1:-1].decode("ascii")) if gap[:1] == b"<" and gap[-1:] == b">" else None
    except ValueError:
        written = None
    if written != signature.pkcs7_content:
        return Coverage.PARTIAL
    level = signature.evaluate_signature_coverage()
    if level is SignatureCoverageLevel.ENTIRE_FILE:
        return Coverage.FILE
    return Coverage.REVISION if level is SignatureCoverageLevel.ENTIRE_REVISION else Coverage.PARTIAL


def covered_end(signature: EmbeddedPdfSignature) -> int:
    """Where the covered bytes end: signatures of one file nest, so this is their order whatever times they claim."""
    written = signature.byte_range
    ranges = [number for number in written if isinstance(number, int)] if isinstance(written, list) else []
    return int(ranges[-2]) + int(ranges[-1]) if len(ranges) >= 2 else 0


def _verify(signed: cms.SignedData, certificate: x509.Certificate, digest: bytes) -> bool:
    intact, valid = generic_cms.validate_sig_integrity(
        extract_signer_info(signed),
        certificate,
        expected_content_type=signed["encap_content_info"]["content_type"].native,
        actual_digest=digest,
        sig_validator=_Validator(),
    )
    return bool(intact and valid)


@dataclass(frozen=True, slots=True)
class _Token:
    intact: bool
    moment: dt.datetime
    certificate: x509.Certificate
    weak: bool
    """Whether its own digest or that of the bytes it speaks of is one of which two can be made."""


def _judge_token(signed: cms.SignedData, imprint_of: Callable[[str], bytes]) -> _Token:
    """A time stamp token (RFC 3161): its own signature, and that it speaks of these bytes."""
    content = signed["encap_content_info"]["content"]
    token = content.parsed
    if not isinstance(token, tsp.TSTInfo):
        raise UnknownKindError("no time stamp")
    certificate = generic_cms.extract_certs_for_validation(signed).signer_cert
    own = extract_signer_info(signed)["digest_algorithm"]["algorithm"].native
    imprint = token["message_imprint"]
    method = imprint["hash_algorithm"]["algorithm"].native
    for name in (own, method):
        _demand_digest(name)
    digest = hashes.Hash(generic_cms.get_hash_spec_for_tst_digest(own))
    digest.update(bytes(content))
    intact = _verify(signed, certificate, digest.finalize())
    return _Token(
        intact and imprint["hashed_message"].native == imprint_of(method),
        token["gen_time"].native,
        certificate,
        weak=bool({own.lower(), method.lower()} & WEAK),
    )


def _time_stamp(signer: cms.SignerInfo) -> tuple[dt.datetime | None, x509.Certificate | None]:
    """The first time stamp of the signature value that holds; one that is broken is no reason to doubt the rest.

    One by a weak digest proves no time: the token of another signature may have been put here.
    """
    for signed in generic_cms.extract_tst_data_iter(signer, signed=False):
        try:
            token = _judge_token(signed, generic_cms.message_imprint_checker(signer))
        except MemoryError:
            raise
        except Exception:  # noqa: S112 - a foreign structure may break the parser in any way
            continue
        if token.intact and not token.weak:
            return token.moment, token.certificate
    return None, None


def _demand_digest(name: str) -> None:
    if name.lower() not in DIGESTS:
        raise UnknownAlgorithmError(name)
