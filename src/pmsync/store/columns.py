"""Column types that hold the same on every database: JSON by field, instants in UTC, closed sets of words."""

from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, DateTime, Dialect, Enum, Text, TypeDecorator

from pmsync.model.fields import Field, Json
from pmsync.model.native import Native
from pmsync.store.natives import native_from_json, native_to_json

_FIELDS = {member.value: member for member in Field}


def json_column() -> JSON:
    """Any JSON value; None is NULL."""
    return JSON(none_as_null=True)


def word_column(kind: type[StrEnum]) -> Enum:
    """A member of a closed set, stored as its word, without a type of the database's own."""
    return Enum(
        kind,
        values_callable=lambda members: [member.value for member in members],
        native_enum=False,
        create_constraint=False,
        length=16,
    )


class ByField(TypeDecorator[Mapping[Field, Any]]):
    """A mapping from fields to JSON values."""

    impl = JSON
    cache_ok = True

    def process_bind_param(self, value: Mapping[Field, Any] | None, dialect: Dialect) -> dict[Any, Any] | None:
        return None if value is None else dict(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> dict[Field, Any] | None:
        return None if value is None else {_FIELDS[key]: entry for key, entry in value.items()}


class NativeJson(TypeDecorator[Native]):
    """A whole native."""

    impl = JSON
    cache_ok = True

    def process_bind_param(self, value: Native | None, dialect: Dialect) -> Json:
        return None if value is None else native_to_json(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> Native | None:
        return None if value is None else native_from_json(value)


class Instant(TypeDecorator[datetime]):
    """An instant. Takes only aware values, gives them in UTC."""

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        return dialect.type_descriptor(DateTime(timezone=dialect.name != "sqlite"))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value!r} has no time zone")
        instant = value.astimezone(UTC)
        return instant.replace(tzinfo=None) if dialect.name == "sqlite" else instant

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Words(TypeDecorator[str]):
    """Text from a tool or a person: what a database would refuse in it (NUL, half a surrogate) is replaced."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        if value is None:
            return None
        return value.encode("utf-8", "replace").decode("utf-8").replace("\0", "\N{REPLACEMENT CHARACTER}")
