"""Companies: list, add, one, edit."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from leads.access import companies_for_user, may_add_companies
from leads.api.door import Door
from leads.api.filters import CompanyFilter
from leads.api.lists import ListDoor
from leads.api.serializers.captures import CompanyIn
from leads.api.serializers.companies import CompanyEdit, CompanyOut
from leads.free_mail import free_mail_domains
from leads.idempotency import idempotent
from leads.models import Company
from leads.nudge import nudge
from leads.people.companies import CompanyFacts, known_companies, upsert_companies
from leads.people.edit import edit_companies
from users.problems import Conflict
from users.transactions import one_transaction


class CompanyList(ListDoor):
    """GET a page of companies; POST one."""

    needs: ClassVar = {"GET": "read", "POST": "write"}
    filterset_class = CompanyFilter
    orders = ("name", "id")

    def rows(self):
        """Companies the caller may see, archived ones left out."""
        return companies_for_user(self.user).filter(archived_at=None)

    @extend_schema(responses=CompanyOut(many=True))
    def get(self, request: Request) -> Response:
        """Companies by page."""
        return self.page(request, CompanyOut)

    @extend_schema(
        request=CompanyIn,
        responses={
            201: CompanyOut,
            200: OpenApiResponse(CompanyOut, description="The company was known and has been completed."),
        },
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Add a company, or complete the one known by this domain or name."""
        facts = CompanyFacts(**self.read(CompanyIn))
        if facts.domain in free_mail_domains():
            raise ValidationError({"domain": ["This domain belongs to a mail provider, not to a company."]})
        (known_id,) = known_companies([facts])
        if known_id is None and not may_add_companies(self.user):
            raise PermissionDenied("Your role adds companies with a lead of theirs.")
        if known_id is not None and not companies_for_user(self.user, "write").filter(pk=known_id).exists():
            raise Conflict("A company of this domain or name is known, and it is not yours to change.", "known")
        with one_transaction():
            (company_id,) = upsert_companies([facts], by=self.user.pk, now=self.now)
            nudge()
        return company_answer(company_id, 201 if known_id is None else 200)


class CompanyDetail(Door):
    """One company."""

    needs: ClassVar = {"GET": "read", "PATCH": "write"}

    @extend_schema(responses=CompanyOut)
    def get(self, request: Request, company_id: int) -> Response:
        """The company as it is known."""
        return company_answer(get_object_or_404(companies_for_user(self.user), pk=company_id).pk)

    @extend_schema(request=CompanyEdit, responses=CompanyOut)
    def patch(self, request: Request, company_id: int) -> Response:
        """Change the fields that are given."""
        get_object_or_404(companies_for_user(self.user), pk=company_id)
        if not companies_for_user(self.user, "write").filter(pk=company_id).exists():
            raise PermissionDenied
        edit = self.read(CompanyEdit, partial=True)
        if "domain" in edit:
            edit["domain"] = edit["domain"] or None
        try:
            with one_transaction():
                edit_companies({company_id: edit}, by=self.user.pk, now=self.now)
                nudge()
        except IntegrityError:
            raise ValidationError(
                {name: [ErrorDetail("Another company is known by this.", code="unique")] for name in _named_by(edit)}
            ) from None
        return company_answer(company_id)


def company_answer(company_id: int | None, status: int = 200) -> Response:
    """The company, for callers already let in."""
    return Response(CompanyOut(get_object_or_404(Company, pk=company_id)).data, status=status)


def _named_by(edit: Mapping[str, Any]) -> list[str]:
    return [name for name in ("domain", "name") if name in edit]
