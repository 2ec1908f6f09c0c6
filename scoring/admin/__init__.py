"""The settings pages of score models and their versions, by the same flows and checks as the scoring pages.

Only a draft is written here; what was published is shown and stays.
"""

from scoring.admin.models import ScoreModelAdmin
from scoring.admin.versions import ModelVersionAdmin

__all__ = ["ModelVersionAdmin", "ScoreModelAdmin"]
