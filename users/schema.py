"""What every operation of the API has in common, said once in its schema."""

from typing import Any

from django.conf import settings

PROBLEM = {
    "type": "object",
    "description": "An error in one shape (RFC 9457). `errors` names fields where the input was at fault.",
    "required": ["type", "title", "status"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "code", "detail"],
                "properties": {name: {"type": "string"} for name in ("field", "code", "detail")},
            },
        },
    },
}
IDEMPOTENCY_KEY = {
    "in": "header",
    "name": "Idempotency-Key",
    "schema": {"type": "string", "minLength": 1, "maxLength": 200},
    "description": "Makes repeating this request safe for 24 hours: the same key and body get the same answer, "
    "another body gets 422.",
}


def add_common_parts(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """Add the problem answer to every operation and the idempotency key to every POST."""
    result.setdefault("components", {}).setdefault("schemas", {})["Problem"] = PROBLEM
    answer = {
        "description": "Refused: why, in one shape.",
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    for path, operations in result["paths"].items():
        if not path.startswith(settings.SPECTACULAR_SETTINGS["SCHEMA_PATH_PREFIX"]):
            continue
        for verb, operation in operations.items():
            operation["responses"].setdefault("default", answer)
            if verb == "post":
                operation.setdefault("parameters", []).append(IDEMPOTENCY_KEY)
    return result
