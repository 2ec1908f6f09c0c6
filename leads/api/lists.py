"""What all lists of the API do alike: plain filters, an allow-list of orders, pages; unknown parameters are refused."""

from typing import Any, ClassVar

import django_filters
from django.db.models import QuerySet
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.filters import BaseFilterBackend
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from leads.api.door import Door
from leads.api.paging import CappedPages

PAGING = frozenset({"page", "page_size", "ordering"})


class Ordering(BaseFilterBackend):
    """`?ordering=`: one of the view's `orders`, with - for descending; the id breaks ties."""

    def filter_queryset(self, request: Request, queryset: QuerySet[Any], view: Any) -> QuerySet[Any]:
        """Order by the asked field; raises ValidationError for any other."""
        asked = request.query_params.get("ordering", view.orders[0])
        name = asked.removeprefix("-")
        if name not in {order.removeprefix("-") for order in view.orders}:
            names = ", ".join(sorted({order.removeprefix("-") for order in view.orders}))
            raise ValidationError({"ordering": [ErrorDetail(f"Choose from: {names}.", code="invalid_choice")]})
        tie = "-pk" if asked.startswith("-") else "pk"
        return queryset.order_by(asked, tie)

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """The parameter with its choices."""
        names = sorted({order.removeprefix("-") for order in view.orders})
        choices = [sign + name for name in names for sign in ("", "-")]
        schema = {"type": "string", "enum": choices, "default": view.orders[0]}
        return [{"name": "ordering", "in": "query", "required": False, "schema": schema}]


class ListDoor(Door, GenericAPIView):
    """A list: the view names `filterset_class`, `orders` (default first) and `rows()`."""

    pagination_class = CappedPages
    filter_backends = (DjangoFilterBackend, Ordering)
    filterset_class: type[django_filters.FilterSet]
    orders: ClassVar[tuple[str, ...]] = ("id",)

    def rows(self) -> QuerySet[Any]:
        """What the caller may see."""
        raise NotImplementedError

    def get_queryset(self) -> QuerySet[Any]:
        """The rows; an empty set of the same kind where only the schema is drawn."""
        if getattr(self, "swagger_fake_view", False):
            return self.filterset_class._meta.model._default_manager.none()
        return self.rows()

    def page(self, request: Request, kind: Any) -> Response:
        """Answer one page of the filtered, ordered rows."""
        known = PAGING | set(self.filterset_class.base_filters)
        unknown = {
            name: [ErrorDetail(f"There is no such parameter. Known: {', '.join(sorted(known))}.", code="unknown")]
            for name in request.query_params
            if name not in known
        }
        if unknown:
            raise ValidationError(unknown)
        rows = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(kind(rows, many=True).data)
