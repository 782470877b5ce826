"""Are the names and numbers of those who sign printed on it, and the part in which the head acknowledges?"""

import re
from collections.abc import Iterator, Sequence

from workflows.evidence.sense import sentences as say
from workflows.evidence.sense.subject import INFO, WARN, Holder, Page, Remark, Signer, Subject
from workflows.evidence.sense.words import find, near, tokens

TITLES = frozenset({"h", "hj", "drs", "dra", "dr", "drg", "ir", "prof", "apt", "kh", "tgk", "ns"})
"""What stands before a name; what stands behind it comes after a comma."""
NIP_DIGITS = 18
BELOW = 400
"""Characters after a name in which its number is looked for."""
_NIP = re.compile(r"(?<![0-9])(?:[0-9OoIlSB][ .\-]{0,2}){17}[0-9OoIlSB](?![0-9])")
_LOOKS = str.maketrans({"O": "0", "o": "0", "I": "1", "l": "1", "S": "5", "B": "8"})
_SHORT_LINE = 90


def check_signers(subject: Subject) -> Iterator[Remark]:
    """Look for whoever held the posts that sign and acknowledge."""
    for signer in (subject.signer, subject.acknowledger):
        if signer is not None and signer.holders:
            yield _look(signer, subject.pages)


def check_acknowledgement(subject: Subject) -> Iterator[Remark]:
    """Look for the part that begins with *Mengetahui*, from the end: it stands below the text."""
    if subject.acknowledger is None:
        return
    for page in reversed(subject.pages):
        for line in page.text.splitlines():
            first = tokens(line[:_SHORT_LINE])[:1]
            if first and len(line) <= _SHORT_LINE and any(near(first[0], w) for w in ("mengetahui", "menyetujui")):
                message = say.ACKNOWLEDGEMENT_FOUND(page=page.number)
                yield Remark("acknowledgement_found", INFO, message, page.number)
                return
    yield Remark("acknowledgement_absent", WARN, say.ACKNOWLEDGEMENT_ABSENT)


def _look(signer: Signer, pages: Sequence[Page]) -> Remark:
    best: Remark | None = None
    for holder in signer.holders:
        for page in reversed(pages):
            remark = _on_page(holder, signer.post, page)
            if remark is not None and remark.code == "signer_found":
                return remark
            best = best or remark
    if best is not None:
        return best
    names = ", ".join(holder.name for holder in signer.holders)
    return Remark("signer_absent", WARN, say.SIGNER_ABSENT(names=names, post=signer.post))


def _on_page(holder: Holder, post: str, page: Page) -> Remark | None:
    values = {"name": holder.name, "post": post, "page": page.number}
    named = find(page.tokens, bare_name(holder.name)) is not None
    numbers = [found.group() for found in _NIP.finditer(page.text)]
    matches = holder.nip is not None and any(_same(number, holder.nip) for number in numbers)
    if named and matches:
        return Remark("signer_found", INFO, say.SIGNER_FOUND(**values), page.number)
    if matches:
        return Remark("nip_found", INFO, say.NIP_FOUND(**values), page.number)
    if not named:
        return None
    if holder.nip is None:
        return Remark("name_found", INFO, say.NAME_FOUND(**values), page.number)
    below = _number_below(holder, page)
    if below is not None and not _same(below, holder.nip):
        return Remark("nip_differs", WARN, say.NIP_DIFFERS(**values), page.number)
    return Remark("name_found", INFO, say.NAME_FOUND(**values), page.number)


def bare_name(name: str) -> list[str]:
    """Return the words of a name without titles and ranks."""
    return [word for word in tokens(name.partition(",")[0]) if word not in TITLES]


def _number_below(holder: Holder, page: Page) -> str | None:
    """Return the first number after the line with the name."""
    at = 0
    for line in page.text.splitlines(keepends=True):
        if find(tokens(line), bare_name(holder.name)) is not None:
            found = _NIP.search(page.text, at, min(len(page.text), at + len(line) + BELOW))
            return found.group() if found else None
        at += len(line)
    return None


def _same(written: str, nip: str) -> bool:
    """Tell whether a written number is this one, but for a digit that a scanner got wrong."""
    digits = re.sub(r"[ .\-]", "", written).translate(_LOOKS)
    if len(digits) != NIP_DIGITS or len(nip) != NIP_DIGITS:
        return digits == nip
    return sum(a != b for a, b in zip(digits, nip, strict=True)) <= 1
