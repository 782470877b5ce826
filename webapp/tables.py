"""Tables for spreadsheets, in which a text is never a formula, whoever wrote it."""

import csv
import io
import zipfile
from collections.abc import Sequence
from xml.sax.saxutils import escape

CSV = "text/csv; charset=utf-8"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
Cells = Sequence[Sequence[str | int]]
_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
"""What a spreadsheet takes for the begin of a formula in a csv file."""
_SAME = (2020, 1, 1, 0, 0, 0)
"""The time of every entry, so that the same rows give the same bytes."""


def as_csv(rows: Cells) -> bytes:
    """Return rows as office programs open them: UTF-8 with its mark, semicolons, texts disarmed by an apostrophe."""
    out = io.StringIO()
    csv.writer(out, delimiter=";", lineterminator="\r\n").writerows([_disarmed(cell) for cell in row] for row in rows)
    return out.getvalue().encode("utf-8-sig")


def _disarmed(cell: str | int) -> str | int:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_STARTS) else cell


def as_xlsx(rows: Cells, *, sheet: str) -> bytes:
    """Return rows as one sheet. A text is written as an inline string, which no program computes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in (
            *_FRAME,
            ("xl/workbook.xml", _WORKBOOK % escape(sheet)),
            ("xl/worksheets/sheet1.xml", _sheet(rows)),
        ):
            archive.writestr(zipfile.ZipInfo(name, _SAME), _HEAD + content)
    return out.getvalue()


def _sheet(rows: Cells) -> str:
    lines = "".join(f"<row>{''.join(map(_cell, row))}</row>" for row in rows)
    return f'<worksheet xmlns="{_MAIN}"><sheetData>{lines}</sheetData></worksheet>'


def _cell(cell: str | int) -> str:
    if isinstance(cell, int):
        return f"<c><v>{cell}</v></c>"
    plain = "".join(one for one in cell if one >= " " or one in "\t\n")
    return f'<c t="inlineStr"><is><t xml:space="preserve">{escape(plain)}</t></is></c>'


_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_OFFICE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_WORKBOOK = (
    f'<workbook xmlns="{_MAIN}" xmlns:r="{_RELATIONS}"><sheets>'
    '<sheet name="%s" sheetId="1" r:id="rId1"/></sheets></workbook>'
)
_FRAME = (
    (
        "[Content_Types].xml",
        f'<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_OFFICE}.sheet.main+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_OFFICE}.worksheet+xml"/></Types>',
    ),
    (
        "_rels/.rels",
        f'<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{_RELATIONS}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    ),
    (
        "xl/_rels/workbook.xml.rels",
        f'<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{_RELATIONS}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
    ),
)
