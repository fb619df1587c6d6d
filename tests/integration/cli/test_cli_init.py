"""`init` from outside: what it finds out, what it writes, and that check, plan and sync then work unchanged."""

import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml
from commands import CONNECTIONS, VARIABLES, Desk, writes
from users import AsanaUser, JiraUser, TrelloUser

from pmsync.config import load
from pmsync.errors import ConfigError
from pmsync.model.fields import Field


@pytest.fixture
def fresh(desk: Desk) -> Desk:
    """A folder without anything in it."""
    desk.config.unlink()
    (desk.folder / "pmsync.db").unlink()
    return desk


def _options(desk: Desk, *more: str, without: str = "") -> list[str]:
    """Everything that a set-up of all three tools needs to be told."""
    told = ["--non-interactive"]
    for name, tool in CONNECTIONS.items():
        told += ["--connection", f"{name}={tool}", "--url", f"{name}={desk.bases[tool]}"]
    places = {"product": "Roadmap", "engineering": "ENG", "delivery": "Launch"}
    for name, place in places.items():
        told += ["--scope", f"{name}={place}"] if name != without else []
    return ["init", *told, *more]


def _everything(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_what_it_writes_works_unchanged(fresh: Desk, running: Any) -> None:
    for base in running.bases.values():
        requests.post(f"{base}/_sandbox/reset", json={"seed": "demo"}, timeout=10)

    done = fresh.run(*_options(fresh, "--create", "product=engineering,delivery", "--backfill"))

    assert done.code == 0, done.err
    assert writes(fresh.bases) == 0
    assert [fresh.run(command).code for command in ("check", "plan", "sync", "verify")] == [0, 0, 0, 0]
    assert fresh.run("sync", "--json").document["writes"] == 0
    config = yaml.safe_load(fresh.config.read_text(encoding="utf-8"))
    assert [one["mapping"] for one in config["connections"].values()] == [
        "trello-kanban",
        "jira-software",
        "asana-sections",
    ]
    assert config["syncs"]["roadmap"]["create"] == {"product": ["engineering", "delivery"]}
    assert {name: one["role"] for name, one in config["syncs"]["roadmap"]["members"].items()} == {
        name: name for name in CONNECTIONS
    }


def test_credentials_are_named_and_never_written(fresh: Desk) -> None:
    fresh.environ |= {"OURS": "sandbox-ada", "TRELLO_TOKEN": "sandbox-pmsync"}

    done = fresh.run(*_options(fresh, "--credential", "delivery.token=OURS"))

    text = fresh.config.read_text(encoding="utf-8")
    assert done.code == 0, done.err
    assert stat.S_IMODE(fresh.config.stat().st_mode) == 0o600
    assert 'token: "${OURS}"' in text
    assert 'key: "${TRELLO_KEY}"' in text
    assert not any(value in text + done.out + done.err for value in ("sandbox-ada", "sandbox-pmsync"))


def test_the_mapping_is_shown_as_a_table(fresh: Desk) -> None:
    told = fresh.run(*_options(fresh)).out.splitlines()

    assert next(line for line in told if line.startswith("In Review")).split("  ")[1:] != []
    row = " ".join(next(line for line in told if line.startswith("In Review")).split())
    assert row == "In Review Review In Review ~ In Progress"
    assert "Of 4 people, 4 are known in every tool." in told


def test_as_json_it_tells_what_it_wrote_and_what_check_says(fresh: Desk) -> None:
    done = fresh.run(*_options(fresh, "--json"))

    assert done.code == 0
    assert done.document["config"] == str(fresh.config)
    assert done.document["check"]["ok"]
    assert done.document["variables"] == []


def test_a_board_of_its_own_kind_gets_a_mapping_of_its_own(fresh: Desk, ada: TrelloUser) -> None:
    name = 'Projekt: "Möbel" # ${HOME} 🌙'
    lists = ["🔥 In Arbeit", "Offen", "- QA: [x]", "Erledigt", "yes", "Eingang", "Templates"]
    _board(ada, name, lists)

    done = fresh.run(*_options(fresh, "--scope", f"product={name}", without="product"))

    assert done.code == 0, done.out + done.err
    config = load(fresh.config, VARIABLES)
    mapping = config.connections["product"].mapping
    assert {place: shown.shows[0] for place, shown in mapping.statuses.items()} == {
        "Eingang": "Backlog",
        "Offen": "To Do",
        "🔥 In Arbeit": "In Progress",
        "Erledigt": "Done",
    }
    assert mapping.statuses["🔥 In Arbeit"].shows == ("In Progress", "In Review", "Blocked")
    assert "Templates" in done.out
    assert [fresh.run(command).code for command in ("check", "plan", "sync")] == [0, 0, 0]


def test_a_list_without_a_counterpart_is_a_finding_and_not_a_guess(fresh: Desk, ada: TrelloUser) -> None:
    _board(ada, "Odd", ["To Do", "Doing"])

    done = fresh.run(*_options(fresh, "--scope", "product=Odd", "--json", without="product"))

    assert done.code == 1
    errors = [one["message"] for one in done.document["check"]["findings"] if one["severity"] == "error"]
    assert len(errors) == 2
    assert all("cannot be shown" in one for one in errors)


def _board(ada: TrelloUser, name: str, lists: list[str]) -> None:
    """A further board, which pmsync can see."""
    headers = {"Authorization": 'OAuth oauth_consumer_key="sandbox", oauth_token="sandbox-pmsync"'}
    base = ada._base
    made = requests.post(
        f"{base}/boards", headers=headers, params={"name": name, "defaultLists": "false"}, timeout=10
    ).json()
    for one in lists:
        requests.post(
            f"{base}/boards/{made['id']}/lists", headers=headers, params={"name": one, "pos": "bottom"}, timeout=10
        ).raise_for_status()


def test_custom_fields_that_several_tools_have_are_found_and_kept_in_step(
    fresh: Desk, ada: TrelloUser, grace: JiraUser, linus: AsanaUser
) -> None:
    board = {"idModel": ada.board, "modelType": "board", "pos": "bottom"}
    ids = {}
    for name, kind in (("team", "text"), ("Fix versions", "text"), ("Budget", "checkbox"), ("Only here", "number")):
        ids[name] = ada.call("POST", "/customFields", {**board, "name": name, "type": kind})["id"]
    linus.have("Team", "Payments", "Mobile")
    card = ada.create("Pay by card")
    ada.call("PUT", f"/cards/{card}/customField/{ids['team']}/item", {"value": {"text": "mobile"}})

    done = fresh.run(*_options(fresh, "--create", "product=engineering,delivery", "--backfill"))

    assert done.code == 0, done.out + done.err
    rows = [re.split(r"\s{2,}", line.strip()) for line in done.out.splitlines()]
    assert ["release", "Fix versions", "its own", "-"] in rows
    assert ["team", "team", "Team", "Team"] in rows
    team = Field.custom("team")
    assert {
        name: {native: said.shows for native, said in one.mapping.custom.items()}
        for name, one in load(fresh.config, VARIABLES).connections.items()
    } == {
        "product": {"team": team, "Fix versions": Field.RELEASE}, "engineering": {"Team": team},
        "delivery": {"Team": team},
    }  # fmt: skip
    assert [fresh.run(command).code for command in ("check", "sync", "verify")] == [0, 0, 0]
    (issue,) = grace.call("GET", "/search/jql", jql="project = ENG", fields="customfield_10030")["issues"]
    assert issue["fields"]["customfield_10030"]["value"] == "Mobile"


def test_nothing_is_written_over_unless_asked_to(desk: Desk) -> None:
    before = _everything(desk.folder)

    refused = desk.run(*_options(desk, "--json"))
    kept = _everything(desk.folder)
    allowed = desk.run(*_options(desk, "--yes"))

    assert (refused.code, refused.document["errors"][0]["kind"]) == (2, "config")
    assert kept == before
    assert allowed.code == 0
    assert _everything(desk.folder)["config.yaml"] != before["config.yaml"]


def test_the_same_answers_make_the_same_files(fresh: Desk) -> None:
    assert fresh.run(*_options(fresh)).code == 0
    first = fresh.config.read_bytes()

    assert fresh.run(*_options(fresh)).code == 0
    assert fresh.config.read_bytes() == first


@pytest.fixture
def untouched(fresh: Desk) -> Iterator[Desk]:
    """A folder in which nothing may be left."""
    yield fresh
    assert _everything(fresh.folder) == {}


@pytest.mark.parametrize(
    ("more", "code", "told"),
    [
        (["--scope", "product=Nowhere"], 2, "the credentials see nothing called 'Nowhere'; they see Roadmap ("),
        (["--scope", "product=Roadmap", "--credential", "delivery.token=NOT_SET"], 2, "NOT_SET is not set"),
        (["--scope", "product=Roadmap", "--credential", "delivery.colour=X"], 2, "takes token"),
        (["--scope", "product=Roadmap", "--role", "product=boss"], 2, "'boss' is none of"),
        (["--scope", "product=Roadmap", "--url", "other=http://x"], 2, "--url other: no such connection"),
        (["--scope", "product=Roadmap", "--create", "product=nowhere"], 2, "--create product=nowhere"),
        (["--scope", "product=Roadmap", "--create", "product=product"], 2, "not created where it comes from"),
        (["--scope", "product=Roadmap", "--mapping", "product=nope"], 2, "nope"),
        (["--scope", "product=Roadmap", "--zone", "Nowhere/Land"], 2, "zone"),
        (["--scope", "product=Roadmap", "--state", "mysql://x"], 2, "state"),
        ([], 2, "--scope product=NAME; there are: Roadmap"),
        (["--scope", "product"], 2, "NAME=VALUE"),
    ],
)
def test_what_cannot_be_is_told_and_nothing_is_written(untouched: Desk, more: list[str], code: int, told: str) -> None:
    done = untouched.run(*_options(untouched, *more, without="product"))

    assert done.code == code, done.out + done.err
    assert told in " ".join(done.err.split())


def test_a_wrong_token_is_told_and_nothing_is_written(untouched: Desk) -> None:
    untouched.environ["ASANA_TOKEN"] = "wrong"

    done = untouched.run(*_options(untouched, "--json"))

    assert (done.code, done.document["errors"][0]["kind"]) == (5, "auth")


def test_a_folder_that_cannot_be_written_is_told(fresh: Desk) -> None:
    (fresh.folder / "file").write_text("")

    done = fresh.run(*_options(fresh, "--out", str(fresh.folder / "file" / "config.yaml")))

    assert done.code == 2
    assert "cannot be written" in done.err


def test_one_connection_is_not_enough(untouched: Desk) -> None:
    done = untouched.run("init", "--non-interactive", "--connection", "product=trello")

    assert done.code == 2
    assert "at least two" in done.err


def test_it_asks_for_what_it_is_not_told(fresh: Desk) -> None:
    typed = ["trello, jira", "1", fresh.bases["jira"], "ENG", "product", "engineering", "jira", "none", "n", "y"]
    fresh.environ["TRELLO_SECRET"] = "sandbox-secret"

    done = fresh.run("init", "--url", f"trello={fresh.bases['trello']}", typed="\n".join(typed) + "\n")

    assert done.code == 0, done.out + done.err
    config = load(fresh.config, {**VARIABLES, "TRELLO_SECRET": "sandbox-secret"})
    assert {name: one.role for name, one in config.syncs["roadmap"].members.items()} == {
        "trello": "product",
        "jira": "engineering",
    }
    assert config.syncs["roadmap"].create == {"trello": ("jira",)}


def test_what_is_typed_in_secret_is_to_be_exported_and_is_written_nowhere(fresh: Desk) -> None:
    options = ["--url", f"asana={fresh.bases['asana']}", "--url", f"jira={fresh.bases['jira']}"]
    del fresh.environ["ASANA_TOKEN"]
    typed = ["asana jira", "sandbox-grace", "1", "1", "none", "engineering", "none", "none", "y"]

    done = fresh.run("init", *options, typed="\n".join(typed) + "\n")

    assert done.code == 0, done.out + done.err
    assert "export ASANA_TOKEN=…" in done.out
    assert "sandbox-grace" not in done.out + done.err
    assert not any(b"sandbox-grace" in content for content in _everything(fresh.folder).values())
    with pytest.raises(ConfigError, match="ASANA_TOKEN"):
        load(fresh.config, {name: value for name, value in VARIABLES.items() if name != "ASANA_TOKEN"})


def test_a_wrong_secret_can_be_typed_again(fresh: Desk) -> None:
    options = ["--url", f"asana={fresh.bases['asana']}", "--url", f"jira={fresh.bases['jira']}"]
    del fresh.environ["ASANA_TOKEN"]
    typed = ["asana jira", "wrong", "y", "sandbox-grace", "1", "1", "none", "engineering", "none", "none", "y"]

    done = fresh.run("init", *options, typed="\n".join(typed) + "\n")

    assert done.code == 0, done.out + done.err


@pytest.mark.parametrize(
    "answers", [["asana jira"], ["asana jira", "1", "1", "none", "engineering", "none", "none", "n"]]
)
def test_whoever_stops_half_way_leaves_nothing_behind(untouched: Desk, answers: list[str]) -> None:
    options = ["--url", f"asana={untouched.bases['asana']}", "--url", f"jira={untouched.bases['jira']}"]

    done = untouched.run("init", *options, typed="\n".join(answers) + "\n")

    assert done.code == 1
    assert "Traceback" not in done.err


def test_a_config_that_is_there_is_told_before_anything_is_asked(desk: Desk) -> None:
    done = desk.run("init", typed="")

    assert done.code == 2
    assert "--yes" in done.err
    assert "Which tools" not in done.out


def test_asking_and_json_do_not_go_together(untouched: Desk) -> None:
    assert untouched.run("init", "--json").code == 2


def test_files_are_made_with_the_rights_that_they_keep(fresh: Desk) -> None:
    before = os.umask(0)
    try:
        assert fresh.run(*_options(fresh)).code == 0
    finally:
        os.umask(before)

    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in fresh.folder.iterdir() if path.is_file()}
    assert modes["config.yaml"] == 0o600
    assert modes["pmsync.db"] == 0o600
