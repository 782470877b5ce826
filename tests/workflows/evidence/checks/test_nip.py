"""The number in a certificate's subject: a NIP and nothing else leaves the checker."""

import io

import pypdf
import pytest

from tests.support.pdfs import plain_pdf
from tests.support.pki import toy
from tests.support.signed_pdfs import basic, letter, sign
from workflows.evidence.checks.judge import check_file
from workflows.evidence.checks.nip import nip_in


@pytest.mark.parametrize(
    ("text", "nip"),
    [
        ("190001011920011001", "190001011920011001"),
        ("NIP. 19000101 192001 1 001", "190001011920011001"),
        ("UID:190001011920011001", "190001011920011001"),
        ("3171000000000001", None),
        ("1900010119200110012", None),
        ("", None),
    ],
)
def test_only_eighteen_digits_are_a_nip(text: str, nip: str | None) -> None:
    assert nip_in(text) == nip


def test_a_signature_names_its_certificate_and_the_nip_in_it() -> None:
    numbered = check_file(io.BytesIO(sign(letter(), "numbered")), name="a.pdf", trust=toy().trust).signatures[0]
    assert (numbered.signer, numbered.signer_id) == ("Tini Umpama", "190303031930032003")
    plain = check_file(io.BytesIO(basic()), name="a.pdf", trust=toy().trust).signatures[0]
    assert (plain.fingerprint, plain.signer_id) == (toy().certificate("sari").sha256.hex(), None)


def test_the_day_on_which_a_file_says_it_was_made_is_told() -> None:
    def created(text: str) -> str | None:
        writer = pypdf.PdfWriter()
        writer.add_blank_page(width=595, height=842)
        writer.add_metadata({"/CreationDate": text})
        out = io.BytesIO()
        writer.write(out)
        return check_file(out, name="a.pdf").created

    assert created("D:20260504080000+07'00'") == "2026-05-04T08:00:00+07:00"
    assert created("D:20260504080000") == "2026-05-04T08:00:00"
    assert created("kemarin") is None
    assert check_file(io.BytesIO(plain_pdf("Laporan")), name="a.pdf").created is None
