"""The simulation itself under test: pmsync broken on purpose is found, soon."""

import pytest
from tests.simulation.campaign import check
from tests.simulation.mutants import CANARY, MUTANTS

SOON = 60
"""Mutants that take more seeds than this are for `make torture`."""

PATIENCE = 4


def _found(name: str, seeds: int) -> int | None:
    """After how many seeds a mutant is found."""
    with MUTANTS[name].applied():
        return next((seed + 1 for seed in range(seeds) if check(seed).wrong), None)


def test_the_canary_dies_within_a_hundred_seeds() -> None:
    assert _found(CANARY, 100) is not None


@pytest.mark.parametrize("name", [name for name, mutant in MUTANTS.items() if mutant.found <= SOON])
def test_a_broken_engine_is_found(name: str) -> None:
    mutant = MUTANTS[name]
    assert _found(name, PATIENCE * max(mutant.found, 5)), f"not found: {mutant.what}"


@pytest.mark.torture
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("name", [name for name, mutant in MUTANTS.items() if mutant.found > SOON])
def test_an_engine_that_is_rarely_wrong_is_found(name: str) -> None:
    mutant = MUTANTS[name]
    assert _found(name, PATIENCE * mutant.found), f"not found: {mutant.what}"
