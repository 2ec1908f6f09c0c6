"""Closed deals of a file: the lead passes through all stages to its win and rests there."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.core.management import CommandError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from capture.imports import run
from leads.models import AttributeDefinition, Cause, Handover, Lead, Opportunity, StageChange
from tests.capture.conftest import deal_line, everything_stored
from tests.factories import move_to
from users.clock import database_now

ALL_STAGES = ["mcl", "mel", "mql", "sal", "sql", "sqo"]


@pytest.fixture
def leads(import_leads):
    """Two leads, as the file of leads brings them."""
    import_leads("a,2018-02-01,p,social", "b,2018-03-01,p,email")
    return {row.external_ids.get().value: row for row in Lead.objects.all()}


def journal(lead: Lead) -> list[tuple[str, str, bool, bool]]:
    rows = StageChange.objects.filter(lead=lead).select_related("to_stage").order_by("pk")
    return [(row.to_stage.slug, row.outcome, row.passed_through, row.out_of_order) for row in rows]


def test_a_win_passes_through_all_stages_flagged(leads, import_deals):
    done = import_deals(deal_line("a"))

    assert (done.count, done.told) == ("new 1 updated 0 unchanged 0 refused 0", [])
    assert journal(leads["a"]) == [
        ("mcl", "", False, False),
        *((slug, "", True, False) for slug in ALL_STAGES[1:]),
        ("sqo", "won", False, False),
    ]
    won = StageChange.objects.get(outcome="won")
    assert (won.cause, won.occurred_at) == (Cause.IMPORT, datetime(2018, 2, 26, 19, 58, 54, tzinfo=UTC))
    assert Lead.objects.get(outcome="won").quiet_since is not None
    assert not Handover.objects.exists()


def test_what_the_deal_says_is_kept(leads, import_deals):
    import_deals(deal_line("a", revenue="0.0"), deal_line("b", revenue="4000.0", segment=""))

    first, second = Opportunity.objects.order_by("lead_id")
    assert (first.state, first.amount, first.currency) == ("won", None, "")
    assert first.data == {"seller_id": "s-1", "sdr_id": "sdr-1", "sr_id": "sr-1", "import": "olist"}
    assert (second.amount, second.currency) == (Decimal("4000.00"), "BRL")
    assert Lead.objects.get(pk=leads["a"].pk).attributes == {
        "business_segment": "pet",
        "lead_type": "online_big",
        "lead_behaviour_profile": "cat",
        "business_type": "reseller",
        "has_company": True,
        "average_stock": "5-20",
        "declared_product_catalog_size": 120,
    }
    assert "business_segment" not in Lead.objects.get(pk=leads["b"].pk).attributes


def test_a_win_before_the_first_contact_is_imported_and_flagged(leads, import_deals):
    done = import_deals(deal_line("a", won="2018-01-30 10:00:00"), deal_line("b"))

    assert done.count == "new 2 updated 0 unchanged 0 refused 0"
    assert done.told == [
        "line 2: dated before the capture of its lead",
        "line 3: dated before the capture of its lead",
        "2 rows dated before their captures: flagged",
    ]
    assert journal(leads["a"])[-1] == ("sqo", "won", False, True)


def test_a_second_run_changes_nothing(leads, import_deals):
    import_deals(deal_line("a"), deal_line("b", revenue="10"))
    before = everything_stored()

    assert import_deals(deal_line("a"), deal_line("b", revenue="10")).count == "new 0 updated 0 unchanged 2 refused 0"
    assert everything_stored() == before


def test_a_dry_run_counts_and_writes_nothing(leads, import_deals):
    before = everything_stored()

    done = import_deals(deal_line("a"), deal_line("a"), deal_line("x"), dry_run=True)

    assert done.count == "new 1 updated 0 unchanged 1 refused 1"
    assert everything_stored() == before


@pytest.mark.parametrize("size", [1, 100])
def test_a_deal_is_corrected_but_its_day_stands(leads, import_deals, monkeypatch, size):
    monkeypatch.setattr(run, "BATCH", size)

    done = import_deals(
        deal_line("a"),
        deal_line("a", revenue="70.5"),
        deal_line("a", segment="toys"),
        deal_line("a", won="2018-02-27 00:00:00"),
        deal_line("a", segment="toys"),
    )

    assert done.count == "new 1 updated 2 unchanged 1 refused 1"
    assert done.told == [
        "line 5, won_date: Imported before as closed on 2018-02-26 19:58 UTC; that stands in the journal."
    ]
    assert Opportunity.objects.get().amount == Decimal("70.50")
    assert Lead.objects.get(outcome="won").attributes["business_segment"] == "toys"
    assert len(journal(leads["a"])) == 7


def test_bad_rows_are_told_and_the_rest_stands(leads, import_deals):
    move_to(leads["b"], "disqualified", now=database_now())

    done = import_deals(
        deal_line("nobody"),
        deal_line("b"),
        deal_line("a", revenue="1,098"),
        deal_line("a", won="26.02.2018"),
        deal_line("a").replace("True", "yes"),
        deal_line("a"),
    )

    assert done.count == "new 1 updated 0 unchanged 0 refused 5"
    assert done.told == [
        "line 2, mql_id: No lead is known as olist:nobody. Import the leads first.",
        "line 3, mql_id: This pass has already ended: disqualified. Reopen the lead first.",
        "line 4: 15 cells where the header names 14 columns.",
        "line 5, won_date: '26.02.2018' is no date like 2018-02-26 19:58:54.",
        "line 6, has_company: 'yes' is neither True nor False.",
    ]


def test_an_attribute_of_another_type_stops_the_import(leads, import_deals):
    AttributeDefinition.objects.create(subject="lead", key="lead_type", label="Type", type="number")

    with pytest.raises(CommandError, match="lead_type exists as number"):
        import_deals(deal_line("a"))
    assert not Opportunity.objects.exists()


def test_attributes_defined_before_stay_as_they_are(leads, import_deals):
    AttributeDefinition.objects.create(subject="lead", key="lead_type", label="Kind of shop", type="text")

    import_deals(deal_line("a"))

    assert AttributeDefinition.objects.get(key="lead_type").label == "Kind of shop"


def test_a_capture_from_before_the_win_begins_no_new_pass(leads, import_leads, import_deals):
    import_deals(deal_line("a"))

    import_leads("a,2018-02-10,p,email")
    assert Lead.objects.get(pk=leads["a"].pk).outcome == "won"

    import_leads("a,2018-04-10,p,email")
    again = Lead.objects.select_related("stage").get(pk=leads["a"].pk)
    assert (again.outcome, again.cycle, again.stage.slug) == ("", 2, "mcl")
    assert import_deals(deal_line("a")).count == "new 0 updated 0 unchanged 1 refused 0"


def test_queries_do_not_grow_with_the_rows(import_leads, import_deals):
    import_leads(*(f"{n},2018-02-01,p,social" for n in range(202)))

    def queries(first: int, last: int) -> int:
        with CaptureQueriesContext(connection) as context:
            import_deals(*(deal_line(str(n)) for n in range(first, last)))
        return len(context)

    queries(0, 1)

    assert queries(2, 202) == queries(1, 2)
