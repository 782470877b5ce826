"""What every module of the API is made with: blueprints, the strict reading of what was sent, documented refusals."""

import json
from collections.abc import Callable, Iterator, Mapping
from http import HTTPStatus
from typing import Any, NoReturn, TypeVar

import flask_smorest
import marshmallow as ma
from flask import Request
from flask_smorest.utils import prepare_response
from webargs import missing
from webargs.flaskparser import FlaskParser

from webapp.api.schemas import ProblemSchema
from webapp.errors import RefusedError
from webapp.extensions import csrf
from workflows.core.errors import Reason
from workflows.core.sentences import Template, phrase

PREFIX = "/api/v1"
PROBLEM = "application/problem+json"
MAX_JSON = 256 * 1024
"""Bytes of a JSON body; the largest real one is a long reason."""
NOT_JSON = Reason("not_json", "Kirim isi sebagai application/json.")
BAD_JSON = Reason("bad_json", "Isi JSON tidak dapat dibaca.")
ALWAYS = (401, 403, 422, 500, 503)
"""What any operation may answer besides what it names."""
BINARY = {"type": "string", "format": "binary"}
KEY = {
    "in": "header",
    "name": "Idempotency-Key",
    "schema": {"type": "string", "pattern": "^[\\x21-\\x7e]{1,255}$"},
    "description": "The same request sent again within 24 hours gets the first answer and has no second effect.",
}
View = TypeVar("View", bound=Callable[..., Any])
_SENTENCES = {
    "Missing data for required field.": phrase("wajib diisi"),
    "Unknown field.": phrase("tidak dikenal"),
    "Field may not be null.": phrase("tidak boleh null"),
    "Not a valid integer.": phrase("harus bilangan bulat"),
    "Not a valid string.": phrase("harus teks"),
    "Not a valid boolean.": phrase("harus true atau false"),
    "Not a valid date.": phrase("harus tanggal TTTT-BB-HH"),
    "Not a valid UUID.": phrase("harus UUID"),
    "Invalid input type.": phrase("bentuknya salah"),
}
"""The library's words in the language of the product; validators of our own bring theirs."""
_INVALID = Template("%(field)s: %(words)s.", words=("field", "words"))


class Parser(FlaskParser):
    """Reads what was sent, to the letter: unknown names are refused, and refusals are problem details."""

    DEFAULT_UNKNOWN_BY_LOCATION = {"json": ma.RAISE, "query": ma.RAISE}  # noqa: RUF012 - the library's own form

    def load_json(self, req: Request, schema: ma.Schema) -> Any:
        """Read the body. :raises RefusedError: 415 another type, 400 no JSON, 413 too much of it."""
        req.max_content_length = MAX_JSON
        body = req.get_data()
        if not body:
            return missing
        if not req.is_json:
            raise RefusedError(415, NOT_JSON)
        try:
            return json.loads(body)
        except (ValueError, RecursionError):
            raise RefusedError(400, BAD_JSON) from None

    def handle_error(self, error: ma.ValidationError, req: Request, schema: ma.Schema, **_options: Any) -> NoReturn:
        """:raises RefusedError: 422 with a reason per field."""
        raise RefusedError(422, *_reasons(error.messages))


def _reasons(messages: Any, path: tuple[str, ...] = ()) -> Iterator[Reason]:
    if isinstance(messages, Mapping):
        for name, inner in messages.items():
            # The first name is the place (body or query), which the caller knows.
            yield from _reasons(inner, (*path, str(name)))
        return
    where = ".".join(name for name in path[1:] if name != "_schema") or phrase("isi")
    for message in messages:
        yield Reason("invalid_field", _INVALID(field=where[:100], words=_SENTENCES.get(message, message)))


class Routes(flask_smorest.Blueprint):
    """A part of the API. Bearer tokens alone open it, so that forged forms have nothing to ride on."""

    ARGUMENTS_PARSER = Parser()

    def __init__(self, name: str, *, about: str) -> None:
        super().__init__(f"api_{name}", __name__, url_prefix=PREFIX, description=about)
        csrf.exempt(self)

    def refuses(self, *statuses: int) -> Callable[[View], View]:
        """Document the refusals of an operation; the usual ones need not be named."""

        def mark(view: View) -> View:
            for status in sorted({*ALWAYS, *statuses}):
                view = self.alt_response(status, HTTPStatus(status).name)(view)
            return view

        return mark


class Api(flask_smorest.Api):
    """Documents; errors are answered by :mod:`webapp.errors` like everywhere else."""

    DEFAULT_ERROR_RESPONSE_NAME = None

    def _register_error_handlers(self) -> None:
        """Leave the application's handlers in place."""

    def _register_responses(self) -> None:
        for status in HTTPStatus:
            response = {"description": status.phrase, "schema": ProblemSchema}
            prepare_response(response, self.spec, PROBLEM)
            self.spec.components.response(status.name, response, lazy=True)

    def _register_pagination_header(self) -> None:
        """Pages are told in the body, not in a header."""
