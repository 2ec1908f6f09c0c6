"""A pager that never counts further than people read."""

from typing import Any

from django.core.paginator import Page, Paginator
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

CAP = 10_000


class CappedPaginator(Paginator):
    """Counts exactly up to 10,000 and then says "10,000+"; later rows are reached by filtering.

    It asks rows for nothing but slices, and by `order_by()` for a queryset to count: other orders can give them too.
    """

    object_list: Any

    @cached_property
    def _counted(self) -> int:
        return self.object_list.order_by().values("pk")[: CAP + 1].count()

    @cached_property
    def count(self) -> int:
        """How many rows, at most 10,000."""
        return min(self._counted, CAP)

    @property
    def total_text(self) -> str:
        """The count as shown."""
        return _("10,000+") if self._counted > CAP else f"{self.count:,}"


def page_of(rows: Any, number: str | None, size: int = 50) -> Page[Any]:
    """One page of rows; a number that is none, or too high, shows the nearest page there is."""
    return CappedPaginator(rows, size).get_page(number or 1)
