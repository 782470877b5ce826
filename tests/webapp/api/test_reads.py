"""What the lists and single resources tell, to whom, and in how many queries."""

from collections.abc import Callable

from tests.webapp.conftest import Api, Furnished

Of = Callable[..., Api]


def test_me_names_person_posts_and_scopes(api: Of) -> None:
    found = api("head_b1").get("/me").json
    assert found["person"]["name"] == "Pegawai head_b1"
    assert [(post["role"], post["agency"]["code"], post["unit"]["code"]) for post in found["posts"]] == [("unit_head", "dpk", "b1")]
    assert found["scopes"] == ["read", "act"]
    assert api("head_b1", read_only=True).get("/me").json["scopes"] == ["read"]
