"""The database session of the whole product, and the scope that row-level security reads.

A transaction of somebody who is known begins with one statement: it hands his scope to PostgreSQL, where the
policies of the ``web`` role read it (the second wall behind the scoped queries), and brings back the database's
clock, the only clock the rules use. Without that statement the ``web`` role sees no row of any office.
"""

import datetime as dt
import enum
import select
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

import sqlalchemy as sa
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import event
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.engine import Connection
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.orm import DeclarativeBase, InstrumentedAttribute, Mapped, Session, SessionTransaction, mapped_column
from sqlalchemy.pool import Pool

from workflows.core.ids import new_id


class Base(DeclarativeBase):
    """Base of all tables."""

    metadata = sa.MetaData(
        naming_convention={
            "ix": "ix_%(column_0_N_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy reads it once, as a class attribute
        dt.datetime: sa.DateTime(timezone=True),
        dict[str, Any]: JSONB,
        list[str]: JSONB,
        enum.Enum: sa.Enum(
            enum.Enum, native_enum=False, length=40, values_callable=lambda kind: [m.value for m in kind]
        ),
    }


class Identified:
    """A row with a UUIDv7 of its own."""

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id, sort_order=-10)


class OfRegion(Identified):
    """A row that a region owns; row-level security shows it only inside that region."""

    region_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("region.id"), index=True, sort_order=-9)


class OfAgency(OfRegion):
    """A row that an agency owns; row-level security shows it only to those whose scope holds the agency."""

    agency_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("agency.id"), index=True, sort_order=-8)


# Only its session and engines are used: the tables stand on ``Base``, which mypy understands.
db = SQLAlchemy()


@dataclass(frozen=True)
class Scope:
    """What the second wall lets through: one region, and all of its agencies or the named ones."""

    region_id: uuid.UUID | None = None
    agency_ids: frozenset[uuid.UUID] | None = frozenset()
    """``None`` means every agency of the region."""

    def settings(self) -> tuple[str, str]:
        """Return the values of ``tuntas.region`` and ``tuntas.agencies``."""
        region = str(self.region_id) if self.region_id else ""
        agencies = "*" if self.agency_ids is None else ",".join(sorted(map(str, self.agency_ids)))
        return region, agencies


NOBODY = Scope()

KEEP_ALIVE = {"connect_timeout": 3, "keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3}
"""How every process connects, in seconds: an end that went without a word is found out by the kernel."""

Row = TypeVar("Row", bound=Base)
Ids = sa.ColumnElement[Any] | InstrumentedAttribute[Any]
"""A column of ids."""

_BEGIN = (
    "SELECT now(), set_config('tuntas.region', %(region)s, true), set_config('tuntas.agencies', %(agencies)s, true)"
)


def bind_scope(scope: Scope, *, session: Session | None = None) -> None:
    """Let the session's transactions see what ``scope`` holds, the running one included."""
    target = session or db.session()
    target.info["scope"] = scope
    if target.in_transaction():
        _hand_over(target, target.connection())


def opening_region(region_id: Ids) -> sa.ColumnElement[str]:
    """Return a column with which a query that finds out whose region it is opens it on its way; see :func:`opened`."""
    return sa.func.set_config("tuntas.region", sa.cast(region_id, sa.Text), True)


def opening_agencies(
    agency_id: Ids, held: sa.ColumnElement[bool], *, more: sa.ColumnElement[Any]
) -> sa.ColumnElement[str]:
    """Return a column with which a query over posts opens the agencies of those held; see :func:`opened`.

    A post held without an agency opens all of them.

    :param more: further agencies that a post opens, as an array.
    """
    whole = sa.func.bool_or(sa.and_(held, agency_id.is_(None))).over()
    each = sa.func.concat_ws(",", sa.cast(agency_id, sa.Text), sa.func.array_to_string(more, ","))
    named = sa.func.string_agg(each, ",").filter(held, agency_id.is_not(None)).over()
    return sa.func.set_config("tuntas.agencies", sa.case((whole, "*"), else_=sa.func.coalesce(named, "")), True)


def opened(scope: Scope, *, at: dt.datetime | None = None) -> None:
    """Note that a query has opened this scope already. :param at: the database's clock, where the query brought it."""
    info = db.session().info
    info["scope"] = scope
    if at is not None:
        info["now"] = at


def _hand_over(session: Session, connection: Connection) -> None:
    region, agencies = session.info.get("scope", NOBODY).settings()
    row = connection.exec_driver_sql(_BEGIN, {"region": region, "agencies": agencies}).one()
    session.info["now"] = row[0]


@event.listens_for(Pool, "checkin")
def _rest(connection: Any, record: Any) -> None:
    if connection is not None:
        record.info["rested"] = True


@event.listens_for(Pool, "checkout")
def _wake(connection: Any, record: Any, _fairy: Any) -> None:
    """Replace a connection that ended while it rested.

    The server says so unasked or closes; nobody has to ask it before each transaction.
    """
    if record.info.pop("rested", False):
        said = select.poll()
        said.register(connection.fileno(), select.POLLIN)
        if said.poll(0):
            raise InvalidatePoolError


@event.listens_for(Session, "after_begin")
def _begin(session: Session, _transaction: SessionTransaction, connection: Connection) -> None:
    if session.info.get("scope", NOBODY) != NOBODY and not session.in_nested_transaction():
        _hand_over(session, connection)


@event.listens_for(Session, "after_transaction_end")
def _end(session: Session, transaction: SessionTransaction) -> None:
    if transaction.parent is None:
        session.info.pop("now", None)
        session.info.pop("locked", None)


def among(column: Ids, name: str) -> sa.ColumnElement[bool]:
    """Return the condition that ``column`` is among the ids in the parameter ``name``: one statement for any number."""
    return column == sa.any_(sa.bindparam(name, type_=ARRAY(sa.Uuid)))


def locking(model: type[Row], query: sa.Select[Row]) -> sa.Select[Row]:
    """Return a query over one model for :func:`lock_found`."""
    return query.with_for_update(of=model).execution_options(populate_existing=True)


def lock_found(model: type[Row], query: sa.Select[Row], **values: Any) -> list[Row]:
    """Lock what a query finds, in the query's order, and return it as the database has it now.

    :param query: made by :func:`locking`, once where it can be; ``values`` are those of its parameters.
    """
    session = db.session()
    rows = list(session.scalars(query, values).unique())
    held = session.info.setdefault("locked", {})
    held.update({(model, row.id): row for row in rows})  # type: ignore[attr-defined]
    return rows


@cache
def _of_ids(model: type[Row]) -> sa.Select[Row]:
    primary = sa.inspect(model).primary_key[0]
    return locking(model, sa.select(model).where(among(primary, "ids")).order_by(primary))


def lock_rows(model: type[Row], ids: Sequence[uuid.UUID]) -> list[Row]:
    """Lock rows in the order of their ids and return them as the database has them now.

    Those that this transaction has locked already are as the database has them, and are not asked for again.
    """
    held = db.session().info.get("locked", {})
    if all((model, key) in held for key in ids):
        return [held[model, key] for key in sorted(ids)]
    return lock_found(model, _of_ids(model), ids=list(ids))
