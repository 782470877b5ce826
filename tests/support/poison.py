"""Objects that no writer of PDF makes, each of which once broke a reader: put into a later revision of any file."""

from __future__ import annotations

import re
from collections.abc import Mapping

from hypothesis import strategies as st

from tests.support.forged_pdfs import revise

FREE = 60
"""Above the numbers of any file that the tests make."""

STRAY: Mapping[str, bytes] = {
    "an action of no name": b"<</S/#ff#fe>>",
    "an annotation of no name": b"<</Rect[0 0 1 1]/Subtype/#ff#fe>>",
    "a script that is no text": b"<</S/X/JS<efbbbfff>>>",
    "a script of half a character": b"<</S/X/JS<feffd8>>>",
    "a form of no name": b"<</XFA/#ff>>",
    "a trigger of no name": b"<</AA<</#ff 3 0 R>>/S/Y>>",
    "a file name that is no text": b"<</EF<</F 3 0 R>>/UF<efbbbfff>/F/#ff>>",
    "a type of no name": b"<</Type/#ff/Subtype/#fe>>",
    "a signature outside the form": b"<</ByteRange/#ff/Contents<efbbbfff>/Type/#ff>>",
    "keys of no name": b"<</#ff/#fe/#fd<</#ff 1>>/S/#ff>>",
}
"""By what is wrong with each; nothing in the file leads there."""

FIELDS: Mapping[str, bytes] = {
    "a text field whose name is no text": b"<</FT/Tx/T<efbbbfff>>>",
    "a text field with a name for a name": b"<</FT/Tx/T/#ff>>",
    "a field of no type": b"<</FT/#ff/T(a)>>",
    "a field that is its own kid": b"<</FT/Tx/T(a)/Kids[60 0 R 61 0 R]>>",
    "a field with a number for a name": b"<</FT/Tx/T 5/Kids/#ff>>",
    "a signed field of nothing": b"<</FT/Sig/T<efbbbfff>/V<</ByteRange/#ff/Contents/#fe>>>>",
}
"""Fields of the form beside those that are there."""

LOCKS: Mapping[str, bytes] = {
    "a lock of no level": b"/Lock <</P 9>>",
    "a lock of the wrong kind": b"/Lock 5",
    "a lock of no name": b"/Lock <</P/#ff/Action/#fe/Fields[/#ff]>>",
}
"""What a later revision writes into the signed field itself."""


NAMES = (b"/S", b"/F", b"/UF", b"/JS", b"/T", b"/FT", b"/Type", b"/Subtype", b"/AA", b"/EF", b"/XFA", b"/Rect", b"/#ff",
         b"/ByteRange", b"/Contents", b"/OpenAction", b"/Kids", b"/V", b"/Width", b"/Height", b"/Lock", b"/P")  # fmt: skip
simple = st.one_of(
    st.sampled_from(NAMES),
    st.sampled_from((b"null", b"true", b"5", b"-1", b"99999999999999999999", b"1.5", b"5 0 R", b"777 0 R", b"60 0 R")),
    st.binary(max_size=6).map(lambda data: b"<%b>" % data.hex().encode()),
    st.binary(min_size=1, max_size=4).map(lambda data: b"/" + b"".join(b"#%02x" % (byte or 1) for byte in data)),
    st.sampled_from((b"<efbbbfff>", b"<feffd800>", b"<feffd8>", b"/Sig", b"/Launch", b"/JavaScript", b"/EmbeddedFile")),
)
bodies = st.recursive(
    simple,
    lambda inner: (
        st.lists(inner, max_size=4).map(lambda items: b"[%b]" % b" ".join(items))
        | st.dictionaries(st.sampled_from(NAMES), inner, max_size=5).map(
            lambda entries: b"<<%b>>" % b" ".join(b"%b %b" % entry for entry in entries.items())
        )
    ),
    max_leaves=10,
)
"""Any object at all, in the words that a check listens to."""


def with_stray(data: bytes, *bodies: bytes) -> bytes:
    """Objects that nothing leads to."""
    return _revised(data, {FREE + place: body for place, body in enumerate(bodies)})


def with_field(data: bytes, body: bytes) -> bytes:
    """One more field of the form, in front of the others."""
    number, form = _holding(data, rb"/Fields \[")
    named = re.sub(rb"/Fields \[", b"/Fields [%d 0 R " % FREE, form, count=1)
    return _revised(data, {number: named, FREE: body})


def with_lock(data: bytes, entry: bytes) -> bytes:
    """The signed field with one more entry."""
    number, field = _holding(data, rb"/FT /Sig")
    return _revised(data, {number: re.sub(rb"/FT /Sig", b"/FT /Sig " + entry, field, count=1)})


def _holding(data: bytes, pattern: bytes) -> tuple[int, bytes]:
    """The newest version of the last object that holds this."""
    newest = dict(re.findall(rb"(?s)(?:^|\n)(\d+) 0 obj\n(.*?)\nendobj", data))
    number = [found for found, body in newest.items() if re.search(pattern, body)][-1]
    return int(number), newest[number]


def _revised(data: bytes, objects: Mapping[int, bytes]) -> bytes:
    return revise(data, objects, root=int(re.findall(rb"/Root (\d+) 0 R", data)[-1]))
