"""The catalogs: Indonesian is the language of the sources, every other one is a folder with a ``messages.po``.

The catalog is read as it lies in the repository, when the application is made. There is no compiled copy that somebody
could forget to make again, and nothing to build before the first run, in the image, or in the tests.
"""

import functools
import io
from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from flask import Flask
from flask_babel import Babel, Domain, get_locale
from markupsafe import Markup
from werkzeug.utils import cached_property

FOLDER = Path(__file__).parent
SOURCE = "id"
LANGUAGES = (SOURCE, *sorted(path.parent.parent.name for path in FOLDER.glob("*/LC_MESSAGES/messages.po")))
"""Codes of the languages that people may choose, the one of the sources first."""


def catalog_file(language: str) -> Path:
    """Return where the catalog of a language lies."""
    return FOLDER / language / "LC_MESSAGES" / "messages.po"


@functools.cache
def translations(language: str) -> NullTranslations:
    """Return the sentences of a language; those of the sources say themselves."""
    if language == SOURCE:
        return NullTranslations()
    with catalog_file(language).open("rb") as file:
        catalog = read_po(file, locale=language)
    compiled = io.BytesIO()
    write_mo(compiled, catalog)
    compiled.seek(0)
    return Translations(compiled)


def translations_here() -> NullTranslations:
    """Return the sentences of this request's language; outside of any, those of the sources."""
    locale = get_locale()
    return translations(locale.language if locale else SOURCE)


class _Catalogs(Domain):
    """The sentences of all languages."""

    def get_translations(self) -> NullTranslations:
        """Return those of this request's language."""
        return translations_here()


class Languages(Babel):
    """Flask-Babel over the catalogs as they lie in the repository."""

    def init_app(self, app: Flask, **more: Any) -> None:
        """Bind it, with words for templates that need no look into the template's context, each many times a page."""
        super().init_app(app, **more)
        app.jinja_env.globals.update(_=_said, gettext=_said, ngettext=_counted)

    @cached_property
    def domain_instance(self) -> Domain:
        """The one domain."""
        return _Catalogs()


def _said(text: str, /, **values: Any) -> Markup:
    return _filled(translations_here().gettext(text), values)


def _counted(singular: str, plural: str, num: int, /, **values: Any) -> Markup:
    return _filled(translations_here().ngettext(singular, plural, num), {"num": num, **values})


def _filled(text: str, values: dict[str, Any]) -> Markup:
    """Return a sentence as markup, its values escaped; a doubled per cent sign is one, also where there are none."""
    return Markup(text) % values if values else Markup(text % ())  # noqa: S704 - the text is ours, never a person's
