"""Is it a PDF by its content? The name and the declared type of an upload say nothing."""

from __future__ import annotations

from workflows.core.sentences import phrase
from workflows.evidence.checks.document import Document
from workflows.evidence.checks.outcome import Outcome, Remark
from workflows.evidence.checks.sentences import LEADING_BYTES, OTHER_KIND

KNOWN = (
    (b"PK\x03\x04", phrase("dokumen Office (docx atau xlsx) atau arsip ZIP")),
    (b"\xd0\xcf\x11\xe0", phrase("dokumen Office lama (doc atau xls)")),
    (b"\xff\xd8\xff", phrase("foto JPEG")),
    (b"\x89PNG", phrase("gambar PNG")),
    (b"{\\rtf", phrase("dokumen RTF")),
    (b"<?xml", phrase("berkas XML")),
    (b"<html", phrase("halaman web")),
    (b"<!doctype html", phrase("halaman web")),
)


def check_file_type(document: Document) -> Outcome:
    """`%PDF-` must stand within the first 1024 bytes; the other checks say what they can all the same."""
    if document.size == 0:
        return Outcome(remarks=(Remark("empty", "Berkas kosong (0 bita). Pilih berkas lain."),), final=True)
    if document.header < 0:
        return Outcome(remarks=(Remark("not_a_pdf", _not_a_pdf(document.head)),))
    remarks = []
    if document.header > 0:
        remarks.append(Remark("leading_bytes", LEADING_BYTES(count=document.header)))
    if b"%%EOF" not in document.tail:
        remarks.append(
            Remark(
                "truncated",
                "Tanda akhir PDF tidak ada: berkas mungkin terpotong saat disalin atau diunduh. "
                "Bandingkan jumlah halamannya dengan aslinya.",
            )
        )
    return Outcome(remarks=tuple(remarks))


def _not_a_pdf(head: bytes) -> str:
    looks_like = next((name for magic, name in KNOWN if head.lstrip().lower().startswith(magic.lower())), None)
    if looks_like:
        return OTHER_KIND(kind=looks_like)
    return phrase(
        "Berkas ini bukan PDF (isinya bukan PDF). Simpan atau cetak dokumen sebagai PDF, lalu unggah hasilnya."
    )
