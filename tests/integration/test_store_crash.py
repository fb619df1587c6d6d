"""What a process that is killed while it writes leaves of the state: what it committed, and nothing else."""

import os
import random
import signal
from pathlib import Path

import forked
import pytest

from pmsync.store import open_store

WRITER = """
import os, signal, sys
from datetime import UTC, datetime
from pmsync.model.fields import Field
from pmsync.store import Change, Intent, IntentKind, Item, ItemState, Replica, open_store

url, where = sys.argv[1:]
NOW = datetime(2026, 11, 22, 3, 47, tzinfo=UTC)

def reach(boundary):
    print(boundary, flush=True)
    if boundary == where:
        os.kill(os.getpid(), signal.SIGKILL)

store = open_store(url, now=NOW)
store.on_commit = reach
for number in range(2):
    item, values = f"i{number}", {Field.TITLE: "x" * 1000}
    with store.transaction(f"decided {number}"):
        store.items.put([Item(item, "s", ItemState.LIVE, values, {}, "board", NOW, NOW)])
        store.journal.intend([Intent(f"n{number}", "s", item, "board", IntentKind.CREATE, values, {}, NOW, "run")])
        store.progress.put_fact("epoch", f"decided {number}")
        # More than SQLite holds back in memory, so that some of it is in the WAL before the commit.
        store.journal.record([Change("run", NOW, "noise", item, note="y" * 10_000) for _ in range(400)])
        reach(f"within {number}")
    with store.transaction(f"written {number}"):
        store.items.put_replicas([Replica(item, "s", "board", f"r{number}", "", "", values, values, {}, "d", NOW, NOW)])
        store.journal.settle([f"n{number}"])
        store.progress.put_fact("epoch", f"written {number}")
print("done", flush=True)
"""

BOUNDARIES = [
    point
    for number in range(2)
    for point in (
        f"within {number}",
        f"before decided {number}",
        f"after decided {number}",
        f"before written {number}",
        f"after written {number}",
    )
]


def _expected(last_commit: str | None) -> dict[str, object]:
    """What the state holds when `last_commit` (`decided 1`, ...) was the last."""
    step, _, number = (last_commit or "written -1").partition(" ")
    items = int(number) + 1
    return {
        "epoch": last_commit,
        "items": [f"i{one}" for one in range(items)],
        "replicas": items - (step == "decided"),
        "intents": [f"n{number}"] if step == "decided" else [],
        "history": items * 400,
    }


def _found(path: Path) -> dict[str, object]:
    with open_store(f"sqlite:///{path}", create=False) as store:
        return {
            "epoch": store.progress.fact("epoch"),
            "items": [bundle.item.id for chunk in store.items.every("s") for bundle in chunk],
            "replicas": store.counts("s").replicas.get("board", 0),
            "intents": [intent.id for intent in store.journal.intents("s")],
            "history": len(store.journal.history(kind="noise")),
        }


def _last_commit(boundaries: list[str]) -> str | None:
    commits = [line.removeprefix("after ") for line in boundaries if line.startswith("after ")]
    return commits[-1] if commits else None


@pytest.mark.parametrize("where", BOUNDARIES)
def test_a_kill_at_a_boundary_keeps_exactly_what_was_committed(tmp_path: Path, where: str) -> None:
    path = tmp_path / "pmsync.db"
    open_store(f"sqlite:///{path}").close()
    writer = forked.start_code(WRITER, f"sqlite:///{path}", where)
    out, err = writer.communicate(60)
    assert writer.returncode == -signal.SIGKILL, err
    reached = out.splitlines()
    assert reached[-1] == where
    assert _found(path) == _expected(_last_commit(reached))


def test_a_kill_at_any_time_keeps_whole_transactions(tmp_path: Path) -> None:
    seed = random.randrange(2**32)
    print(f"seed {seed}")  # noqa: T201
    chance = random.Random(seed)
    for attempt in range(4):
        path = tmp_path / f"pmsync-{attempt}.db"
        open_store(f"sqlite:///{path}").close()
        with forked.start_code(WRITER, f"sqlite:///{path}", "nowhere") as process:
            assert process.stdout is not None
            reached = [process.stdout.readline().strip() for _ in range(chance.randrange(1, len(BOUNDARIES)))]
            os.kill(process.pid, signal.SIGKILL)
            reached += process.stdout.read().splitlines()
        found = _found(path)
        # The kill may fall between a commit and its announcement.
        announced = _last_commit(reached)
        order = [None, *(point.removeprefix("after ") for point in BOUNDARIES if point.startswith("after "))]
        following = order[order.index(announced) + 1 : order.index(announced) + 2]
        assert found in [_expected(commit) for commit in (announced, *following)], (attempt, reached)
