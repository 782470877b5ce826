"""Who signs and who acknowledges, as a sentence says: "ditandatangani ... mengetahui Pimpinan SKPD"."""

from workflows.documents.plan import Signer
from workflows.documents.words import any_near, holds, near, words

_HEADS = ("pimpinan", "kepala")
_UNITS = ("unit", "bidang", "bagian", "seksi", "subbagian")
_AGENCIES = ("skpd", "opd", "badan", "dinas", "perangkat", "kantor", "inspektorat", "satuan", "instansi")
_SIGNS = "tandatangan"
_ACKNOWLEDGES = "mengetahui|diketahui"


def signer(text: str) -> Signer | None:
    """Return the position that the text wants to sign, None when it names none."""
    return next(iter(_after(text, _SIGNS)), None)


def acknowledger(text: str) -> Signer | None:
    """Return the position that the text wants to acknowledge, None when it names none."""
    return next(iter(_after(text, _ACKNOWLEDGES)), None)


def promised(text: str) -> frozenset[Signer]:
    """Return all positions whose hand a promise names, none when it does not speak of signing."""
    return frozenset(_after(text, _SIGNS))


def of_every_unit(text: str) -> bool:
    """Tell whether the text asks each unit for its own document."""
    tokens = words(text)
    return any_near(tokens, "setiap", "tiap", "masing", "seluruh", "semua") and any_near(tokens, "unit", "bidang")


def _after(text: str, cue: str) -> list[Signer]:
    # "tanda tangan" is written as one word and as two.
    tokens = words(text.replace("tanda tangan", "tandatangan"))
    start = next((index for index, token in enumerate(tokens) if holds([token], cue)), len(tokens))
    found: list[Signer] = []
    for index in range(start, len(tokens) - 1):
        if any(near(tokens[index], head) for head in _HEADS):
            place = tokens[index + 1 : index + 2]
            if any_near(place, *_UNITS):
                found.append(Signer.UNIT_HEAD)
            elif any_near(place, *_AGENCIES):
                found.append(Signer.AGENCY_HEAD)
    return found
