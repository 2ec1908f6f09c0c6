"""Statements written once do what the framework's own would."""

import pytest
from django.db import DataError

from leads.models import AttributeChange, Capture, Channel, Document, Lead
from tests.factories import make_lead, make_user
from users.rows import MANY, Reader, ids_by_slug, insert

pytestmark = pytest.mark.django_db


def test_rows_are_inserted_in_order_with_their_defaults() -> None:
    ids = insert(Document, [{"slug": "b"}, {"slug": "a"}])

    assert list(Document.objects.order_by("pk").values_list("pk", "slug", "name")) == [
        (ids[0], "b", ""),
        (ids[1], "a", ""),
    ]


def test_known_rows_are_left_out() -> None:
    insert(Document, [{"slug": "a"}])

    assert len(insert(Document, [{"slug": "a"}, {"slug": "b"}], skip_known=True)) == 1
    assert set(ids_by_slug(Document, ["a", "b", "c"])) == {"a", "b"}


def test_what_is_too_long_is_refused_and_not_cut() -> None:
    with pytest.raises(DataError):
        insert(Channel, [{"slug": "x" * 51, "name": "X"}])


def test_related_rows_come_along(django_assert_num_queries) -> None:
    owner = make_user()
    make_lead(attributes={"a": [1]})
    Lead.objects.update(owner=owner)
    make_lead()

    with django_assert_num_queries(1):
        rows = Reader(Lead, "stage", "owner").read("ORDER BY t.id")
        found = [(row.stage.slug, row.owner, row.attributes) for row in rows]

    assert found == [("mcl", owner, {"a": [1]}), ("mcl", None, {})]


def test_many_rows_keep_what_each_of_them_says() -> None:
    words = ['a "quoted" word', "back\\slash", "{braces}, commas", "NULL", "", "עברית\nשורה"]
    people = [make_lead() for _ in range(2)]
    rows = [
        {
            "lead_id": people[n % 2].pk,
            "referrer": words[n % len(words)],
            "audience": "everybody",
            "payload": {"word": words[n % len(words)], "n": n % 3},
            "occurred_at": people[0].captured_at,
            "recorded_at": people[0].captured_at,
            "by_id": None,
        }
        for n in range(MANY + 7)
    ]

    ids = insert(Capture, rows)

    stored = Capture.objects.in_bulk(ids)
    names = tuple(rows[0])
    assert [{name: getattr(stored[pk], name) for name in names} for pk in ids] == rows


def test_one_and_true_are_told_apart() -> None:
    lead = make_lead()
    rows = [
        {"lead_id": lead.pk, "before": {}, "after": 1 if n else True, "recorded_at": lead.captured_at}
        for n in range(MANY)
    ]

    ids = insert(AttributeChange, rows)

    assert [AttributeChange.objects.get(pk=pk).after for pk in ids[:2]] == [True, 1]


def test_many_rows_that_all_say_the_same_are_all_written() -> None:
    lead = make_lead()
    row = {"lead_id": lead.pk, "occurred_at": lead.captured_at, "recorded_at": lead.captured_at}

    assert len(insert(Capture, [row] * MANY)) == MANY
