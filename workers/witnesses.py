"""Where anchors go outside the administrator's reach, and how: a time stamping service, and letters to witnesses.

Both answer or raise :class:`OutsideError`, whose sentence is shown; the ledger tries again.
"""

import datetime as dt
import hashlib
import http.client
import smtplib
import ssl
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from cryptography import x509

from storage.tls import is_secure
from workflows.bundles.anchor_models import Way
from workflows.bundles.anchoring import (
    AWAY,
    MAIL,
    NOT_TRUSTED,
    OTHER_DIGEST,
    OTHER_NONCE,
    REFUSED,
    STAMP,
    UNREADABLE,
    Target,
)

if TYPE_CHECKING:
    from rfc3161_client import TimeStampResponse

PATIENCE_SECONDS = 20.0
MOST_ANSWER = 256 * 1024
"""Bytes of a time stamping service's answer; an honest one has a few thousand."""
SMTPS_PORT = 465
SHA256_OID = x509.ObjectIdentifier("2.16.840.1.101.3.4.2.1")


class OutsideError(Exception):
    """An anchor could not be brought outside now; its text is the sentence that people read."""


class NoLongerSetError(Exception):
    """The settings no longer name what this sending was ordered for."""

    code = "not_set"


class TooLateError(Exception):
    """It was tried for too long."""

    code = "too_late"


@dataclass(frozen=True, repr=False)
class Witnesses:
    """The settings of all that is outside; empty by default, and then the pages say so."""

    tsa_url: str = ""
    """``TSA_URL``: address of a time stamping service (RFC 3161)."""
    tsa_ca_file: str = ""
    """``TSA_CA_FILE``: its trusted roots in PEM; without it only what was asked is compared, not who signed."""
    addresses: tuple[str, ...] = ()
    """``ANCHOR_WITNESSES``: addresses that get every anchor, separated by commas."""
    smtp_host: str = ""
    smtp_port: int = 587
    """``SMTP_PORT``: 465 speaks TLS from the first byte."""
    smtp_secure: bool = True
    """``SMTP_SECURE``: whether the connection must be encrypted, by STARTTLS where the port is not 465."""
    smtp_user: str = ""
    smtp_password: str = ""
    smtp_from: str = ""
    """``SMTP_FROM``: the sender; else the user, else ``tuntas@`` and the host."""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "Witnesses":
        """:raises ValueError: something cannot be read; the text says what."""
        port = environment.get("SMTP_PORT") or "587"
        try:
            secure = is_secure(environment.get("SMTP_SECURE"))
        except ValueError as error:
            raise ValueError(f"SMTP_SECURE tidak dapat dibaca: {str(error)!r}") from error
        if not port.isdecimal():
            raise ValueError(f"SMTP_PORT tidak dapat dibaca: {port!r}")
        named = tuple(name.strip() for name in (environment.get("ANCHOR_WITNESSES") or "").split(",") if name.strip())
        host = environment.get("SMTP_HOST") or ""
        if named and not host:
            raise ValueError("ANCHOR_WITNESSES memerlukan SMTP_HOST")
        return cls(
            tsa_url=environment.get("TSA_URL") or "",
            tsa_ca_file=environment.get("TSA_CA_FILE") or "",
            addresses=named,
            smtp_host=host,
            smtp_port=int(port),
            smtp_secure=secure,
            smtp_user=environment.get("SMTP_USER") or "",
            smtp_password=environment.get("SMTP_PASSWORD") or "",
            smtp_from=environment.get("SMTP_FROM") or "",
        )

    @property
    def targets(self) -> Sequence[Target]:
        """Return all places to which an anchor goes."""
        stamp = [Target(Way.TIME_STAMP, self.tsa_url)] if self.tsa_url else []
        return [*stamp, *(Target(Way.MAIL, address) for address in self.addresses)]


NOWHERE = Witnesses()


@dataclass(frozen=True)
class Stamp:
    """A checked time stamp: the service's answer in DER, and the time it attests."""

    answer: bytes
    at: dt.datetime


def stamp(document: bytes, witnesses: Witnesses) -> Stamp:
    """Have the digest of an anchor stamped, and hold the answer against what was asked.

    :raises OutsideError: no answer, or not the answer to this. :raises NoLongerSetError: there is no service.
    """
    if urlsplit(witnesses.tsa_url).scheme not in ("http", "https"):
        raise NoLongerSetError
    # Three megabytes that an installation without a service has no use for.
    from rfc3161_client import HashAlgorithm, TimestampRequestBuilder, decode_timestamp_response

    asked = TimestampRequestBuilder().data(document).hash_algorithm(HashAlgorithm.SHA256).nonce(nonce=True).build()
    headers = {"Content-Type": "application/timestamp-query", "Accept": "application/timestamp-reply"}
    query = urllib.request.Request(witnesses.tsa_url, data=asked.as_bytes(), headers=headers)  # noqa: S310 - as above
    try:
        with urllib.request.urlopen(query, timeout=PATIENCE_SECONDS) as reply:  # noqa: S310
            answer = reply.read(MOST_ANSWER + 1)
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise OutsideError(AWAY(where=STAMP, error=error)) from error
    try:
        if len(answer) > MOST_ANSWER:
            raise ValueError("too long")
        told = decode_timestamp_response(answer)
        _compare(told, document, asked.nonce)
        if witnesses.tsa_ca_file:
            _require_trusted(told, document, witnesses.tsa_ca_file)
        return Stamp(answer, told.tst_info.gen_time.astimezone(dt.UTC))
    except ValueError as error:
        raise OutsideError(UNREADABLE) from error


def _compare(told: "TimeStampResponse", document: bytes, nonce: int | None) -> None:
    if told.status != 0:
        raise OutsideError(REFUSED(where=STAMP, error=", ".join(map(str, told.status_string or [])) or told.status))
    imprint = told.tst_info.message_imprint
    if imprint.hash_algorithm != SHA256_OID or imprint.message != hashlib.sha256(document).digest():
        raise OutsideError(OTHER_DIGEST)
    if told.tst_info.nonce != nonce:
        raise OutsideError(OTHER_NONCE)


def _require_trusted(told: "TimeStampResponse", document: bytes, roots: str) -> None:
    from rfc3161_client import VerificationError, VerifierBuilder

    builder = VerifierBuilder(roots=x509.load_pem_x509_certificates(Path(roots).read_bytes()))
    try:
        builder.build().verify_message(told, document)
    except VerificationError as error:
        raise OutsideError(NOT_TRUSTED) from error


def write_letter(
    document: bytes, *, number: int, at: dt.datetime, installation: str, to: str, sender: str
) -> EmailMessage:
    """Return the letter to one witness: the digest in the text, to be read; the document beside it, to be kept."""
    letter = EmailMessage()
    digest = hashlib.sha256(document).hexdigest()
    letter["From"], letter["To"] = sender, to
    letter["Subject"] = f"Jangkar {number} {installation}"
    letter["Date"] = at
    # The same anchor to the same witness is the same letter, also where it is sent twice.
    local = hashlib.sha256(f"{digest} {to}".encode()).hexdigest()[:32]
    letter["Message-ID"] = f"<{local}@{sender.rpartition('@')[2] or 'tuntas'}>"
    letter["Auto-Submitted"] = "auto-generated"
    letter.set_content(
        f"Jangkar nomor {number} dari {installation}\n"
        f"Waktu: {at.astimezone(dt.UTC):%Y-%m-%d %H:%M:%S} UTC\n"
        f"SHA-256: {digest}\n\n"
        "Simpan surat ini beserta lampirannya. Dengan jangkar ini Anda dapat membuktikan kelak, tanpa bergantung pada\n"
        "siapa pun yang mengelola Tuntas, bahwa catatan sampai waktu itu tidak diubah atau dipotong. Surat ini tidak\n"
        "perlu dibalas.\n"
    )
    letter.add_attachment(document, maintype="application", subtype="json", filename=f"jangkar-{number}.json")
    return letter


def mail(letter: EmailMessage, witnesses: Witnesses) -> None:
    """Hand a letter to the mail server.

    :raises OutsideError: it did not take it.
    """
    try:
        with _connect(witnesses) as server:
            if witnesses.smtp_user:
                server.login(witnesses.smtp_user, witnesses.smtp_password)
            server.send_message(letter)
    except smtplib.SMTPRecipientsRefused as error:
        code, said = next(iter(error.recipients.values()))
        raise OutsideError(REFUSED(where=MAIL, error=f"{code} {said.decode('utf-8', 'replace')}")) from error
    except smtplib.SMTPResponseException as error:
        said = error.smtp_error.decode("utf-8", "replace") if isinstance(error.smtp_error, bytes) else error.smtp_error
        raise OutsideError(REFUSED(where=MAIL, error=f"{error.smtp_code} {said}")) from error
    except (OSError, smtplib.SMTPException) as error:
        raise OutsideError(AWAY(where=MAIL, error=error)) from error


def _connect(witnesses: Witnesses) -> smtplib.SMTP:
    host, port, context = witnesses.smtp_host, witnesses.smtp_port, ssl.create_default_context()
    if witnesses.smtp_secure and port == SMTPS_PORT:
        return smtplib.SMTP_SSL(host, port, timeout=PATIENCE_SECONDS, context=context)
    server = smtplib.SMTP(host, port, timeout=PATIENCE_SECONDS)
    if witnesses.smtp_secure:
        try:
            server.starttls(context=context)
        except BaseException:
            server.close()
            raise
    return server


def sender_of(witnesses: Witnesses) -> str:
    """Return whose name letters carry. :raises NoLongerSetError: there is no mail server."""
    if not witnesses.smtp_host:
        raise NoLongerSetError
    named = witnesses.smtp_from or witnesses.smtp_user
    return named if "@" in named else f"tuntas@{witnesses.smtp_host}"
