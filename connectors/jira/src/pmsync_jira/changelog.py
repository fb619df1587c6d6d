"""Jira's changelog as events of the fields that pmsync keeps in step. Pure."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pmsync.model.fields import Field, Json
from pmsync.model.native import Event
from pmsync_jira.convert import Conversion, moment
from pmsync_jira.jql import from_ms

_PARENTS = ("IssueParentAssociation", "Parent", "Parent Issue", "parent")


@dataclass(frozen=True, slots=True)
class Changelog:
    """Reads histories. `names` turns the user keys in a Data Center's changelog into user names."""

    conversion: Conversion
    names: Mapping[str, str]

    def events(self, histories: Iterable[Mapping[str, Any]], since: datetime) -> tuple[Event, ...]:
        """The events at or after `since`, oldest first; those of one moment in the order in which Jira numbered them.

        Of a description Cloud keeps a plain rendering here, not the document: its events say who changed it and when,
        and carry that text, empty or not, which equals no native value.
        """
        found = []
        for history in sorted(histories, key=_turn):
            at = when(history["created"])
            if at < since:
                continue
            actor = self.conversion.person(history.get("author"))
            for item in history.get("items") or []:
                event = self._event(at, actor, item)
                if event:
                    found.append(event)
        return tuple(found)

    def _event(self, at: datetime, actor: str | None, item: Mapping[str, Any]) -> Event | None:
        field = self._field(item)
        if field is None:
            return None
        read = self._reader(field)
        return Event(
            at, actor, field, read(item.get("from"), item.get("fromString")), read(item.get("to"), item.get("toString"))
        )

    def _field(self, item: Mapping[str, Any]) -> Field | None:
        name = str(item.get("field") or "")
        if name in _PARENTS:
            return Field.PARENT
        custom = self.conversion.custom
        return custom.field_of(str(item.get("fieldId") or custom.names.get(name) or name))

    def _reader(self, field: Field) -> Callable[[Any, Any], Json]:
        match field:
            case Field.STATUS:
                return lambda id_, text: {"place": str(id_)}
            case Field.LABELS:
                return lambda id_, text: _labels(text)
            case Field.ASSIGNEES:
                return lambda id_, text: [self.names.get(str(id_), str(id_))] if id_ else []
            case Field.PRIORITY | Field.TYPE | Field.PARENT:
                return lambda id_, text: str(id_) if id_ else None
            case Field.START | Field.DUE:
                return lambda id_, text: str(id_ or text)[:10] if id_ or text else None
            case Field.ESTIMATE:
                return lambda id_, text: _number(text)
            case Field.DESCRIPTION if not self.conversion.cloud:
                return lambda id_, text: self.conversion.document(text)
            case _:  # TITLE, and Cloud's DESCRIPTION.
                return lambda id_, text: str(text or "")


def when(created: Any) -> datetime:
    """The time of a history: ISO text, or (in bulk answers) epoch milliseconds."""
    return from_ms(int(created)) if isinstance(created, int | float) else moment(str(created)).astimezone(UTC)


def _turn(history: Mapping[str, Any]) -> tuple[datetime, int]:
    """What orders histories, which come newest first with an issue: a database may keep no more than seconds."""
    return when(history["created"]), int(history.get("id") or 0)


def _labels(text: Any) -> Json:
    return [*sorted(set(str(text or "").split()))]


def _number(text: Any) -> float | None:
    try:
        return float(text)
    except (TypeError, ValueError):
        return None
