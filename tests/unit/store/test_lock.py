"""The lock of a pass: one holder, named to the others; free again when the holder ends, however it ends."""

import os
import signal
from datetime import datetime
from pathlib import Path

import forked
import pytest
from postgres import await_departure

from pmsync.errors import LockedError
from pmsync.store import pass_lock

HOLD = """
import sys
from datetime import UTC, datetime
from pmsync.store import pass_lock
with pass_lock(sys.argv[1], now=datetime(2026, 11, 22, 3, 47, tzinfo=UTC)):
    print("held", flush=True)
    sys.stdin.read()
"""


def _hold(url: str) -> forked.Forked:
    process = forked.start_code(HOLD, url)
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_a_second_pass_is_told_who_is_at_work_since_when(url: str) -> None:
    with _hold(url) as process:
        with pytest.raises(LockedError) as caught, pass_lock(url):
            pytest.fail("the lock was given twice")
        assert f"process {process.pid} on " in str(caught.value)
        assert "since 2026-11-22T03:47:00+00:00" in str(caught.value)
        process.communicate()
    with pass_lock(url):
        pass


def test_a_killed_pass_lets_go(url: str) -> None:
    with _hold(url) as process:
        os.kill(process.pid, signal.SIGKILL)
        process.wait(30)
    await_departure(url)
    with pass_lock(url):
        pass


def test_two_passes_of_one_process_exclude_one_another_too(url: str) -> None:
    with pass_lock(url), pytest.raises(LockedError, match=f"process {os.getpid()}"), pass_lock(url):
        pytest.fail("the lock was given twice")
    with pass_lock(url):
        pass


def test_an_error_in_the_pass_lets_go(url: str) -> None:
    with pytest.raises(ZeroDivisionError), pass_lock(url):
        raise ZeroDivisionError
    with pass_lock(url):
        pass


def test_one_file_has_one_lock_whatever_it_is_called(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "state")
    with (
        pass_lock(f"sqlite:///{tmp_path}/state/pmsync.db"),
        pytest.raises(LockedError),
        pass_lock(f"sqlite:///{tmp_path}/link/../link/pmsync.db"),
    ):
        pytest.fail("the lock was given twice")


def test_two_states_have_two_locks(tmp_path: Path) -> None:
    with pass_lock(f"sqlite:///{tmp_path}/a.db"), pass_lock(f"sqlite:///{tmp_path}/b.db"):
        pass


def test_a_lock_file_with_nonsense_in_it_still_locks(tmp_path: Path, now: datetime) -> None:
    (tmp_path / "pmsync.db.lock").write_text("[1, 2")
    url = f"sqlite:///{tmp_path}/pmsync.db"
    with pass_lock(url, now=now):
        (tmp_path / "pmsync.db.lock").write_text("[1, 2]")
        with pytest.raises(LockedError, match="Another pass is at work"), pass_lock(url):
            pytest.fail("the lock was given twice")
