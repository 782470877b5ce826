"""After the last stage: the times at which this database was filled from a backup."""

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from workflows.core.db import Base, Identified


class Restoration(Base, Identified):
    """One restore, written before its first byte and ended in the transaction that brings all rows.

    While one is not done nothing is served. It belongs to no office, and no backup holds it.
    """

    __tablename__ = "restoration"

    backup_id: Mapped[uuid.UUID]
    begun_at: Mapped[dt.datetime] = mapped_column(server_default=sa.func.now())
    done_at: Mapped[dt.datetime | None]
