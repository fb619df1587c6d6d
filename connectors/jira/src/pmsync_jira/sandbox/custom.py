"""The fields that the emulated project's people made for themselves: what they hold, how it is read and shown."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pmsync_jira.sandbox.answers import invalid
from pmsync_jira.sandbox.people import Person
from pmsync_jira.sandbox.records import stamp

PREFIX = "custom:"
"""What stands before a custom field's id where attributes of issues are named."""


@dataclass(frozen=True, slots=True)
class Own:
    """One field. `plugin` is the last part of its type's name; `options` are (id, value), in order."""

    id: str
    name: str
    plugin: str
    type: str
    items: str = ""
    options: tuple[tuple[str, str], ...] = ()

    @property
    def schema(self) -> dict[str, Any]:
        """As Jira tells it."""
        schema = {
            "type": self.type,
            "custom": f"com.atlassian.jira.plugin.system.customfieldtypes:{self.plugin}",
            "customId": int(self.id.removeprefix("customfield_")),
        }
        return schema | ({"items": self.items} if self.items else {})

    def option(self, value: Any) -> str:
        """The id of the option that is meant. Raises a 400."""
        if isinstance(value, dict):
            for id_, name in self.options:
                if str(value.get("id", "")) == id_ or ("id" not in value and value.get("value") == name):
                    return id_
            said = value.get("id") or value.get("value")
            raise invalid(self.id, f"Option id '{said}' is not valid")
        raise invalid(self.id, "Specify a valid 'id' or 'name' for the option")


OWN = {
    own.id: own
    for own in (
        Own(
            "customfield_10030",
            "Team",
            "select",
            "option",
            options=(("10100", "Payments"), ("10101", "Platform"), ("10102", "Mobile")),
        ),
        Own(
            "customfield_10031",
            "Platforms",
            "multiselect",
            "array",
            "option",
            (("10110", "iOS"), ("10111", "Android"), ("10112", "Web")),
        ),
        Own("customfield_10032", "Customer", "textfield", "string"),
        Own("customfield_10033", "Budget", "float", "number"),
        Own("customfield_10034", "Launch date", "datepicker", "date"),
        Own("customfield_10035", "Tester", "userpicker", "user"),
        Own("customfield_10036", "Approved", "multicheckboxes", "array", "option", (("10120", "Yes"),)),
        Own("customfield_10037", "Release notes", "textarea", "string"),
        Own("customfield_10038", "Keywords", "labels", "array", "string"),
        Own("customfield_10039", "Reviewed at", "datetime", "datetime"),
        Own("customfield_10040", "Watch group", "multiuserpicker", "array", "user"),
    )
}
"""All of them, by id."""

Text = Callable[[str, Any], Any]
"""Reads formatted text, given what to blame."""
User = Callable[[str, Any], Person | None]


def read(own: Own, value: Any, text: Text, user: User) -> Any:
    """What a request wants the field to be, as it is kept; None where it is to be empty. Raises a 400."""
    if value is None or value == []:
        return None
    if own.type == "array":
        if not isinstance(value, list):
            raise invalid(own.id, "Operation value must be an array")
        return tuple(_single(own, own.items, one, text, user) for one in value)
    return _single(own, own.type, value, text, user)


def _single(own: Own, kind: str, value: Any, text: Text, user: User) -> Any:
    match kind:
        case "option":
            return own.option(value)
        case "user":
            person = user(own.id, value)
            return person and person.name
        case "number":
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise invalid(own.id, "Operation value must be a number")
            return float(value)
        case "datetime":
            return _instant(own, value)
        case "string" if own.plugin == "textarea":
            return text(own.id, value)
        case _:
            return _words(own, value)


def _words(own: Own, value: Any) -> str | None:
    if not isinstance(value, str):
        raise invalid(own.id, "Operation value must be a string")
    if own.type == "date" and not re.fullmatch(r"\d{4}-\d\d-\d\d", value):
        raise invalid(own.id, f"Error parsing date string: {value}")
    if own.plugin == "labels" and any(character.isspace() for character in value):
        raise invalid(own.id, f"The label '{value}' contains spaces which is invalid.")
    if own.plugin == "textfield" and len(value) > 255:
        raise invalid(own.id, "The entered text is too long. It exceeds the allowed limit of 255 characters.")
    return value or None


def _instant(own: Own, value: Any) -> str:
    """A moment as Jira takes it: with an offset, which has no colon."""
    try:
        if isinstance(value, str) and re.search(r"[+-]\d{4}$", value):
            return stamp(datetime.fromisoformat(value).astimezone(UTC))
    except ValueError:
        pass
    raise invalid(own.id, f"Error parsing date string: {value}")


def shown(own: Own, value: Any, api: str, text: Callable[[Any], Any], user: Callable[[str], Any]) -> Any:
    """What is kept, as an issue shows it."""
    if value is None:
        return None
    if isinstance(value, tuple):
        return [_shown(own, own.items, one, api, text, user) for one in value]
    return _shown(own, own.type, value, api, text, user)


def _shown(own: Own, kind: str, value: Any, api: str, text: Callable[[Any], Any], user: Callable[[str], Any]) -> Any:
    match kind:
        case "option":
            return option_json(own, value, api)
        case "user":
            return user(value)
        case "string" if own.plugin == "textarea":
            return text(value)
        case _:
            return value


def option_json(own: Own, id_: str, api: str) -> dict[str, Any]:
    """An option of a field."""
    return {"self": f"{api}/customFieldOption/{id_}", "value": dict(own.options)[id_], "id": id_}


def plainly(own: Own, value: Any, names: Mapping[str, str]) -> str | None:
    """What is kept, as history tells it to people."""
    if value is None:
        return None
    parts = value if isinstance(value, tuple) else (value,)
    options = dict(own.options)
    return ",".join(options.get(str(part), names.get(str(part), str(part))) for part in parts)
