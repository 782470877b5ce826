"""The verdict of the evidence checks as a frozen value, and its one JSON form (`tuntas check --json`).

A report crosses a process border on its way out of the sandbox, so `from_json` trusts nothing: a key too
many, a wrong type, an unknown word or a verdict that its own findings do not carry is refused.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from typing import Any, TypeVar

TEXT_LIMIT = 4_096
LIST_LIMIT = 2_000


class ReportFormatError(ValueError):
    """The document is not a report: it says which key is wrong."""

    code = "report_format"


class Severity(StrEnum):
    """How much a finding weighs."""

    INFO = "info"
    WARN = "warn"
    REJECT = "reject"


class Verdict(StrEnum):
    """What the file is worth: the heaviest of its findings."""

    ACCEPT = "accept"
    WARN = "warn"
    REJECT = "reject"


class Opens(StrEnum):
    """Whether readers get pages; `repaired` means that they do although the structure is damaged."""

    YES = "yes"
    REPAIRED = "repaired"
    PASSWORD = "password"  # noqa: S105 - a word of the corpus manifest, not a secret
    NO = "no"


class Encryption(StrEnum):
    """The kind of encryption that the file declares (ISO 32000-2, 7.6)."""

    NONE = "none"
    OWNER_ONLY = "owner-only"
    USER_PASSWORD = "user-password"  # noqa: S105 - a word of the corpus manifest, not a secret
    ATTACHMENTS_ONLY = "attachments-only"
    PUBLIC_KEY = "public-key"
    UNSUPPORTED = "unsupported-or-broken"


class ActiveContent(StrEnum):
    """What a file can do beyond showing pages; the order is that of the report."""

    JAVASCRIPT = "javascript"
    LAUNCH = "launch"
    EMBEDDED_FILE = "embedded-file"
    SUBMIT_FORM = "submit-form"
    RICH_MEDIA = "rich-media"
    RENDITION = "rendition"
    SCREEN_ANNOT = "screen-annot"
    XFA = "xfa"
    GOTO_REMOTE = "goto-remote"
    GOTO_EMBEDDED = "goto-embedded"
    OPEN_ACTION = "open-action"
    OPEN_ACTION_GOTO = "open-action-goto"
    ADDITIONAL_ACTIONS = "additional-actions"
    URI = "uri"


class SignatureVerdict(StrEnum):
    """The worst signature of the file; `unverifiable` says that nobody could tell, never that it is wrong."""

    NONE = "none"
    INTACT = "intact"
    INTACT_BUT_CHANGED = "intact-but-changed"
    INVALID = "invalid"
    UNVERIFIABLE = "unverifiable"


class TextLayer(StrEnum):
    """Whether the pages hold text that can be searched, or only pictures of it."""

    YES = "yes"
    FEW = "few"
    NONE = "none"


class Isolation(StrEnum):
    """Which walls stood around the check: every one, some, or resource limits alone."""

    FULL = "full"
    PARTIAL = "partial"
    LIMITS = "limits"


class SigningKind(StrEnum):
    """How the document could be signed, told from its structure alone."""

    DIGITAL = "DIGITAL"
    """A signature that is there cryptographically, whatever it is worth."""
    WET_SCAN = "WET_SCAN"
    """Pages that are pictures of paper: what stands on them only a person can attest."""
    IMAGE_ONLY = "IMAGE_ONLY"
    """A picture where a signature would be, on a page born as text: it proves nothing."""
    NONE = "NONE"
    """Nothing that looks like a signature."""


@dataclass(frozen=True, slots=True)
class PageSize:
    """Pages of one size, as they are shown."""

    width_mm: int
    height_mm: int
    pages: tuple[int, ...]
    """Counted from 1."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file inside the file, as its own entry declares it; nobody has opened it."""

    name: str
    media_type: str | None
    bytes: int | None


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was seen, in words that the uploader can act on."""

    code: str
    severity: Severity
    message: str
    page: int | None = None
    """The first page concerned, counted from 1; `None` for the whole file."""


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature inside the file; what nobody has judged stays `None`."""

    field: str
    signer: str | None = None
    issuer: str | None = None
    intact: bool | None = None
    coverage: str | None = None
    modified_after: str | None = None
    trusted: bool | None = None
    signing_time: str | None = None
    timestamp_time: str | None = None
    reason: str | None = None
    """Why the signature is not simply intact and trusted; `None` when it is."""
    kind: str = "signature"
    """`signature`, or `timestamp` for one that proves a time and no signer."""
    verdict: SignatureVerdict = SignatureVerdict.UNVERIFIABLE
    certificate: str | None = None
    """What the chain of certificates was worth when it counted: `valid`, `expired-since`, `expired`, `revoked`,
    `unknown-root`, `no-trust-list`, `unsuitable`."""
    root: str | None = None
    """The trusted root that the chain ends in, by its name in the trust list."""
    page: int | None = None
    """The first page, from 1, on which it shows; `None` when it shows nowhere, or nobody looked."""
    fingerprint: str | None = None
    """SHA-256 of the signer's certificate (DER), hexadecimal: what a certificate is known by."""
    signer_id: str | None = None
    """The NIP that the certificate names (serial number or user id of its subject); other numbers are not told."""
    digest: str | None = None
    """The method by which the bytes were summed up, such as `sha256`: an old one proves less."""


@dataclass(frozen=True, slots=True)
class SignatureJudgement:
    """What the signatures were judged with: another list or another day may give another answer."""

    validator: str
    trust_list: str | None
    """The version of the trust list; `None` when there was none."""
    at: str
    """When, in UTC."""


class ScanResult(StrEnum):
    """What the virus scanner said; what is not scanned is never called clean."""

    CLEAN = "clean"
    MALWARE = "malware"
    NOT_SCANNED = "not-scanned"


@dataclass(frozen=True, slots=True)
class Scan:
    """The virus scan of the file."""

    result: ScanResult
    scanner: str | None
    """Program and signatures as the scanner names them; `None` when it did not answer."""
    name: str | None
    """What was found, or why nothing was scanned; `None` for a clean file."""
    at: str
    """When, in UTC."""


def verdict_of(findings: Iterable[Finding]) -> Verdict:
    """The heaviest finding decides; none, or only information, is `accept`."""
    weights = {finding.severity for finding in findings}
    if Severity.REJECT in weights:
        return Verdict.REJECT
    return Verdict.WARN if Severity.WARN in weights else Verdict.ACCEPT


@dataclass(frozen=True, slots=True)
class CheckReport:
    """Everything the checks say about one file."""

    path: str
    """The name the file was handed in under; never a place to open."""
    sha256: str
    bytes: int
    verdict: Verdict
    opens: Opens
    pages: int | None
    """`None` when no reader could count them."""
    encrypted: Encryption
    active_content: tuple[ActiveContent, ...]
    signature_verdict: SignatureVerdict
    signatures: tuple[Signature, ...]
    text_layer: TextLayer
    findings: tuple[Finding, ...]
    isolation: Isolation
    elapsed_ms: int
    signatures_judged: SignatureJudgement | None = None
    """`None` for a file without signatures, and in reports from before they were judged."""
    scan: Scan | None = None
    """`None` where no virus scanner is set up."""
    version: str | None = None
    """Of PDF, as the file declares it."""
    page_sizes: tuple[PageSize, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    kind: SigningKind | None = None
    """`None` when nobody looked."""
    scanned_pages: tuple[int, ...] = ()
    """Pages that are pictures of paper, where the kind is `WET_SCAN`."""
    created: str | None = None
    """When the PDF was made, as the file says: ISO 8601, without a zone where it names none."""
    unfinished: tuple[str, ...] = ()
    """The checks that broke on this file, by name: what stands in their keys is no fact."""

    def to_json(self) -> dict[str, Any]:
        """The document of `tuntas check --json`, keys in the contract's order."""
        document = asdict(self)
        for key in LISTS:
            document[key] = list(document[key])
        for size in document["page_sizes"]:
            size["pages"] = list(size["pages"])
        return document

    @classmethod
    def from_json(cls, document: object) -> CheckReport:
        """Read a report that someone else wrote.

        :raises ReportFormatError: when anything is missing, too much, of the wrong type or in contradiction.
        """
        values = _object(document, cls, "report")
        report = cls(
            path=_text(values, "path"),
            sha256=_text(values, "sha256"),
            bytes=_count(values, "bytes"),
            verdict=_word(Verdict, values["verdict"], "verdict"),
            opens=_word(Opens, values["opens"], "opens"),
            pages=None if values["pages"] is None else _count(values, "pages"),
            encrypted=_word(Encryption, values["encrypted"], "encrypted"),
            active_content=tuple(
                _word(ActiveContent, item, "active_content") for item in _list(values, "active_content")
            ),
            signature_verdict=_word(SignatureVerdict, values["signature_verdict"], "signature_verdict"),
            signatures=tuple(_signature(item) for item in _list(values, "signatures")),
            text_layer=_word(TextLayer, values["text_layer"], "text_layer"),
            findings=tuple(_finding(item) for item in _list(values, "findings")),
            isolation=_word(Isolation, values["isolation"], "isolation"),
            elapsed_ms=_count(values, "elapsed_ms"),
            signatures_judged=_judgement(values.get("signatures_judged")),
            scan=_scan(values.get("scan")),
            version=None if values.get("version") is None else _text(values, "version"),
            page_sizes=tuple(_page_size(item) for item in _listed(values, "page_sizes")),
            attachments=tuple(_attachment(item) for item in _listed(values, "attachments")),
            kind=None if values.get("kind") is None else _word(SigningKind, values["kind"], "kind"),
            scanned_pages=_numbers({"scanned_pages": values.get("scanned_pages", [])}, "scanned_pages"),
            created=_moment(values.get("created"), "created"),
            unfinished=tuple(_text({"unfinished": item}, "unfinished") for item in _listed(values, "unfinished")),
        )
        if len(report.sha256) != 64 or set(report.sha256) - set("0123456789abcdef"):
            raise ReportFormatError("sha256")
        if report.verdict is not verdict_of(report.findings):
            raise ReportFormatError("verdict does not follow from the findings")
        return report


LISTS = ("active_content", "signatures", "findings", "page_sizes", "attachments", "scanned_pages", "unfinished")
LATER: Mapping[type, frozenset[str]] = {
    CheckReport: frozenset(
        {
            *("signatures_judged", "scan", "version", "page_sizes", "attachments", "kind", "scanned_pages", "created"),
            "unfinished",
        }
    ),
    Signature: frozenset({"kind", "verdict", "certificate", "root", "page", "fingerprint", "signer_id", "digest"}),
    SignatureJudgement: frozenset(),
    Scan: frozenset(),
    Finding: frozenset(),
    PageSize: frozenset(),
    Attachment: frozenset(),
}
"""Keys that reports of earlier releases do not have."""

Word = TypeVar("Word", bound=StrEnum)


def _object(document: object, kind: type, where: str) -> Mapping[str, Any]:
    """The keys of a kind. Those that came later have a default and may be missing, as in an older stored report."""
    known = {field.name for field in fields(kind)}
    if not isinstance(document, dict) or not known - LATER[kind] <= set(document) <= known:
        raise ReportFormatError(f"{where}: the keys must be {sorted(known)}")
    return document


def _word(kind: type[Word], value: object, where: str) -> Word:
    for word in kind:
        if word == value:
            return word
    raise ReportFormatError(f"{where}: unknown word")


def _text(values: Mapping[str, Any], key: str) -> str:
    value = values[key]
    if not isinstance(value, str) or len(value) > TEXT_LIMIT:
        raise ReportFormatError(key)
    return value


def _count(values: Mapping[str, Any], key: str) -> int:
    value = values[key]
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ReportFormatError(key)
    return value


def _list(values: Mapping[str, Any], key: str) -> list[object]:
    value = values[key]
    if not isinstance(value, list) or len(value) > LIST_LIMIT:
        raise ReportFormatError(key)
    return value


def _listed(values: Mapping[str, Any], key: str) -> list[object]:
    """A list that earlier reports do not have."""
    return _list(values, key) if key in values else []


def _numbers(values: Mapping[str, Any], key: str) -> tuple[int, ...]:
    return tuple(_count({key: item}, key) for item in _list(values, key))


def _page_size(document: object) -> PageSize:
    values = _object(document, PageSize, "page_sizes")
    return PageSize(_count(values, "width_mm"), _count(values, "height_mm"), _numbers(values, "pages"))


def _attachment(document: object) -> Attachment:
    values = _object(document, Attachment, "attachments")
    return Attachment(
        name=_text(values, "name"),
        media_type=None if values["media_type"] is None else _text(values, "media_type"),
        bytes=None if values["bytes"] is None else _count(values, "bytes"),
    )


def _finding(document: object) -> Finding:
    values = _object(document, Finding, "finding")
    return Finding(
        code=_text(values, "code"),
        severity=_word(Severity, values["severity"], "severity"),
        message=_text(values, "message"),
        page=None if values["page"] is None else _count(values, "page"),
    )


def _signature(document: object) -> Signature:
    values = dict(_object(document, Signature, "signature"))
    for key in ("intact", "trusted"):
        if not (values[key] is None or isinstance(values[key], bool)):
            raise ReportFormatError(f"signature: {key} is true, false or null")
    if "verdict" in values:
        values["verdict"] = _word(SignatureVerdict, values["verdict"], "signature: verdict")
    if values.get("page") is not None:
        _count(values, "page")
    for key in set(values) - {"field", "intact", "trusted", "kind", "verdict", "page"}:
        if values[key] is not None:
            _text(values, key)
    _text(values, "field")
    for key, length in (("fingerprint", 64), ("signer_id", 18)):
        value = values.get(key)
        if value is not None and not (len(value) == length and set(value) <= set("0123456789abcdef")):
            raise ReportFormatError(f"signature: {key}")
    if values.get("kind", "signature") not in ("signature", "timestamp"):
        raise ReportFormatError("signature: kind")
    return Signature(**values)


def _moment(value: object, where: str) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str) or len(value) > 40:
        raise ReportFormatError(where)
    try:
        dt.datetime.fromisoformat(value)
    except ValueError:
        raise ReportFormatError(where) from None
    return value


def _judgement(document: object) -> SignatureJudgement | None:
    if document is None:
        return None
    values = _object(document, SignatureJudgement, "signatures_judged")
    trust_list = None if values["trust_list"] is None else _text(values, "trust_list")
    return SignatureJudgement(_text(values, "validator"), trust_list, _text(values, "at"))


def _scan(document: object) -> Scan | None:
    if document is None:
        return None
    values = _object(document, Scan, "scan")
    scanner, name = (None if values[key] is None else _text(values, key) for key in ("scanner", "name"))
    return Scan(_word(ScanResult, values["result"], "scan: result"), scanner, name, _text(values, "at"))
