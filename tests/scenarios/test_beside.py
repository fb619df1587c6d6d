"""Work on a single item beside a pass: whichever comes in between, nothing is lost, doubled, or written twice."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from memories import NAME, Memories
from subtle import keeping, memories

from pmsync.errors import LockedError, RejectedError
from pmsync.model.fields import Field
from pmsync.sync.focus import reconcile_item


def _reconcile(world: Memories, reference: str) -> None:
    reconcile_item(world.config, world.plan_of, world.store, reference, world.clock)


def _try_to(world: Memories, reference: str) -> None:
    """Reconcile, if the pass is not at work on that very item."""
    with suppress(LockedError):
        _reconcile(world, reference)


def _at(world: Memories, number: int, act: Callable[[], None]) -> list[str]:
    """Have something done at the call of that number, before or after it; gives the calls so far."""
    calls: list[str] = []

    def count(call: str) -> None:
        calls.append(call)
        if len(calls) - 1 == number:
            act()

    world.before.append(count)
    world.after.append(count)
    return calls


@pytest.mark.parametrize("edited", ["product", "delivery"])
def test_an_item_reconciled_at_any_call_of_a_pass_loses_nothing(tmp_path: Path, edited: str) -> None:
    number = 0
    while True:
        with memories(tmp_path) as world:
            ids = world.begin(labels=["red"])

            def act(world: Memories = world, ids: dict[str, str] = ids) -> None:
                world.tools[edited].edit(ids[edited], labels=["red", "blue"])
                _try_to(world, ids["engineering"])

            world.product.edit(ids["product"], title="Pay by phone")
            calls = _at(world, number, act)
            assert world.sync().errors == []
            if number >= len(calls):
                return
            world.settle(deep=True)

            assert {str(title) for title in world.show(Field.TITLE).values()} == {"Pay by phone"}, (number, calls)
            assert all(shown in (["red", "blue"], ["blue", "red"]) for shown in world.show(Field.LABELS).values())
            assert [len(tool.items()) for tool in world.tools.values()] == [1, 1, 1]
            assert world.conflicts() == []
            assert world.verify().agrees
        number += 1


def test_a_new_item_reconciled_at_any_call_of_a_pass_is_made_once(tmp_path: Path) -> None:
    number = 0
    while True:
        with memories(tmp_path) as world:
            world.begin()
            new = world.product.add(title="Refund")

            def act(world: Memories = world, new: str = new) -> None:
                _try_to(world, new)

            calls = _at(world, number, act)
            report = world.sync()
            if number >= len(calls):
                return
            assert report.errors == [], (number, calls)
            world.settle(deep=True)

            assert [len(tool.items()) for tool in world.tools.values()] == [2, 2, 2], (number, calls[number])
            assert world.verify().agrees
        number += 1


def test_a_pass_leaves_an_item_alone_that_somebody_else_is_at_work_on(tmp_path: Path) -> None:
    with memories(tmp_path) as world:
        ids = world.begin()
        (bundle,) = next(iter(world.store.items.every(NAME)))
        world.product.edit(ids["product"], title="Pay by phone")

        with world.store.leases.held([bundle.item.id]):
            assert world.sync().total("writes") == 0
        assert world.sync().total("writes") == 2


def test_two_do_not_reconcile_one_item_at_once(tmp_path: Path) -> None:
    with memories(tmp_path) as world:
        ids = world.begin()
        (bundle,) = next(iter(world.store.items.every(NAME)))
        with world.store.leases.held([bundle.item.id]), pytest.raises(LockedError, match=bundle.item.id):
            _reconcile(world, ids["product"])
        _reconcile(world, ids["product"])


def test_what_no_tool_has_is_no_item_beside_a_pass_either(tmp_path: Path) -> None:
    with memories(tmp_path) as world:
        world.begin()
        with pytest.raises(RejectedError, match="no tool"):
            _reconcile(world, "nothing")


def test_what_a_restored_state_has_not_read_again_is_waited_for_before_anything_is_joined_by_its_title(
    tmp_path: Path,
) -> None:
    """Beside the first pass with a restored state, a copy of ours is asked for while the tool that it was made from has
    not been read again: it is nobody's twin by its title."""
    with keeping(tmp_path) as world:
        world.settle()
        world.backup()
        ids = {"delivery": world.delivery.add(title="Pay by card")}
        world.settle()
        (copy,) = world.product.items()
        (gone,) = world.engineering.items()
        world.engineering.delete(gone.ref.id)
        alike = world.engineering.add(title="Pay by card")
        world.restore()

        def ask(name: str) -> None:
            if name == "delivery.changes":
                world.before.remove(ask)
                for reference in (copy.ref.url, world.engineering.show(alike).ref.url):
                    with suppress(LockedError, RejectedError):
                        _reconcile(world, reference)

        world.before.append(ask)
        world.sync()
        assert ask not in world.before
        world.settle(deep=True)

        linked = world.store.replicas.known(NAME, "product", [copy.ref.id])[copy.ref.id].item
        assert linked == world.store.replicas.known(NAME, "delivery", [ids["delivery"]])[ids["delivery"]].item
        assert len([one for one in world.product.items() if not one.archived]) == 1
