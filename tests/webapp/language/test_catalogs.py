"""The catalogs are whole: every sentence of the sources is translated, nothing is left over, no value gets lost."""

import ast
import re
from pathlib import Path

import grimp
import pytest
from babel.messages.catalog import Catalog, Message

from webapp import language
from webapp.translations import LANGUAGES, SOURCE, catalog_file, translations
from webapp.translations.__main__ import FOLDERS, ROOT, UNSEEN, extract, read, untranslated

FOREIGN = [code for code in LANGUAGES if code != SOURCE]
PLACE = re.compile(r"%\(\w+\)s")
SAME = {
    "LHE",
    "LHE %(agency)s %(year)s",
    "Log",
    "Unit",
    "PDF",
    "Excel",
    "Word",
    "%(num)s byte",
    "%(field)s: %(words)s.",
    "%(who)s: %(kind)s.",
}
"""What reads the same in English."""


@pytest.fixture(scope="module")
def sources() -> Catalog:
    """Every sentence of the sources, found anew."""
    return extract()


def ids(catalog: Catalog) -> set[str | tuple[str, ...]]:
    """Return the catalog's sentences."""
    return {_id(message) for message in catalog if message.id}


def _id(message: Message) -> str | tuple[str, ...]:
    return message.id if isinstance(message.id, str) else tuple(message.id)


def _strings(message: Message) -> tuple[str, ...]:
    return tuple(message.string) if isinstance(message.string, list | tuple) else (message.string,)


def test_english_is_there() -> None:
    assert LANGUAGES[0] == SOURCE
    assert "en" in FOREIGN
    assert language.NAMES.keys() == set(LANGUAGES)


@pytest.mark.parametrize("code", FOREIGN)
def test_the_catalog_holds_exactly_the_sentences_of_the_sources(code: str, sources: Catalog) -> None:
    """Where this fails, run ``make messages``, translate what it lists, and commit the catalog."""
    assert len(ids(sources)) > 500
    assert ids(read(code)) == ids(sources)


@pytest.mark.parametrize("code", FOREIGN)
def test_nothing_is_untranslated_doubtful_or_left_over(code: str) -> None:
    catalog = read(code)
    assert [message.id for message in untranslated(catalog)] == []
    assert list(catalog.obsolete) == []


@pytest.mark.parametrize("code", FOREIGN)
def test_every_value_has_its_place_in_the_translation_too(code: str) -> None:
    for message in read(code):
        wanted = set(PLACE.findall(message.id if isinstance(message.id, str) else message.id[0]))
        for string in _strings(message) if message.id else ():
            assert set(PLACE.findall(string)) == wanted, message.id
            assert not PLACE.sub("", string).count("%(")


@pytest.mark.parametrize("code", FOREIGN)
def test_a_piece_of_a_sentence_keeps_the_blanks_that_join_it_and_a_sentence_its_end(code: str) -> None:
    for message in read(code):
        source = message.id if isinstance(message.id, str) else message.id[0] if message.id else ""
        for string in _strings(message) if source else ():
            assert (string[0] == " ", string[-1] == " ") == (source[0] == " ", source[-1] == " "), source
            assert (string[-1] in ".?!") == (source[-1] in ".?!"), source


def test_only_what_reads_the_same_was_left_as_it_is() -> None:
    left = {source for message in read("en") if (source := _strings_of_id(message)) and source in _strings(message)}
    assert left == SAME


def _strings_of_id(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[0]


@pytest.mark.parametrize("code", FOREIGN)
def test_the_file_names_no_place_and_no_day(code: str) -> None:
    text = catalog_file(code).read_text("utf-8")
    assert "#:" not in text
    assert "#~" not in text
    assert "-Date:" not in text
    assert not re.search(r"/(work|home|root|tmp|usr)/|https?://|@", text)


@pytest.mark.parametrize("code", FOREIGN)
def test_the_application_reads_the_file_itself(code: str) -> None:
    assert translations(code).gettext("Simpan konsep") == "Save the draft"
    assert not list(catalog_file(code).parent.glob("*.mo"))


def test_the_pages_know_every_template_whose_sentences_are_stored(sources: Catalog) -> None:
    """What has been through the database is recognised by its template, so the pages must import every one."""
    homes: dict[str, set[str]] = {}
    for path, call in _calls("Template"):
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        homes.setdefault(module, set()).add(str(ast.literal_eval(call.args[0])))
    assert len(homes) > 5
    graph = grimp.build_graph("webapp", "workflows", "workers", cache_dir=None)
    assert homes.keys() <= graph.find_upstream_modules("webapp.factory")
    assert set().union(*homes.values()) <= {message.id for message in sources if isinstance(message.id, str)}


def test_no_sentence_for_people_is_put_together_where_no_catalog_can_find_it() -> None:
    """A sentence with values comes from a template; an f-string could never be translated."""
    found = [
        f"{path.relative_to(ROOT)}:{call.lineno}"
        for path, call in _calls("Reason", "Remark", "flash", "notice", "phrase", "gettext", "_")
        if any(isinstance(node, ast.JoinedStr | ast.BinOp) for node in call.args[-1:])
        and not (isinstance(call.func, ast.Name) and call.func.id == "Reason" and len(call.args) < 2)
    ]
    assert found == []


def _calls(*names: str) -> list[tuple[Path, ast.Call]]:
    unseen = tuple(str(ROOT / path) for path in UNSEEN)
    paths = [path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py") if not str(path).startswith(unseen)]
    return [
        (path, node)
        for path in paths
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names and node.args
    ]
