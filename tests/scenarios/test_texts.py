"""Texts that are strange, long or hostile: every tool has what it can hold, and nothing interprets them."""

import csv
import io
import json
from collections.abc import Callable

import pytest
from trio import TOOLS, Trio
from typer.testing import CliRunner

TITLES = {
    "emoji": "Ship it 🚀👩‍👩‍👧‍👦 now",
    "right to left": "שלום עולם",
    "mixed directions": "Pay \u202eabc\u202c now",
    "markup": "[b]bold[/b] [link=x]y[/link] [/b]",
    "HTML": "<script>alert(1)</script> & <b>",
    "formula": '=HYPERLINK("http://evil.example","pay")',
    "another formula": "+1+1|cmd",
    "at": "@SUM(1)",
    "minus": "-2+3",
    "quotes": "He said \"no\", 'yes' and `maybe`",
    "YAML": "key: [a, {b: *c}]",
    "placeholders": "100% of {this} %s $HOME ${SECRET}",
    "combining": "e\u0301 and é",
}
HOSTILE = {
    "escape sequence": ("\x1b[31mred\x1b[0m alarm\x07", "red"),
    "NUL": ("be\x00fore", "fore"),
    "line break": ("one\ntwo", "two"),
    "carriage return": ("one\r\ntwo", "two"),
    "tab": ("one\ttwo", "two"),
    "line separator": ("one\u2028two", "two"),
}


@pytest.mark.parametrize("tool", TOOLS)
def test_any_title_travels_as_it_is(trio: Trio, tool: str) -> None:
    for title in TITLES.values():
        trio.users[tool].create(title)
    report = trio.settle()
    assert not report.errors
    assert [trio.titles(one) for one in TOOLS] == [sorted(TITLES.values())] * 3
    assert trio.verify().agrees


@pytest.mark.parametrize("tool", ["trello", "asana"])
@pytest.mark.parametrize("kind", HOSTILE)
def test_a_title_that_another_tool_cannot_take_as_it_is_reaches_it_on_one_line(
    trio: Trio, tool: str, kind: str
) -> None:
    title, part = HOSTILE[kind]
    trio.users[tool].create(title)
    trio.users[tool].create("Ordinary")
    trio.settle()
    for one in TOOLS:
        assert len(trio.titles(one)) == 2
        hostile = next(shown for shown in trio.titles(one) if shown != "Ordinary")
        assert part in hostile
        if one != tool:
            assert not {"\n", "\r"} & set(hostile)
    assert trio.verify().agrees


def test_a_title_of_300_characters_is_cut_for_jira_and_whole_elsewhere(trio: Trio) -> None:
    title = " ".join(f"word{number:03d}" for number in range(40))[:300]
    trio.trello.create(title)
    trio.settle()
    assert trio.titles("asana") == [title]
    (short,) = trio.titles("jira")
    assert len(short) <= 255
    assert title.startswith(short.rstrip("…").rstrip())

    trio.jira.rename(trio.find("jira", short), short.replace("word000", "WORD000"))
    trio.settle()
    assert trio.titles("trello") == trio.titles("asana") == [title.replace("word000", "WORD000")]


def test_a_description_of_40000_characters_is_never_cut_where_it_was_written(trio: Trio) -> None:
    long = "\n\n".join(f"Paragraph {number}. {'x' * 60}" for number in range(520))[:40_000]
    task = trio.asana.create("Long in Asana", text=long)
    trio.trello.create("Ordinary")
    report = trio.sync()
    assert "Ordinary" in trio.titles("jira")
    assert "Ordinary" in trio.titles("asana")
    trio.settle()
    assert trio.asana.task(task)["notes"].startswith(long[:39_000])
    assert [entry["kind"] for entry in report.errors] in ([], ["rejected"], ["rejected", "rejected"])

    # The title travels on, and an edit of the short version elsewhere does not cost the rest of the long one.
    trio.asana.rename(task, "Long in Asana, renamed")
    trio.settle()
    assert "Long in Asana, renamed" in trio.titles("jira")
    assert trio.asana.task(task)["notes"].startswith(long[:39_000])


def test_a_long_description_written_in_trello_is_whole_in_the_others(trio: Trio) -> None:
    long = "\n\n".join(f"Paragraph {number}. {'y' * 400}" for number in range(30))
    trio.trello.create("Long in Trello", text=long)
    trio.settle()
    for tool in ("jira", "asana"):
        assert "Paragraph 29." in trio.item(tool, "Long in Trello").text


def _run(trio: Trio, *words: str) -> str:
    from pmsync.cli.app import app

    trio.shut()
    result = CliRunner().invoke(app, [*words, "--config", str(trio.folder / "config.yaml")], env={"COLUMNS": "250"})
    assert result.exit_code == 0, result.output
    trio.reopen()
    return result.stdout


COMMANDS: dict[str, Callable[[Trio], str]] = {
    "plan": lambda trio: _run(trio, "plan"),
    "board": lambda trio: _run(trio, "board"),
    "markdown": lambda trio: _run(trio, "export", "--format", "md"),
}


def test_terminals_are_given_no_control_characters_and_no_markup(trio: Trio) -> None:
    titles = [*TITLES.values(), "\x1b[31mred\x1b[0m alarm\x07"]
    for title in titles:
        trio.trello.create(title)
    for name, command in COMMANDS.items():
        told = command(trio)
        assert "\x1b" not in told, name
        assert "\x07" not in told, name
        assert name == "markdown" or "\u202e" not in told, name
        assert "[/b]" in told or "\\[/b\\]" in told, f"{name} swallowed markup"
        if name == "plan":
            trio.settle()


def test_a_table_for_spreadsheets_holds_no_formula(trio: Trio) -> None:
    for title in TITLES.values():
        trio.trello.create(title)
    trio.settle()
    rows = list(csv.reader(io.StringIO(_run(trio, "export", "--format", "csv"))))
    assert len(rows) == len(TITLES) + 1
    for row in rows:
        for one in row:
            assert not one.startswith(("=", "+", "-", "@", "\t", "\r")), one
    told = json.loads(_run(trio, "export", "--format", "json"))
    assert sorted(one["title"] for one in told) == sorted(TITLES.values()), "JSON is exact"
