"""Trello's moments: ISO 8601 in UTC, and the seconds in which ids begin. Pure."""

from datetime import UTC, datetime


def moment(value: str) -> datetime:
    """A moment as Trello writes it."""
    return datetime.fromisoformat(value).astimezone(UTC)


def instant(value: str | None) -> str | None:
    """A moment in the one form in which equal ones are equal: UTC, milliseconds, `Z`."""
    return moment(value).isoformat(timespec="milliseconds").replace("+00:00", "Z") if value else None


def born(object_id: str) -> datetime:
    """When the object was made, to the second."""
    return datetime.fromtimestamp(int(object_id[:8], 16), UTC)
