"""The shapes that several parts of the API share, and fields that say no in time.

What a database cannot hold (a NUL, half a surrogate pair, a number without end) is refused here with a sentence.
"""

import re
from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from workflows.core.paging import MAX_LIMIT
from workflows.core.sentences import Template, phrase
from workflows.core.transitions import State

_PLAIN, _SPOKEN = r"^[^\u0000]*$", r"^[^\u0000]*\S[^\u0000]*$"
_BAD_TEXT = re.compile(r"[\x00\ud800-\udfff]")
_WHOLE = re.compile(r"[0-9]{1,9}")
_LENGTH = Template("panjangnya %(shortest)s sampai %(longest)s huruf")
WITHIN = Template("harus %(least)s sampai %(most)s")


SPOKEN = "A refusal speaks the language that `Accept-Language` asks for, `id` or `en`; what is kept is Indonesian."


class Strict(ma.Schema):
    """What is sent: every name is known."""

    class Meta:
        """Refuse what is not understood."""

        unknown = ma.RAISE


class Text(fields.String):
    """A text that a database can keep."""

    def __init__(self, *, longest: int, shortest: int = 0, about: str | None = None, **more: Any) -> None:
        """:param longest: in characters, like ``shortest``; of a text with a least length something must be visible."""
        length = validate.Length(shortest, longest, error=_LENGTH(shortest=shortest, longest=longest))
        metadata = {"pattern": _SPOKEN if shortest else _PLAIN, **({"description": about} if about else {})}
        super().__init__(validate=length, metadata=metadata, **more)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text: str = super()._deserialize(value, attr, data, **kwargs)
        if _BAD_TEXT.search(text):
            raise ma.ValidationError(phrase("memuat huruf yang tidak dapat disimpan"))
        if self.metadata["pattern"] == _SPOKEN and not text.strip():
            raise ma.ValidationError(phrase("wajib diisi"))
        return text


class Truth(fields.Boolean):
    """True or false in JSON, and nothing that looks like it."""

    def __init__(self, *, about: str, **more: Any) -> None:
        """:param about: what it is true of."""
        super().__init__(metadata={"description": about}, **more)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> bool:
        if not isinstance(value, bool):
            raise self.make_error("invalid", input=value)
        return value


class WholeNumber(fields.Integer):
    """A whole number in JSON, where ``2026.0`` is one too; a text that looks like one is none."""

    def __init__(self, **more: Any) -> None:
        super().__init__(strict=True, **more)

    def _validated(self, value: Any) -> int:
        return super()._validated(int(value) if isinstance(value, float) and value.is_integer() else value)


class QueryInteger(fields.Integer):
    """A whole number in an address: digits and nothing else."""

    def _validated(self, value: Any) -> int:
        if not _WHOLE.fullmatch(str(value)):
            raise self.make_error("invalid", input=value)
        return int(value)


def between(least: int, most: int) -> validate.Range:
    """Return a validator for a range, both ends included."""
    return validate.Range(least, most, error=WITHIN(least=least, most=most))


YEARS = between(2000, 2100)


class CodeNameSchema(ma.Schema):
    """An agency or a unit."""

    code = fields.String(required=True)
    name = fields.String(required=True)


class ReasonSchema(ma.Schema):
    """One reason for a refusal."""

    code = fields.String(required=True, metadata={"description": "Stable; for programs."})
    message = fields.String(required=True, metadata={"description": f"For people. {SPOKEN}"})


class ProblemSchema(ma.Schema):
    """Problem details (RFC 9457) with every reason."""

    type = fields.String(required=True)
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    code = fields.String(required=True, metadata={"description": "The code of the first reason."})
    detail = fields.String(required=True)
    reasons = fields.List(fields.Nested(ReasonSchema), required=True)


class CursorSchema(Strict):
    """Which page of a list."""

    cursor = Text(longest=500, about="The `next` of the page before.")
    limit = QueryInteger(load_default=50, validate=between(1, MAX_LIMIT))


class YearAgencySchema(CursorSchema):
    """Which rows of a list, and which page of them."""

    year = QueryInteger(validate=YEARS)
    agency = Text(longest=50, shortest=1, about="The agency's code.")


class StateFilterSchema(YearAgencySchema):
    """Which year, agency and state."""

    state = fields.Enum(State, by_value=True)


class PageSchema(ma.Schema):
    """A page of a list; subclasses add ``items``."""

    next = fields.String(required=True, allow_none=True, metadata={"description": "Cursor of the next page, or null."})
