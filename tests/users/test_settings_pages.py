"""The settings: only for administrators, with the rules of the flows."""

import pytest

from leads.activity.pages import page_ids
from leads.models import AttributeDefinition, Campaign, Channel, PathSet, Touched
from tests.browsing import browser
from tests.factories import make_lead, make_user, view_pages
from users.models import ApiToken, Organisation, Role, User

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin_user():
    return make_user(Role.ADMIN)


@pytest.fixture
def client(admin_user):
    return browser(admin_user)


@pytest.mark.parametrize(
    "table",
    [
        "users/user",
        "users/team",
        "users/apitoken",
        "users/organisation",
        "leads/stage",
        "leads/channel",
        "leads/campaign",
        "leads/pathset",
        "leads/attributedefinition",
        "leads/reason",
        "leads/scoremodel",
    ],
)
def test_every_settings_page_opens_for_administrators_alone(client, table):
    assert client.get(f"/settings/{table}/").status_code == 200
    assert browser(make_user(Role.MARKETER)).get(f"/settings/{table}/", follow=True).status_code == 403


@pytest.mark.parametrize("table", ["lead", "stagechange", "activity", "handover", "consent", "criterion"])
def test_facts_and_journals_have_no_page_there(client, table):
    assert client.get(f"/settings/leads/{table}/").status_code == 404


def test_a_path_set_is_saved_by_its_flow(client):
    view_pages([make_lead()], "/pricing/team")
    Touched.objects.all().delete()

    client.post(
        "/settings/leads/pathset/add/", {"name": "Pricing", "slug": "pricing", "patterns": "/pricing\n/pricing/*"}
    )

    pages = set(PathSet.objects.get().pages.values_list("pk", flat=True))
    assert pages == {page_ids(["/pricing/team"])["/pricing/team"]}
    assert Touched.objects.count() == 1


def test_a_pattern_that_is_no_path_is_refused(client):
    sent = {"name": "Pricing", "slug": "pricing", "patterns": "pricing"}

    assert client.post("/settings/leads/pathset/add/", sent).status_code == 200
    assert not PathSet.objects.exists()


def test_a_token_is_shown_once(client, admin_user):
    response = client.post(
        "/settings/users/apitoken/add/", {"user": admin_user.pk, "name": "CI", "scopes": ["leads:read"]}
    )

    token = ApiToken.objects.get()
    secret = response.context["secret"]
    assert ApiToken.digest_of(secret) == token.digest
    assert token.scopes == ["leads:read"]
    assert "no-store" in response["Cache-Control"]
    assert secret not in client.get("/settings/users/apitoken/").content.decode()


def test_tokens_are_revoked_by_an_action(client, admin_user):
    token, _ = ApiToken.issue(admin_user)

    client.post("/settings/users/apitoken/", {"action": "revoke", "_selected_action": [token.pk]})

    token.refresh_from_db()
    assert token.revoked_at is not None


def test_keys_are_chosen_once(client):
    channel = Channel.objects.get(slug="linkedin")

    client.post(f"/settings/leads/channel/{channel.pk}/change/", {"name": "Linked In", "slug": "other"})

    channel.refresh_from_db()
    assert (channel.name, channel.slug) == ("Linked In", "linkedin")


def test_a_list_attribute_needs_its_list(client):
    sent = {"subject": "lead", "key": "role", "label": "Role", "type": "choice", "choices": "", "group": ""}

    client.post("/settings/leads/attributedefinition/add/", sent)
    assert not AttributeDefinition.objects.filter(key="role").exists()
    client.post("/settings/leads/attributedefinition/add/", {**sent, "choices": "user\nbuyer"})

    assert AttributeDefinition.objects.get(key="role").choices == ["user", "buyer"]


def test_campaigns_are_ended_by_an_action(client):
    campaign = Campaign.objects.create(slug="spring", name="Spring")

    client.post("/settings/leads/campaign/", {"action": "end", "_selected_action": [campaign.pk]})

    campaign.refresh_from_db()
    assert campaign.ended_at is not None


def test_another_zone_judges_every_lead_anew(client):
    make_lead()
    Touched.objects.all().delete()
    sent = {"name": "Acme", "time_zone": "Asia/Jerusalem", "currency": "ILS"}

    client.post("/settings/users/organisation/1/change/", sent)

    assert Organisation.load().time_zone == "Asia/Jerusalem"
    assert Touched.objects.count() == 1


def test_nobody_locks_themselves_out(client, admin_user):
    sent = {"email": admin_user.email, "name": "", "role": "marketer", "time_zone": ""}

    response = client.post(f"/settings/users/user/{admin_user.pk}/change/", sent)

    assert response.context["adminform"].form.errors.keys() == {"role", "is_active"}
    assert User.objects.get(pk=admin_user.pk).role == Role.ADMIN


def test_a_user_is_added_with_an_unusable_password_until_invited(client):
    sent = {"email": "New@Heshbonit4u.example", "name": "New", "role": "sdr", "usable_password": "false"}

    client.post("/settings/users/user/add/", sent)

    user = User.objects.get(email="new@heshbonit4u.example")
    assert not user.has_usable_password()
