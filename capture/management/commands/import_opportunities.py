from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any

from capture.imports import maven, olist
from capture.imports.deals import import_deals
from capture.imports.opportunities import import_opportunities
from capture.imports.presets import Preset
from capture.imports.run import Flow
from capture.management.importing import ImportCommand


class Command(ImportCommand):
    help = "Import deals from a CSV file. Leads of closed ones, imported before, pass through all stages, flagged."
    presets = {olist.DEALS.slug: olist.DEALS, maven.OPPORTUNITIES.slug: maven.OPPORTUNITIES}

    def flow(self, options: Mapping[str, Any], preset: Preset, now: datetime) -> Flow:
        if preset is self.presets[maven.SYSTEM]:
            return partial(import_opportunities, system=preset.slug, by=None, now=now)
        return partial(import_deals, preset=preset.slug, by=None, now=now)
