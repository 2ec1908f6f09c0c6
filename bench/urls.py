"""Our addresses, and the yardstick of P1: a view that does one INSERT."""

import json

from django.db import connection
from django.http import HttpRequest, JsonResponse
from django.urls import include, path
from django.views.decorators.csrf import csrf_exempt

# The table is as narrow as a capture can be: who, everything that was said, when.
TABLE = """
CREATE TABLE bench_capture (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, email text NOT NULL UNIQUE, said jsonb NOT NULL,
    at timestamptz NOT NULL DEFAULT now())"""
_INSERT = """
INSERT INTO bench_capture (email, said) VALUES (%s, %s)
ON CONFLICT (email) DO UPDATE SET said = excluded.said RETURNING id"""


@csrf_exempt
def insert(request: HttpRequest) -> JsonResponse:
    """Store what came, once per address."""
    said = json.loads(request.body)
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, [said["email"], json.dumps(said)])
        (pk,) = cursor.fetchone()
    response = JsonResponse({"id": pk}, status=201)
    response["Content-Length"] = str(len(response.content))  # else it is sent in chunks; there is no middleware
    return response


urlpatterns = [path("bench/insert/", insert), path("", include("leadcrm.urls"))]
