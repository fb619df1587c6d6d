"""The whole engine over tools in memory: days that nobody would wish for."""

import os

import pytest
from depth import QUICK
from tests.simulation.campaign import check, explain, kept

SEEDS = int(os.environ.get("PMSYNC_SEEDS", "250" if QUICK else "1000"))
"""How many are played in a usual run; `make simulate` plays ten thousand, or as many as you like."""

CHUNK = 50


@pytest.mark.parametrize("start", range(0, SEEDS, CHUNK))
def test_nothing_is_lost_doubled_or_left_different(start: int) -> None:
    for seed in range(start, min(start + CHUNK, SEEDS)):
        if check(seed).wrong:
            pytest.fail(explain(seed), pytrace=False)


@pytest.mark.parametrize("seed", kept("engine"))
def test_a_seed_that_failed_once_does_not_again(seed: int) -> None:
    if check(seed).wrong:
        pytest.fail(explain(seed), pytrace=False)
