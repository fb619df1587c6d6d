"""Somebody undoes what pmsync writes: how often it tries, what it then leaves alone, and how that ends."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from memories import DOING, DONE, Memories, Robot

from pmsync.config.settings import FieldConfig
from pmsync.model.fields import Field, Json
from pmsync.reconcile.state import Direction
from pmsync.store.records import Conflict, ConflictState


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Memories]:
    """Three tools in memory."""
    made = Memories(tmp_path)
    yield made
    made.close()


def _open(world: Memories) -> list[Conflict]:
    return world.conflicts(ConflictState.OPEN)


def _sides(conflict: Conflict) -> set[tuple[object, object, object]]:
    assert isinstance(conflict.values, list)
    told = [claim for claim in conflict.values if isinstance(claim, dict)]
    return {(claim["connection"], claim["actor"], claim["value"]) for claim in told}


def _fight(world: Memories) -> Robot:
    """In Jira's place everything is done; in Trello's nothing ever is."""
    robot = Robot(world, {"product": DOING, "engineering": DONE})
    world.begin(status=DOING)
    world.engineering.edit("1", by="grace", status=DONE)
    return robot


def test_a_field_over_which_automations_fight_is_set_aside_with_both_named(world: Memories) -> None:
    robot = _fight(world)

    reports = [world.sync() for _ in range(5)]

    assert robot.written <= 8, "not for ever"
    (conflict,) = _open(world)
    assert (conflict.field, conflict.policy, conflict.winner) == (Field.STATUS, "flapping", None)
    assert _sides(conflict) == {("product", "Robot", "Doing"), ("engineering", "Robot", "Done")}
    assert "within an hour" in conflict.note
    assert reports[-1].as_json()["quarantined"] == 1
    assert not reports[-1].total("writes"), "and nothing more is written"
    assert [report.exit_code() for report in reports] == [0] * 5
    told = [entry["message"] for report in reports for entry in report.warnings]
    assert any("conflicts" in message and "set aside" in message for message in told)


def test_other_fields_of_the_item_go_on_and_verify_lists_the_held_one_apart(world: Memories) -> None:
    _fight(world)
    for _ in range(4):
        world.sync()

    world.delivery.edit("1", title="Pay by phone")
    world.settle()

    assert world.show(Field.TITLE) == dict.fromkeys(world.tools, "Pay by phone")
    assert world.show(Field.STATUS)["product"] == DOING
    assert world.show(Field.STATUS)["engineering"] == DONE
    found = world.verify()
    assert found.agrees
    assert {one.field for one in found.held} == {"status"}
    assert len(_open(world)) == 1


def test_an_automation_in_the_only_tool_that_is_written_to_is_left_alone_too(tmp_path: Path) -> None:
    world = Memories(tmp_path, fields={Field.STATUS: FieldConfig(direction={"product": Direction.IN})})
    robot = Robot(world, {"product": DOING})
    world.begin(status=DOING)
    world.engineering.edit("1", by="grace", status=DONE)

    for _ in range(6):
        world.sync()

    assert robot.written == 3
    (conflict,) = _open(world)
    assert _sides(conflict) == {("product", "Robot", "Doing"), ("engineering", "Grace", "Done")}
    world.close()


def test_an_automation_that_takes_a_label_off_again_is_noticed_among_other_labels(world: Memories) -> None:
    world.begin(labels=["stays"])
    before = [0]

    def act(name: str) -> None:
        if name == "engineering.update" and "urgent" in world.engineering.items()[0].fields[Field.LABELS]:  # type: ignore[operator]
            before[0] += 1
            world.clock.advance(1)
            world.engineering.edit("1", by="robot", labels=["stays", f"seen{before[0]}"])

    world.after.append(act)
    for _ in range(8):
        labels = [one for one in world.product.items()[0].fields[Field.LABELS] if one != "urgent"]  # type: ignore[union-attr]
        world.product.edit("1", by="ada", labels=[*labels, "urgent"])
        world.sync()

    assert before[0] == 3
    assert [conflict.policy for conflict in _open(world)] == ["flapping"]


@pytest.mark.parametrize(
    ("times", "apart", "set_aside"),
    [(8, 4 * 3600, False), (5, 2 * 3600, False), (10, 5 * 60, True), (20, 3600, True)],
    ids=["over days", "some rounds of review in a day", "every five minutes", "all day long"],
)
def test_people_may_disagree_a_few_times(world: Memories, times: int, apart: float, set_aside: bool) -> None:
    world.begin(status=DOING)
    for turn in range(times):
        tool, by, status = [(world.engineering, "grace", DONE), (world.product, "ada", DOING)][turn % 2]
        if tool.items()[0].fields[Field.STATUS] != status:
            tool.edit("1", by=by, status=status)
        world.sync()
        world.clock.advance(apart)
    assert bool(_open(world)) is set_aside


@pytest.mark.parametrize(("times", "set_aside"), [(12, False), (42, True)])
def test_one_side_alone_may_change_its_mind_but_not_without_end(world: Memories, times: int, set_aside: bool) -> None:
    world.begin(status=DOING)
    for turn in range(times):
        world.engineering.edit("1", by="grace", status=DOING if turn % 2 else DONE)
        world.sync()
    found = world.conflicts()
    assert bool(found) is set_aside
    assert all(one.policy == "flapping" and "changed back" not in one.note for one in found)


def test_a_fight_is_over_when_the_tools_agree_and_is_counted_anew(world: Memories) -> None:
    robot = _fight(world)
    for _ in range(4):
        world.sync()
    robot.on = False
    for tool in world.tools.values():
        tool.edit("1", by="ada", status={"place": "review"})
    world.settle()
    assert not _open(world)

    world.engineering.edit("1", by="grace", status=DONE)
    world.settle()
    assert world.show(Field.STATUS) == dict.fromkeys(world.tools, DONE)
    assert not _open(world)
    assert world.sync().as_json()["quarantined"] == 0


def test_a_plan_says_that_a_field_will_be_set_aside(world: Memories) -> None:
    _fight(world)
    planned: list[set[str]] = []
    while not _open(world) and len(planned) < 6:
        planned.append({step.kind for step in world.plan()})
        world.sync()
    assert _open(world)
    assert len(planned) > 1
    assert "update" in planned[0]


def test_whose_value_a_write_of_ours_brought_is_named_and_not_the_tool_that_it_was_written_to(world: Memories) -> None:
    """Grace's Done is undone in Jira's place three times; Ada's Review stands there for a while, and is still Ada's."""
    review: Json = {"place": "review"}
    robot = Robot(world, {"engineering": DOING})
    world.begin(status=DOING)
    for _ in range(3):
        world.delivery.edit("1", by="grace", status=DONE)
        world.sync()
        world.sync()
    robot.on = False
    world.product.edit("1", by="ada", status=review)
    world.sync()
    assert world.show(Field.STATUS)["engineering"] == review, "as we wrote it"
    world.delivery.edit("1", by="grace", status=DONE)
    world.sync()

    (conflict,) = _open(world)
    assert _sides(conflict) == {("product", "Ada", "Review"), ("delivery", "Grace", "Done")}
    assert "engineering" in conflict.note
