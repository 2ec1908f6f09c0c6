"""Leads as the API shows them, and what may be written to one."""

from datetime import date
from typing import Any

from django.db import connection
from django.db.models import Prefetch, QuerySet
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError

from leads.access import companies_for_user
from leads.api.serializers.captures import refuse_attributes
from leads.api.serializers.fields import Address, Id, Moment, Phone, Strict, Text, Values
from leads.models import BuyingRole, Lead, LeadScore, Outcome

SHOWN_WITH = ("stage", "company", "owner", "channel", "campaign")


def shown(leads: QuerySet[Lead]) -> QuerySet[Lead]:
    """Leads with everything LeadOut shows, in one query and one for all scores."""
    scores = LeadScore.objects.select_related("model").order_by("model__slug")
    return leads.select_related(*SHOWN_WITH).prefetch_related(Prefetch("scores", queryset=scores))


class CompanyOfLead(serializers.Serializer):
    """Which company."""

    id = serializers.IntegerField()
    name = serializers.CharField()


class ScoreOut(serializers.Serializer):
    """The stored score in one model."""

    model = serializers.CharField(source="model.slug")
    points = serializers.IntegerField()
    fit = serializers.IntegerField()
    engagement = serializers.IntegerField()
    band = serializers.CharField()


class LeadOut(serializers.Serializer):
    """A lead in lists and after a capture."""

    id = serializers.IntegerField()
    email = serializers.CharField(allow_null=True)
    phone = serializers.CharField()
    first_name = serializers.CharField()
    last_name = serializers.CharField()
    job_title = serializers.CharField()
    buying_role = serializers.ChoiceField(choices=[("", ""), *BuyingRole.choices])
    company = CompanyOfLead(allow_null=True)
    stage = serializers.CharField(source="stage.slug")
    outcome = serializers.SerializerMethodField()
    cycle = serializers.IntegerField()
    owner = serializers.CharField(source="owner.email", default=None, allow_null=True)
    scores = ScoreOut(many=True)
    channel = serializers.CharField(source="channel.slug", default=None, allow_null=True)
    campaign = serializers.CharField(source="campaign.slug", default=None, allow_null=True)
    captured_at = Moment()

    def get_outcome(self, lead: Lead) -> str | None:
        """How the pass ended; null while it is open."""
        return Outcome(lead.outcome).value if lead.outcome else None


# What LeadOut shows, for the answer to a capture, which is given more often than all others.
_SHOWN = """
SELECT id, email, phone, first_name, last_name, job_title, buying_role,
       (SELECT json_build_object('id', c.id, 'name', c.name) FROM leads_company c WHERE c.id = company_id) AS company,
       (SELECT slug FROM leads_stage WHERE id = stage_id) AS stage, nullif(outcome, '') AS outcome, cycle,
       (SELECT u.email FROM users_user u WHERE u.id = owner_id) AS owner,
       (SELECT coalesce(json_agg(json_build_object('model', m.slug, 'points', s.points, 'fit', s.fit,
                                                   'engagement', s.engagement, 'band', s.band) ORDER BY m.slug), '[]')
        FROM leads_leadscore s JOIN leads_scoremodel m ON m.id = s.model_id WHERE s.lead_id = leads_lead.id) AS scores,
       (SELECT slug FROM leads_channel WHERE id = channel_id) AS channel,
       (SELECT slug FROM leads_campaign WHERE id = campaign_id) AS campaign, captured_at
FROM leads_lead WHERE id = %s
"""


def lead_out(lead_id: int) -> dict[str, Any]:
    """A lead as LeadOut shows it, in one statement."""
    with connection.cursor() as cursor:
        cursor.execute(_SHOWN, [lead_id])
        row = dict(zip((column.name for column in cursor.description), cursor.fetchone(), strict=True))
    return row | {"captured_at": Moment().to_representation(row["captured_at"])}


class ExternalIdOut(serializers.Serializer):
    """What another system calls the lead."""

    system = serializers.CharField()
    id = serializers.CharField(source="value")


class LeadDetailOut(LeadOut):
    """A lead by itself."""

    stage_since = Moment()
    next_change_on = serializers.SerializerMethodField()
    attributes = Values()
    external_ids = ExternalIdOut(many=True)
    archived_at = Moment(allow_null=True)

    def get_next_change_on(self, lead: Lead) -> date | None:
        """The first day a score may differ without a new fact."""
        days = [score.next_change_on for score in lead.scores.all() if score.next_change_on]
        return min(days, default=None)


class CompanyRef(Strict):
    """A company by its number."""

    id = Id()


class LeadIn(Strict):
    """PATCH leads/{id}/: only these change, and only those that are given. Null in `attributes` removes a value."""

    email = Address(allow_null=True)
    phone = Phone()
    first_name = Text(100)
    last_name = Text(100)
    job_title = Text(150)
    buying_role = serializers.ChoiceField(choices=BuyingRole.choices, required=False, allow_blank=True)
    company = CompanyRef(required=False, allow_null=True)
    attributes = Values()

    def validate_company(self, company: dict[str, int] | None) -> int | None:
        """A company the caller may see."""
        if company is None:
            return None
        if "id" not in company:  # nested in a partial edit nothing is required
            raise ValidationError({"id": [ErrorDetail("Give the company's number.", code="required")]})
        if not companies_for_user(self.context["user"]).filter(pk=company["id"]).exists():
            raise ValidationError({"id": ["There is no such company."]})
        return company["id"]

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Attributes are defined ones."""
        refuse_attributes("lead", attrs, self.context["catalog"])
        return attrs
