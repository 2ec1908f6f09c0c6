"""Fields of the API: strict about types, normalised on the way in."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cached_property
from types import MappingProxyType
from typing import Any

from django.utils.dateparse import parse_datetime
from drf_spectacular.extensions import OpenApiSerializerExtension
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.fields import empty

from leads.people.normalise import normalise_domain, normalise_email, normalise_phone

BIGGEST_ID = 2**63 - 1
BIGGEST_INT = 2**31 - 1
EARLIEST_YEAR, LAST_YEAR = 1990, 2999
CLOCK_TOLERANCE = timedelta(minutes=5)
SLUG = re.compile(r"[-a-zA-Z0-9_]+")


class Strict(serializers.Serializer):
    """A body whose fields are all known; a misspelt one is refused instead of lost."""

    _said: Mapping[str, Any] = MappingProxyType({})

    def to_internal_value(self, data: Any) -> Any:
        """Refuse unknown fields beside what the fields themselves refuse."""
        self._said = data if isinstance(data, Mapping) else {}
        unknown = self._unknown(self._said)
        try:
            value = super().to_internal_value(data)
        except ValidationError as error:
            if unknown and isinstance(error.detail, dict):
                raise ValidationError({**unknown, **error.detail}) from None
            raise
        if unknown:
            raise ValidationError(unknown)
        return value

    @property
    def _writable_fields(self) -> list[Any]:
        """What the framework asks for values: not the fields that are left out and may be, most of a batch's."""
        return [field for name, (field, is_needed) in self._known.items() if is_needed or name in self._said]

    @cached_property
    def _known(self) -> dict[str, tuple[Any, bool]]:
        """The fields a body may give, by name, each with whether it has a say where it is left out."""
        fields = {name: field for name, field in self.fields.items() if not field.read_only}
        return {name: (field, field.required or field.default is not empty) for name, field in fields.items()}

    def _unknown(self, data: Mapping[str, Any]) -> dict[str, list[ErrorDetail]]:
        names = [name for name in data if name not in self._known]
        if not names:
            return {}
        reason = f"There is no such field. Known: {', '.join(self._known) or 'none'}."
        return {name: [ErrorDetail(reason, code="unknown")] for name in names}


class StrictInSchema(OpenApiSerializerExtension):
    """Tells readers of the schema, too, that unknown fields are refused."""

    target_class = Strict
    match_subclasses = True

    def map_serializer(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        """The usual schema, closed."""
        schema = auto_schema._map_serializer(self.target, direction, bypass_extensions=True)
        return {**schema, "additionalProperties": False}


class Text(serializers.CharField):
    """A text, and nothing that could be read as one."""

    def __init__(self, max_length: int = 200, **kwargs: Any) -> None:
        if not kwargs.get("required", False):
            kwargs = {"required": False, "allow_blank": True, **kwargs}
        super().__init__(max_length=max_length, **kwargs)

    def to_internal_value(self, data: Any) -> str:
        """Refuse numbers; tidy blanks; then the field's own rule."""
        if not isinstance(data, str):
            self.fail("invalid")
        text = super().to_internal_value(data)
        return self.normalise(text) if text else text

    def normalise(self, text: str) -> str:
        """The one spelling of a text that is not empty; raises ValidationError."""
        return text


def _said(rule: Any, text: str) -> str:
    try:
        return rule(text)
    except ValueError as error:
        raise ValidationError(str(error)) from None


class Address(Text):
    """An e-mail address in its one spelling."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(254, **kwargs)

    def normalise(self, text: str) -> str:
        """Lower case, ASCII domain."""
        return _said(normalise_email, text)


class Phone(Text):
    """A phone number in E.164."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(40, **kwargs)

    def normalise(self, text: str) -> str:
        """Plus, country, number."""
        return _said(normalise_phone, text)


class Domain(Text):
    """A bare host name."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(253, **kwargs)

    def normalise(self, text: str) -> str:
        """Lower case, without scheme and path."""
        return _said(normalise_domain, text)


class Country(Text):
    """An ISO 3166 code of two letters."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(2, **kwargs)

    def normalise(self, text: str) -> str:
        """Upper case."""
        if not re.fullmatch(r"[A-Za-z]{2}", text):
            raise ValidationError("Give the two letters of ISO 3166, for example IL.")
        return text.upper()


class Slug(Text):
    """A key: letters, digits, hyphens, underscores."""

    def normalise(self, text: str) -> str:
        """As it is; keys are compared exactly."""
        if not SLUG.fullmatch(text):
            raise ValidationError("Use letters, digits, hyphens and underscores.")
        return text


class Whole(serializers.IntegerField):
    """A whole number, not a text that looks like one."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"min_value": 0, "max_value": BIGGEST_INT, **kwargs})

    def to_internal_value(self, data: Any) -> int:
        """Refuse texts, fractions and truth values."""
        if isinstance(data, bool) or not isinstance(data, int):
            self.fail("invalid")
        return data


class Id(Whole):
    """The number of a row."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"min_value": 1, "max_value": BIGGEST_ID, **kwargs})


class YesNo(serializers.BooleanField):
    """true or false, not "yes" or 1."""

    def to_internal_value(self, data: Any) -> bool:
        """Refuse anything else."""
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


@extend_schema_field(OpenApiTypes.DATETIME)
class Moment(serializers.Field):
    """When something happened: with its zone, not before 1990, not in the future.

    A clock up to five minutes fast is taken as now.
    """

    default_error_messages = {
        "invalid": "Give a time like 2026-11-20T09:30:00+02:00.",
        "zone": "Give the time with its zone, for example 2026-11-20T09:30:00+02:00 or …Z.",
        "early": f"This lies before {EARLIEST_YEAR}.",
        "future": "This lies in the future.",
    }

    def to_internal_value(self, data: Any) -> datetime:
        """The moment in UTC."""
        moment = self.read(data)
        if moment.year < EARLIEST_YEAR:
            self.fail("early")
        now: datetime = self.context["now"]
        if moment - now > CLOCK_TOLERANCE:
            self.fail("future")
        return min(moment, now).astimezone(UTC)

    def read(self, data: Any) -> datetime:
        """The moment as it was written, with its zone."""
        try:
            moment = parse_datetime(data) if isinstance(data, str) else None
        except ValueError:
            moment = None
        if moment is None:
            self.fail("invalid")
        if moment.utcoffset() is None:
            self.fail("zone")
        return moment

    def to_representation(self, value: datetime) -> str:
        """ISO with zone."""
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


@extend_schema_field(OpenApiTypes.DATETIME)
class MomentAhead(Moment):
    """When something is to happen: with its zone, in the future."""

    default_error_messages = {"past": "This lies in the past. Give a time that lies ahead."}

    def to_internal_value(self, data: Any) -> datetime:
        """The moment in UTC."""
        moment = self.read(data)
        if moment <= self.context["now"]:
            self.fail("past")
        if moment.year > LAST_YEAR:
            self.fail("invalid")
        return moment.astimezone(UTC)


@extend_schema_field({"type": "object", "additionalProperties": True})
class Values(serializers.Field):
    """A JSON object of free content, of limited size."""

    default_error_messages = {
        "invalid": "Give an object.",
        "long": "Give at most {limit} characters of JSON.",
    }

    def __init__(self, limit: int = 20_000, **kwargs: Any) -> None:
        self.limit = limit
        super().__init__(**{"required": False, **kwargs})

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        """The object as it came."""
        if not isinstance(data, dict):
            self.fail("invalid")
        if len(repr(data)) > self.limit:
            self.fail("long", limit=self.limit)
        return data

    def to_representation(self, value: dict[str, Any]) -> dict[str, Any]:
        """The object as it is stored."""
        return value
