"""In which language a request is answered, and how a sentence of the rules is said in it.

Pages speak Indonesian until somebody chooses otherwise: a browser set to English on an Indonesian desk is no wish. A
program has no cookie, so ``Accept-Language`` decides under ``/api/``. Nothing that is stored, archived or put into a
bundle passes through here.
"""

import re
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Flask, current_app, redirect, request
from flask.typing import ResponseReturnValue
from flask_babel import get_locale, gettext

from webapp.auth.access import access
from webapp.auth.identity import is_api
from webapp.auth.targets import safe_target
from webapp.translations import LANGUAGES, SOURCE, translations
from workflows.bundles import anchoring as _anchors  # noqa: F401 - the templates of why an anchor is not outside
from workflows.core.errors import InvalidInputError, Reason
from workflows.core.sentences import Template, phrase, recognise
from workflows.documents import recognise as _plans  # noqa: F401 - the templates of what was stored in a plan's reading
from workflows.documents import sentences as _readers  # noqa: F401 - and of why one could not be read
from workflows.evidence.checks import sentences as _checks  # noqa: F401 - and of what was stored in a report

COOKIE = "bahasa"
NAMES: Mapping[str, str] = {"id": "Bahasa Indonesia", "en": "English"}
"""Each language in its own words."""
_BETWEEN = re.compile("(, | dan )")
_YEAR = 365 * 24 * 3600

blueprint = Blueprint("language", __name__)


def choose_locale() -> str:
    """Return the language of this request: what was chosen, else Indonesian."""
    if is_api():
        return request.accept_languages.best_match(LANGUAGES, default=SOURCE)
    chosen = request.cookies.get(COOKIE, "")
    return chosen if chosen in LANGUAGES else SOURCE


def language() -> str:
    """Return the code of the language in which this request is answered; outside of any, that of the sources."""
    locale = get_locale()
    return locale.language if locale else SOURCE


def say(text: str) -> str:
    """Return an Indonesian sentence of the rules in the language of this request.

    What no catalog knows, such as people's own words, stays as it is.
    """
    # To a catalog the empty text is its own head.
    if not text or language() == SOURCE:
        return str(text)
    found = gettext(text)
    if found != text:
        return found
    made = recognise(text)
    return _fill(*made) if made else found


def _fill(template: Template, values: Mapping[str, Any]) -> str:
    said = {name: _words(str(value)) if name in template.words else value for name, value in values.items()}
    return gettext(template.text) % said


def _words(text: str) -> str:
    """Return words of the house, one or a list of them, in the language of this request."""
    whole = say(text)
    return whole if whole != text else "".join(map(say, _BETWEEN.split(text)))


def init_app(app: Flask) -> None:
    """Read the catalogs, give templates what they need, and answer the switch."""
    for code in LANGUAGES:
        translations(code)
    app.jinja_env.filters["say"] = say
    app.jinja_env.globals.update(language=language, language_names=NAMES, phrase=phrase)
    app.register_blueprint(blueprint)


@blueprint.post("/bahasa")
@access(anyone=True)
def choose() -> ResponseReturnValue:
    """Keep the choice for a year, and go back to where it was made. The form's token keeps others from choosing."""
    chosen = request.form.get("bahasa", "")
    if chosen not in LANGUAGES:
        raise InvalidInputError(Reason("language", "Bahasa ini tidak tersedia."))
    response = redirect(safe_target(request.form.get("next")), code=303)
    response.set_cookie(
        COOKIE,
        chosen,
        max_age=_YEAR,
        secure=current_app.config["SESSION_COOKIE_SECURE"],
        httponly=True,
        samesite="Lax",
    )
    return response
