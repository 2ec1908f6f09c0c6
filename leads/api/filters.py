"""Plain equality on lists; everything richer is a condition tree."""

import django_filters
from django.db.models import Q, QuerySet
from django.db.models.functions import Now
from django_filters import CharFilter, ChoiceFilter, ModelChoiceFilter

from leads.access import companies_for_user
from leads.models import Campaign, Channel, Company, Handover, HandoverState, Lead, Outcome, Route, Stage
from leads.people.normalise import normalise_domain, normalise_email
from users.models import Team, User

OPEN = "open"


def _companies(request: object) -> QuerySet[Company]:
    user = getattr(request, "user", None)
    return companies_for_user(user) if isinstance(user, User) else Company.objects.none()


class LeadFilter(django_filters.FilterSet):
    """?stage=&outcome=&owner=&campaign=&channel=&company=&email="""

    stage = ModelChoiceFilter(queryset=Stage.objects.all(), to_field_name="slug", method="by_stage")
    outcome = ChoiceFilter(choices=[(OPEN, "Open"), *Outcome.choices], method="by_outcome")
    owner = ModelChoiceFilter(queryset=User.objects.all(), to_field_name="email")
    campaign = ModelChoiceFilter(queryset=Campaign.objects.all(), to_field_name="slug")
    channel = ModelChoiceFilter(queryset=Channel.objects.all(), to_field_name="slug")
    company = ModelChoiceFilter(queryset=_companies)
    email = CharFilter(method="by_email")

    class Meta:
        model = Lead
        fields: tuple[str, ...] = ()

    def by_stage(self, leads: QuerySet[Lead], name: str, value: Stage) -> QuerySet[Lead]:
        """With the leads whose pass ended at a stage that was merged into it."""
        return leads.filter(stage__in=value.with_merged())

    def by_outcome(self, leads: QuerySet[Lead], name: str, value: str) -> QuerySet[Lead]:
        """An open pass has no outcome."""
        return leads.filter(outcome="" if value == OPEN else value)

    def by_email(self, leads: QuerySet[Lead], name: str, value: str) -> QuerySet[Lead]:
        """The one spelling; what is no address belongs to nobody."""
        try:
            return leads.filter(email=normalise_email(value))
        except ValueError:
            return leads.none()


class CompanyFilter(django_filters.FilterSet):
    """?domain=&name=&country=&region="""

    domain = CharFilter(method="by_domain")
    name = CharFilter()
    country = CharFilter(lookup_expr="iexact")
    region = CharFilter()

    class Meta:
        model = Company
        fields: tuple[str, ...] = ()

    def by_domain(self, companies: QuerySet[Company], name: str, value: str) -> QuerySet[Company]:
        """The one spelling."""
        try:
            return companies.filter(domain=normalise_domain(value))
        except ValueError:
            return companies.none()


class HandoverFilter(django_filters.FilterSet):
    """?state=&snoozed=&route=&campaign=&team=&assignee=&lead="""

    state = ChoiceFilter(choices=HandoverState.choices)
    snoozed = ChoiceFilter(choices=[("true", "Put aside"), ("false", "In the queue")], method="by_snoozed")
    route = ChoiceFilter(choices=Route.choices)
    campaign = ModelChoiceFilter(queryset=Campaign.objects.all(), to_field_name="slug", field_name="lead__campaign")
    team = ModelChoiceFilter(queryset=Team.objects.all(), to_field_name="slug")
    assignee = ModelChoiceFilter(queryset=User.objects.all(), to_field_name="email")
    lead = django_filters.NumberFilter(field_name="lead_id", min_value=1, max_value=2**63 - 1, decimal_places=0)

    class Meta:
        model = Handover
        fields: tuple[str, ...] = ()

    def by_snoozed(self, handovers: QuerySet[Handover], name: str, value: str) -> QuerySet[Handover]:
        """Whether an open handover is put aside until later."""
        aside = Q(state=HandoverState.OPEN, snoozed_until__gt=Now())
        return handovers.filter(aside) if value == "true" else handovers.exclude(aside)
