"""Which column says what: written, guessed, and what becomes of the rows."""

import csv
import io
import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from capture.imports.guess import guess
from capture.imports.mapping import InvalidMapping, from_json
from capture.imports.people import countries
from leads.models import Capture, Consent, Contactability, ExternalId, Lead
from tests.capture.conftest import Run, everything_stored

pytestmark = pytest.mark.django_db

HUBSPOT = "Record ID,First Name,Last Name,Email,Phone Number,Contact owner,Lead Status,Create Date,Lead Source"
SALESFORCE = (
    "Id,IsDeleted,FirstName,LastName,Title,Company,Phone,Email,Website,LeadSource,HasOptedOutOfEmail,CreatedDate"
)
META = "id,created_time,ad_id,adset_id,form_id,platform,full_name,phone_number,email"
MAUTIC = "title,firstname,lastname,city,address1,state,zipcode,country,email,phone,company,website,ip,points"


@pytest.fixture
def imported(tmp_path: Path):
    """Import lines with the real command, by a mapping or by guess."""

    def run(*lines: str, mapping: dict | None = None, **options) -> Run:
        path = tmp_path / "people.csv"
        path.write_text("\n".join([*lines, ""]), encoding="utf-8")
        if mapping:
            (tmp_path / "map.json").write_text(json.dumps(mapping))
            options["mapping"] = tmp_path / "map.json"
        out, err = io.StringIO(), io.StringIO()
        call_command("import_leads", str(path), stdout=out, stderr=err, **options)
        return Run(out.getvalue().splitlines()[-1], err.getvalue().splitlines())

    return run


@pytest.mark.parametrize(
    ("header", "system", "fields"),
    [
        (HUBSPOT, "hubspot", "external_id first_name last_name email phone occurred_at channel"),
        (
            SALESFORCE,
            "salesforce",
            "external_id first_name last_name job_title company phone email company_domain channel opt_out occurred_at",
        ),
        (META, "meta", "external_id occurred_at full_name phone email"),
        (MAUTIC, "mautic", "first_name last_name country email phone company company_domain"),
        ("E-Mail;Vorname".replace(";", ","), "file", "email"),
    ],
)
def test_a_header_gives_the_likely_mapping(header, system, fields):
    found = guess(header.split(","))

    assert (found.system, [target.field for target in found.taken.values()]) == (system, fields.split())


def test_without_names_the_cells_tell():
    found = guess(["Column 1", "Column 2"], {"Column 1": ["a@b.example", ""], "Column 2": ["+972 3 555 0100"]})

    assert {name: target.field for name, target in found.columns.items()} == {"Column 1": "email", "Column 2": "phone"}


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"A": "emial"}, "Did you mean email"),
        ({"A": {"field": "email", "colour": 1}}, "colour: not known"),
        ({"A": "attribute:Bad Key"}, "no key of an attribute"),
        ({"A": {"field": "attribute:x", "kind": "colour"}}, "kind is one of"),
        ({"A": {"field": "occurred_at", "dates": "ymd"}}, "dates is dmy or mdy"),
        ({"columns": {"A": "email"}, "colour": 1}, "a mapping has columns"),
        ({"columns": {"A": "email"}, "system": "Sales Force"}, "system: a short key"),
        ([], "is an object"),
        ({}, "No column is mapped"),
    ],
)
def test_a_wrong_mapping_is_refused_with_its_place(said, why):
    with pytest.raises(InvalidMapping, match=why):
        from_json(said)


def test_a_mapping_says_what_the_columns_are(imported):
    mapping = {
        "system": "old-crm",
        "nulls": ["Select"],
        "columns": {
            "Key": "external_id",
            "Mail": "email",
            "From": {"field": "channel", "values": {"Advertisment": "Advertising", "Advertisement": "Advertising"}},
            "Budget": {"field": "attribute:budget", "kind": "number"},
            "Quality": {"field": "attribute:quality", "kind": "ranked"},
        },
    }

    done = imported(
        "Key,Mail,From,Budget,Quality,Notes",
        'a,A@acme.example,Advertisment,"$195,000.00 ",01.High,x',
        "b,b@acme.example,Advertisement,Select,Select,y",
        mapping=mapping,
    )

    assert done.count == "new 2 updated 0 unchanged 0 refused 0"
    first, second = Lead.objects.select_related("channel").order_by("email")
    assert (first.attributes, second.attributes) == ({"budget": 195000, "quality": "High"}, {})
    assert first.channel == second.channel
    assert (first.channel.name, first.external_ids.get().system) == ("Advertising", "old-crm")
    assert Capture.objects.get(lead=first).payload["row"]["Notes"] == "x"


def test_a_second_run_changes_nothing(imported):
    lines = ["Email,Created", "a@acme.example,13/06/2020", "b@acme.example,01/02/2020"]
    imported(*lines)
    before = everything_stored()

    assert imported(*lines).count == "new 0 updated 0 unchanged 2 refused 0"
    assert everything_stored() == before


def test_the_order_of_dates_is_that_of_the_column(imported):
    imported("Email,Created", "a@acme.example,08-06-2020 15:38", "b@acme.example,8/13/2020 1:20")

    found = dict(Lead.objects.values_list("email", "captured_at"))
    assert {email: at.date().isoformat() for email, at in found.items()} == {
        "a@acme.example": "2020-08-06",
        "b@acme.example": "2020-08-13",
    }


def test_ids_that_differ_in_case_alone_are_two_people(imported):
    imported(SALESFORCE, *(f"00Q5e00000AbCd{end},0,Ann,Levi,,Acme,,,,,0,2020-01-01" for end in ("eFGH", "efgh")))

    assert ExternalId.objects.filter(system="salesforce").count() == Lead.objects.count() == 2


def test_an_empty_id_of_salesforce_names_nobody(imported):
    done = imported(SALESFORCE, "000000000000000AAA,0,Ann,Levi,,Acme,,,,,0,2020-01-01")

    assert done.count == "new 0 updated 0 unchanged 0 refused 1"
    assert "names nobody" in done.told[-1]


def test_whoever_opted_out_comes_in_with_consent_withdrawn(imported):
    imported(
        "Email,Do Not Email,Email Bounced Reason", "a@acme.example,Yes,", "b@acme.example,No,", "c@acme.example,,550"
    )

    assert list(Consent.objects.values_list("lead__email", "granted")) == [("a@acme.example", False)]
    contact = Contactability.objects.order_by("lead__email").values_list("consent", "suppression")
    assert list(contact) == [("withdrawn", ""), ("none", ""), ("none", "bounced")]


def test_test_leads_of_advertising_platforms_are_refused(imported):
    done = imported(
        "Email,Full name,Is test",
        "a@acme.example,Ann Levi,false",
        "b@acme.example,Bo,true",
        "test@meta.com,<test lead: dummy data for full_name>,",
    )

    assert done.count == "new 1 updated 0 unchanged 0 refused 2"


def test_a_phone_without_a_country_is_flagged_where_another_thing_names_the_person(imported):
    done = imported(
        "Email,Phone,Country", "a@acme.example,03-555-0100,Israel", "b@acme.example,03-555-0100,", ",03-555-0100,"
    )

    assert done.count == "new 2 updated 0 unchanged 0 refused 1"
    assert dict(Lead.objects.values_list("email", "phone")) == {"a@acme.example": "+97235550100", "b@acme.example": ""}
    assert done.told[-1] == "1 row flagged: the phone number has no country and was not taken"


def test_a_lead_from_the_future_is_flagged_and_not_refused(imported):
    done = imported("Email,Created", "a@acme.example,2199-01-01")

    assert done.count == "new 1 updated 0 unchanged 0 refused 0"
    assert "1 row flagged: dated in the future" in done.told


def test_refused_rows_go_to_a_file_with_line_column_reason_and_cells(imported, tmp_path):
    imported("Email,Phone,Note", "nobody,+972 3 555 0100,=1+1", "a@acme.example,,", refused=tmp_path / "back.csv")

    header, row = csv.reader((tmp_path / "back.csv").read_text("utf-8-sig").splitlines())
    assert header == ["line", "column", "reason", "Email", "Phone", "Note"]
    assert row[:2] == ["2", "Email"]
    assert row[3:] == ["nobody", "+972 3 555 0100", "'=1+1"]


def test_hebrew_survives(imported):
    imported("Email,First Name,Company", 'a@acme.example,נועה,"לוי, בניו"')

    lead = Lead.objects.select_related("company").get()
    assert (lead.first_name, lead.company.name) == ("נועה", "לוי, בניו")


def test_a_file_that_names_nobody_is_refused_as_a_whole(imported):
    with pytest.raises(CommandError, match="nobody is named"):
        imported("Name,City", "Ann,Haifa")


def test_a_mapping_of_missing_columns_is_refused_as_a_whole(imported):
    with pytest.raises(CommandError, match="Missing: Mail"):
        imported("Email,City", "a@acme.example,Haifa", mapping={"Mail": "email"})


def test_countries_are_known_by_key_and_name():
    names = ["il", "Israel", "ישראל", "United States", "USA", "U.S.", "Russia", "germany"]

    assert [countries()[name.casefold()] for name in names] == ["IL", "IL", "IL", "US", "US", "US", "RU", "DE"]
