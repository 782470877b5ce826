"""Keeps the HTTP client out of the checker: its walls let no socket through, and loading it is a quarter of the start.

The validator of signatures names the client's classes in its own definitions, so there is a module that has nothing
but names. Imported before the validator, by the checker's program alone.
"""

from __future__ import annotations

import sys
from types import ModuleType

CLIENT = "aiohttp"


class Names(ModuleType):
    """Every public name is an empty class: good enough to be mentioned, of no use to whoever would connect."""

    def __getattr__(self, name: str) -> type:
        if name.startswith("_"):
            raise AttributeError(name)
        return type(name, (), {"__module__": CLIENT})


sys.modules.setdefault(CLIENT, Names(CLIENT))
