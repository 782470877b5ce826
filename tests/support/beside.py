"""Small files of the kinds that travel with a delivery."""

import io
import zipfile

JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + b"foto rapat" + b"\xff\xd9"
PNG = b"\x89PNG\r\n\x1a\n" + b"\x00\x00\x00\rIHDR" + b"daftar hadir"


def office(*parts: str) -> bytes:
    """Return a ZIP with these parts, packed as office programs pack them."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ("[Content_Types].xml", "_rels/.rels", *parts):
            archive.writestr(name, f"<{name}/>" * 20)
    return file.getvalue()


DOCX = office("word/document.xml")
XLSX = office("xl/workbook.xml")
MACROS = office("word/document.xml", "word/vbaProject.bin")
