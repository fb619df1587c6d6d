"""Instants and dates, as Asana writes them and as natives do. Pure."""

from datetime import UTC, datetime

from pmsync.model.fields import Json


def moment(text: str) -> datetime:
    """An instant of Asana's. Raises ValueError."""
    parsed = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return parsed.astimezone(UTC) if parsed.tzinfo else parsed.replace(tzinfo=UTC)


def instant(at: datetime) -> str:
    """An instant as Asana, and natives, write it: UTC, milliseconds, `Z`."""
    at = at.astimezone(UTC)
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}Z"


def when(on: str | None, at: str | None) -> Json:
    """A date that may have a time."""
    return instant(moment(at)) if at else on or None
