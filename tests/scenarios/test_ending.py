"""An item that ends in all tools at once: what keeps it from ending, what a crash leaves, and how it comes back."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from memories import NAME, Memories

from pmsync.config.settings import OnDelete
from pmsync.errors import RejectedError, TransientError
from pmsync.model.fields import Field
from pmsync.reconcile.guard import Limit, Limits
from pmsync.store.records import Bundle, IntentKind, ItemState
from pmsync.sync.partings import decide_parting, waiting_partings

Made = Callable[..., Memories]


class Killed(BaseException):
    """The process ends here."""


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Made]:
    """Make a world in which one item is everywhere, and another beside it."""
    made: list[Memories] = []

    def make(policy: OnDelete = OnDelete.ARCHIVE) -> Memories:
        world = Memories(tmp_path, on_delete=policy)
        made.append(world)
        world.begin()
        world.product.add(title="Refunds")
        world.settle()
        return world

    yield make
    for world in made:
        world.close()


def _of(world: Memories, title: str = "Pay by card") -> Bundle:
    found = [
        one for chunk in world.store.items.every(NAME) for one in chunk if one.item.values.get(Field.TITLE) == title
    ]
    (bundle,) = found
    return bundle


def _there(world: Memories) -> dict[str, bool]:
    """In which tools the item is, and not put away."""
    return {
        name: any(one.ref.id == "1" and not one.archived for one in tool.items()) for name, tool in world.tools.items()
    }


def _everywhere(world: Memories) -> bool:
    return all(_there(world).values()) and len(_of(world).replicas) == 3


def _linked(world: Memories) -> set[str]:
    return {one.connection for one in _of(world).replicas}


def _once(world: Memories, moment: str, act: Callable[[], None], *, after: bool = False) -> None:
    hooks = world.after if after else world.before

    def hook(name: str) -> None:
        if name == moment:
            hooks.remove(hook)
            act()

    hooks.append(hook)


def _kill() -> None:
    raise Killed


def _count(world: Memories, call: str) -> list[str]:
    seen: list[str] = []
    world.before.append(lambda name: seen.append(name) if name.endswith(call) else None)
    return seen


# --- an edit at the last moment ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("policy", [OnDelete.ARCHIVE, OnDelete.DELETE])
@pytest.mark.parametrize("edited", ["engineering", "delivery"])
def test_an_edit_between_decision_and_archive_holds_the_deletion(make: Made, policy: OnDelete, edited: str) -> None:
    world = make(policy)
    world.product.delete("1")
    world.sync(deep=True)
    _once(world, "product.fetch", lambda: world.tools[edited].edit("1", title="Pay by phone"))

    world.sync(deep=True)
    assert _there(world) == {"product": False, "engineering": True, "delivery": True}
    for _ in range(4):
        report = world.sync(deep=True)

    assert any("wait for your decision" in entry["message"] for entry in report.warnings)
    assert _there(world) == {"product": False, "engineering": True, "delivery": True}
    assert {one.fields[Field.TITLE] for name in ("engineering", "delivery")
            for one in world.tools[name].items() if one.ref.id == "1"} == {"Pay by phone"}  # fmt: skip


def test_an_edit_that_comes_while_the_first_twin_is_put_away_brings_that_twin_back(make: Made) -> None:
    world = make()
    world.product.delete("1")
    world.sync(deep=True)
    _once(world, "delivery.archive", lambda: world.engineering.edit("1", title="Pay by phone"))

    for _ in range(5):
        world.sync(deep=True)

    assert _there(world) == {"product": False, "engineering": True, "delivery": True}
    assert world.delivery.show("1").fields[Field.TITLE] == "Pay by phone"
    assert [one.connection for one in waiting_partings(world.plan_of, world.store)] == ["product"]


@pytest.mark.parametrize("number", [1, 2])
@pytest.mark.parametrize("killed", [False, True])
def test_an_edit_in_the_very_moment_of_the_archive_takes_the_twin_out_again(
    make: Made, number: int, killed: bool
) -> None:
    world = make()
    world.product.delete("1")
    world.sync(deep=True)
    edited = ("delivery", "engineering")[number - 1]
    _once(world, f"{edited}.archive", lambda: world.tools[edited].edit("1", title="Pay by phone"))
    if killed:
        _once(world, f"{edited}.archive", _kill, after=True)
        with pytest.raises(Killed):
            world.sync(deep=True)

    for _ in range(4):
        world.sync(deep=True)

    assert _there(world) == {"product": False, "engineering": True, "delivery": True}
    assert world.engineering.show("1").fields[Field.TITLE] == "Pay by phone"
    assert world.delivery.show("1").fields[Field.TITLE] == "Pay by phone"
    assert [one.connection for one in waiting_partings(world.plan_of, world.store)] == ["product"]


def test_what_is_back_at_the_last_moment_ends_nothing(make: Made) -> None:
    world = make()
    world.product.archive("1")
    _once(world, "engineering.fetch", lambda: world.product.archive("1", archived=False))
    for _ in range(4):
        world.sync()
    assert _everywhere(world)


def test_nothing_ends_while_a_tool_cannot_be_looked_at(make: Made) -> None:
    world = make()
    world.product.archive("1")
    world.delivery.revoked.add("pmsync")
    for _ in range(3):
        world.sync()
    assert _there(world)["engineering"], "there may be an edit where nobody can look"
    world.delivery.revoked.clear()
    world.settle(deep=True)
    assert not any(_there(world).values())


def test_a_twin_that_a_person_put_away_stays_put_away_when_the_item_comes_back(make: Made) -> None:
    world = make()
    world.product.archive("1")
    world.engineering.archive("1")
    world.settle()
    assert not any(_there(world).values())
    world.product.archive("1", archived=False)
    world.settle(deep=True)
    assert _there(world) == {"product": True, "engineering": False, "delivery": True}


# --- a crash on the way -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("policy", [OnDelete.ARCHIVE, OnDelete.DELETE])
@pytest.mark.parametrize("first", ["engineering", "delivery"])
@pytest.mark.parametrize("after", [False, True])
def test_a_kill_at_a_removal_is_finished_by_the_next_pass(
    make: Made, policy: OnDelete, first: str, after: bool
) -> None:
    world = make(policy)
    world.product.delete("1")
    world.sync(deep=True)
    call = "archive" if policy is OnDelete.ARCHIVE else "delete"
    _once(world, f"{first}.{call}", _kill, after=after)
    with pytest.raises(Killed):
        world.sync(deep=True)
    assert {one.kind for one in world.store.journal.intents(NAME)} == {IntentKind(call)}
    calls = _count(world, f".{call}")

    world.sync()

    assert len(calls) <= 2
    assert f"{first}.{call}" not in calls or not after, "what arrived is not sent again"
    assert not any(_there(world).values())
    assert _of(world).item.state is ItemState.DEAD
    assert not _of(world).replicas
    assert not world.store.journal.intents(NAME)


def test_a_decided_ending_that_was_cut_short_is_finished_whatever_the_policy(make: Made) -> None:
    world = make(OnDelete.ASK)
    world.product.delete("1")
    for _ in range(3):
        world.sync(deep=True)
    item = _of(world).item.id
    _once(world, "delivery.archive", _kill)
    with pytest.raises(Killed):
        decide_parting(world.config, world.plan_of, world.store, item, OnDelete.ARCHIVE, world.clock)
    assert [one.kind for one in world.plan()].count("archive") >= 1, "what is left is shown"
    world.settle()
    assert not any(_there(world).values())
    assert _of(world).item.state is ItemState.DEAD


def test_the_guard_counts_what_is_left_of_an_ending(make: Made) -> None:
    world = make()
    world.product.delete("1")
    world.sync(deep=True)
    _once(world, "delivery.archive", _kill)
    with pytest.raises(Killed):
        world.sync(deep=True)
    many = Limit(100_000)
    world.configure(on_delete=OnDelete.ARCHIVE, limits=Limits(creates=many, deletes=Limit(1), changes=many))
    report = world.sync()
    assert report.exit_code() == 4
    assert "limits.deletes" in report.errors[-1]["message"]
    assert _there(world) == {"product": False, "engineering": True, "delivery": True}


def test_an_edit_after_a_crash_ends_the_ending(make: Made) -> None:
    world = make()
    world.product.delete("1")
    world.sync(deep=True)
    _once(world, "delivery.archive", _kill)
    with pytest.raises(Killed):
        world.sync(deep=True)
    left = [name for name, there in _there(world).items() if there]
    for name in left:
        world.tools[name].edit("1", title="Pay by phone")
    for _ in range(4):
        world.sync(deep=True)
    assert _there(world) == {"product": False, "engineering": True, "delivery": True}
    assert _of(world, "Pay by phone").item.state is ItemState.LIVE


def test_what_is_found_again_after_a_crash_brings_all_back(make: Made) -> None:
    world = make()
    world.product.hidden.add("1")
    world.sync(deep=True)
    _once(world, "engineering.archive", _kill, after=True)
    with pytest.raises(Killed):
        world.sync(deep=True)
    world.product.hidden.clear()
    world.settle(deep=True)
    assert _everywhere(world)
    assert _of(world).item.state is ItemState.LIVE


# --- coming back ------------------------------------------------------------------------------------------------------


def _end_by_hiding(world: Memories) -> str:
    world.product.hidden.add("1")
    world.settle(deep=True)
    world.sync(deep=True)
    item = _of(world).item
    assert item.state is ItemState.DEAD
    assert _there(world) == {"product": True, "engineering": False, "delivery": False}
    return item.id


def test_what_reappears_is_joined_to_its_old_item_and_its_twins_are_taken_out_of_the_archive(make: Made) -> None:
    world = make()
    item = _end_by_hiding(world)
    world.product.hidden.clear()
    world.product.edit("1", title="Pay by card", description="Back again.")

    shown = [(one.kind, one.connection) for one in world.plan(deep=True)]
    report = world.sync(deep=True)

    assert {("restore", "engineering"), ("restore", "delivery")} <= set(shown)
    assert report.total("restored") == 2
    assert _everywhere(world)
    assert _of(world).item.id == item
    assert world.engineering.show("1").fields[Field.DESCRIPTION] == "Back again."
    assert not world.settle(deep=True).total("writes")
    assert all(len(tool.items()) == 2 for tool in world.tools.values()), "nothing is made anew"
    kinds = [one.kind for one in world.store.journal.history(item=item)]
    assert kinds.count("archived") == kinds.count("restored") == 2
    world.delivery.edit("1", title="Pay by phone")
    world.settle()
    assert world.product.show("1").fields[Field.TITLE] == "Pay by phone"


def test_what_a_person_takes_out_of_our_archive_brings_the_others_back(make: Made) -> None:
    world = make()
    world.product.archive("1")
    world.settle()
    assert not any(_there(world).values())
    world.delivery.archive("1", archived=False)
    world.settle(deep=True)
    assert _there(world) == {"product": False, "engineering": True, "delivery": True}
    assert _linked(world) == {"engineering", "delivery"}
    world.product.archive("1", archived=False)
    world.settle(deep=True)
    assert _everywhere(world)


def test_a_return_that_was_cut_short_is_finished(make: Made) -> None:
    for after in (False, True):
        world = make()
        _end_by_hiding(world)
        world.product.hidden.clear()
        _once(world, "engineering.restore", _kill, after=after)
        with pytest.raises(Killed):
            world.sync(deep=True)
        calls = _count(world, "engineering.restore")
        world.settle()
        assert len(calls) == (0 if after else 1)
        assert _everywhere(world)


def test_a_return_waits_for_a_tool_that_is_down_and_holds_up_nobody(make: Made) -> None:
    world = make()
    _end_by_hiding(world)
    world.product.hidden.clear()
    world.delivery.revoked.add("pmsync")
    for _ in range(3):
        world.sync(deep=True)
    assert _there(world) == {"product": True, "engineering": True, "delivery": False}
    world.product.edit("1", description="It goes on.")
    world.sync()
    assert world.engineering.show("1").fields[Field.DESCRIPTION] == "It goes on."
    world.delivery.revoked.clear()
    world.settle()
    assert _everywhere(world)


def test_a_twin_that_is_not_in_the_archive_any_more_is_told_and_the_others_go_on(make: Made) -> None:
    world = make()
    _end_by_hiding(world)
    world.delivery.delete("1")
    world.product.hidden.clear()
    report = world.sync(deep=True)
    assert any("delivery" in entry["connection"] for entry in report.warnings)
    assert _linked(world) == {"product", "engineering"}
    world.clock.advance(2 * 86_400)
    world.settle()
    assert not world.sync().warnings, "told for a day, not for ever"
    assert len(world.delivery.items()) == 1, "it is not made again"


def _refuse() -> None:
    raise RejectedError("it needs another plan")


def test_a_twin_that_the_tool_will_not_give_back_is_told_once_and_the_others_go_on(make: Made) -> None:
    world = make()
    _end_by_hiding(world)
    world.product.hidden.clear()
    _once(world, "delivery.restore", _refuse)
    report = world.sync(deep=True)
    assert any("it needs another plan" in entry["message"] for entry in report.warnings)
    assert report.exit_code() == 0
    assert not world.settle(deep=True).warnings
    assert _there(world) == {"product": True, "engineering": True, "delivery": False}
    assert not world.store.journal.intents(NAME)
    assert len(world.delivery.items()) == 2, "it is not made again"


def test_a_tool_that_will_not_archive_leaves_nothing_hanging(make: Made) -> None:
    world = make()
    world.product.archive("1")
    _once(world, "delivery.archive", _refuse)
    report = world.sync()
    assert any("it needs another plan" in entry["message"] for entry in report.warnings)
    world.settle(deep=True)
    assert _there(world) == {"product": False, "engineering": False, "delivery": True}
    assert _of(world).item.state is ItemState.DEAD
    world.product.archive("1", archived=False)
    world.settle(deep=True)
    assert _everywhere(world)


@pytest.mark.parametrize("after", [False, True])
def test_a_lost_answer_ends_nothing_halfway(make: Made, after: bool) -> None:
    def lose() -> None:
        raise TransientError("no answer came")

    world = make()
    world.product.archive("1")
    _once(world, "engineering.archive", lose, after=after)
    world.sync()
    world.settle(deep=True)
    assert not any(_there(world).values())
    assert _of(world).item.state is ItemState.DEAD
    world.product.archive("1", archived=False)
    _once(world, "engineering.restore", lose, after=after)
    world.sync()
    world.settle(deep=True)
    assert _everywhere(world)


def test_only_what_was_reviewed_comes_back(make: Made) -> None:
    world = make()
    _end_by_hiding(world)
    world.product.hidden.clear()
    reviewed = frozenset(one.identity for one in world.plan(deep=True) if one.sends)
    assert not world.sync(only_steps=frozenset()).total("writes")
    report = world.sync(only_steps=reviewed)
    assert report.exit_code() == 0
    assert _everywhere(world)


@pytest.mark.parametrize("origin", ["product", "engineering"])
def test_what_was_left_where_there_is_no_archive_stays_alone_until_its_item_comes_back(make: Made, origin: str) -> None:
    world = make()
    tool = world.tools[origin]
    tool.capabilities = replace(tool.capabilities, archives=False)
    other = "delivery"
    world.tools[other].hidden.add("1")
    for _ in range(5):
        world.sync(deep=True)
    assert _of(world).item.state is ItemState.DEAD
    assert _there(world)[origin], "there is no archive to put it into"
    assert all(len(one.items()) == 2 for one in world.tools.values()), "and it is not made anew elsewhere"

    world.tools[other].hidden.clear()
    world.settle(deep=True)

    assert _everywhere(world)
    assert all(len(one.items()) == 2 for one in world.tools.values())


def test_a_deleted_item_that_reappears_after_its_twins_were_deleted_begins_anew(make: Made) -> None:
    world = make(OnDelete.DELETE)
    world.product.hidden.add("1")
    for _ in range(3):
        world.sync(deep=True)
    world.product.hidden.clear()
    world.settle(deep=True)
    assert all(sorted(str(one.fields[Field.TITLE]) for one in tool.items()) == ["Pay by card", "Refunds"]
               for tool in world.tools.values())  # fmt: skip
