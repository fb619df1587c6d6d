"""Commands as processes: two at once, one that is killed, one whose reader leaves, one that is interrupted."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import pytest
import requests
from commands import FIGURES, PYTHON, Desk, faults, total
from users import AsanaUser, JiraUser, TrelloUser

HEAVY = ("sqlalchemy", "alembic", "jira", "trello", "asana", "requests", "fastapi", "werkzeug", "rich")
PATIENCE = 60.0


def _until_asked(base: str, more_than: int) -> None:
    """Wait until a tool has had so many requests."""
    deadline = time.monotonic() + PATIENCE
    while total(base) <= more_than:
        assert time.monotonic() < deadline, "nothing was asked"
        time.sleep(0.02)


def test_of_two_syncs_at_once_the_second_leaves(desk: Desk, ada: TrelloUser) -> None:
    ada.create("Pay by card")
    seen = total(desk.bases["jira"])
    faults(desk.bases["jira"], latency=1.5)
    first = desk.start("sync", "--json")
    _until_asked(desk.bases["jira"], seen)

    second = desk.run("sync", "--json")
    faults(desk.bases["jira"])
    out, err = first.communicate(timeout=PATIENCE)

    assert second.code == 6
    assert second.document.keys() >= FIGURES
    assert [one["kind"] for one in second.document["errors"]] == ["locked"]
    assert first.returncode == 0, err
    assert json.loads(out)["created"] == 2


def test_a_sync_that_was_killed_is_finished_by_the_next_without_doubles(
    desk: Desk, ada: TrelloUser, grace: JiraUser, linus: AsanaUser
) -> None:
    titles = [f"Number {number}" for number in range(12)]
    for title in titles:
        ada.create(title)
    for tool in ("jira", "asana"):
        faults(desk.bases[tool], latency=0.15)
    started = desk.start("sync", "--json")
    _until_written(desk, "jira")
    started.send_signal(signal.SIGKILL)
    started.communicate(timeout=PATIENCE)
    for tool in ("jira", "asana"):
        faults(desk.bases[tool])

    done = desk.run("sync", "--json")
    for _ in range(3):
        if not done.document["writes"]:
            break
        done = desk.run("sync", "--json")

    assert done.code == 0, done.document["errors"]
    issues = requests.get(f"{desk.bases['jira']}/_sandbox/state", timeout=10).json()
    tasks = requests.get(f"{desk.bases['asana']}/_sandbox/state", timeout=10).json()
    assert sorted(one["fields"]["summary"] for one in issues) == sorted(titles)
    assert {one["fields"]["status"]["name"] for one in issues} == {"To Do"}
    assert sorted(one["name"] for one in tasks) == sorted(titles)
    assert desk.run("verify").code == 0


def _until_written(desk: Desk, tool: str) -> None:
    """Wait until the first write has reached a tool."""
    deadline = time.monotonic() + PATIENCE
    while not requests.get(f"{desk.bases[tool]}/_sandbox/requests", timeout=10).json()["writes"]:
        assert time.monotonic() < deadline, "nothing was written"
        time.sleep(0.01)


def test_an_interrupted_sync_ends_quietly(desk: Desk, ada: TrelloUser) -> None:
    ada.create("Pay by card")
    seen = total(desk.bases["jira"])
    faults(desk.bases["jira"], latency=1.0)
    started = desk.start("sync")
    _until_asked(desk.bases["jira"], seen)

    started.send_signal(signal.SIGINT)
    out, err = started.communicate(timeout=PATIENCE)

    assert started.returncode == 130
    assert "Traceback" not in out + err


def test_a_reader_that_leaves_is_no_error_worth_a_traceback(backlog: Desk) -> None:
    assert backlog.run("sync").code == 0
    for arguments in (["board"], ["export", "--format", "json"], ["history", "--json"], ["plan", "--json"]):
        started = backlog.start(*arguments)
        assert started.stdout is not None
        assert started.stderr is not None
        started.stdout.close()
        err = started.stderr.read()
        started.stderr.close()
        started.wait(PATIENCE)

        assert "Traceback" not in err, arguments
        assert "Exception ignored" not in err, arguments


@pytest.mark.parametrize("arguments", [["--help"], ["sync", "--help"], ["init", "--help"], ["--version"]])
def test_help_imports_no_database_no_web_and_no_vendors_client(arguments: list[str]) -> None:
    shown, loaded = _imported_by(*arguments)

    assert "pmsync" in shown
    assert loaded.isdisjoint(HEAVY)
    assert not any(module.startswith("pmsync_") for module in loaded)


def test_a_pass_without_news_imports_nothing_that_only_others_need(desk: Desk, ada: TrelloUser) -> None:
    ada.create("Pay by card")
    while desk.run("sync", "--json").document["writes"]:
        pass

    shown, loaded = _imported_by("sync", environ={**desk.environ, "PMSYNC_CONFIG": str(desk.config)})

    assert "nothing to do" in shown
    assert loaded.isdisjoint({"alembic", "markdown_it", "rapidfuzz", "dbos", "fastapi", "uvicorn", "werkzeug"})
    assert loaded >= {"sqlalchemy", "jira", "trello", "asana"}, "it is these that are seen"


def _imported_by(*arguments: str, environ: Mapping[str, str] | None = None) -> tuple[str, set[str]]:
    """What a command prints, and the packages that it imported."""
    script = (
        "import sys; sys.argv = ['pmsync', *sys.argv[1:]]\n"
        "from pmsync.cli import main\n"
        "try:\n    main()\nexcept SystemExit as ended:\n    code = ended.code\n"
        "print(code, *sys.modules, file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments],
        env={**os.environ, **(environ or {})}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    code, *modules = done.stderr.split()
    assert code == "0"
    return done.stdout, {module.partition(".")[0] for module in modules}


@pytest.mark.parametrize(
    "arguments", [["sync", "--nope"], ["nope"], ["reconcile"], ["plan", "--config"], ["sandbox", "--port", "99999"]]
)
def test_usage_errors_exit_with_2(desk: Desk, arguments: list[str]) -> None:
    done = desk.run(*arguments)

    assert done.code == 2
    assert "Traceback" not in done.err


def test_nothing_at_all_shows_the_help(desk: Desk) -> None:
    done = desk.run()

    assert "Commands:" in done.out + done.err


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shell_completion_can_be_installed_and_completes(shell: str, tmp_path: Path) -> None:
    environ = {**os.environ, "_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1", "HOME": str(tmp_path)}
    shown = subprocess.run(
        [*PYTHON, "--show-completion", shell], capture_output=True, text=True, env=environ, check=False
    )
    assert shown.returncode == 0, shown.stderr
    assert "complete" in shown.stdout.lower()


def test_completion_knows_the_commands(tmp_path: Path) -> None:
    environ = {**os.environ, "_PMSYNC_COMPLETE": "complete_bash", "COMP_WORDS": "pmsync re", "COMP_CWORD": "1"}
    script = "import sys; sys.argv = ['pmsync']; from pmsync.cli import main; main()"

    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, env=environ, check=False)

    assert "reconcile" in done.stdout.split()


def test_the_sandbox_tells_its_addresses_first_and_ends_quietly(desk: Desk) -> None:
    started = desk.start("sandbox", "--port", "0", "--json")
    assert started.stdout is not None

    bases = json.loads(started.stdout.readline())
    answer = requests.get(f"{bases['trello']}/_sandbox/requests", timeout=10).json()
    started.send_signal(signal.SIGINT)
    out, err = started.communicate(timeout=PATIENCE)

    assert list(bases) == sorted(bases)
    assert answer["total"] == 0
    assert (started.returncode, out) == (0, "")
    assert "Traceback" not in err


def test_a_port_that_is_taken_is_told(desk: Desk) -> None:
    port = int(desk.bases["asana"].rpartition(":")[2])

    done = desk.process("sandbox", "--port", str(port))

    assert done.code == 2
    assert str(port) in done.err
    assert "Traceback" not in done.err
