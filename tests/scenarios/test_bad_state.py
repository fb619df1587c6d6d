"""A state that cannot be used ends the command with exit code 2 and one clear sentence; nothing is sent."""

import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from served import Served
from trio import Trio, trios
from typer.testing import CliRunner, Result

from pmsync.store.migrate import VERSION_TABLE


@pytest.fixture
def trio(served: Served, tmp_path: Path) -> Iterator[Trio]:
    """The world, within reach of other processes."""
    yield from trios(tmp_path, served)


def _sync(trio: Trio) -> Result:
    from pmsync.cli.app import app

    trio.shut()
    return CliRunner().invoke(app, ["sync", "--config", str(trio.folder / "config.yaml")])


def _newer(trio: Trio) -> None:
    with sqlite3.connect(trio.folder / "pmsync.db") as database:
        database.execute(f"UPDATE {VERSION_TABLE} SET version_num = '9999'")
    database.close()


def _not_a_database(trio: Trio) -> None:
    for path in trio.folder.glob("pmsync.db*"):
        path.unlink()
    (trio.folder / "pmsync.db").write_text("This is a shopping list.\n" * 200, encoding="utf-8")


def _torn(trio: Trio) -> None:
    path = trio.folder / "pmsync.db"
    whole = path.read_bytes()
    path.write_bytes(whole[:4096] + b"\xff" * (len(whole) - 4096))


def _folder(trio: Trio) -> None:
    for path in trio.folder.glob("pmsync.db*"):
        path.unlink()
    (trio.folder / "pmsync.db").mkdir()


STATES: dict[str, tuple[Callable[[Trio], None], tuple[str, ...]]] = {
    "from a newer version": (_newer, ("newer",)),
    "not a database": (_not_a_database, ("no pmsync state",)),
    "torn": (_torn, ("damaged", "backup")),
    "a folder": (_folder, ("pmsync.db",)),
}


@pytest.mark.parametrize("case", STATES)
def test_a_state_that_cannot_be_used_is_told_in_a_sentence(trio: Trio, case: str) -> None:
    spoil, words = STATES[case]
    trio.trello.create("Pay by card")
    trio.settle()
    trio.shut()
    with sqlite3.connect(trio.folder / "pmsync.db") as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    spoil(trio)
    trio.trello.create("Another")
    written = trio.writes()
    result = _sync(trio)
    assert result.exit_code == 2, result.output
    told = result.stderr
    assert told.startswith("pmsync: ")
    assert "Traceback" not in told
    for word in words:
        assert word in told
    assert trio.writes() == written


_UNDER_A_LIMIT = """\
import resource, signal
size = os.stat(state).st_size + 4096
resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
"""
_AS_NOBODY = """\
for name in os.listdir(folder):
    os.chmod(os.path.join(folder, name), 0o444)
os.chmod(folder, 0o555)
while folder != "/":
    folder = os.path.dirname(folder)
    if os.stat(folder).st_mode & 0o001 == 0:
        os.chmod(folder, os.stat(folder).st_mode | 0o011)
if os.geteuid() == 0:
    os.setuid(65534)
"""
_SCRIPT = """\
import os, sys
from pmsync.cli import main

folder, state = {folder!r}, {state!r}
def run(command):
    sys.argv = ["pmsync", command, "--config", os.path.join({folder!r}, "config.yaml")]
    try:
        main()
    except SystemExit as ending:
        return ending.code or 0
run("plan")  # everything that a pass needs is imported by then
{change}
sys.exit(run("sync"))
"""


@pytest.mark.parametrize(("change", "words"), [(_AS_NOBODY, "may not write"), (_UNDER_A_LIMIT, "disk")])
def test_a_state_that_cannot_be_written_is_told_in_a_sentence_and_nothing_is_lost(
    trio: Trio, change: str, words: str
) -> None:
    """As another user, since nothing is read-only to root; and with a limit on the size of files, as on a full disk."""
    trio.trello.create("Pay by card")
    trio.settle()
    trio.shut()
    for number in range(30):
        trio.trello.create(f"Another {number}", text="Long. " * 300)
    state = str(trio.folder / "pmsync.db")
    script = _SCRIPT.format(folder=str(trio.folder), state=state, change=change)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=60)
    for path in (trio.folder, *trio.folder.iterdir()):
        path.chmod(0o755 if path.is_dir() else 0o600)
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    told = [line for line in done.stderr.splitlines() if line.startswith("pmsync: ")]
    assert words in told[-1], done.stderr
    trio.reopen()
    trio.settle(6)
    assert trio.titles("jira") == trio.titles("asana") == trio.titles("trello")
    assert len(trio.titles("asana")) == 31
