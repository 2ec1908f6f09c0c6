"""Statements written once do what the framework's own would."""

import pytest
from django.db import DataError

from leads.models import Channel, Document, Lead
from tests.factories import make_lead, make_user
from users.rows import Reader, ids_by_slug, insert

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
