"""The scoring pages: rules as sentences, drafts that change, a score explained."""

import pytest
from django.utils.html import strip_tags

from leads.models import ScoreModel
from scoring.models import ModelVersion
from scoring.publish import copy_to_draft
from scoring.seen import stamp, stamp_of_frame, stamp_of_group, stamp_of_rule
from scoring.touched import drain
from tests.browsing import browser
from tests.factories import NOW, make_lead, make_user, publish_model, view_pages
from users.models import Role

pytestmark = pytest.mark.django_db
PER = {"often": "each", "per-kinds": ["page_view"], "fades": "half", "half_life_days": "7"}


@pytest.fixture
def client():
    return browser(make_user(Role.MARKETER))


@pytest.fixture
def draft():
    return copy_to_draft(publish_model().versions.get())


def test_rules_read_as_sentences(client):
    publish_model()

    response = client.get("/scoring/", follow=True)

    assert response.redirect_chain[-1][0] == "/scoring/mql/1/"
    text = " ".join(strip_tags(response.content.decode()).split())
    assert "For each page visit" in text
    assert "fades 50 % in 7 days" in text


def test_a_rule_is_added_changed_and_removed_in_a_draft(client, draft):
    url = f"/scoring/mql/{draft.number}/rules/"
    condition = {
        "when-group": "0",
        "when-row": "0",
        "when-r0-in": "0",
        "when-r0-kind": "consent",
        "when-r0-value": "true",
        "often": "once",
        "fades": "never",
    }

    client.post(f"{url}new/", {"points": "5", "group": "fit", **condition})
    first, second = draft.rules.order_by("position")
    changed = {"points": "12", "group": "behaviour", **PER, "max_units": "3", "seen": stamp_of_rule(first)}
    client.post(f"{url}{first.pk}/", changed)
    first.refresh_from_db()
    assert (first.points, first.max_units, first.condition) == (12, 3, None)
    assert (second.points, second.condition) == (5, {"leaf": "consent", "value": True})
    client.post(f"{url}{second.pk}/remove/", {"seen": stamp_of_rule(second)})

    assert draft.rules.count() == 1


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"points": "x", "group": "fit", **PER}, "points"),
        ({"points": "5", "group": "gone", **PER}, "group"),
        ({"points": "5", "group": "fit", "often": "once", "fades": "never"}, "__all__"),
        ({"points": "5", "group": "fit"}, "often"),
        ({"points": "5", "group": "fit", **PER, "often": "latest", "fades": "never"}, "fades"),
        ({"points": "5", "group": "fit", **PER, "often": "yearly"}, "often"),
        ({"points": "5", "group": "fit", **PER, "half_life_days": ""}, "half_life_days"),
        ({"points": "5", "group": "fit", **PER, "fades": "steps", "step_percent": "101"}, "step_percent"),
        ({"points": "5", "group": "fit", **PER, "fades": "steps", "step_percent": "10"}, "step_days"),
        ({"points": "5", "group": "fit", **PER, "expires_days": "0"}, "expires_days"),
        ({"points": "5", "group": "fit", **PER, "max_units": "10001"}, "max_units"),
        ({"points": "1001", "group": "fit", **PER}, "points"),
        ({"points": "5", "group": "fit", **PER, "per-kinds": ["gone"]}, "__all__"),
    ],
)
def test_a_bad_rule_is_explained_and_not_saved(client, draft, sent, field):
    response = client.post(f"/scoring/mql/{draft.number}/rules/new/", sent)

    assert response.status_code == 422
    assert field in response.context["form"].errors
    assert draft.rules.count() == 1


def test_a_score_inside_a_scoring_rule_is_refused(client, draft):
    leaf = {"when-row": "0", "when-r0-kind": "score", "when-r0-model": "mql", "when-r0-op": "gte", "when-r0-value": "1"}

    response = client.post(f"/scoring/mql/{draft.number}/rules/new/", {"points": "5", "group": "fit", **leaf})

    assert response.context["editor"].rows[0].errors == {"leaf": "A scoring rule cannot depend on stages or scores."}


def test_groups_and_bands_of_a_draft_change(client, draft):
    url = f"/scoring/mql/{draft.number}/"

    client.post(f"{url}groups/new/", {"slug": "minus", "name": "Takes away", "kind": "fit", "cap": ""})
    seen = {group.slug: {"seen": stamp_of_group(group)} for group in draft.groups.all()}
    client.post(f"{url}groups/fit/", {"name": "Who they are", "kind": "fit", "cap": "40", **seen["fit"]})
    client.post(f"{url}groups/minus/remove/", seen["minus"])
    client.post(f"{url}groups/behaviour/remove/", seen["behaviour"])
    frame = {"hot_from": "70", "warm_from": "40", "history_step": "5", "seen": stamp_of_frame(draft)}
    client.post(f"{url}bands/", frame)

    draft.refresh_from_db()
    assert list(draft.groups.values_list("name", "cap")) == [("Who they are", 40), ("Behaviour", None)]
    assert (draft.hot_from, draft.warm_from) == (70, 40)
    assert client.post(f"{url}bands/", {"hot_from": "1", "warm_from": "4", "history_step": "5"}).status_code == 422


def test_publishing_puts_a_draft_in_force_and_a_published_version_does_not_change(client, draft):
    url = f"/scoring/mql/{draft.number}/"

    client.post(f"{url}publish/", {"seen": stamp(draft)})

    draft.refresh_from_db()
    assert draft.state == "published"
    rule = draft.rules.get()
    refused = client.post(f"{url}rules/{rule.pk}/", {"points": "99", "group": "behaviour", **PER})
    assert refused.status_code == 422
    assert draft.rules.get().points == 10


def test_an_empty_draft_is_begun_and_not_published(client):
    ScoreModel.objects.create(slug="fresh", name="Fresh", purpose="marketing")

    client.post("/scoring/fresh/begin/")
    seen = stamp(ModelVersion.objects.get(model__slug="fresh"))
    response = client.post("/scoring/fresh/1/publish/", {"seen": seen}, follow=True)

    assert "Add at least one rule." in response.content.decode()
    assert ModelVersion.objects.get(model__slug="fresh").state == "draft"


def test_marketers_read_sales_models_and_do_not_change_them(client):
    publish_model("sales", purpose="sales")

    assert client.get("/scoring/sales/1/").status_code == 200
    assert client.post("/scoring/sales/1/copy/").status_code == 403
    assert browser(make_user(Role.SALES_MANAGER)).post("/scoring/sales/1/copy/").status_code == 302
    assert browser(make_user()).get("/scoring/sales/1/").status_code == 403


def test_the_panel_explains_a_score_and_its_lines_add_up(client):
    publish_model()
    lead = make_lead()
    view_pages([lead, lead], now=NOW)
    drain(now=NOW)

    response = client.get(f"/leads/{lead.pk}/scores/", {"model": "mql"}, headers={"HX-Request": "true"})

    found, lines = response.context["found"], response.context["lines"]
    assert sum(line["points"] for line in lines) == found.points
    assert "<html" not in response.content.decode()


def test_a_score_of_a_lead_out_of_reach_is_not_found():
    lead = make_lead()

    assert browser(make_user(team=None)).get(f"/leads/{lead.pk}/scores/").status_code == 404
