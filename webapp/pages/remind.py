"""*Ingatkan lewat WhatsApp*: a link that opens the phone's own program with a title and an address.

No name and no number goes along; to whom it is sent is chosen there. Tuntas itself sends nothing.
"""

from urllib.parse import quote

from workflows.core.actors import Actor, Role

REMINDERS = frozenset({Role.AGENCY_OPERATOR, Role.UNIT_HEAD, Role.AGENCY_HEAD})
"""Who reminds: the operator and the heads, of what belongs to their agency."""


def reminder(title: str, address: str, actor: Actor) -> str:
    """Return the address of the reminder; empty for whoever reminds nobody."""
    text = quote(f"{title}\n{address}", safe="")
    return f"https://wa.me/?text={text}" if actor.roles & REMINDERS else ""
