"""The audit log: whole lines in order, whoever writes, whatever is in them, whatever was cut short."""

import json
import os
import stat
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path

import forked
import pytest

from pmsync.errors import StateError
from pmsync.store import AuditLog

APPEND = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from pmsync.store import AuditLog
with AuditLog(Path(sys.argv[1])) as log:
    for number in range(200):
        log.append("line", datetime(2026, 1, 1, tzinfo=UTC), writer=sys.argv[2], number=number, text="x" * 20_000)
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "pmsync-audit.jsonl"


@pytest.fixture
def log(path: Path) -> Iterator[AuditLog]:
    with AuditLog(path) as opened:
        yield opened


def test_a_line_says_when_and_what(log: AuditLog, path: Path, now: datetime) -> None:
    log.append("write", now.astimezone(timezone(timedelta(hours=2))), item="i1", before=None, after={"place": "1"})
    assert path.read_text().count("\n") == 1
    assert json.loads(path.read_text()) == {
        "at": "2026-11-22T03:47:00.000000+00:00",
        "kind": "write",
        "item": "i1",
        "before": None,
        "after": {"place": "1"},
    }


def test_the_file_is_its_owners_alone(log: AuditLog, path: Path) -> None:
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_what_is_there_is_never_overwritten(path: Path, now: datetime) -> None:
    for number in range(3):
        with AuditLog(path) as log:
            log.append("run", now, number=number)
            log.sync()
    with AuditLog(path) as log:
        assert [entry["number"] for entry in log.entries()] == [0, 1, 2]


def test_any_text_of_any_length_is_one_line(log: AuditLog, path: Path, now: datetime) -> None:
    texts = ["a\nb\r\u2028c", "\0\ud800", "=1+1 [/b] \x1b[31m", "\N{ROCKET}" * 300_000]
    for text in texts:
        log.append("conflict", now, value=text)
    assert len(path.read_bytes().splitlines()) == len(texts)
    assert [entry["value"] for entry in log.entries()] == texts


def test_the_latest_of_a_kind_is_found_from_the_end(log: AuditLog, now: datetime) -> None:
    assert log.latest("fence") is None
    for number in range(50):
        log.append("fence", now, epoch=number)
        log.append("write", now, text="x" * 3_000)
    log.append("large", now, text="y" * 200_000)
    found = log.latest("fence")
    assert found is not None
    assert found["epoch"] == 49
    large = log.latest("large")
    assert large is not None
    assert large["text"] == "y" * 200_000
    assert log.latest("nothing") is None


def test_a_line_cut_short_by_a_crash_costs_only_itself(path: Path, now: datetime) -> None:
    with AuditLog(path) as log:
        log.append("run", now, number=1)
    with path.open("a") as file:
        file.write('{"at": "2026-11-2')
    with AuditLog(path) as log:
        log.append("run", now, number=2)
        assert [entry["number"] for entry in log.entries()] == [1, 2]
        found = log.latest("run")
        assert found is not None
        assert found["number"] == 2


def test_lines_of_one_batch_stay_together(log: AuditLog, now: datetime) -> None:
    log.extend([("conflict", now, {"number": 1}), ("conflict", now, {"number": 2})])
    log.extend([])
    assert [entry["number"] for entry in log.entries()] == [1, 2]


def test_processes_and_threads_append_whole_lines(log: AuditLog, path: Path, now: datetime) -> None:
    processes = [forked.start_code(APPEND, str(path), str(one)) for one in range(2)]

    def append() -> None:
        for number in range(100):
            log.append("line", now, writer="thread", number=number)

    threads = [threading.Thread(target=append) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert [(process.communicate(60), process.returncode) for process in processes] == [(("", ""), 0)] * 2
    entries = list(log.entries())
    assert len(path.read_bytes().splitlines()) == len(entries) == 600
    for writer in ("0", "1"):
        assert [entry["number"] for entry in entries if entry["writer"] == writer] == list(range(200))


def test_a_place_that_will_not_do_is_refused_with_a_remedy(tmp_path: Path) -> None:
    with pytest.raises(StateError, match="Change `audit`"):
        AuditLog(tmp_path)
    with pytest.raises(StateError, match="No such file"):
        AuditLog(tmp_path / "nowhere" / "audit.jsonl")


def test_a_full_disk_is_a_state_error(now: datetime) -> None:
    full = Path("/dev/full")
    if not full.exists() or os.geteuid() != 0:
        pytest.skip("needs /dev/full and the right to open it for reading and writing")
    with pytest.raises(StateError, match=r"cannot be (opened|written)"), AuditLog(full) as log:
        log.append("run", now)
