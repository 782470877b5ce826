"""A paper for Word: a template with places for the values, filled in by an engine that can do nothing else.

The template is made here, so that it can be read and compared like any source; the values reach it as plain text,
escaped, in an environment in which nothing can be called or changed.
"""

import datetime as dt
import io
import zipfile
from collections.abc import Sequence
from functools import cache
from typing import Any

from docx import Document
from docx.enum.section import WD_ORIENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt
from docxtpl import DocxTemplate
from jinja2 import StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from workflows.papers.sheet import Band, Column, Sheet

_MOMENT = (1980, 1, 1, 0, 0, 0)
"""Of every member, so that the same sheet gives the same bytes."""
_TALL, _BROAD = Mm(215), Mm(330)


def render(sheet: Sheet) -> bytes:
    """Return the paper. The same sheet gives the same bytes."""
    filled = DocxTemplate(io.BytesIO(_template(sheet.columns, sheet.tall)))
    environment = ImmutableSandboxedEnvironment(autoescape=True, undefined=StrictUndefined)
    filled.render(_values(sheet), jinja_env=environment, autoescape=True)
    made = dt.datetime.fromisoformat(sheet.made_on)
    about = filled.docx.core_properties
    about.title, about.author, about.last_modified_by = sheet.title[:255], sheet.author[:255], sheet.author[:255]
    about.created = about.modified = made
    out = io.BytesIO()
    filled.save(out)
    return _same(out.getvalue())


def _values(sheet: Sheet) -> dict[str, Any]:
    """Return nothing but text, in lists and dictionaries."""
    block = sheet.block
    return {
        "title": "\n".join(sheet.title_lines),
        "facts": [{"name": name, "value": value} for name, value in sheet.facts],
        "heads": [column.head for column in sheet.columns],
        "rows": [
            {"band": row.text, "cells": []} if isinstance(row, Band) else {"band": "", "cells": list(row.cells)}
            for row in sheet.rows
        ],
        "notes": list(sheet.notes),
        "titles": "\n".join(filter(None, (block.place_and_date, *block.title_lines))),
        "name": block.name or "." * 40,
        "below": "\n".join(block.below),
    }


def _same(content: bytes) -> bytes:
    """Return the file with one moment on all of its members."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in sorted(old.namelist(), key=lambda name: (name != "[Content_Types].xml", name)):
            member = zipfile.ZipInfo(name, _MOMENT)
            member.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(member, old.read(name))
    return out.getvalue()


@cache
def _template(columns: tuple[Column, ...], tall: bool) -> bytes:
    """Return the paper with its places: a row of the table is repeated by the rows that stand around it.

    :param tall: rows may be cut where a page ends.
    """
    document = Document()
    _set_up(document)
    _say(document.add_paragraph(), "{{ title }}", bold=True, size=12, middle=True)
    facts = document.add_table(0, 2)
    _tag(facts, "for fact in facts")
    fact = facts.add_row()
    _say(fact.cells[0].paragraphs[0], "{{ fact.name }}")
    _say(fact.cells[1].paragraphs[0], ": {{ fact.value }}")
    _tag(facts, "endfor")
    _widen(facts, (70, 234))
    _say(document.add_paragraph(), "")
    _rows(document, columns, tall)
    _say(document.add_paragraph(), "")
    for text in ("{%p for note in notes %}", "{{ note }}", "{%p endfor %}"):
        _say(document.add_paragraph(), text, size=7.5)
    block = document.add_table(1, 2)
    _widen(block, (200, 104))
    _keep_whole(block.rows[0])
    cell = block.cell(0, 1)
    _say(cell.paragraphs[0], "{{ titles }}", middle=True)
    for _ in range(3):
        _say(cell.add_paragraph(), "", middle=True)
    _say(cell.add_paragraph(), "{{ name }}", middle=True, bold=True, underline=True)
    _say(cell.add_paragraph(), "{{ below }}", middle=True)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def _rows(document: Any, columns: tuple[Column, ...], tall: bool) -> None:
    table = document.add_table(0, len(columns), style="Table Grid")
    head = table.add_row()
    head._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
    for number, cell in enumerate(head.cells):
        _say(cell.paragraphs[0], f"{{{{ heads[{number}] }}}}", bold=True, middle=True)
    _tag(table, "for row in rows")
    _tag(table, "if row.band")
    band = table.add_row()
    name = band.cells[0].merge(band.cells[-1]).paragraphs[0]
    name.paragraph_format.keep_with_next = True
    _say(name, "{{ row.band }}", bold=True)
    _tag(table, "else")
    row = table.add_row()
    if not tall:
        _keep_whole(row)
    for number, cell in enumerate(row.cells):
        _say(cell.paragraphs[0], f"{{{{ row.cells[{number}] }}}}", middle=number == 0)
    _tag(table, "endif")
    _tag(table, "endfor")
    _widen(table, [column.width for column in columns])


def _tag(table: Any, tag: str) -> None:
    """Add a row that stands for a tag alone and goes when the template is filled in."""
    table.add_row().cells[0].paragraphs[0].add_run(f"{{%tr {tag} %}}")


def _set_up(document: Any) -> None:
    section = document.sections[0]
    section.orientation, section.page_width, section.page_height = WD_ORIENT.LANDSCAPE, _BROAD, _TALL
    section.left_margin = section.right_margin = Mm(13)
    section.top_margin, section.bottom_margin = Mm(14), Mm(16)
    style = document.styles["Normal"]
    style.font.name, style.font.size = "Arial", Pt(8.5)
    style.paragraph_format.space_after = Pt(0)
    foot = section.footer.paragraphs[0]
    foot.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    for text, field in (("Halaman ", "PAGE"), (" dari ", "NUMPAGES")):
        foot.add_run(text)
        _field(foot, field)


def _field(paragraph: Any, instruction: str) -> None:
    """Add what Word fills in by itself, such as the number of the page."""
    element = OxmlElement("w:fldSimple")
    element.set(qn("w:instr"), instruction)
    run = OxmlElement("w:r")
    text = OxmlElement("w:t")
    text.text = "1"
    run.append(text)
    element.append(run)
    paragraph._p.append(element)


def _say(
    paragraph: Any, text: str, *, bold: bool = False, underline: bool = False, middle: bool = False, size: float = 0
) -> None:
    run = paragraph.add_run(text)
    run.bold, run.underline = bold, underline
    if size:
        run.font.size = Pt(size)
    if middle:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER


def _widen(table: Any, widths: Sequence[int]) -> None:
    table.autofit = False
    for row in table.rows:
        if len(row._tr.tc_lst) == len(widths):  # a merged one is as wide as all of them
            for cell, width in zip(row.cells, widths, strict=True):
                cell.width = Mm(width)
    for column, width in zip(table.columns, widths, strict=True):
        column.width = Mm(width)


def _keep_whole(row: Any) -> None:
    """Keep a row on one page."""
    row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
