"""A PDF as a `Source`: its tables where lines are drawn or a heading stands over columns, all else as lines."""

import itertools
from collections.abc import Iterable, Iterator, Sequence

import pypdfium2

from workflows.documents.errors import PlanTooLargeError, UnsupportedPlanError
from workflows.documents.pdf import ruled, unruled
from workflows.documents.pdf.letters import Run, runs, without_furniture
from workflows.documents.pdf.pages import Page
from workflows.documents.pdf.rules import read_rules
from workflows.documents.pdf.wrapping import unwrapped
from workflows.documents.sentences import TOO_MANY_PAGES
from workflows.documents.source import PAGE_PLACE, Line, Source, SourceTable, checked_source

MAX_PAGES = 200
MAX_LETTERS = 1_500_000
_MOST_OF_A_LINE = 0.6


def read_pdf(data: bytes) -> Source:
    """Return the lines and tables of a PDF.

    :raises UnsupportedPlanError: locked, damaged, or pictures of pages without text.
    :raises PlanTooLargeError: more pages or text than any plan has.
    """
    pages = _pages(data)
    if not any(page.runs for page in pages):
        raise UnsupportedPlanError(
            "no_text",
            "Berkas PDF ini hanya berisi gambar (hasil pindai), tanpa teks. Kirim berkas aslinya (Word, Excel) atau "
            "PDF yang disimpan langsung dari Word.",
        )
    return checked_source(_parts(pages))


def _pages(data: bytes) -> list[Page]:
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        raise UnsupportedPlanError(
            "damaged", "Berkas PDF ini rusak atau dikunci kata sandi; simpan ulang tanpa kata sandi lalu kirim lagi."
        ) from error
    if len(document) > MAX_PAGES:
        raise PlanTooLargeError("too_many_pages", TOO_MANY_PAGES(most=MAX_PAGES))
    drawn, texts, heights, letters = [], [], [], 0
    for number in range(len(document)):
        try:
            page = document[number]
            rules = read_rules(page)
            found = runs(page, number + 1, rules)
        except pypdfium2.PdfiumError:
            continue
        letters += sum(len(run.text) for run in found)
        if letters > MAX_LETTERS:
            raise PlanTooLargeError(
                "text_too_long", "Berkas PDF ini berisi lebih banyak teks daripada rencana aksi mana pun."
            )
        drawn.append(rules)
        texts.append(found)
        heights.append(page.get_size()[1])
        page.close()
    cleaned = without_furniture(texts, heights)
    return [Page(number, found, rules) for number, (found, rules) in enumerate(zip(cleaned, drawn, strict=True), 1)]


def _parts(pages: Sequence[Page]) -> Iterator[Line | SourceTable]:
    """Yield drawn tables and the text between them; where no drawn table is a plan, look for one without lines."""
    everything = [run for page in pages for run in page.runs]
    margins = (min(run.left for run in everything), max(run.right for run in everything))
    if ruled.holds_plan(pages):
        for part in ruled.parts(pages):
            if isinstance(part, SourceTable):
                yield part
            else:
                yield from _lines(part, margins)
        return
    table = unruled.find(everything)
    if table is None:
        yield from _lines(everything, margins)
        return
    yield from _lines(everything[: table.first], margins)
    yield table.content
    yield from _lines(everything[table.last :], margins)


def _lines(found: Sequence[Run], margins: tuple[float, float]) -> Iterator[Line]:
    """Yield the text outside tables, a line for each paragraph or title line."""
    for page, here in itertools.groupby(found, key=lambda run: run.page):
        number = 0
        for block in _blocks(here, margins):
            for text in unwrapped(block, edge=margins[1]).split("\n"):
                if text:
                    number += 1
                    yield Line(text, PAGE_PLACE(page=page, line=number))


def _blocks(found: Iterable[Run], margins: tuple[float, float]) -> Iterator[list[Run]]:
    """Yield runs that belong together: each one line, or one paragraph."""
    block: list[Run] = []
    for run in found:
        if block and not _goes_on(block, run, margins):
            yield block
            block = []
        block.append(run)
    if block:
        yield block


def _goes_on(block: Sequence[Run], run: Run, margins: tuple[float, float]) -> bool:
    last = block[-1]
    size = max(last.size, run.size)
    if abs(last.y - run.y) <= size * 0.45:
        return 0 <= run.left - last.right < size * 4
    # Titles are centred and signature blocks stand apart: a paragraph has lines that fill most of the page.
    fills = last.right - block[0].left > (margins[1] - margins[0]) * _MOST_OF_A_LINE
    return fills and 0 < last.y - run.y < size * 2.2 and abs(block[0].left - run.left) < size * 4
