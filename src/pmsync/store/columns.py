"""Column types that hold the same on every database: JSON, instants in UTC, closed sets of words, foreign text.

JSON is kept as text on every database: it is written and read whole and never searched inside, text takes what
PostgreSQL's own types refuse (a NUL in a title), and it is the fastest.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import DateTime, Dialect, Enum, String, Text, TypeDecorator

from pmsync.model.fields import Field, Json, by_field
from pmsync.model.native import Native
from pmsync.store.natives import native_from_json, native_to_json

_encode: Final = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode
_decode: Final = json.JSONDecoder().raw_decode


def word_column(kind: type[StrEnum]) -> Enum:
    """A member of a closed set, stored as its word, without a type of the database's own."""
    return Enum(
        kind,
        values_callable=lambda members: [member.value for member in members],
        native_enum=False,
        create_constraint=False,
        length=16,
    )


class JsonText(TypeDecorator[Json]):
    """Any JSON value; None is NULL."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Json, dialect: Dialect) -> str | None:
        return None if value is None else _encode(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        return None if value is None else _decode(value)[0]


class ByField(TypeDecorator[Mapping[Field, Any]]):
    """A mapping from fields to JSON values."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Mapping[Field, Any] | None, dialect: Dialect) -> str | None:
        if not value:
            return None if value is None else "{}"
        return _encode(value if isinstance(value, dict) else dict(value))

    def process_result_value(self, value: str | None, dialect: Dialect) -> dict[Field, Any] | None:
        if value is None or value == "{}":
            return None if value is None else {}
        return by_field(_decode(value)[0])


class NativeJson(TypeDecorator[Native]):
    """A whole native."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Native | None, dialect: Dialect) -> str | None:
        return None if value is None else _encode(native_to_json(value))

    def process_result_value(self, value: str | None, dialect: Dialect) -> Native | None:
        return None if value is None else native_from_json(_decode(value)[0])


class FieldName(TypeDecorator[Field]):
    """A field, by its name. SQLite, where a text's declared length says nothing, has it as it was declared first."""

    impl = String
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        return dialect.type_descriptor(String(16 if dialect.name == "sqlite" else 255))

    def process_bind_param(self, value: Field | None, dialect: Dialect) -> str | None:
        return None if value is None else str(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Field | None:
        return None if value is None else Field(value)


class Instant(TypeDecorator[datetime]):
    """An instant. Takes only aware values, gives them in UTC. On SQLite ISO 8601 of one width, which sorts by time."""

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        return dialect.type_descriptor(Text() if dialect.name == "sqlite" else DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | str | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value!r} has no time zone")
        instant = value.astimezone(UTC)
        return instant.isoformat(timespec="microseconds") if dialect.name == "sqlite" else instant

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return datetime.fromisoformat(value) if isinstance(value, str) else value.astimezone(UTC)


class Words(TypeDecorator[str]):
    """Text from a tool or a person: what a database would refuse in it (NUL, half a surrogate) is replaced."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        if value is None or (value.isascii() and "\0" not in value):
            return value
        return value.encode("utf-8", "replace").decode("utf-8").replace("\0", "\N{REPLACEMENT CHARACTER}")
