"""Finding people and companies by what somebody types, on the trigram indexes."""

from typing import Any

from django.db.models import CharField, Lookup, Q, QuerySet

from leads.models import Company, Lead

MAX_WORDS = 6
MAX_COMPANIES = 2000


@CharField.register_lookup
class HasText(Lookup):
    """`name__has_text="acme"`: ILIKE, which the trigram indexes serve; `icontains` compares UPPER() and misses them."""

    lookup_name = "has_text"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        column, params = self.process_lhs(compiler, connection)
        text = str(self.rhs).replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        return f"{column} ILIKE %s", (*params, f"%{text}%")


def words_of(text: str) -> list[str]:
    """The words of a search; characters PostgreSQL cannot store are dropped."""
    return text.replace("\x00", " ").split()[:MAX_WORDS]


def search_leads(leads: QuerySet[Lead], text: str) -> QuerySet[Lead]:
    """Leads in whose name, e-mail, phone or company every word of `text` stands."""
    words = words_of(text)
    if not words:
        return leads
    # The companies are looked up first: as plain ids they join the trigram indexes in one bitmap.
    named = Q()
    for word in words:
        named |= Q(name__has_text=word)
    companies = list(Company.objects.filter(named).order_by().values_list("pk", "name")[:MAX_COMPANIES])
    for word in words:
        ids = [pk for pk, name in companies if word.casefold() in name.casefold()]
        person = Q(email__has_text=word) | Q(first_name__has_text=word) | Q(last_name__has_text=word)
        digits = "".join(letter for letter in word if letter.isdigit())
        if len(digits) >= 6:
            person |= Q(phone__endswith=digits)
        leads = leads.filter(person | Q(company_id__in=ids) if ids else person)
    return leads


def search_companies(companies: QuerySet[Company], text: str) -> QuerySet[Company]:
    """Companies in whose name or domain every word of `text` stands."""
    for word in words_of(text):
        companies = companies.filter(Q(name__has_text=word) | Q(domain__has_text=word))
    return companies
