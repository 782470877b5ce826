"""What lists and single resources tell, to whom, and in how many queries."""

import copy
import uuid
from collections.abc import Callable

import flask
import pytest

from tests.support.furnished import Api, Furnished, furnish
from tests.support.offices import plan_document
from tests.support.statements import counted
from webapp.embedded import Addresses

Of = Callable[..., Api]


def test_me_names_person_posts_and_scopes(api: Of) -> None:
    found = api("head_b1").get("/me").json
    assert found["person"]["name"] == "Pegawai head_b1"
    places = [(post["role"], post["agency"]["code"], post["unit"]["code"]) for post in found["posts"]]
    assert places == [("unit_head", "dpk", "b1")]
    assert found["scopes"] == ["read", "act"]
    assert api("head_b1", read_only=True).get("/me").json["scopes"] == ["read"]


def test_a_recommendation_tells_progress_and_what_serves_it(api: Of, furnished: Furnished) -> None:
    items = sorted(api("auditor").get("/recommendations?agency=dpk").json["items"], key=lambda row: row["number"])
    assert [row["number"] for row in items] == ["A-1", "B-1", "C-1", "D-1"]
    first, second, report, _outcome = items
    assert first["requirements"] == second["requirements"]
    assert len(first["requirements"]) == 6
    assert first["progress"] == {"verified": 0, "required": 6}
    assert report["requirements"] == [furnished.requirements["report"]]
    assert first["action"] == {"text": "Menindaklanjuti A-1", "owner": None, "due_on": None, "output": None}
    assert (first["component"], first["state"], first["official_status"]) == ("A", "drafted", "NOT_ASSESSED")
    assert (first["year"], first["agency"]["code"]) == (2026, "dpk")
    assert api("auditor").get(f"/recommendations/{first['id']}").json == first


def test_a_requirement_tells_whose_turn_it_is_and_what_may_be_done(api: Of, furnished: Furnished) -> None:
    found = api("staff_b1").get(f"/requirements/{furnished.requirements['b1-1']}").json
    assert found["allowed_actions"] == ["upload"]
    assert found["holder"]["role"] == "unit_head"
    assert (found["evidence"], found["returned"], found["waived"]) == (None, None, False)
    assert (found["quarter"], found["unit"]["code"], found["due_on"]) == (1, "b1", "2026-04-30")
    assert len(found["recommendations"]) == 2


def test_a_token_that_only_reads_is_offered_nothing(api: Of, furnished: Furnished) -> None:
    path = f"/requirements/{furnished.requirements['b1-1']}"
    assert api("staff_b1", read_only=True).get(path).json["allowed_actions"] == []
    assert api("staff_b2").get(path).json["allowed_actions"] == []


@pytest.mark.parametrize("path", ["/requirements", "/recommendations", "/evaluations", "/audit-events"])
def test_a_list_holds_only_what_is_in_scope(api: Of, path: str) -> None:
    def agencies(who: str) -> set[str]:
        rows = api(who).get(f"{path}?limit=100").json["items"]
        return {row["chain"] if "chain" in row else row["agency"]["code"] for row in rows}

    assert len(agencies("head")) == 1
    assert agencies("head").isdisjoint(agencies("other_head"))
    assert agencies("auditor") >= agencies("head") | agencies("other_head")


def test_out_of_scope_is_the_same_as_not_there(api: Of, furnished: Furnished) -> None:
    hidden = api("head").get(f"/requirements/{furnished.other_requirement}")
    missing = api("head").get(f"/requirements/{uuid.uuid4()}")
    assert hidden.status_code == missing.status_code == 404
    assert hidden.json == missing.json
    other_agency, no_agency = api("head").get("/requirements?agency=dsp"), api("head").get("/requirements?agency=zzz")
    assert other_agency.status_code == no_agency.status_code == 404
    assert other_agency.json == no_agency.json


def test_filters_narrow_by_year_agency_and_state(api: Of, upload: Callable[..., object]) -> None:
    def count(query: str) -> int:
        return len(api("evaluator").get(f"/requirements?limit=100&{query}").json["items"])

    upload("staff_b1", "b1-1")
    assert count("year=2026") == 8 + 3
    assert count("year=2025") == 0
    assert count("agency=DPK") == 8
    assert count("agency=dpk&state=drafted") == 7
    assert count("state=evidence_uploaded") == 1


def test_pages_follow_each_other_without_gap_or_repeat(api: Of) -> None:
    for path in ("/requirements", "/audit-events", "/recommendations"):
        whole = api("evaluator").get(f"{path}?limit=100").json
        seen: list[str] = []
        cursor = ""
        while cursor is not None:
            page = api("evaluator").get(f"{path}?limit=2&cursor={cursor}").json
            assert len(page["items"]) <= 2
            seen += [row["id"] for row in page["items"]]
            cursor = page["next"]
        assert seen[: len(whole["items"])] == [row["id"] for row in whole["items"]]
        assert len(seen) == len(set(seen))


def test_the_log_comes_newest_first(api: Of) -> None:
    times = [row["at"] for row in api("evaluator").get("/audit-events?limit=100").json["items"]]
    assert times == sorted(times, reverse=True)


def test_reads_and_downloads_are_shown_to_the_privacy_officer_alone(
    api: Of, upload: Callable[..., object], furnished: Furnished
) -> None:
    evidence_id = upload("staff_b1", "b1-1").json["id"]  # type: ignore[attr-defined]
    api("staff_b1").get(f"/evidence/{evidence_id}/file").close()

    def kinds(who: str) -> set[str]:
        return {row["kind"] for row in api(who).get(f"/audit-events?subject={evidence_id}").json["items"]}

    assert kinds("auditor") == {"evidence.received"}
    assert kinds("privacy_officer") == {"evidence.received", "evidence.downloaded"}


def test_nonsense_in_the_query_is_refused_with_a_reason(api: Of) -> None:
    nonsense = ["limit=0", "limit=101", "limit=lima", "limit=1e1", "year=abcd", "year=1", "state=done", "halaman=2"]
    nonsense += ["cursor=xyz", "cursor=W10", "cursor=eyJhIjoxfQ", "cursor=%00", "agency=%00", f"year={'9' * 30}"]
    for query in nonsense:
        refused = api("evaluator").get(f"/requirements?{query}")
        assert (query, refused.status_code, refused.mimetype) == (query, 422, "application/problem+json")
        assert refused.json["reasons"]


def many_requirements() -> dict[str, object]:
    """A plan with 30 requirements more."""
    document = copy.deepcopy(plan_document(quarters=(1,)))
    entry = next(row for row in document["recommendations"] if row["number"] == "C-1")
    for number in range(2, 32):
        document["recommendations"].append(entry | {"number": f"C-{number}"})
    return document


class TestTheNumberOfQueriesDoesNotDependOnTheNumberOfRows:
    """Three rows or thirty."""

    @pytest.fixture
    def furnished(self, database: Addresses) -> Furnished:
        """An office with a long plan."""
        return furnish(database, document=many_requirements())

    def test_of_a_page(self, app: flask.Flask, api: Of) -> None:
        def queries(who: str, path: str, limit: int) -> int:
            with counted(app) as statements:
                rows = api(who).get(f"{path}?limit={limit}").json["items"]
            assert (len(rows) > 3) == (limit > 3)
            return len(statements)

        for who in ("evaluator", "head"):
            for path in ("/requirements", "/recommendations", "/audit-events"):
                api(who).get(path)
                assert queries(who, path, 3) == queries(who, path, 30) <= 25
