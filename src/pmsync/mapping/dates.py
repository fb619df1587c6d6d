"""The lens for dates: tools that know days, tools that know moments, and those that know both."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from pmsync.mapping.lens import Refusal, Shown, Unmapped
from pmsync.model.capabilities import DateKind
from pmsync.model.fields import Json

NOON = time(12)
"""When a day is due in a tool that knows only moments: far from midnight in its zone and in its neighbours'."""


@dataclass(frozen=True, slots=True)
class DateLens:
    """Dates are `2026-05-11`, instants `2026-05-11T15:00:00.000Z`; `zone` says which day an instant is on.

    An instant in a tool without days shows the day that it falls on; a day in a tool without moments shows every moment
    of it. A tool with both shows exactly what it is given.
    """

    kind: DateKind
    zone: ZoneInfo

    def get(self, native: Json, current: Json) -> Json | Unmapped:
        """See `Lens.get`. A day moved in a tool without days, by dragging it, stays a day: it is noon there still."""
        read = _read(native)
        if read is None:
            return Unmapped(f"{native!r} is not a date") if native is not None else None
        wanted = _read(current)
        if wanted is not None and self._shows(read, wanted):
            return current
        day = isinstance(wanted, date) and not isinstance(wanted, datetime)
        if day and isinstance(read, datetime) and self.kind is DateKind.INSTANT:
            moved = self._day(read)
            if moved is not None and self._noon(moved) == read:
                return moved.isoformat()
        return _written(read)

    def put(self, value: Json, native: Json) -> Shown | Refusal:
        """See `Lens.put`."""
        if value is None:
            return Shown(None)
        wanted = _read(value)
        if wanted is None:
            return Refusal(f"{value!r} is not a date")
        read = _read(native)
        if read is not None and self._shows(read, wanted):
            return Shown(native, self._note(wanted))
        target = self._nearest(wanted)
        return Refusal(f"{value} is too far away") if target is None else Shown(_written(target), self._note(wanted))

    def _shows(self, read: date, wanted: date) -> bool:
        if isinstance(read, datetime) == isinstance(wanted, datetime):
            return read == wanted
        if isinstance(read, datetime):
            return self.kind is DateKind.INSTANT and self._day(read) == wanted
        return isinstance(wanted, datetime) and self.kind is DateKind.DATE and self._day(wanted) == read

    def _nearest(self, wanted: date) -> date | None:
        if isinstance(wanted, datetime):
            return self._day(wanted) if self.kind is DateKind.DATE else wanted
        return self._noon(wanted) if self.kind is DateKind.INSTANT else wanted

    def _note(self, wanted: date) -> str:
        timed = isinstance(wanted, datetime) and self.kind is DateKind.DATE
        return "the time of day is not shown: the tool knows days only" if timed else ""

    def _day(self, instant: datetime) -> date | None:
        try:
            return instant.astimezone(self.zone).date()
        except (OverflowError, ValueError):
            return None

    def _noon(self, day: date) -> datetime | None:
        try:
            return datetime.combine(day, NOON, self.zone).astimezone(UTC)
        except (OverflowError, ValueError):
            return None


def _read(value: Json) -> date | None:
    """A day as `date`, a moment as aware `datetime` in whole milliseconds; None for what is neither."""
    if not isinstance(value, str):
        return None
    try:
        if len(value) == len("2026-05-11"):
            return date.fromisoformat(value)
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is None:
            return None
        return moment.astimezone(UTC).replace(microsecond=moment.microsecond // 1000 * 1000)
    except (OverflowError, ValueError):
        return None


def _written(value: date) -> str:
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%S.").rjust(20, "0") + f"{value.microsecond // 1000:03}Z"
    return value.isoformat()
