"""Rows in and out by statements that are written once: for the paths walked thousands of times a minute.

What `bulk_create()` and `select_related()` do, without building the same statement anew each time, which costs
more than running it.
"""

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import cache, cached_property
from typing import Any, Generic, TypeVar

from django.db import connection, models

M = TypeVar("M", bound=models.Model)
MANY = 50  # rows from which on it pays to look for columns that say one thing


def insert(model: type[models.Model], rows: Sequence[Mapping[str, Any]], *, skip_known: bool = False) -> list[int]:
    """Insert rows, given by column, in one statement; columns left out get their defaults. Returns the ids, in order.

    With `skip_known` rows that a unique constraint refuses are left out, of the answer too.
    """
    return [pk for (pk,) in insert_returning(model, rows, ("id",), skip_known=skip_known)]


def insert_returning(
    model: type[models.Model],
    rows: Sequence[Mapping[str, Any]],
    returning: tuple[str, ...],
    *,
    skip_known: bool = False,
) -> list[tuple[Any, ...]]:
    """As `insert()`, answering other columns than the id."""
    if not rows:
        return []
    given = tuple(rows[0])
    documents = _documents(model, given)
    columns: list[list[Any]] = [[row[name] for row in rows] for name in given]
    for place in documents:
        columns[place] = [None if value is None else json.dumps(value) for value in columns[place]]
    same = _said_once(columns) if len(rows) >= MANY else ()
    statement, defaults = _insertion(model, given, same, returning, skip_known)
    values = [column[0] if place in same else column for place, column in enumerate(columns)]
    once = [value for place, value in enumerate(values) if place in same]
    each = [value for place, value in enumerate(values) if place not in same]
    with connection.cursor() as cursor:
        cursor.execute(statement, [*defaults, *once, *map(_array, each)])
        return cursor.fetchall()


def _said_once(columns: Sequence[Sequence[Any]]) -> tuple[int, ...]:
    """The places of columns in which every row says the same: most of a batch. Always leaves one that is spread."""
    found = []
    for place, column in enumerate(columns):
        first, kind = column[0], type(column[0])
        if all(value is first or (value == first and type(value) is kind) for value in column):
            found.append(place)
    return tuple(found[1:] if len(found) == len(columns) else found)


def _array(column: list[Any]) -> list[Any] | str:
    """A long column of texts or numbers as one literal: read faster on both sides than a list of constants."""
    if len(column) < MANY:
        return column
    if all(type(value) is int for value in column):
        return f"{{{','.join(map(str, column))}}}"
    if all(value is None or type(value) is str for value in column):
        return f"{{{','.join(map(_element, column))}}}"
    return column


def _element(value: str | None) -> str:
    if value is None:
        return "NULL"
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


@cache
def _documents(model: type[models.Model], given: tuple[str, ...]) -> tuple[int, ...]:
    """The places of JSON among the columns given."""
    fields: dict[str, Any] = {str(field.column): field for field in model._meta.concrete_fields}
    return tuple(place for place, name in enumerate(given) if isinstance(fields[name], models.JSONField))


@cache
def _insertion(
    model: type[models.Model],
    given: tuple[str, ...],
    same: tuple[int, ...],
    returning: tuple[str, ...],
    skip_known: bool,
) -> tuple[str, tuple[Any, ...]]:
    """The statement and the defaults of the columns not given. Parameters: defaults, values said once, arrays."""
    fields: dict[str, Any] = {str(field.column): field for field in model._meta.concrete_fields}
    rest = [
        field
        for name, field in fields.items()
        if name not in given and not field.primary_key and field.db_default is models.NOT_PROVIDED
    ]
    documents = _documents(model, given)
    once = [name for place, name in enumerate(given) if place in same]
    each = [name for place, name in enumerate(given) if place not in same]
    json_columns = {given[place] for place in documents}
    values = [f"%s::{_array_of(fields[name])[:-2]}{'::jsonb' if name in json_columns else ''}" for name in once]
    values += [f"{name}::jsonb" if name in json_columns else name for name in each]
    statement = (
        f"INSERT INTO {model._meta.db_table} ({', '.join([*(field.column for field in rest), *once, *each])})"
        f" SELECT {', '.join(['%s'] * len(rest) + values)}"
        f" FROM unnest({', '.join(f'%s::{_array_of(fields[name])}' for name in each)}) AS n ({', '.join(each)})"
        f"{' ON CONFLICT DO NOTHING' if skip_known else ''} RETURNING {', '.join(returning)}"
    )
    return statement, tuple(field.get_db_prep_save(field.get_default(), connection) for field in rest)


def _array_of(field: Any) -> str:
    """The array type of a column; text for every text, as a cast to a length would cut what is too long."""
    is_text = isinstance(field, models.CharField | models.TextField | models.JSONField)
    return "text[]" if is_text else f"{field.db_type(connection)}[]"


def ids_by_slug(model: type[models.Model], slugs: Collection[str]) -> dict[str, int]:
    """The ids of rows known by these slugs."""
    if not slugs:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT slug, id FROM {model._meta.db_table} WHERE slug = ANY(%s)", [list(slugs)])
        return dict(cursor.fetchall())


class Reader(Generic[M]):
    """Reads rows of a model with the rows they point to, as `select_related()` does."""

    def __init__(self, model: type[M], *related: str) -> None:
        self.model, self.related = model, related

    def read(self, rest: str, params: Sequence[Any] = ()) -> list[M]:
        """The rows. `rest` follows FROM: the model's table is called `t` there, related ones by their field."""
        with connection.cursor() as cursor:
            cursor.execute(f"{self._select} {rest}", params)
            known: dict[tuple[str, Any], Any] = {}
            return [self._row(values, known) for values in cursor.fetchall()]

    def _row(self, values: Sequence[Any], known: dict[tuple[str, Any], Any]) -> M:
        """A row; what many of them point to is made once, and `known` from then on."""
        row = self._part(self.model, values, 0)
        start = len(self.model._meta.concrete_fields)
        for name in self.related:
            field: Any = self.model._meta.get_field(name)
            other = field.related_model
            key = (name, getattr(row, field.attname))
            if key[1] is None:
                known[key] = None
            elif key not in known:
                known[key] = self._part(other, values, start)
            field.set_cached_value(row, known[key])
            start += len(other._meta.concrete_fields)
        return row

    @staticmethod
    def _part(model: type[models.Model], values: Sequence[Any], start: int) -> Any:
        names, converters = _shape(model)
        mine = list(values[start : start + len(names)])
        for place, convert in converters:
            mine[place] = convert(mine[place], None, connection)
        return model.from_db(connection.alias, names, mine)

    @cached_property
    def _select(self) -> str:
        columns = [f"t.{name}" for name in _columns(self.model)]
        tables = f"{self.model._meta.db_table} t"
        for name in self.related:
            field: Any = self.model._meta.get_field(name)
            columns += [f'"{name}".{column}' for column in _columns(field.related_model)]
            kind = "LEFT JOIN" if field.null else "JOIN"
            tables += f' {kind} {field.related_model._meta.db_table} "{name}" ON "{name}".id = t.{field.column}'
        return f"SELECT {', '.join(columns)} FROM {tables}"


@cache
def _shape(model: type[models.Model]) -> tuple[list[str], list[tuple[int, Callable[..., Any]]]]:
    """Names of a model's attributes, and what turns the database's values into Python's, by place."""
    fields: Any = model._meta.concrete_fields
    converters = [(n, f.from_db_value) for n, f in enumerate(fields) if hasattr(f, "from_db_value")]
    return [field.attname for field in fields], converters


def _columns(model: type[models.Model]) -> list[str]:
    return [str(field.column) for field in model._meta.concrete_fields]
