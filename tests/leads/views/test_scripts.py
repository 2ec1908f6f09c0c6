"""Scripts: read by those who talk to leads, written by those who lead them."""

import pytest

from leads.models import Script, ScriptKind
from leads.seed_scripts import SCRIPTS
from tests.browsing import browser
from tests.factories import make_user, stage
from users.models import Role

pytestmark = pytest.mark.django_db


@pytest.fixture
def manager():
    return make_user(Role.SALES_MANAGER)


def write(text="Why now?", kind="question", **fields):
    return Script.objects.create(kind=kind, text=text, **fields)


def shown(response):
    return [script.text for _kind, rows in response.context["kinds"] for script in rows]


def test_every_installation_starts_with_scripts_of_each_kind():
    found = Script.objects.filter(is_active=True)

    assert found.count() == len(SCRIPTS)
    assert {script.kind for script in found} == set(ScriptKind.values)
    assert not found.filter(stage=None).exclude(kind__in=["call", "objection"]).filter(role="", pain="").exists()


def test_a_script_is_written_changed_and_switched_off(manager):
    client = browser(manager)

    client.post("/settings/scripts/new/", {"kind": "question", "text": " Why us? ", "stage": "sal", "role": "user"})
    script = Script.objects.latest("pk")
    client.post(f"/settings/scripts/{script.pk}/", {"kind": "question", "text": "Why them?", "pain": "manual work"})
    client.post(f"/settings/scripts/{script.pk}/switch/")

    assert (script.text, script.stage, script.role) == ("Why us?", stage("sal"), "user")
    script.refresh_from_db()
    assert (script.text, script.stage, script.role, script.pain) == ("Why them?", None, "", "manual work")
    assert not script.is_active


def test_a_script_without_words_or_of_no_kind_is_refused_and_kept(manager):
    response = browser(manager).post("/settings/scripts/new/", {"kind": "poem", "text": "  ", "pain": "late invoices"})

    assert response.status_code == 422
    assert set(response.context["form"].errors) == {"kind", "text"}
    assert "late invoices" in response.content.decode()


def test_scripts_are_put_in_order_within_their_kind(manager):
    Script.objects.all().delete()
    first, second, other = write("1"), write("2"), write("3", kind="call")
    client = browser(manager)

    client.post(f"/settings/scripts/{second.pk}/shift/", {"up": "1"})
    client.post(f"/settings/scripts/{second.pk}/shift/", {"up": "1"})
    client.post(f"/settings/scripts/{other.pk}/shift/", {"down": "1"})

    assert list(Script.objects.filter(kind="question")) == [second, first]


def test_the_list_is_filtered_and_stays_so_after_an_act(manager):
    Script.objects.all().delete()
    general, sal = write("general"), write("sal", stage=stage("sal"))
    write("sqo", stage=stage("sqo"))
    write("call", kind="call")
    client = browser(manager)

    response = client.get("/settings/scripts/", {"stage": "sal", "kind": "question"})
    moved = client.post(
        f"/settings/scripts/{sal.pk}/shift/", {"up": "1", "filter": "stage=sal&kind=question&next=//evil.example"}
    )

    assert shown(response) == [general.text, sal.text]
    assert moved["Location"] == f"/settings/scripts/?stage=sal&kind=question#script-{sal.pk}"


def test_a_filter_that_names_nothing_filters_nothing(manager):
    assert browser(manager).get("/settings/scripts/", {"stage": "nowhere", "role": "king"}).status_code == 200


def test_the_matrix_counts_what_was_written_for_a_role(manager):
    Script.objects.all().delete()
    write(role="finance", stage=stage("sal"))

    page = browser(manager).get("/settings/scripts/")

    rows = {stage.slug: {cell.role: cell.own for cell in cells} for stage, cells in page.context["matrix"]}
    assert (rows["sal"]["finance"], rows["sal"]["user"], rows["sql"]["finance"]) == (1, 0, 0)


@pytest.mark.parametrize("role", [Role.SDR, Role.SALES_REP])
def test_those_who_talk_to_leads_read_and_do_not_write(role):
    script, client = write(), browser(make_user(role))

    page = client.get("/settings/scripts/")

    assert page.status_code == 200
    assert "New script" not in page.content.decode()
    assert client.post(f"/settings/scripts/{script.pk}/switch/").status_code == 403


def test_the_list_asks_the_same_number_of_questions_for_many(manager, django_assert_max_num_queries):
    client = browser(manager)
    client.get("/settings/scripts/")
    for number in range(60):
        write(str(number), stage=stage("sal"))

    with django_assert_max_num_queries(12):
        client.get("/settings/scripts/")
