"""What a child does with the file once the walls stand: a check, the reading of a plan, or pictures of its pages."""

from __future__ import annotations

import json
from typing import Any, BinaryIO

from workflows.documents import PlanError, read_plan
from workflows.evidence.checks.draw import draw_pages
from workflows.evidence.checks.judge import check_file
from workflows.evidence.checks.pictures import PictureSize
from workflows.evidence.checks.trust_list import NO_TRUST, TrustList
from workflows.evidence.checks.wire import Request

PLAN_BYTES = 32 * 1024 * 1024
"""More than any reader of plans takes: what is beyond is cut, and the reader refuses by its own limit."""


def answer(request: Request, file: BinaryIO, *, trust: TrustList = NO_TRUST) -> bytes:
    """The answer as JSON."""
    if request["kind"] == "pictures":
        return json.dumps(_pictures(request, file)).encode()
    return json.dumps(_check(request, file, trust) if request["kind"] == "check" else _plan(request, file)).encode()


def _check(request: Request, file: BinaryIO, trust: TrustList) -> dict[str, Any]:
    report = check_file(file, name=request["name"], profile=request["profile"], trust=trust)
    return {"report": report.to_json()}


def _pictures(request: Request, file: BinaryIO) -> dict[str, Any]:
    drawn = draw_pages(file, request["pages"], size=PictureSize(request["profile"]))
    return {"pictures": [picture.to_json() for picture in drawn]}


def _plan(request: Request, file: BinaryIO) -> dict[str, Any]:
    try:
        return {"ok": read_plan(file.read(PLAN_BYTES), filename=request["name"]).to_json()}
    except PlanError as error:
        return {"error": {"code": error.code, "message": error.message}}
