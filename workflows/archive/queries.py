"""Reads of locked originals, inside the actor's scope."""

import uuid

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from workflows.archive.models import ArchivedObject
from workflows.core.actors import Actor
from workflows.core.db import db
from workflows.core.errors import NotFoundError, PermissionDeniedError, Reason
from workflows.evidence.access.queries import Sight, columns_of_sight
from workflows.evidence.models import Evidence
from workflows.evidence.queries import visible_evidence
from workflows.evidence.reviewed import harmful

HARMFUL = Reason(
    "malware", "Berkas ini berisi program jahat, jadi tidak diserahkan kepada siapa pun. Bersihkan, lalu kirim ulang."
)


def place_of(evidence: Evidence, actor: Actor) -> ArchivedObject | None:
    """Return where the locked original of a delivery in sight lies, if it lies there yet.

    :raises PermissionDeniedError: it is restricted, and not for this actor to open.
    """
    query = sa.select(ArchivedObject, *columns_of_sight(actor)).select_from(Evidence)
    query = query.outerjoin(ArchivedObject, ArchivedObject.evidence_id == Evidence.id)
    query = query.where(Evidence.id == evidence.id).options(joinedload(ArchivedObject.disposal))
    archived, *sight = db.session.execute(query).one()
    Sight(*sight).require_open()
    found: ArchivedObject | None = archived
    return found


def original_of(evidence_id: uuid.UUID, actor: Actor) -> tuple[Evidence, ArchivedObject | None]:
    """Return a delivery and where its locked original lies, if it lies there yet, in one query.

    :raises NotFoundError: not there, or not for this actor to know of.
    :raises PermissionDeniedError: it is restricted, and not for this actor to open; or it would do harm to anybody.
    """
    query = visible_evidence(evidence_id, actor).add_columns(ArchivedObject, harmful(), *columns_of_sight(actor))
    query = query.options(joinedload(ArchivedObject.disposal))
    query = query.outerjoin(ArchivedObject, ArchivedObject.evidence_id == Evidence.id)
    found = db.session.execute(query).one_or_none()
    if found is None:
        raise NotFoundError
    evidence, archived, harms, *sight = found
    Sight(*sight).require_open()
    if harms:
        raise PermissionDeniedError(HARMFUL)
    return evidence, archived
