"""Two people change one thing: who wins, what is kept of the other, and what a person decides."""

from typing import Any

import pytest
from trio import TOOLS, Trio

from pmsync.model.fields import Field
from pmsync.store.records import Conflict, ConflictState
from pmsync.sync.resolve import Choice, resolve, value_of


def _quarrel(trio: Trio, fields: dict[str, Any], *, apart: float = 0.0) -> list[Conflict]:
    """Trello, then Jira rename the same item between two passes."""
    trio.configure(sync={"fields": fields})
    trio.trello.create("Pay by card")
    trio.settle()
    trio.trello.rename(trio.find("trello", "Pay by card"), "Pay by Visa")
    trio.wait(apart)
    trio.jira.rename(trio.find("jira", "Pay by card"), "Pay by Mastercard")
    report = trio.sync()
    assert report.exit_code() == 0, "a conflict settled by policy, or held, is no failure"
    assert report.as_json()["conflicts"] == 1
    return list(trio.store.reports.conflicts(sync="roadmap"))


@pytest.mark.parametrize(
    ("fields", "apart", "winner"),
    [
        ({}, 0, "Pay by Visa"),
        ({"title": {"owner": "engineering"}}, 0, "Pay by Mastercard"),
        ({"title": {"conflict": {"prefer": "engineering"}}}, 0, "Pay by Mastercard"),
        ({"title": {"conflict": "newest"}}, 3600, "Pay by Mastercard"),
        ({"title": {"conflict": "newest"}}, 30, "Pay by Visa"),
    ],
    ids=["default owner", "owner", "prefer", "newest", "too near to tell"],
)
def test_a_conflict_is_settled_by_its_policy_and_recorded_with_both_values(
    trio: Trio, fields: dict[str, Any], apart: float, winner: str
) -> None:
    (conflict,) = _quarrel(trio, fields, apart=apart)
    trio.settle()
    assert [trio.titles(tool) for tool in TOOLS] == [[winner]] * 3
    assert conflict.state is ConflictState.SETTLED
    values = {claim["value"] for claim in conflict.values}  # type: ignore[index,call-overload,union-attr]
    assert values == {"Pay by Visa", "Pay by Mastercard"}
    assert "Pay by Visa" in trio.config.audit.read_text(encoding="utf-8")
    assert "Pay by Mastercard" in trio.config.audit.read_text(encoding="utf-8")


@pytest.mark.parametrize("take", ["product", "engineering", "another"])
def test_a_manual_conflict_holds_the_field_alone_until_a_person_decides(trio: Trio, take: str) -> None:
    (conflict,) = _quarrel(trio, {"title": {"conflict": "manual"}})
    assert conflict.state is ConflictState.OPEN
    trio.settle()
    assert trio.titles("trello") == ["Pay by Visa"]
    assert trio.titles("jira") == ["Pay by Mastercard"]
    assert trio.titles("asana") == ["Pay by card"]

    trio.jira.due(trio.find("jira", "Pay by Mastercard"), "2026-12-24")
    trio.settle()
    assert trio.item("trello", "Pay by Visa").due == "2026-12-24", "other fields travel"

    value = "Pay by either" if take == "another" else value_of(conflict, take)
    done = resolve(trio.config, trio.store, Choice(conflict.id, value, "ada"), trio.served.clock)
    assert done.report.exit_code() == 0
    wanted = {"product": "Pay by Visa", "engineering": "Pay by Mastercard", "another": "Pay by either"}[take]
    assert [trio.titles(tool) for tool in TOOLS] == [[wanted]] * 3
    assert not list(trio.store.reports.conflicts(sync="roadmap", state=ConflictState.OPEN))
    assert trio.verify().agrees


def test_a_manual_conflict_ends_when_the_tools_come_to_agree(trio: Trio) -> None:
    _quarrel(trio, {"title": {"conflict": "manual"}})
    for tool in TOOLS:
        (id_,) = trio.shown(tool)
        trio.users[tool].rename(id_, "Pay by any card")
    trio.settle()
    assert not list(trio.store.reports.conflicts(sync="roadmap", state=ConflictState.OPEN))
    assert [trio.titles(tool) for tool in TOOLS] == [["Pay by any card"]] * 3


def test_labels_of_two_people_are_both_kept(trio: Trio) -> None:
    card = trio.trello.create("Pay by card")
    trio.trello.label(card, "old")
    trio.settle()
    trio.trello.label(card, "money")
    trio.jira.label(trio.find("jira", "Pay by card"), "infra")
    trio.asana.unlabel(trio.find("asana", "Pay by card"), "old")
    trio.settle()
    for tool in TOOLS:
        assert trio.item(tool, "Pay by card").labels == ("infra", "money")
    assert not list(trio.store.reports.conflicts(sync="roadmap"))


def test_texts_of_two_people_are_merged_where_they_can_be(trio: Trio) -> None:
    trio.trello.create("Pay by card", text="First.\n\nSecond.\n\nThird.")
    trio.settle()
    trio.trello.describe(trio.find("trello", "Pay by card"), "First, by Ada.\n\nSecond.\n\nThird.")
    trio.jira.describe(trio.find("jira", "Pay by card"), "First.\n\nSecond.\n\nThird, by Grace.")
    trio.settle()
    for tool in TOOLS:
        assert trio.item(tool, "Pay by card").text == "First, by Ada. Second. Third, by Grace."


def test_an_uncontested_edit_by_anyone_travels_whoever_owns_the_field(trio: Trio) -> None:
    trio.trello.create("Pay by card")
    trio.settle()
    trio.asana.rename(trio.find("asana", "Pay by card"), "Pay by Linus")
    trio.trello.move(trio.find("trello", "Pay by card"), "Done")
    trio.settle()
    assert [trio.titles(tool) for tool in TOOLS] == [["Pay by Linus"]] * 3
    assert trio.item("jira", "Pay by Linus").place == "Done"
    assert Field.TITLE in next(iter(trio.store.items.every()))[0].item.values


@pytest.mark.parametrize("tool", ["trello", "asana"])
def test_a_description_that_somebody_took_away_is_no_conflict_with_what_pmsync_had_written(
    trio: Trio, tool: str
) -> None:
    trio.users[tool].describe(trio.users[tool].create("Pay"), "Words")
    trio.settle()
    there = trio.find(tool, "Pay")
    trio.users[tool].rename(there, "Pay by card")
    trio.users[tool].describe(there, "")
    trio.settle()
    assert {one: trio.item(one, "Pay by card").text for one in TOOLS} == dict.fromkeys(TOOLS, "")
    assert not list(trio.store.reports.conflicts(sync="roadmap"))
