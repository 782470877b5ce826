"""Which signatures does the file hold? Counted honestly and never called intact.

Judging them (bytes covered, certificate, what changed afterwards) is the work of a check of its own; as long
as none has judged a signature, it is `unverifiable`, with the reason beside it.
"""

from __future__ import annotations

from typing import Any

from workflows.core.sentences import phrase
from workflows.evidence.checks import graph
from workflows.evidence.checks.document import Document
from workflows.evidence.checks.graph import fetch, is_array, is_dictionary, members, number, text, word
from workflows.evidence.checks.outcome import Outcome, Remark
from workflows.evidence.checks.report import Signature, SignatureVerdict
from workflows.evidence.checks.sentences import SIGNATURES, STRAY_SIGNATURES

FIELDS_LIMIT = 20_000
SIGNATURES_SHOWN = 100
NAME_LIMIT = 250
UNJUDGED = phrase("Keutuhan tanda tangan elektronik belum diperiksa.")


def check_signatures(document: Document) -> Outcome:
    """One entry per signed field; a signature dictionary that no field leads to is told apart."""
    signed = signed_fields(document)
    reachable = {_key(value) for _, value in signed} | _usage_rights(document)
    strays = sum(
        1
        for dictionary in graph.survey(document).dictionaries
        if "/ByteRange" in dictionary and "/Contents" in dictionary and _key(dictionary) not in reachable
    )
    remarks = []
    if signed:
        remarks.append(Remark("signature_unverified", SIGNATURES(count=len(signed))))
    if strays:
        remarks.append(Remark("signature_outside_form", STRAY_SIGNATURES(count=strays)))
    verdict = SignatureVerdict.UNVERIFIABLE if signed or strays else SignatureVerdict.NONE
    entries = tuple(Signature(field=name, reason=UNJUDGED) for name, _ in signed[:SIGNATURES_SHOWN])
    return Outcome(facts={"signature_verdict": verdict, "signatures": entries}, remarks=tuple(remarks))


def signed_fields(document: Document) -> list[tuple[str, Any]]:
    """Full name and value of every signature field that has been signed (ISO 32000-2, 12.7.4, 12.7.5.5)."""
    root = graph.catalog(document)
    form = None if root is None else fetch(root, "/AcroForm")
    fields = fetch(form, "/Fields") if is_dictionary(form) else None
    signed: list[tuple[str, Any]] = []
    # The type is inherited from the parent field, and a full name is the path of partial names.
    waiting = [(field, "", "") for field in reversed(members(fields))] if is_array(fields) else []
    visited: set[tuple[int, int]] = set()
    looked_at = 0
    while waiting and looked_at < FIELDS_LIMIT:
        field, prefix, inherited = waiting.pop()
        looked_at += 1
        where = number(field)
        if not is_dictionary(field) or where in visited:
            continue
        if where is not None:
            visited.add(where)
        partial = text(fetch(field, "/T"))
        name = (f"{prefix}.{partial}" if prefix and partial else partial or prefix)[:NAME_LIMIT]
        kind = word(field, "/FT") or inherited
        value = fetch(field, "/V")
        if kind == "/Sig" and is_dictionary(value):
            signed.append((name, value))
        kids = fetch(field, "/Kids")
        if is_array(kids):
            waiting.extend((kid, name, kind) for kid in reversed(members(kids)))
    return signed


def _usage_rights(document: Document) -> set[object]:
    """Rights that the maker of a form gave to a reader program (12.8.2.3): a signature of no signer."""
    root = graph.catalog(document)
    permissions = None if root is None else fetch(root, "/Perms")
    if not is_dictionary(permissions):
        return set()
    return {_key(value) for key in ("/UR", "/UR3") if is_dictionary(value := fetch(permissions, key))}


def _key(signature: Any) -> object:
    """What tells two signatures apart; one written in place has no number but covers bytes of its own."""
    where = number(signature)
    if where is not None:
        return where
    covered = fetch(signature, "/ByteRange")
    return tuple(str(item) for item in members(covered)) if is_array(covered) else None
