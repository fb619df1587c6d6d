"""The demo: what it proves, how it looks, and that it leaves nothing behind."""

import re
import signal
import subprocess
import time
from pathlib import Path

import pytest
from commands import PYTHON, Desk, Ran
from rich.cells import cell_len
from users import TrelloUser

from pmsync.cli.demo.play import Play
from pmsync.cli.demo.stage import raised
from pmsync.config import load
from pmsync.store import open_store

AIM = 20.0
"""Seconds, on two idle cores; a busy machine is given more."""


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """One run of the demo where the environment names a proxy that is not there."""
    desk = Desk(tmp_path_factory.mktemp("demo"), {})
    desk.environ |= {"HTTP_PROXY": "http://127.0.0.1:9", "http_proxy": "http://127.0.0.1:9"}
    return desk.run("demo", "--json")


def test_the_demo_proves_its_figures(demo: Ran) -> None:
    assert demo.code == 0
    told = demo.document
    assert told["ok"]
    assert told["items"] == 38
    assert sum(told["third"]["measured"]["writes"].values()) == 0
    assert sum(told["second"]["measured"]["writes"].values()) > 0
    assert {one["connection"] for one in told["edits"]} == {"product", "engineering", "delivery"}
    assert all(len(path) >= 3 for path in told["walked"].values()), "moves that take two hops or more"
    assert len(told["conflicts"]) == 1
    values = {one["value"] for one in told["conflicts"][0]["values"]}
    assert values == {one["value"] for one in told["edits"] if one["item"] == "Remind merchants of unfinished set-ups"}
    assert told["conflicts"][0]["winner"]["value"] in values
    assert not Path(told["config"]).exists(), "it takes away what it put down"


def test_the_demo_can_be_read_in_eighty_columns(desk: Desk) -> None:
    done = desk.run("demo", width=80)

    assert done.code == 0
    lines = done.out.splitlines()
    assert max(cell_len(line) for line in lines) <= 80
    assert len(lines) < 200
    assert "Writes by the tools' own count: Trello 0, Jira 0, Asana 0. Quiet." in done.out
    assert "“Remind merchants once, then leave them in peace”" in done.out
    assert "“Remind merchants until they answer”" in done.out
    assert "Settled: Trello's stands everywhere (owner)" in done.out
    assert re.search(r"To Do → In", done.out)
    assert "…" not in next(line for line in lines if "tally:" in line), "no column of the board is cut"


def test_the_demo_is_over_soon_and_asks_no_proxy_for_what_is_on_this_machine(demo: Ran) -> None:
    assert demo.code == 0, demo.err
    assert demo.document["seconds"] < 3 * AIM


def test_a_demo_whose_last_pass_writes_has_failed() -> None:
    with raised() as stage:
        config = load(stage.config, {})
        with open_store(config.state) as store:
            play = Play(stage, config, store)
            play.first()
            play.second()
            assert play.right
            ada = TrelloUser(stage.bases["product"])
            ada.create("Nobody told the others of this")
            ada.close()

            play.third()

            assert not play.right


def test_a_demo_that_is_kept_can_be_played_with_until_it_is_interrupted(desk: Desk) -> None:
    started = subprocess.Popen(
        [*PYTHON, "demo", "--keep"], cwd=desk.folder, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert started.stdout is not None
    config = ""
    deadline = time.monotonic() + 90
    for line in started.stdout:
        assert time.monotonic() < deadline
        config = line.partition("PMSYNC_CONFIG=")[2].strip() or config
        if "verify" in line:
            break

    verified = desk.process("verify", "--config", config, "--json")
    started.send_signal(signal.SIGINT)
    _, err = started.communicate(timeout=60)

    assert (verified.code, verified.document["agrees"]) == (0, True)
    assert started.returncode == 0
    assert "Traceback" not in err
    assert not Path(config).parent.exists()
