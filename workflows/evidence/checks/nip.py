"""The one number of a certificate's holder that the office knows people by."""

from __future__ import annotations

import re

_NIP = re.compile(r"(?<!\d)\d{18}(?!\d)")
_SPACES = re.compile(r"(?<=\d)[ .]+(?=\d)")


def nip_in(text: str) -> str | None:
    """The NIP in a text: eighteen digits, however they are spaced. Sixteen are a NIK and nobody's business here."""
    found = _NIP.search(_SPACES.sub("", text))
    return found[0] if found else None
