"""The news of an asking is read while the draft changes: nothing rings for what is asked no more."""

from datetime import timedelta

import pytest

from leads.activity.outbox import consume
from leads.models import Event, Notification
from leads.notices import news
from scoring.draft import Frame, set_frame
from scoring.life import ask_for_approval
from scoring.models import ModelVersion
from scoring.publish import copy_to_draft
from tests.factories import NOW, make_user, publish_model
from tests.oracle.races import Crew
from users.models import Role


@pytest.mark.proof
def test_a_draft_changed_while_its_asking_is_told_rings_for_nobody(committed_db: None, is_proof: bool) -> None:
    asker, at = make_user(Role.ADMIN), NOW
    make_user(Role.SALES_MANAGER)
    draft = copy_to_draft(publish_model("sales", purpose="sales").versions.get())

    def hear() -> None:
        while consume(news.NAME, now=at + timedelta(minutes=1), older_than=news.HELD_BACK):
            pass

    with Crew(2) as crew:
        for _round in range(60 if is_proof else 6):
            at += timedelta(minutes=5)
            ask_for_approval(draft.pk, by=asker.pk, now=at)

            results = crew.race([hear, lambda: set_frame(draft.pk, Frame(80, 50, 10))])

            assert results == [None, None]
            assert ModelVersion.objects.get(pk=draft.pk).asked_at is None
            assert not Notification.objects.filter(read_at=None).exists()
    assert Event.objects.filter(kind="approval_asked").count() == (60 if is_proof else 6)
