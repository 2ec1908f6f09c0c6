"""Maven's real files, where they stand: companies, and opportunities that belong to no lead."""

import io
import os
from collections import Counter
from pathlib import Path

import pytest
from django.core.management import call_command

from leads.models import Company, Lead, Opportunity
from tests.capture.conftest import everything_stored

FOLDER = Path(os.environ.get("LEADCRM_REAL_DATA", "")) / "maven_crm"

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(
        "LEADCRM_REAL_DATA" not in os.environ or not FOLDER.exists(),
        reason="the real input data are not here: set LEADCRM_REAL_DATA to their folder",
    ),
]


def imported(command: str, file: str) -> str:
    out = io.StringIO()
    call_command(command, str(FOLDER / file), preset="maven", stdout=out, stderr=io.StringIO())
    return out.getvalue().splitlines()[-1]


def test_both_spellings_of_dates_give_the_same_opportunities():
    assert imported("import_companies", "accounts.csv") == "new 85 updated 0 unchanged 0 refused 0"
    assert imported("import_opportunities", "sales_pipeline.csv") == "new 8800 updated 0 unchanged 0 refused 0"

    assert Counter(Opportunity.objects.values_list("state", flat=True)) == {"won": 4238, "lost": 2473, "open": 2089}
    assert Opportunity.objects.filter(company=None).count() == 1425
    assert Opportunity.objects.filter(data__product="GTX Pro").count() == 1480
    assert Opportunity.objects.exclude(lead=None).count() == Lead.objects.count() == 0
    assert Company.objects.count() == 85
    before = everything_stored()

    for file in ("variant_sales_pipeline_us_dates.csv", "sales_pipeline.csv"):
        assert imported("import_opportunities", file) == "new 0 updated 0 unchanged 8800 refused 0"
    assert imported("import_companies", "accounts.csv") == "new 0 updated 0 unchanged 85 refused 0"
    assert everything_stored() == before
