"""The shape of the reports, for their schema."""

from drf_spectacular.utils import inline_serializer
from rest_framework import serializers

Rate = serializers.FloatField
Count = serializers.IntegerField


def _days() -> dict[str, serializers.Field]:
    # `from` cannot be an attribute of a class.
    return {"from": serializers.DateField(), "to": serializers.DateField()}


class Before(serializers.Serializer):
    """A stage's entries last year and how much they have grown since."""

    entries = Count()
    change = Rate(allow_null=True)


class FunnelStage(serializers.Serializer):
    """Entries of one stage. `stopped` have entered it and not the next."""

    stage = serializers.CharField()
    entries = Count()
    stopped = Count(allow_null=True)
    step_rate = Rate(allow_null=True)
    overall_rate = Rate(allow_null=True)
    band = serializers.CharField(allow_null=True)
    compare = Before(allow_null=True)


class FunnelWin(serializers.Serializer):
    """Won passes as a share of a late stage."""

    stage = serializers.CharField()
    rate = Rate(allow_null=True)
    band = serializers.CharField(allow_null=True)


class Outcomes(serializers.Serializer):
    """How passes ended."""

    won = Count()
    lost = Count()
    disqualified = Count()
    nurture = Count()


class Decisions(serializers.Serializer):
    """How handovers were decided."""

    accepted = Count()
    returned = Count()
    rejected = Count()


_ABOUT = {"mode": serializers.CharField(), "campaign": serializers.CharField(allow_null=True)}
FunnelOut = inline_serializer(
    "Funnel",
    {
        **_ABOUT,
        **_days(),
        "stages": FunnelStage(many=True),
        "outcomes": Outcomes(),
        "wins": FunnelWin(many=True),
        "decisions": Decisions(),
        "compare": inline_serializer("FunnelBefore", {**_ABOUT, **_days()}, allow_null=True),
    },
)


# `label` is an attribute of every field of REST framework.
_BREAKDOWN_ROW = inline_serializer(
    "BreakdownRow",
    {
        "key": serializers.CharField(allow_null=True, help_text="null for leads that have none"),
        "label": serializers.CharField(),
        "stages": serializers.DictField(child=Count()),
        "won": Count(),
        "to_sqo": Rate(allow_null=True),
        "to_won": Rate(allow_null=True),
    },
    many=True,
)


class BreakdownOut(serializers.Serializer):
    """Counts by source or by region."""

    rows = _BREAKDOWN_ROW


VelocityOut = inline_serializer(
    "Velocity",
    {
        "rows": inline_serializer(
            "StepTime",
            {
                "from": serializers.CharField(),
                "to": serializers.CharField(),
                "n": Count(),
                "mean_days": Rate(allow_null=True),
                "median_days": Rate(allow_null=True),
                "p90_days": Rate(allow_null=True),
                "sla_days": Rate(allow_null=True),
            },
            many=True,
        ),
        "sum_of_means": Rate(allow_null=True),
        "mean_whole_path": Rate(allow_null=True),
    },
)


_MAIL_ROW = inline_serializer(
    "SequenceMail",
    {
        "sequence": serializers.CharField(),
        "step": Count(help_text="number of the mail, from 1"),
        "name": serializers.CharField(),
        "sent": Count(help_text="accepted by the mail server"),
        "delivered": Count(help_text="accepted and not come back"),
        "skipped": Count(),
        "failed": Count(),
        "uncertain": Count(),
        "waiting": Count(help_text="people who stand before it"),
        "opened": Count(help_text="leads that opened it, machines left out"),
        "open_rate": Rate(allow_null=True),
        "clicked": Count(help_text="leads that clicked in it, machines left out"),
        "click_rate": Rate(allow_null=True),
        "contribution": Count(help_text="engaged leads whose last opened mail before that it is"),
    },
    many=True,
)


class SequencesOut(serializers.Serializer):
    """Mails of sequences; the rates are of all of them together."""

    rows = _MAIL_ROW
    open_rate = Rate(allow_null=True)
    click_rate = Rate(allow_null=True)
    clickers_rate = Rate(allow_null=True, help_text="leads that clicked in any of them, of all mails delivered")
