"""A workflow leads to a status step by step: what an item comes to whose walk there is cut short, or is never begun."""

from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest
from inprocess import Call, Hooks, InProcess, Reply
from memories import DONE, Memories
from served import Sandboxes
from trio import Trio

from pmsync.errors import RejectedError
from pmsync.model.fields import Field, Json
from pmsync.testing.tool import place

BACKLOG: Json = {"place": "backlog"}
LINE = ("backlog", "to-do", "doing", "review", "done")
"""One step to either side at a time."""


class Killed(BaseException):
    """The process ends here."""


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Memories]:
    """Three tools in memory, of which one has a workflow."""
    made = Memories(tmp_path)
    made.engineering.workflow = {
        stop: tuple(LINE[at] for at in (number - 1, number + 1) if 0 <= at < len(LINE))
        for number, stop in enumerate(LINE)
    }
    yield made
    made.close()


def _die_at(world: Memories, hooks: str, call: int) -> None:
    """Kill the pass at this one of its updates of engineering's, before or after its effect."""
    left = [call]

    def hook(name: str) -> None:
        if name == "engineering.update":
            left[0] -= 1
            if left[0] == 0:
                raise Killed

    getattr(world, hooks).append(hook)
    with pytest.raises(Killed):
        world.sync()
    getattr(world, hooks).remove(hook)


@pytest.mark.parametrize("killed", [False, True])
def test_an_item_is_made_with_a_status_that_is_several_steps_away(world: Memories, *, killed: bool) -> None:
    world.product.add(title="Pay by card", status=DONE)
    if killed:
        _die_at(world, "after", 2)
    world.settle()
    assert world.show(Field.STATUS) == dict.fromkeys(world.tools, DONE)
    assert world.verify().agrees
    (bundle,) = next(iter(world.store.items.every("roadmap")))
    assert [dict(one.held) for one in bundle.replicas] == [{}, {}, {}]


@pytest.mark.parametrize("hooks", ["before", "after"])
@pytest.mark.parametrize("call", [1, 2, 3])
def test_a_walk_that_was_cut_short_and_is_refused_then_goes_back_to_where_it_began(
    world: Memories, hooks: str, call: int
) -> None:
    ids = world.begin()
    world.product.edit(ids["product"], status=DONE)
    _die_at(world, hooks, call)
    world.engineering.workflow = {**(world.engineering.workflow or {}), "review": ("doing",)}
    world.settle()
    shown = world.show(Field.STATUS)
    assert shown == {"product": DONE, "engineering": BACKLOG, "delivery": DONE}
    assert "does not lead" in str(_held(world))
    assert world.conflicts() == []
    world.engineering.workflow = None
    world.product.edit(ids["product"], status={"place": "review"})
    world.settle()
    assert [place(one) for one in world.show(Field.STATUS).values()] == ["review"] * 3
    assert _held(world) == {}


@pytest.mark.parametrize("hooks", ["before", "after"])
@pytest.mark.parametrize("call", [1, 2])
def test_a_way_back_that_is_cut_short_too_is_gone_to_its_end(world: Memories, hooks: str, call: int) -> None:
    ids = world.begin()
    world.product.edit(ids["product"], status=DONE)
    _die_at(world, "after", 2)
    world.engineering.workflow = {**(world.engineering.workflow or {}), "review": ("doing",)}
    _die_at(world, hooks, call)
    world.settle()
    assert world.show(Field.STATUS) == {"product": DONE, "engineering": BACKLOG, "delivery": DONE}
    assert world.conflicts() == []


class _Kill(Hooks):
    """Kills pmsync right behind one of the steps that it takes an issue of Jira's."""

    def __init__(self, step: int) -> None:
        self._left = step

    def after(self, call: Call, reply: Reply) -> Reply:
        """See `Hooks`."""
        if call.is_write and call.route.endswith("/transitions"):
            self._left -= 1
            if self._left == 0:
                raise Killed
        return reply


@pytest.mark.parametrize("step", [1, 2, 7])
def test_an_issue_led_about_in_vain_comes_back_though_pmsync_was_killed_on_the_way(
    trio: Trio, nearby: Sandboxes, step: int
) -> None:
    mapping = trio.mapping("jira-software", defaults={"issuetype": "Task"})
    trio.configure(connections={"engineering": {"mapping": mapping}})
    trio.trello.create("Never done", "Doing")
    trio.settle()
    trio.trello.move(trio.find("trello", "Never done"), "Done")
    up = cast("InProcess", nearby)
    usual, up.hooks = up.hooks, _Kill(step)
    with pytest.raises(Killed):
        trio.sync()
    up.hooks = usual
    trio.reopen()
    trio.settle()
    assert trio.item("jira", "Never done").place == "In Progress"


def test_what_somebody_made_of_a_walk_that_was_cut_short_stays(world: Memories) -> None:
    ids = world.begin()
    world.product.edit(ids["product"], status=DONE)
    _die_at(world, "after", 2)
    world.engineering.edit(ids["engineering"], status={"place": "to-do"}, by="grace")
    world.settle()
    assert [place(one) for one in world.show(Field.STATUS).values()] == ["to-do"] * 3


@pytest.mark.parametrize("hooks", ["before", "after"])
@pytest.mark.parametrize("call", [1, 2, 3])
def test_what_somebody_moves_in_the_middle_of_a_walk_is_not_left_behind(world: Memories, hooks: str, call: int) -> None:
    """The step that was to come next may be none any more from where it is then: that is no refusal for good."""
    ids = world.begin()
    world.product.edit(ids["product"], status=DONE)
    left = [call]

    def move(name: str) -> None:
        if name == "engineering.update":
            left[0] -= 1
            if left[0] == 0:
                now = place(world.engineering.show(ids["engineering"]).fields[Field.STATUS])
                back = LINE[max(LINE.index(now) - 1, 0)]
                world.engineering.edit(ids["engineering"], by="grace", status={"place": back})

    getattr(world, hooks).append(move)
    world.settle()
    assert len({place(one) for one in world.show(Field.STATUS).values()}) == 1
    assert _held(world) == {}


def test_where_an_old_walk_began_is_forgotten_once_the_tools_agree(world: Memories) -> None:
    ids = world.begin()
    world.product.edit(ids["product"], status=DONE)
    _die_at(world, "after", 2)
    world.product.edit(ids["product"], status={"place": "doing"})
    world.settle()
    assert [place(one) for one in world.show(Field.STATUS).values()] == ["doing"] * 3

    def refuse(name: str) -> None:
        if name == "engineering.update":
            raise RejectedError("a form has to be filled in")

    world.before.append(refuse)
    world.product.edit(ids["product"], status=DONE)
    world.settle()
    assert place(world.show(Field.STATUS)["engineering"]) == "doing"
    assert "a form has to be filled in" in str(_held(world))


def _held(world: Memories) -> dict[Field, Json]:
    """What is held of engineering's."""
    (bundle,) = next(iter(world.store.items.every("roadmap")))
    replica = bundle.replica("engineering")
    assert replica is not None
    return dict(replica.held)
