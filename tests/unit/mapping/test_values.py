"""Dates, estimates, parents, priorities, labels and assignees."""

from zoneinfo import ZoneInfo

import pytest

from pmsync.mapping import Kinship, Refusal, Shown, Unmapped, match
from pmsync.mapping.dates import DateLens
from pmsync.mapping.lens import Lens
from pmsync.mapping.sets import LabelsLens, PeopleLens
from pmsync.mapping.terms import term_lens
from pmsync.mapping.values import NumberLens, ParentLens
from pmsync.model.capabilities import DateKind
from pmsync.model.fields import Field, Json
from pmsync.model.vocabulary import Member, Term

BERLIN = ZoneInfo("Europe/Berlin")
DAY, BOTH, INSTANT = DateKind.DATE, DateKind.BOTH, DateKind.INSTANT
NO_TIME = "the time of day is not shown: the tool knows days only"


@pytest.mark.parametrize(
    ("kind", "value", "native", "put"),
    [
        (DAY, "2026-05-11", None, Shown("2026-05-11")),
        (DAY, "2026-05-10T22:30:00.000Z", None, Shown("2026-05-11", NO_TIME)),
        (DAY, "2026-05-10T22:30:00.000Z", "2026-05-11", Shown("2026-05-11", NO_TIME)),
        (DAY, None, "2026-05-11", Shown(None)),
        (INSTANT, "2026-05-11", None, Shown("2026-05-11T10:00:00.000Z")),
        (INSTANT, "2026-01-11", None, Shown("2026-01-11T11:00:00.000Z")),
        (INSTANT, "2026-05-11", "2026-05-10T22:00:00.000Z", Shown("2026-05-10T22:00:00.000Z")),
        (INSTANT, "2026-05-11", "2026-05-10T21:59:59.999Z", Shown("2026-05-11T10:00:00.000Z")),
        (INSTANT, "2026-05-11T15:00:00.000Z", None, Shown("2026-05-11T15:00:00.000Z")),
        (INSTANT, "2026-05-11T17:00:00+02:00", "2026-05-11T15:00:00.000Z", Shown("2026-05-11T15:00:00.000Z")),
        (BOTH, "2026-05-11", "2026-05-11T10:00:00.000Z", Shown("2026-05-11")),
        (BOTH, "2026-05-11T10:00:00.000Z", "2026-05-11", Shown("2026-05-11T10:00:00.000Z")),
        (BOTH, "soon", None, Refusal("'soon' is not a date")),
        (INSTANT, "0001-01-01", None, Shown("0001-01-01T11:06:32.000Z")),
        (DAY, "9999-12-31T23:30:00.000Z", None, Refusal("9999-12-31T23:30:00.000Z is too far away")),
    ],
)
def test_a_date_put(kind: DateKind, value: Json, native: Json, put: Shown | Refusal) -> None:
    assert DateLens(kind, BERLIN).put(value, native) == put


@pytest.mark.parametrize(
    ("kind", "native", "current", "read"),
    [
        (DAY, "2026-05-11", None, "2026-05-11"),
        (DAY, "2026-05-11", "2026-05-10T22:30:00.000Z", "2026-05-10T22:30:00.000Z"),
        (DAY, "2026-05-12", "2026-05-10T22:30:00.000Z", "2026-05-12"),
        (INSTANT, "2026-05-11T10:00:00Z", None, "2026-05-11T10:00:00.000Z"),
        (INSTANT, "2026-05-11T20:00:00.000Z", "2026-05-11", "2026-05-11"),
        (INSTANT, "2026-05-12T10:00:00.000Z", "2026-05-11", "2026-05-12"),
        (INSTANT, "2026-05-12T11:00:00.000Z", "2026-05-11", "2026-05-12T11:00:00.000Z"),
        (BOTH, "2026-05-11T20:00:00.000Z", "2026-05-11", "2026-05-11T20:00:00.000Z"),
        (BOTH, None, "2026-05-11", None),
        (DAY, "2026-02-30", None, Unmapped("'2026-02-30' is not a date")),
        (DAY, "2026-05-11T10:00:00", None, Unmapped("'2026-05-11T10:00:00' is not a date")),
    ],
)
def test_a_date_read(kind: DateKind, native: Json, current: Json, read: Json) -> None:
    assert DateLens(kind, BERLIN).get(native, current) == read


def test_an_estimate_is_a_number_or_nothing() -> None:
    lens = NumberLens()
    assert lens.get(3, None) == 3.0
    assert lens.get(None, 3.0) is None
    assert lens.put(3.0, 3) == Shown(3)
    assert lens.put(None, 3) == Shown(None)
    assert lens.put(0, None) == Shown(0.0)
    assert lens.get("3", None) == Unmapped("'3' is not an estimate")
    assert lens.put(float("nan"), None) == Refusal("nan is not an estimate")
    assert lens.put(True, None) == Refusal("True is not an estimate")


def test_a_parent_is_known_or_left_alone() -> None:
    items = {"n1": "item-1", "n2": "item-2"}
    natives = {item: native for native, item in items.items()}
    lens = ParentLens(Kinship(items.get, natives.get))
    assert lens.get("n1", None) == "item-1"
    assert lens.get("elsewhere", None) == Unmapped()
    assert lens.put("item-2", "n1") == Shown("n2")
    assert lens.put("item-1", "n1") == Shown("n1")
    assert lens.put(None, "n1") == Shown(None)
    assert lens.put("item-1", "elsewhere") == Refusal("")
    assert lens.put("item-9", None) == Refusal("its parent is not in this tool")


PRIORITIES = [Term(id="1", name="High"), Term(id="2", name="Medium"), Term(id="3", name="Odd")]


def priority(**rules: tuple[str, ...]) -> Lens:
    return term_lens(Field.PRIORITY, rules, PRIORITIES)


def test_no_priority_is_nothing_unless_a_term_stands_for_it() -> None:
    plain = priority(High=("HIGH", "URGENT"), Medium=("MEDIUM",))
    assert plain.get(None, None) is None
    assert plain.get(None, "NONE") == "NONE"
    assert plain.put(None, "1") == Shown(None)
    assert plain.put("NONE", "1") == Shown(None)
    assert plain.put("LOW", "1") == Refusal("no priority here shows LOW")
    assert plain.put("URGENT", "2") == Shown("1", "priority URGENT is shown as 'High', the nearest here")
    standing = priority(High=("HIGH",), Medium=("MEDIUM", "NONE"))
    assert standing.put(None, "1") == Shown("2", "priority None is shown as 'Medium', the nearest here")
    assert standing.put(None, "2") == Shown("2")
    assert standing.put(None, None) == Shown(None)
    assert standing.get("2", None) is None
    assert standing.get("2", "HIGH") == "MEDIUM"


def test_a_term_that_is_not_mapped_is_reported_and_left_alone() -> None:
    lens = priority(High=("HIGH",))
    assert lens.get("3", "HIGH") == Unmapped("priority 'Odd' is not in the mapping")
    assert lens.put("HIGH", "3") == Refusal("priority 'Odd' is not in the mapping")
    types = term_lens(Field.TYPE, {}, PRIORITIES)
    assert types.get(None, "BUG") == Unmapped()
    assert types.put("BUG", None) == Refusal("no type here shows BUG")


@pytest.mark.parametrize(
    ("value", "native", "put"),
    [
        (["b", "a"], None, Shown(["a", "b"])),
        (["a", "b"], ["b", "a"], Shown(["b", "a"])),
        (["bug", "Bug"], ["Bug"], Shown(["Bug", "bug"])),
        ([], ["a"], Shown([])),
        (["a b"], [], Shown([], "labels not shown: 'a b' (has a character that labels here cannot have)")),
        (["a b"], ["a b"], Shown(["a b"])),
        (["x" * 11], [], Shown([], f"labels not shown: '{'x' * 11}' (longer than 10 characters)")),
        ([" "], [], Shown([], "labels not shown: ' ' (empty)")),
    ],
)
def test_labels_put(value: Json, native: Json, put: Shown) -> None:
    assert LabelsLens(10, " ").put(value, native) == put


def test_labels_that_are_not_to_be_made_stay_where_they_are() -> None:
    lens = LabelsLens(10, "", frozenset({"bug"}))
    told = "labels not shown: 'new' (not among the labels here, and the mapping creates none)"
    assert lens.put(["bug", "new"], []) == Shown(["bug"], told)
    assert lens.get(["bug"], ["bug", "new"]) == ["bug"], "what is not shown here was not taken away here"


ROSTER = match(
    {},
    {
        "here": [Member(id="1", name="Ada"), Member(id="2", name="Grace"), Member(id="3", name="Al", active=False)],
        "there": [Member(id="a", name="Ada"), Member(id="x", name="Xenia")],
    },
).on("here")


@pytest.mark.parametrize(
    ("value", "native", "single", "put"),
    [
        (["Ada", "Grace"], [], False, Shown(["1", "2"])),
        (["Ada", "Grace"], ["2", "1"], False, Shown(["2", "1"])),
        (["Ada"], ["2", "ghost"], False, Shown(["ghost", "1"])),
        ([], ["1", "ghost"], False, Shown(["ghost"])),
        (["Xenia"], ["1"], False, Shown([], "not assigned, for they cannot be here: Xenia")),
        (["Al"], [], False, Shown([], "not assigned, for they cannot be here: Al")),
        (["Al"], ["3"], False, Shown(["3"])),
        (["Ada", "Grace"], ["2"], True, Shown(["2"], "not shown as assigned: Ada; the tool holds one assignee only")),
        (["Xenia", "Grace"], [], True, Shown(["2"], "not assigned, for they cannot be here: Xenia")),
        (["Ada"], ["ghost"], True, Shown(["ghost"], "not shown as assigned: Ada; the tool holds one assignee only")),
        ([], ["1"], True, Shown([])),
    ],
)
def test_assignees_put(value: Json, native: Json, single: bool, put: Shown) -> None:
    assert PeopleLens(ROSTER, single).put(value, native) == put


def test_assignees_read_are_those_that_this_tool_shows() -> None:
    lens = PeopleLens(ROSTER, single=True)
    assert lens.get(["2"], ["Ada", "Grace"]) == ["Grace"]
    assert lens.get(["ghost"], None) == []
    assert PeopleLens(ROSTER).get(["2", "1"], ["Ada", "Grace"]) == ["Ada", "Grace"]
