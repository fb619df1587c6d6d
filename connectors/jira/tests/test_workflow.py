"""The learned workflow, and the forms of its transitions."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from pmsync.model.fields import Json
from pmsync_jira.screen import Slot, fill, screen_of
from pmsync_jira.workflow import Graph, Step, graph_from_json, steps_of

RESOLUTION = Slot(
    "resolution", "Resolution", required=True, kind="resolution", choices=(("1", "Done"), ("2", "Won't Do"))
)


def step(to: str, category: str = "indeterminate", screen: tuple[Slot, ...] = ()) -> Step:
    return Step(f"to-{to}", to, to.capitalize(), category, screen)


def anything(step: Step) -> bool:
    return True


#: todo -> progress -> review -> done; progress -> todo; todo -> cancelled
GRAPH = (
    Graph()
    .learn("task", "todo", (step("progress"), step("cancelled", "done")))
    .learn("task", "progress", (step("todo", "new"), step("review")))
    .learn("task", "review", (step("done", "done", (RESOLUTION,)), step("progress")))
    .learn("task", "done", ())
)


def ids(steps: tuple[Step, ...] | None) -> list[str] | None:
    return None if steps is None else [each.to for each in steps]


@pytest.mark.parametrize(
    ("start", "goal", "way"),
    [
        ("todo", "progress", ["progress"]),
        ("todo", "done", ["progress", "review", "done"]),
        ("review", "todo", ["progress", "todo"]),
        ("todo", "todo", []),
        ("done", "todo", None),
        ("todo", "nowhere", None),
        ("unknown", "todo", None),
    ],
)
def test_the_shortest_way_is_found(start: str, goal: str, way: list[str] | None) -> None:
    assert ids(GRAPH.path("task", start, goal, anything)) == way


def test_ways_are_of_one_type() -> None:
    assert GRAPH.path("bug", "todo", "progress", anything) is None


def test_a_step_that_cannot_be_taken_is_gone_round_or_ends_the_way() -> None:
    assert GRAPH.path("task", "todo", "done", lambda each: not each.screen) is None
    shortcut = GRAPH.learn("task", "todo", (step("review", screen=(RESOLUTION,)), step("progress")))
    assert ids(shortcut.path("task", "todo", "review", lambda each: not each.screen)) == ["progress", "review"]


def test_reachable_statuses_are_named() -> None:
    assert GRAPH.reachable("task", "progress", anything) == {
        "todo": "Todo",
        "review": "Review",
        "cancelled": "Cancelled",
        "done": "Done",
    }


def test_what_was_learned_survives_as_json() -> None:
    assert graph_from_json(json.loads(json.dumps(GRAPH.to_json()))) == GRAPH


@pytest.mark.parametrize("data", [{"a": 1}, [["x"]], [["t", "s", [["1"]]]], 7])
def test_what_is_no_graph_is_refused(data: Any) -> None:
    with pytest.raises((ValueError, TypeError, IndexError)):
        graph_from_json(data)


def test_the_unknown_is_entered_by_work_under_way_and_never_by_done() -> None:
    graph = Graph().learn("task", "todo", (step("backlog", "new"), step("dropped", "done"), step("progress")))
    assert [venture.to for venture in graph.ventures("task", "todo", "done", anything)] == ["progress", "backlog"]
    assert [venture.to for venture in graph.ventures("task", "todo", "new", anything)] == ["backlog", "progress"]


def test_the_way_into_the_unknown_may_lead_back_through_what_is_known() -> None:
    graph = (
        Graph()
        .learn("task", "blocked", (step("progress"),))
        .learn("task", "progress", (step("blocked"), step("review"), step("cancelled", "done")))
    )
    (venture,) = graph.ventures("task", "blocked", "done", anything)
    assert (venture.step.to, venture.to) == ("progress", "review")


def test_steps_are_read_from_jiras_answer() -> None:
    answer = {
        "transitions": [
            {
                "id": "81",
                "name": "Approve",
                "to": {"id": "5", "name": "Done", "statusCategory": {"key": "done"}},
                "isAvailable": True,
                "fields": {
                    "resolution": {
                        "name": "Resolution",
                        "required": True,
                        "schema": {"type": "resolution", "system": "resolution"},
                        "allowedValues": [{"id": "1", "name": "Done"}, {"id": "2", "name": "Won't Do"}],
                    }
                },
            },
            {"id": "91", "name": "Never", "to": {"id": "6", "name": "Never"}, "isAvailable": False},
        ]
    }
    assert steps_of(answer) == (Step("81", "5", "Done", "done", (RESOLUTION,)),)


def filled(described: Mapping[str, Any], defaults: Mapping[str, Json], **more: Any) -> tuple[Mapping[str, Json], Any]:
    screen = screen_of([("f", {"name": "Field", "required": True, **described})])
    filling = fill(screen, defaults, text=lambda markdown: {"doc": markdown}, cloud=more.pop("cloud", True), **more)
    return filling.values, filling.missing


@pytest.mark.parametrize(
    ("schema", "default", "value"),
    [
        ({"type": "string"}, "x", "x"),
        ({"type": "number"}, 3, 3),
        ({"type": "string", "system": "environment"}, "x", {"doc": "x"}),
        ({"type": "string", "custom": "com.atlassian.jira.plugin.system.customfieldtypes:textarea"}, "x", {"doc": "x"}),
        ({"type": "user"}, "abc", {"id": "abc"}),
        ({"type": "resolution"}, "Done", {"name": "Done"}),
        ({"type": "option"}, "Red", {"value": "Red"}),
        ({"type": "array", "items": "string"}, "x", ["x"]),
        ({"type": "array", "items": "version"}, ["1.0", "2.0"], [{"name": "1.0"}, {"name": "2.0"}]),
        ({"type": "anything"}, {"id": "7"}, {"id": "7"}),
    ],
)
def test_a_default_takes_the_fields_shape(schema: Mapping[str, str], default: Json, value: Json) -> None:
    assert filled({"schema": schema}, {"FIELD": default}) == ({"f": value}, ())


def test_a_default_of_a_list_is_sent_by_its_id() -> None:
    described = {
        "schema": {"type": "option"},
        "allowedValues": [{"id": "1", "value": "Red"}, {"id": "2", "value": "Blue"}],
    }
    assert filled(described, {"f": "blue"}) == ({"f": {"id": "2"}}, ())
    assert filled(described, {"f": "1"}) == ({"f": {"id": "1"}}, ())
    assert filled(described, {"f": "Green"}) == ({}, ("Field",))


def test_only_what_is_required_and_not_yet_given_is_filled() -> None:
    schema = {"schema": {"type": "string"}}
    assert filled({**schema, "required": False}, {"f": "x"}) == ({}, ())
    assert filled({**schema, "hasDefaultValue": True}, {"f": "x"}) == ({}, ())
    assert filled(schema, {"f": "x"}, given=["f"]) == ({}, ())
    assert filled(schema, {}) == ({}, ("Field",))
    assert filled({**schema, "required": False}, {"f": "x"}, also=["f"]) == ({"f": "x"}, ())


def test_a_data_center_knows_people_by_name() -> None:
    assert filled({"schema": {"type": "user"}}, {"f": "ada"}, cloud=False) == ({"f": {"name": "ada"}}, ())
