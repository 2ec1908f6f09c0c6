from argparse import ArgumentParser
from collections.abc import Mapping
from functools import partial
from typing import Any

from django.core.management.base import CommandError

from capture.imports import olist
from capture.imports.leads import import_leads
from capture.imports.presets import LeadFacts
from capture.imports.run import Flow
from capture.management.importing import ImportCommand
from leads.models import Campaign
from users.clock import database_now


class Command(ImportCommand):
    help = "Import leads from a CSV file. They are scored but rest: no promotion, no handover, no notice."
    presets = {olist.LEADS.slug: olist.LEADS}

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--campaign", default="", help="key of the campaign that brought them; without it none")

    def flow(self, options: Mapping[str, Any]) -> Flow[LeadFacts]:
        return partial(
            import_leads,
            preset=options["preset"],
            file=options["file"].name,
            campaign_id=_campaign_id(options["campaign"]),
            by=None,
            now=database_now(),
        )


def _campaign_id(slug: str) -> int | None:
    if not slug:
        return None
    campaign = Campaign.objects.filter(slug=slug).first()
    if campaign is None:
        raise CommandError(f"There is no campaign {slug!r}.")
    return campaign.pk
