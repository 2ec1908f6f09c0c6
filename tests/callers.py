"""Those who call over HTTP in tests."""

from typing import Any

from django.http import HttpResponse
from django.test import Client

from tests.factories import make_user
from users.models import ApiToken, Role, User


class Caller:
    """A client of the API with a token; bodies are JSON. A 500 raises here instead of hiding in a status."""

    def __init__(self, user: User | None = None, *, scopes: tuple[str, ...] = (), **token: Any) -> None:
        self.user = user or make_user(Role.ADMIN)
        self.token, secret = ApiToken.issue(self.user, scopes, **token)
        self.headers = {"Authorization": f"Bearer {secret}"}
        self.client = Client(headers=self.headers)

    @classmethod
    def again(cls, other: "Caller") -> "Caller":
        """The same token in another client: a client is no friend of threads."""
        caller = cls.__new__(cls)
        caller.user, caller.token, caller.headers = other.user, other.token, other.headers
        caller.client = Client(headers=caller.headers)
        return caller

    def get(self, address: str, **query: Any) -> HttpResponse:
        """GET an address under /api/v1/."""
        return self.client.get(f"/api/v1/{address}", query)

    def post(self, address: str, body: Any = None, *, key: str | None = None) -> HttpResponse:
        """POST JSON; `key` is the idempotency key."""
        headers = {"Idempotency-Key": key} if key is not None else {}
        return self.client.post(
            f"/api/v1/{address}", {} if body is None else body, content_type="application/json", headers=headers
        )

    def patch(self, address: str, body: Any) -> HttpResponse:
        """PATCH JSON."""
        return self.client.patch(f"/api/v1/{address}", body, content_type="application/json")


def faults(answer: HttpResponse) -> list[str]:
    """The fields a 400 names; fails on any other answer."""
    assert answer.status_code == 400, answer.content
    problem = answer.json()
    assert answer["Content-Type"] == "application/problem+json"
    assert (problem["status"], problem["title"]) == (400, "Invalid input")
    assert all(row["detail"] and row["code"] for row in problem["errors"])
    return [row["field"] for row in problem["errors"]]
