"""Texts from outside on a terminal: shown as they are, obeyed never."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from rich.table import Table

from pmsync.cli.plans import show_steps
from pmsync.cli.session import plain
from pmsync.cli.show import cell, line, said
from pmsync.sync.steps import Step

NASTY = "[/b][red]x[/red] :smile: \x1b[31m\x07 a\nb\tc \u202edcba \x9b31m \ud800 👩\u200d💻"


def _printed(thing: object, width: int = 200) -> str:
    out = io.StringIO()
    Console(file=out, width=width, force_terminal=False, markup=False, emoji=False, highlight=False).print(thing)
    return out.getvalue()


def test_what_a_terminal_would_obey_is_shown() -> None:
    assert line(NASTY, 200) == (
        "[/b][red]x[/red] :smile: \\x1b[31m\\x07 a ⏎ b c \\u202edcba \\x9b31m \\ud800 👩\u200d💻"
    )


@given(st.text())
def test_no_text_whatever_has_anything_left_to_obey(text: str) -> None:
    told = line(text, 500)

    assert all(one.isprintable() or one == "\u200d" for one in told)
    assert "\n" not in told


@given(st.text())
def test_printable_texts_are_left_alone(text: str) -> None:
    printable = "".join(one for one in text if one.isprintable())

    assert plain(printable) == printable


def test_markup_is_a_text_like_any_other_in_a_table() -> None:
    made = Table("[bold]title[/bold]")
    made.add_row(cell("[/b] [link=http://x]y[/link]"))

    assert "[/b] [link=http://x]y[/link]" in _printed(made)


def test_long_texts_are_cut_and_say_so() -> None:
    assert line("x" * 100, 10) == "x" * 9 + "…"


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (None, "nothing"), ("", "nothing"), ([], "nothing"), (["a", "b"], "a, b"), (3.5, "3.5"),
        ("2026-05-11T15:00:00.000Z", "2026-05-11 15:00 UTC"), ("2026-05-11T15:00:01.000Z", "2026-05-11T15:00:01.000Z"),
        ("2026-05-11", "2026-05-11"),
    ],
)  # fmt: skip
def test_values_are_told_in_words(value: object, told: str) -> None:
    assert said(value) == told  # type: ignore[arg-type]


def _steps() -> list[Step]:
    return [
        Step("link", "i1", "product", "Pay [b]by[/b] card", "abc", because="title"),
        Step("update", "i1", "engineering", "Pay [b]by[/b] card", "ENG-1", "title", says=("old\x1b[0m", "new"),
             because="product", note="cut"),
        Step("conflict", "i1", "product", "Pay [b]by[/b] card", field="title", after="new", because="owner",
             detail={"claims": [{"connection": "product", "value": "new"},
                                {"connection": "delivery", "value": "x\ny"}]}),
        Step("conflict", "i1", "", "Pay [b]by[/b] card", field="due", because="manual", detail={"claims": []}),
        Step("create", "i2", "delivery", "Refunds", because="product", detail={"status": "To Do", "assignees": ""}),
        Step("unlink", "i3", "product", "Gone", "xyz", because="deleted in product"),
        Step("archive", "i3", "engineering", "Gone", "ENG-3", because="deleted in product"),
        Step("delete", "i3", "delivery", "Gone", "https://tool.example/item/3", because="deleted in product"),
    ]  # fmt: skip


def _shown(most: int | None = None, width: int = 100) -> str:
    out = io.StringIO()
    show_steps(_steps(), most=most, out=Console(file=out, width=width, markup=False, emoji=False, highlight=False))
    return out.getvalue()


def test_a_plan_is_told_item_by_item_one_line_for_each_change() -> None:
    lines = [one.rstrip() for one in _shown().splitlines()]

    assert lines[:12] == [
        "Pay [b]by[/b] card",
        "  =  product abc        is this item (same title)",
        "  ~  engineering ENG-1  title: old\\x1b[0m → new (as in product; cut)",
        "  !                     title: new in product / x ⏎ y in delivery; that of product stands (owner)",
        "  !                     due: ; waits for your decision (manual)",
        "Refunds",
        "  +  delivery           create: To Do (as in product)",
        "Gone",
        "  x  product xyz        unlink (deleted in product)",
        "  -  engineering ENG-3  archive (deleted in product)",
        "  -  delivery           delete (deleted in product)",
        "",
    ]


def test_a_plan_ends_with_a_summary_by_tool_and_kind() -> None:
    lines = [" ".join(one.split()) for one in _shown().splitlines()[12:]]

    assert lines == [
        "tool creates updates archives deletes unlinks matches",
        "─" * len(lines[1]),
        "product · · · · 1 1",
        "engineering · 1 1 · · ·",
        "delivery 1 · · 1 · ·",
        "and 2 conflicts",
    ]


def test_a_long_plan_can_be_told_in_short() -> None:
    told = _shown(most=1)

    assert "… and 2 more items." in told
    assert "Refunds" not in told
    assert "delivery" in told, "the summary is of all of them"


def test_a_plan_without_steps_says_nothing_of_its_own() -> None:
    out = io.StringIO()
    show_steps([], out=Console(file=out))

    assert out.getvalue() == ""
