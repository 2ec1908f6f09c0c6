"""How many leads a condition matches: exactly where that is quick, by a sample where it is not, never for ever."""

from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection, transaction

from leads.conditions import select
from leads.conditions.select import TooManyToCount, count_matching, sample_matching, within, within_together
from leads.models import Lead
from leads.people.edit import archive_leads
from leads.queries import matches as asked
from leads.queries.matches import matches, rounded
from tests.browsing import browser
from tests.factories import NOW, make_lead, make_leads, make_user
from users.models import Role

pytestmark = pytest.mark.django_db
CFO = {"leaf": "lead", "field": "job_title", "op": "eq", "value": "CFO"}


@pytest.fixture
def marketer():
    return make_user(Role.MARKETER)


@pytest.fixture
def many(monkeypatch):
    """As if there were very many leads."""
    monkeypatch.setattr(asked, "FEW_ROWS", -1)


@pytest.fixture
def too_slow(monkeypatch):
    """As if counting all of them took longer than a page may wait."""
    monkeypatch.setattr(select, "compile_tree", lambda tree, plan: "(SELECT TRUE FROM pg_sleep(5))")
    monkeypatch.setattr(asked, "FIRST_SECONDS", 0.05)
    monkeypatch.setattr(asked, "EXACT_SECONDS", 0.05)
    monkeypatch.setattr(asked, "SAMPLES", ((10, 0.05), (5, 0.05)))


def test_few_are_counted_exactly_at_once(marketer):
    make_leads(3, job_title="CFO")
    make_lead()

    found = matches(CFO, marketer, now=NOW)

    assert (found.count, found.is_exact, found.may_follow, len(found.leads)) == (3, True, False, 3)


def test_archived_leads_are_not_counted(marketer):
    kept, gone = make_leads(2, job_title="CFO")
    archive_leads([gone.pk], now=NOW)

    assert [lead.pk for lead in matches(CFO, marketer, now=NOW).leads] == [kept.pk]
    assert sample_matching(CFO, now=NOW, size=10).ids == [kept.pk]


def test_everybodys_leads_are_counted_but_only_those_one_may_read_are_named():
    mine, theirs, _nobodys = make_leads(3, job_title="CFO")
    manager, stranger = make_user(Role.SALES_MANAGER), make_user(Role.MARKETER)
    Lead.objects.filter(pk=mine.pk).update(owner=manager)
    Lead.objects.filter(pk=theirs.pk).update(owner=stranger)

    found = matches(CFO, manager, now=NOW)

    assert found.count == 3
    assert theirs not in found.leads
    assert mine in found.leads


@pytest.mark.usefixtures("many")
def test_many_are_told_by_a_sample_first_and_exactly_after(marketer, monkeypatch):
    make_leads(40, job_title="CFO")
    make_leads(40)
    monkeypatch.setattr(asked, "SAMPLES", ((60, 9),))

    first = matches(CFO, marketer, now=NOW)
    then = matches(CFO, marketer, now=NOW, exactly=True)

    assert (first.is_exact, first.may_follow, first.drawn) == (False, True, 60)
    assert first.low <= 40 <= first.high
    assert len(first.leads) == 10
    assert (then.count, then.is_exact, then.may_follow) == (40, True, False)


def test_a_sample_that_is_everybody_is_right():
    make_leads(7, job_title="CFO")
    make_leads(5)

    sample = sample_matching(CFO, now=NOW, size=1000)

    assert sample.drawn == sample.among == 12
    assert len(sample.ids) == 7


def test_the_same_leads_are_drawn_again():
    make_leads(60)
    everybody = {"leaf": "lead", "field": "email", "op": "is_set"}

    assert sample_matching(everybody, now=NOW, size=20) == sample_matching(everybody, now=NOW, size=20)


def test_without_leads_nothing_matches(marketer):
    assert matches(CFO, marketer, now=NOW).count == 0
    assert sample_matching(CFO, now=NOW, size=10).ids == []


def test_a_statement_that_takes_too_long_is_given_up_and_the_limit_with_it():
    with pytest.raises(TooManyToCount), within(0.05), connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(5)")
    with within(0.05):
        pass
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('statement_timeout'), pg_sleep(0.1)")
        assert cursor.fetchone()[0] == "0"


def test_several_statements_share_one_limit(monkeypatch):
    moments = iter([0.0, 0.5, 2.0])
    monkeypatch.setattr(select, "time", SimpleNamespace(monotonic=lambda: next(moments)))

    said = []

    def ask_twice():
        with within_together(1.0), connection.cursor() as cursor:
            for _ in range(2):
                cursor.execute("SELECT current_setting('statement_timeout')")
                said.append(cursor.fetchone()[0])

    with pytest.raises(TooManyToCount):
        ask_twice()
    assert said == ["500ms"]


def test_what_was_begun_inside_a_limit_is_taken_back_with_it():
    def begin():
        with within_together(0.05), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("CREATE TEMP TABLE half_done (n int)")
            cursor.execute("SELECT count(*) FROM generate_series(1, 10000000000) n, generate_series(1, 1000) m")

    with pytest.raises(TooManyToCount):
        begin()
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('half_done'), current_setting('statement_timeout')")
        assert cursor.fetchone() == (None, "0")


@pytest.mark.usefixtures("too_slow")
def test_a_heavy_condition_holds_nobody_up(marketer):
    make_leads(3)

    first, exactly = (matches(CFO, marketer, now=NOW, exactly=exactly) for exactly in (False, True))

    assert (first.count, first.may_follow) == (None, True)
    assert (exactly.count, exactly.is_exact, exactly.may_follow) == (None, False, False)
    with pytest.raises(TooManyToCount):
        count_matching(CFO, now=NOW, seconds=0.05)


@pytest.mark.usefixtures("many")
def test_where_time_is_short_fewer_leads_are_drawn(marketer, monkeypatch):
    make_leads(30, job_title="CFO")
    slow = {"leaf": "lead", "field": "job_title", "op": "eq", "value": "CFO"}
    # Each lead takes 10 ms.
    monkeypatch.setattr(select, "compile_tree", lambda tree, plan: "(SELECT l.id > 0 FROM pg_sleep(0.01 + 0 * l.id))")
    monkeypatch.setattr(asked, "SAMPLES", ((20, 0.05), (2, 9)))

    assert matches(slow, marketer, now=NOW).drawn == 2


@pytest.mark.parametrize(
    ("number", "shown"),
    [(0, 0), (0.4, 0), (7.6, 8), (999, 1_000), (41_234, 41_000), (99_600, 100_000), (1_234_567, 1_200_000)],
)
def test_two_digits_are_known(number: float, shown: int):
    assert rounded(number) == shown


@pytest.mark.usefixtures("many")
def test_the_page_shows_the_sample_and_asks_for_the_exact_number(marketer, monkeypatch):
    make_leads(3, job_title="CFO", first_name="Dana")
    make_leads(30)
    monkeypatch.setattr(asked, "SAMPLES", ((30, 9),))
    row: dict[str, Any] = {"when-at": ["r0"], "when-r0-kind": "lead", "when-r0-field": "job_title", "when-r0-op": "eq"}
    client, row = browser(marketer), {**row, "when-r0-value": "CFO"}

    first = client.post("/conditions/count/?scoring=1", row).content.decode()
    then = client.post("/conditions/count/?scoring=1&exact=1", row).content.decode()

    assert "<b>About" in first
    assert "from a sample of 30" in first
    assert 'hx-post="/conditions/count/?scoring=1&amp;exact=1"' in first
    assert "Dana" in first
    assert "3 leads match" in then
    assert "exact, of all leads" in then
    assert "hx-post" not in then


@pytest.mark.usefixtures("too_slow")
def test_the_page_says_where_a_number_is_more_than_it_can_count(marketer):
    make_lead()
    row = {"when-at": ["r0"], "when-r0-kind": "consent", "when-r0-value": "true"}

    page = browser(marketer).post("/conditions/count/?exact=1", row).content.decode()

    assert "Not counted" in page
    assert "more than a page can count now" in page
