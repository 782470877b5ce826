"""Names of made-up officials, as certificates, letters and the office's list write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.signoff.names import THRESHOLD, Number, compare, name_score, words_of

SAME = [
    ("Sari Contohwati", "SARI CONTOHWATI"),
    ("Dr. Ir. H. Budi Misalnya, S.T., M.Si.", "Budi Misalnya"),
    ("BUDI MISALNYA ST MSI", "Ir. Budi Misalnya, S.T., M.Si"),
    ("drg. Hj. Tini Umpama, M.Kes", "TINI UMPAMA"),
    ("Budi  Misalnya,S.E.,M.M.", "Budi Misalnya, SE, MM"),
    ("Misalnya, Budi", "Budi Misalnya"),
    ("CONTOHWATI SARI", "Sari Contohwati, S.Sos."),
    ("A. Budi Misalnya", "Ahmad Budi Misalnya"),
    ("M. Tono Andaikan", "Muhammad Tono Andaikan"),
    ("Moh. Tono Andaikan", "Muhammad Tono Andaikan"),
    ("Mochamad Rizky Andaikan", "Muhammad Rizki Andaikan"),
    ("Soekardi", "Sukardi"),
    ("Tukijem", "TUKIJEM, A.Md."),
    ("Nurhidayah", "Nur Hidayah, S.Pd.I."),
    ("Ni Luh Contoh", "NI LUH CONTOH S.STP., M.A.P."),
    ("Sari Contohwati, S.Khusus.Baru", "Sari Contohwati"),
    ("M.Tono Andaikan", "Muhammad Tono Andaikan"),
    ("José Contoh", "Jose Contoh"),
]
OTHERS = [
    ("Ahmad Budi", "Ahmad Tono"),
    ("Sari Contohwati", "Sari Misalnya"),
    ("Muhammad Rizki", "Muhammad Rizal"),
    ("Tukijem", "Tukijem Andaikan"),
    ("Yuliana Umpama", "Yuliani Umpama"),
    ("A. B.", "Ahmad Budi"),
    ("Ahmad", "Ahmad Budi Misalnya"),
    ("Budi Misalnya", "Budi Misalnya Andaikan Umpama"),
    ("S. Contohwati", "Budi Contohwati"),
    ("Dr. H.", "Budi Misalnya"),
    ("", "Budi Misalnya"),
    ("Siti Aminah Contoh", "Siti Rahmah Contoh"),
    ("S.E., M.M.", "S.E., M.M. Budi"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_one_person_written_differently_is_one_person(one: str, other: str) -> None:
    assert name_score(one, other) >= THRESHOLD
    assert compare(one, other).matches


@pytest.mark.parametrize(("one", "other"), OTHERS)
def test_different_people_stay_different(one: str, other: str) -> None:
    assert name_score(one, other) < THRESHOLD


def test_titles_alone_are_taken_off_but_a_name_remains() -> None:
    assert words_of("Prof. Dr. H. Budi Misalnya, S.H., M.Hum., Ph.D.") == ["budi", "misalnya"]
    assert words_of("Ma") == ["ma"]
    assert words_of("H. Ir") == ["ir"]


def test_an_equal_number_proves_and_another_one_disproves() -> None:
    mine, other = "190001011920011001", "190202021922021002"
    assert compare("Seseorang Lain", "Budi Misalnya", number=mine, nip=mine).matches
    told = compare("Budi Misalnya", "Budi Misalnya", number=other, nip=mine)
    assert (told.number, told.matches) == (Number.CONTRADICTS, False)
    assert compare("Budi Misalnya", "Budi Misalnya", number=other, nip=None).number is Number.SILENT
    assert compare(None, "Budi Misalnya").matches is False


@given(st.text(max_size=60), st.text(max_size=60))
def test_the_score_stays_in_its_bounds_whichever_way_round(one: str, other: str) -> None:
    score = name_score(one, other)
    assert 0 <= score <= 1
    assert score == pytest.approx(name_score(other, one))
