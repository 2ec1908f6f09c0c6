"""Winning a deal: the terms agreed on the way stand in the form, with what speaks against rushing (R65)."""

from typing import Any

from django import forms

from leads.forms.acts import WonForm
from leads.models import Opportunity
from leads.queries.deal_page import cautions
from leads.queries.deals import whole
from leads.views import acts


class CloseWon(acts.CloseWon):
    """Close the pass as won, knowing what is still open."""

    template = "leads/lead_won.html"

    def deal(self) -> Opportunity | None:
        """The deal of the lead's present pass."""
        return whole(Opportunity.objects.filter(lead=self.lead, cycle=self.lead.cycle)).first()

    def form(self, data: Any = None) -> forms.Form:
        form = WonForm(data)
        deal = self.deal()
        if deal is not None and deal.amount is not None:
            form.initial = {"amount": deal.amount, "currency": deal.currency}
        return form

    def extra(self) -> dict[str, Any]:
        deal = self.deal()
        return {**super().extra(), "cautions": cautions(deal) if deal else []}
