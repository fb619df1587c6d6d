"""`plan` and `sync` from outside: what is printed, what is written, how they end."""

import json
import os
from pathlib import Path

import pytest
from commands import FIGURES, Desk, unescaped, writes
from rich.cells import cell_len
from users import JiraUser, TrelloUser


def test_a_plan_writes_nothing_and_says_what_a_sync_then_does(desk: Desk, ada: TrelloUser) -> None:
    ada.create("Pay by card", "Doing")
    before = writes(desk.bases)

    told = desk.run("plan")

    assert told.code == 0
    assert "Pay by card" in told.out
    assert "create: In Progress" in told.out
    assert "2 changes to make" in told.out
    assert writes(desk.bases) == before
    assert desk.run("sync", "--json").document["created"] == 2


def test_a_plan_asked_for_its_exit_code_says_whether_there_is_anything_to_do(desk: Desk, ada: TrelloUser) -> None:
    ada.create("Pay by card")

    assert desk.run("plan", "--exit-code").code == 3
    assert desk.run("sync").code == 0
    assert desk.run("plan", "--exit-code").code == 0


def test_a_plan_as_json_is_one_document_with_every_step(desk: Desk, ada: TrelloUser) -> None:
    ada.create("Pay by card")

    document = desk.run("plan", "--json").document

    assert document["changes"] == 2
    steps = document["syncs"][0]["steps"]
    assert {(one["kind"], one["connection"], one["title"]) for one in steps} == {
        ("create", "engineering", "Pay by card"),
        ("create", "delivery", "Pay by card"),
    }


def test_a_sync_tells_its_figures_and_a_quiet_one_writes_nothing(desk: Desk, ada: TrelloUser, grace: JiraUser) -> None:
    ada.create("Pay by card")
    grace.create("Refunds")

    first = desk.run("sync", "--json")
    before = writes(desk.bases)
    second = desk.run("sync", "--json")

    assert (first.code, second.code) == (0, 0)
    assert first.document.keys() >= FIGURES
    assert (first.document["status"], first.document["items"], first.document["created"]) == ("ok", 2, 4)
    assert (second.document["writes"], writes(desk.bases) - before) == (0, 0)
    assert all(number <= 3 for number in second.document["requests"].values())


def test_a_plan_that_was_kept_is_carried_out_as_shown(desk: Desk, ada: TrelloUser) -> None:
    ada.create("Shown")
    desk.run("plan", "--out", str(desk.folder / "plan.json"))
    ada.create("Came later")

    done = desk.run("sync", "--plan", str(desk.folder / "plan.json"), "--json")

    assert (done.code, done.document["created"]) == (0, 2)
    assert {one["title"] for one in desk.run("board", "--json").document["items"] if len(one["places"]) > 1} == {
        "Shown"
    }


def test_a_plan_is_refused_where_the_world_has_moved(desk: Desk, ada: TrelloUser, grace: JiraUser) -> None:
    card = ada.create("Pay by card")
    other = ada.create("Refunds")
    assert desk.run("sync").code == 0
    ada.rename(card, "Pay by phone")
    ada.rename(other, "Partial refunds")
    desk.run("plan", "--out", str(desk.folder / "plan.json"))
    ada.rename(card, "Pay by watch")
    before = writes(desk.bases)

    done = desk.run("sync", "--plan", str(desk.folder / "plan.json"), "--json")

    assert done.code == 1
    assert done.document["status"] == "partial"
    assert {one["kind"] for one in done.document["errors"]} == {"stale"}
    titles = {one["fields"]["summary"] for one in _issues(grace)}
    assert titles == {"Pay by card", "Partial refunds"}, "the one that moved waits, the other is done"
    assert writes(desk.bases) - before == 2


def _issues(grace: JiraUser) -> list[dict[str, dict[str, str]]]:
    found: list[dict[str, dict[str, str]]] = grace.call(
        "POST", "/search/jql", {"jql": "project = ENG", "fields": ["summary"], "maxResults": 100}
    )["issues"]
    return found


@pytest.mark.parametrize("text", ["", "[]", '{"format": 99, "syncs": []}', '{"format": 1}', "\x00"])
def test_what_is_no_plan_is_refused(desk: Desk, text: str) -> None:
    path = desk.folder / "plan.json"
    path.write_text(text)

    done = desk.run("sync", "--plan", str(path), "--json")

    assert done.code == 2
    assert done.document["errors"][0]["kind"] == "config"


def test_a_pass_beyond_its_limits_stops_before_the_first_write(desk: Desk, ada: TrelloUser) -> None:
    desk.write(creates=2)
    for number in range(2):
        ada.create(f"Number {number}")
    before = writes(desk.bases)

    stopped = desk.run("sync", "--json")

    assert stopped.code == 4
    assert stopped.document.keys() >= FIGURES
    assert stopped.document["status"] == "stopped"
    assert "limits.creates" in stopped.document["errors"][0]["message"]
    assert writes(desk.bases) == before


def test_a_tool_that_cannot_be_reached_is_told_and_the_others_go_on(desk: Desk, ada: TrelloUser) -> None:
    ada.create("Pay by card")
    assert desk.run("sync").code == 0
    ada.create("Refunds")
    desk.write(bases={"asana": "http://127.0.0.1:9"})

    done = desk.run("sync", "--json")

    assert done.code == 5
    assert {one["connection"] for one in done.document["errors"]} == {"delivery"}
    assert done.document["created"] == 1


def test_credentials_that_are_refused_are_told(desk: Desk) -> None:
    desk.environ["JIRA_TOKEN"] = "sandbox-nobody-secret"

    done = desk.run("sync", "--json")

    assert done.code == 5
    assert [one["kind"] for one in done.document["errors"]] == ["auth"]
    assert "nobody-secret" not in done.out + done.err


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("version: 2", "version"),
        ("version: 1\nsyncs: {", "YAML"),
        ("version: 1\nconnections: {}\nsyncs: {}\nfoo: 1", "foo: unknown key"),
    ],
)
@pytest.mark.parametrize("command", ["sync", "plan", "check", "board", "verify", "history", "match", "conflicts"])
def test_a_wrong_config_ends_every_command_alike(desk: Desk, command: str, text: str, told: str) -> None:
    desk.config.write_text(text)

    done = desk.run(command, "--json")

    assert done.code == 2
    assert told in done.err
    assert done.document.keys() >= FIGURES
    assert done.document["status"] == "stopped"


def test_a_missing_variable_is_told_by_file_line_and_key(desk: Desk) -> None:
    desk.environ["TRELLO_KEY"] = None  # type: ignore[assignment]

    done = desk.run("sync")

    assert done.code == 2
    assert f"{desk.config}:6: connections.product.credentials.key" in done.err
    assert "TRELLO_KEY" in done.err


def test_a_sync_that_is_not_in_the_config_is_told(desk: Desk) -> None:
    done = desk.run("sync", "--only", "nope", "--json")

    assert (done.code, done.document["errors"][0]["kind"]) == (2, "config")


def test_titles_are_shown_and_never_obeyed(desk: Desk, ada: TrelloUser) -> None:
    ada.create("[/b][red]Sale[/red] :smile: \x1b[31mred\x1b[0m {x} %s \u202eabc")
    ada.create("two\nlines")

    shown = [desk.run(command, width=200) for command in ("plan", "sync", "board", "history", "verify")]
    plan, _, board, *_ = shown

    assert not any(unescaped(one.out + one.err) for one in shown)
    for told in (plan.out, board.out):
        assert "[/b][red]Sale[/red] :smile:" in told
        assert "{x} %s \\u202eabc" in told
        assert "two" in told


@pytest.mark.parametrize("width", [60, 80, 100])
def test_a_plan_fits_the_terminal(backlog: Desk, width: int) -> None:
    told = backlog.run("plan", width=width)

    assert told.code == 0
    assert max(cell_len(line) for line in told.out.splitlines()) <= width
    assert "ENG-1" in told.out
    assert "Apple Pay at the checkout\n" in told.out
    assert any(line.lstrip().startswith("!") for line in told.out.splitlines()), "conflicts are shown, with both values"
    assert "In Progress in product / In Review in engineering" in " ".join(told.out.split())


def test_paths_in_the_config_are_relative_to_it_whatever_the_working_directory(
    desk: Desk, ada: TrelloUser, tmp_path_factory: pytest.TempPathFactory
) -> None:
    ada.create("Pay by card")
    elsewhere = tmp_path_factory.mktemp("elsewhere")

    done = desk.process("sync", "--config", os.path.relpath(desk.config, elsewhere), "--json", cwd=elsewhere)

    assert done.code == 0, done.err
    assert list(elsewhere.iterdir()) == []
    assert {"pmsync.db", "pmsync-audit.jsonl"} <= {path.name for path in desk.folder.iterdir()}


def test_a_file_that_cannot_be_written_is_told(desk: Desk) -> None:
    done = desk.run("plan", "--out", str(desk.folder / "no" / "such" / "folder.json"), "--json")

    assert done.code == 2
    assert "cannot be written" in done.document["errors"][0]["message"]


def test_two_syncs_in_one_config_are_told_together_and_by_name(desk: Desk, ada: TrelloUser) -> None:
    desk.write(
        more="""\
  second:
    members: {product: {}, delivery: {}}
"""
    )
    ada.create("Pay by card")

    document = desk.run("sync", "--json").document

    assert document.keys() >= FIGURES
    assert set(document["syncs"]) == {"roadmap", "second"}
    assert document["created"] == sum(one["created"] for one in document["syncs"].values())


def test_a_kept_plan_is_json_that_can_be_read(desk: Desk, ada: TrelloUser, tmp_path: Path) -> None:
    ada.create("Łódź 🌙")
    desk.run("plan", "--out", str(tmp_path / "plan.json"))

    assert (
        "Łódź 🌙" in json.loads((tmp_path / "plan.json").read_text(encoding="utf-8"))["syncs"][0]["steps"][0]["title"]
    )
