"""Passwords (argon2id) and the brake on guessing, kept in the database so that an emptied cache resets nothing."""

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from webapp.auth.brake import blind, failures
from workflows.core.db import db
from workflows.core.ids import new_id
from workflows.organization.models import Account, SignInFailure
from workflows.organization.queries import account_by_login

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
    identity, origin = blind(login.strip().lower()), blind(address)
    if failures(SignInFailure.identity, identity) >= PER_NAME:
        raise TooManyAttemptsError
    if failures(SignInFailure.address, origin) >= PER_ADDRESS:
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
