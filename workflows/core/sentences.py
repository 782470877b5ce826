"""Sentences that the rules say to people, kept so that the edge can say them in another language.

The rules speak Indonesian, and Indonesian is what is stored. A sentence with values in it comes from a
:class:`Template`, so that the edge gets the sentence and its values apart: from the :class:`Sentence` itself, or, where
it has been through the database or the checker's wire and is plain text by now, from :func:`recognise`.
"""

from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from re import compile as pattern
from typing import Any

_PLACE = pattern(r"%\((\w+)\)s")
_LONGEST = 2_000
"""Characters of a text that is still looked at: no sentence of ours is longer."""
TEMPLATES: dict[str, "Template"] = {}
"""Every template of the modules that were imported, by its text."""


def phrase(text: str) -> str:
    """Return ``text``. Marks a constant sentence or word for the catalogs, where no other call does."""
    return text


class Sentence(str):
    """What a template came to: Indonesian text that still knows what it was made of."""

    template: "Template"
    values: Mapping[str, object]

    def __reduce__(self) -> tuple[type[str], tuple[str]]:
        """Return how it is copied and sent elsewhere: as plain text."""
        return str, (str(self),)


class Template:
    """An Indonesian sentence with places for values, each written ``%(name)s``."""

    def __init__(self, text: str, *, words: Collection[str] = ()) -> None:
        """:param words: names of the values that are words of the house, one or a list of them (*a, b dan c*)."""
        self.text = text
        self.words = frozenset(words)
        pieces = _PLACE.split(text)
        self._literal, self.names = pieces[::2], tuple(pieces[1::2])
        if not self.names:
            raise ValueError("a sentence without a place is a phrase")
        TEMPLATES[text] = self

    def __call__(self, **values: object) -> Sentence:
        """Fill the places in."""
        made = Sentence(self.text % values)
        made.template, made.values = self, values
        return made

    @property
    def weight(self) -> int:
        """Return how much of it is fixed: of two that fit a text, the one with more is meant."""
        return sum(map(len, self._literal))

    def read(self, text: str) -> dict[str, str] | None:
        """Return the values in a text that this template may have made, or ``None``.

        Every value ends where the next fixed piece first occurs, so that hostile text costs no more than its length.
        """
        first, *between, last = self._literal
        if not text.startswith(first) or not text.endswith(last) or len(text) < len(first) + len(last):
            return None
        rest = text[len(first) : len(text) - len(last)]
        values: dict[str, str] = {}
        for name, piece in zip(self.names, between, strict=False):
            values[name], found, rest = rest.partition(piece)
            if not found:
                return None
        values[self.names[-1]] = rest
        return values


@lru_cache(maxsize=1)
def _by_weight(count: int) -> Sequence[Template]:
    """The heaviest first; ``count`` tells whether another one has come since."""
    return sorted(TEMPLATES.values(), key=lambda template: -template.weight)


def recognise(text: str) -> tuple[Template, Mapping[str, Any]] | None:
    """Return the template and the values that a text was made of, or ``None``: nobody's sentence is guessed at."""
    if isinstance(text, Sentence):
        return text.template, text.values
    if len(text) > _LONGEST:
        return None
    for template in _by_weight(len(TEMPLATES)):
        values = template.read(text)
        if values is not None:
            return template, values
    return None
