"""A language for tests in which every translated piece is marked, and what is left on a page beside marks and data."""

import re
from collections.abc import Collection, Iterable, Iterator
from html.parser import HTMLParser

from babel.messages.catalog import Catalog
from babel.support import NullTranslations

_PLACE = re.compile(r"(%\(\w+\)s)")
_MARKED = re.compile(r"⟦[^⟦⟧]*⟧")
_LETTERS = re.compile(r"[^\W\d_]{2,}|[^\W\d_]+ [^\W\d_]+")
_DAY = re.compile(
    r"\b\d{1,2} (January|February|March|April|May|June|July|August|September|October|November|December) \d{4}\b"
)
_OURS = re.compile(
    r"\b(Tuntas|SHA-256|[0-9a-f]{64}|LHE|TW [IV]+|[IV]+|[kMG]B|WIB|WITA|WIT|Plt\.|Plh\.|Pj\.|Bahasa Indonesia|English)(?!\w)"
)
"""What reads the same everywhere: the product, digests, units, zones, official short forms, languages' own names."""
SPOKEN = ("aria-label", "alt", "title", "placeholder", "data-label", "label")
"""Attributes that people see or hear."""
VOID = frozenset({"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"})


class Marking(NullTranslations):
    """Puts ⟦ and ⟧ around what it knows, except for the values: those have to be marked, or data, by themselves."""

    def __init__(self, catalog: Catalog) -> None:
        super().__init__()
        self._known = {text for message in catalog for text in _texts(message.id)}

    def gettext(self, message: str) -> str:
        """Return the marked sentence."""
        if message not in self._known:
            return message
        return "".join(piece if _PLACE.fullmatch(piece) else _mark(piece) for piece in _PLACE.split(message))

    def ngettext(self, singular: str, plural: str, num: int) -> str:
        """Return the marked sentence; it is not about the count here."""
        return self.gettext(singular)

    ugettext, ungettext = gettext, ngettext  # type: ignore[assignment]


def _texts(message: object) -> Iterable[str]:
    return message if isinstance(message, tuple) else (str(message),)


def _mark(piece: str) -> str:
    return f"⟦{piece}⟧" if any(character.isalpha() for character in piece) else piece


class Page(HTMLParser):
    """All that a page says: texts between tags, and the attributes that are read out."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.said: list[str] = []
        self._open: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep what is spoken of the tag."""
        if tag not in VOID:
            self._open.append(tag)
        self.said += [value for name, value in attrs if name in SPOKEN and value]

    def handle_endtag(self, tag: str) -> None:
        """Leave the tag."""
        while self._open and self._open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        """Keep the text, unless it is what a computer reads."""
        if not {"script", "style", "code"} & set(self._open):
            self.said.append(" ".join(data.split()))


def bare(html: str, data: Collection[str]) -> Iterator[str]:
    """Yield every text that holds words which are neither marked nor data.

    :param data: what people wrote or what names something, as it stands in the database.
    """
    longest = sorted(data, key=len, reverse=True)
    for text in Page(html).said:
        left = _DAY.sub(" ", _MARKED.sub(" ", text))
        for known in longest:
            if known in left:
                left = re.sub(rf"(?<!\w){re.escape(known)}(?!\w)", " ", left)
        if _LETTERS.search(_OURS.sub(" ", left)):
            yield text
