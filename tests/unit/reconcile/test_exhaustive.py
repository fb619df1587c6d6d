"""Every case of two and of three replicas over a small vocabulary: what must hold holds in each of them."""

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence

import pytest
from worlds import COARSE, DEEP, FINE, NOW, STATUSES, Table, World

from pmsync.mapping.lens import Unmapped
from pmsync.model.fields import Field
from pmsync.reconcile.policy import Policy, Rule
from pmsync.reconcile.state import Setting

TWO = {"fine": FINE, "coarse": COARSE}
THREE = {"deep": DEEP, "coarse": COARSE, "fine": FINE}


def worlds(lenses: Mapping[str, Table], values: Sequence[str], *, full: bool) -> Iterator[World]:
    """All worlds with these tools: each value of the item, each base that shows it or is behind, each raw value."""
    for value in values:
        choices = []
        for lens in lenses.values():
            bases = [(one, 3) for one, shown in lens.shows.items() if value in shown]
            behind = [one for one, shown in lens.shows.items() if shown and value not in shown]
            bases += [(one, 2) for one in (behind if full else behind[:1])]
            choices.append([(base, seen, raw) for base, seen in bases for raw in lens.shows])
        for combination in itertools.product(*choices):
            named = dict(zip(lenses, combination, strict=True))
            yield World(
                Field.STATUS,
                lenses,
                raws={name: raw for name, (_, _, raw) in named.items()},
                bases={name: base for name, (base, _, _) in named.items()},
                seen={name: seen for name, (_, seen, _) in named.items()},
                setting=Setting(value, 3, next(iter(lenses)), NOW),
                policy=Policy(Rule.OWNER, (next(iter(lenses)),)),
            )


def every_two() -> Iterator[World]:
    return worlds(TWO, STATUSES, full=True)


def every_three() -> Iterator[World]:
    return worlds(THREE, ("To Do", "In Review"), full=False)


CASES = [pytest.param(every_two, id="two replicas"), pytest.param(every_three, id="three replicas")]


def changed(world: World, name: str) -> bool:
    return world.raws[name] != world.bases[name]


@pytest.mark.parametrize("every", CASES)
def test_an_edit_is_only_overwritten_together_with_a_recorded_conflict(every: Callable[[], Iterator[World]]) -> None:
    for world in every():
        decision = world.decide()
        told = {claim.connection for conflict in decision.conflicts for claim in conflict.claims}
        for write in decision.writes:
            assert not changed(world, write.connection) or write.connection in told, world


@pytest.mark.parametrize("every", CASES)
def test_what_shows_the_value_already_is_not_written(every: Callable[[], Iterator[World]]) -> None:
    for world in every():
        for write in world.decide().writes:
            change = write.changes[Field.STATUS]
            assert change.before == world.raws[write.connection] != change.after, world


@pytest.mark.parametrize("every", CASES)
def test_an_unmapped_value_is_left_alone_and_moves_nothing(every: Callable[[], Iterator[World]]) -> None:
    for world in every():
        unmapped = {
            name for name, lens in world.lenses.items() if isinstance(lens.get(world.raws[name], None), Unmapped)
        }
        decision = world.decide()
        assert not unmapped & {write.connection for write in decision.writes}, world
        others = [name for name in world.lenses if name not in unmapped and changed(world, name)]
        if not others:
            assert decision.fields[Field.STATUS].value == world.setting.value, world  # type: ignore[union-attr]


@pytest.mark.parametrize("every", CASES)
def test_an_edit_that_nobody_contests_travels(every: Callable[[], Iterator[World]]) -> None:
    for world in every():
        edits = [name for name in world.lenses if changed(world, name)]
        if len(edits) != 1 or world.seen[edits[0]] != 3:
            continue
        value = world.lenses[edits[0]].get(world.raws[edits[0]], world.setting.value)  # type: ignore[union-attr]
        if not isinstance(value, Unmapped):
            decision = world.decide()
            assert decision.fields[Field.STATUS].value == value, world
            assert not decision.conflicts, world


@pytest.mark.parametrize("every", CASES)
def test_every_edit_is_shown_somewhere_or_recorded(every: Callable[[], Iterator[World]]) -> None:
    for world in every():
        before = world.copy()
        decision = world.play()
        told = {claim.native for conflict in decision.conflicts for claim in conflict.claims}
        for name in world.lenses:
            if changed(before, name):
                raw = before.raws[name]
                assert world.raws[name] == raw or raw in told, before


@pytest.mark.parametrize("every", CASES)
def test_after_one_pass_the_tools_agree_and_the_next_writes_nothing(every: Callable[[], Iterator[World]]) -> None:
    for world in every():
        start = world.copy()
        world.play()
        again = world.play()
        assert not again.writes, start
        assert not again.conflicts, start
        for name, lens in world.lenses.items():
            if not isinstance(lens.get(world.raws[name], None), Unmapped):
                assert world.shows(name, world.setting.value), start  # type: ignore[union-attr]


@pytest.mark.parametrize("every", CASES)
def test_the_same_inputs_give_the_same_decision(every: Callable[[], Iterator[World]]) -> None:
    for world in every():
        assert world.decide() == world.decide()
