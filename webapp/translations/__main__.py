"""Brings every catalog up to date with the sources (``make messages``), and says what is left to translate.

Nothing in a catalog changes but its sentences: they are sorted, and name neither a line, nor a file, nor a day.
"""

import io
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from webapp.translations import LANGUAGES, SOURCE, catalog_file

ROOT = Path(__file__).parents[2]
FOLDERS = ("webapp", "workflows", "workers")
METHODS = [("**.py", "python"), ("templates/**.html", "jinja2")]
UNSEEN = (
    "webapp/assets", "webapp/cli", "webapp/demo", "webapp/embedded", "webapp/translations",
    "workflows/migrations", "workflows/organization/accounts.py", "workflows/organization/roster.py",
    "workflows/recovery/restore.py",  # told at the console
)  # fmt: skip
"""What only the command line says, which speaks Indonesian alone, and what says nothing to people."""
KEYWORDS: Mapping[str, Any] = {
    "_": None, "gettext": None, "ngettext": (1, 2),
    "phrase": None, "Template": (1,), "Reason": (2,), "Remark": (2,), "Away": (3,),
    "PlanNotFoundError": (2,), "PlanTooLargeError": (2,), "UnsupportedPlanError": (2,),
}  # fmt: skip
"""The calls that hold sentences, and which of their arguments do. The rules do not know any translator: what they say
is looked up where it is shown (``webapp.language.say``)."""
HEADER = r"""# What people read. `make messages` keeps the list of sentences; the translations are written by hand.
msgid ""
msgstr ""
"Language: {language}\n"
"MIME-Version: 1.0\n"
"Content-Type: text/plain; charset=utf-8\n"
"Content-Transfer-Encoding: 8bit\n"
"Plural-Forms: {plural_forms}\n"

"""


def extract() -> Catalog:
    """Return every sentence of the sources."""
    found = Catalog()
    for message in _messages():
        found.add(message)
    return found


def _messages() -> Iterator[str | tuple[str, ...]]:
    unseen = {ROOT / path for path in UNSEEN}
    for folder in FOLDERS:
        found = extract_from_dir(
            ROOT / folder, METHODS, keywords=KEYWORDS, directory_filter=lambda path: Path(path) not in unseen
        )
        for name, _line, message, _comments, _context in found:
            if ROOT / folder / name not in unseen:
                yield message


def read(language: str) -> Catalog:
    """Return a language's catalog as it lies in the repository."""
    with catalog_file(language).open("rb") as file:
        return read_po(file, locale=language)


def update(language: str) -> list[Message]:
    """Write a language's catalog anew: new sentences come in, those that are gone go; return the untranslated ones."""
    old, new = read(language), Catalog(locale=language)
    for message in extract():
        known = old.get(message.id) if message.id else None
        if message.id:
            new.add(message.id, known.string if known and not known.fuzzy else None)
    written = io.BytesIO()
    write_po(written, new, width=120, sort_output=True, omit_header=True)
    header = HEADER.format(language=language, plural_forms=new.plural_forms)
    catalog_file(language).write_bytes(header.encode() + written.getvalue())
    return untranslated(new)


def untranslated(catalog: Catalog) -> list[Message]:
    """Return the messages without a translation, and those whose translation was never looked at again."""
    return [message for message in catalog if message.id and (message.fuzzy or not _is_whole(message))]


def _is_whole(message: Message) -> bool:
    strings = message.string if isinstance(message.string, tuple | list) else (message.string,)
    return all(strings)


@click.command()
def main() -> None:
    """Bring all catalogs up to date."""
    for language in LANGUAGES:
        if language != SOURCE:
            left = update(language)
            click.echo(f"{language}: {len(left)} untranslated")
            for message in left:
                click.echo(f"  {message.id if isinstance(message.id, str) else message.id[0]}")


if __name__ == "__main__":
    main()
