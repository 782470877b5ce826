"""Signing in and out."""

from flask import Blueprint, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import login_user, logout_user

from webapp.auth.access import access
from webapp.auth.identity import SessionUser, current_actor
from webapp.auth.passwords import TooManyAttemptsError, authenticate
from webapp.auth.targets import safe_target
from webapp.errors import RefusedError
from webapp.language import say
from workflows.core import audit
from workflows.core.actors import Actor, Channel
from workflows.core.db import db
from workflows.core.errors import Reason
from workflows.core.sentences import phrase
from workflows.organization.models import Account

blueprint = Blueprint("auth", __name__)
WRONG = phrase("Nama pengguna, surel, atau kata sandi salah.")
BRAKE = Reason("too_many_attempts", "Terlalu banyak percobaan masuk. Tunggu 15 menit lalu coba lagi.")


@blueprint.get("/masuk")
@access(anyone=True)
def sign_in() -> ResponseReturnValue:
    """Show the form."""
    if current_actor() is not None:
        return redirect(safe_target(request.args.get("next")))
    return render_template("auth/sign_in.html", login="", problem=None, next=request.args.get("next", ""))


@blueprint.post("/masuk")
@access(anyone=True)
def sign_in_post() -> ResponseReturnValue:
    """Check name and password; start a fresh session."""
    login = request.form.get("login", "")[:254]
    try:
        account = authenticate(login, request.form.get("password", "")[:1024], address=request.remote_addr or "")
    except TooManyAttemptsError:
        raise RefusedError(429, BRAKE) from None
    _note(account)
    if account is None:
        db.session.commit()
        page = render_template("auth/sign_in.html", login=login, problem=say(WRONG), next=request.form.get("next", ""))
        return page, 422
    session.clear()  # nothing of a session that somebody else may have planted survives
    login_user(SessionUser(account))
    session.permanent = True
    return redirect(safe_target(request.form.get("next")))


@blueprint.post("/keluar")
@access()
def sign_out() -> ResponseReturnValue:
    """End the session."""
    logout_user()
    session.clear()
    return redirect(url_for("auth.sign_in"))


def _note(account: Account | None) -> None:
    kind = "account.signed_in" if account else "account.sign_in_failed"
    actor = Actor(name="-", channel=Channel.WEB, person_id=account.person_id if account else None)
    subject = audit.Subject("account", account.id if account else None, account.region_id if account else None)
    details = {"address": request.remote_addr, "agent": request.headers.get("User-Agent", "")[:200]}
    audit.record(kind, subject, actor=actor, details=details, access=True)
