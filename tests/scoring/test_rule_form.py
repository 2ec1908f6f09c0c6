"""The page of a rule: what a marketer chooses becomes the rule, and reads as a sentence with its number of leads."""

import re

import pytest
from django.utils.html import strip_tags

from scoring.forms.rule import MUST_FADE
from scoring.models import Rule
from scoring.publish import copy_to_draft
from scoring.seen import stamp_of_frame
from tests.browsing import browser
from tests.factories import NOW, make_leads, make_user, publish_model, view_pages
from users.models import Role

pytestmark = pytest.mark.django_db
VIEWS = {"points": "3", "group": "fit", "per-kinds": ["page_view"], "fades": "never"}
STEPS = {"fades": "steps", "step_percent": "25", "step_days": "30"}


@pytest.fixture
def client():
    return browser(make_user(Role.MARKETER))


@pytest.fixture
def draft():
    return copy_to_draft(publish_model().versions.get())


def url_of(draft, what="new/"):
    return f"/scoring/mql/{draft.number}/rules/{what}"


@pytest.mark.parametrize(
    ("sent", "stored", "words"),
    [
        (
            {"often": "page", **STEPS, "max_units": "5"},
            (None, 30, 25, 5),
            "loses 25 % of the whole every 30 days, at most 5 times",
        ),
        ({"often": "week", "expires_days": "90"}, (None, None, None, None), "expires after 90 days"),
        ({"often": "latest", "fades": "half", "half_life_days": "1"}, (1, None, None, None), "fades 50 % in 1 day"),
        # What another choice hides is dropped, also where it could not be used.
        ({"often": "day", "half_life_days": "x"}, (None, None, None, None), "For each day with"),
    ],
)
def test_a_choice_becomes_a_rule_that_reads_as_a_sentence(client, draft, sent, stored, words):
    response = client.post(url_of(draft), {**VIEWS, **sent})

    rule = draft.rules.get(points=3)
    assert response.status_code == 302
    assert (rule.half_life_days, rule.step_days, rule.step_percent, rule.max_units) == stored
    assert rule.per == {
        "of": sent["often"],
        "kinds": ["page_view"],
        **({"days": 90} if "expires_days" in sent else {}),
    }
    page = strip_tags(client.get(f"/scoring/mql/{draft.number}/").content.decode())
    assert words in " ".join(page.split()).replace(" ,", ",")
    shown = client.get(url_of(draft, f"{rule.pk}/")).context["form"]
    assert (shown["often"].value(), shown["fades"].value()) == (sent["often"], sent.get("fades", "never"))


def fades_in(response):
    return [key for key, _label in response.context["form"].fields["fades"].choices]


def test_for_the_latest_activity_only_what_fades_is_offered(client, draft):
    fresh = client.get(url_of(draft))
    drawn = client.post(url_of(draft), {**VIEWS, "often": "latest", "when-do": "often:0"})
    back = client.post(url_of(draft), {**VIEWS, "often": "each", "when-do": "often:0"})

    assert (fresh.status_code, drawn.status_code) == (200, 200)
    assert fades_in(fresh) == fades_in(back) == ["never", "half", "steps"]
    assert fades_in(drawn) == ["half", "steps"]
    assert "Points for the latest activity always fade." in drawn.content.decode()
    assert drawn.context["form"]["points"].value() == "3"
    assert not drawn.context["form"].errors
    assert not draft.rules.filter(points=3).exists()


def test_how_often_draws_the_fades_and_the_preview_anew(client, draft):
    page = client.get(url_of(draft)).content.decode()
    (select,) = re.findall(r'<select[^>]*name="often"[^>]*>', page)

    assert 'hx-select="#fading"' in select
    assert 'hx-select-oob="#rule-preview"' in select
    assert page.count('id="fading"') == page.count('id="rule-preview"') == 1


def test_without_scripts_a_fade_that_is_not_accepted_is_told_at_its_field(client, draft):
    refused = client.post(url_of(draft), {**VIEWS, "often": "latest", "fades": "never"})

    assert refused.status_code == 422
    assert refused.context["form"].errors["fades"] == [str(MUST_FADE)]
    assert fades_in(refused) == ["half", "steps"]


def test_a_stored_rule_for_the_latest_activity_opens_with_its_fade(client, draft):
    client.post(url_of(draft), {**VIEWS, "often": "latest", "fades": "steps", "step_percent": "50", "step_days": "7"})

    opened = client.get(url_of(draft, f"{draft.rules.get(points=3).pk}/"))

    assert fades_in(opened) == ["half", "steps"]
    assert opened.context["form"]["fades"].value() == "steps"


def test_once_needs_a_condition_and_nothing_else(client, draft):
    consent = {"when-group": "0", "when-row": "0", "when-r0-kind": "consent", "when-r0-value": "true"}

    client.post(url_of(draft), {**VIEWS, **consent, **STEPS, "often": "once", "max_units": "3"})

    rule = draft.rules.get(points=3)
    assert (rule.per, rule.max_units, rule.step_days) == (None, None, None)


def test_a_rule_begins_with_the_condition_in_the_address(client, draft):
    tree = '{"leaf": "consent", "value": true}'

    page = client.get(url_of(draft), {"tree": tree})
    refused = client.get(url_of(draft), {"tree": "[]"})

    assert page.context["editor"].rows[0].kind == "consent"
    assert "The condition in the address cannot be used" in refused.content.decode()


def test_nothing_is_blamed_before_the_rule_is_saved(client, draft):
    row = {"when-group": "0", "when-row": "0", "when-r0-kind": "lead", "when-r0-field": "job_title", "when-r0-op": "eq"}

    drawn = client.post(url_of(draft), {**row, "when-do": "field:0"})
    saved = client.post(url_of(draft), row)

    assert (drawn.status_code, drawn.context["form"].errors, drawn.context["form"].is_bound) == (200, {}, False)
    assert "lc-error" not in drawn.content.decode()
    assert saved.status_code == 422
    assert "Give a text of 1 to 500 characters." in saved.content.decode()


def test_all_that_was_typed_stays_while_the_condition_is_built(client, draft):
    typed = {"points": "many", "group": "fit", "label": "Mine", "often": "week", "max_units": "0", **STEPS}

    drawn = client.post(url_of(draft), {**typed, "per-kinds": ["page_view"], "when-do": "add:0"})

    form = drawn.context["form"]
    assert {name: form[name].value() for name in typed} == typed
    assert form.per.value == {"kinds": ["page_view"]}


@pytest.mark.parametrize(
    ("fades", "missing"), [("half", ["half_life_days"]), ("steps", ["step_percent", "step_days"]), ("never", [])]
)
def test_a_fade_needs_its_numbers_and_says_so(client, draft, fades, missing):
    response = client.post(url_of(draft), {**VIEWS, "often": "each", "fades": fades})

    fields = (response.context or client.get(url_of(draft)).context)["form"]
    assert all(fields[name].field.required for name in ("half_life_days", "step_percent", "step_days"))
    assert (list(fields.errors), response.status_code) == (missing, 422 if missing else 302)
    assert all(fields.errors[name] == ["Give a whole number of at least 1."] for name in missing)
    assert not any("required" in str(fields[name]) for name in missing)  # a browser sends them hidden and empty


def test_what_counts_is_blamed_at_its_field(client, draft):
    response = client.post(url_of(draft), {**VIEWS, "often": "each", "per-mails": "x"})

    inputs = {field.slot.name: field.error for field in response.context["form"].per.inputs}
    assert response.status_code == 422
    assert "'x' is not known" in inputs["mails"]
    assert "days" not in inputs


def test_the_preview_says_the_rule_and_how_many_leads_it_matches(client, draft):
    seen, also, _quiet = make_leads(3)
    view_pages([seen, also], now=NOW)

    response = client.post(url_of(draft, "preview/"), {**VIEWS, "often": "page", **STEPS})
    text = " ".join(response.content.decode().split())

    assert "For each different page with page visit" in text
    assert "loses 25 % of the whole every 30 days" in text
    assert "2 leads" in text
    assert Rule.objects.filter(version=draft).count() == 1
    assert "Complete the rule" in client.post(url_of(draft, "preview/"), VIEWS).content.decode()
    refused = client.post(url_of(draft, "preview/"), {**VIEWS, "often": "latest"}).content.decode()
    assert "They fade: " in refused


def test_without_documents_no_lead_can_be_matched_by_one(client, draft):
    response = client.post(url_of(draft, "preview/"), {**VIEWS, "often": "document"})

    assert response.context["found"].count == 0


def test_rules_change_places_within_their_group(client, draft):
    page = f"/scoring/mql/{draft.number}/"
    for points in ("1", "2"):
        client.post(url_of(draft), {**VIEWS, "points": points, "often": "each"})
    client.post(url_of(draft), {**VIEWS, "points": "4", "often": "each", "group": "behaviour"})

    def order():
        return list(draft.rules.order_by("position").values_list("points", flat=True))

    def move(points, way):
        """Press the arrow of the rule, where it has one."""
        shown = {line.rule.points: line for _, lines in client.get(page).context["groups"] for line in lines}
        there = shown[points].above if way == "up" else shown[points].below
        url = url_of(draft, f"{shown[points].rule.pk}/move/{way}/")
        return client.post(url, {"beside": there.pk if there else ""}, follow=True)

    assert order() == [10, 1, 2, 4]
    move(2, "up")
    assert order() == [10, 2, 1, 4]
    move(2, "up")
    move(4, "down")
    assert order() == [10, 2, 1, 4]
    move(4, "up")
    assert order() == [4, 2, 1, 10]
    gone = client.post(url_of(draft, "99999/move/up/"), {"beside": ""}, follow=True)
    assert "This rule is gone" in gone.content.decode()


def test_a_published_version_keeps_its_order(client):
    version = publish_model().versions.get()

    client.post(f"/scoring/mql/{version.number}/rules/{version.rules.get().pk}/move/down/")

    assert version.rules.get().position == 1


FRAME = {"hot_from": "70", "warm_from": "40", "history_step": "5"}
GRID = {"fit_a": "30", "fit_b": "20", "fit_c": "10", "engagement_1": "9", "engagement_2": "6", "engagement_3": "3"}


def test_grid_threshold_and_note_of_a_draft_are_set_together(client, draft):
    url = f"/scoring/mql/{draft.number}/bands/"

    said = {**FRAME, **GRID, "threshold": "60", "borderline_from": "50", "note": "Be bold"}

    client.post(url, {**said, "seen": stamp_of_frame(draft)})
    draft.refresh_from_db()

    assert draft.grid == {"fit": [30, 20, 10], "engagement": [9, 6, 3]}
    assert (draft.threshold, draft.borderline_from, draft.note) == (60, 50, "Be bold")
    assert client.get(url).context["form"]["engagement_3"].value() == 3
    foot = "Grid: fit A from 30, B 20, C 10; engagement 1 from 9, 2 from 6, 3 from 3."
    assert foot in client.get(f"/scoring/mql/{draft.number}/").content.decode()
    client.post(url, {**FRAME, "seen": stamp_of_frame(draft)})
    assert "Grid:" not in client.get(f"/scoring/mql/{draft.number}/").content.decode()
    draft.refresh_from_db()
    assert (draft.grid, draft.threshold, draft.note) == (None, None, "")


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"fit_b": ""}, "fit_b"),
        ({"fit_b": "30"}, "fit_b"),
        ({"engagement_3": "7"}, "engagement_3"),
        ({"threshold": "50", "borderline_from": "50"}, "borderline_from"),
        ({"hot_from": "40"}, "hot_from"),
        ({"fit_a": "10001"}, "fit_a"),
    ],
)
def test_a_frame_that_cannot_be_is_explained_at_its_field(client, draft, sent, field):
    response = client.post(f"/scoring/mql/{draft.number}/bands/", {**FRAME, **GRID, **sent})

    assert response.status_code == 422
    assert list(response.context["form"].errors) == [field]
