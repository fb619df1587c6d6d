"""A write of which it is not known whether it arrived, and people who meanwhile do just what it was to do."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from memories import FIELDS, Memories
from subtle import bundle, claims, lose_the_answer, memories, once

from pmsync.config.settings import OnDelete
from pmsync.connector.crew import alone
from pmsync.model.fields import Field, Json
from pmsync.store.records import ReplicaState
from pmsync.sync.partings import decide_parting


class Killed(BaseException):
    """The process ends here."""


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Memories]:
    """Three tools in memory."""
    made = Memories(tmp_path)
    yield made
    made.close()


def _die_before(world: Memories, call: str) -> None:
    """A pass that is killed when a write was decided on and has not been sent."""

    def hook(name: str) -> None:
        if name == call:
            world.before.remove(hook)
            raise Killed

    world.before.append(hook)
    with pytest.raises(Killed):
        world.sync()


@pytest.mark.parametrize(
    ("field", "first", "since"),
    [
        ("title", "Refund", "Pay by phone"),
        ("status", {"place": "doing"}, {"place": "done"}),
        ("due", "2026-06-01", "2026-06-02"),
    ],
)
def test_what_somebody_sets_as_our_lost_write_would_have_is_their_edit_once_the_item_went_on(
    world: Memories, field: str, first: Json, since: Json
) -> None:
    ids = world.begin()
    world.product.edit(ids["product"], by="ada", **{field: first})
    _die_before(world, "engineering.update")
    world.engineering.revoked.add("pmsync")
    world.settle()
    world.product.edit(ids["product"], by="ada", **{field: since})
    world.settle()
    world.engineering.edit(ids["engineering"], by="grace", **{field: first})
    world.engineering.revoked.clear()
    world.settle()

    assert len({str(value) for value in world.show(Field(field)).values()}) == 1
    (conflict,) = world.conflicts()
    assert isinstance(conflict.values, list)
    claims = [(one["connection"], one["native"]) for one in conflict.values if isinstance(one, dict)]
    assert ("engineering", first) in claims
    assert world.verify().agrees


def test_a_label_that_somebody_adds_as_our_lost_write_would_have_stays_though_the_item_lost_it(world: Memories) -> None:
    ids = world.begin(labels=["stays"])
    world.product.edit(ids["product"], labels=["red", "stays"])
    _die_before(world, "engineering.update")
    world.engineering.revoked.add("pmsync")
    world.settle()
    world.product.edit(ids["product"], labels=["stays"])
    world.settle()
    world.engineering.edit(ids["engineering"], by="grace", labels=["red", "stays"])
    world.engineering.revoked.clear()
    world.settle()

    assert world.show(Field.LABELS) == {name: ["red", "stays"] for name in ids}
    assert not world.conflicts()
    assert world.verify().agrees


def test_what_somebody_sets_as_our_lost_write_would_have_is_no_conflict_where_the_item_is_that(world: Memories) -> None:
    ids = world.begin(labels=["stays"])
    world.product.edit(ids["product"], title="Refund", labels=["red", "stays"])
    _die_before(world, "engineering.update")
    world.engineering.edit(ids["engineering"], by="grace", title="Refund", labels=["red", "stays"])
    world.settle()

    assert world.show(Field.TITLE) == dict.fromkeys(ids, "Refund")
    assert world.show(Field.LABELS) == {name: ["red", "stays"] for name in ids}
    assert not world.conflicts()


def test_two_edits_of_labels_around_a_write_travel_where_no_history_tells_of_them(tmp_path: Path) -> None:
    world = Memories(tmp_path, history=FIELDS - {Field.LABELS})
    ids = world.begin(labels=["old"])
    world.product.edit(ids["product"], labels=["old", "ours"])

    def before(name: str) -> None:
        if name == "engineering.update":
            world.before.remove(before)
            world.engineering.edit(ids["engineering"], labels=["old", "theirs"])

    def after(name: str) -> None:
        if name == "engineering.update":
            world.after.remove(after)
            world.engineering.edit(ids["engineering"], labels=["theirs", "ours"])

    world.before.append(before)
    world.after.append(after)
    world.settle()

    assert world.show(Field.LABELS) == {name: ["ours", "theirs"] for name in ids}
    world.close()


def _lose_sight(world: Memories, identity: str) -> None:
    """A write to one tool takes effect, its answer is lost, and the item is hidden until it counts as deleted."""
    once(world.after, "delivery.update", lambda: world.delivery.hidden.add(identity))
    lose_the_answer(world, "delivery.update")
    for _ in range(4):
        world.sync(deep=True)
    (replica,) = [one for one in bundle(world).replicas if one.connection == "delivery"]
    assert replica.state is ReplicaState.GONE


def test_our_lost_write_is_nobodys_edit_though_its_item_was_taken_for_deleted_meanwhile(tmp_path: Path) -> None:
    """It shows again with what we wrote, and the item has gone on."""
    with memories(tmp_path, on_delete=OnDelete.ASK) as world:
        ids = world.begin(status={"place": "to-do"})
        world.product.edit(ids["product"], status={"place": "done"})
        _lose_sight(world, ids["delivery"])
        assert not world.sync().errors, "nothing is asked of what is gone"
        world.product.edit(ids["product"], status={"place": "doing"})
        world.sync()
        world.delivery.hidden.clear()
        world.sync(deep=True)
        world.settle()
        assert world.show(Field.STATUS) == {name: {"place": "doing"} for name in ids}
        assert not world.conflicts()


@pytest.mark.parametrize("action", [OnDelete.UNLINK, OnDelete.ARCHIVE])
def test_a_lost_write_to_what_was_deleted_meanwhile_holds_up_no_decision(tmp_path: Path, action: OnDelete) -> None:
    with memories(tmp_path, on_delete=OnDelete.ASK) as world:
        ids = world.begin(status={"place": "to-do"})
        world.product.edit(ids["product"], status={"place": "done"})
        _lose_sight(world, ids["delivery"])
        with alone():
            decide_parting(world.config, world.plan_of, world.store, bundle(world).item.id, action, world.clock)
        left = {"product", "engineering"} if action is OnDelete.UNLINK else set()
        assert {one.connection for one in bundle(world).replicas} == left
        assert not bundle(world).intents


def test_an_item_that_was_joined_while_a_create_had_no_answer_stays_with_what_it_was_joined_with(
    world: Memories,
) -> None:
    """The index was late with somebody's twin, and is late with what we made instead: that is one too many."""
    world.settle()
    world.engineering.lag = 120.0
    world.engineering.capabilities = replace(world.engineering.capabilities, consistent_find=False, find_lag=600.0)
    world.product.add(title="Pay by card")
    world.engineering.add(title="Pay by card")
    once(world.before, "engineering.create", lambda: world.clock.advance(90))
    lose_the_answer(world, "engineering.create")
    world.sync()
    world.sync()
    assert {one.remote_id for one in bundle(world).replicas if one.connection == "engineering"} == {"1"}
    for _ in range(4):
        world.sync()
    assert {one.remote_id for one in bundle(world).replicas if one.connection == "engineering"} == {"1"}
    assert [one.archived for one in world.engineering.items()] == [False, True]
    assert not bundle(world).intents


def _made_twice(world: Memories) -> None:
    """A create without an answer, whose object no search shows: it is edited, and so is the item, which is created
    again, without an answer either. Then the first object shows, and not yet the second."""
    world.engineering.lag = 200.0
    world.engineering.capabilities = replace(world.engineering.capabilities, consistent_find=False, find_lag=30.0)
    world.product.add(title="Pay by card", description="beta")
    lose_the_answer(world, "engineering.create")
    world.sync()
    (made,) = world.engineering.items()
    world.engineering.edit(made.ref.id, by="grace", labels=["l3"], title="Pay by watch", due="2026-06-01")
    world.product.edit("1", by="ada", labels=["red"], title="Pay by phone")
    lose_the_answer(world, "engineering.create")
    world.sync()
    assert len(world.engineering.items()) == 2
    world.clock.advance(90)
    world.sync()
    assert [one.remote_id for one in bundle(world).replicas if one.connection == "engineering"] == [made.ref.id]
    world.settle(deep=True)
    world.clock.advance(world.engineering.lag)
    world.settle(deep=True)


@pytest.mark.parametrize("history", [FIELDS, frozenset[Field]()], ids=["", "no history"])
def test_what_an_earlier_create_made_after_all_is_not_taken_for_what_the_latest_sent(
    tmp_path: Path, history: frozenset[Field]
) -> None:
    """It never had what the item came to be since, so that nobody took that away; and what people did to it counts."""
    with memories(tmp_path, history=history) as world:
        _made_twice(world)

        there = [one for one in world.engineering.items() if not one.archived]
        assert len(there) == (1 if history else 2), (
            "without a history somebody may have worked with the second: it waits"
        )
        assert [*world.show(Field.LABELS).values()] == [["l3", "red"]] * 3
        assert world.show(Field.DUE) == dict.fromkeys(world.tools, "2026-06-01")
        assert {"Pay by phone", "Pay by watch"} in claims(world, Field.TITLE)
        assert world.show(Field.DESCRIPTION) == dict.fromkeys(world.tools, "beta")
        assert [one.field for one in world.conflicts()] == [Field.TITLE]
