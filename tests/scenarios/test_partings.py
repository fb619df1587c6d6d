"""An item that left one tool and waits: where a person sees it, and what they can have done to its twins."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from memories import NAME, Memories

from pmsync.config.settings import OnDelete
from pmsync.errors import RejectedError
from pmsync.model.fields import Field, Json
from pmsync.store.records import ItemState
from pmsync.sync.partings import decide_parting, waiting_partings


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Memories]:
    """Three tools in memory; a deletion asks."""
    made = Memories(tmp_path, on_delete=OnDelete.ASK)
    yield made
    made.close()


def _delete(world: Memories) -> str:
    world.begin()
    world.product.add(title="Refunds")
    world.settle()
    world.product.delete("1")
    for _ in range(3):
        world.sync(deep=True)
    (parting,) = waiting_partings(world.plan_of, world.store)
    return parting.item


def _there(world: Memories) -> dict[str, bool]:
    """In which tools the item is, and not put away."""
    return {
        name: any(one.ref.id == "1" and not one.archived for one in tool.items()) for name, tool in world.tools.items()
    }


def test_what_asks_stays_visible_until_it_is_decided(world: Memories) -> None:
    _delete(world)
    for _ in range(3):
        report = world.sync()
        assert any("wait for your decision" in entry["message"] for entry in report.warnings)
        assert not report.total("writes")
    (parting,) = waiting_partings(world.plan_of, world.store)
    assert (parting.title, parting.connection, parting.why) == ("Pay by card", "product", "deleted")
    assert {step.kind for step in world.plan()} == {"ask"}, "a plan does not say that anything is done"
    world.engineering.edit("1", title="Pay by phone")
    world.settle()
    assert world.delivery.show("1").fields[Field.TITLE] == "Pay by phone", "its twins are kept in step meanwhile"


@pytest.mark.parametrize(
    ("action", "there"),
    [(OnDelete.UNLINK, (True, True)), (OnDelete.ARCHIVE, (False, False)), (OnDelete.DELETE, (False, False))],
)
def test_what_asks_can_be_decided(world: Memories, action: OnDelete, there: tuple[bool, bool]) -> None:
    item = _delete(world)

    report, steps = decide_parting(world.config, world.plan_of, world.store, item, action, world.clock)

    assert report.exit_code() == 0
    assert "unlink" in {step.kind for step in steps}
    assert _there(world) == {"product": False, "engineering": there[0], "delivery": there[1]}
    assert not waiting_partings(world.plan_of, world.store)
    bundle = world.store.items.get(item)
    assert bundle is not None
    assert bundle.item.state is (ItemState.LIVE if action is OnDelete.UNLINK else ItemState.DEAD)
    world.settle(deep=True)
    assert _there(world) == {"product": False, "engineering": there[0], "delivery": there[1]}
    assert world.engineering.show("2").fields[Field.TITLE] == "Refunds"
    assert world.verify().agrees


def test_what_is_there_again_needs_no_decision(world: Memories) -> None:
    world.begin()
    world.product.archive("1")
    world.settle()
    (parting,) = waiting_partings(world.plan_of, world.store)
    assert parting.why == "archived"
    world.product.archive("1", archived=False)
    with pytest.raises(RejectedError, match="nothing of it waits"):
        decide_parting(world.config, world.plan_of, world.store, parting.item, OnDelete.ARCHIVE, world.clock)
    assert _there(world) == dict.fromkeys(world.tools, True)
    world.settle()
    assert not waiting_partings(world.plan_of, world.store)


def test_rights_that_are_lost_while_we_look_for_what_is_missing_prove_nothing(tmp_path: Path) -> None:
    world = Memories(tmp_path, on_delete=OnDelete.DELETE)
    world.begin()
    world.product.hidden.add("1")
    world.sync(deep=True)

    def lose_rights(name: str) -> None:
        if name == "product.fetch":
            world.product.revoked.add("pmsync")

    world.after.append(lose_rights)
    world.sync(deep=True)
    world.after.clear()
    world.product.revoked.clear()
    world.product.hidden.clear()
    world.settle(deep=True)

    assert _there(world) == dict.fromkeys(world.tools, True)
    assert len(world.store.items.get(next(iter(world.store.items.every(NAME)))[0].item.id).replicas) == 3  # type: ignore[union-attr]
    world.close()


def test_a_deletion_cut_short_is_finished_without_doing_anything_twice(tmp_path: Path) -> None:
    class Killed(BaseException):
        pass

    world = Memories(tmp_path, on_delete=OnDelete.ARCHIVE)
    world.begin()
    world.product.delete("1")
    world.sync(deep=True)
    archived = []

    def count(name: str) -> None:
        if name.endswith(".archive"):
            archived.append(name)
            if len(archived) == 1:
                raise Killed

    world.after.append(count)
    with pytest.raises(Killed):
        world.sync(deep=True)
    for _ in range(3):
        world.sync(deep=True)

    assert sorted(archived)[-1] == "engineering.archive"
    assert len(archived) <= 3, "the one that was cut short may be asked for once more"
    assert not any(_there(world).values())
    (bundle,) = next(iter(world.store.items.every(NAME)))
    assert bundle.item.state is ItemState.DEAD
    world.close()


@pytest.mark.parametrize(
    ("field", "value"), [("labels", ["late"]), ("due", "2026-06-01"), ("priority", "high"), ("assignees", ["u-ada"])]
)
def test_what_is_put_into_a_field_that_was_empty_everywhere_holds_a_deletion(
    tmp_path: Path, field: str, value: Json
) -> None:
    world = Memories(tmp_path, on_delete=OnDelete.ARCHIVE)
    ids = world.begin()
    world.product.edit(ids["product"], by="ada", **{field: value})
    world.engineering.archive(ids["engineering"])
    report = world.settle()
    assert any("wait for your decision" in one["message"] for one in report.warnings)
    assert not world.product.show(ids["product"]).archived
    assert world.delivery.show(ids["delivery"]).fields[Field(field)] == value, "and it travels to those that are there"
    world.close()


@pytest.mark.parametrize("policy", [OnDelete.ARCHIVE, OnDelete.DELETE])
@pytest.mark.parametrize("edited", ["delivery", "engineering"])
def test_an_edit_of_a_twin_while_another_is_read_for_the_last_time_holds_a_deletion(
    tmp_path: Path, policy: OnDelete, edited: str
) -> None:
    world = Memories(tmp_path, on_delete=policy)
    ids = world.begin()
    world.product.delete(ids["product"])
    world.sync(deep=True)
    other = {"delivery": "engineering", "engineering": "delivery"}[edited]

    def edit(name: str) -> None:
        if name == f"{other}.fetch":
            world.before.remove(edit)
            world.tools[edited].edit(ids[edited], due="2026-06-01")

    world.before.append(edit)
    for _ in range(3):
        report = world.sync(deep=True)
    assert any("wait for your decision" in one["message"] for one in report.warnings)
    assert world.tools[edited].show(ids[edited]).fields[Field.DUE] == "2026-06-01"
    assert not world.tools[edited].show(ids[edited]).archived
    world.close()


def test_what_is_back_in_a_second_tool_at_the_last_moment_ends_nothing(tmp_path: Path) -> None:
    world = Memories(tmp_path, on_delete=OnDelete.ARCHIVE)
    ids = world.begin()
    world.product.archive(ids["product"])
    world.engineering.archive(ids["engineering"])

    def take_out(name: str) -> None:
        if name == "engineering.fetch":
            world.before.remove(take_out)
            world.product.archive(ids["product"], archived=False)
            world.product.edit(ids["product"], title="Pay by phone")

    calls: list[str] = []
    world.before += [take_out, calls.append]
    for _ in range(3):
        world.sync()
    assert "delivery.archive" not in calls, "not even to be taken out again"
    assert not world.delivery.show(ids["delivery"]).archived
    assert world.delivery.show(ids["delivery"]).fields[Field.TITLE] == "Pay by phone"
    world.close()
