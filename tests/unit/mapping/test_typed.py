"""What people type as a field's value: numbers, ticks, dates, lists and texts, each by what the field holds."""

import re
from zoneinfo import ZoneInfo

import pytest

from pmsync.mapping.customs import Family
from pmsync.mapping.typed import read_typed
from pmsync.model.fields import Field, Json

BERLIN = ZoneInfo("Europe/Berlin")
TEAM = Field.custom("Team")


@pytest.mark.parametrize(
    ("family", "text", "value"),
    [
        (Family.NUMBER, " 2.50 ", 2.5),
        (Family.NUMBER, "", None),
        (Family.CHECKBOX, "True", True),
        (Family.CHECKBOX, "no", False),
        (Family.CHECKBOX, "", False),
        (Family.DATE, "2026-05-11", "2026-05-11"),
        (Family.DATE, "2026-05-11T15:00", "2026-05-11T13:00:00.000Z"),
        (Family.DATE, "2026-05-11T15:00:00.000Z", "2026-05-11T15:00:00.000Z"),
        (Family.DATE, "", None),
        (Family.SET, "Core, Web ,", ["Core", "Web"]),
        (Family.SET, '["Core, and more"]', ["Core, and more"]),
        (Family.SET, "", []),
        (Family.PERSON, "ada", ["ada"]),
        (Family.TEXT, "[draft] of it", "[draft] of it"),
        (Family.TEXT, " ", None),
        (None, "words", "words"),
    ],
)
def test_a_custom_field_is_read_by_what_it_holds(family: Family | None, text: str, value: Json) -> None:
    read = read_typed(TEAM, family, text, BERLIN)

    assert (read, type(read)) == (value, type(value))


@pytest.mark.parametrize(
    ("field", "text", "value"),
    [
        (Field.TITLE, "[red]", "[red]"),
        (Field.DESCRIPTION, "", ""),
        (Field.ESTIMATE, "3", 3.0),
        (Field.TIME_SPENT, "", None),
        (Field.DUE, "2026-05-11", "2026-05-11"),
        (Field.LABELS, "one, two", ["one", "two"]),
        (Field.RELEASE, '["1.0"]', ["1.0"]),
        (Field.SPRINT, "May", "May"),
        (Field.PRIORITY, "", None),
    ],
)
def test_a_standard_field_is_read_by_what_it_is(field: Field, text: str, value: Json) -> None:
    assert read_typed(field, None, text, BERLIN) == value


@pytest.mark.parametrize(
    ("family", "text", "told"),
    [
        (Family.NUMBER, "much", "Team is a number such as 2.5, not 'much'"),
        (Family.NUMBER, "nan", "not 'nan'"),
        (Family.CHECKBOX, "maybe", "`true` or `false`"),
        (Family.DATE, "tomorrow", "Team is a date, 2026-05-11"),
        (Family.DATE, "2026-13-01", "not '2026-13-01'"),
        (Family.DATE, "0001-01-01T00:00", "not '0001-01-01T00:00'"),
        (Family.SET, "[Core", "not JSON"),
        (Family.SET, "[1]", "has texts in it"),
    ],
)
def test_what_it_cannot_hold_is_told(family: Family, text: str, told: str) -> None:
    with pytest.raises(ValueError, match=re.escape(told)):
        read_typed(TEAM, family, text, BERLIN)
