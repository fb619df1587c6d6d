"""The simulation itself under test: pmsync broken on purpose is found, soon."""

import pytest
from depth import QUICK
from tests.simulation.campaign import canary, found
from tests.simulation.mutants import MUTANTS

SOON = 3 if QUICK else 20
"""Mutants that take more seeds than this are for `make torture`."""

PATIENCE = 4
LEAST = 50
"""A mutant that was found sooner was lucky: with another draw it may be found as late as one that took so many."""

TAKEN = {name: mutant.found for name, mutant in MUTANTS.items()}
"""How many seeds each took when it was measured."""


def test_the_canary_dies_within_a_hundred_seeds() -> None:
    assert canary() is not None


@pytest.mark.parametrize("name", MUTANTS)
def test_what_a_mutant_replaces_is_there(name: str) -> None:
    with MUTANTS[name].applied():
        assert MUTANTS[name].patches()


@pytest.mark.parametrize(("name", "taken"), [(name, taken) for name, taken in TAKEN.items() if taken <= SOON])
def test_a_broken_engine_is_found(name: str, taken: int) -> None:
    assert found(name, PATIENCE * max(taken, LEAST)), f"not found: {MUTANTS[name].what}"


@pytest.mark.torture
@pytest.mark.timeout(3600)
@pytest.mark.parametrize(("name", "taken"), [(name, taken) for name, taken in TAKEN.items() if taken > SOON])
def test_an_engine_that_is_rarely_wrong_is_found(name: str, taken: int) -> None:
    assert found(name, PATIENCE * max(taken, LEAST)), f"not found: {MUTANTS[name].what}"
