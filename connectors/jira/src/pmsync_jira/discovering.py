"""Which fields of a Jira can be kept in step, and which of them its project has: by their types and its forms. Pure."""

from collections.abc import Iterable, Mapping
from typing import Any

from pmsync.model.fields import Field
from pmsync_jira.capabilities import CAPABILITIES
from pmsync_jira.convert import SYSTEM_FIELDS, CustomFields
from pmsync_jira.memory import Project
from pmsync_jira.own import OwnField, own_field
from pmsync_jira.screen import Screen

_START_NAMES = ("start date", "target start")
_ESTIMATE_NAMES = ("story point estimate", "story points")
_ESTIMATE_TYPE = "com.pyxis.greenhopper.jira:jsw-story-points"
_FLOAT_TYPE = "com.atlassian.jira.plugin.system.customfieldtypes:float"
_FORMS = {**SYSTEM_FIELDS, Field.TIME_SPENT: "timetracking"}
"""What fields are called on forms."""


def discovered(
    raws: Iterable[Mapping[str, Any]], screens: Mapping[str, Screen], project: Project | None
) -> CustomFields:
    """The fields that can be kept in step, among all of this Jira; those on the project's forms first."""
    shown = _shown(screens)
    choices = _choices(screens)
    start: list[tuple[bool, int, str]] = []
    estimate: list[tuple[bool, int, str]] = []
    names: dict[str, str] = {}
    known: list[OwnField] = []
    for raw in raws:
        if not _in_scope(raw, project):
            continue
        own = own_field(raw, choices.get(str(raw["id"]), ()))
        if own is not None:
            known.append(own)
        id_, name = str(raw["id"]), str(raw.get("name") or "").casefold()
        schema = raw.get("schema") or {}
        if name in _START_NAMES and schema.get("type") == "date" and raw.get("custom"):
            start.append((id_ not in shown, _START_NAMES.index(name), id_))
        elif schema.get("custom") == _ESTIMATE_TYPE:
            estimate.append((id_ not in shown, 0, id_))
        elif schema.get("custom") == _FLOAT_TYPE and name in _ESTIMATE_NAMES:
            estimate.append((id_ not in shown, 1 + _ESTIMATE_NAMES.index(name), id_))
        else:
            continue
        names[str(raw.get("name") or "")] = id_
    return CustomFields(
        start=tuple(id_ for _, _, id_ in sorted(start)),
        estimate=tuple(id_ for _, _, id_ in sorted(estimate)),
        names=names,
        known=tuple(known),
    )


def offered(custom: CustomFields, screens: Mapping[str, Screen], wanted: Mapping[str, Field]) -> list[OwnField]:
    """The fields that issues of the project have: those on a form, the sprint, and what the mapping names."""
    shown = _shown(screens)
    named = {name.casefold() for name in wanted}
    unnamed = {*custom.start, *custom.estimate}
    return [
        field
        for field in custom.known
        if field.name.casefold() in named
        or (field.id not in unnamed and (not shown or field.id in shown or field.shows is Field.SPRINT))
    ]


def on_forms(custom: CustomFields, screens: Mapping[str, Screen]) -> set[Field]:
    """The standard fields on any create form; where Jira tells of none, those that this Jira has at all."""
    shown = _shown(screens)
    fields = {Field.TITLE, Field.STATUS, Field.TYPE}
    for field in CAPABILITIES.fields - {Field.LINKS}:
        own = custom.own.get(field)
        ids = [own.id] if own else [_FORMS[field]] if field in _FORMS else list(custom.of(field))
        if any(id_ in shown for id_ in ids) if shown and field is not Field.SPRINT else ids:
            fields.add(field)
    return fields


def _shown(screens: Mapping[str, Screen]) -> set[str]:
    return {slot.id for screen in screens.values() for slot in screen}


def _choices(screens: Mapping[str, Screen]) -> dict[str, tuple[tuple[str, str], ...]]:
    """The options of each field, in the order of the forms."""
    found: dict[str, dict[str, str]] = {}
    for screen in screens.values():
        for slot in screen:
            found.setdefault(slot.id, {}).update(slot.choices)
    return {id_: tuple(options.items()) for id_, options in found.items()}


def _in_scope(raw: Mapping[str, Any], project: Project | None) -> bool:
    """Whether a field can be of this project: team-managed projects have fields of their own."""
    owner = ((raw.get("scope") or {}).get("project") or {}).get("id")
    return owner is None or project is None or str(owner) == project.id
