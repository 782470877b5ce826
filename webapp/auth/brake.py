"""What slows guessing down: failures of the last quarter of an hour, kept in the database under keyed digests.

An emptied cache resets nothing, and the table holds no names and no addresses.
"""

import datetime as dt
import hashlib
import hmac

import sqlalchemy as sa
from flask import current_app

from workflows.core.db import db
from workflows.organization.models import SignInFailure

WINDOW = dt.timedelta(minutes=15)


def failures(column: sa.ColumnElement[str], value: str) -> int:
    """Return how many failures there were within the window."""
    query = sa.select(sa.func.count()).where(column == value, SignInFailure.at > sa.func.now() - WINDOW)
    return db.session.scalars(query).one()


def blind(value: str) -> str:
    """Return a keyed digest of a name or an address."""
    key: str = current_app.config["SECRET_KEY"]
    return hmac.new(key.encode(), value.encode(), hashlib.sha256).hexdigest()
