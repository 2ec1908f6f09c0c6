from collections.abc import Mapping
from functools import partial
from typing import Any

from capture.imports import olist
from capture.imports.deals import import_deals
from capture.imports.presets import DealFacts
from capture.imports.run import Flow
from capture.management.importing import ImportCommand
from users.clock import database_now


class Command(ImportCommand):
    help = "Import closed deals from a CSV file. Their leads, imported before, pass through all stages, flagged."
    presets = {olist.DEALS.slug: olist.DEALS}

    def flow(self, options: Mapping[str, Any]) -> Flow[DealFacts]:
        return partial(import_deals, preset=options["preset"], by=None, now=database_now())
