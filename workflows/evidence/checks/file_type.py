"""Is it a PDF by its content? The name and the declared type of an upload say nothing."""

from __future__ import annotations

from workflows.evidence.checks.document import Document
from workflows.evidence.checks.outcome import Outcome, Remark

KNOWN = (
    (b"PK\x03\x04", "dokumen Office (docx, xlsx) atau arsip ZIP"),
    (b"\xd0\xcf\x11\xe0", "dokumen Office lama (doc, xls)"),
    (b"\xff\xd8\xff", "foto JPEG"),
    (b"\x89PNG", "gambar PNG"),
    (b"{\\rtf", "dokumen RTF"),
    (b"<?xml", "berkas XML"),
    (b"<html", "halaman web"),
    (b"<!doctype html", "halaman web"),
)


def check_file_type(document: Document) -> Outcome:
    """`%PDF-` must stand within the first 1024 bytes; the other checks say what they can all the same."""
    if document.size == 0:
        return Outcome(remarks=(Remark("empty", "Berkas kosong (0 bita). Pilih berkas lain."),), final=True)
    if document.header < 0:
        return Outcome(remarks=(Remark("not_a_pdf", _not_a_pdf(document.head)),))
    remarks = []
    if document.header > 0:
        remarks.append(Remark("leading_bytes", f"Ada {document.header} bita asing sebelum awal PDF."))
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
    seen = f"tampaknya {looks_like}" if looks_like else "isinya bukan PDF"
    return f"Berkas ini bukan PDF ({seen}). Simpan atau cetak dokumen sebagai PDF, lalu unggah hasilnya."
