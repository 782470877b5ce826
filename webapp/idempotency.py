"""``Idempotency-Key``: a request that is sent again gets the first answer and has no second effect.

The key is claimed in the transaction of the effect. Whoever comes second with the same key waits for the first
transaction; when that commits he is given its answer, when it rolls back he is the first. A refusal is therefore never
remembered. Keys live 24 hours, per account and route.
"""

import datetime as dt
import functools
import hashlib
import json
import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import sqlalchemy as sa
from flask import Response, current_app, request
from flask.typing import ResponseReturnValue
from sqlalchemy.dialects.postgresql import insert

from webapp.auth.identity import account_id
from webapp.errors import RefusedError
from workflows.core.db import db
from workflows.core.errors import InvalidInputError, Reason
from workflows.core.models import IdempotencyKey

HEADER = "Idempotency-Key"
LIFETIME = dt.timedelta(hours=24)
BAD_KEY = Reason("idempotency_key", "Idempotency-Key: 1 sampai 255 huruf ASCII yang terlihat, tanpa spasi.")
REUSED = Reason("idempotency_key_reused", "Idempotency-Key ini sudah dipakai untuk permintaan lain. Pakai kunci baru.")
_SHAPE = re.compile(r"[\x21-\x7e]{1,255}")
View = Callable[..., ResponseReturnValue]


@dataclass(frozen=True)
class Answer:
    """What the first request with a key came to."""

    fingerprint: str
    status: int
    content: Mapping[str, Any]

    def of(self, fingerprint: str) -> "Answer":
        """Return this answer if it is one to that request. :raises RefusedError: 422, the key was used for another."""
        if fingerprint != self.fingerprint:
            raise RefusedError(422, REUSED)
        return self


@dataclass(frozen=True)
class Key:
    """A key as one account used it on one route."""

    account: uuid.UUID
    route: str
    text: str

    @classmethod
    def of_request(cls) -> "Key | None":
        """Return this request's key, if it names one. :raises InvalidInputError: it is malformed."""
        text = request.headers.get(HEADER)
        if text is None:
            return None
        if not _SHAPE.fullmatch(text):
            raise InvalidInputError(BAD_KEY)
        values = {name: str(value) for name, value in (request.view_args or {}).items()}
        return cls(account_id(), f"{request.method} {request.url_rule} {json.dumps(values, sort_keys=True)}", text)

    def recall(self) -> Answer | None:
        """Return the first answer, if there is one that is still remembered."""
        query = sa.select(IdempotencyKey.fingerprint, IdempotencyKey.status, IdempotencyKey.response).where(
            self._is_mine(), IdempotencyKey.created_at >= sa.func.now() - LIFETIME
        )
        row = db.session.execute(query).one_or_none()
        return Answer(row.fingerprint, row.status, row.response) if row else None

    def claim(
        self, fingerprint: str, *, status: int = 0, content: Mapping[str, Any] = MappingProxyType({})
    ) -> Answer | None:
        """Take the key for this transaction, or return the answer that somebody else got first.

        :param status: with ``content``, the answer, where it is known before the effect; else :meth:`keep` follows.
        :raises RefusedError: 422, the key was used for another request.
        """
        row = {"account_id": self.account, "route": self.route, "key": self.text}
        fresh = {
            "fingerprint": fingerprint, "status": status, "response": dict(content), "created_at": sa.func.now(),
        }  # fmt: skip
        # A forgotten key may still have its row; then the row is taken over.
        taken = (
            insert(IdempotencyKey)
            .values(**row, **fresh)
            .on_conflict_do_update(
                index_elements=list(row), set_=fresh, where=IdempotencyKey.created_at < sa.func.now() - LIFETIME
            )
            .returning(IdempotencyKey.key)
        )
        if db.session.execute(taken).first() is not None:
            return None
        first = self.recall()
        if first is None:
            raise LookupError("a key that cannot be taken has an answer")
        return first.of(fingerprint)

    def keep(self, *, status: int, content: Mapping[str, Any]) -> None:
        """Remember the answer; it is committed with the effect."""
        answered = sa.update(IdempotencyKey).where(self._is_mine()).values(status=status, response=dict(content))
        db.session.execute(answered)

    def _is_mine(self) -> sa.ColumnElement[bool]:
        return sa.and_(
            IdempotencyKey.account_id == self.account,
            IdempotencyKey.route == self.route,
            IdempotencyKey.key == self.text,
        )


def fingerprint(*parts: object) -> str:
    """Return the SHA-256 that stands for what was asked."""
    return hashlib.sha256(json.dumps([str(part) for part in parts]).encode()).hexdigest()


def idempotent(view: View) -> View:
    """Let a JSON route honour the header. What was asked is the body, byte for byte."""

    @functools.wraps(view)
    def answer(*args: Any, **kwargs: Any) -> ResponseReturnValue:
        key = Key.of_request()
        if key is None:
            return view(*args, **kwargs)
        first = key.claim(hashlib.sha256(request.get_data()).hexdigest())
        if first is not None:
            body, headers = first.content["body"], first.content["headers"]
            return Response(body, status=first.status, headers=headers, mimetype="application/json")
        response = current_app.make_response(view(*args, **kwargs))
        if response.status_code < 400:
            headers = {"Location": response.location} if response.location else {}
            key.keep(status=response.status_code, content={"body": response.get_data(as_text=True), "headers": headers})
        return response

    return answer
