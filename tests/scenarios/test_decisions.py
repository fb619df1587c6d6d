"""What a person decides afterwards: a conflict, settled or open, and what was set aside."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from memories import DOING, DONE, NAME, Memories, Robot

from pmsync.config.settings import FieldConfig
from pmsync.errors import RejectedError
from pmsync.model.fields import Field, Json
from pmsync.reconcile.policy import Rule
from pmsync.store.records import Conflict, ConflictState
from pmsync.sync.release import release
from pmsync.sync.resolve import Choice, Resolved, resolve, value_of

MANUAL = {name: FieldConfig(rule=Rule.MANUAL) for name in Field.standard()}


@pytest.fixture(params=["settled", "manual"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Memories]:
    """Three tools in memory, and a config by which conflicts are settled, or held."""
    made = Memories(tmp_path, fields=MANUAL if request.param == "manual" else {})
    yield made
    made.close()


@pytest.fixture
def settled(tmp_path: Path) -> Iterator[Memories]:
    """Three tools in memory, where conflicts are settled by who owns a field."""
    made = Memories(tmp_path)
    yield made
    made.close()


def _quarrel(
    world: Memories, field: str = "title", ours: Json = "Pay by Visa", theirs: Json = "Pay by phone"
) -> Conflict:
    """Ada in one tool and Grace in another change one field between two passes."""
    world.begin()
    world.product.edit("1", by="ada", **{field: ours})
    world.engineering.edit("1", by="grace", **{field: theirs})
    world.settle()
    (conflict,) = world.conflicts()
    return conflict


def _resolve(world: Memories, conflict: Conflict, value: Json, *, anyway: bool = False, **how: Any) -> Resolved:
    choice = Choice(conflict.id, value, "linus", anyway)
    return resolve(world.config, world.store, choice, world.clock, **how)


def _decided(world: Memories, value: Json, field: Field = Field.TITLE) -> None:
    assert world.show(field) == dict.fromkeys(world.tools, value)
    assert not world.conflicts(ConflictState.OPEN)
    assert world.verify().agrees
    assert not world.sync().total("writes")


def test_a_conflict_tells_who_made_each_edit_and_when(world: Memories) -> None:
    conflict = _quarrel(world)
    assert isinstance(conflict.values, list)
    told = {(claim["connection"], claim["actor"]) for claim in conflict.values if isinstance(claim, dict)}
    assert told == {("product", "Ada"), ("engineering", "Grace")}
    assert all(claim["at"] for claim in conflict.values if isinstance(claim, dict))


@pytest.mark.parametrize("take", ["product", "engineering", "another"])
def test_a_decision_is_carried_out_at_once_and_is_a_run_of_its_own(world: Memories, take: str) -> None:
    conflict = _quarrel(world)
    value = "Pay by either" if take == "another" else value_of(conflict, take)

    done = _resolve(world, conflict, value)

    assert {(step.kind, step.field) for step in done.steps} <= {("update", "title")}
    assert done.report.total("writes") == len(done.steps)
    run = world.store.reports.run(done.report.run)
    assert run is not None
    assert (run.command, run.status) == (f"conflicts resolve {conflict.id}", "ok")
    written = [one for one in world.store.journal.history(run=run.id) if one.kind == "write"]
    assert len(written) == len(done.steps), "it can be undone like any other run"
    after = world.store.reports.conflict(conflict.id)
    assert after is not None
    assert (after.state, after.values) == (ConflictState.RESOLVED, conflict.values)
    assert '"kind":"resolved"' in world.config.audit.read_text(encoding="utf-8")
    _decided(world, value)


def test_a_plan_of_a_decision_changes_nothing(world: Memories) -> None:
    conflict = _quarrel(world)
    before, runs = world.everything(), len(world.store.reports.runs())

    done = _resolve(world, conflict, "Pay by either", rehearse=True)

    assert {step.connection for step in done.steps} == set(world.tools)
    assert world.everything() == before
    assert world.store.reports.conflict(conflict.id) == conflict
    assert len(world.store.reports.runs()) == runs


def test_a_decision_can_be_left_to_the_next_pass(world: Memories) -> None:
    conflict = _quarrel(world)
    before = world.everything()
    done = _resolve(world, conflict, "Pay by either", later=True)
    assert len(done.steps) == 3
    assert world.everything() == before
    world.settle()
    _decided(world, "Pay by either")


@pytest.mark.parametrize("anyway", [False, True])
def test_what_was_edited_since_is_not_taken_back_unless_that_is_said(world: Memories, anyway: bool) -> None:
    conflict = _quarrel(world)
    world.delivery.edit("1", by="robot", title="Pay by watch")

    if not anyway:
        with pytest.raises(RejectedError, match=r"changed since.*Pay by watch"):
            _resolve(world, conflict, "Pay by either")
        assert world.show(Field.TITLE)["delivery"] == "Pay by watch"
        assert world.store.reports.conflict(conflict.id) == conflict
        return
    _resolve(world, conflict, "Pay by either", anyway=True)
    _decided(world, "Pay by either")
    kept = world.conflicts()[-1]
    assert isinstance(kept.values, list)
    assert "Pay by watch" in [claim["value"] for claim in kept.values if isinstance(claim, dict)]


def test_a_settled_conflict_is_not_decided_over_what_stands_since(settled: Memories) -> None:
    conflict = _quarrel(settled)
    settled.delivery.edit("1", by="ada", title="Pay by watch")
    settled.settle()
    with pytest.raises(RejectedError, match=r"changed since: delivery has 'Pay by watch'"):
        _resolve(settled, conflict, "Pay by phone")
    _resolve(settled, conflict, "Pay by watch")
    _resolve(settled, conflict, "Pay by phone", anyway=True)
    _decided(settled, "Pay by phone")


def test_both_texts_can_be_taken(settled: Memories) -> None:
    conflict = _quarrel(settled, "description", "Ours.", "Theirs.")
    _resolve(settled, conflict, value_of(conflict, "both"))
    _decided(settled, "Ours.\n\n---\n\nTheirs.", Field.DESCRIPTION)


def test_two_titles_cannot_both_be_taken_nor_a_value_that_no_tool_can_show(settled: Memories) -> None:
    conflict = _quarrel(settled, "status", DONE, DOING)
    with pytest.raises(RejectedError, match="cannot both stand"):
        value_of(conflict, "both")
    with pytest.raises(RejectedError, match="it has product, engineering"):
        value_of(conflict, "delivery")
    with pytest.raises(RejectedError, match="no tool can show 'Nowhere'"):
        _resolve(settled, conflict, "Nowhere")


def test_a_decision_waits_for_the_tool_that_is_down_and_is_not_forgotten(world: Memories) -> None:
    conflict = _quarrel(world)
    world.delivery.revoked.add("pmsync")
    done = _resolve(world, conflict, "Pay by either")
    assert done.report.exit_code() == 5
    assert world.show(Field.TITLE)["product"] == "Pay by either"
    world.delivery.revoked.clear()
    world.settle()
    _decided(world, "Pay by either")


def _fought(world: Memories) -> tuple[Robot, Conflict]:
    robot = Robot(world, {"product": DOING, "engineering": DONE})
    world.begin(status=DOING)
    world.engineering.edit("1", by="grace", status=DONE)
    for _ in range(3):
        world.sync()
    (conflict,) = world.conflicts(ConflictState.OPEN)
    return robot, conflict


@pytest.mark.parametrize("by", ["number", "key", "pmsync id"])
def test_a_field_that_was_fought_over_goes_on_when_it_is_released(settled: Memories, by: str) -> None:
    robot, conflict = _fought(settled)
    robot.on = False
    key = settled.engineering.show("1").ref.url
    reference = {"number": str(conflict.id), "key": key, "pmsync id": conflict.item}[by]
    if by == "key":
        with pytest.raises(RejectedError, match="no items the name"):
            release(settled.config, settled.store, "no such thing", settled.clock, who="linus")

    (released,) = release(settled.config, settled.store, reference, settled.clock, who="linus")

    assert (released.item, released.field) == (conflict.item, Field.STATUS)
    assert settled.sync().total("writes")
    assert settled.show(Field.STATUS) == dict.fromkeys(settled.tools, DONE), "the engineers own the status"
    assert settled.conflicts()[-1].state is ConflictState.SETTLED, "and what was taken back is recorded"
    assert settled.sync().as_json()["quarantined"] == 0
    assert settled.verify().agrees


def test_after_a_release_writes_are_counted_from_nothing(settled: Memories) -> None:
    robot, conflict = _fought(settled)
    before = robot.written
    release(settled.config, settled.store, str(conflict.id), settled.clock, who="linus")
    for _ in range(4):
        settled.sync()
    assert robot.written - before >= 3
    assert len(settled.conflicts(ConflictState.OPEN)) == 1


def test_a_fight_can_be_decided_too(settled: Memories) -> None:
    robot, conflict = _fought(settled)
    robot.on = False
    _resolve(settled, conflict, "Review")
    _decided(settled, {"place": "review"}, Field.STATUS)


def test_what_holds_nothing_is_not_released(settled: Memories) -> None:
    conflict = _quarrel(settled)
    for reference, message in ((str(conflict.id), "holds nothing"), (conflict.item, "nothing of .* is set aside")):
        with pytest.raises(RejectedError, match=message):
            release(settled.config, settled.store, reference, settled.clock, who="linus")


def test_a_conflict_that_wants_a_decision_is_not_released(tmp_path: Path) -> None:
    world = Memories(tmp_path, fields=MANUAL)
    conflict = _quarrel(world)
    for reference in (str(conflict.id), conflict.item):
        with pytest.raises(RejectedError, match=f"conflicts resolve {conflict.id}"):
            release(world.config, world.store, reference, world.clock, who="linus")
    world.close()


def test_one_item_over_which_pmsync_fails_is_set_aside_and_the_others_go_on(settled: Memories) -> None:
    settled.begin()
    settled.product.add(title="Refunds")
    settled.settle()
    mistakes = [KeyError("a mistake of ours"), KeyError("again")]

    def fail(name: str) -> None:
        if name == "engineering.update" and mistakes:
            raise mistakes.pop()

    settled.before.append(fail)
    _make(settled)
    second = mistakes.pop()

    report = settled.sync()

    assert report.exit_code() == 1
    assert [entry["kind"] for entry in report.errors if "set aside" in entry["message"]] == ["rejected"]
    assert any("KeyError in fail" in entry["message"] for entry in report.errors)
    assert report.as_json()["quarantined"] == 1
    titles = sorted(str(one.fields[Field.TITLE]) for one in settled.engineering.items())
    assert titles in (["Pay by card", "Refunds, later"], ["Pay by phone", "Refunds"]), "one of the two went on"
    assert settled.sync().as_json()["quarantined"] == 1
    assert not settled.verify().agrees, "of what is set aside nothing is proved"
    (bundle,) = next(iter(settled.store.items.every(NAME, quarantined=True)))

    mistakes.append(second)
    release(settled.config, settled.store, bundle.item.id, settled.clock, who="linus")
    assert settled.sync().as_json()["quarantined"] == 1, "released too early, it is set aside again"

    release(settled.config, settled.store, bundle.item.id, settled.clock, who="linus")
    settled.settle()
    assert {
        name: sorted(str(one.fields[Field.TITLE]) for one in tool.items()) for name, tool in settled.tools.items()
    } == {name: ["Pay by phone", "Refunds, later"] for name in settled.tools}
    assert settled.verify().agrees


def _make(world: Memories) -> None:
    world.product.edit("1", title="Pay by phone")
    world.product.edit("2", title="Refunds, later")
