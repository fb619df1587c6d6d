"""`python -m tests.simulation --seeds 10000`: a campaign by hand. Exit 1, and the seeds, where any fails."""

import argparse
import os
import sys

from rich.console import Console
from rich.progress import track
from sweeping import seldom
from tests.simulation.campaign import DEPTHS, campaign, canary, count, explain, keep
from tests.simulation.mutants import CANARY, MUTANTS

EXPLAINED = 3


def main() -> int:
    """Run it."""
    read = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    read.add_argument("--seeds", type=int, default=1000, help="how many")
    read.add_argument("--start", type=int, default=0, help="the first")
    read.add_argument("--depth", choices=DEPTHS, default="engine")
    read.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    read.add_argument("--canary", action="store_true", help="break pmsync on purpose: it has to be found")
    read.add_argument("--mutant", choices=sorted(MUTANTS), default="", help="break pmsync in this way")
    given = read.parse_args()
    mutant = CANARY if given.canary else given.mutant
    say = sys.stdout.write
    if not mutant:
        found = canary(given.depth)
        say(
            f"the canary was found after {found} seeds\n"
            if found
            else "the canary lives: this simulation sees nothing\n"
        )
        if found is None:
            return 1
    seeds = range(given.start, given.start + given.seeds)
    with seldom():
        runs = campaign(seeds, depth=given.depth, workers=given.workers, mutant=mutant)
        tally = count(track(runs, "playing", len(seeds), console=Console(stderr=True), transient=True))
    rate = tally.runs / tally.seconds if tally.seconds else 0.0
    say(f"{tally.runs} runs, {tally.points} points, {rate:.0f} runs a second, {len(tally.failed)} failed\n")
    say("quiet after " + ", ".join(f"{n} passes: {many}" for n, many in sorted(tally.quiet.items())) + "\n")
    for number, (seed, wrong) in enumerate(sorted(tally.failed.items())):
        if mutant:
            say(f"seed {seed}: {wrong.splitlines()[0]}\n")
            continue
        keep(given.depth, seed, wrong)
        say(f"{explain(seed, given.depth) if number < EXPLAINED else f'seed {seed}: {wrong}'}\n")
    return 1 if tally.failed else 0


if __name__ == "__main__":
    sys.exit(main())
