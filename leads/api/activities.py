"""Facts about leads, one or up to a thousand at once: all of them or none."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from leads.access import leads_for_user
from leads.activity.record import NewActivity, record
from leads.api.door import Door
from leads.api.serializers.activities import ActivityIn
from leads.api.serializers.received import Recorded
from leads.api.slugs import slug_ids
from leads.idempotency import idempotent
from leads.models import Campaign, Channel, Evidence, ExternalId, Kind, Medium
from leads.nudge import nudge
from users.access import Right
from users.models import User
from users.transactions import one_transaction

MOST = 1000


class ActivityList(Door):
    """POST what happened."""

    needs: ClassVar = {"POST": Right.RECORD_ACTIVITIES}

    @extend_schema(
        request=PolymorphicProxySerializer(
            component_name="Activities",
            serializers=[ActivityIn, ActivityIn(many=True)],
            resource_type_field_name=None,
            many=False,
        ),
        responses={201: Recorded},
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Record facts; those known by their external id are counted as known."""
        many = isinstance(request.data, list)
        if many and not 0 < len(request.data) <= MOST:
            raise ValidationError(f"Send 1 to {MOST} activities at once.")
        said = self.read(ActivityIn, many=True) if many else [self.read(ActivityIn)]
        places = [f"{index}." if many else "" for index in range(len(said))]
        activities = self.activities(said, places)
        with one_transaction():
            done = record(activities, by=self.user.pk, now=self.now)
            nudge()
        return Response({"recorded": done.recorded, "known": done.known}, status=201)

    def activities(self, said: Sequence[Mapping[str, Any]], places: Sequence[str]) -> list[NewActivity]:
        """Validated rows in the words of the flow; a fixed number of look-ups whatever their number."""
        leads = _lead_ids(self.user, said, places)
        channels = slug_ids(Channel, _named("channel", said, places))
        campaigns = slug_ids(Campaign, _named("campaign", said, places))
        return [
            NewActivity(
                lead_id=lead_id,
                kind=Kind.from_slug(row["kind"]),
                occurred_at=row.get("occurred_at", self.now),
                url=row.get("url", ""),
                visit=row.get("visit", ""),
                dwell_seconds=row.get("dwell_seconds"),
                medium=Medium.from_slug(row["medium"]) if row.get("medium") else None,
                campaign_id=campaigns.get(row.get("campaign", "")),
                channel_id=channels.get(row.get("channel", "")),
                document=row.get("document", ""),
                mail_number=row.get("mail_number"),
                evidence=Evidence.from_slug(row.get("evidence", "human")),
                external_id=row.get("external_id") or None,
                data=row.get("data", {}),
            )
            for row, lead_id in zip(said, leads, strict=True)
        ]


def _named(name: str, said: Sequence[Mapping[str, Any]], places: Sequence[str]) -> dict[str, str]:
    return {f"{place}{name}": row[name] for row, place in zip(said, places, strict=True) if row.get(name)}


def _lead_ids(user: User, said: Sequence[Mapping[str, Any]], places: Sequence[str]) -> list[int]:
    """The lead of each row. Raises ValidationError naming the rows whose lead the caller cannot see."""
    refs = [row["lead"] for row in said]
    seen = leads_for_user(user).order_by()
    found: dict[Any, int] = {}
    if ids := {ref["id"] for ref in refs if "id" in ref}:
        found |= {pk: pk for pk in seen.filter(pk__in=ids).values_list("pk", flat=True)}
    if emails := {ref["email"] for ref in refs if ref.get("email")}:
        found |= dict(seen.filter(email__in=emails).values_list("email", "pk"))
    others = {(ref["external_id"]["system"], ref["external_id"]["id"]) for ref in refs if "external_id" in ref}
    if others:
        rows = ExternalId.objects.filter(value__in={value for _, value in others}, lead__in=seen)
        found |= {(system, value): pk for system, value, pk in rows.values_list("system", "value", "lead_id")}
    result = [found.get(_key(ref), 0) for ref in refs]
    missing = {
        f"{place}lead": [ErrorDetail("There is no such lead.", code="unknown")]
        for place, pk in zip(places, result, strict=True)
        if not pk
    }
    if missing:
        raise ValidationError(missing)
    return result


def _key(ref: Mapping[str, Any]) -> Any:
    if "external_id" in ref:
        return ref["external_id"]["system"], ref["external_id"]["id"]
    return ref.get("email") or ref.get("id")
