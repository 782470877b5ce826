"""One table from refusals to HTTP, and the two forms in which a refusal is shown: problem details and a page.

Problem details follow RFC 9457.
"""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from flask import Flask, Response, current_app, jsonify, redirect, render_template, request, url_for
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException, SecurityError

from storage.errors import StorageError, StoreFullError, StoreUnavailableError
from webapp.auth.access import NotSignedInError
from webapp.auth.identity import current_actor, is_api
from webapp.language import language, say
from workflows.core import audit
from workflows.core.db import db
from workflows.core.errors import (
    ConflictError,
    GoneError,
    GuardFailedError,
    InvalidInputError,
    NotFoundError,
    PermissionDeniedError,
    Reason,
    StaleStateError,
    TransitionNotAllowedError,
    WorkflowError,
)
from workflows.core.sentences import phrase

STATUS: dict[type[WorkflowError], HTTPStatus] = {
    NotFoundError: HTTPStatus.NOT_FOUND,
    PermissionDeniedError: HTTPStatus.FORBIDDEN,
    TransitionNotAllowedError: HTTPStatus.CONFLICT,
    StaleStateError: HTTPStatus.CONFLICT,
    ConflictError: HTTPStatus.CONFLICT,
    GuardFailedError: HTTPStatus.UNPROCESSABLE_ENTITY,
    InvalidInputError: HTTPStatus.UNPROCESSABLE_ENTITY,
    GoneError: HTTPStatus.GONE,
}
STORE_FULL = Reason("store_full", "Penyimpanan penuh. Berkas Anda belum diterima; beri tahu admin lalu kirim ulang.")
STORE_AWAY = Reason(
    "store_away", "Penyimpanan sedang tidak dapat dihubungi. Berkas belum diterima; coba lagi sebentar."
)
DATABASE_AWAY = Reason("database_away", "Basis data sedang tidak dapat dihubungi. Coba lagi sebentar.")
FOREIGN_HOST = Reason("foreign_host", "Nama situs ini tidak dikenal. Periksa alamat yang Anda ketik.")
NOT_SIGNED_IN = Reason("not_signed_in", "Masuk dahulu, atau kirim token yang masih berlaku.")
WORDS: dict[int, tuple[str, str]] = {
    400: (
        phrase("Permintaan tidak terbaca"),
        phrase("Permintaan tidak dapat dibaca. Muat ulang halaman lalu coba lagi."),
    ),
    401: (phrase("Masuk dahulu"), phrase("Halaman ini hanya untuk yang sudah masuk.")),
    403: (phrase("Tidak berwenang"), phrase("Anda tidak berwenang melakukan ini.")),
    404: (phrase("Tidak ditemukan"), phrase("Halaman tidak ditemukan.")),
    405: (phrase("Tidak dilayani"), phrase("Cara ini tidak dilayani di alamat ini.")),
    406: (phrase("Tidak tersedia"), phrase("Bentuk jawaban yang diminta tidak tersedia.")),
    409: (phrase("Sudah berubah"), phrase("Keadaannya sudah berubah. Muat ulang lalu putuskan lagi.")),
    410: (phrase("Sudah dihapus"), phrase("Berkas ini sudah dihapus menurut aturan penyimpanan.")),
    413: (phrase("Berkas terlalu besar"), phrase("Berkas terlalu besar.")),
    415: (phrase("Jenis isi salah"), phrase("Jenis isi ini tidak dilayani.")),
    416: (phrase("Bagian tidak ada"), phrase("Bagian berkas yang diminta tidak ada.")),
    422: (phrase("Isian belum benar"), phrase("Isian belum benar.")),
    429: (phrase("Terlalu banyak percobaan"), phrase("Terlalu banyak percobaan. Tunggu 15 menit lalu coba lagi.")),
    500: (phrase("Kesalahan di sisi kami"), phrase("Tidak ada yang hilang. Coba lagi, atau beri tahu admin.")),
    503: (phrase("Sedang tidak tersedia"), phrase("Coba lagi sebentar.")),
    507: (phrase("Penyimpanan penuh"), phrase("Beri tahu admin.")),
}
"""Per status: a title and the sentence for a refusal that brings none of its own."""


class RefusedError(Exception):
    """A refusal that belongs to HTTP itself: a body too large, a wrong type, a store that is away."""

    def __init__(self, status: int, *reasons: Reason) -> None:
        super().__init__(status, reasons)
        self.status, self.reasons = status, reasons


def init_app(app: Flask) -> None:
    """Register the handlers."""
    app.register_error_handler(WorkflowError, _workflow)
    app.register_error_handler(StaleDataError, lambda _error: _workflow(StaleStateError()))
    app.register_error_handler(RefusedError, lambda error: answer(error.status, error.reasons))
    app.register_error_handler(NotSignedInError, lambda _error: _not_signed_in())
    app.register_error_handler(StorageError, _storage)
    app.register_error_handler(OperationalError, _database)
    app.register_error_handler(SecurityError, _foreign_host)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _unexpected)


def answer(status: int, reasons: Sequence[Reason], **extra: Any) -> Response:
    """Answer a refusal as problem details under ``/api/``, as a fragment to htmx, else as a page."""
    db.session.rollback()
    if is_api():
        return problem(status, reasons, **extra)
    title = say(WORDS.get(status, WORDS[400])[0])
    said = [say(reason.message) for reason in reasons]
    page = render_template(
        "error.html", status=int(status), title=title, sentence=told(reasons), reasons=said, advice=None
    )
    return Response(page, status=status)


def told(reasons: Sequence[Reason]) -> str:
    """Return all reasons as people read them, in the language of this request."""
    return " ".join(say(reason.message) for reason in reasons)


def problem(status: int, reasons: Sequence[Reason], **extra: Any) -> Response:
    """Return problem details with every reason."""
    first = reasons[0]
    body = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": int(status),
        "code": first.code,
        "detail": told(reasons),
        "reasons": [{"code": reason.code, "message": say(reason.message)} for reason in reasons],
        **extra,
    }
    response = jsonify(body)
    response.status_code = int(status)
    response.mimetype = "application/problem+json"
    response.content_language = [language()]
    response.vary.add("Accept-Language")
    if status == HTTPStatus.UNAUTHORIZED:
        response.headers["WWW-Authenticate"] = 'Bearer realm="tuntas"'
    return response


def _workflow(error: WorkflowError) -> Response:
    status = next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), HTTPStatus.CONFLICT)
    db.session.rollback()
    note_refusal(error)
    return answer(status, error.reasons)


def note_refusal(error: WorkflowError) -> None:
    """Keep refused acts in the access chain, in a transaction of their own."""
    if request.method in ("GET", "HEAD", "OPTIONS"):
        return
    actor = current_actor()
    if actor is None or actor.region_id is None:
        return
    details = {"path": request.path, "method": request.method, "reasons": [reason.code for reason in error.reasons]}
    audit.record(
        "request.refused", audit.Subject("request", None, actor.region_id), actor=actor, details=details, access=True
    )
    db.session.commit()


def _not_signed_in() -> Response:
    if is_api():
        return answer(HTTPStatus.UNAUTHORIZED, [NOT_SIGNED_IN])
    if request.headers.get("HX-Request") == "true":
        response = answer(HTTPStatus.UNAUTHORIZED, [NOT_SIGNED_IN])
        response.headers["HX-Redirect"] = url_for("auth.sign_in")
        return response
    target = request.full_path.rstrip("?") if request.method == "GET" else None
    return redirect(url_for("auth.sign_in", next=target))  # type: ignore[return-value]


def _storage(error: StorageError) -> Response:
    current_app.logger.warning("store.failed", extra={"error": repr(error)})
    if isinstance(error, StoreFullError):
        return answer(HTTPStatus.INSUFFICIENT_STORAGE, [STORE_FULL])
    if isinstance(error, StoreUnavailableError):
        return answer(HTTPStatus.SERVICE_UNAVAILABLE, [STORE_AWAY])
    return _unexpected(error)


def _database(error: OperationalError) -> Response:
    current_app.logger.error("database.away", extra={"error": repr(error)})
    return answer(HTTPStatus.SERVICE_UNAVAILABLE, [DATABASE_AWAY])


def _http(error: HTTPException) -> Response:
    if error.response is not None or error.code is None or error.code < 400:
        return error.get_response()  # type: ignore[return-value]
    message = WORDS[error.code][1] if error.code in WORDS else error.description or ""
    response = answer(error.code, [Reason(f"http_{error.code}", message)])
    allowed = getattr(error, "valid_methods", None)
    if allowed:
        response.headers["Allow"] = ", ".join(sorted(allowed))
    return response


def _foreign_host(_error: SecurityError) -> Response:
    """Answer in bare words: under a name that is not ours no address of a page or a style can be given."""
    if is_api():
        return answer(HTTPStatus.BAD_REQUEST, [FOREIGN_HOST])
    return Response(say(FOREIGN_HOST.message), status=HTTPStatus.BAD_REQUEST, mimetype="text/plain")


def _unexpected(error: Exception) -> Response:
    current_app.logger.exception("request.failed", exc_info=error)
    return answer(HTTPStatus.INTERNAL_SERVER_ERROR, [Reason("internal", WORDS[500][1])])
