"""Fields that are there because a project's people want them: which there are, and their values both ways. Pure."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pmsync.model.capabilities import DateKind
from pmsync.model.fields import Field, Json
from pmsync.model.vocabulary import CustomField, CustomKind, Term
from pmsync.text.dialect import Dialect

RELEASES = "fixVersions"
SPRINT_TYPE = "com.pyxis.greenhopper.jira:gh-sprint"
_SPRINT, _VERSIONS, _LONG, _INSTANT, _LABELS, _TICKS = (
    "gh-sprint",
    "versions",
    "textarea",
    "datetime",
    "labels",
    "multicheckboxes",
)
_KINDS = {
    "textfield": CustomKind.TEXT,
    "url": CustomKind.TEXT,
    _LONG: CustomKind.TEXT,
    "float": CustomKind.NUMBER,
    "jsw-story-points": CustomKind.NUMBER,
    "datepicker": CustomKind.DATE,
    _INSTANT: CustomKind.DATE,
    "select": CustomKind.SELECT,
    "radiobuttons": CustomKind.SELECT,
    "multiselect": CustomKind.MULTI,
    _TICKS: CustomKind.MULTI,
    _LABELS: CustomKind.MULTI,
    _VERSIONS: CustomKind.MULTI,
    "userpicker": CustomKind.PERSON,
    "multiuserpicker": CustomKind.PERSON,
    "people": CustomKind.PERSON,
    _SPRINT: CustomKind.TEXT,
}
_LINE, _TEXT = 255, 32_767


@dataclass(frozen=True, slots=True)
class OwnField:
    """One field. `form` is the last part of its type's name; `options` are (id, name)."""

    id: str
    name: str
    form: str
    options: tuple[tuple[str, str], ...] = ()

    @property
    def kind(self) -> CustomKind:
        """What it holds. Jira has no ticks: what looks like one is a list of boxes of which there is one."""
        return CustomKind.CHECKBOX if self.form == _TICKS and len(self.options) == 1 else _KINDS[self.form]

    @property
    def shows(self) -> Field | None:
        """The standard field that it is."""
        return {_VERSIONS: Field.RELEASE, _SPRINT: Field.SPRINT}.get(self.form)

    def lacks(self, value: Json) -> tuple[str, ...]:
        """The options in a native value that it does not have."""
        if self.kind not in (CustomKind.SELECT, CustomKind.MULTI) or self.form == _LABELS:
            return ()
        known = {name for _, name in self.options}
        return tuple(one for one in _names(value) if one not in known)

    def described(self) -> CustomField:
        """As the vocabulary tells it."""
        return CustomField(
            id=self.id,
            name=self.name,
            kind=self.kind,
            options=tuple(Term(id=id_, name=name) for id_, name in self.options),
            free=self.form == _LABELS,
            writable=self.form != _SPRINT,
            shows=self.shows,
            single=self.form == "userpicker",
            dates=DateKind.INSTANT if self.form == _INSTANT else DateKind.DATE,
            limit=_TEXT if self.form == _LONG else _LINE,
            lines=self.form == _LONG,
        )


def own_field(raw: Mapping[str, Any], options: tuple[tuple[str, str], ...]) -> OwnField | None:
    """A field of Jira's list of fields, if it is one that can be kept in step."""
    form = str((raw.get("schema") or {}).get("custom") or "").rpartition(":")[2]
    id_ = str(raw["id"])
    if id_ == RELEASES:
        form = _VERSIONS
    elif not raw.get("custom") or form not in _KINDS:
        return None
    return OwnField(id_, str(raw.get("name") or id_), form, options)


def asked_for(known: Iterable[OwnField], wanted: Mapping[str, Field]) -> dict[Field, OwnField]:
    """Which fields show what: those that the mapping names, exactly or whatever the case, and what is standard."""
    fields = tuple(known)
    found: dict[Field, OwnField] = {}
    for name, shown in wanted.items():
        exact = [one for one in fields if one.name == name]
        alike = [one for one in fields if one.name.casefold() == name.casefold()]
        if exact or alike:
            found[shown] = (exact or alike)[0]
    for one in fields:
        if one.shows is not None:
            found.setdefault(one.shows, one)
    return found


@dataclass(frozen=True, slots=True)
class OwnValues:
    """Values of these fields. `person` is how Jira names somebody, `done` whether the issue is."""

    dialect: Dialect
    cloud: bool
    person: Callable[[Mapping[str, Any] | None], str | None]

    def native(self, field: OwnField, raw: Any, *, done: bool = False) -> Json:
        """What an issue shows. Raises KeyError or TypeError where it makes no sense."""
        match field.kind:
            case CustomKind.NUMBER:
                return None if raw is None else float(raw)
            case CustomKind.CHECKBOX:
                return bool(raw)
            case CustomKind.PERSON:
                people = raw if isinstance(raw, list) else [raw] if raw else []
                return [person for one in people if (person := self.person(one))]
            case CustomKind.MULTI:
                return [*sorted({_name(one) for one in raw or ()})]
            case CustomKind.SELECT:
                return _name(raw) if raw else None
            case CustomKind.DATE:
                return None if not raw else _moment(str(raw)) if field.form == _INSTANT else str(raw)[:10]
            case _:
                return self._text(field, raw, done=done)

    def _text(self, field: OwnField, raw: Any, *, done: bool) -> Json:
        if field.form == _SPRINT:
            return sprint(raw or (), done=done)
        if field.form == _LONG:
            return self.dialect.read(raw).markdown or None if raw else None
        return str(raw) if raw else None

    def written(self, field: OwnField, value: Json) -> Any:
        """A native value as Jira takes it."""
        match field.kind:
            case CustomKind.CHECKBOX:
                return [{"id": field.options[0][0]}] if value else []
            case CustomKind.PERSON:
                people = [{"accountId" if self.cloud else "name": one} for one in _names(value)]
                return people if field.form != "userpicker" else people[0] if people else None
            case CustomKind.MULTI:
                return [self.member(field, one) for one in _names(value)]
            case CustomKind.SELECT:
                return self.member(field, str(value)) if value else None
            case CustomKind.DATE if value and field.form == _INSTANT:
                return str(value).replace("Z", "+0000")
            case CustomKind.TEXT if value and field.form == _LONG:
                return self.dialect.write(str(value)).document
            case _:
                return value or None if isinstance(value, str) else value

    def member(self, field: OwnField, name: str) -> Any:
        """An option, label or release as Jira takes it."""
        if field.form == _LABELS:
            return name
        if field.form == _VERSIONS:
            return {"name": name}
        ids = [id_ for id_, known in field.options if known == name]
        return {"id": ids[0]} if ids else {"value": name}


def sprint(raws: Iterable[Any], *, done: bool) -> str | None:
    """The sprint that an issue is in: the one that runs, else the next; of an issue that is done, the last it was in.

    Data Center tells sprints as Java prints objects.
    """
    told = [_sprint(raw) for raw in raws]
    for state in ("active", "future", *(("closed",) if done else ())):
        names = [name for name, at in told if at == state and name]
        if names:
            return names[-1]
    return None


def _sprint(raw: Any) -> tuple[str, str]:
    """A sprint's name and state."""
    if isinstance(raw, dict):
        return str(raw.get("name") or ""), str(raw.get("state") or "").lower()
    text = str(raw)
    name = text.partition(",name=")[2].partition(",startDate=")[0]
    return name, text.partition(",state=")[2].partition(",")[0].lower()


def _name(raw: Any) -> str:
    """What an option, a release or a label is called."""
    return str(raw.get("value", raw.get("name"))) if isinstance(raw, dict) else str(raw)


def _names(value: Json) -> list[str]:
    if isinstance(value, list):
        return [str(one) for one in value]
    return [str(value)] if value else []


def _moment(text: str) -> str:
    moment = datetime.fromisoformat(text).astimezone(UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"
