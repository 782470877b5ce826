"""The component of a row, told by its name; the letter on paper only decides when the name cannot be read."""

from collections.abc import Mapping

from workflows.documents.plan import Component
from workflows.documents.words import LABEL_CHARACTERS, any_near, fold

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


def find_component(text: str) -> Component | None:
    """Return the component that a cell names, None when it names none."""
    label = fold(text[:LABEL_CHARACTERS])
    tokens = label.split()
    together = label.replace(" ", "")
    for component, names in _NAMES.items():
        if any_near(tokens, *names) or any(name in together for name in names):
            return component
    return _LETTERS.get(tokens[0]) if tokens else None
