"""Keyset pages: the next page begins after the last row seen, so the thousandth costs what the first did."""

import base64
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import sqlalchemy as sa

from workflows.core.db import db
from workflows.core.errors import InvalidInputError, Reason

Item = TypeVar("Item")
MAX_LIMIT = 100
BAD_CURSOR = Reason("cursor", "Penanda halaman (cursor) tidak dikenal; mulai lagi dari awal.")


@dataclass(frozen=True)
class Page(Generic[Item]):
    """Some rows, and where the next page begins."""

    items: Sequence[Item]
    next: str | None


def page(
    query: sa.Select[Any],
    *,
    keys: Sequence[Any],
    read: Sequence[Callable[[str], Any]],
    values: Callable[[Any], Sequence[Any]],
    cursor: str | None,
    limit: int,
    descending: bool = False,
) -> Page[Any]:
    """Return one page of ``query``.

    :param keys: columns that order the rows without ties, all ascending (or all descending).
    :param read: how each key is read back from the cursor's text.
    :param values: the keys of one row.
    :raises InvalidInputError: the cursor is not one of ours.
    """
    if cursor:
        after = sa.tuple_(
            *[sa.bindparam(None, value, type_=key.type) for key, value in zip(keys, _decode(cursor, read), strict=True)]
        )
        place = sa.tuple_(*keys)
        query = query.where(place < after if descending else place > after)
    order = [key.desc() if descending else key.asc() for key in keys]
    rows = list(db.session.scalars(query.order_by(*order).limit(at_most(limit + 1))).unique())
    more = len(rows) > limit
    rows = rows[:limit]
    return Page(rows, _encode(values(rows[-1])) if more else None)


def at_most(count: int) -> sa.ColumnElement[int]:
    """Return a limit that PostgreSQL plans with: of one that comes as a parameter it expects a tenth of all rows."""
    return sa.literal_column(str(int(count)), sa.Integer)


def _encode(values: Sequence[Any]) -> str:
    text = json.dumps([str(value) for value in values], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _decode(cursor: str, read: Sequence[Callable[[str], Any]]) -> list[Any]:
    try:
        texts = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        return [convert(text) for convert, text in zip(read, texts, strict=True)]
    except (ValueError, TypeError, AttributeError) as error:
        raise InvalidInputError(BAD_CURSOR) from error
