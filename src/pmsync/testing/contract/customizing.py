"""What every connector does whose tool has custom fields."""

# ruff: noqa: S101 - a contract is made of assertions

from collections.abc import Mapping

from pmsync.connector.api import Connector
from pmsync.errors import RejectedError
from pmsync.model.capabilities import DateKind
from pmsync.model.fields import Field, Json
from pmsync.model.vocabulary import CustomField, CustomKind
from pmsync.testing.contract.samples import Samples, needs
from pmsync.testing.rig import Rig

_EMPTY: Mapping[CustomKind, Json] = {CustomKind.MULTI: [], CustomKind.PERSON: [], CustomKind.CHECKBOX: False}
"""Of nothing, where that is not None."""
_TICK = 5.0
"""Seconds between two changes of one item."""


class CustomFieldsContract:
    """Custom fields that a mapping asks for: by name, in the values of their kind, and no others."""

    def test_only_those_custom_fields_are_told_that_are_asked_for(self, rig: Rig) -> None:
        connector, asked = _asking(rig)
        told, plain = Samples(connector).make(), Samples(rig.connect()).make()
        assert {name for name in told.fields if name.custom_name} == asked.keys()
        assert not [name for name in plain.fields if name.custom_name]

    def test_an_item_is_made_with_its_custom_fields(self, rig: Rig) -> None:
        connector, asked = _asking(rig)
        samples = Samples(connector)
        wanted = {name: _values(samples, one)[0] for name, one in asked.items()}
        made = samples.make("", wanted)
        after = samples.now(made.ref.id)
        assert {name: after.fields[name] for name in wanted} == wanted
        assert {name: made.fields[name] for name in wanted} == wanted

    def test_custom_fields_are_written_one_by_one_and_emptied(self, rig: Rig) -> None:
        connector, asked = _asking(rig)
        samples = Samples(connector)
        native = samples.now(samples.make().ref.id)
        shown = {name: native.fields[name] for name in asked}
        assert shown == {name: _EMPTY.get(one.kind) for name, one in asked.items()}
        for name, one in asked.items():
            for value in (*_values(samples, one), _EMPTY.get(one.kind)):
                rig.clock.advance(_TICK)
                updated = connector.update(native.ref, {name: value}, native)
                assert updated.applied == {name}, updated.refused
                native = samples.now(native.ref.id)
                shown[name] = value
                assert {each: native.fields[each] for each in asked} == shown

    def test_an_option_that_the_tool_lacks_is_refused_or_made_and_the_rest_is_written(self, rig: Rig) -> None:
        connector, asked = _asking(rig)
        kinds = (CustomKind.SELECT, CustomKind.MULTI)
        choices = {name: one for name, one in asked.items() if one.kind in kinds and not one.free}
        needs(choices, "custom field with options")
        samples = Samples(connector)
        for name, one in choices.items():
            value: Json = ["Nobody has this"] if one.kind is CustomKind.MULTI else "Nobody has this"
            native = samples.now(samples.make().ref.id)
            updated = connector.update(native.ref, {name: value, Field.TITLE: "Renamed"}, native)
            after = samples.now(native.ref.id)
            assert after.fields[Field.TITLE] == "Renamed"
            assert after.fields[name] == (value if name in updated.applied else native.fields[name])
            assert name in updated.applied or updated.refused[name]
            (created,) = connector.create([samples.draft("", {name: value})])
            assert isinstance(created.error, RejectedError) or created.native is not None
            assert created.native is None or created.native.fields[name] == value or created.notes[name]


def _asking(rig: Rig) -> tuple[Connector, dict[Field, CustomField]]:
    """A connection that asks for all custom fields that can be written; skips the test where there is none."""
    known = [one for one in rig.connect().vocabulary().custom if one.writable and one.shows is None]
    needs(known, "custom field that can be written")
    asked = {Field.custom(one.name): one for one in known}
    return rig.connect(custom={one.name: name for name, one in asked.items()}), asked


def _values(samples: Samples, one: CustomField) -> tuple[Json, Json]:
    """Two values that the field takes."""
    options = [term.name for term in one.options if term.open] or ["contract-a", "contract-b"]
    match one.kind:
        case CustomKind.TEXT:
            return "Some words", "Andere Wörter – 🎉"
        case CustomKind.NUMBER:
            return 3.0, 8.0
        case CustomKind.DATE:
            day, instant = ("2026-06-10", "2026-06-21"), ("2026-06-10T10:00:00.000Z", "2026-06-21T15:30:00.000Z")
            return instant if one.dates is DateKind.INSTANT else day
        case CustomKind.SELECT:
            return options[0], options[-1]
        case CustomKind.MULTI:
            return [options[0]], [*sorted(options[:2])]
        case CustomKind.PERSON:
            return [samples.member("ada").id], [samples.member("grace").id]
        case CustomKind.CHECKBOX:
            return True, False
