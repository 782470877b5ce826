"""The API against its own document: schemathesis sends what the document allows and what it forbids."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import flask
import pytest
from werkzeug.test import TestResponse

from tests.support.furnished import Furnished
from tests.support.serving import served

EXAMPLES = 12
"""Per operation and kind of data, so that a run takes seconds."""
ONLY_BY_OTHERS = {
    "POST /api/v1/requirements/{requirement_id}/evidence": "head_b1",
    "POST /api/v1/evaluations/{report_id}/issue": "inspector",
}
"""Operations that the asking evaluator may not call: who calls them in his place."""


@pytest.fixture
def address(app: flask.Flask) -> Iterator[str]:
    """The running application."""
    with served(app) as found:
        yield found


def test_what_is_answered_is_what_the_document_says(
    address: str, furnished: Furnished, upload: Callable[..., TestResponse], tmp_path: Path
) -> None:
    evidence = upload("staff_b1", "b1-1").json["id"]
    # A cursor is a text that only the page before gives; no schema tells which ones are ours. Nonsense is sent elsewhere.
    known = {"query.cursor": "", "path.evidence_id": evidence, "path.requirement_id": furnished.requirements["b1-1"]}
    known["path.report_id"] = furnished.report_id
    config = ["[parameters]", *(f'"{name}" = "{value}"' for name, value in known.items())]
    for operation, who in ONLY_BY_OTHERS.items():
        config += ["[[operations]]", f'include-name = "{operation}"']
        config += [f'headers = {{ Authorization = "Bearer {furnished.tokens[who]}" }}']
    (tmp_path / "schemathesis.toml").write_text("\n".join(config))
    command = [
        str(Path(sys.executable).with_name("schemathesis")),
        *("run", f"{address}/api/v1/openapi.json", "--no-color", "--checks", "all", "--workers", "2"),
        *("--phases", "examples,coverage,fuzzing", "--max-examples", str(EXAMPLES), "--continue-on-failure"),
        *("--header", f"Authorization: Bearer {furnished.tokens['evaluator']}"),
    ]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=240, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    assert " 0 generated" not in run.stdout
