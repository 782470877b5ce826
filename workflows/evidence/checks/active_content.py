"""What can the file do beyond showing pages?

The kinds are those of ISO 32000-2: actions (12.6), annotations (12.5), file specifications (7.11).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from workflows.core.sentences import phrase
from workflows.evidence.checks.document import Document
from workflows.evidence.checks.graph import fetch, is_array, is_dictionary, survey, text, word
from workflows.evidence.checks.outcome import Outcome, Remark
from workflows.evidence.checks.report import ActiveContent as Kind
from workflows.evidence.checks.sentences import ATTACHMENTS, MORE_ATTACHMENTS

ACTIONS = {
    "/JavaScript": Kind.JAVASCRIPT,
    "/SubmitForm": Kind.SUBMIT_FORM,
    "/Rendition": Kind.RENDITION,
    "/RichMediaExecute": Kind.RICH_MEDIA,
    "/GoToR": Kind.GOTO_REMOTE,
    "/GoToE": Kind.GOTO_EMBEDDED,
}
ANNOTATIONS = {
    "/RichMedia": Kind.RICH_MEDIA,
    "/3D": Kind.RICH_MEDIA,
    "/Movie": Kind.RICH_MEDIA,
    "/Sound": Kind.RICH_MEDIA,
    "/Screen": Kind.SCREEN_ANNOT,
    "/FileAttachment": Kind.EMBEDDED_FILE,
}
DOCUMENT_SUFFIXES = (
    *(".pdf", ".txt", ".jpg", ".jpeg", ".png"),
    *(".doc", ".docx", ".xls", ".xlsx", ".ppt", ".pptx", ".odt", ".ods", ".odp"),
)
NAMES_SHOWN = 5

MESSAGES = {
    Kind.JAVASCRIPT: phrase("PDF memuat skrip (JavaScript). Cetak dokumen ke PDF baru agar skripnya hilang."),
    Kind.SUBMIT_FORM: phrase("PDF memuat tombol yang mengirim isian ke alamat lain."),
    Kind.RICH_MEDIA: phrase("PDF memuat media (video, suara, 3D, atau Flash) yang mungkin tidak terputar kelak."),
    Kind.RENDITION: phrase("PDF memuat pemutar media."),
    Kind.SCREEN_ANNOT: phrase("PDF memuat bidang layar untuk media."),
    Kind.XFA: phrase("PDF memuat formulir XFA yang hanya dapat dibuka sebagian program. Cetak ke PDF biasa."),
    Kind.GOTO_REMOTE: phrase("PDF memuat tautan ke berkas lain di luar dokumen."),
    Kind.GOTO_EMBEDDED: phrase("PDF memuat tautan ke berkas yang tertanam di dalamnya."),
    Kind.OPEN_ACTION: phrase("PDF menjalankan tindakan sendiri saat dibuka."),
    Kind.OPEN_ACTION_GOTO: phrase("PDF melompat ke halaman tertentu saat dibuka."),
    Kind.ADDITIONAL_ACTIONS: phrase("PDF memuat tindakan yang berjalan sendiri saat halaman atau isian disentuh."),
    Kind.URI: phrase("PDF memuat tautan ke alamat web."),
}


def check_active_content(document: Document) -> Outcome:
    """Each kind once, attachments by name, and launch actions by what they would start."""
    found = survey(document)
    kinds: set[Kind] = set()
    launches: list[Any] = []
    attachments: list[str] = []
    for dictionary in found.dictionaries:
        seen = frozenset(kinds_of(dictionary))
        kinds |= seen
        if Kind.LAUNCH in seen:
            launches.append(dictionary)
        if Kind.EMBEDDED_FILE in seen and (name := _file_name(dictionary)) and name not in attachments:
            attachments.append(name)
    ordered = tuple(kind for kind in Kind if kind in kinds)
    remarks = [Remark(kind.value.replace("-", "_"), MESSAGES[kind]) for kind in ordered if kind in MESSAGES]
    if Kind.EMBEDDED_FILE in kinds:
        remarks.append(_attachments(attachments))
    if launches:
        remarks.append(_launch(launches))
    if not found.complete:
        remarks.append(
            Remark(
                "graph_incomplete",
                "Tidak semua isi PDF dapat ditelusuri; skrip atau lampiran tersembunyi mungkin terlewat.",
            )
        )
    return Outcome(facts={"active_content": ordered}, remarks=tuple(remarks))


def kinds_of(dictionary: Any) -> Iterator[Kind]:
    """The kinds that one dictionary stands for."""
    yield from _action(dictionary)
    if "/Rect" in dictionary and (kind := ANNOTATIONS.get(word(dictionary, "/Subtype"))):
        yield kind
    if word(dictionary, "/Type") == "/EmbeddedFile" or is_dictionary(fetch(dictionary, "/EF")):
        yield Kind.EMBEDDED_FILE
    # The form dictionary keeps XFA as one stream or as an array of named parts.
    xfa = fetch(dictionary, "/XFA")
    if is_dictionary(xfa) or is_array(xfa) or text(xfa):
        yield Kind.XFA
    opening = fetch(dictionary, "/OpenAction")
    # An array is a mere view to start with, not an action.
    if is_dictionary(opening):
        yield Kind.OPEN_ACTION_GOTO if word(opening, "/S") == "/GoTo" else Kind.OPEN_ACTION
    triggers = fetch(dictionary, "/AA")
    if is_dictionary(triggers) and any(_is_action(fetch(triggers, key)) for key in list(triggers.keys())):
        yield Kind.ADDITIONAL_ACTIONS


def _is_action(value: Any) -> bool:
    return is_dictionary(value) and "/S" in value


def _action(dictionary: Any) -> Iterator[Kind]:
    kind = word(dictionary, "/S")
    if kind in ACTIONS:
        yield ACTIONS[kind]
    elif kind == "/Launch" and not {"/F", "/Win", "/Mac", "/Unix"}.isdisjoint(dictionary.keys()):
        yield Kind.LAUNCH
    elif kind == "/URI" and "/URI" in dictionary:
        yield Kind.URI
    # A rendition action may carry a script beside its media.
    script = fetch(dictionary, "/JS")
    if is_dictionary(script) or text(script):
        yield Kind.JAVASCRIPT


def _file_name(dictionary: Any) -> str:
    return text(fetch(dictionary, "/UF")) or text(fetch(dictionary, "/F"))


def _attachments(names: list[str]) -> Remark:
    shown, more = ", ".join(names[:NAMES_SHOWN]), len(names) - NAMES_SHOWN
    if not names:
        message = phrase("PDF memuat berkas lampiran. Unggah lampiran sebagai berkas tersendiri.")
    elif more > 0:
        message = MORE_ATTACHMENTS(names=shown, more=more)
    else:
        message = ATTACHMENTS(names=shown)
    return Remark("embedded_file", message)


def _launch(actions: list[Any]) -> Remark:
    """A button that opens another document is common in official forms; anything else starts a program."""
    if all(_opens_document(action) for action in actions):
        return Remark("launch_document", "PDF memuat tombol atau tautan yang membuka berkas lain di komputer pembaca.")
    return Remark(
        "launch_program",
        "PDF memuat perintah yang menjalankan program di komputer pembaca. "
        "Cetak dokumen ke PDF baru, lalu unggah hasilnya.",
    )


def _opens_document(action: Any) -> bool:
    if not {"/Win", "/Mac", "/Unix"}.isdisjoint(action.keys()):
        return False
    target = fetch(action, "/F")
    name = _file_name(target) if is_dictionary(target) else text(target)
    # A network share or an address would hand the reader's credentials to a stranger.
    outside = name.startswith(("\\\\", "//")) or "://" in name
    return name.lower().endswith(DOCUMENT_SUFFIXES) and not outside
