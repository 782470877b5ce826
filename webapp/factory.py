"""Makes the web application: the parts, in the order in which they are bound."""

import json
import logging
from pathlib import Path
from typing import Any

from flask import Flask, Response, request
from flask.typing import ResponseReturnValue
from jinja2 import StrictUndefined
from werkzeug.middleware.proxy_fix import ProxyFix

import workflows.stages  # noqa: F401 - the whole engine is known before the first request
from storage.minio_store import MinioStore
from storage.room import room_below
from webapp import errors, formats, health, language, messages, multipart, static_files
from webapp.auth import access, sign_in
from webapp.extensions import babel, csrf, login_manager
from webapp.settings import Settings
from workflows.core import jobs
from workflows.core.db import KEEP_ALIVE, db

DIST = Path(__file__).parent / "static" / "dist"
CONTENT_SECURITY_POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    ]
)
_YEAR = 365 * 24 * 3600


class Tuntas(Flask):
    """A Flask application in which one request is one transaction."""

    def dispatch_request(self) -> ResponseReturnValue:
        """Commit what a successful view wrote, before the answer leaves; anything else is rolled back.

        The commit happens here and not after the request, so that what it raises reaches the error handlers.
        """
        response = self.make_response(super().dispatch_request())
        if response.status_code < 400:
            db.session.commit()
        else:
            db.session.rollback()
        return response


def create_app(settings: Settings | None = None) -> Flask:
    """Return the application. :raises MissingSettingError: when the environment lacks a setting."""
    settings = settings or Settings.from_environment()
    app = Tuntas(__name__)
    _configure(app, settings)
    db.init_app(app)
    csrf.init_app(app)
    # An error page must not look somebody up in a database that may be away.
    login_manager.init_app(app, add_context_processor=False)
    babel.init_app(app, locale_selector=language.choose_locale)
    app.extensions["store"] = _store(settings)
    messenger = messages.Messenger(settings.redis_url)
    app.extensions["messenger"] = messenger
    jobs.register_sender(messenger.send)
    errors.init_app(app)
    formats.init_app(app)
    language.init_app(app)
    multipart.init_app(app)
    static_files.init_app(app)
    app.before_request(access.enforce)
    app.after_request(_harden)
    _register(app)
    return app


def _configure(app: Flask, settings: Settings) -> None:
    app.config.update(
        SETTINGS=settings,
        SECRET_KEY=settings.secret_key,
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        SQLALCHEMY_ENGINE_OPTIONS={
            "pool_size": 8,
            "max_overflow": 8,
            "connect_args": {**KEEP_ALIVE, "prepare_threshold": 3},
        },
        MAX_CONTENT_LENGTH=settings.max_upload_bytes + 1024 * 1024,
        TRUSTED_HOSTS=[host for host in settings.trusted_hosts.split(",") if host] or None,
        SESSION_COOKIE_NAME="__Host-tuntas" if settings.behind_tls else "tuntas",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.behind_tls,
        PERMANENT_SESSION_LIFETIME=12 * 3600,
        WTF_CSRF_TIME_LIMIT=None,
        SEND_FILE_MAX_AGE_DEFAULT=_YEAR,
        BABEL_DEFAULT_LOCALE="id",
    )
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.jinja_env.undefined = StrictUndefined
    login_manager.session_protection = "strong"
    logging.getLogger("webapp").setLevel(logging.INFO)
    if settings.proxy_count:
        count = settings.proxy_count
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, x_proto=count, x_host=count)  # type: ignore[method-assign]


def _store(settings: Settings) -> MinioStore:
    return MinioStore.connect(
        settings.s3_endpoint,
        settings.s3_access_key,
        settings.s3_secret_key,
        region=settings.s3_region,
        secure=settings.s3_secure,
        bucket_prefix=settings.bucket_prefix,
        free_bytes=room_below(settings.store_folder) if settings.store_folder else None,
    )


def _register(app: Flask) -> None:
    from webapp import api, pages

    app.register_blueprint(sign_in.blueprint)
    app.register_blueprint(health.blueprint)
    pages.init_app(app)
    api.init_app(app)


def _harden(response: Response) -> Response:
    headers = response.headers
    headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("Referrer-Policy", "same-origin")
    headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
    if request.endpoint != "static":
        headers.setdefault("Cache-Control", "no-store")
    return response


def assets() -> dict[str, Any]:
    """Return the built files by their plain names. :raises FileNotFoundError: they were not built."""
    found: dict[str, Any] = json.loads((DIST / "manifest.json").read_text("utf-8"))
    return found
