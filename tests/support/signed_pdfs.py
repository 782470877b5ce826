"""Signed files made on the spot: sound ones of every level, and signatures that time or a certificate made worthless.

Every function is cached: a test run signs each file once. Files that somebody tampered with are in `forged_pdfs`.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
import io
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any, TypeVar

import pikepdf
from asn1crypto import cms
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import signers
from pyhanko.sign.fields import MDPPerm, SigSeedSubFilter
from pyhanko.sign.validation.dss import DocumentSecurityStore

from tests.support.pdfs import plain_pdf
from tests.support.pki import PEOPLE, at, toy

Value = TypeVar("Value")

TODAY = at("2026-01-15")
BEFORE_EXPIRY = at("2021-06-01")
BEFORE_REVOCATION = at("2024-02-01")
AFTER_REVOCATION = at("2024-05-01")


class _PdfSigner(signers.PdfSigner):
    """Signs at a moment that the caller names."""

    def __init__(self, *arguments: Any, moment: dt.datetime, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._moment = moment

    def init_signing_session(self, *arguments: Any, **options: Any) -> signers.pdf_signer.PdfSigningSession:
        session = super().init_signing_session(*arguments, **options)
        session.system_time = self._moment
        return session


def sign(
    data: bytes,
    label: str = "sari",
    *,
    field: str = "Pertama",
    moment: dt.datetime = TODAY,
    stamped: dt.datetime | None = None,
    proofs: bool = False,
    archived: bool = False,
    certify: MDPPerm | None = None,
    method: str = "sha256",
) -> bytes:
    """Add a signature by one of the toy people in a new revision.

    :param moment: the time that the signer claims.
    :param stamped: what the time stamping authority says; `None` leaves the time stamp out.
    :param proofs: whether certificates and news of revocation go into the file; `archived` adds a time stamp over them.
    """
    meta = signers.PdfSignatureMetadata(
        field_name=field,
        md_algorithm=method,
        subfilter=SigSeedSubFilter.PADES,
        certify=certify is not None,
        docmdp_permissions=certify or MDPPerm.FILL_FORMS,
        validation_context=toy().proofs(label, stamped or moment) if proofs else None,
        embed_validation_info=proofs,
        use_pades_lta=archived,
    )
    signer = _PdfSigner(
        meta, toy().signer(label), timestamper=toy().stamper(stamped) if stamped else None, moment=moment
    )
    return in_a_thread(lambda: signer.sign_pdf(IncrementalPdfFileWriter(io.BytesIO(data)))).getvalue()


def in_a_thread(work: Callable[[], Value]) -> Value:
    """Signing runs an event loop of its own, and the thread of a test may have one: that of the browser's driver."""
    with ThreadPoolExecutor(1) as threads:
        return threads.submit(work).result()


@cache
def letter() -> bytes:
    """An unsigned page with one form field, `Catatan`, that is still empty."""
    with pikepdf.open(io.BytesIO(plain_pdf("Laporan hasil evaluasi yang dibuat untuk pengujian"))) as pdf:
        page = pdf.pages[0]
        note = pdf.make_indirect(
            pikepdf.Dictionary(
                Type=pikepdf.Name.Annot,
                Subtype=pikepdf.Name.Widget,
                FT=pikepdf.Name.Tx,
                T=pikepdf.String("Catatan"),
                Rect=[50, 50, 300, 70],
                F=4,
                P=page.obj,
            )
        )
        page.obj.Annots = pdf.make_indirect(pikepdf.Array([note]))
        form = pikepdf.Dictionary(Fields=pikepdf.Array([note]), DA=pikepdf.String("/Helv 10 Tf 0 g"))
        pdf.Root.AcroForm = pdf.make_indirect(form)
        out = io.BytesIO()
        pdf.save(
            out,
            static_id=True,
            compress_streams=False,
            object_stream_mode=pikepdf.ObjectStreamMode.disable,
        )
    return out.getvalue()


@cache
def basic() -> bytes:
    """PAdES B-B: a signature and nothing else."""
    return sign(letter())


@cache
def stamped() -> bytes:
    """PAdES B-T: with a time stamp."""
    return sign(letter(), stamped=TODAY)


@cache
def long_term() -> bytes:
    """PAdES B-LT: with the proofs of validity as well."""
    return sign(letter(), stamped=TODAY, proofs=True)


@cache
def archived() -> bytes:
    """PAdES B-LTA: with a time stamp over the whole document."""
    return sign(letter(), stamped=TODAY, proofs=True, archived=True)


@cache
def three_signers() -> bytes:
    """Sari, Budi and Tono one after the other, each claiming to be earlier than the one before."""
    data = letter()
    for label, field, day in (
        ("sari", "Ketiga", "2026-03-03"),
        ("budi", "Kedua", "2026-02-02"),
        ("tono", "Pertama", "2026-01-01"),
    ):
        data = sign(data, label, field=field, moment=at(day))
    return data


@cache
def expired_at_signing() -> bytes:
    """The certificate had ended years before."""
    return sign(letter(), "expired")


@cache
def expired_at_stamp() -> bytes:
    """The same, with a time stamp that says so."""
    return sign(letter(), "expired", stamped=TODAY)


@cache
def expired_since() -> bytes:
    """Signer and issuer have expired since; time stamp and proofs are from when both held."""
    return sign(letter(), "old", moment=BEFORE_EXPIRY, stamped=BEFORE_EXPIRY, proofs=True)


@cache
def expired_since_by_sha1() -> bytes:
    """The same with a time stamp that speaks of the signature by its SHA-1."""
    data = expired_since()
    start, end = (int(number) for number in re.findall(rb"/ByteRange \[0 (\d+) (\d+) \d+\]", data)[0])
    content = cms.ContentInfo.load(bytes.fromhex(data[start + 1 : end - 1].decode()), strict=False)
    signer = content["content"]["signer_infos"][0]
    imprint = hashlib.sha1(signer["signature"].native).digest()  # noqa: S324
    token = in_a_thread(lambda: asyncio.run(toy().stamper(BEFORE_EXPIRY).async_timestamp(imprint, "sha1")))
    signer["unsigned_attrs"] = [cms.CMSAttribute({"type": "signature_time_stamp_token", "values": [token]})]
    hexed = content.dump(force=True).hex().encode()
    return data[: start + 1] + hexed.ljust(end - start - 2, b"0") + data[end - 1 :]


@cache
def expired_since_archived() -> bytes:
    """The same with a document time stamp."""
    return sign(letter(), "old", moment=BEFORE_EXPIRY, stamped=BEFORE_EXPIRY, proofs=True, archived=True)


@cache
def expired_since_unproven() -> bytes:
    """Expired, and only the signer claims to have signed before."""
    return sign(letter(), "old", moment=BEFORE_EXPIRY)


@cache
def signed_after_revocation() -> bytes:
    """The revocation was two months old at the time stamp, and the file itself carries the news."""
    signed = sign(letter(), "revoked", moment=AFTER_REVOCATION, stamped=AFTER_REVOCATION)
    return with_news(signed, "revoked", AFTER_REVOCATION)


@cache
def signed_before_revocation() -> bytes:
    """Signed and stamped a month before the revocation; the news came into the file later."""
    signed = sign(letter(), "revoked", moment=BEFORE_REVOCATION, stamped=BEFORE_REVOCATION)
    return with_news(signed, "revoked", AFTER_REVOCATION)


@cache
def revoked_and_backdated() -> bytes:
    """The signer claims a day before the revocation, and nothing proves it."""
    return with_news(sign(letter(), "revoked", moment=BEFORE_REVOCATION), "revoked", AFTER_REVOCATION)


@cache
def unknown_root() -> bytes:
    """Sound, but by a root that nobody listed."""
    return sign(letter(), "foreign")


@cache
def sha1() -> bytes:
    """A digest for which two files with one value can be made."""
    return sign(letter(), method="sha1")


@cache
def second_signature() -> bytes:
    """Signed twice by different people."""
    return sign(basic(), "budi", field="Kedua")


@cache
def form_filled() -> bytes:
    """The empty form field was filled after signing, which a signer expects."""
    return fill(basic())


@cache
def proofs_added() -> bytes:
    """Proofs of validity were added in a later revision."""
    return with_news(basic(), "sari", TODAY)


@cache
def certified_and_filled() -> bytes:
    """The author allowed forms to be filled, and that was done."""
    return fill(sign(letter(), certify=MDPPerm.FILL_FORMS))


@cache
def certified_and_untouched() -> bytes:
    """The author allowed nothing, and nothing was done."""
    return sign(letter(), certify=MDPPerm.NO_CHANGES)


def fill(data: bytes, text: str = "Sudah dibaca", *, shown: bytes = b"BT 2 5 Td (Sudah dibaca) Tj ET") -> bytes:
    """Fill the form field in a new revision."""
    writer = IncrementalPdfFileWriter(io.BytesIO(data))
    note = next(
        field.get_object() for field in writer.root["/AcroForm"]["/Fields"] if field.get_object().get("/T") == "Catatan"
    )
    box = generic.ArrayObject(map(generic.NumberObject, (0, 0, 250, 20)))
    look = generic.StreamObject(
        {
            generic.pdf_name("/Type"): generic.pdf_name("/XObject"),
            generic.pdf_name("/Subtype"): generic.pdf_name("/Form"),
            generic.pdf_name("/BBox"): box,
        },
        stream_data=shown,
    )
    note["/V"] = generic.TextStringObject(text)
    note["/AP"] = generic.DictionaryObject({generic.pdf_name("/N"): writer.add_object(look)})
    writer.update_container(note)
    return written(writer)


def with_news(data: bytes, label: str, moment: dt.datetime) -> bytes:
    """Put certificates, the responder's answer and the revocation lists of a moment into a new revision."""
    issuer = PEOPLE[label][1]
    out = io.BytesIO(data)
    signature = PdfFileReader(out).embedded_signatures[0]
    DocumentSecurityStore.add_dss(
        out,
        signature.pkcs7_content,
        certs=[toy().certificate(name) for name in (label, issuer, "root")],
        ocsps=[toy().answer(label, moment)],
        crls=[toy().revocations(name, moment) for name in ("root", issuer)],
    )
    return out.getvalue()


def written(writer: IncrementalPdfFileWriter) -> bytes:
    """The file with the writer's revision at its end."""
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()
