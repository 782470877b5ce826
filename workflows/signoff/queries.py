"""Reads of sign-offs."""

import sqlalchemy as sa

from workflows.core.db import db
from workflows.plans.models import Requirement
from workflows.signoff.models import SignOff


def sign_offs_of(requirement: Requirement) -> list[SignOff]:
    """Return all sign-offs of a requirement, voided ones too, oldest first."""
    query = sa.select(SignOff).where(SignOff.requirement_id == requirement.id).order_by(SignOff.at, SignOff.id)
    return list(db.session.scalars(query))
