"""Two people, or two tabs, at one draft: nobody overwrites or deletes what they have not seen; what was typed stays."""

import re
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.utils.html import strip_tags

from scoring.models import ModelVersion
from scoring.publish import copy_to_draft, publish_version
from scoring.seen import stamp
from tests.browsing import browser
from tests.factories import NOW, make_user, publish_model
from users.models import Role

pytestmark = pytest.mark.django_db
URL = "/scoring/mql/2/"
VIEWS = {"group": "behaviour", "often": "each", "per-kinds": ["page_view"], "fades": "never"}
FRAME = {"hot_from": "70", "warm_from": "40", "history_step": "5"}
HIDDEN = re.compile(r'<input type="hidden" name="(seen|beside)" value="([^"]*)"')


@pytest.fixture
def dana() -> Client:
    return browser(make_user(Role.MARKETER, email="dana@x.example", name="Dana"))


@pytest.fixture
def noam() -> Client:
    return browser(make_user(Role.MARKETER, email="noam@x.example", name="Noam"))


@pytest.fixture
def draft() -> ModelVersion:
    return copy_to_draft(publish_model().versions.get())


@pytest.fixture
def rule_url(draft: ModelVersion) -> str:
    return f"{URL}rules/{draft.rules.get().pk}/"


def opened(client: Client, url: str) -> dict[str, str]:
    """What the form behind an address sends unseen."""
    return seen_in(client.get(url))


def seen_in(answer: HttpResponse) -> dict[str, str]:
    return {"seen": answer.context["form"]["seen"].value() or ""}


def text_of(answer: HttpResponse) -> str:
    return " ".join(strip_tags(answer.content.decode()).split())


def buttons(client: Client, draft: ModelVersion, what: str) -> dict[str, Any]:
    """What the small forms beside the rules send, by their address."""
    page = client.get(URL).content.decode()
    forms = re.findall(r'action="([^"]+)">\s*<input type="hidden" name="csrf[^>]*>\s*' + HIDDEN.pattern, page)
    return {url: {name: value} for url, name, value in forms if what in url}


class TestARule:
    def test_one_that_was_changed_meanwhile_is_not_overwritten(self, dana, noam, draft, rule_url) -> None:
        seen = opened(noam, rule_url)
        dana.post(rule_url, {**VIEWS, "points": "12", **opened(dana, rule_url)})

        answer = noam.post(rule_url, {**VIEWS, "points": "7", "label": "Mine", **seen})

        assert answer.status_code == 409
        assert draft.rules.get().points == 12
        said = text_of(answer)
        assert "This rule was changed meanwhile. Dana changed the draft last, on" in said
        assert "Behaviour: For each page visit +12" in said
        form = answer.context["form"]
        assert (form["points"].value(), form["label"].value()) == ("7", "Mine")
        assert form.per.value == {"kinds": ["page_view"]}

    def test_what_was_typed_goes_over_it_once_it_was_shown(self, dana, noam, draft, rule_url) -> None:
        typed = {**VIEWS, "points": "7", **opened(noam, rule_url)}
        dana.post(rule_url, {**VIEWS, "points": "12", **opened(dana, rule_url)})
        shown = noam.post(rule_url, typed)

        saved = noam.post(rule_url, {**typed, **seen_in(shown)})

        assert saved.status_code == 302
        assert draft.rules.get().points == 7

    def test_a_second_change_after_that_is_told_again(self, dana, noam, draft, rule_url) -> None:
        typed = {**VIEWS, "points": "7", **opened(noam, rule_url)}
        dana.post(rule_url, {**VIEWS, "points": "12", **opened(dana, rule_url)})
        shown = noam.post(rule_url, typed)
        dana.post(rule_url, {**VIEWS, "points": "13", **opened(dana, rule_url)})

        assert noam.post(rule_url, {**typed, **seen_in(shown)}).status_code == 409
        assert draft.rules.get().points == 13

    def test_one_that_was_taken_out_meanwhile_may_be_added_anew(self, dana, noam, draft, rule_url) -> None:
        typed = {**VIEWS, "points": "7", **opened(noam, rule_url)}
        ((remove_url, unseen),) = buttons(dana, draft, "/remove/").items()
        dana.post(remove_url, unseen)

        shown = noam.post(rule_url, typed)
        saved = noam.post(rule_url, {**typed, **seen_in(shown)})

        assert shown.status_code == 409
        assert "This rule is gone: it was taken out of the draft meanwhile." in text_of(shown)
        assert saved.status_code == 302
        assert draft.rules.get().points == 7

    def test_different_rules_are_edited_at_once_wherever_they_move(self, dana, noam, draft, rule_url) -> None:
        dana.post(f"{URL}rules/new/", {**VIEWS, "points": "3"})
        other = f"{URL}rules/{draft.rules.get(points=3).pk}/"
        mine, theirs = opened(noam, rule_url), opened(dana, other)
        dana.post(other, {**VIEWS, "points": "4", **theirs})
        up = {url: said for url, said in buttons(dana, draft, "/up/").items() if url.startswith(other)}
        for url, said in up.items():
            dana.post(url, said)

        noam.post(rule_url, {**VIEWS, "points": "11", **mine})

        assert list(draft.rules.order_by("position").values_list("points", flat=True)) == [4, 11]

    def test_one_that_was_changed_meanwhile_is_not_taken_out(self, dana, noam, draft, rule_url) -> None:
        ((remove_url, seen),) = buttons(noam, draft, "/remove/").items()
        dana.post(rule_url, {**VIEWS, "points": "12", **opened(dana, rule_url)})

        answer = noam.post(remove_url, seen, follow=True)

        assert "This rule was changed meanwhile. Dana changed the draft last" in text_of(answer)
        assert draft.rules.get().points == 12

    def test_one_whose_neighbor_is_another_now_is_not_moved(self, dana, noam, draft) -> None:
        for points in "123":
            dana.post(f"{URL}rules/new/", {**VIEWS, "points": points})
        last = f"{URL}rules/{draft.rules.get(points=3).pk}/move/up/"
        seen = buttons(noam, draft, "/up/")[last]
        dana.post(last, buttons(dana, draft, "/up/")[last])

        answer = noam.post(last, seen, follow=True)

        assert "The order of the rules was changed meanwhile." in text_of(answer)
        assert list(draft.rules.order_by("position").values_list("points", flat=True)) == [10, 1, 3, 2]

    def test_ones_own_other_tab_is_named(self, dana, rule_url) -> None:
        seen = opened(dana, rule_url)
        dana.post(rule_url, {**VIEWS, "points": "12", **seen})

        answer = dana.post(rule_url, {**VIEWS, "points": "7", **seen})

        assert "perhaps in another tab" in text_of(answer)

    def test_what_was_seen_stays_the_same_while_the_condition_is_built(self, dana, noam, draft, rule_url) -> None:
        seen = opened(noam, rule_url)
        dana.post(rule_url, {**VIEWS, "points": "12", **opened(dana, rule_url)})

        drawn = noam.post(rule_url, {**VIEWS, "points": "7", **seen, "when-do": "add:0"})

        assert seen_in(drawn) == seen

    def test_one_whose_group_is_gone_keeps_what_was_typed(self, dana, noam, draft) -> None:
        group = f"{URL}groups/fit/"
        dana.post(f"{group}remove/", opened(dana, group))

        answer = noam.post(f"{URL}rules/new/", {**VIEWS, "group": "fit", "points": "7"})

        assert answer.status_code == 422
        assert "group" in answer.context["form"].errors
        assert answer.context["form"]["points"].value() == "7"


class TestAGroup:
    url = f"{URL}groups/fit/"

    def test_one_that_was_changed_meanwhile_is_not_overwritten(self, dana, noam, draft) -> None:
        typed = {"name": "Who", "kind": "fit", "cap": "30", **opened(noam, self.url)}
        dana.post(self.url, {"name": "Fit", "kind": "engagement", "cap": "40", **opened(dana, self.url)})

        shown = noam.post(self.url, typed)

        assert shown.status_code == 409
        assert draft.groups.get(slug="fit").cap == 40
        said = text_of(shown)
        assert "This group was changed meanwhile. Dana changed the draft last" in said
        assert "Counts as: Engagement" in said
        assert "At most: 40" in said
        assert shown.context["form"]["cap"].value() == "30"
        assert noam.post(self.url, {**typed, **seen_in(shown)}).status_code == 302
        assert draft.groups.get(slug="fit").cap == 30

    def test_one_that_was_taken_out_meanwhile_may_be_added_anew(self, dana, noam, draft) -> None:
        typed = {"name": "Who", "kind": "fit", "cap": "30", **opened(noam, self.url)}
        dana.post(f"{self.url}remove/", opened(dana, self.url))

        shown = noam.post(self.url, typed)
        saved = noam.post(self.url, {**typed, **seen_in(shown)})

        assert "This group is gone: it was taken out of the draft meanwhile." in text_of(shown)
        assert (shown.status_code, saved.status_code) == (409, 302)
        assert draft.groups.get(slug="fit").name == "Who"

    def test_one_that_was_changed_meanwhile_is_not_taken_out(self, dana, noam, draft) -> None:
        seen = opened(noam, self.url)
        dana.post(self.url, {"name": "Fit", "kind": "fit", "cap": "40", **opened(dana, self.url)})

        answer = noam.post(f"{self.url}remove/", seen, follow=True)

        assert "This group was changed meanwhile." in text_of(answer)
        assert draft.groups.filter(slug="fit").exists()

    def test_a_rule_changed_meanwhile_does_not_concern_its_group(self, dana, noam, draft, rule_url) -> None:
        url = f"{URL}groups/behaviour/"
        seen = opened(noam, url)
        dana.post(rule_url, {**VIEWS, "points": "12", **opened(dana, rule_url)})

        assert noam.post(url, {"name": "B", "kind": "engagement", "cap": "5", **seen}).status_code == 302


def test_threshold_and_bands_changed_meanwhile_are_not_overwritten(dana, noam, draft, rule_url) -> None:
    url = f"{URL}bands/"
    typed = {**FRAME, "threshold": "60", "note": "Mine", **opened(noam, url)}
    dana.post(url, {**FRAME, "threshold": "75", "note": "Hers", **opened(dana, url)})

    shown = noam.post(url, typed)
    draft.refresh_from_db()

    assert (shown.status_code, draft.threshold, draft.note) == (409, 75, "Hers")
    said = text_of(shown)
    assert "Threshold, bands or note were changed meanwhile. Dana changed the draft last" in said
    assert "Threshold: 75" in said
    assert "Note: Hers" in said
    assert "Hot from: 70" not in said
    assert shown.context["form"]["note"].value() == "Mine"
    assert noam.post(url, {**typed, **seen_in(shown)}).status_code == 302
    draft.refresh_from_db()
    assert (draft.threshold, draft.note) == (60, "Mine")


@pytest.mark.parametrize(
    ("what", "typed"),
    [
        ("rules/new/", {**VIEWS, "points": "7"}),
        ("groups/new/", {"slug": "more", "name": "More", "kind": "fit", "cap": "7"}),
        ("bands/", {**FRAME, "threshold": "7"}),
    ],
)
def test_what_was_typed_outlives_the_draft(dana, noam, draft, what, typed) -> None:
    typed = {**typed, **opened(noam, URL + what)}
    dana.post(f"{URL}discard/", {"seen": stamp(draft)})

    refused = noam.post(URL + what, typed)
    dana.post("/scoring/mql/1/copy/")
    shown = noam.post(URL + what, typed)
    saved = noam.post(URL + what, {**typed, **seen_in(shown)}) if shown.status_code == 409 else shown

    assert refused.status_code == 422
    assert "Only a draft changes. Copy this version to a draft." in text_of(refused)
    kept = refused.context["form"]
    assert all(kept[name].value() == said for name, said in typed.items() if name in kept.fields)
    assert saved.status_code == 302
    assert noam.get(URL + what).status_code == 200


def test_nothing_is_written_into_a_model_without_versions(noam, draft) -> None:
    assert noam.post("/scoring/none/2/rules/new/", {**VIEWS, "points": "7"}).status_code == 404
    assert noam.get("/scoring/mql/9/rules/new/").status_code == 404


def test_who_changed_a_draft_is_forgotten_once_it_is_published(dana, draft, rule_url) -> None:
    dana.post(rule_url, {**VIEWS, "points": "12", **opened(dana, rule_url)})
    draft.refresh_from_db()
    assert draft.changed_by.name == "Dana"

    publish_version(draft, by=None, now=NOW)

    draft.refresh_from_db()
    assert (draft.changed_at, draft.changed_by) == (None, None)
