"""Does a certificate's chain end in a trusted root, and was every link good at a given moment?

Only what the file itself brings is used, never the network: certificates, OCSP answers and revocation lists. Where
the file brings no news of a revocation, none is assumed; where it brings some, it counts whatever its age.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Coroutine
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeVar

from asn1crypto import crl, ocsp, x509
from pyhanko.sign.validation.settings import KeyUsageConstraints
from pyhanko_certvalidator import ValidationContext, find_valid_path
from pyhanko_certvalidator.errors import (
    DisallowedAlgorithmError,
    ExpiredError,
    InvalidCertificateError,
    NotYetValidError,
    PathBuildingError,
    RevokedError,
)
from pyhanko_certvalidator.policy_decl import CertRevTrustPolicy, FreshnessReqType, RevocationCheckingPolicy

from workflows.evidence.checks.trust_list import TrustList

SIGNS = KeyUsageConstraints(key_usage={"non_repudiation", "digital_signature"})
STAMPS = KeyUsageConstraints(extd_key_usage={"time_stamping"})

# An answer in a file is as old as the signature, so its age is no reason to leave it out.
ANY_AGE = CertRevTrustPolicy(
    RevocationCheckingPolicy.from_legacy("soft-fail"),
    freshness=dt.timedelta(days=36_500),
    freshness_req_type=FreshnessReqType.MAX_DIFF_REVOCATION_VALIDATION,
)

Value = TypeVar("Value")


class Standing(StrEnum):
    """What a chain was worth at the moment that counts."""

    VALID = "valid"
    EXPIRED_SINCE = "expired-since"
    """Valid at signing, proven by a trusted time stamp; a certificate of the chain has expired since."""
    EXPIRED = "expired"
    """Outside its time, with nothing that proves a signature within it."""
    REVOKED = "revoked"
    UNKNOWN_ROOT = "unknown-root"
    NO_TRUST_LIST = "no-trust-list"
    UNSUITABLE = "unsuitable"
    """Weak algorithms, a wrong key usage or a broken chain."""

    @property
    def trusted(self) -> bool | None:
        """`None` when there is no list to trust by."""
        if self is Standing.NO_TRUST_LIST:
            return None
        return self in (Standing.VALID, Standing.EXPIRED_SINCE)


@dataclass(frozen=True, slots=True)
class Material:
    """What the file brings along to judge chains with."""

    certificates: list[x509.Certificate] = field(default_factory=list)
    answers: list[ocsp.OCSPResponse] = field(default_factory=list)
    lists: list[crl.CertificateList] = field(default_factory=list)

    def __add__(self, other: Material) -> Material:
        return Material(self.certificates + other.certificates, self.answers + other.answers, self.lists + other.lists)


@dataclass(frozen=True, slots=True)
class Chain:
    """The answer; `root` is the name of the trusted end of the chain."""

    standing: Standing
    root: str | None = None


def judge_chain(
    certificate: x509.Certificate,
    *,
    material: Material,
    trust: TrustList,
    usage: KeyUsageConstraints,
    proven: dt.datetime | None,
    now: dt.datetime,
) -> Chain:
    """Judge at `proven`, the moment before which the signature is known to have been made, else at `now`."""
    if not trust.roots:
        return Chain(Standing.NO_TRUST_LIST)
    moment = proven or now
    try:
        context = ValidationContext(
            trust_roots=[root.certificate for root in trust.roots],
            other_certs=material.certificates,
            ocsps=[answer for answer in material.answers if _is_about_known_digest(answer)],
            crls=material.lists,
            moment=moment,
            allow_fetching=False,
            revinfo_policy=ANY_AGE,
        )
        paths = context.path_builder.async_build_paths_lazy(certificate)
        path = settled(find_valid_path(certificate, paths, validation_context=context))
        if path.pkix_len > 0:
            usage.validate(certificate)
    except PathBuildingError:
        return Chain(Standing.UNKNOWN_ROOT)
    except InvalidCertificateError as error:
        # The library's word for a certificate that vouches for itself and that nobody trusts.
        unknown = "self-signed" in str(error)
        return Chain(Standing.UNKNOWN_ROOT if unknown else Standing.UNSUITABLE)
    except RevokedError as error:
        return Chain(Standing.UNSUITABLE if error.is_side_validation else Standing.REVOKED)
    except (ExpiredError, NotYetValidError):
        return Chain(Standing.EXPIRED)
    except DisallowedAlgorithmError:
        return Chain(Standing.UNSUITABLE)
    except MemoryError:
        raise
    except Exception:  # a malformed certificate makes the parser below raise whatever it likes
        return Chain(Standing.UNSUITABLE)
    certificates = list(path.iter_certs(include_root=True))
    root = trust.root_of(certificates[0])
    if root is None or not root.holds_at(moment):
        return Chain(Standing.EXPIRED, None if root is None else root.name)
    expired = not root.holds_at(now) or any(link.not_valid_after < now for link in certificates)
    return Chain(Standing.EXPIRED_SINCE if expired else Standing.VALID, root.name)


def _is_about_known_digest(answer: ocsp.OCSPResponse) -> bool:
    """Whether an answer names its certificate by a digest that the library can compute; another one makes it fail."""
    if answer["response_status"].native != "successful":
        return False
    known = answer.response_data["responses"]
    return all(item["cert_id"]["hash_algorithm"]["algorithm"].native in ("sha1", "sha256") for item in known)


def settled(work: Coroutine[Any, Any, Value]) -> Value:
    """The result of a coroutine that waits for nobody: with the network left out there is nothing to wait for.

    An event loop would want descriptors that a confined child cannot open.
    """
    try:
        work.send(None)
    except StopIteration as done:
        result: Value = done.value
        return result
    work.close()
    raise RuntimeError("the validation waits for something outside")
