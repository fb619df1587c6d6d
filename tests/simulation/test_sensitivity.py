"""The simulation itself under test: pmsync broken on purpose is found, soon."""

import pytest
from tests.simulation.campaign import canary, found
from tests.simulation.mutants import MUTANTS

SOON = 100
"""Mutants that take more seeds than this are for `make torture`."""

PATIENCE = 4


def test_the_canary_dies_within_a_hundred_seeds() -> None:
    assert canary() is not None


@pytest.mark.parametrize("name", [name for name, mutant in MUTANTS.items() if mutant.found <= SOON])
def test_a_broken_engine_is_found(name: str) -> None:
    mutant = MUTANTS[name]
    assert found(name, PATIENCE * max(mutant.found, 5)), f"not found: {mutant.what}"


@pytest.mark.torture
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("name", [name for name, mutant in MUTANTS.items() if mutant.found > SOON])
def test_an_engine_that_is_rarely_wrong_is_found(name: str) -> None:
    mutant = MUTANTS[name]
    assert found(name, PATIENCE * mutant.found), f"not found: {mutant.what}"
