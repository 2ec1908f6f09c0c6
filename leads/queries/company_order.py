"""Companies in the order of their scores, which are nowhere stored."""

from dataclasses import dataclass

from django.db import connection
from django.db.models import QuerySet

from leads.conditions.company_score import company_points
from leads.models import Company, ScoreModel


@dataclass(frozen=True)
class ByScore:
    """Companies in the order of their scores, a slice at a time, for a pager; those without a score come last."""

    companies: QuerySet[Company]
    model: ScoreModel
    is_falling: bool

    def order_by(self) -> QuerySet[Company]:
        """The companies in no order, to be counted."""
        return self.companies.order_by()

    def __getitem__(self, part: slice) -> list[Company]:
        """Companies from one place up to another, in two queries."""
        if part.start >= part.stop:
            return []
        inner, params = self.order_by().values("pk").query.sql_with_params()
        scores = company_points(self.model, "t.company_id IS NOT NULL")
        text = (
            f"SELECT c.id FROM ({inner}) c (id) LEFT JOIN ({scores}) k ON k.company_id = c.id"
            f" ORDER BY k.points {'DESC' if self.is_falling else 'ASC'} NULLS LAST, c.id LIMIT %s OFFSET %s"
        )
        with connection.cursor() as cursor:
            cursor.execute(text, [*params, part.stop - part.start, part.start])
            ids = [pk for (pk,) in cursor.fetchall()]
        rows = self.companies.model.objects.in_bulk(ids)
        return [rows[pk] for pk in ids if pk in rows]
