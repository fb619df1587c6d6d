"""Jira's issue JSON as a `Native`, and native values as what Jira takes. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from dataclasses import field as attribute
from datetime import UTC, datetime
from typing import Any

from pmsync.model.fields import Field, Json
from pmsync.model.native import Marker, Native, Ref
from pmsync.text.dialect import Dialect
from pmsync_jira.links import leading
from pmsync_jira.own import OwnField, OwnValues

MARKER = "pmsync"
"""The key of the entity property that holds our marker."""

SYSTEM_FIELDS = {
    Field.TITLE: "summary",
    Field.DESCRIPTION: "description",
    Field.STATUS: "status",
    Field.PRIORITY: "priority",
    Field.TYPE: "issuetype",
    Field.ASSIGNEES: "assignee",
    Field.LABELS: "labels",
    Field.DUE: "duedate",
    Field.PARENT: "parent",
    Field.TIME_SPENT: "timespent",
    Field.LINKS: "issuelinks",
}
UNTOLD = frozenset({Field.RELEASE, Field.SPRINT, Field.TIME_SPENT, Field.LINKS})
"""Fields of whose changes the history tells no values, or only what came and went."""
_ARCHIVED = "archiveddate"
_ALWAYS = ("project", "created", "updated", "creator", _ARCHIVED)


@dataclass(frozen=True, slots=True)
class CustomFields:
    """The ids of the custom fields that may hold what Jira has no field of its own for, the likeliest first."""

    start: tuple[str, ...] = ()
    estimate: tuple[str, ...] = ()
    names: Mapping[str, str] = attribute(default_factory=dict)
    """Their ids by their names, which is all that a Data Center's changelog tells."""
    known: tuple[OwnField, ...] = ()
    """All that can be kept in step."""
    own: Mapping[Field, OwnField] = attribute(default_factory=dict)
    """Those that are, by what they show: they go before `start` and `estimate`."""

    def of(self, field: Field) -> tuple[str, ...]:
        """The ids for one field."""
        match field:
            case Field.START:
                return self.start
            case Field.ESTIMATE:
                return self.estimate
            case _:
                return ()

    def id_for(self, field: Field, fit: "Mapping[str, object] | frozenset[str] | None" = None) -> str | None:
        """Jira's id of a field: the first that is among `fit`, where that is known, else the likeliest; or None."""
        if field in self.own:
            return self.own[field].id
        if field in SYSTEM_FIELDS:
            return SYSTEM_FIELDS[field]
        ids = self.of(field)
        fitting = [id_ for id_ in ids if fit is not None and id_ in fit]
        return next(iter(fitting or ids), None)

    def field_of(self, id_: str) -> Field | None:
        """The field behind an id in the changelog; None for one whose changes it does not tell whole."""
        for field, name in SYSTEM_FIELDS.items():
            if name == id_:
                return None if field in UNTOLD or field in self.own else field
        for field, ids in ((Field.START, self.start), (Field.ESTIMATE, self.estimate)):
            if id_ in ids:
                return None if field in self.own else field
        return None

    def wanted(self) -> list[str]:
        """What to ask Jira for, and no more: wide answers make short pages."""
        own = (field.id for field in self.own.values())
        return list(dict.fromkeys([*SYSTEM_FIELDS.values(), *_ALWAYS, *self.start, *self.estimate, *own]))


@dataclass(frozen=True, slots=True)
class Conversion:
    """What reading an issue needs to know beside it. `site` is the address that people see, never the gateway."""

    site: str
    project: str
    """The id of the project in scope."""
    cloud: bool
    dialect: Dialect
    custom: CustomFields

    def native(self, raw: Mapping[str, Any], *, admitted: bool = True) -> Native:
        """The issue as it shows itself. Raises KeyError, TypeError or ValueError where it is no issue.

        An issue of another project is not admitted, whatever the filter says of it.
        """
        source = raw["fields"]
        key = str(raw["key"])
        project = source.get("project")
        return Native(
            ref=Ref(id=str(raw["id"]), key=key, url=f"{self.site}/browse/{key}"),
            fields=self._fields(source),
            created_at=moment(source["created"]),
            updated_at=moment(source["updated"]),
            creator=self.person(source.get("creator")),
            marker=_marker(raw.get("properties")),
            archived=bool(source.get(_ARCHIVED)),
            admitted=admitted and (project is None or str(project["id"]) == self.project),
        )

    def person(self, user: Mapping[str, Any] | None) -> str | None:
        """How Jira is told of a person: the account id, on Data Center the user name."""
        if not user:
            return None
        return str(user["accountId"] if self.cloud else user["name"])

    def document(self, raw: Any) -> Json:
        """A description in canonical form; None where there is nothing in it."""
        if raw is None or (isinstance(raw, str) and not raw.strip()):
            return None
        document = self.dialect.canonical(raw)
        empty = not document or (isinstance(document, dict) and not document.get("content"))
        return None if empty else document

    def _fields(self, source: Mapping[str, Any]) -> dict[Field, Json]:
        fields: dict[Field, Json] = {}
        for field, name in SYSTEM_FIELDS.items():
            if name in source:
                fields[field] = self._value(field, source[name])
        # Jira leaves `parent` out of an issue that has none, though it could have one.
        fields.setdefault(Field.PARENT, None)
        for field in (Field.START, Field.ESTIMATE):
            held = [source[id_] for id_ in self.custom.of(field) if id_ in source]
            if held:
                fields[field] = self._value(field, next((value for value in held if value is not None), None))
        done = (source.get("status") or {}).get("statusCategory", {}).get("key") == "done"
        for field, own in self.custom.own.items():
            fields.pop(field, None)
            if own.id in source:
                fields[field] = self.own.native(own, source[own.id], done=done)
        return fields

    @property
    def own(self) -> OwnValues:
        """The values of fields that a project's people want."""
        return OwnValues(self.dialect, self.cloud, self.person)

    def _value(self, field: Field, raw: Any) -> Json:
        match field:
            case Field.TITLE:
                return str(raw or "")
            case Field.DESCRIPTION:
                return self.document(raw)
            case Field.STATUS:
                return {"place": str(raw["id"])}
            case Field.ASSIGNEES:
                person = self.person(raw)
                return [person] if person else []
            case Field.LABELS:
                return _sorted(raw or [])
            case Field.PRIORITY | Field.TYPE | Field.PARENT:
                return str(raw["id"]) if raw else None
            case Field.ESTIMATE:
                return None if raw is None else float(raw)
            case Field.TIME_SPENT:
                return None if raw is None else round(float(raw) / 3600, 4)
            case Field.LINKS:
                return [*leading(raw or ())]
            case _:  # START and DUE.
                return str(raw)[:10] if raw else None

    def written(self, field: Field, value: Json) -> Any:
        """A native value as Jira's `fields` take it. Not for the status, which only transitions change."""
        if field in self.custom.own:
            return self.own.written(self.custom.own[field], value)
        match field:
            case Field.ASSIGNEES:
                person = value[0] if isinstance(value, list) and value else None
                return None if person is None else {"id" if self.cloud else "name": person}
            case Field.PRIORITY | Field.TYPE | Field.PARENT:
                return None if value is None else {"id": value}
            case _:
                return value

    def operations(self, field: Field, value: Json, before: Json) -> list[dict[str, Any]]:
        """What turns the set that was seen into the one that is wanted, leaving alone what others add meanwhile."""
        wanted, had = ({str(one) for one in part} if isinstance(part, list) else set() for part in (value, before))
        own = self.custom.own.get(field)

        def member(name: str) -> Any:
            return name if own is None else self.own.member(own, name)

        added = [{"add": member(name)} for name in sorted(wanted - had)]
        return added + [{"remove": member(name)} for name in sorted(had - wanted)]


def _sorted(labels: Iterable[Any]) -> Json:
    return [*sorted({str(label) for label in labels})]


def moment(text: str) -> datetime:
    """A time of Jira's (`2026-05-11T09:21:07.123+0000`: milliseconds, an offset without colon) in UTC."""
    return datetime.fromisoformat(text).astimezone(UTC)


def marker_property(marker: Marker) -> dict[str, Any]:
    """The marker as an entity property, for the body of a create."""
    return {"key": MARKER, "value": {"item": marker.item, "twin": marker.twin}}


def _marker(properties: Any) -> Marker | None:
    value = properties.get(MARKER) if isinstance(properties, dict) else None
    if not isinstance(value, dict) or not isinstance(value.get("item"), str) or not value["item"]:
        return None
    twin = value.get("twin")
    return Marker(value["item"], twin if isinstance(twin, str) else "")
