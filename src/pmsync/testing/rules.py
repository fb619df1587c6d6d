"""What the tool in memory refuses, from its capabilities and its vocabulary alone."""

from collections.abc import Callable

from pmsync.model.capabilities import Capabilities, DateKind
from pmsync.model.fields import Field, Json
from pmsync.model.vocabulary import Vocabulary
from pmsync.testing.customs import custom_called, custom_refusal

_Rule = Callable[[Vocabulary, Capabilities, Json], str | None]


def refusal(names: Vocabulary, capabilities: Capabilities, field: Field, value: Json) -> str | None:
    """Why the tool does not take this native value; None where it does."""
    custom = custom_called(names, field)
    if custom is not None:
        return custom_refusal(custom, names, value)
    if field not in names.fields:
        return f"there is no field {field}"
    return _RULES[field](names, capabilities, value)


def _title(names: Vocabulary, capabilities: Capabilities, value: Json) -> str | None:
    if not isinstance(value, str) or not value.strip():
        return "a title is needed"
    if "\n" in value:
        return "a title is one line"
    limit = capabilities.title_limit
    return f"a title has at most {limit} characters" if len(value) > limit else None


def _description(names: Vocabulary, capabilities: Capabilities, value: Json) -> str | None:
    if not isinstance(value, str):
        return "a description is a text"
    limit = capabilities.description_limit
    return f"a description has at most {limit} characters" if len(value) > limit else None


def _status(names: Vocabulary, capabilities: Capabilities, value: Json) -> str | None:
    if not isinstance(value, dict) or ("completed" in value) != names.completed:
        return "that is no status of this tool's form"
    place = next((term for term in names.statuses if term.id == value.get("place")), None)
    if place is None:
        return f"there is no status {value.get('place')!r}"
    return None if place.open else f"{place.name} takes no items"


def _priority(names: Vocabulary, capabilities: Capabilities, value: Json) -> str | None:
    known = value is None or value in {term.id for term in names.priorities}
    return None if known else f"there is no priority {value!r}"


def _type(names: Vocabulary, capabilities: Capabilities, value: Json) -> str | None:
    known = value is None or value in {term.id for term in names.types}
    return None if known else f"there is no type {value!r}"


def _assignees(names: Vocabulary, capabilities: Capabilities, value: Json) -> str | None:
    if not isinstance(value, list):
        return "assignees are a list"
    if capabilities.single_assignee and len(value) > 1:
        return "an item has at most one assignee"
    strangers = [one for one in value if one not in {member.id for member in names.members if member.active}]
    return f"nothing can be assigned to {strangers[0]!r}" if strangers else None


def _labels(names: Vocabulary, capabilities: Capabilities, value: Json) -> str | None:
    if not isinstance(value, list):
        return "labels are a list"
    known = {label.name for label in names.labels}
    for label in value:
        if not isinstance(label, str) or not label or len(label) > capabilities.label_limit:
            return f"a label has 1 to {capabilities.label_limit} characters"
        if set(label) & set(capabilities.label_forbidden):
            return f"the label {label!r} has a character that labels cannot have"
        if capabilities.labels_need_creating and label not in known:
            return f"there is no label {label!r}"
    return None


def _date(kind: DateKind, value: Json) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str):
        return "that is no date"
    instant = "T" in value
    if kind is DateKind.DATE and instant:
        return "only dates without a time are taken"
    return "only dates with a time are taken" if kind is DateKind.INSTANT and not instant else None


def _estimate(names: Vocabulary, capabilities: Capabilities, value: Json) -> str | None:
    fits = value is None or (isinstance(value, int | float) and value >= 0)
    return None if fits else "an estimate is a number from 0"


def _links(names: Vocabulary, capabilities: Capabilities, value: Json) -> str | None:
    if not isinstance(value, list):
        return "links are a list"
    odd = [one for one in value if str(one).partition(":")[0] not in capabilities.links]
    return f"there is no link {odd[0]!r}" if odd else None


_RULES: dict[Field, _Rule] = {
    Field.TITLE: _title,
    Field.DESCRIPTION: _description,
    Field.STATUS: _status,
    Field.PRIORITY: _priority,
    Field.TYPE: _type,
    Field.ASSIGNEES: _assignees,
    Field.LABELS: _labels,
    Field.START: lambda _, capabilities, value: _date(capabilities.start, value),
    Field.DUE: lambda _, capabilities, value: _date(capabilities.due, value),
    Field.ESTIMATE: _estimate,
    Field.RELEASE: lambda _, __, value: None if isinstance(value, list) else "releases are a list",
    Field.SPRINT: lambda _, __, value: None if value is None or isinstance(value, str) else "a sprint is a name",
    Field.TIME_SPENT: _estimate,
    Field.LINKS: _links,
    Field.PARENT: lambda _, __, value: None if value is None or isinstance(value, str) else "a parent is an id",
}
