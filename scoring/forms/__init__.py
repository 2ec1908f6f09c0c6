"""The forms of the scoring pages."""

from scoring.forms.rule import RuleForm
from scoring.forms.version import BandsForm, GroupForm

__all__ = ["BandsForm", "GroupForm", "RuleForm"]
