"""Lists by page with a capped count."""

from typing import Any

from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

CAP = 10_000
SIZE, MAX_SIZE = 50, 200


def positive(params: Any, name: str, default: int, most: int) -> int:
    """A whole number of the query string between 1 and `most`; raises ValidationError naming it."""
    text = params.get(name, str(default))
    if not (text.isascii() and text.isdigit() and len(text) <= 9 and 1 <= int(text) <= most):
        raise ValidationError({name: [ErrorDetail(f"Give a number from 1 to {most}.", code="invalid")]})
    return int(text)


class CappedPages(BasePagination):
    """`?page=&page_size=`. Counts exactly to 10,000; beyond that `count_is_capped` is true: narrow the filters."""

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        """The rows of the asked page; raises ValidationError for a page that is no number or does not exist."""
        self.request = request
        size = positive(request.query_params, "page_size", SIZE, MAX_SIZE)
        self.page = positive(request.query_params, "page", 1, CAP)
        counted = queryset.order_by().values("pk")[: CAP + 1].count()
        self.count, self.is_capped = min(counted, CAP), counted > CAP
        self.pages = max(1, -(-self.count // size))
        if self.page > self.pages:
            raise ValidationError({"page": [f"There are {self.pages} pages."]})
        return list(queryset[(self.page - 1) * size : self.page * size])

    def get_paginated_response(self, data: Any) -> Response:
        """Count, links, rows."""
        return Response(
            {
                "count": self.count,
                "count_is_capped": self.is_capped,
                "next": self._link(self.page + 1),
                "previous": self._link(self.page - 1),
                "results": data,
            }
        )

    def _link(self, page: int) -> str | None:
        if not 1 <= page <= self.pages:
            return None
        return replace_query_param(self.request.build_absolute_uri(), "page", page)

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """The shape of a page, for the schema."""
        link = {"type": "string", "format": "uri", "nullable": True}
        return {
            "type": "object",
            "required": ["count", "count_is_capped", "next", "previous", "results"],
            "properties": {
                "count": {"type": "integer", "maximum": CAP},
                "count_is_capped": {"type": "boolean"},
                "next": link,
                "previous": link,
                "results": schema,
            },
        }

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """The two parameters."""
        number = {"type": "integer", "minimum": 1}
        return [
            {"name": "page", "in": "query", "required": False, "schema": {**number, "default": 1}},
            {
                "name": "page_size",
                "in": "query",
                "required": False,
                "schema": {**number, "maximum": MAX_SIZE, "default": SIZE},
            },
        ]
