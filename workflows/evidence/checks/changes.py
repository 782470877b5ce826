"""What came after a signature, and may it? (ISO 32000-2, 12.8.2.2)

Filling empty fields, further signatures, time stamps and proofs of validity are expected; whatever changes what the
signer saw is not. Three things are added to pyHanko's analysis, against files that were prepared to be changed: what
was filled stays, and neither the end nor a later revision holds anything that no table leads to.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from enum import StrEnum
from typing import Any

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.reader import HistoricalResolver, PdfFileReader
from pyhanko.sign.diff_analysis import DEFAULT_DIFF_POLICY, DiffResult, ModificationLevel
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature

from workflows.evidence.checks.integrity import Coverage, covered_end

FIELDS_LIMIT = 20_000
WHITE = b"\0\t\n\f\r "
END = re.compile(rb"startxref[\0\t\n\f\r ]+\d+[\0\t\n\f\r ]+%%EOF")
"""The last lines of a revision (ISO 32000-2, 7.5.5)."""
OBJECT = re.compile(rb"(?<![^\0\t\n\f\r >])(\d{1,10})[\0\t\n\f\r ]+(\d{1,5})[\0\t\n\f\r ]+obj(?![A-Za-z])")
"""The first line of an object (ISO 32000-2, 7.3.10)."""


class Changes(StrEnum):
    """What later revisions did."""

    NO = "no"
    PERMITTED = "permitted"
    SUSPICIOUS = "suspicious"
    UNKNOWN = "unknown"


def judge_changes(signature: EmbeddedPdfSignature, coverage: Coverage) -> Changes:
    """Compare the signed revision with what the file shows today."""
    if coverage is Coverage.FILE:
        return Changes.NO
    if coverage is Coverage.PARTIAL:
        return Changes.SUSPICIOUS
    try:
        allowed = signature.docmdp_level
        found = DEFAULT_DIFF_POLICY.review_file(
            signature.reader, signature.signed_revision, field_mdp_spec=signature.fieldmdp, doc_mdp=allowed
        )
        if not isinstance(found, DiffResult) or found.modification_level is ModificationLevel.OTHER:
            return Changes.SUSPICIOUS
        if allowed is not None and found.modification_level.value > allowed.value:
            return Changes.SUSPICIOUS
        if allowed is None and _overwrites_filled(signature):
            return Changes.SUSPICIOUS
        if _has_loose_end(signature) or _has_loose_objects(signature):
            return Changes.SUSPICIOUS
    except MemoryError:
        raise
    except Exception:  # the later revisions cannot be read: foreign bytes break the reader in any way
        return Changes.SUSPICIOUS if _reads_alone(signature) else Changes.UNKNOWN
    return Changes.PERMITTED


def _has_loose_end(signature: EmbeddedPdfSignature) -> bool:
    """Bytes at the end that belong to no revision: readers that repair such files show the objects in there."""
    stream = signature.reader.stream
    stream.seek(covered_end(signature))
    later = stream.read()
    if signature.signed_revision < signature.reader.xrefs.total_revisions - 1:
        ends = list(END.finditer(later))
        later = later[ends[-1].end() :] if ends else later
    return bool(later.strip(WHITE))


def _has_loose_objects(signature: EmbeddedPdfSignature) -> bool:
    """A later object that no table leads to: whoever repairs the file shows it, whoever follows the tables does not."""
    stream = signature.reader.stream
    start = covered_end(signature)
    stream.seek(start)
    later = stream.read()
    newest = {(int(found[1]), int(found[2])): found.start() for found in OBJECT.finditer(later)}
    for (number, generation), place in newest.items():
        told = signature.reader.xrefs[generic.Reference(number, generation)]
        # A table may point to the white space in front.
        if not isinstance(told, int) or not 0 <= told - start <= place or later[told - start : place].strip(WHITE):
            return True
    return False


def _overwrites_filled(signature: EmbeddedPdfSignature) -> bool:
    """A field that was filled when it was signed shows or holds something else today.

    A shadow attack keeps the value and exchanges what is shown, which passes for the filling of a form.
    """
    reader = signature.reader
    signed = reader.get_historical_resolver(signature.signed_revision)
    today = reader.get_historical_resolver(reader.xrefs.total_revisions - 1)
    later = dict(_filled(today))
    return any(later.get(name) != shown for name, shown in _filled(signed))


def _filled(revision: HistoricalResolver) -> Iterator[tuple[str, object]]:
    """Every field with a value that is no signature: its path, and what it holds and shows."""
    form = _follow(revision.root, "/AcroForm")
    waiting = [("", "", form, "/Fields")]
    looked_at = 0
    while waiting and looked_at < FIELDS_LIMIT:
        prefix, inherited, parent, key = waiting.pop()
        for index, item in enumerate(_follow(parent, key) or ()):
            looked_at += 1
            field: Any = item.get_object()
            if not isinstance(field, generic.DictionaryObject):
                continue
            kind = str(_follow(field, "/FT") or inherited)
            # Kids without a name are the places of one field on the pages; their position tells them apart.
            name = f"{prefix}.{_follow(field, '/T') or index}"
            value = _follow(field, "/V")
            if kind not in ("/Sig", "") and value is not None and str(value):
                shown = _follow(_follow(field, "/AP"), "/N")
                yield name, (_plain(value), _plain(shown), str(_follow(field, "/AS")))
            waiting.append((name, kind, field, "/Kids"))


def _follow(dictionary: Any, key: str) -> Any:
    """The value of a key; `None` for one that is missing or empty."""
    if not isinstance(dictionary, generic.DictionaryObject) or key not in dictionary:
        return None
    value = dictionary[key]
    return None if isinstance(value, generic.NullObject) else value


def _plain(value: Any) -> object:
    """A value that compares by content."""
    if isinstance(value, generic.StreamObject):
        return value.data
    if isinstance(value, generic.DictionaryObject):
        return tuple((str(key), _plain(value[key])) for key in sorted(value))
    return str(value)


def _reads_alone(signature: EmbeddedPdfSignature) -> bool:
    """Whether the signed part is a sound file by itself, so that what follows it is what broke it."""
    stream = signature.reader.stream
    stream.seek(0)
    try:
        alone = PdfFileReader(io.BytesIO(stream.read(covered_end(signature))), strict=False)
        for revision in range(alone.xrefs.total_revisions):
            for reference in alone.xrefs.explicit_refs_in_revision(revision):
                alone.get_object(reference)  # type: ignore[no-untyped-call]
    except MemoryError:
        raise
    except Exception:
        return False
    return True
