"""Foreign text made plain: bytes decoded, tags and Markdown signs removed, blanks and entities normalised.

Every pattern here runs in linear time on hostile input: no repeated group may start where the one before can
end.
"""

import html
import re
import unicodedata

from workflows.documents.errors import UnsupportedPlanError

_BLOCK_TAGS = frozenset(
    {"p", "div", "li", "ul", "ol", "dl", "dt", "dd", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote"}
    | {"table", "tr", "td", "th", "section", "article"}
)
_BREAK_TAGS = frozenset({"br", "hr"})
_HIDDEN_TAGS = frozenset({"script", "style"})

TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9]{0,15})(?![A-Za-z0-9])[^<>]{0,500}>")
_OPENS_TAG = re.compile(r"<(?=[A-Za-z/!?])")
# Python refuses to turn more than 4,300 digits into a number, so an entity that long is dropped first.
_ENDLESS_ENTITY = re.compile(r"&#[xX]?[0-9a-fA-F]{9,}+;?")
_ESCAPED = re.compile(r"\\([\\`*_{}\[\]()#+\-.!|<>~])")
_EMPHASIS = re.compile(r"\*{2,}+|_{2,}+|~~|`|(?<=\S)\*|\*(?=\S)")
_LINE_START = re.compile(r"^[ \t]*(?:#{1,6}(?= )|>+)[ \t]*", re.MULTILINE)
_LINE_BREAKS = {0x0B: "\n", 0x0C: "\n", 0x0D: "\n", 0x85: "\n", 0x2028: "\n", 0x2029: "\n\n"}
_BLANKS = re.compile(r"[^\S\n]+")
_HARD_BREAK = re.compile(r"\n(?:[^\S\n]*\n)+")


def decode(data: bytes) -> tuple[str, bool]:
    """Return the text and whether its encoding had to be guessed.

    :raises UnsupportedPlanError: the bytes are no text.
    """
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings: tuple[str, ...] = ("utf-16",)
    elif b"\0" in data or data.startswith((b"%PDF-", b"PK\x03\x04")):
        encodings = ()
    else:
        encodings = ("utf-8-sig", "cp1252")
    for encoding in encodings:
        try:
            return data.decode(encoding), encoding == "cp1252"
        except UnicodeDecodeError:
            continue
    raise UnsupportedPlanError(
        "not_text",
        "Jenis berkas ini tidak dikenal; yang dapat dibaca: Word (.docx), Excel (.xlsx), PDF dan Markdown (.md).",
    )


def plain(text: str) -> str:
    """Return what a person would read: no tag, no entity, no Markdown sign, single blanks.

    A paragraph ends with two line feeds, a wrapped line with one.
    """
    # Twice, because editors also escape the tags themselves; what still looks like a tag then is split open.
    for _ in range(2):
        text = html.unescape(_ENDLESS_ENTITY.sub("", _without_tags(text)))
    text = _OPENS_TAG.sub("< ", _without_tags(text)).translate(_LINE_BREAKS)
    return tidy(_LINE_START.sub("", _EMPHASIS.sub("", _ESCAPED.sub(r"\1", text))))


def tidy(text: str) -> str:
    """Return text without signs that nobody sees, with single blanks; a paragraph ends with two line feeds.

    What looks like a tag is text, and split open so that it stays text wherever it is shown.
    """
    text = _OPENS_TAG.sub("< ", text.translate(_LINE_BREAKS))
    text = _BLANKS.sub(" ", "".join(filter(_visible, text)))
    lines = "\n".join(line.strip() for line in _HARD_BREAK.sub("\n\n", text).split("\n"))
    return lines.strip()


def _visible(character: str) -> bool:
    # Cc and Cf hold control and zero-width signs, soft hyphens and those that turn the reading direction.
    return character in "\n\t" or unicodedata.category(character) not in {"Cc", "Cf", "Co", "Cs", "Cn"}


def _without_tags(text: str) -> str:
    text = without_comments(text)
    tags = [(tag.start(), tag.end(), tag[1] == "/", tag[2].lower()) for tag in TAG.finditer(text)]
    # A script that is never closed hides nothing: only its tag goes.
    last_close = {name: start for start, _, closing, name in tags if closing}
    pieces: list[str] = []
    position = 0
    hidden: str | None = None
    for start, end, closing, name in tags:
        if hidden is not None:
            if closing and name == hidden:
                hidden, position = None, end
            continue
        pieces.append(text[position:start])
        position = end
        if name in _HIDDEN_TAGS and not closing and last_close.get(name, -1) > start:
            hidden = name
        elif name in _BREAK_TAGS:
            pieces.append("\n")
        elif name in _BLOCK_TAGS:
            pieces.append("\n\n")
    pieces.append(text[position:])
    return "".join(pieces)


def without_comments(text: str) -> str:
    """Return the text without HTML comments; their line feeds stay, so that lines keep their numbers."""
    pieces: list[str] = []
    position = 0
    while (start := text.find("<!--", position)) >= 0 and (end := text.find("-->", start + 4)) >= 0:
        pieces.extend((text[position:start], "\n" * text.count("\n", start, end)))
        position = end + 3
    pieces.append(text[position:])
    return "".join(pieces)
