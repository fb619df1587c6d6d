"""A crash, or a fault, at every call and every commit of many scenarios: it comes to the same end as without."""

import random
from functools import cache

import pytest
from tests.simulation.strikes import FAULTS, Blow, blows, differs, ends, run

SCENARIOS = 200
CRASHES = 200
STRUCK = 100
CHUNKS = 20
USUAL = 60
"""How many of the scenarios are struck in a usual run."""

_whole = cache(run)


def _some(kinds: tuple[Blow, ...], chunk: int, wanted: int) -> list[tuple[int, int, Blow]]:
    """An even share of the ways in which some of the scenarios can be struck, drawn from the chunk's number."""
    rng = random.Random(chunk)
    seeds = [seed for seed in range(chunk, USUAL, CHUNKS - 1) if kinds[0] is Blow.CRASH or not ends(seed)]
    share = 1 + wanted // CHUNKS // len(seeds)
    found = []
    for seed in seeds:
        ways = list(blows(seed, _whole(seed).points, kinds))
        found += [(seed, at, blow) for at, blow in rng.sample(ways, min(share, len(ways)))]
    return found


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_a_crash_anywhere_changes_nothing_in_the_end(chunk: int) -> None:
    told = [differs(seed, at, blow, _whole) for seed, at, blow in _some((Blow.CRASH,), chunk, CRASHES)]
    assert not [one for one in told if one]


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_a_fault_anywhere_changes_nothing_in_the_end(chunk: int) -> None:
    told = [differs(seed, at, blow, _whole) for seed, at, blow in _some(FAULTS, chunk, STRUCK)]
    assert not [one for one in told if one]


@pytest.mark.torture
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("seed", range(SCENARIOS))
def test_every_blow_at_every_place(seed: int) -> None:
    assert not _whole(seed).wrong
    told = [differs(seed, at, blow, _whole) for at, blow in blows(seed, _whole(seed).points, tuple(Blow))]
    assert not [one for one in told if one]
