"""Made-up papers in the four formats: the same lines and tables written as Markdown, Word, Excel and PDF."""

import html
import io
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from xml.sax.saxutils import escape

from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.styles import ParagraphStyle
from reportlab.platypus import Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
S = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


@dataclass(frozen=True)
class Grid:
    """A table: texts, where a line feed parts paragraphs, and merged cells as (row, column, last row, last column)."""

    rows: Sequence[Sequence[str]]
    merged: Sequence[tuple[int, int, int, int]] = ()
    widths: Sequence[float] = field(default=())

    def covered(self, row: int, column: int) -> bool:
        """Tell whether a cell is the inner part of a merged one."""
        return any(
            top <= row <= bottom and left <= column <= right and (row, column) != (top, left)
            for top, left, bottom, right in self.merged
        )

    def span(self, row: int, column: int) -> tuple[int, int]:
        """Return how many rows and columns a cell takes."""
        for top, left, bottom, right in self.merged:
            if (top, left) == (row, column):
                return bottom - top + 1, right - left + 1
        return 1, 1


Block = str | Grid


def markdown(blocks: Sequence[Block]) -> bytes:
    """Write HTML tables between lines, as converters do."""
    out: list[str] = []
    for block in blocks:
        if isinstance(block, str):
            out.append(f"**{block}**\n")
            continue
        out.append("<table>")
        for row, texts in enumerate(block.rows):
            cells = []
            for column, text in enumerate(texts):
                if not block.covered(row, column):
                    down, right = block.span(row, column)
                    body = "".join(f"<p>{html.escape(piece, quote=False)}</p>" for piece in text.split("\n"))
                    cells.append(f'<td rowspan="{down}" colspan="{right}">{body}</td>')
            out.append("<tr>" + "".join(cells) + "</tr>")
        out.append("</table>\n")
    return "\n".join(out).encode()


def zipped(parts: dict[str, str | bytes]) -> bytes:
    """Pack parts as an office file."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return made.getvalue()


def docx(blocks: Sequence[Block]) -> bytes:
    """Write a Word file: runs split in the middle of words, as Word does after a correction."""
    body = "".join(_paragraphs(block) if isinstance(block, str) else _word_table(block) for block in blocks)
    return zipped(
        {
            "[Content_Types].xml": "<Types/>",
            "word/document.xml": f'<w:document xmlns:w="{W}"><w:body>{body}</w:body></w:document>',
        }
    )


def _paragraphs(text: str) -> str:
    def run(piece: str) -> str:
        return f'<w:r><w:rPr><w:b/></w:rPr><w:t xml:space="preserve">{escape(piece)}</w:t></w:r>'

    return "".join(
        f"<w:p>{run(piece[: len(piece) // 2])}{run(piece[len(piece) // 2 :])}</w:p>" for piece in text.split("\n")
    )


def _word_table(grid: Grid) -> str:
    rows = []
    for row, texts in enumerate(grid.rows):
        cells = []
        for column, text in enumerate(texts):
            home = next(
                (m for m in grid.merged if m[0] <= row <= m[2] and m[1] <= column <= m[3]), (row, column, row, column)
            )
            top, left, bottom, right = home
            if column != left:
                continue
            properties = f'<w:gridSpan w:val="{right - left + 1}"/>' if right > left else ""
            if bottom > top:
                properties += '<w:vMerge w:val="restart"/>' if row == top else "<w:vMerge/>"
            cells.append(f"<w:tc><w:tcPr>{properties}</w:tcPr>{_paragraphs(text if row == top else '')}</w:tc>")
        rows.append(f"<w:tr>{''.join(cells)}</w:tr>")
    return f"<w:tbl>{''.join(rows)}</w:tbl>"


def xlsx(blocks: Sequence[Block], *, before: dict[str, Sequence[Block]] | None = None) -> bytes:
    """Write an Excel file; :param before: other sheets in front of the paper's own."""
    sheets = {**(before or {}), "Rencana Aksi": blocks}
    parts: dict[str, str | bytes] = {"[Content_Types].xml": "<Types/>"}
    names = []
    relations = []
    for number, (name, content) in enumerate(sheets.items(), 1):
        parts[f"xl/worksheets/sheet{number}.xml"] = _sheet(content)
        names.append(f'<sheet name="{escape(name)}" sheetId="{number}" r:id="rId{number}"/>')
        relations.append(
            f'<Relationship Id="rId{number}" Type="{OFFICE}/worksheet" Target="worksheets/sheet{number}.xml"/>'
        )
    parts["_rels/.rels"] = (
        f'<Relationships xmlns="{RELATIONS}"><Relationship Id="rId1" Type="{OFFICE}/officeDocument" '
        'Target="xl/workbook.xml"/></Relationships>'
    )
    parts["xl/workbook.xml"] = f'<workbook xmlns="{S}" xmlns:r="{OFFICE}"><sheets>{"".join(names)}</sheets></workbook>'
    parts["xl/_rels/workbook.xml.rels"] = f'<Relationships xmlns="{RELATIONS}">{"".join(relations)}</Relationships>'
    parts["xl/styles.xml"] = (
        f'<styleSheet xmlns="{S}"><cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="14" applyNumberFormat="1"/></cellXfs>'
        "</styleSheet>"
    )
    return zipped(parts)


def _sheet(blocks: Sequence[Block]) -> str:
    rows: list[str] = []
    merged: list[str] = []
    for block in blocks:
        first = len(rows)
        if isinstance(block, str):
            rows.extend(_row(len(rows) + index, [text]) for index, text in enumerate(block.split("\n"), 1))
            continue
        for index, texts in enumerate(block.rows):
            shown = ["" if block.covered(index, column) else text for column, text in enumerate(texts)]
            rows.append(_row(len(rows) + 1, shown))
        for top, left, bottom, right in block.merged:
            merged.append(f'<mergeCell ref="{_cell(first + top + 1, left)}:{_cell(first + bottom + 1, right)}"/>')
        rows.append(_row(len(rows) + 1, []))
    merges = f"<mergeCells>{''.join(merged)}</mergeCells>" if merged else ""
    return f'<worksheet xmlns="{S}"><sheetData>{"".join(rows)}</sheetData>{merges}</worksheet>'


def _cell(row: int, column: int) -> str:
    return f"{chr(65 + column)}{row}"


def _row(number: int, texts: Sequence[str]) -> str:
    cells = []
    for column, text in enumerate(texts):
        place = _cell(number, column)
        if text.startswith("#date "):
            cells.append(f'<c r="{place}" s="1"><v>{text[6:]}</v></c>')
        elif text.startswith("#formula "):
            formula, _, value = text[9:].partition("#")
            cells.append(
                f'<c r="{place}" t="str"><f>{escape(formula)}</f>'
                + (f"<v>{escape(value)}</v></c>" if value else "</c>")
            )
        elif text:
            cells.append(f'<c r="{place}" t="inlineStr"><is><t xml:space="preserve">{escape(text)}</t></is></c>')
    return f'<row r="{number}">{"".join(cells)}</row>'


def pdf(blocks: Sequence[Block], *, lines: bool = True, wide: bool = False) -> bytes:
    """Write a PDF: tables with drawn lines or without, headings repeated on each page."""
    made = io.BytesIO()
    page = landscape(A4) if wide else A4
    document = SimpleDocTemplate(made, pagesize=page, leftMargin=40, rightMargin=40, topMargin=40, bottomMargin=40)
    style = ParagraphStyle("cell", fontName="Helvetica", fontSize=9, leading=11)
    title = ParagraphStyle("title", parent=style, alignment=1, fontName="Helvetica-Bold")
    story = []
    for block in blocks:
        if isinstance(block, str):
            story.extend(Paragraph(escape(text), title if len(text) < 90 else style) for text in block.split("\n"))
            continue
        story.append(Spacer(1, 10))
        story.append(_table(block, style, page[0] - 80, lines=lines))
        story.append(Spacer(1, 10))
    document.build(story)
    return made.getvalue()


def _table(grid: Grid, style: ParagraphStyle, width: float, *, lines: bool) -> Table:
    columns = len(grid.rows[0])
    shares = grid.widths or [1.0] * columns
    cells = [
        [
            "" if grid.covered(row, column) else [Paragraph(escape(piece), style) for piece in text.split("\n")]
            for column, text in enumerate(texts)
        ]
        for row, texts in enumerate(grid.rows)
    ]
    looks = [("VALIGN", (0, 0), (-1, -1), "TOP")]
    looks.extend(("SPAN", (left, top), (right, bottom)) for top, left, bottom, right in grid.merged)
    if lines:
        looks.append(("GRID", (0, 0), (-1, -1), 0.5, "black"))
    else:
        looks.append(("BOTTOMPADDING", (0, 0), (-1, -1), 9))
    repeat = 0 if any(m[0] == 0 for m in grid.merged) else 1
    return Table(
        cells,
        colWidths=[width * share / sum(shares) for share in shares],
        style=TableStyle(looks),
        repeatRows=repeat,
        splitInRow=1,
    )


FORMATS: dict[str, Callable[[Sequence[Block]], bytes]] = {
    "md": markdown,
    "docx": docx,
    "xlsx": xlsx,
    "pdf": pdf,
    "pdf without lines": lambda blocks: pdf(blocks, lines=False),
    "pdf on its side": lambda blocks: pdf(blocks, wide=True),
}
