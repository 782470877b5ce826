"""What can the file do beyond showing pages?

The kinds are those of ISO 32000-2: actions (12.6), annotations (12.5), file specifications (7.11).
"""

from __future__ import annotations

from typing import Any

from workflows.core.sentences import phrase
from workflows.evidence.checks.document import Document
from workflows.evidence.checks.graph import fetch, is_array, is_dictionary, spelled, survey, text, values, word
from workflows.evidence.checks.launching import PARAMETERS, opens_document
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
    complete = found.complete
    for dictionary in found.dictionaries:
        seen, whole = _kinds_of(dictionary)
        complete = complete and whole
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
    if not complete:
        remarks.append(
            Remark(
                "graph_incomplete",
                "Tidak semua isi PDF dapat ditelusuri; skrip atau lampiran tersembunyi mungkin terlewat.",
            )
        )
    return Outcome(facts={"active_content": ordered}, remarks=tuple(remarks))


def _kinds_of(dictionary: Any) -> tuple[set[Kind], bool]:
    """The kinds that one dictionary stands for, and whether each question to it was answered.

    What cannot be read hides nothing but itself: neither the other dictionaries nor what else this one is.
    """
    seen: set[Kind] = set()
    whole = True
    for look in (_action, _script, _annotation, _attachment, _form, _opening, _triggers):
        try:
            kind = look(dictionary)
        except MemoryError:
            raise
        except Exception:  # a reader raises many classes on values that it cannot resolve
            whole = False
            continue
        if kind is not None:
            seen.add(kind)
    return seen, whole


def _action(dictionary: Any) -> Kind | None:
    kind = word(dictionary, "/S")
    if kind == "/Launch" and any(key in dictionary for key in ("/F", *PARAMETERS)):
        return Kind.LAUNCH
    if kind == "/URI" and "/URI" in dictionary:
        return Kind.URI
    return ACTIONS.get(kind)


def _script(dictionary: Any) -> Kind | None:
    """A rendition action may carry a script beside its media."""
    script = fetch(dictionary, "/JS")
    return Kind.JAVASCRIPT if is_dictionary(script) or spelled(script).strip() else None


def _annotation(dictionary: Any) -> Kind | None:
    return ANNOTATIONS.get(word(dictionary, "/Subtype")) if "/Rect" in dictionary else None


def _attachment(dictionary: Any) -> Kind | None:
    found = word(dictionary, "/Type") == "/EmbeddedFile" or is_dictionary(fetch(dictionary, "/EF"))
    return Kind.EMBEDDED_FILE if found else None


def _form(dictionary: Any) -> Kind | None:
    """The form dictionary keeps XFA as one stream or as an array of named parts."""
    xfa = fetch(dictionary, "/XFA")
    return Kind.XFA if is_dictionary(xfa) or is_array(xfa) or text(xfa) else None


def _opening(dictionary: Any) -> Kind | None:
    opening = fetch(dictionary, "/OpenAction")
    # An array is a mere view to start with, not an action.
    if not is_dictionary(opening):
        return None
    return Kind.OPEN_ACTION_GOTO if word(opening, "/S") == "/GoTo" else Kind.OPEN_ACTION


def _triggers(dictionary: Any) -> Kind | None:
    triggers = fetch(dictionary, "/AA")
    found = is_dictionary(triggers) and any(is_dictionary(value) and "/S" in value for value in values(triggers))
    return Kind.ADDITIONAL_ACTIONS if found else None


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
    if all(opens_document(action) for action in actions):
        return Remark("launch_document", "PDF memuat tombol atau tautan yang membuka berkas lain di komputer pembaca.")
    return Remark(
        "launch_program",
        "PDF memuat perintah yang menjalankan program di komputer pembaca. "
        "Cetak dokumen ke PDF baru, lalu unggah hasilnya.",
    )
