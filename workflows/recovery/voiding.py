"""What must not live on in a restored place: who could get in before, and what was already sent.

Nobody knows who has signed out, whose token was revoked or which letter went out between the backup and the loss. So
all sessions, tokens and links for one download end, and what waits to be sent outside is given up; work that ran is
queued again, which it survives, because every task is safe to run twice.
"""

from dataclasses import dataclass

import sqlalchemy as sa

from workflows.bundles.anchoring import SEND_JOB
from workflows.core.db import db
from workflows.core.sentences import phrase

NOT_AGAIN = phrase("Tidak dikirim: basis data dipulihkan dari cadangan, dan mungkin sudah pernah terkirim.")


@dataclass(frozen=True)
class Voided:
    """How many of each there were."""

    sessions: int
    tokens: int
    links: int
    sendings: int
    jobs: int


def void() -> Voided:
    """End all ways in, give up what waits to be sent, and let work that ran be claimed again."""
    sendings = _do("UPDATE anchor_sending SET state = 'failed', why = :why WHERE state = 'waiting'", why=NOT_AGAIN)
    _do(
        "UPDATE job SET state = 'failed', finished_at = now(), lease_token = NULL, lease_until = NULL,"
        " error_code = 'restored', error_message = :why WHERE kind = :kind AND state IN ('queued', 'running')",
        why=NOT_AGAIN, kind=SEND_JOB,
    )  # fmt: skip
    return Voided(
        sessions=_do("UPDATE account SET session_key = replace(gen_random_uuid()::text, '-', '')"),
        tokens=_do("UPDATE api_token SET revoked_at = now() WHERE revoked_at IS NULL"),
        links=_do("UPDATE handover_link SET voided_at = now() WHERE voided_at IS NULL"),
        sendings=sendings,
        jobs=_do(
            "UPDATE job SET state = 'queued', attempt = 0, lease_token = NULL, lease_until = NULL, run_at = now(),"
            " sent_at = NULL WHERE state IN ('queued', 'running')"
        ),
    )


def _do(statement: str, **values: str) -> int:
    done = db.session.execute(sa.text(statement), values)
    count: int = done.rowcount  # type: ignore[attr-defined]
    return count
