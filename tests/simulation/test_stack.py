"""The same over the real connectors, the vendors' clients and the sandboxes."""

import os

import pytest
from depth import QUICK
from tests.simulation.campaign import check, explain, kept

SEEDS = int(os.environ.get("PMSYNC_STACK_SEEDS", "20" if QUICK else "60"))
CHUNK = 10


@pytest.mark.parametrize("start", range(0, SEEDS, CHUNK))
def test_nothing_is_lost_doubled_or_left_different(start: int) -> None:
    for seed in range(start, min(start + CHUNK, SEEDS)):
        if check(seed, "stack").wrong:
            pytest.fail(explain(seed, "stack"), pytrace=False)


@pytest.mark.parametrize("seed", kept("stack"))
def test_a_seed_that_failed_once_does_not_again(seed: int) -> None:
    if check(seed, "stack").wrong:
        pytest.fail(explain(seed, "stack"), pytrace=False)
