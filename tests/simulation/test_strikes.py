"""A crash, or a fault, at every call and every commit of many scenarios: it comes to the same end as without."""

from itertools import chain

import pytest
from depth import QUICK
from tests.simulation.mutants import MUTANTS
from tests.simulation.strikes import FAULTS, Blow, differences, every, play

SCENARIOS = 200
STRUCK = 60 if QUICK else SCENARIOS
CHUNK = 5
USUAL = {Blow.CRASH: 31} | dict.fromkeys(FAULTS, 91)
"""A usual run strikes at every how-manieth point of all scenarios: 2,000 crashes and 300 faults."""
ALL = dict.fromkeys(Blow, 1)


@pytest.mark.parametrize("first", range(0, STRUCK, CHUNK))
def test_a_blow_anywhere_changes_nothing_in_the_end(first: int) -> None:
    seeds = range(first, first + CHUNK)
    assert list(chain.from_iterable(differences(seed, every(seed, USUAL)) for seed in seeds)) == []


@pytest.mark.parametrize("name", ["no intent for creates", "intents dropped"])
def test_an_engine_that_forgets_what_was_never_answered_comes_to_another_end(name: str) -> None:
    with MUTANTS[name].applied():
        assert differences(1, every(1, {})) == []
        assert differences(1, every(1, {Blow.AFTER: 3})) != []


def test_a_scenario_that_is_brought_back_takes_the_same_course() -> None:
    """Of what is kept of a moment nothing is missing, whatever it was struck by meanwhile."""
    often = play(4, every(4, {Blow.CRASH: 20}), to_the_end=False)
    assert len(often.struck) > 10
    assert often.marks == play(4, every(4, {}), to_the_end=False).marks


@pytest.mark.torture
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("seed", range(SCENARIOS))
def test_every_blow_at_every_place(seed: int) -> None:
    assert differences(seed, every(seed, ALL), to_the_end=True) == []
