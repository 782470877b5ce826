"""The component of a row, told by its name; the letter on paper only decides when the name cannot be read."""

from collections.abc import Mapping

from workflows.documents.plan import Component
from workflows.documents.words import LABEL_CHARACTERS, any_near, fold, near

_NAMES: Mapping[Component, tuple[str, ...]] = {
    Component.PLANNING: ("perencanaan",),
    Component.MEASUREMENT: ("pengukuran",),
    Component.REPORTING: ("pelaporan",),
    Component.EVALUATION: ("evaluasi", "akuntabilitas"),
}
_LETTERS: Mapping[str, Component] = {
    **{component.value.lower(): component for component in Component},
    **dict(zip("1234", Component, strict=True)),
    **dict(zip(("i", "ii", "iii", "iv"), Component, strict=True)),
}


# Words that tell what a recommendation is about where the paper names no component; "a|b" means one of them.
_TOPICS: Mapping[Component, tuple[str, ...]] = {
    Component.REPORTING: ("lkjip|lakip|lkip|pelaporan", "dokumen laporan kinerja|laporan kinerja agar"),
    Component.EVALUATION: (
        *("lhe", "evaluasi akuntabilitas|evaluasi akip|evaluasi sakip|evaluasi internal"),
        "rekomendasi ditindaklanjuti|menindaklanjuti rekomendasi|menindaklanjuti seluruh rekomendasi",
    ),
    Component.MEASUREMENT: (
        *(
            "pengukuran",
            "pengumpulan data",
            "monitoring evaluasi|monev|triwulan",
            "reward|tunjangan",
            "realisasi kinerja",
        ),
        *("capaian kinerja", "definisi operasional"),
    ),
    Component.PLANNING: (
        *("perencanaan", "renstra|renja|rkpd|rpjmd", "perjanjian kinerja", "cascading|pohon kinerja|crosscutting"),
        *("indikator", "tujuan|sasaran", "rencana aksi", "target", "skp"),
    ),
}
_TITLE_WORDS = 9
_TITLE_CHARACTERS = 100


def named_component(text: str) -> Component | None:
    """Return the component whose name a cell holds, None when it has only a letter or nothing."""
    label = fold(text[:LABEL_CHARACTERS])
    tokens = label.split()
    together = label.replace(" ", "")
    for component, names in _NAMES.items():
        if any_near(tokens, *names) or any(name in together for name in names):
            return component
    return None


def find_component(text: str) -> Component | None:
    """Return the component that a cell names or letters, None when it names none."""
    tokens = fold(text[:LABEL_CHARACTERS]).split()
    return named_component(text) or (_LETTERS.get(tokens[0]) if tokens else None)


def titled_component(text: str) -> Component | None:
    """Return the component that a line is the title of: its name in a few words and no sentence."""
    tokens = fold(text[:LABEL_CHARACTERS]).split()
    if not tokens or len(text) > _TITLE_CHARACTERS or text.rstrip().endswith("."):
        return None
    marks = sum(len(token) < 3 or token.isdecimal() for token in tokens)
    if len(tokens) - marks > _TITLE_WORDS or any_near(tokens, "agar", "belum", "telah", "laporan", "rekomendasi"):
        return None
    # A sentence begins with its verb; a title with the name, after its mark and perhaps the word "komponen".
    first = next((t for t in tokens if len(t) >= 3 and not near(t, "komponen") and not near(t, "aspek")), "")
    return named_component(text) if any(near(first, name) for names in _NAMES.values() for name in names) else None


def guess_component(text: str) -> Component | None:
    """Return the component that a recommendation is most likely about, None without a telling word."""
    told = f" {fold(text)} "
    for component, topics in _TOPICS.items():
        if any(f" {word}" in told for topic in topics for word in topic.split("|")):
            return component
    return Component.REPORTING if " laporan kinerja" in told else None
