"""First stage: the inspector corrects an issued recommendation. Every wording there ever was stays readable.

Sign-offs are about files and name their digests; a correction leaves them as they are, and its time says which wording
they were given under.
"""

import hashlib
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from workflows.core.actors import Actor
from workflows.core.clock import now
from workflows.core.db import db
from workflows.core.errors import InvalidInputError, Reason
from workflows.recommendations.models import Component, Recommendation, RecommendationVersion


@dataclass(frozen=True)
class Wording:
    """What a correction changes."""

    text: str
    component: Component
    criterion: str | None = None

    @classmethod
    def of(cls, row: Recommendation) -> "Wording":
        """Return the present one."""
        return cls(row.text, row.component, row.criterion)

    @property
    def told(self) -> dict[str, Any]:
        """Return what the log tells of it."""
        digest = hashlib.sha256(self.text.encode()).hexdigest()
        return {"component": self.component, "criterion": self.criterion, "text_sha256": digest}


def write_version(
    row: Recommendation, wording: Wording, *, reason: str, letter: str, actor: Actor
) -> Mapping[str, Any]:
    """Give a locked recommendation another wording; return what the event tells of it.

    :raises InvalidInputError: an empty text, or nothing that differs.
    """
    wording = Wording(wording.text.strip(), wording.component, (wording.criterion or "").strip() or None)
    if not wording.text:
        raise InvalidInputError(Reason("text_missing", "Tulis bunyi rekomendasinya."))
    if wording == Wording.of(row):
        raise InvalidInputError(
            Reason("nothing_changed", "Tidak ada yang berubah: bunyi, komponen, dan kriterianya sama.")
        )
    if row.revision == 1:
        report = row.report
        origin = row.moved_from is None
        _keep(
            row,
            reason=None,
            letter=None,
            by=report.issued_by if origin else None,
            at=report.issued_at if origin else None,
        )
    row.text, row.component, row.criterion = wording.text, wording.component, wording.criterion
    row.revision += 1
    row.version += 1
    _keep(row, reason=reason, letter=letter, by=actor.person_id, at=now())
    return {"revision": row.revision, **wording.told}


def _keep(row: Recommendation, *, reason: str | None, letter: str | None, by: uuid.UUID | None, at: Any) -> None:
    db.session.add(
        RecommendationVersion(
            region_id=row.region_id, agency_id=row.agency_id, recommendation_id=row.id, revision=row.revision,
            component=row.component, criterion=row.criterion, text=row.text, reason=reason, letter=letter,
            written_by_id=by, written_at=at,
        )
    )  # fmt: skip


def versions_of(recommendation_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[RecommendationVersion]]:
    """Return all wordings of those that were corrected, oldest first, in one query."""
    query = (
        sa.select(RecommendationVersion)
        .where(RecommendationVersion.recommendation_id.in_(recommendation_ids))
        .order_by(RecommendationVersion.revision)
        .options(joinedload(RecommendationVersion.written_by))
    )
    found: dict[uuid.UUID, list[RecommendationVersion]] = {}
    for row in db.session.scalars(query):
        found.setdefault(row.recommendation_id, []).append(row)
    return found


def required(text: str, code: str, sentence: str) -> str:
    """Return a text without the blanks around it. :raises InvalidInputError: nothing is left."""
    if not text.strip():
        raise InvalidInputError(Reason(code, sentence))
    return text.strip()
