"""How much room an S3 server on this machine has left: it cannot tell a full disk from another failure."""

import shutil
from collections.abc import Callable

_RESERVE = 0.01
"""Share of the disk that SeaweedFS leaves free: below it, it stops writing."""


def room_below(folder: str) -> Callable[[], int]:
    """Return a function that tells the bytes left for objects on the disk of ``folder``."""

    def free() -> int:
        usage = shutil.disk_usage(folder)
        return int(usage.free - usage.total * _RESERVE)

    return free
