"""Imports every stage once, so that all tables, guards and effects are known.

The edges (web application, worker, migrations) import this module and nothing deeper to get the whole engine.
"""

import workflows.archive.models
import workflows.bundles.models
import workflows.core.models
import workflows.evidence.models
import workflows.organization.models
import workflows.plans.models
import workflows.recommendations.models
import workflows.signoff.models
import workflows.verification.models  # noqa: F401
from workflows.core.db import Base

METADATA = Base.metadata
