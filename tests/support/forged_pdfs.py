"""Signed files that somebody tampered with: the attacks on PDF signatures that have names, and plain mistakes.

All start from `signed_pdfs`, whose objects have the same numbers every time. Every function is cached.
"""

from __future__ import annotations

import asyncio
import io
import re
from collections.abc import Mapping, Sequence
from functools import cache
from hashlib import sha256

import pikepdf
from pyhanko.sign.fields import MDPPerm

from tests.support import signed_pdfs
from tests.support.pki import toy
from tests.support.signed_pdfs import basic, fill, in_a_thread, letter, sign

# The numbers of the objects of a signed letter.
CATALOG, FORM, PAGES, NOTE, PAGE, ANNOTS, CONTENT, FONT, FIELD, SIGNATURE = 1, 2, 3, 4, 5, 6, 7, 8, 10, 11
FREE = 20
"""A number that no letter uses."""

SHA256_OID = b"608648016503040201"
ECDSA_OID = b"2A8648CE3D040302"
FORGED = b"BT /F1 18 Tf 72 760 Td (Semua rekomendasi sudah dilaksanakan) Tj ET"


def revise(data: bytes, objects: Mapping[int, bytes], *, freed: Sequence[int] = (), root: int = CATALOG) -> bytes:
    """Add a revision that replaces whole objects, as any editor may."""
    out = bytearray(data)
    entries = dict.fromkeys(freed, b"%010d 65535 f \n" % 0)
    for number, body in objects.items():
        entries[number] = b"%010d 00000 n \n" % len(out)
        out += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n" + b"".join(b"%d 1\n%b" % item for item in sorted(entries.items()))
    size = max(int(re.findall(rb"/Size (\d+)", data)[-1]), max(entries) + 1)
    out += b"trailer\n<< /Root %d 0 R /Size %d /Prev %d >>\n" % (root, size, last_table(data))
    out += b"startxref\n%d\n%%%%EOF\n" % start
    return bytes(out)


def last_table(data: bytes) -> int:
    """Where the newest cross-reference table starts."""
    return int(re.findall(rb"startxref\s+(\d+)", data)[-1])


def body(data: bytes, number: int) -> bytes:
    """The newest version of an object as it is written."""
    return re.findall(rb"(?s)(?:^|\n)%d 0 obj\n(.*?)\nendobj" % number, data)[-1]


def stream(content: bytes, entries: bytes = b"") -> bytes:
    return b"<< /Length %d %b >>\nstream\n%b\nendstream" % (len(content), entries, content)


def byte_range(data: bytes) -> list[int]:
    return [int(number) for number in re.findall(rb"/ByteRange \[([\d ]+)\]", data)[-1].split()]


def with_range(data: bytes, text: bytes) -> bytes:
    """Another byte range in the place that the signer left for it."""
    place = re.search(rb"/ByteRange \[[\d ]+\] *", data)
    assert place is not None
    entry = b"/ByteRange %b" % text
    assert len(entry) <= place.end() - place.start()
    return data[: place.start()] + entry.ljust(place.end() - place.start()) + data[place.end() :]


def with_contents(data: bytes, signature: bytes) -> bytes:
    """Another signature in the place of the old one."""
    _, start, end, _ = byte_range(data)
    return data[: start + 1] + signature.hex().upper().encode().ljust(end - start - 2, b"0") + data[end - 1 :]


def sign_ranges(data: bytes, ranges: Sequence[int]) -> bytes:
    """A signer in league with the forger signs only the ranges that suit both."""
    changed = with_range(data, b"[%b]" % b" ".join(b"%d" % number for number in ranges))
    covered = b"".join(changed[at : at + length] for at, length in zip(ranges[::2], ranges[1::2], strict=True))
    work = toy().signer("sari").async_sign(sha256(covered).digest(), "sha256")
    _, start, end, _ = byte_range(data)
    hexed = in_a_thread(lambda: asyncio.run(work)).dump().hex().upper().encode().ljust(end - start - 2, b"0")
    return changed[: start + 1] + hexed + changed[end - 1 :]


# Changed after signing.


@cache
def page_replaced() -> bytes:
    """The page says something else in a later revision."""
    return revise(basic(), {CONTENT: stream(FORGED)})


@cache
def page_replaced_in_archive() -> bytes:
    """The same where proofs and a document time stamp lie in between."""
    return revise(signed_pdfs.archived(), {CONTENT: stream(FORGED)})


@cache
def page_replaced_between_signers() -> bytes:
    """Sari signed, the page was exchanged, Budi signed what he saw."""
    return sign(page_replaced(), "budi", field="Kedua")


@cache
def page_added() -> bytes:
    """A page more."""
    pages = b"<< /Type /Pages /Count 2 /Kids [5 0 R %d 0 R] >>" % FREE
    page = b"<< /Type /Page /Parent 3 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F1 8 0 R >> >> /Contents %d 0 R >>"
    return revise(basic(), {PAGES: pages, FREE: page % (FREE + 1), FREE + 1: stream(FORGED)})


@cache
def annotation_added() -> bytes:
    """Text that lies over the page."""
    note = b"<< /Type /Annot /Subtype /FreeText /Rect [72 700 500 800] /DA (/Helv 12 Tf 0 g) /Contents (Lunas) >>"
    return revise(basic(), {ANNOTS: b"[4 0 R 10 0 R %d 0 R]" % FREE, FREE: note})


@cache
def annotation_on_certified() -> bytes:
    """The evil annotation: on a document whose author allowed forms to be filled and no more."""
    note = b"<< /Type /Annot /Subtype /Stamp /Rect [72 700 500 800] /F 4 /AP << /N %d 0 R >> >>" % (FREE + 1)
    look = stream(FORGED, b"/Type /XObject /Subtype /Form /BBox [0 0 400 100]")
    data = sign(letter(), certify=MDPPerm.FILL_FORMS)
    return revise(data, {ANNOTS: b"[4 0 R 10 0 R %d 0 R]" % FREE, FREE: note, FREE + 1: look})


@cache
def certified_then_filled() -> bytes:
    """The author allowed no change at all, and a field was filled."""
    return fill(signed_pdfs.certified_and_untouched())


@cache
def content_freed() -> bytes:
    """The page's content was struck from the table of objects."""
    return revise(basic(), {}, freed=[CONTENT])


@cache
def rewritten() -> bytes:
    """Opened and saved as a whole."""
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(basic())) as pdf:
        pdf.save(out, static_id=True)
    return out.getvalue()


@cache
def one_byte_changed() -> bytes:
    """One letter of the page, in place."""
    return basic().replace(b"(Laporan hasil", b"(Laporan hasal", 1)


@cache
def transplanted() -> bytes:
    """A signature cut out of another document of the same signer."""
    other = sign(letter().replace(b"(Laporan hasil", b"(Laporan kasil", 1))
    _, start, end, _ = byte_range(other)
    return with_contents(basic(), bytes.fromhex(other[start + 1 : end - 1].decode()))


# Prepared before signing (shadow attacks).


@cache
def shadow_hide() -> bytes:
    """The signer saw a picture that covered the text; a later revision empties the picture."""
    covered = b"BT /F1 18 Tf 72 760 Td (Belum dilaksanakan) Tj ET /Cover Do"
    page = b"<< /Type /Page /Parent 3 0 R /MediaBox [0 0 595 842] /Annots 6 0 R /Contents 7 0 R "
    page += b"/Resources << /Font << /F1 8 0 R >> /XObject << /Cover %d 0 R >> >> >>" % FREE
    cover = b"/Type /XObject /Subtype /Form /BBox [0 0 595 842]"
    white = stream(b"1 g 0 0 595 842 re f", cover)
    signed = sign(revise(letter(), {CONTENT: stream(covered), PAGE: page, FREE: white}))
    return revise(signed, {FREE: stream(b"", cover)})


@cache
def shadow_replace_font() -> bytes:
    """The font was exchanged, so that the same text shows other letters."""
    font = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding << /Differences [49 /nine /eight] >> >>"
    return revise(basic(), {FONT: font})


@cache
def shadow_replace_value() -> bytes:
    """A field that the signer saw filled shows something else; its value is the old one."""
    signed = sign(fill(letter()))
    return fill(signed, shown=b"BT 2 5 Td (Lunas seluruhnya) Tj ET")


@cache
def filled_again() -> bytes:
    """A field that the signer saw filled holds something else."""
    return fill(sign(fill(letter())), "Lunas", shown=b"BT 2 5 Td (Lunas) Tj ET")


@cache
def shadow_hide_and_replace() -> bytes:
    """Two documents lay in the file when it was signed; a later table of objects shows the other one."""
    pages = b"<< /Type /Pages /Count 1 /Kids [%d 0 R] >>" % (FREE + 1)
    page = b"<< /Type /Page /Parent %d 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F1 8 0 R >> >> " % FREE
    page += b"/Contents %d 0 R >>" % (FREE + 2)
    signed = sign(revise(letter(), {FREE: pages, FREE + 1: page, FREE + 2: stream(FORGED)}))
    return revise(signed, {CATALOG: body(signed, CATALOG).replace(b"/Pages 3 0 R", b"/Pages %d 0 R" % FREE)})


@cache
def root_replaced() -> bytes:
    """The trailer names another catalogue."""
    pages = b"<< /Type /Pages /Count 1 /Kids [%d 0 R] >>" % (FREE + 2)
    page = b"<< /Type /Page /Parent %d 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F1 8 0 R >> >> " % (FREE + 1)
    page += b"/Contents %d 0 R >>" % (FREE + 3)
    catalog = body(basic(), CATALOG).replace(b"/Pages 3 0 R", b"/Pages %d 0 R" % (FREE + 1))
    objects = {FREE: catalog, FREE + 1: pages, FREE + 2: page, FREE + 3: stream(FORGED)}
    return revise(basic(), objects, root=FREE)


# Incremental saving attacks.


@cache
def update_without_table() -> bytes:
    """A new page content behind the end, for readers that repair what has no table."""
    return basic() + b"%d 0 obj\n%b\nendobj\n" % (CONTENT, stream(FORGED))


@cache
def update_without_table_but_with_an_end() -> bytes:
    """The same with an end that leads to the table of the signer."""
    return update_without_table() + b"startxref\n%d\n%%%%EOF\n" % last_table(basic())


@cache
def update_without_table_behind_a_revision() -> bytes:
    """The same behind a later revision that may be there."""
    return signed_pdfs.form_filled() + b"%d 0 obj\n%b\nendobj\n" % (CONTENT, stream(FORGED))


@cache
def unlinked() -> bytes:
    """A later revision takes the signed field out of the form and off the page."""
    form = re.sub(rb"/Fields \[[^\]]*\]", b"/Fields []", body(basic(), FORM))
    return revise(basic(), {FORM: form, ANNOTS: b"[]"}, freed=[FIELD, SIGNATURE])


@cache
def delimiter_flipped() -> bytes:
    """One byte of the signature's own dictionary, so that readers find no dictionary there."""
    return basic().replace(b"\n%d 0 obj\n<<" % SIGNATURE, b"\n%d 0 obj\n=<" % SIGNATURE, 1)


@cache
def update_with_trailer_only() -> bytes:
    """The same with a trailer that points to a table that is none."""
    end = b"trailer\n<< /Root 1 0 R /Size 20 >>\nstartxref\n%d\n%%%%EOF\n" % len(basic())
    return update_without_table() + end


@cache
def update_with_copied_signature() -> bytes:
    """A later revision brings a copy of the signature along, so that the newest one looks signed."""
    return revise(basic(), {CONTENT: stream(FORGED), SIGNATURE: body(basic(), SIGNATURE)})


@cache
def one_signature_in_two_fields() -> bytes:
    """A second field borrows the signature of the first."""
    field = body(basic(), FIELD).replace(b"(Pertama)", b"(Kedua)")
    form = body(basic(), FORM).replace(b"10 0 R", b"10 0 R %d 0 R" % FREE)
    return revise(basic(), {FORM: form, FREE: field})


# Wrapping.


@cache
def wrapped() -> bytes:
    """Signature wrapping: the second signed range moves to the end, and objects of the forger lie in between.

    The signed `startxref` leads to the old place, where a table of the forger now waits; his signature dictionary
    names ranges that skip his objects.
    """
    data = basic()
    _, start, end, rest = byte_range(data)
    table, tail = last_table(data), data[end:]
    kept = {number: data.index(b"\n%d 0 obj\n" % number, len(letter()) - 1) + 1 for number in (1, 2, ANNOTS, FIELD)}
    signature = body(data, SIGNATURE)
    moved = end  # the second range's new place depends on the length of what it is named in
    for _ in range(4):
        out = bytearray(data[:end].ljust(table))
        wrapper = re.sub(rb"/ByteRange \[[\d ]+\]", b"/ByteRange [0 %d %d %d]" % (start, moved, rest), signature)
        objects = {CONTENT: stream(FORGED), SIGNATURE: wrapper}
        lines = dict(kept)
        lines[SIGNATURE + 1] = moved + data.index(b"\n12 0 obj\n") + 1 - end
        width = sum(len(b"%d 1\n" % n) + 20 for n in (*lines, *objects))
        trailer = b"trailer\n<< /Root 1 0 R /Size 13 /Prev %d >>\n" % last_table(letter())
        place = table + len(b"xref\n") + width + len(trailer)
        bodies = b""
        for number, text in objects.items():
            lines[number] = place + len(bodies)
            bodies += b"%d 0 obj\n%b\nendobj\n" % (number, text)
        entries = (b"%d 1\n%010d 00000 n \n" % item for item in sorted(lines.items()))
        out += b"xref\n" + b"".join(entries) + trailer + bodies
        if moved == len(out):
            break
        moved = len(out)
    return bytes(out + tail)


# Universal forgery: a signature that gives the validator nothing to check.


@cache
def without_contents() -> bytes:
    return _forged_signature(rb"/Contents <[0-9A-Fa-f]+>", b"")


@cache
def null_contents() -> bytes:
    return _forged_signature(rb"/Contents <[0-9A-Fa-f]+>", b"/Contents null")


@cache
def empty_contents() -> bytes:
    return _forged_signature(rb"/Contents <[0-9A-Fa-f]+>", b"/Contents <>")


@cache
def zero_contents() -> bytes:
    return _forged_signature(rb"/Contents <[0-9A-Fa-f]+>", b"/Contents <00>")


@cache
def without_range() -> bytes:
    return _forged_signature(rb"/ByteRange \[[\d ]+\]", b"")


@cache
def null_range() -> bytes:
    return _forged_signature(rb"/ByteRange \[[\d ]+\]", b"/ByteRange null")


@cache
def negative_range() -> bytes:
    return _forged_signature(rb"/ByteRange \[[\d ]+\]", b"/ByteRange [0 -1 -1 -1]")


@cache
def odd_range() -> bytes:
    return _forged_signature(rb"/ByteRange \[[\d ]+\]", b"/ByteRange [0 100 200]")


@cache
def endless_range() -> bytes:
    return _forged_signature(rb"/ByteRange \[[\d ]+\]", b"/ByteRange [0 1649 6673 99999999999999]")


@cache
def zeroed_in_place() -> bytes:
    """The signature itself became zeros; no signed byte changed."""
    return with_contents(basic(), b"")


def _forged_signature(pattern: bytes, entry: bytes) -> bytes:
    changed = re.sub(pattern, entry, body(basic(), SIGNATURE))
    return revise(basic(), {CONTENT: stream(FORGED), SIGNATURE: changed})


# Ranges that leave something out, signed as they are.


@cache
def hole_in_page() -> bytes:
    """The signer signed around a part of the page, which was changed afterwards."""
    data = basic()
    _, start, end, rest = byte_range(data)
    hole = data.index(b"(Laporan") + 1
    signed = sign_ranges(data, (0, hole, hole + 7, start - hole - 7, end, rest))
    return signed[:hole] + b"Palsuan" + signed[hole + 7 :]


@cache
def hole_before_signature() -> bytes:
    """The gap is wider than the signature."""
    _, start, end, rest = byte_range(basic())
    return sign_ranges(basic(), (0, start - 20, end, rest))


@cache
def hole_at_start() -> bytes:
    """The first line is left out."""
    _, start, end, rest = byte_range(basic())
    return sign_ranges(basic(), (9, start - 9, end, rest))


@cache
def end_left_out() -> bytes:
    """The last line is left out."""
    _, start, end, rest = byte_range(basic())
    return sign_ranges(basic(), (0, start, end, rest - 6))


@cache
def only_the_head() -> bytes:
    """The second range is empty."""
    _, start, end, _ = byte_range(basic())
    return sign_ranges(basic(), (0, start, end, 0))


# Methods that no validator knows.


@cache
def unknown_digest() -> bytes:
    """The digest's name is one that nobody registered."""
    _, start, end, _ = byte_range(basic())
    data = basic()
    return data[:start] + data[start:end].replace(SHA256_OID, SHA256_OID[:-2] + b"7F") + data[end:]


@cache
def unknown_method() -> bytes:
    """The signature method's name is one that nobody registered."""
    _, start, end, _ = byte_range(basic())
    data = basic()
    last = data.rindex(ECDSA_OID, start, end) + len(ECDSA_OID)
    return data[: last - 2] + b"7F" + data[last:]
