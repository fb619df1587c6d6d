"""Links to twins, told with tools in memory: there once whatever cuts a pass short, and no refusal is met twice."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from memories import NAME, Memories
from undoing import undo

from pmsync.connector.parts import Backlink
from pmsync.errors import TransientError
from pmsync.reconcile.pointing import LinkState
from pmsync.testing.tool import MemoryTool


class Killed(BaseException):
    """The process is gone."""


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Memories]:
    """Three tools in memory."""
    made = Memories(tmp_path)
    yield made
    made.close()


def led(tool: MemoryTool, identity: str = "1") -> dict[str, str]:
    """Where an item leads, by the connection of its twin."""
    pile = tool.pile(identity)
    assert pile is not None
    return {token.partition(".")[2]: one.url for token, one in pile.twins.items()}


def names(world: Memories, identity: str = "1") -> dict[str, set[str]]:
    """To which connections an item leads, in every tool."""
    return {name: set(led(tool, identity)) for name, tool in world.tools.items()}


ALL = {
    "product": {"engineering", "delivery"},
    "engineering": {"product", "delivery"},
    "delivery": {"product", "engineering"},
}


_COMMITS = {
    "after created",
    "before twin links begun",
    "after twin links begun",
    "before twin links",
    "after twin links",
}


def points(world: Memories) -> list[str]:
    """Has the calls that make or take away a link told."""
    told: list[str] = []
    world.after.append(lambda name: told.append(name) if name.endswith(".point") else None)
    return told


def test_each_link_is_written_once_and_told(world: Memories) -> None:
    told = points(world)
    world.product.add(title="Pay by card")
    report = world.sync()
    assert names(world) == ALL
    assert (len(told), report.as_json()["backlinks"], report.as_json()["writes"]) == (6, 6, 8)
    assert world.settle().total("writes") == 0
    assert len(told) == 6
    rows = [row for row in world.store.journal.history() if row.kind == "twins pointed to"]
    assert {row.connection for row in rows} == set(ALL)
    assert all(isinstance(row.after, dict) and set(row.after) == ALL[str(row.connection)] for row in rows)
    assert "twins pointed to" in world.config.audit.read_text(encoding="utf-8")


def test_killed_anywhere_every_link_is_there_once_everywhere(world: Memories) -> None:
    """At every call and every commit that has to do with it, one item after the other."""
    reached = True
    number = 0
    while reached:
        number += 1
        world.product.add(title=f"Item {number}")
        count, reached = 0, False

        def strike(name: str, after: int = number) -> None:
            nonlocal count, reached
            count += name.endswith(".point") or name in _COMMITS
            if count == after:
                reached = True
                raise Killed

        world.before.append(strike)
        world.after.append(strike)
        world.store.on_commit = strike
        with suppress(Killed):
            world.sync()
        world.before.clear()
        world.after.clear()
        world.store.on_commit = None
        world.settle()
        assert [set(led(world.product, str(number))), *_twins(world, number)] == [ALL[name] for name in world.tools]
    assert number > 15
    told = points(world)
    world.settle(deep=True)
    assert told == []


def _twins(world: Memories, number: int) -> list[set[str]]:
    """What the twins of an item of `product` lead to; and every one leads where the other is."""
    ((item),) = world.store.items.find(f"{world.product.names.url}/{number}", sync=NAME)[:1]
    bundle = world.store.items.get(item)
    assert bundle is not None
    found = []
    for name in ("engineering", "delivery"):
        replica = bundle.replica(name)
        assert replica is not None
        shown = led(world.tools[name], replica.remote_id)
        assert all(url == getattr(bundle.replica(twin), "url", "") for twin, url in shown.items())
        found.append(set(shown))
    return found


@pytest.mark.parametrize("lost", ["before", "after"])
def test_a_lost_answer_is_looked_into_in_the_same_pass(world: Memories, lost: str) -> None:
    struck: list[str] = []

    def strike(name: str) -> None:
        if name.endswith(".point") and name not in struck:
            struck.append(name)
            raise TransientError("the line is cut")

    (world.before if lost == "before" else world.after).append(strike)
    world.product.add(title="Pay by card")
    report = world.sync()
    assert (names(world), report.errors, len(struck)) == (ALL, [], 3)


def test_what_a_tool_refuses_is_told_once_and_tried_again_by_a_deep_pass(world: Memories) -> None:
    world.engineering.unpointing.add("pmsync")
    for number in range(6):
        world.product.add(title=f"Item {number}")
    asked: list[str] = []
    world.before.append(lambda name: asked.append(name) if name == "engineering.point" else None)
    report = world.sync()
    warnings = [one for one in report.warnings if "links to twins" in one["message"]]
    assert [one["connection"] for one in warnings] == ["engineering"]
    assert report.exit_code() == 0
    assert 0 < len(asked) < 6, "after a few refusals it does not go on asking"
    assert names(world)["product"] == ALL["product"]
    asked.clear()
    assert [one for one in world.sync().warnings if "links" in one["message"]] == []
    world.product.add(title="New")
    world.settle()
    assert asked == []
    world.engineering.unpointing.clear()
    world.settle(deep=True)
    assert [set(led(world.engineering, str(number))) for number in range(1, 8)] == [ALL["engineering"]] * 7


def test_a_single_refusal_is_no_word_on_the_others(world: Memories) -> None:
    world.begin()
    for token in list(getattr(world.engineering.pile("1"), "twins", {})):
        world.engineering.unpoint("1", token)
    world.settle()
    (item,) = _items(world)
    links = world.store.twin_links.load([item])[item]
    assert {one.state for one in links if one.connection == "engineering"} == {LinkState.TAKEN}
    world.store.twin_links.forget([one for one in links if one.connection == "engineering"])
    world.engineering.unpointing.add("pmsync")
    world.sync(deep=True)
    states = {one.state for one in world.store.twin_links.load([item])[item] if one.connection == "engineering"}
    assert states == {LinkState.REFUSED}
    world.engineering.unpointing.clear()
    world.product.add(title="Pay by phone")
    world.settle()
    assert set(led(world.engineering, "2")) == ALL["engineering"]


def test_links_of_another_sync_are_left_alone(world: Memories) -> None:
    world.begin()
    world.product.point("1", Backlink("other.support", "There", "https://example.com/there"))
    world.sync()
    world.settle(deep=True)
    assert led(world.product)["support"] == "https://example.com/there"
    world.store.twin_links.forget(world.store.twin_links.load(_items(world))[_items(world)[0]])
    world.settle(deep=True)
    assert set(led(world.product)) == {"support", "engineering", "delivery"}


def _items(world: Memories) -> list[str]:
    return [bundle.item.id for bundles in world.store.items.every(NAME) for bundle in bundles]


def test_what_leaves_the_filter_leads_to_no_twin_any_more_and_no_twin_to_it(world: Memories) -> None:
    ids = world.begin()
    world.engineering.move_out(ids["engineering"])
    world.sync(deep=True)
    world.settle()
    assert names(world) == {"product": {"delivery"}, "engineering": set(), "delivery": {"product"}}
    (item,) = _items(world)
    assert {one.connection for one in world.store.twin_links.load([item])[item]} == {"product", "delivery"}


def test_what_a_run_made_is_taken_back_with_its_links(world: Memories) -> None:
    world.product.add(title="Pay by card")
    run = world.sync().run
    undo(world, run)
    world.settle()
    assert led(world.product) == {}
    assert world.store.twin_links.left(NAME) == []
    (item,) = _items(world)
    assert world.store.twin_links.load([item]).get(item, []) == []


def test_a_reviewed_plan_makes_the_links_that_come_with_it_and_no_others(world: Memories) -> None:
    world.configure(backlinks=dict.fromkeys(world.tools, False))
    world.begin()
    world.configure()
    world.product.add(title="Pay by phone")
    steps = world.plan()
    kinds = {(step.kind, step.connection) for step in steps}
    assert kinds == {("create", name) for name in ("engineering", "delivery")} | {("point", name) for name in ALL}
    allowed = frozenset(step.identity for step in steps if step.kind == "create" or step.connection == "product")
    world.sync(only_steps=allowed)
    assert names(world, "2") == ALL
    assert names(world) == {"product": ALL["product"], "engineering": set(), "delivery": set()}
    world.settle()
    assert names(world) == ALL
