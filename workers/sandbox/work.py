"""What a child does with the file once the walls stand: a check, the reading of a plan or of pages, drawn pages."""

from __future__ import annotations

import json
from typing import Any, BinaryIO

from workflows.documents.errors import PlanError
from workflows.documents.reader import read_plan
from workflows.evidence.checks.draw import draw_pages
from workflows.evidence.checks.judge import check_file
from workflows.evidence.checks.pages import draw_page, read_pages
from workflows.evidence.checks.pictures import PictureSize
from workflows.evidence.checks.trust_list import NO_TRUST, TrustList
from workflows.evidence.checks.wire import Request

PLAN_BYTES = 32 * 1024 * 1024
"""More than any reader of plans takes: what is beyond is cut, and the reader refuses by its own limit."""


def answer(request: Request, file: BinaryIO, *, trust: TrustList = NO_TRUST) -> bytes:
    """The answer as JSON."""
    match request["kind"]:
        case "check":
            document = _check(request, file, trust)
        case "pictures":
            document = _pictures(request, file)
        case "text":
            document = {"ok": read_pages(file, request["pages"]).to_json()}
        case "bitmap":
            document = {"ok": draw_page(file, request["pages"][0]).to_json()}
        case _:
            document = _plan(request, file)
    return json.dumps(document).encode()


def _check(request: Request, file: BinaryIO, trust: TrustList) -> dict[str, Any]:
    report = check_file(file, name=request["name"], profile=request["profile"], trust=trust)
    return {"report": report.to_json()}


def _pictures(request: Request, file: BinaryIO) -> dict[str, Any]:
    drawn = draw_pages(file, request["pages"], size=PictureSize(request["profile"]))
    return {"pictures": [picture.to_json() for picture in drawn]}


def _plan(request: Request, file: BinaryIO) -> dict[str, Any]:
    try:
        plan = read_plan(file.read(PLAN_BYTES), filename=request["name"])
        return {"ok": {**plan.to_json(), "beside": plan.beside()}}
    except PlanError as error:
        return {"error": {"code": error.code, "message": error.message}}
