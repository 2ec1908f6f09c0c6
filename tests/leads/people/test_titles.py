"""Classes of job titles: what the first ones tell, how they are kept, and that a change judges every lead anew."""

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.urls import reverse

from leads.conditions.plan import Scope
from leads.conditions.select import matching, plan_for
from leads.conditions.titles import title_class
from leads.models import Lead, TitleClass, Touched
from leads.people.titles import checked_words, save_title_class
from tests.factories import NOW, make_lead, make_user
from users.models import Role

pytestmark = pytest.mark.django_db
TITLES = [
    ("CFO", "c_level", "finance"),
    ("Group CFO, EMEA", "c_level", "finance"),
    ("SVP & Chief Financial Officer", "c_level", "finance"),
    ("Assistant to the CFO", "assistant", "finance"),
    ("Executive assistant, CEO office", "assistant", "executive"),
    ("Vice-President  Sales", "vp", "sales"),
    ("President", "president", "executive"),
    ("Product Owner", "head", "engineering"),
    ("Head of IT", "head", "it"),
    ("IT Security Manager", "head", "security"),
    ("Auditor", None, "finance"),
    ("Cook", None, None),
    ("Senior accountant", "senior", "finance"),
    ("HR", None, "hr"),
    ("סמנכ״ל כספים", "c_level", "finance"),
    ('סמנכ"ל מכירות', "vp", "sales"),
    ('עוזרת מנכ"ל', "assistant", "executive"),
    ("מנהל מערכות מידע", "head", "it"),
    ("Генеральный директор", "c_level", "executive"),
    ("Помощник генерального директора", "assistant", None),
    ("Главный бухгалтер", "head", "finance"),
    ("Руководитель отдела продаж", "head", "sales"),
]
SENIOR = {"leaf": "lead", "field": "seniority", "op": "eq", "value": "c_level"}


@pytest.mark.parametrize(("title", "seniority", "function"), TITLES, ids=[title for title, *_rest in TITLES])
def test_what_the_first_classes_tell(title: str, seniority: str | None, function: str | None) -> None:
    make_lead(job_title=title)

    plan = plan_for(NOW)
    columns = [title_class(kind, plan) for kind in ("seniority", "function")]

    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(columns)} {plan.source(Scope())}", plan.params)
        assert cursor.fetchall() == [(seniority, function)]


def test_the_first_words_are_as_the_settings_page_would_take_them() -> None:
    for row in TitleClass.objects.all():
        assert checked_words(row.words) == row.words


@pytest.mark.parametrize(
    "words", [[], [" ", ""], ["*"], ["a*b"], ["**"], ["--"], ["a\x00"], [f"w{n}" for n in range(201)]]
)
def test_words_that_cannot_be_searched_for_are_refused(words: list[str]) -> None:
    with pytest.raises(ValidationError):
        checked_words(words)


def test_a_class_that_is_saved_judges_every_lead_anew() -> None:
    lead = make_lead(job_title="Chancellor")
    Touched.objects.all().delete()

    row = TitleClass.objects.get(kind="seniority", slug="c_level")
    row.words = [*row.words, "  chancell* ", "chancell*"]
    save_title_class(row)

    assert row.words.count("chancell*") == 1
    assert list(Touched.objects.values_list("lead_id", flat=True)) == [lead.pk]
    assert matching(SENIOR, now=NOW) == [lead.pk]


def test_without_classes_nobody_has_one() -> None:
    TitleClass.objects.all().delete()
    make_lead(job_title="CFO")

    assert matching({"leaf": "lead", "field": "seniority", "op": "is_set"}, now=NOW) == []


class TestSettingsPage:
    @pytest.fixture
    def admin(self, client):
        client.force_login(make_user(Role.ADMIN))
        return client

    @staticmethod
    def save(client, row: TitleClass, **fields):
        said = {"label": row.label, "words": "\n".join(row.words), "position": row.position, **fields}
        return client.post(reverse("admin:leads_titleclass_change", args=[row.pk]), said)

    def test_it_takes_one_word_a_line(self, admin) -> None:
        row = TitleClass.objects.get(kind="seniority", slug="vp")
        lead = make_lead(job_title="Vizier")

        assert self.save(admin, row, words="vp\nvizier\n").status_code == 302
        assert TitleClass.objects.get(pk=row.pk).words == ["vp", "vizier"]
        assert Lead.objects.filter(touched__isnull=False).distinct().get() == lead

    def test_it_names_the_word_that_is_wrong(self, admin) -> None:
        row = TitleClass.objects.get(kind="seniority", slug="vp")

        page = self.save(admin, row, words="vp\nman*ager").content.decode()

        assert "“man*ager”: write letters or digits" in page
        assert "vizier" not in TitleClass.objects.get(pk=row.pk).words

    def test_the_key_stays(self, admin) -> None:
        row = TitleClass.objects.get(kind="seniority", slug="vp")

        self.save(admin, row, slug="other")

        assert TitleClass.objects.get(pk=row.pk).slug == "vp"

    def test_others_do_not_see_it(self, client) -> None:
        client.force_login(make_user(Role.SALES_REP))

        assert client.get(reverse("admin:leads_titleclass_changelist")).status_code in (302, 403)
