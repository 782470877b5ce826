"""The embedded engines: PostgreSQL, Valkey and SeaweedFS from wheels, closed to all but this product."""

from webapp.embedded.addresses import Addresses, Outside
from webapp.embedded.errors import EngineError
from webapp.embedded.launcher import Engines, find_running

__all__ = ["Addresses", "EngineError", "Engines", "Outside", "find_running"]
