"""An import by page, from the file to the report."""

import csv

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from capture.models import ImportBatch
from capture.tasks import run_imports
from leads.models import AttributeDefinition, Lead
from tests.browsing import browser
from tests.factories import make_campaign, make_user
from users.models import Role

pytestmark = pytest.mark.django_db
CONTENT = (
    "Email;Vorname;Quelle;Budget;Created\n"
    'ann@acme.example;נועה;Advertisment;"1.098,50";01/02/2020\n'
    "nobody;Bo;google;;13/02/2020\n"
)


@pytest.fixture(autouse=True)
def own_folder(settings, tmp_path):
    settings.STATE_DIR = tmp_path


@pytest.fixture
def client():
    return browser(make_user(Role.MARKETER))


def page(name: str, batch: ImportBatch) -> str:
    return reverse(f"capture:import_{name}", args=[batch.pk])


def upload(client, content: str = CONTENT) -> ImportBatch:
    file = SimpleUploadedFile("people <b>.csv", content.encode("utf-16"))
    answer = client.post(reverse("capture:import_list"), {"file": file})
    assert answer.status_code == 302
    return ImportBatch.objects.latest("pk")


def map_columns(client, batch: ImportBatch, **extra: str):
    columns = {"field_0": "email", "field_1": "first_name", "field_2": "channel", "field_3": "new:number"}
    columns |= {"field_4": "occurred_at", "system": "old-crm", "nulls": "Select"}
    return client.post(page("map", batch), columns | extra)


def test_a_file_walks_through_all_steps(client):
    campaign = make_campaign()
    batch = upload(client)
    read = client.get(page("read", batch)).content.decode()
    assert "נועה" in read
    assert "people &lt;b&gt;.csv" in read
    client.post(page("read", batch), {"encoding": "utf-16", "delimiter": ";", "has_header": "on"})

    client.get(page("map", batch))
    map_columns(client, batch, campaign=str(campaign.pk), values_2="Advertisment = Advertising")
    assert "hx-get" in client.get(page("check", batch)).content.decode()
    run_imports()
    checked = client.get(page("check", batch)).content.decode()
    assert "the day comes first." in checked
    assert "01 Feb 2020" in checked

    client.post(page("check", batch))
    run_imports()
    report = client.get(page("report", batch)).content.decode()

    assert f"?campaign={campaign.slug}" in report
    lead = Lead.objects.get()
    assert (lead.first_name, lead.attributes, lead.campaign) == ("נועה", {"budget": 1098.5}, campaign)
    assert AttributeDefinition.objects.get(key="budget").type == "number"
    refused = b"".join(client.get(page("refused", batch)).streaming_content).decode("utf-8-sig")
    assert [row[:2] for row in csv.reader(refused.splitlines())] == [["line", "column"], ["3", "Email"]]


def test_values_are_mapped_once_their_column_is(client):
    batch = upload(client)
    map_columns(client, batch)
    run_imports()

    map_columns(client, ImportBatch.objects.get(), values_2="Advertisment = Advertising")
    run_imports()
    client.post(page("check", batch))
    run_imports()

    assert Lead.objects.get().channel.name == "Advertising"


def test_the_reading_can_be_changed(client):
    batch = upload(client)

    answer = client.post(page("read", batch), {"encoding": "utf-16", "delimiter": ",", "again": "1"})

    assert answer["Location"] == page("read", batch)
    assert ImportBatch.objects.get().header[0] == "Column 1"


def test_a_mapping_that_names_nobody_is_refused_beside_the_form(client):
    batch = upload(client)

    answer = map_columns(client, batch, field_0="ignore")

    assert answer.status_code == 422
    assert "nobody is named" in answer.content.decode()


def test_a_file_that_is_no_table_is_refused_at_once(client):
    answer = client.post(reverse("capture:import_list"), {"file": SimpleUploadedFile("x.csv", b"\n\n")})

    assert answer.status_code == 422
    assert not ImportBatch.objects.exists()


def test_a_step_that_is_over_leads_to_the_one_that_is_not(client):
    batch = upload(client)

    for name in ("run", "report", "check"):
        assert client.get(page(name, batch))["Location"] == page("read", batch)
    answer = client.get(page("run", batch), headers={"HX-Request": "true"})
    assert answer["HX-Redirect"] == reverse("capture:import_detail", args=[batch.pk])


def test_an_import_can_be_forgotten(client):
    batch = upload(client)

    client.post(page("discard", batch))

    assert not ImportBatch.objects.exists()


def test_a_file_of_hundreds_of_columns_can_be_mapped(client):
    header = ",".join(["Email", *(f"c{n}" for n in range(379))])
    batch = upload(client, f"{header}\na@acme.example{',x' * 379}\n")

    fields = {f"field_{n}": "ignore" for n in range(1, 380)} | {"field_0": "email", "system": "file"}
    assert client.get(page("map", batch)).status_code == 200
    assert client.post(page("map", batch), fields).status_code == 302
