"""What a delivery brings along once it is checked and locked: certificates, ink that counts at once, a given intent."""

import uuid

from workflows.signoff import certificates, ink, operations


def take_effect(evidence_id: uuid.UUID) -> None:
    """Let everything take effect that the rules allow, the strongest proof first. Safe to run any number of times."""
    certificates.take_effect(evidence_id)
    ink.take_effect(evidence_id)
    operations.take_effect(evidence_id)
