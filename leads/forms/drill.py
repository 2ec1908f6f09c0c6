"""The people behind one number of a report: what its link says, read back."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from leads.forms.filters import without
from leads.handover.counted import Which, leads_offered
from leads.lifecycle.entries import NONE, Mode, PassScope, leads_in
from leads.models import HandoverState, Lead, Outcome, Reason, Stage
from users.models import Organisation, User

FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2199, 12, 31)
# What a report narrows its passes by; in a list behind a number they mean the pass, not the lead as it is now.
OF_THE_PASS = ("campaign", "channel", "region", "owner")
OF_THE_OFFER = ("reason", "missing", "rule", "rep", "team", "document")
NAMES = ("mode", "from", "to", "reached", "stopped", "outcome", "decision", *OF_THE_OFFER)


def stage_choices() -> list[tuple[str, str]]:
    """Every stage."""
    return list(Stage.objects.order_by("position").values_list("slug", "label"))


class DrillForm(forms.Form):
    """`mode` with `from` and `to` says what was counted; one of the others, which number was opened."""

    mode = forms.ChoiceField(choices=[(mode.value, mode.value) for mode in Mode])
    reached = forms.ChoiceField(required=False, choices=lambda: [("", ""), *stage_choices()])
    stopped = forms.ChoiceField(required=False, choices=lambda: [("", ""), *stage_choices()])
    outcome = forms.ChoiceField(required=False, choices=[("", ""), *Outcome.choices])
    decision = forms.ChoiceField(required=False, choices=[("", ""), *HandoverState.choices])
    reason = forms.CharField(required=False, max_length=60)
    missing = forms.CharField(required=False, max_length=60)
    rule = forms.CharField(required=False, max_length=300)
    rep = forms.RegexField(required=False, regex=rf"^(\d{{1,18}}|{NONE})$")
    team = forms.CharField(required=False, max_length=60)
    document = forms.CharField(required=False, max_length=100)
    campaign = forms.CharField(required=False, max_length=80)
    channel = forms.CharField(required=False, max_length=80)
    region = forms.CharField(required=False, max_length=80)
    owner = forms.IntegerField(required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["from"] = forms.DateField(required=False)
        self.fields["to"] = forms.DateField(required=False)

    def leads(self) -> QuerySet[Lead]:
        """The leads of the number, whoever may see them."""
        values, zone = self.cleaned_data, Organisation.load().zone
        since = values["from"] or FIRST_DAY
        until = min(values["to"] or LAST_DAY, LAST_DAY) + timedelta(days=1)
        scope = PassScope(
            since=datetime.combine(since, time.min, tzinfo=zone),
            until=datetime.combine(until, time.min, tzinfo=zone),
            mode=Mode(values["mode"]),
            campaign=values["campaign"],
            channel=values["channel"],
            region=values["region"],
            owner_id=values["owner"],
        )
        asked = Which(decision=values["decision"], **{name: values[name] for name in OF_THE_OFFER})
        if asked:
            return leads_offered(scope, asked)
        names = ("reached", "stopped", "outcome")
        which = next((name for name in names if values[name]), None)
        return leads_in(scope, **({which: values[which]} if which else {}))

    def chip(self, query: QueryDict) -> dict[str, str]:
        """What the list shows, in words, with the address that takes it off."""
        values = self.cleaned_data
        labels = dict(stage_choices())
        words = [
            _("reached %(stage)s") % {"stage": labels[values["reached"]]} if values["reached"] else "",
            _("stopped at %(stage)s") % {"stage": labels[values["stopped"]]} if values["stopped"] else "",
            str(Outcome(values["outcome"]).label) if values["outcome"] else "",
            str(HandoverState(values["decision"]).label) if values["decision"] else "",
            *self._of_the_offer(),
            _("captured in") if values["mode"] == Mode.COHORT else _("happened in"),
        ]
        days = [date_format(values[name], "j M Y") if values[name] else "…" for name in ("from", "to")]
        text = ", ".join(word for word in words if word)
        return {
            "label": _("In the report"),
            "value": f"{text} {days[0]} – {days[1]}",
            "remove_url": without(query, *NAMES),
        }

    def _of_the_offer(self) -> Iterator[str]:
        """What narrows handovers, in words."""
        values = self.cleaned_data
        labels = dict(Reason.objects.values_list("slug", "label")) if values["reason"] or values["missing"] else {}
        yield str(labels.get(values["reason"], values["reason"]))
        if values["missing"]:
            yield _("missing: %(what)s") % {"what": labels.get(values["missing"], values["missing"])}
        yield values["rule"]
        if values["rep"]:
            yield _("nobody yet") if values["rep"] == NONE else str(User.objects.filter(pk=values["rep"]).first() or "")
        yield from (_("none") if values[name] == NONE else values[name] for name in ("team", "document"))
