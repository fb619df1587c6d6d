"""Tables for people. Titles and texts are data: no markup of theirs is interpreted, no control character obeyed.

The commands make here what Rich prints. So it is imported when something is printed that way, and neither for
`--help` and for completing a word, where it would be a third of the time, nor with `--json`.
"""

import re
from typing import TYPE_CHECKING

from pmsync.cli.session import plain

if TYPE_CHECKING:
    from rich.console import Console
    from rich.padding import Padding
    from rich.table import Table
    from rich.text import Text

    from pmsync.model.fields import Json
    from pmsync.sync.report import Report

_WIDTH = 60


def console(*, stderr: bool = False) -> "Console":
    """Standard output, or standard error. Nothing is coloured because it looks like a number."""
    from rich.console import Console

    return Console(stderr=stderr, highlight=False, markup=False, emoji=False)


def line(text: object, width: int = _WIDTH) -> str:
    """A text from outside on one line, cut where it is long; line breaks and control characters are shown."""
    shown = " ".join(plain(" ⏎ ".join(str(text).strip().splitlines())).split())
    return shown if len(shown) <= width else f"{shown[: width - 1]}…"


def words(text: str = "", style: str = "") -> "Text":
    """A text as it is: a cell of a table, or a line of its own."""
    from rich.text import Text

    return Text(text, style)


def cell(text: object, width: int = _WIDTH, *, style: str = "") -> "Text":
    """A text from outside as a cell of a table, or a line of its own: never interpreted."""
    return words(line(text, width), style)


def table(title: str, *columns: str) -> "Table":
    """An empty table."""
    made = listing(*columns)
    made.title = title
    made.title_justify = "left"
    made.title_style = "bold"
    return made


def listing(*columns: str, right: int = 0) -> "Table":
    """An empty table without a title; the last `right` columns are numbers."""
    from rich import box
    from rich.table import Table

    made = Table(box=box.SIMPLE_HEAD, header_style="dim", padding=(0, 1, 0, 0), show_edge=False)
    for place, column in enumerate(columns):
        made.add_column(column, overflow="fold", justify="right" if place >= len(columns) - right else "left")
    return made


def lined_up() -> "Table":
    """An empty table of which only the rows are seen, each below the other."""
    from rich.table import Table

    return Table.grid(padding=(0, 2, 0, 0))


def indented(what: "Table") -> "Padding":
    """A table below a heading."""
    from rich.padding import Padding

    return Padding(what, (0, 0, 0, 2))


_INSTANT = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d)(:00(\.0+)?)?Z")


def said(value: "Json") -> str:
    """A value in words. A moment to the minute is told as one."""
    if value is None or value in ("", []):
        return "nothing"
    moment = _INSTANT.fullmatch(value) if isinstance(value, str) else None
    if moment:
        return f"{moment[1]} {moment[2]} UTC"
    return ", ".join(str(one) for one in value) if isinstance(value, list) else str(value)


def counted(number: int, noun: str) -> str:
    """A number with its noun: `1 item`, `1,200 items`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


_FIGURES = ("created", "updated", "comments", "attachments", "conflicts")


def show_report(name: str, report: "Report") -> None:
    """How a pass went."""
    out = console()
    figures = [f"{report.total(one)} {one}" for one in _FIGURES if report.total(one)]
    asked = ", ".join(f"{connection} {number}" for connection, number in sorted(report.requests.items()))
    told = f"{name}: {report.status.value}, {counted(report.items, 'item')}; {', '.join(figures) or 'nothing to do'}."
    out.print(words(plain(f"{told} Requests: {asked}.")))
    if report.held:
        out.print(f"{counted(report.held, 'item')} wait for your decision: see `pmsync match`.")
    show_troubles(report)


def show_troubles(report: "Report") -> None:
    """Errors and warnings, on standard error."""
    err = console(stderr=True)
    for entry in report.errors:
        err.print(words(plain(f"error: {_place(entry)}{entry['message']}"), style="red"))
    for entry in report.warnings:
        err.print(words(plain(f"warning: {_place(entry)}{entry['message']}"), style="yellow"))


def _place(entry: dict[str, str]) -> str:
    parts = [entry.get(one, "") for one in ("connection", "item", "field")]
    place = " ".join(part for part in parts if part)
    return f"{place}: " if place else ""
