"""Which signatures does the file hold, and what are they worth?

A file without any costs nothing here: the validator is not asked. `unverifiable` says that nobody could tell, never
that a signature is wrong.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from typing import Any

from workflows.evidence.checks import graph
from workflows.evidence.checks.chain import Standing
from workflows.evidence.checks.document import Document
from workflows.evidence.checks.graph import fetch, is_array, is_dictionary, members, number, resolved, text, word
from workflows.evidence.checks.judgement import VALIDATOR, Asked, judge_signatures, worst
from workflows.evidence.checks.outcome import Facts, Outcome, Remark
from workflows.evidence.checks.placing import pages_of_signatures
from workflows.evidence.checks.report import Signature, SignatureJudgement, SignatureVerdict
from workflows.evidence.checks.sentences import (
    MORE_SIGNATURES,
    SIGNATURE_LOST,
    SIGNATURES_BROKEN,
    SIGNATURES_CHANGED,
    SIGNATURES_EXPIRED,
    SIGNATURES_EXPIRED_SINCE,
    SIGNATURES_INTACT,
    SIGNATURES_REVOKED,
    SIGNATURES_UNSUITABLE,
    SIGNATURES_UNTRUSTED,
    SIGNATURES_UNVERIFIED,
    SIGNATURES_WITHOUT_LIST,
    STRAY_SIGNATURES,
    UNREAD_FIELDS,
)

FIELDS_LIMIT = 20_000
SIGNATURES_SHOWN = 100
NAME_LIMIT = 250
MARK = b"/ByteRange"
"""Stands in every signature, which must not be packed (ISO 32000-2, 12.8.1), and nowhere else."""

VERDICTS = {
    SignatureVerdict.INVALID: ("signature_broken", SIGNATURES_BROKEN),
    SignatureVerdict.INTACT_BUT_CHANGED: ("signature_changed", SIGNATURES_CHANGED),
    SignatureVerdict.UNVERIFIABLE: ("signature_unverified", SIGNATURES_UNVERIFIED),
}
STANDINGS = {
    Standing.REVOKED: ("signature_revoked", SIGNATURES_REVOKED),
    Standing.UNKNOWN_ROOT: ("signature_untrusted", SIGNATURES_UNTRUSTED),
    Standing.NO_TRUST_LIST: ("signature_untrusted", SIGNATURES_WITHOUT_LIST),
    Standing.EXPIRED: ("signature_expired", SIGNATURES_EXPIRED),
    Standing.UNSUITABLE: ("signature_unsuitable", SIGNATURES_UNSUITABLE),
    Standing.EXPIRED_SINCE: ("signature_expired_since", SIGNATURES_EXPIRED_SINCE),
}


def check_signatures(document: Document) -> Outcome:
    """One entry per signed field, in the order of signing; a signature that no field leads to is told apart."""
    signed, unread = signed_fields(document)
    reachable = {_key(field.value) for field in signed} | _usage_rights(document)
    strays = sum(_is_stray(dictionary, reachable) for dictionary in graph.survey(document).dictionaries)
    doubtful = strays or unread
    facts: Facts = {"signature_verdict": SignatureVerdict.UNVERIFIABLE if doubtful else SignatureVerdict.NONE}
    remarks: list[Remark] = []
    document.signed = False
    if signed:
        now = dt.datetime.now(dt.UTC)
        asked = [field.asked for field in signed[:SIGNATURES_SHOWN]]
        judged = _placed(judge_signatures(document, asked, now=now), asked, document)
        # A field whose value nobody can read names no signer; a stamp over a whole file is nobody's signature.
        document.signed = any(entry.kind == "signature" and entry.signer for entry in judged)
        remarks += _remarks(judged, len(signed))
        left_out = [SignatureVerdict.UNVERIFIABLE] if doubtful or len(signed) > len(judged) else []
        facts = {
            "signature_verdict": worst([*(entry.verdict for entry in judged), *left_out]),
            "signatures": tuple(judged),
            "signatures_judged": SignatureJudgement(
                VALIDATOR, document.trust.version, now.isoformat(timespec="seconds")
            ),
        }
    if strays:
        remarks.append(Remark("signature_outside_form", STRAY_SIGNATURES(count=strays)))
    if unread:
        remarks.append(Remark("signature_unverified", UNREAD_FIELDS(count=unread)))
    if not signed and not reachable and not strays and document.holds(MARK):
        remarks.append(Remark("signature_lost", SIGNATURE_LOST))
    return Outcome(facts=facts, remarks=tuple(remarks))


def _is_stray(dictionary: Any, reachable: AbstractSet[object]) -> bool:
    """A signature that no field leads to; one that cannot be read is no field's, either."""
    if "/ByteRange" not in dictionary or "/Contents" not in dictionary:
        return False
    try:
        return _key(dictionary) not in reachable
    except MemoryError:
        raise
    except Exception:
        return True


def _placed(judged: Sequence[Signature], asked: Sequence[Asked], document: Document) -> list[Signature]:
    """The same with the page on which each shows. Two fields of one name cannot be told apart and have none."""
    pages = pages_of_signatures(document)
    names = Counter(field.name for field in asked)
    known = {
        field.name: pages.get(field.signature)
        for field in asked
        if field.signature is not None and names[field.name] == 1
    }
    return [replace(entry, page=known.get(entry.field)) for entry in judged]


def _remarks(judged: Sequence[Signature], count: int) -> list[Remark]:
    """What is wrong with how many; what a broken signature's certificate is worth does not matter any more."""
    verdicts = Counter(entry.verdict for entry in judged)
    remarks = [
        Remark(code, sentence(count=verdicts[verdict]))
        for verdict, (code, sentence) in VERDICTS.items()
        if verdicts[verdict]
    ]
    if count > len(judged):
        remarks.append(Remark("signature_unverified", MORE_SIGNATURES(count=count, judged=len(judged))))
    if not remarks:
        remarks.append(Remark("signature_intact", SIGNATURES_INTACT(count=count)))
    standings = Counter(entry.certificate for entry in judged if entry.verdict is not SignatureVerdict.INVALID)
    remarks += [
        Remark(code, sentence(count=standings[standing]))
        for standing, (code, sentence) in STANDINGS.items()
        if standings[standing]
    ]
    return remarks


@dataclass(frozen=True, slots=True)
class SignedField:
    """A field of the form that has been signed."""

    asked: Asked
    value: Any
    """The signature's dictionary."""


def signed_fields(document: Document) -> tuple[list[SignedField], int]:
    """Every signature field that has been signed (ISO 32000-2, 12.7.4, 12.7.5.5); how many fields cannot be read."""
    root = graph.catalog(document)
    form = None if root is None else fetch(root, "/AcroForm")
    fields = fetch(form, "/Fields") if is_dictionary(form) else None
    signed: list[SignedField] = []
    # The type is inherited from the parent field, and a full name is the path of partial names.
    waiting: list[tuple[Any, str, str]] = []
    if fields is not None and is_array(fields):
        waiting += [(field, "", "") for field in reversed(list(fields))]
    visited: set[tuple[int, int]] = set()
    looked_at = unread = 0
    while waiting and looked_at < FIELDS_LIMIT:
        entry, prefix, inherited = waiting.pop()
        looked_at += 1
        try:
            field = resolved(entry)
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
                signed.append(SignedField(Asked(name, where, number(value)), value))
            kids = fetch(field, "/Kids")
            if is_array(kids):
                waiting.extend((kid, name, kind) for kid in reversed(list(kids)))
        except MemoryError:
            raise
        except Exception:  # a reader raises many classes on a field that it cannot resolve; the others are still there
            unread += 1
    return signed, unread


def _usage_rights(document: Document) -> set[object]:
    """Rights that the maker of a form gave to a reader program (12.8.2.3): a signature of no signer."""
    root = graph.catalog(document)
    try:
        permissions = None if root is None else fetch(root, "/Perms")
        if not is_dictionary(permissions):
            return set()
        return {_key(value) for key in ("/UR", "/UR3") if is_dictionary(value := fetch(permissions, key))}
    except MemoryError:
        raise
    except Exception:  # rights that cannot be read are none
        return set()


def _key(signature: Any) -> object:
    """What tells two signatures apart; one written in place has no number but covers bytes of its own."""
    where = number(signature)
    if where is not None:
        return where
    covered = fetch(signature, "/ByteRange")
    return tuple(item for item in members(covered) if isinstance(item, int)) if is_array(covered) else None
