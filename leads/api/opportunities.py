"""Opportunities: list, one, its terms."""

from typing import ClassVar

import django_filters
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django_filters import ChoiceFilter, DateFilter, ModelChoiceFilter
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from leads.access.deals import opportunities_for_user
from leads.api.door import Door
from leads.api.lists import ListDoor
from leads.api.serializers.opportunities import OpportunityEdit, OpportunityOut
from leads.handover.deals import amend
from leads.models import Opportunity
from leads.nudge import nudge
from leads.queries.deals import STATES, in_state, whole
from users.models import User
from users.transactions import one_transaction


class OpportunityFilter(django_filters.FilterSet):
    """?state=&lead=&company=&owner=&currency=&system=&close_from=&close_to="""

    state = ChoiceFilter(choices=[(state, state) for state in STATES], method="by_state")
    lead = django_filters.NumberFilter(field_name="lead_id", min_value=1, max_value=2**63 - 1, decimal_places=0)
    company = django_filters.NumberFilter(method="by_company", min_value=1, max_value=2**63 - 1, decimal_places=0)
    owner = ModelChoiceFilter(queryset=User.objects.all(), to_field_name="email", field_name="lead__owner")
    currency = django_filters.CharFilter()
    system = django_filters.CharFilter()
    close_from = DateFilter(field_name="expected_close_on", lookup_expr="gte")
    close_to = DateFilter(field_name="expected_close_on", lookup_expr="lte")

    class Meta:
        model = Opportunity
        fields: tuple[str, ...] = ()

    def by_state(self, deals: QuerySet[Opportunity], name: str, value: str) -> QuerySet[Opportunity]:
        """As the pages count them: paused ones are those whose pass ended undecided."""
        return in_state(deals, value)

    def by_company(self, deals: QuerySet[Opportunity], name: str, value: int) -> QuerySet[Opportunity]:
        """Whoever buys: the lead's company, or the deal's own."""
        return deals.filter(lead__company=value) | deals.filter(lead__isnull=True, company=value)


class OpportunityList(ListDoor):
    """A page of opportunities."""

    needs: ClassVar = {"GET": "read"}
    filterset_class = OpportunityFilter
    orders = ("id", "expected_close_on", "amount", "closed_at")

    def rows(self) -> QuerySet[Opportunity]:
        """Opportunities the caller may see."""
        return whole(opportunities_for_user(self.user))

    @extend_schema(responses=OpportunityOut(many=True))
    def get(self, request: Request) -> Response:
        """Opportunities by page."""
        return self.page(request, OpportunityOut)


class OpportunityDetail(Door):
    """One opportunity."""

    needs: ClassVar = {"GET": "read", "PATCH": "write"}

    @extend_schema(responses=OpportunityOut)
    def get(self, request: Request, opportunity_id: int) -> Response:
        """The opportunity with its milestones and stakeholders."""
        return self._answer(opportunity_id)

    @extend_schema(request=OpportunityEdit, responses=OpportunityOut)
    def patch(self, request: Request, opportunity_id: int) -> Response:
        """Change the terms that are given; the journal keeps what they were."""
        deal = get_object_or_404(opportunities_for_user(self.user), pk=opportunity_id)
        if not opportunities_for_user(self.user, "write").filter(pk=opportunity_id).exists():
            raise PermissionDenied
        terms = self.read(OpportunityEdit)
        if terms.get("amount") is not None and not terms.get("currency") and not deal.currency:
            raise ValidationError({"currency": ["Say which currency the amount is in, for example EUR."]})
        with one_transaction():
            amend({deal.pk: terms}, by=self.user.pk, now=self.now)
            nudge()
        return self._answer(opportunity_id)

    def _answer(self, opportunity_id: int) -> Response:
        deal = get_object_or_404(whole(opportunities_for_user(self.user)), pk=opportunity_id)
        return Response(OpportunityOut(deal).data)
