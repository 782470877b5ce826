"""Imports every stage once, so that all tables, guards and effects are known.

The edges (web application, worker, migrations) import this module and nothing deeper to get the whole engine.
"""

import workflows.archive.rules
import workflows.bundles.anchor_models
import workflows.bundles.handover_models
import workflows.bundles.models
import workflows.core.models
import workflows.evidence.access.models
import workflows.evidence.operations
import workflows.evidence.reading.operations
import workflows.evidence.review
import workflows.evidence.rules
import workflows.papers.models
import workflows.plans.plan_models
import workflows.recovery.models
import workflows.signoff.effects
import workflows.signoff.operations
import workflows.verification.decisions
import workflows.verification.operations
import workflows.verification.retention
import workflows.verification.sampling  # noqa: F401
from workflows.core.db import Base
from workflows.plans.rules import RULES

METADATA = Base.metadata
RULES.check()
