"""`undo` from outside: it shows, asks, takes back, and says what it left alone; `history` and `verify` after it."""

import json

import pytest
from commands import FIGURES, Desk, writes
from users import AsanaUser, JiraUser, TrelloUser


def test_a_run_is_taken_back_after_it_was_shown_and_agreed_to(
    desk: Desk, ada: TrelloUser, grace: JiraUser, linus: AsanaUser
) -> None:
    card = ada.create("Pay by card")
    assert desk.run("sync").code == 0
    ada.rename(card, "Pay by phone")
    run = desk.run("sync", "--json").document["run"]
    before = writes(desk.bases)

    declined = desk.run("undo", run, typed="n\n")
    unanswered = desk.run("undo", run, typed="")
    planned = desk.run("undo", run, "--json")

    assert (declined.code, unanswered.code, planned.code) == (0, 2, 0)
    assert "Pay by phone → Pay by card" in declined.out
    assert "Nothing was sent." in declined.out
    assert "--yes" in unanswered.err
    assert (planned.document["done"], planned.document["run"]) == (False, None)
    assert {(one["connection"], one["field"]) for one in planned.document["steps"]} == {
        ("engineering", "title"), ("delivery", "title"),
    }  # fmt: skip
    assert writes(desk.bases) == before

    done = desk.run("undo", run, "--yes", "--json")

    assert done.code == 0
    assert done.document.keys() >= FIGURES
    assert (done.document["done"], done.document["undoes"], done.document["updated"]) == (True, run, 2)
    assert writes(desk.bases) > before
    before = writes(desk.bases)
    assert desk.run("sync", "--deep", "--json").document["writes"] == 0
    assert writes(desk.bases) == before
    _told(desk, card, run, done.document["run"])

    nothing = desk.run("undo", run, "--yes")
    assert (nothing.code, "Nothing to undo" in nothing.out) == (0, True)
    (open_,) = desk.run("conflicts", "list", "--open", "--json").document
    assert desk.run("conflicts", "resolve", str(open_["number"]), "--take", "delivery").code == 0
    assert desk.run("sync").code == 0
    assert ada.call("GET", f"/cards/{card}")["name"] == "Pay by card"


def _told(desk: Desk, card: str, run: str, undo: str) -> None:
    """What `verify` and `history` say of an undone title."""
    verified = desk.run("verify", "--json")
    assert (verified.code, verified.document["agrees"]) == (0, True)
    assert {one["field"] for one in verified.document["held"]} == {"title"}
    told = desk.run("history", card, "--json").document
    (title,) = [one for one in told["fields"] if one["field"] == "title"]
    assert title["hold"]["policy"] == "undone"
    assert {(one["run"], one["undid"]) for one in title["carried"]} == {(undo, run)}
    runs = desk.run("history", "--json").document
    assert runs[1]["command"] == f"undo {run}"


@pytest.mark.parametrize("arguments", [["nonsense"], ["nonsense", "--yes", "--json"]])
def test_a_run_that_is_not_there_is_told_in_one_sentence(desk: Desk, arguments: list[str]) -> None:
    done = desk.run("undo", *arguments)
    assert done.code == 2
    assert done.err.strip() == "pmsync: there is no run 'nonsense'; `pmsync history` lists the runs"
    if "--json" in arguments:
        assert json.loads(done.out)["errors"][0]["kind"] == "config"


def test_a_run_without_writes_has_nothing_to_undo(desk: Desk) -> None:
    run = desk.run("sync", "--json").document["run"]
    told, document = desk.run("undo", run, "--yes"), desk.run("undo", run, "--yes", "--json")
    assert (told.code, document.code) == (0, 0)
    assert "Nothing to undo" in told.out
    assert (document.document["done"], document.document["steps"]) == (False, [])
    assert document.document["message"]


def test_a_comment_is_told_in_words_and_taken_back(desk: Desk, ada: TrelloUser) -> None:
    card = ada.create("Pay by card")
    assert desk.run("sync").code == 0
    ada.comment(card, "Which **cards** do we take?\n\nVisa?")
    run = desk.run("sync", "--json").document["run"]

    told = desk.run("history", "--run", run, width=200).out
    (made, _) = [
        one for one in desk.run("history", card, "--json").document["changes"] if one["kind"] == "comment made"
    ]
    board = desk.run("board", width=200).out
    (row,) = desk.run("board", "--json").document["items"]
    exported = desk.run("export").out.splitlines()
    planned = desk.run("undo", run, "--json").document
    shown = desk.run("undo", run, typed="n\n", width=200).out
    done = desk.run("undo", run, "--yes", width=200)

    line = next(one for one in told.splitlines() if "delivery" in one)
    assert "Which cards do we take? ⏎ Visa?" in line
    assert "Ada Lovelace in product" in line
    assert "part-" not in line
    assert (made["author"], made["origin"], made["says"]) == (
        "Ada Lovelace", "product", ["", "Which cards do we take?\nVisa?"],
    )  # fmt: skip
    assert made["after"].keys() == {"text"}
    assert made["part"] == made["note"]
    assert (row["comments"], row["attachments"]) == (1, 0)
    assert "comments" in board
    assert exported[0].split(",")[14:16] == ["comments", "attachments"]
    assert exported[1].split(",")[14:16] == ["1", "0"]
    assert {(one["kind"], one["connection"]) for one in planned["steps"]} == {
        ("remove comment", "engineering"), ("remove comment", "delivery"),
    }  # fmt: skip
    assert "remove comment: Ada Lovelace, in Trello: Which cards do we take? ⏎ Visa?" in shown
    assert done.code == 0
    assert "2 comments" in done.out
    assert desk.run("plan", "--exit-code").code == 0
