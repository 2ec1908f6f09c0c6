"""Two at once on versions: exactly one wins, and nothing is half published."""

from collections.abc import Callable
from datetime import timedelta
from threading import Barrier, Thread

import pytest
from django.db import connection

from leads.models import ScoreLegend
from leads.seen import ChangedMeanwhile
from scoring.draft import NotADraft, save_rule
from scoring.engine import spec_of
from scoring.life import approve_version, discard_draft, roll_back
from scoring.models import ModelVersion, VersionState
from scoring.publish import DraftExists, NotPublishable, copy_to_draft, publish_version
from scoring.rules import RuleSpec
from tests.factories import NOW, publish_model

LATER = NOW + timedelta(hours=1)
OTHER = RuleSpec(points=5, group="behaviour", per={"of": "each", "kinds": ["page_view"]})
REFUSALS = (NotADraft, NotPublishable, DraftExists, ChangedMeanwhile)


@pytest.fixture
def draft(committed_db: None) -> ModelVersion:
    return copy_to_draft(publish_model().versions.get())


def at_once(*steps: Callable[[], object]) -> list[str]:
    """Run steps at the same time; returns what became of each."""
    gate, told = Barrier(len(steps)), [""] * len(steps)

    def run(place: int) -> None:
        try:
            gate.wait()
            steps[place]()
            told[place] = "done"
        except REFUSALS as refused:
            told[place] = type(refused).__name__
        finally:
            connection.close()

    threads = [Thread(target=run, args=(place,)) for place in range(len(steps))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return told


def whole() -> None:
    """One version in force, and a legend that says the same as its rules."""
    row = ModelVersion.objects.get(state=VersionState.PUBLISHED)
    legend = ScoreLegend.objects.get(model=row.model, version=row.number)
    assert len(legend.lines) == len(spec_of(row).rules)
    retired = ModelVersion.objects.filter(state=VersionState.RETIRED)
    assert all(version.retired_at for version in retired)


def mine(version: ModelVersion) -> ModelVersion:
    return ModelVersion.objects.get(pk=version.pk)


def test_of_two_who_publish_one_wins(draft: ModelVersion) -> None:
    publish = [lambda: publish_version(mine(draft), by=None, now=LATER)] * 2

    assert sorted(at_once(*publish)) == ["NotPublishable", "done"]
    whole()


def test_a_draft_published_while_it_is_edited_has_the_change_or_refuses_it(draft: ModelVersion) -> None:
    edited, published = at_once(
        lambda: save_rule(draft.pk, OTHER), lambda: publish_version(mine(draft), by=None, now=LATER)
    )

    assert published == "done"
    assert draft.rules.count() == (2 if edited == "done" else 1)
    whole()


def test_approving_and_editing_at_once_leaves_no_approval_of_what_nobody_saw(draft: ModelVersion) -> None:
    at_once(lambda: approve_version(draft.pk, by=None, now=LATER), lambda: save_rule(draft.pk, OTHER))

    assert mine(draft).rules.count() == 2


def test_a_roll_back_and_a_publication_come_one_after_the_other(draft: ModelVersion) -> None:
    first = draft.model.versions.get(number=1)
    publish_version(draft, by=None, now=LATER)
    third = copy_to_draft(mine(draft))

    told = at_once(
        lambda: publish_version(mine(third), by=None, now=LATER),
        lambda: roll_back(mine(first), by=None, now=LATER),
    )

    assert told == ["done", "done"]
    whole()


def test_of_publishing_and_discarding_one_wins(draft: ModelVersion) -> None:
    told = at_once(
        lambda: publish_version(mine(draft), by=None, now=LATER), lambda: discard_draft(draft.pk, by=None, now=LATER)
    )

    assert sorted(told)[1] == "done"
    assert told.count("done") == 1
    whole()


def test_two_who_begin_a_draft_begin_one(draft: ModelVersion) -> None:
    discard_draft(draft.pk, by=None, now=LATER)
    first = draft.model.versions.get()

    assert sorted(at_once(*[lambda: copy_to_draft(mine(first))] * 2)) == ["DraftExists", "done"]
