"""Judges every signed field on its own revision: cryptography first, then the chains, then what came later.

The order matters when the time runs out: the comparison of revisions is by far the slowest and comes last.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from typing import Any

from asn1crypto import crl, ocsp, x509
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import enumerate_sig_fields
from pyhanko.sign.general import NonexistentAttributeError, find_unique_cms_attribute
from pyhanko.sign.validation.dss import DocumentSecurityStore
from pyhanko.sign.validation.errors import NoDSSFoundError
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko.version import __version__

from workflows.evidence.checks import reasons
from workflows.evidence.checks.chain import SIGNS, STAMPS, Chain, Material, Standing, judge_chain
from workflows.evidence.checks.changes import Changes, judge_changes
from workflows.evidence.checks.deadline import Deadline, OutOfTimeError
from workflows.evidence.checks.document import Document
from workflows.evidence.checks.graph import text
from workflows.evidence.checks.integrity import (
    TIMESTAMP,
    Coverage,
    Integrity,
    UnknownAlgorithmError,
    UnknownKindError,
    covered_end,
    judge_coverage,
    judge_integrity,
)
from workflows.evidence.checks.nip import nip_in
from workflows.evidence.checks.report import Signature, SignatureVerdict

VALIDATOR = f"pyHanko {__version__}"

# The worst last.
WORSE = (
    SignatureVerdict.NONE,
    SignatureVerdict.INTACT,
    SignatureVerdict.UNVERIFIABLE,
    SignatureVerdict.INTACT_BUT_CHANGED,
    SignatureVerdict.INVALID,
)


@dataclass(frozen=True, slots=True)
class Asked:
    """A signed field that another reader found."""

    name: str
    """Its full name."""
    number: tuple[int, int] | None
    """Object number and generation of the field; `None` for one written in place."""
    signature: tuple[int, int] | None
    """The same of the signature that it holds."""


@dataclass(slots=True)
class _Case:
    """One signed field on its way to a verdict."""

    name: str
    signature: EmbeddedPdfSignature | None = None
    problem: str | None = None
    """Why it cannot be judged."""
    integrity: Integrity | None = None
    coverage: Coverage | None = None
    chain: Chain | None = None
    changes: Changes | None = None

    is_timestamp: bool = False
    end: int = 0
    """Where the covered bytes end; 0 as long as nobody could read the signature."""

    @property
    def is_open(self) -> bool:
        """Whether nobody could tell."""
        return self.verdict is SignatureVerdict.UNVERIFIABLE

    @property
    def intact(self) -> bool | None:
        """Whether the bytes are those that were signed; where some were left out, no signature says so of the file."""
        if self.integrity is None or (self.integrity.intact and self.coverage is Coverage.PARTIAL):
            return None
        return self.integrity.intact

    @property
    def verdict(self) -> SignatureVerdict:
        if self.integrity is not None and not self.integrity.intact:
            return SignatureVerdict.INVALID
        if self.integrity is None or self.changes in (None, Changes.UNKNOWN):
            return SignatureVerdict.UNVERIFIABLE
        if self.changes is Changes.SUSPICIOUS:
            return SignatureVerdict.INTACT_BUT_CHANGED
        return SignatureVerdict.INTACT


def judge_signatures(document: Document, fields: Sequence[Asked], *, now: dt.datetime) -> list[Signature]:
    """One judgement for each of these fields, in the order in which they were signed.

    What breaks on one of them leaves the others, and whatever is already known of it, as they are.
    """
    deadline = Deadline(document.limits.signature_seconds)
    cases = [_Case(field.name) for field in fields]
    try:
        with deadline:
            reader = _open(document, cases, fields)
            _judge_integrity(cases, document.size)
            if reader is not None:
                _judge_chains(cases, _proofs(reader), document, now)
            for case in cases:
                with _guarded(case):
                    _compare(case)
    except OutOfTimeError:
        for case in cases:
            if case.is_open:
                case.problem = case.problem or reasons.OUT_OF_TIME
    # Stable: what cannot be placed stays where the form has it, after the others.
    cases.sort(key=lambda case: (case.signature is None, case.end))
    return [_told(case) for case in cases]


def worst(verdicts: Iterable[SignatureVerdict]) -> SignatureVerdict:
    """The verdict on the file: known bad news weighs more than what nobody can tell."""
    return max(verdicts, key=WORSE.index, default=SignatureVerdict.NONE)


@contextmanager
def _guarded(case: _Case) -> Iterator[None]:
    """What breaks on one signature, foreign bytes being able to break a parser in any way, is told of that one."""
    try:
        yield
    except MemoryError:
        raise
    except Exception:
        case.problem = case.problem or reasons.MALFORMED


def _compare(case: _Case) -> None:
    if case.signature is not None and case.coverage is not None and case.integrity and case.integrity.intact:
        case.changes = case.changes or judge_changes(case.signature, case.coverage)


def _open(document: Document, cases: list[_Case], fields: Sequence[Asked]) -> PdfFileReader | None:
    """Find each field again in pyHanko's reader, and the signature in it."""
    try:
        reader = PdfFileReader(document.stream(), strict=False)
        if reader.encrypted:
            reader.decrypt("")
    except MemoryError:
        raise
    except Exception:  # pyHanko is stricter than the other readers and raises many classes
        for case in cases:
            case.problem = reasons.UNREADABLE
        return None
    seen: set[object] = set()
    for case, asked in zip(cases, fields, strict=True):
        try:
            field = _field(reader, asked)
            signature = EmbeddedPdfSignature(reader, field, asked.name)
            case.is_timestamp = signature.sig_object.get("/SubFilter") == TIMESTAMP
            case.end = covered_end(signature)
            case.signature = signature
        except MemoryError:
            raise
        except Exception:  # not found, or a signature that cannot be parsed
            case.problem = reasons.UNREADABLE
            continue
        key = asked.signature or asked.name
        if key in seen:
            # One signature in two fields: nobody signed the second.
            case.changes = Changes.SUSPICIOUS
        seen.add(key)
    return reader


def _field(reader: PdfFileReader, asked: Asked) -> generic.DictionaryObject:
    """The field by its number, else by the signature in it or its name, where pyHanko reads the whole form.

    :raises LookupError: it is not there, or holds another signature.
    """
    field: Any
    if asked.number is None:
        for name, _, reference in enumerate_sig_fields(reader, filled_status=True):
            field = reference.get_object()
            if (_signature_in(field) if asked.signature else str(name)) == (asked.signature or asked.name):
                break
        else:
            raise LookupError(asked.name)
        return field  # type: ignore[no-any-return]
    field = reader.get_object(generic.Reference(*asked.number, reader))  # type: ignore[no-untyped-call]
    if not isinstance(field, generic.DictionaryObject) or _signature_in(field) != asked.signature:
        raise LookupError(asked.number)
    return field


def _signature_in(field: generic.DictionaryObject) -> tuple[int, int] | None:
    reference = getattr(field.raw_get("/V"), "reference", None)
    return None if reference is None else (reference.idnum, reference.generation)


def _judge_integrity(cases: Iterable[_Case], size: int) -> None:
    for case in cases:
        if case.signature is None:
            continue
        try:
            case.coverage = judge_coverage(case.signature, size)
            case.integrity = judge_integrity(case.signature)
        except MemoryError:
            raise
        except UnknownAlgorithmError:
            case.problem = reasons.UNKNOWN_ALGORITHM
        except UnknownKindError:
            case.problem = reasons.UNKNOWN_KIND
        except Exception:  # malformed in one of many ways
            case.problem = reasons.MALFORMED


def _proofs(reader: PdfFileReader) -> Material:
    """Certificates, OCSP answers and revocation lists of the document security store (12.8.4.3)."""
    try:
        store = DocumentSecurityStore.read_dss(reader)
        return Material(
            list(store.load_certs()),
            [ocsp.OCSPResponse.load(item.get_object().data) for item in store.ocsps],
            [crl.CertificateList.load(item.get_object().data) for item in store.crls],
        )
    except NoDSSFoundError:
        return Material()
    except MemoryError:
        raise
    except Exception:  # a broken store proves nothing and breaks nothing
        return Material()


def _own_proofs(signature: EmbeddedPdfSignature) -> Material:
    """What travels inside the signature itself, Adobe's list of revocation answers included."""
    certificates: list[x509.Certificate] = []
    for token in (signature.signed_data, *_tokens(signature)):
        certificates += [item.chosen for item in token["certificates"] or () if item.name == "certificate"]
    try:
        kept = find_unique_cms_attribute(signature.signer_info["signed_attrs"], "adobe_revocation_info_archival")
    except (NonexistentAttributeError, ValueError):
        return Material(certificates)
    return Material(certificates, list(kept["ocsp"] or ()), list(kept["crl"] or ()))


def _tokens(signature: EmbeddedPdfSignature) -> list[Any]:
    try:
        found = find_unique_cms_attribute(signature.signer_info["unsigned_attrs"], "signature_time_stamp_token")
    except (NonexistentAttributeError, ValueError):
        return []
    return [found["content"]]


def _judge_chains(cases: Sequence[_Case], store: Material, document: Document, now: dt.datetime) -> None:
    stamps: list[tuple[int, dt.datetime]] = []
    # The outermost first: a trusted time stamp over the file proves the age of all that lies inside it.
    for case in sorted(cases, key=lambda case: case.end, reverse=True):
        if case.signature is None or case.integrity is None:
            continue
        try:
            material = store + _own_proofs(case.signature)
        except MemoryError:
            raise
        except Exception:  # lazily parsed, so it may break only here
            material = store
        chain = partial(judge_chain, material=material, trust=document.trust, now=now)
        try:
            case.chain = _chain_of(case, case.integrity, chain, stamps)
        except MemoryError:
            raise
        except Exception:  # what cannot be followed to its end vouches for nothing
            case.chain = Chain(Standing.UNSUITABLE)


def _chain_of(
    case: _Case, done: Integrity, chain: Callable[..., Chain], stamps: list[tuple[int, dt.datetime]]
) -> Chain:
    """Judge at the earliest time that is proven; a trusted time stamp over the file is added to `stamps`."""
    proven = [moment for around, moment in stamps if around >= case.end]
    if done.stamped is not None and done.stamper is not None:
        stamped = chain(done.stamper, usage=STAMPS, proven=done.stamped)
        if stamped.standing.trusted and not (done.weak and case.is_timestamp):
            proven.append(done.stamped)
            if case.is_timestamp and case.coverage is not Coverage.PARTIAL:
                stamps.append((case.end, done.stamped))
        if case.is_timestamp:
            return _unless_weak(stamped, done)
    return _unless_weak(chain(done.certificate, usage=SIGNS, proven=min(proven, default=None)), done)


def _unless_weak(chain: Chain, done: Integrity) -> Chain:
    """The best chain vouches for nothing where the digest it signs may be that of another file."""
    return Chain(Standing.UNSUITABLE, chain.root) if done.weak and chain.standing.trusted else chain


def _told(case: _Case) -> Signature:
    signer = issuer = claimed = stamped = fingerprint = signer_id = digest = None
    if case.signature is not None:
        try:
            moment = case.signature.self_reported_timestamp
            claimed = None if moment is None or case.is_timestamp else moment.isoformat()
        except MemoryError:
            raise
        except Exception:  # a date that is none
            claimed = None
    with _guarded(case):
        if case.integrity is not None and case.signature is not None:
            digest = str(case.signature.md_algorithm)[:20]
            certificate = case.integrity.certificate
            signer, issuer = _person(certificate.subject), _person(certificate.issuer)
            fingerprint, signer_id = sha256(certificate.dump()).hexdigest(), _number_of(certificate.subject)
            stamped = None if case.integrity.stamped is None else case.integrity.stamped.isoformat()
    standing = None if case.chain is None else case.chain.standing
    return Signature(
        field=case.name,
        signer=signer,
        issuer=issuer,
        intact=case.intact,
        coverage=None if case.coverage is None else case.coverage.value,
        modified_after=None if case.changes is None else case.changes.value,
        trusted=None if standing is None else standing.trusted,
        signing_time=claimed,
        timestamp_time=stamped,
        reason=case.problem if case.is_open and case.problem else reasons.of(case.verdict, case.coverage, standing),
        kind="timestamp" if case.is_timestamp else "signature",
        verdict=case.verdict,
        certificate=None if standing is None else standing.value,
        root=None if case.chain is None else case.chain.root,
        fingerprint=fingerprint,
        signer_id=signer_id,
        digest=digest,
    )


def _person(name: x509.Name) -> str:
    """The common name of a certificate's holder, else all of its name."""
    try:
        common = name.native.get("common_name") or name.human_friendly
    except Exception:
        return ""
    return text(common[0] if isinstance(common, list) else common, limit=250)


def _number_of(name: x509.Name) -> str | None:
    """The NIP among the subject's serial number and user id."""
    try:
        held = name.native
    except Exception:
        return None
    for key in ("serial_number", "user_id"):
        values = held.get(key)
        for value in values if isinstance(values, list) else [values]:
            found = nip_in(text(value, limit=250))
            if found:
                return found
    return None
