"""Policy as data: how heavy each finding is, by profile. Changing a rule is changing a line here.

`reject` is kept for what can never serve as evidence (no PDF, no page, a password), for a signature that proves that
the bytes were changed, and for a file that starts programs. Whatever the checks could not do is `warn`: a file that
nobody could judge is never accepted in silence, and a good file is never thrown back because the checker failed on it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from workflows.evidence.checks.report import Severity

INFO, WARN, REJECT = Severity.INFO, Severity.WARN, Severity.REJECT

DOCUMENT: Mapping[str, Severity] = MappingProxyType(
    {
        # The file as such.
        "empty": REJECT,
        "not_a_pdf": REJECT,
        "leading_bytes": INFO,
        "too_large": WARN,
        "truncated": WARN,
        # Opening.
        "does_not_open": REJECT,
        "no_pages": REJECT,
        "password": REJECT,
        # The scanner for viruses: what it could not look at is told, and never taken for clean.
        "malware": REJECT,
        "supporting_malware": REJECT,
        "not_scanned": INFO,
        "damaged": WARN,
        "readers_disagree": WARN,
        "encrypted": INFO,
        "attachments_encrypted": WARN,
        # Active content. Good official files exist with each of the kinds that only warn: forms with scripts,
        # a button that opens the guide beside the form, attachments, web captures.
        "javascript": WARN,
        "launch_program": REJECT,
        "launch_document": WARN,
        "embedded_file": WARN,
        "submit_form": WARN,
        "rich_media": WARN,
        "rendition": WARN,
        "screen_annot": WARN,
        "xfa": WARN,
        "goto_remote": INFO,
        "goto_embedded": WARN,
        "open_action": WARN,
        "open_action_goto": INFO,
        "additional_actions": WARN,
        "uri": INFO,
        "graph_incomplete": WARN,
        # Signatures.
        "signature_intact": INFO,
        "signature_broken": REJECT,
        # The later change may be a harmless one that the comparison does not know, so a person decides.
        "signature_changed": WARN,
        "signature_unverified": WARN,
        "signature_untrusted": WARN,
        "signature_revoked": WARN,
        "signature_expired": WARN,
        "signature_unsuitable": WARN,
        "signature_expired_since": INFO,
        "signature_outside_form": WARN,
        "signature_lost": WARN,
        # Pages.
        "blank_pages": INFO,
        "page_unreadable": WARN,
        "page_too_large": WARN,
        "no_text": INFO,
        "text_unread": INFO,
        "little_text": INFO,
        # A logo or a photograph is a picture, too: told for a person to judge, never held against the file.
        "pasted_signature": INFO,
        "huge_picture": WARN,
        # The checker itself.
        "check_failed": WARN,
        "checker_crashed": WARN,
        "checker_timeout": WARN,
        "checker_memory": WARN,
        "checker_answer": WARN,
    }
)


DEFAULT_PROFILE = "document"
PROFILES_BY_KIND: Mapping[str, str] = MappingProxyType(
    {"quarterly_monitoring": "document", "performance_report": "document", "document": "document"}
)
"""Which profile the check of a delivery uses, by the kind of the requirement that it is for."""


def profile_for(kinds: Iterable[str]) -> str:
    """The profile for a delivery: of several kinds of requirements the one that comes later in :data:`POLICIES`."""
    asked = {PROFILES_BY_KIND.get(kind, DEFAULT_PROFILE) for kind in kinds}
    return max(asked, key=list(POLICIES).index, default=DEFAULT_PROFILE)


MALWARE = "malware"
"""Code of the finding of the virus scan."""
BEYOND_REVIEW = frozenset({"empty", "not_a_pdf", MALWARE, "supporting_malware"})
"""Findings that no evaluator can answer for: there is no document to look at, or looking does harm."""


@dataclass(frozen=True, slots=True)
class Policy:
    """A profile: the weight of every finding that the checks can make."""

    name: str
    severities: Mapping[str, Severity]

    def severity(self, code: str) -> Severity:
        """The weight of a finding.

        :raises KeyError: for a code that no profile knows: a check was added without its line here.
        """
        return self.severities[code]


POLICIES: Mapping[str, Policy] = MappingProxyType(
    {
        "document": Policy("document", DOCUMENT),
        # For a region that wants no file that can act on its own, official form or not.
        "strict": Policy(
            "strict",
            MappingProxyType({**DOCUMENT, "javascript": REJECT, "launch_document": REJECT, "open_action": REJECT}),
        ),
    }
)


class UnknownProfileError(ValueError):
    """No policy has this name."""

    code = "unknown_profile"


def policy(name: str) -> Policy:
    """The policy of a profile.

    :raises UnknownProfileError: when there is none of that name.
    """
    try:
        return POLICIES[name]
    except KeyError:
        raise UnknownProfileError(f"Profil pemeriksaan {name!r} tidak dikenal.") from None
