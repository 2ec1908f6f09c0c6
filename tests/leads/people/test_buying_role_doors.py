"""A person's role in the decision comes in by every door and is journaled."""

import io

import pytest
from django.core.management import call_command

from leads.conditions.select import matching
from leads.conditions.tree import InvalidCondition, validate, words
from leads.models import AttributeChange, Lead
from tests.browsing import browser
from tests.callers import Caller
from tests.factories import NOW, make_lead, make_user
from users.models import Role

pytestmark = pytest.mark.django_db
FINANCE = {"leaf": "lead", "field": "buying_role", "op": "in", "value": ["finance", "decision_maker"]}


def test_by_the_form_and_back_on_its_edit_page():
    client = browser(make_user(Role.MARKETER))
    client.post("/leads/new/", {"email": "a@b.example", "channel": "manual", "buying_role": "finance"})
    lead = Lead.objects.get()

    assert lead.buying_role == "finance"
    assert client.get(f"/leads/{lead.pk}/edit/").context["form"]["buying_role"].initial == "finance"
    client.post(f"/leads/{lead.pk}/edit/", {"email": "a@b.example", "buying_role": ""})
    assert AttributeChange.objects.get().before == {"buying_role": "finance"}


def test_by_the_api_which_names_the_roles_there_are():
    caller = Caller()
    made = caller.post("leads/", {"email": "a@b.example", "buying_role": "champion"}).json()

    changed = caller.patch(f"leads/{made['id']}/", {"buying_role": "user"}).json()
    refused = caller.patch(f"leads/{made['id']}/", {"buying_role": "boss"})

    assert (made["buying_role"], changed["buying_role"]) == ("champion", "user")
    assert refused.status_code == 400
    assert refused.json()["errors"][0]["field"] == "buying_role"


def test_by_an_import_as_people_write_it(tmp_path):
    file = tmp_path / "people.csv"
    file.write_text("email,hs_buying_role\na@b.example,Decision Maker\nc@d.example,boss\n")
    err = io.StringIO()

    call_command("import_leads", str(file), stdout=io.StringIO(), stderr=err)

    assert list(Lead.objects.values_list("email", "buying_role")) == [("a@b.example", "decision_maker")]
    assert "no role" in err.getvalue()


def test_conditions_ask_for_it_by_key_and_say_it_by_name():
    lead = make_lead(buying_role="finance")
    make_lead(buying_role="user")

    assert matching(FINANCE, now=NOW) == [lead.pk]
    assert words(FINANCE) == "Role in the decision is Finance or Decision maker"
    with pytest.raises(InvalidCondition, match="'boss' is not known"):
        validate({**FINANCE, "value": ["boss"]})
