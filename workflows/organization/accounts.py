"""Accounts at the console: for somebody who is on the roster, or for the first person of an installation."""

import sqlalchemy as sa

from workflows.core import audit
from workflows.core.actors import Actor
from workflows.core.db import db
from workflows.core.errors import InvalidInputError, NotFoundError, Reason
from workflows.core.ids import new_id
from workflows.organization.models import Account, Region
from workflows.organization.operations import add_account, add_person
from workflows.organization.queries import account_by_login


def give_account(
    *, email: str, username: str, name: str | None, region_code: str | None, password_hash: str, actor: Actor
) -> Account:
    """Give a new password to a known account, or write person and account.

    :raises InvalidInputError: an unknown person without name and region. :raises NotFoundError: no such region.
    """
    account = account_by_login(email)
    if account is not None:
        account.password = password_hash
        account.session_key = new_id().hex  # open sessions end with the old password
        subject = audit.Subject("account", account.id, account.region_id)
        audit.record("account.password_set", subject, actor=actor)
        return account
    if not name or not region_code:
        raise InvalidInputError(
            Reason("unknown_person", f"{email} belum tercatat; sebutkan --name dan --region, atau impor organisasinya.")
        )
    region = db.session.scalars(sa.select(Region).where(Region.code == region_code)).one_or_none()
    if region is None:
        raise NotFoundError(Reason("no_region", f"Tidak ada daerah dengan kode {region_code}."))
    person = add_person(region, name=name, actor=actor)
    return add_account(person, email=email, username=username, password_hash=password_hash, actor=actor)
