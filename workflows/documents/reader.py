"""The door of this package: tells by its content what a file is, picks the reader and recognises what it read."""

from workflows.documents import docx, package, xlsx
from workflows.documents.errors import PlanNotFoundError, PlanTooLargeError, UnsupportedPlanError
from workflows.documents.markdown import read_markdown
from workflows.documents.pdf import read_pdf
from workflows.documents.plan import PlanDocument
from workflows.documents.recognise import recognise
from workflows.documents.sentences import TOO_LARGE
from workflows.documents.source import MAX_BYTES, Source

_OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_PDF_HEAD = 1_024


def read_plan(data: bytes, *, filename: str) -> PlanDocument:
    """Read a report or Rencana Aksi. What the bytes are decides, and never the name, which only says what was meant.

    :raises UnsupportedPlanError: the bytes are of a kind that no reader understands, damaged or locked.
    :raises PlanTooLargeError: more bytes, lines, rows or text than any plan has.
    :raises PlanNotFoundError: the file holds no plan; the message says what was looked for.
    """
    return recognise(read_source(data))


def read_source(data: bytes) -> Source:
    """Return the lines and tables of a file of any known kind. Raises as `read_plan` does."""
    if len(data) > MAX_BYTES:
        raise PlanTooLargeError("too_large", TOO_LARGE(size=MAX_BYTES // 1_000_000))
    if not data.strip():
        raise PlanNotFoundError("empty", "Berkas ini kosong; yang dicari adalah tabel rencana aksi.")
    if b"%PDF-" in data[:_PDF_HEAD]:
        return read_pdf(data)
    if data.startswith(b"PK\x03\x04"):
        return _office(data)
    if data.startswith(_OLD_OFFICE):
        raise UnsupportedPlanError(
            "old_office",
            "Berkas ini berformat Word atau Excel lama, atau dikunci kata sandi. Simpan ulang sebagai .docx, .xlsx "
            "atau PDF tanpa kata sandi, lalu kirim lagi.",
        )
    return read_markdown(data)


def _office(data: bytes) -> Source:
    unpacked = package.open_package(data)
    if docx.DOCUMENT in unpacked.parts:
        return docx.read_docx(unpacked)
    if xlsx.WORKBOOK in unpacked.parts:
        return xlsx.read_xlsx(data, unpacked)
    raise UnsupportedPlanError(
        "unsupported_format",
        "Jenis berkas ini tidak dikenal; yang dapat dibaca: Word (.docx), Excel (.xlsx), PDF dan Markdown (.md).",
    )
