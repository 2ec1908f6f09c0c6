"""What pages say of a draft that was changed while somebody typed (leads.views.meanwhile)."""

from typing import Any

from django.contrib import messages
from django.utils.translation import gettext_lazy

from leads.conditions.catalog import Catalog
from leads.seen import ChangedMeanwhile
from leads.views.meanwhile import Last
from scoring.models import ModelVersion, Rule
from scoring.views.sentences import fades, when
from users.requests import PageRequest

LAST = Last(
    other=gettext_lazy("%(who)s changed the draft last, on %(day)s."),
    reader=gettext_lazy("You changed the draft last, on %(day)s, perhaps in another tab."),
    nobody=gettext_lazy("The draft was changed last on %(day)s."),
)


def told(refused: Exception, version: ModelVersion, reader: Any) -> str:
    """Why nothing was done; where the draft was changed, also who did that, as far as it is known."""
    who = _who(version, reader) if isinstance(refused, ChangedMeanwhile) else ""
    return " ".join(part for part in (str(refused), who) if part)


def complain(request: PageRequest, refused: Exception, version: ModelVersion) -> None:
    """Say on the next page why nothing was done."""
    messages.error(request, told(refused, version, request.user))


def _who(version: ModelVersion, reader: Any) -> str:
    """Who changed the draft last: most likely that very thing."""
    row = ModelVersion.objects.select_related("changed_by").filter(pk=version.pk).first()
    return "" if row is None else LAST.of(row.changed_by, row.changed_at, reader)


def rule_now(rule: Rule, catalog: Catalog) -> str:
    """A rule in one line, with its group, its label and its points."""
    name = ", ".join(part for part in (rule.group.name, rule.label) if part)
    parts = (f"{name}: {when(rule, catalog)} {rule.points:+d}", fades(rule))
    return ", ".join(part for part in parts if part)
