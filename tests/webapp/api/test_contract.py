"""The API against its own document: schemathesis sends what the document allows and what it forbids."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import flask
import pytest
from werkzeug.test import TestResponse

from tests.support.furnished import MULTIPART, Api, Furnished, multipart
from tests.support.serving import served

EXAMPLES = 5
"""Per operation and kind of data, so that a run takes seconds."""
ONLY_BY_OTHERS = {
    "POST /api/v1/requirements/{requirement_id}/evidence": "head_b1",
    "POST /api/v1/evaluations/{report_id}/issue": "inspector",
    "POST /api/v1/decisions/{decision_id}/decide": "inspector",
    "GET /api/v1/posts": "operator",
    "GET /api/v1/posts/{post_id}/assignments": "operator",
    "POST /api/v1/posts/{post_id}/assignments": "operator",
    "POST /api/v1/assignments/{assignment_id}/letter": "operator",
    "POST /api/v1/assignments/{assignment_id}/confirm": "head",
    "POST /api/v1/assignments/{assignment_id}/decline": "head",
    "POST /api/v1/assignments/{assignment_id}/end": "head",
    "GET /api/v1/letters/{scan_id}/file": "head",
    "GET /api/v1/successions": "operator",
    "GET /api/v1/engagements": "inspector",
    "POST /api/v1/decisions/decide": "inspector",
    "POST /api/v1/successions": "admin",
    "POST /api/v1/successions/{succession_id}/confirm": "inspector",
    "POST /api/v1/successions/{succession_id}/decline": "inspector",
}
"""Operations that the asking evaluator may not call: who calls them in his place."""
UPLOADS = {
    "POST /api/v1/requirements/{requirement_id}/evidence", "POST /api/v1/evaluations/import",
    "POST /api/v1/assignments/{assignment_id}/letter", "POST /api/v1/official-papers",
}  # fmt: skip
"""What makes a file acceptable is in its bytes, and no schema says it: here a refused file is no fault."""
ABOUT_A_PAPER = {
    "POST /api/v1/papers",
    *(f"POST /api/v1/requirements/{{requirement_id}}/{what}" for what in ("ink/confirm", "ink/dispute", "certificate")),
}
"""What may be said of a paper depends on what it holds, and which may be of all agencies on its kind: no schema says that."""
BY_CALENDAR = {
    "POST /api/v1/posts/{post_id}/assignments", "POST /api/v1/assignments/{assignment_id}/end",
    "POST /api/v1/successions",
}  # fmt: skip
"""What depends on the days of others in that post."""
BY_THE_OFFICE = {
    "POST /api/v1/evaluations/{report_id}/grids",
    "POST /api/v1/requirements/{requirement_id}/posts",
    "POST /api/v1/evaluations/{report_id}/issue",
    "POST /api/v1/samples",
}
"""What they name, units, numbers and posts, how much waits or a component is out of, is the office's and in no schema."""
EVERY_TIME = {
    "POST /api/v1/evidence/{evidence_id}/access", "POST /api/v1/requirements/actions",
    "POST /api/v1/requirements/{requirement_id}/messages",
}  # fmt: skip
"""What has its effect every time: there the key of one request with the body of another is met, and rightly refused."""
PAPER = {"kind": "follow_up_matrix", "format": "pdf", "agency": "dpk", "year": 2026}


@pytest.fixture
def address(app: flask.Flask) -> Iterator[str]:
    """The running application."""
    with served(app) as found:
        yield found


def test_what_is_answered_is_what_the_document_says(
    address: str, api: Callable[..., Api], furnished: Furnished, upload: Callable[..., TestResponse], tmp_path: Path
) -> None:
    plan = multipart(("agency", "dpk", None), ("year", "2027", None), ("file", "# Rencana Aksi", "rencana.md"))
    known = {
        "path.requirement_id": furnished.requirements["b1-1"],
        "path.report_id": furnished.report_id,
        "path.plan_id": api("evaluator").get("/plans?agency=dpk").json["items"][0]["id"],
        "path.evidence_id": upload("staff_b1", "b1-1").json["id"],
        "path.import_id": api("evaluator").post("/evaluations/import", data=plan, content_type=MULTIPART).json["id"],
        "path.bundle_id": api("evaluator")
        .post("/bundles", json={"agency": "dpk", "year": 2026, "reason": "uji"})
        .json["id"],
        "path.paper_id": api("evaluator").post("/papers", json=PAPER).json["id"],
        # A cursor is a text that only the page before gives; no schema tells which are ours. Other tests send nonsense.
        "query.cursor": "",
    }
    post = api("operator").get("/posts?agency=dpk").json["items"][0]
    known |= {"path.post_id": post["id"], "path.assignment_id": post["holders"][0]["id"], "query.agency": "dpk"}
    config = ["[parameters]", *(f'"{name}" = "{value}"' for name, value in known.items())]
    for operation in {*ONLY_BY_OTHERS, *UPLOADS, *ABOUT_A_PAPER, *BY_CALENDAR, *BY_THE_OFFICE, *EVERY_TIME}:
        who = ONLY_BY_OTHERS.get(operation, "evaluator")
        config += ["[[operations]]", f'include-name = "{operation}"']
        config += [f'headers = {{ Authorization = "Bearer {furnished.tokens[who]}" }}']
        if operation in UPLOADS | ABOUT_A_PAPER | BY_CALENDAR | BY_THE_OFFICE | EVERY_TIME:
            config += ["checks.positive_data_acceptance.enabled = false"]
    (tmp_path / "schemathesis.toml").write_text("\n".join(config))
    command = [
        str(Path(sys.executable).with_name("schemathesis")),
        *("run", f"{address}/api/v1/openapi.json", "--no-color", "--workers", "2"),
        *("--phases", "examples,coverage,fuzzing", "--max-examples", str(EXAMPLES), "--continue-on-failure"),
        *("--header", f"Authorization: Bearer {furnished.tokens['evaluator']}"),
    ]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=240, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    assert " 0 generated" not in run.stdout
