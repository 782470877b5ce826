"""Whether an S3 server is spoken to by TLS: the one place that reads ``S3_SECURE`` and says what holds without it."""

SECURE = True
"""What holds when nothing is said: keys and files do not cross a network in the clear by an oversight."""


def is_secure(text: str | None) -> bool:
    """Return what the setting says; none or an empty one says nothing. :raises ValueError: neither yes nor no."""
    if not text:
        return SECURE
    if text.lower() not in ("1", "0", "true", "false", "yes", "no"):
        raise ValueError(text)
    return text.lower() in ("1", "true", "yes")
