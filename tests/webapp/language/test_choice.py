"""Who chooses the language: a person by the switch, a program by its header, and nobody else."""

import re
from collections.abc import Callable

import flask
import pytest
from flask.testing import FlaskClient

from tests.support.furnished import Api, Furnished
from webapp.language import NAMES

from .conftest import TOKEN, Site


def choose(client: FlaskClient, language: str, *, page: str = "/masuk", **more: str) -> flask.Response:
    """Press the switch on a page."""
    html = client.get(page).text
    form = re.search(r'<form class="languages"[^>]*action="([^"]+)">(.*?)</form>', html, re.S)
    assert form
    hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form[2]))
    return client.post(form[1], data={**hidden, "bahasa": language, **more})


def lang(html: str) -> str:
    """Return the language that a page claims."""
    found = re.search(r'<html lang="(\w+)">', html)
    assert found
    return found[1]


def test_pages_are_indonesian_whatever_the_browser_prefers(site: Site) -> None:
    page = site.client("").get("/masuk", headers={"Accept-Language": "en-GB,en;q=0.9"})
    assert lang(page.text) == "id"
    assert "<h1>Masuk</h1>" in page.text


def test_the_switch_turns_the_pages_and_leads_back_to_the_same_page(site: Site) -> None:
    client = site.client("evaluator")
    answer = choose(client, "en", page="/rekomendasi?tahun=2026")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/rekomendasi?tahun=2026")
    page = client.get(answer.headers["Location"]).text
    assert lang(page) == "en"
    assert "<h1>Recommendations 2026</h1>" in page
    assert choose(client, "id", page="/").headers["Location"] == "/"
    assert lang(client.get("/").text) == "id"


def test_the_switch_names_each_language_in_its_own_words_and_works_without_a_script(site: Site) -> None:
    page = site.client("").get("/masuk").text
    assert f'<b lang="id" aria-current="true">{NAMES["id"]}</b>' in page
    assert f'<button type="submit" name="bahasa" value="en" lang="en">{NAMES["en"]}</button>' in page


def test_the_choice_is_kept_for_a_year_out_of_reach_of_scripts_and_other_sites(site: Site) -> None:
    cookie = choose(site.client(""), "en").headers["Set-Cookie"]
    assert cookie.startswith("bahasa=en;")
    assert {"Max-Age=31536000", "HttpOnly", "SameSite=Lax", "Path=/"} <= set(cookie.split("; "))
    assert "Secure" not in cookie


def test_behind_tls_the_choice_travels_only_there(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(site.app.config, "SESSION_COOKIE_SECURE", True)
    client = site.app.test_client()
    options = {"base_url": "https://localhost", "headers": {"Referer": "https://localhost/masuk"}}
    token = TOKEN.search(client.get("/masuk", base_url="https://localhost").text)
    assert token
    answer = client.post("/bahasa", data={"csrf_token": token[1], "bahasa": "en"}, **options)
    assert "Secure" in next(line for line in answer.headers.getlist("Set-Cookie") if line.startswith("bahasa=")).split(
        "; "
    )


def test_nobody_else_can_choose_for_a_person(site: Site) -> None:
    client = site.client("evaluator")
    assert client.post("/bahasa", data={"bahasa": "en"}).status_code == 400
    assert client.get("/bahasa?bahasa=en").status_code == 405
    assert lang(client.get("/").text) == "id"


@pytest.mark.parametrize("target", ["https://elsewhere.example/", "//elsewhere.example", "/\\elsewhere.example", ""])
def test_the_switch_never_leads_to_another_site(target: str, site: Site) -> None:
    assert choose(site.client(""), "en", next=target).headers["Location"] == "/"


@pytest.mark.parametrize("language", ["fr", "", "../en", "en-GB"])
def test_a_language_that_is_not_there_cannot_be_chosen(language: str, site: Site) -> None:
    client = site.client("")
    answer = choose(client, language)
    assert answer.status_code == 422
    assert "Bahasa ini tidak tersedia." in answer.text
    client.set_cookie("bahasa", language)
    assert lang(client.get("/masuk").text) == "id"


def test_on_an_answer_to_a_form_the_switch_leads_back_to_the_form(site: Site) -> None:
    client = site.client("", language="en")
    token = TOKEN.search(client.get("/masuk?next=/log").text)
    assert token
    form = {"csrf_token": token[1], "login": "head", "password": "salah"}
    refused = client.post("/masuk", data=form, headers={"Referer": "http://localhost/masuk?next=/log"})
    assert refused.status_code == 422
    assert "The user name, email address or password is wrong." in refused.text
    assert 'name="next" value="/masuk?next=/log"' in refused.text
    elsewhere = client.post("/masuk", data=form, headers={"Referer": "http://elsewhere.example/masuk"})
    assert re.search(r'class="languages".*?name="next" value="/"', elsewhere.text, re.S)


def test_refusals_speak_the_chosen_language_and_need_no_session(site: Site) -> None:
    page = site.client("", language="en").get("/tidak-ada")
    assert page.status_code == 404
    assert lang(page.text) == "en"
    assert "<h1>Not found</h1>" in page.text
    assert "languages" not in page.text


def test_every_page_answers_with_its_own_copy(site: Site) -> None:
    answer = site.client("evaluator", language="en").get("/")
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Cookie" in answer.headers["Vary"]


@pytest.mark.parametrize(
    ("accept", "language"),
    [(None, "id"), ("en", "en"), ("en-GB,en;q=0.9", "en"), ("id,en;q=0.5", "id"), ("fr", "id"), ("fr,en;q=0.2", "en"), ("*", "id"), ("xx;;q=", "id")],
)  # fmt: skip
def test_a_program_is_refused_in_the_language_it_asks_for(accept: str | None, language: str, app: flask.Flask) -> None:
    client = app.test_client()
    client.set_cookie("bahasa", "en" if language == "id" else "id")
    answer = client.get("/api/v1/me", headers={"Accept-Language": accept} if accept else {})
    sentence = {
        "id": "Masuk dahulu, atau kirim token yang masih berlaku.",
        "en": "Sign in first, or send a token that is still valid.",
    }[language]
    assert answer.status_code == 401
    assert answer.json["detail"] == answer.json["reasons"][0]["message"] == sentence
    assert answer.headers["Content-Language"] == language
    assert "Accept-Language" in answer.headers["Vary"]


def test_codes_are_the_same_in_every_language_and_values_stand_in_their_places(
    api: Callable[..., Api], furnished: Furnished
) -> None:
    def refused(language: str, **body: object) -> list[dict[str, str]]:
        path = f"/requirements/{furnished.requirements['b1-1']}/actions"
        answer = api("head_b1").post(path, json=body, headers={"Accept-Language": language})
        assert answer.status_code == 422
        return answer.json["reasons"]

    wrong = {"action": "dance", "version": 0, "reason": "x" * 5000}
    indonesian, english = refused("id", **wrong), refused("en", **wrong)
    assert [reason["code"] for reason in english] == [reason["code"] for reason in indonesian]
    assert "reason: must have 0 to 4000 characters." in [reason["message"] for reason in english]
    assert "version: must be 1 to 2147483647." in [reason["message"] for reason in english]
    assert any(m["message"].startswith("action: must be one of: sign, ") for m in english)
    assert "reason: panjangnya 0 sampai 4000 huruf." in [reason["message"] for reason in indonesian]


def test_the_document_of_the_api_says_so(app: flask.Flask) -> None:
    described = app.test_client().get("/api/v1/openapi.json").json
    assert "Accept-Language" in described["info"]["description"]
