"""The dates of JQL: read in the profile time zone of whoever asks, to the minute, unless they are milliseconds."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from pmsync_jira.sandbox.answers import Refusal
from pmsync_jira.sandbox.jql import Value
from pmsync_jira.sandbox.records import millis

_FORMATS = (
    ("%Y/%m/%d %H:%M", 60_000),
    ("%Y-%m-%d %H:%M", 60_000),
    ("%Y/%m/%d", 86_400_000),
    ("%Y-%m-%d", 86_400_000),
)
_PERIOD = re.compile(r"([+-]?)((?:\d+[wdhm]\s*)+)", re.IGNORECASE)
_UNITS = {"w": "weeks", "d": "days", "h": "hours", "m": "minutes"}


@dataclass(frozen=True, slots=True)
class Span:
    """What a date of JQL means, in milliseconds: its first one, and how many it covers for `=`."""

    start: int
    length: int

    def day(self, zone: str) -> str:
        """The day that it falls on, for fields that are dates."""
        return datetime.fromtimestamp(self.start / 1000, ZoneInfo(zone)).date().isoformat()


def read(field: str, value: Value, zone: str, now: datetime) -> Span:
    """What a date means. `zone`: the asker's profile. Raises a 400 for anything that is no date."""
    text = value.text.strip()
    if value.call:
        return _function(field, text, zone, now)
    if not value.quoted and re.fullmatch(r"-?\d{1,16}", text):
        return Span(int(text), 1)
    period = _PERIOD.fullmatch(text)
    if period:
        amounts = re.findall(r"(\d+)([wdhm])", period[2].casefold())
        delta = sum((timedelta(**{_UNITS[unit]: int(amount)}) for amount, unit in amounts), timedelta())
        return Span(millis(now - delta if period[1] == "-" else now + delta), 1)
    for form, length in _FORMATS:
        try:
            moment = datetime.strptime(text, form).replace(tzinfo=ZoneInfo(zone))
        except ValueError:
            continue
        return Span(millis(moment.astimezone(UTC)), length)
    raise Refusal(
        400,
        f"Date value '{value.text}' for field '{field}' is invalid. Valid formats include: 'yyyy/MM/dd HH:mm', "
        "'yyyy-MM-dd HH:mm', 'yyyy/MM/dd', 'yyyy-MM-dd', or a period format e.g. '-5d', '4w 2d'.",
    )


def _function(field: str, name: str, zone: str, now: datetime) -> Span:
    local = now.astimezone(ZoneInfo(zone))
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    match name:
        case "now":
            return Span(millis(now), 1)
        case "startofday":
            return Span(millis(midnight.astimezone(UTC)), 1)
        case "endofday":
            return Span(millis((midnight + timedelta(days=1)).astimezone(UTC)) - 1, 1)
        case _:
            raise Refusal(400, f"Unable to find JQL function '{name}()' for the field '{field}'.")
