from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any

from capture.imports import maven
from capture.imports.companies import import_companies
from capture.imports.presets import Preset
from capture.imports.run import Flow
from capture.management.importing import ImportCommand


class Command(ImportCommand):
    help = "Import companies from a CSV file of accounts."
    presets = {maven.ACCOUNTS.slug: maven.ACCOUNTS}

    def flow(self, options: Mapping[str, Any], preset: Preset, now: datetime) -> Flow:
        return partial(import_companies, by=None, now=now)
