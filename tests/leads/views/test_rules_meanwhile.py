"""Two people, or two tabs, at one rule: nobody overwrites what they have not seen, and what was typed stays."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.utils.html import strip_tags

from leads.handover.rules import RuleDraft, write_rule
from leads.lifecycle.criteria import set_criterion
from leads.lifecycle.phase import save_rule
from leads.lifecycle.segments import NewSegment, save_segment
from leads.models import Criterion, PhaseRule, RoutingRule, Segment
from tests.browsing import browser
from tests.factories import NOW, PAGE_VIEWED, make_user, stage
from tests.leads.views.test_criteria import ROWS
from users.models import Role, Team

pytestmark = pytest.mark.django_db
TWICE = {**ROWS, "when-r0-value": "2"}
BROKEN = {"leaf": "lead", "field": "attributes.gone", "op": "eq", "value": "x"}


@dataclass(frozen=True)
class Place:
    """A page on which a rule is written, the fields beside the condition, and where the rules are."""

    url: str
    typed: Callable[[str], dict[str, Any]]
    rows: Any
    name: str
    again: str = "This rule was changed meanwhile. Dana changed it last, on"


def routing() -> Place:
    team = Team.objects.get(slug="sales")
    rule = write_rule(RuleDraft(name="First", condition=PAGE_VIEWED, team_id=team.pk, spread="team"))
    said = {"team": team.pk, "spread": "team", "person": ""}
    return Place(f"/settings/routing/{rule.pk}/", lambda name: {**said, "name": name}, RoutingRule.objects, "name")


def phase() -> Place:
    rule = save_rule(PhaseRule(phase="buy", label="First", condition=PAGE_VIEWED))
    return Place(
        f"/settings/phases/{rule.pk}/", lambda name: {"phase": "explore", "label": name}, PhaseRule.objects, "label"
    )


def segment() -> Place:
    row = save_segment(None, NewSegment("First", PAGE_VIEWED), by=None, now=NOW)
    said = {"slug": row.slug, "description": ""}
    text = "This segment was changed meanwhile. Dana changed it last, on"
    return Place(f"/settings/segments/{row.slug}/", lambda name: {**said, "name": name}, Segment.objects, "name", text)


def criterion() -> Place:
    set_criterion(stage("mel"), PAGE_VIEWED, by=None, now=NOW)
    said = {"mode": "automatic", "effective_from": ""}
    text = "The criterion was changed meanwhile. Dana wrote another version, in force from"
    return Place(
        "/settings/criteria/mel/",
        lambda name: {**said, "cooldown_days": str(len(name))},
        Criterion.objects.order_by("-version"),
        "cooldown_days",
        text,
    )


@pytest.fixture
def dana() -> Client:
    return browser(make_user(Role.ADMIN, email="dana@x.example", name="Dana"))


@pytest.fixture
def noam() -> Client:
    return browser(make_user(Role.ADMIN, email="noam@x.example", name="Noam"))


@pytest.fixture(params=[routing, phase, segment, criterion])
def place(request: pytest.FixtureRequest, db: None) -> Place:
    return request.param()


def seen_in(answer: HttpResponse) -> dict[str, str]:
    """What the form of a page sends unseen."""
    return {"seen": answer.context["form"]["seen"].value()}


def opened(client: Client, place: Place) -> dict[str, str]:
    return seen_in(client.get(place.url))


def text_of(answer: HttpResponse) -> str:
    return " ".join(strip_tags(answer.content.decode()).split())


def saved(place: Place) -> tuple[Any, Any]:
    row = place.rows.first()
    return getattr(row, place.name), row.condition["value"]


def of(place: Place, name: str) -> Any:
    return place.typed(name)[place.name] if place.name != "cooldown_days" else len(name)


def changed_by_dana(dana: Client, place: Place) -> None:
    answer = dana.post(place.url, {**TWICE, **place.typed("Hers"), **opened(dana, place)})
    assert answer.status_code == 302


def test_what_was_changed_meanwhile_is_not_overwritten_and_nothing_typed_is_lost(dana, noam, place) -> None:
    seen = opened(noam, place)
    changed_by_dana(dana, place)

    answer = noam.post(place.url, {**ROWS, **place.typed("Mine, or so"), **seen})

    assert answer.status_code == 409
    assert saved(place) == (of(place, "Hers"), 2)
    said = text_of(answer)
    assert place.again in said
    assert "Now it says:" in said
    assert f": {of(place, 'Hers')}" in said
    assert "At least 2 times page visit" in said
    assert str(answer.context["form"][place.name].value()) == str(of(place, "Mine, or so"))
    assert answer.context["editor"].tree == PAGE_VIEWED


def test_it_goes_over_that_once_it_was_shown_but_not_over_a_third_change(dana, noam, place) -> None:
    typed = {**ROWS, **place.typed("Mine, or so"), **opened(noam, place)}
    changed_by_dana(dana, place)
    shown = noam.post(place.url, typed)
    dana.post(place.url, {**TWICE, **place.typed("Hers too"), **opened(dana, place)})

    told = noam.post(place.url, {**typed, **seen_in(shown)})
    assert told.status_code == 409
    assert saved(place) == (of(place, "Hers too"), 2)
    done = noam.post(place.url, {**typed, **seen_in(told)})
    assert done.status_code == 302
    assert saved(place) == (of(place, "Mine, or so"), 1)


def test_what_was_seen_stays_the_same_while_the_condition_is_built(dana, noam, place) -> None:
    seen = opened(noam, place)
    changed_by_dana(dana, place)

    drawn = noam.post(place.url, {**ROWS, **place.typed("Mine"), **seen, "when-do": "add:0"})

    assert drawn.status_code == 200
    assert seen_in(drawn) == seen


def test_ones_own_other_tab_is_named(dana, place) -> None:
    seen = opened(dana, place)
    changed_by_dana(dana, place)

    answer = dana.post(place.url, {**ROWS, **place.typed("Mine"), **seen})

    assert "perhaps in another tab" in text_of(answer)


def test_the_same_change_twice_says_so(dana, noam, place) -> None:
    typed = {**TWICE, **place.typed("Hers"), **opened(noam, place)}
    changed_by_dana(dana, place)

    assert "The same as what you typed." in text_of(noam.post(place.url, typed))


def test_a_mistake_is_told_before_what_was_changed(dana, noam, place) -> None:
    seen = opened(noam, place)
    changed_by_dana(dana, place)

    answer = noam.post(place.url, {**ROWS, **place.typed("Mine"), **seen, "when-r0-value": "many"})

    assert answer.status_code == 422
    assert seen_in(answer) == seen


class TestASegmentThatIsGone:
    def test_may_be_added_anew_and_nothing_typed_is_lost(self, dana, noam) -> None:
        place = segment()
        typed = {**ROWS, **place.typed("Mine"), **opened(noam, place)}
        dana.post(f"{place.url}delete/")

        shown = noam.post(place.url, typed)
        done = noam.post(place.url, {**typed, **seen_in(shown)})

        assert shown.status_code == 409
        assert "This segment is gone: it was deleted or given another key meanwhile." in text_of(shown)
        assert 'value="Mine"' in shown.content.decode()
        assert done.status_code == 302
        assert saved(place) == ("Mine", 1)

    def test_and_stands_there_again_is_not_overwritten(self, dana, noam) -> None:
        place = segment()
        typed = {**ROWS, **place.typed("Mine"), **opened(noam, place)}
        dana.post(f"{place.url}delete/")
        shown = noam.post(place.url, typed)
        save_segment(None, NewSegment("Hers", PAGE_VIEWED, slug="first"), by=None, now=NOW)

        assert noam.post(place.url, {**typed, **seen_in(shown)}).status_code == 409
        assert saved(place) == ("Hers", 1)

    def test_is_not_found_by_who_only_looks(self, dana) -> None:
        assert dana.get("/settings/segments/gone/").status_code == 404


class TestSwitches:
    @pytest.mark.parametrize("make", [routing, phase])
    def test_two_who_switch_a_rule_off_switch_it_off(self, dana, noam, make) -> None:
        place = make()

        for client in (dana, noam):
            client.post(f"{place.url}switch/", {"to": "off"})

        assert not place.rows.get().is_active

    @pytest.mark.parametrize("make", [routing, phase])
    def test_switching_leaves_what_a_rule_says_and_writing_whether_it_is_on(self, dana, noam, make) -> None:
        place = make()
        typed = {**TWICE, **place.typed("Mine"), **opened(noam, place)}
        dana.post(f"{place.url}switch/", {"to": "off"})

        assert noam.post(place.url, typed).status_code == 302
        assert (saved(place), place.rows.get().is_active) == (("Mine", 2), False)

    def test_the_undo_of_a_switch_says_what_it_wants(self, dana) -> None:
        place = routing()
        dana.post(f"{place.url}switch/", {"to": "off"})

        page = dana.get("/settings/routing/").content.decode()
        dana.post(f"{place.url}switch/?to=on")

        assert f"{place.url}switch/?to=on" in page
        assert RoutingRule.objects.get().is_active

    def test_a_phase_rule_that_can_be_asked_no_more_is_switched_off_but_not_on(self, dana) -> None:
        place = phase()
        PhaseRule.objects.update(condition=BROKEN)

        dana.post(f"{place.url}switch/", {"to": "off"})
        assert not PhaseRule.objects.get().is_active
        answer = dana.post(f"{place.url}switch/", {"to": "on"}, follow=True)

        assert not PhaseRule.objects.get().is_active
        assert "attributes.gone" in text_of(answer)


def test_a_routing_rule_whose_neighbor_is_another_now_is_not_moved(dana) -> None:
    team = Team.objects.get(slug="sales")
    first, second, third = (
        write_rule(RuleDraft(name=name, condition=PAGE_VIEWED, team_id=team.pk, spread="team")) for name in "ABC"
    )
    up = f"/settings/routing/{third.pk}/shift/"
    dana.post(up, {"up": second.pk})

    answer = dana.post(up, {"up": second.pk}, follow=True)

    assert "The order of the rules was changed meanwhile." in text_of(answer)
    assert list(RoutingRule.objects.values_list("name", flat=True)) == ["A", "C", "B"]
    dana.post(up, {"up": first.pk})
    assert RoutingRule.objects.first() == third
