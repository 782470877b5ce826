"""Reader of PDF files, which know no tables: only where each letter stands and where lines are drawn.

    letters (letters to runs of a line) + rules (drawn lines) -> ruled or unruled (cells) -> wrapping (lines to text)

PDFium does the reading, as in the checker: it keeps the order in which a word processor wrote the cells.
"""

from workflows.documents.pdf.reader import read_pdf

__all__ = ["read_pdf"]
