"""Opening and ending campaigns."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from leads.models import Campaign


@dataclass(frozen=True, kw_only=True, slots=True)
class NewCampaign:
    """A campaign to be opened; `predecessor` is the slug of one that stands already or earlier in the list."""

    slug: str
    name: str
    starts_on: date | None = None
    ends_on: date | None = None
    predecessor: str = ""


@transaction.atomic
def open_campaigns(campaigns: Sequence[NewCampaign]) -> list[Campaign]:
    """Open campaigns in order. Raises ValidationError for a key that is taken or dates the wrong way round."""
    opened: list[Campaign] = []
    for wish in campaigns:
        row = Campaign(slug=wish.slug, name=wish.name, starts_on=wish.starts_on, ends_on=wish.ends_on)
        if wish.predecessor:
            row.predecessor = Campaign.objects.get(slug=wish.predecessor)
        row.full_clean()
        row.save()
        opened.append(row)
    return opened


@transaction.atomic
def end_campaigns(slugs: Sequence[str], *, now: datetime) -> None:
    """End campaigns: from `now` on they no longer move or enroll their leads by themselves."""
    Campaign.objects.filter(slug__in=slugs, ended_at=None).update(ended_at=now)
