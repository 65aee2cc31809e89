"""The demonstration company: believable customers in Chengdu and Hamburg, drawn from a seed.

Nothing in it exists, and no foreign data went into it. The same seed and day give the same records, and
the first hundred customers are the same whether a hundred or a hundred thousand are asked for.
"""

from __future__ import annotations

from app.features.crm.demonstration.chengdu import CHENGDU
from app.features.crm.demonstration.customers import records
from app.features.crm.demonstration.hamburg import HAMBURG

COMPANY = "锦和 Harbour Foods"
"""The name of the company."""
REPS = tuple(rep.name for city in (CHENGDU, HAMBURG) for rep in city.reps)
"""Who works there, as customers are assigned and activities signed."""

__all__ = ["COMPANY", "REPS", "records"]
