"""Subtle cases of what is what: absence, doubles, copies, moves, returns. Each story is told in one sentence."""

from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from memories import NAME, Memories
from subtle import Scenario, bundle, lose_the_answer, memories, naive_engine_fails, once, there

from pmsync.config.settings import OnDelete
from pmsync.model.fields import Field
from pmsync.model.native import Ref
from pmsync.store.records import ItemState


def test_an_item_that_is_not_found_once_is_not_deleted(tmp_path: Path) -> None:
    """Not found may mean not for us: what is there again in the next pass was never gone."""
    with memories(tmp_path, on_delete=OnDelete.DELETE) as world:
        ids = world.begin()
        world.product.hidden.add(ids["product"])
        report = world.sync(deep=True)
        assert any("looks again" in one["message"] for one in report.warnings)
        world.product.hidden.clear()
        world.settle(deep=True)
        assert there(world) == dict.fromkeys(world.tools, 1)
        assert len(bundle(world).replicas) == 3


def test_rights_that_come_back_before_they_are_asked_for_prove_no_deletion(tmp_path: Path) -> None:
    """The item is hidden in the second look as well, and "who am I" is asked before and after; only the project tells
    that we are shut out of it."""
    with memories(tmp_path, on_delete=OnDelete.DELETE) as world:
        ids = world.begin()
        world.product.hidden.add(ids["product"])
        world.sync(deep=True)
        once(world.before, "product.check", world.product.hidden.clear)
        world.sync(deep=True)
        world.settle(deep=True)
        assert there(world) == dict.fromkeys(world.tools, 1)
        assert len(bundle(world).replicas) == 3


def test_one_item_hidden_from_us_unlinks_and_is_linked_again_when_it_shows(tmp_path: Path) -> None:
    """The loss of rights to a single item looks like its deletion: nothing is destroyed, and it may come back."""
    with memories(tmp_path) as world:
        ids = world.begin()
        world.product.hidden.add(ids["product"])
        world.sync(deep=True)
        world.sync(deep=True)
        assert {one.connection for one in bundle(world).replicas} == {"engineering", "delivery"}
        world.delivery.edit(ids["delivery"], title="Pay by phone")
        world.settle()
        world.product.hidden.clear()
        world.settle(deep=True)
        assert there(world) == dict.fromkeys(world.tools, 1)
        assert len(bundle(world).replicas) == 3
        assert len({str(title) for title in world.show(Field.TITLE).values()}) == 1


@pytest.mark.parametrize("policy", [OnDelete.UNLINK, OnDelete.DELETE])
def test_what_pmsync_made_and_no_listing_shows_yet_is_no_deletion(tmp_path: Path, policy: OnDelete) -> None:
    """An index is minutes behind: a reading of everything lacks what was made just now, which is there by its id."""
    with memories(tmp_path, on_delete=policy) as world:
        world.engineering.lag = 600.0
        for number in range(3):
            world.product.add(title=f"Card {number}")
        world.sync()
        for _ in range(3):
            report = world.sync(deep=True)
            assert there(world) == dict.fromkeys(world.tools, 3)
            assert not report.total("unlinked")
            assert not report.warnings


def test_a_create_that_a_late_search_does_not_find_is_not_made_again(tmp_path: Path) -> None:
    """Its answer was lost, and the search lags as long as it says: it is waited for, and found."""
    with memories(tmp_path) as world:
        _late(world, lag=200.0, told=300.0)
        assert len(world.engineering.items()) == 1


def test_a_create_that_was_made_again_after_all_is_put_away(tmp_path: Path) -> None:
    """The search lags longer than it says, so that waiting and searching are not enough: one of the two is put away."""
    with memories(tmp_path) as world:
        _late(world, lag=400.0, told=60.0)
        assert len(world.engineering.items()) == 2
        assert there(world) == dict.fromkeys(world.tools, 1)
        assert len(bundle(world).replicas) == 3


def _late(world: Memories, *, lag: float, told: float) -> None:
    """A create without an answer, where the search lags; `told` is what the connector knows of that."""
    world.engineering.lag = lag
    world.engineering.capabilities = replace(world.engineering.capabilities, consistent_find=False, find_lag=told)
    world.product.add(title="Pay by card")
    lose_the_answer(world, "engineering.create")
    for _ in range(10):
        world.sync()
    world.settle(deep=True)


def test_a_card_that_a_person_copied_with_our_marker_is_an_item_of_its_own(tmp_path: Path) -> None:
    """The copy has the marker of what it was copied from: it is neither that item nor a second one made by us."""
    with memories(tmp_path) as world:
        ids = world.begin()
        copy = world.engineering.copy(ids["engineering"], by="grace")
        world.engineering.edit(copy, by="grace", title="A copy")
        world.settle()
        assert there(world) == dict.fromkeys(world.tools, 2)
        linked = {one.connection: one.remote_id for one in world.store.items.get(_item(world, ids)).replicas}  # type: ignore[union-attr]
        assert linked == ids, "the original is what it was"
        titles = {name: {one.fields[Field.TITLE] for one in tool.items()} for name, tool in world.tools.items()}
        assert titles == {name: {"Pay by card", "A copy"} for name in world.tools}


def _item(world: Memories, ids: dict[str, str]) -> str:
    return world.store.replicas.known(NAME, "product", [ids["product"]])[ids["product"]].item


def test_a_card_deleted_and_made_again_by_hand_is_another_item(tmp_path: Path) -> None:
    """The same title, and no marker: the old item ends, and the new one is not mistaken for it."""
    with memories(tmp_path, on_delete=OnDelete.ARCHIVE) as world:
        ids = world.begin()
        old = bundle(world).item.id
        world.product.delete(ids["product"])
        new = world.product.add(title="Pay by card")
        for _ in range(3):
            world.sync(deep=True)
        world.settle()
        assert world.engineering.show(ids["engineering"]).archived
        ended = world.store.items.get(old)
        assert ended is not None
        assert ended.item.state is ItemState.DEAD
        assert _item(world, {"product": new}) != old
        assert there(world) == dict.fromkeys(world.tools, 1)


def test_an_item_whose_key_changed_is_the_same_item(tmp_path: Path) -> None:
    """It moved to another project: its key is new, its id is not, and its twins stay its twins."""
    with memories(tmp_path) as world:
        ids = world.begin()
        card = world.engineering._card(ids["engineering"])
        card.versions.append(
            replace(card.now, ref=Ref(ids["engineering"], "OPS-7", "memory://ops/7"), updated_at=world.clock.now())
        )
        world.product.edit(ids["product"], title="Pay by phone")
        world.settle()
        assert there(world) == dict.fromkeys(world.tools, 1)
        assert world.show(Field.TITLE) == dict.fromkeys(world.tools, "Pay by phone")
        assert {one.key for one in bundle(world).replicas if one.connection == "engineering"} == {"OPS-7"}


@pytest.mark.parametrize(
    ("scenario", "mutant"),
    [
        (test_an_item_that_is_not_found_once_is_not_deleted, "delete on absence"),
        (test_an_item_that_is_not_found_once_is_not_deleted, "delete in one pass"),
        (test_a_create_that_a_late_search_does_not_find_is_not_made_again, "search lag ignored"),
        (test_a_create_that_a_late_search_does_not_find_is_not_made_again, "no intent for creates"),
        (test_a_create_that_was_made_again_after_all_is_put_away, "no healing"),
        (test_a_card_that_a_person_copied_with_our_marker_is_an_item_of_its_own, "marker trusted"),
    ],
)
def test_a_naive_engine_fails_it(scenario: Scenario, mutant: str, tmp_path: Path) -> None:
    naive_engine_fails(scenario, mutant, tmp_path)


def test_a_naive_engine_takes_what_no_listing_shows_yet_for_deleted(tmp_path: Path) -> None:
    scenario = partial(test_what_pmsync_made_and_no_listing_shows_yet_is_no_deletion, policy=OnDelete.UNLINK)
    naive_engine_fails(scenario, "absence is deletion", tmp_path)
