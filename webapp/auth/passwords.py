"""Passwords (argon2id) and the brake on guessing, kept in the database so that an emptied cache resets nothing."""

import datetime as dt
import hashlib
import hmac

import sqlalchemy as sa
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from flask import current_app

from workflows.core.db import db
from workflows.core.ids import new_id
from workflows.organization.models import Account, SignInFailure
from workflows.organization.queries import account_by_login

WINDOW = dt.timedelta(minutes=15)
PER_NAME = 10
"""Failed attempts for one name within the window."""
PER_ADDRESS = 100
"""From one address: a whole office may sit behind it."""

_hasher = PasswordHasher()
# Verified against when the name is unknown, so that both answers take equally long.
_DECOY = _hasher.hash("decoy")


class TooManyAttemptsError(Exception):
    """Too many failed attempts; try again after the window."""


def hash_password(password: str) -> str:
    """Return the argon2id hash of a password."""
    return _hasher.hash(password)


def authenticate(login: str, password: str, *, address: str) -> Account | None:
    """Return the account for a user name or e-mail address and password, or ``None``.

    A failure is written by the caller's transaction, which must be committed.

    :raises TooManyAttemptsError: the brake is on, whatever the password.
    """
    identity, origin = _blind(login.strip().lower()), _blind(address)
    if _failures(SignInFailure.identity, identity) >= PER_NAME:
        raise TooManyAttemptsError
    if _failures(SignInFailure.address, origin) >= PER_ADDRESS:
        raise TooManyAttemptsError
    account = account_by_login(login)
    if _matches(account.password if account else _DECOY, password) and account is not None and account.active:
        if _hasher.check_needs_rehash(account.password):
            account.password = hash_password(password)
        return account
    db.session.add(SignInFailure(id=new_id(), identity=identity, address=origin))
    return None


def _matches(stored: str, password: str) -> bool:
    try:
        return _hasher.verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False


def _failures(column: sa.ColumnElement[str], value: str) -> int:
    query = sa.select(sa.func.count()).where(column == value, SignInFailure.at > sa.func.now() - WINDOW)
    return db.session.scalars(query).one()


def _blind(value: str) -> str:
    """Return a keyed digest, so that the table holds no names and no addresses."""
    key: str = current_app.config["SECRET_KEY"]
    return hmac.new(key.encode(), value.encode(), hashlib.sha256).hexdigest()
