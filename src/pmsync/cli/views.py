"""`board` and `export`: what the state tells, without asking any tool."""

import csv
import io
import sys
from collections.abc import Sequence
from datetime import UTC, date, datetime
from enum import StrEnum
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pmsync.cli.options import AsJson, ConfigFile, Only
from pmsync.cli.session import print_json, session, write_file
from pmsync.cli.show import cell, console, counted, line, listing, words

if TYPE_CHECKING:
    from rich.table import Table
    from rich.text import Text

    from pmsync.model.fields import Json
    from pmsync.model.item import Item, Place


class Format(StrEnum):
    """What `export` writes."""

    CSV = "csv"
    JSON = "json"
    MD = "md"


def board(config: ConfigFile = None, only: Only = None, as_json: AsJson = False) -> None:
    """Show all items in one table, with their place in every tool."""
    from pmsync.sync.board import Board

    with session(config, as_json=as_json) as work:
        found = {
            one.name: (list(one.members), Board(work.config, one, work.store).by_status()) for one in work.syncs(only)
        }
        if as_json:
            rows = {name: [item.row() for item in items] for name, (_, items) in found.items()}
            print_json({"items": [row for listed in rows.values() for row in listed]})
            return
        for name, (members, items) in found.items():
            show_board(name, members, items)


_ROOMY = 96
"""Columns that a terminal needs to show who and due as well, and how many comments there are."""
_GAP = 2
"""Between two columns of a listing."""


def show_board(name: str, members: Sequence[str], items: "Sequence[Item]") -> None:
    """Print one board: the items of each status under its name, with the tools' own words for where they are."""
    out = console()
    roomy = out.width >= _ROOMY
    spoken = roomy and any(item.comments for item in items)
    heads = [*(("who", "due") if roomy else ()), *(("comments",) if spoken else ()), *members]
    made = listing(f"{line(name)}: {counted(len(items), 'item')}", *heads)
    rows = []
    for status, group in groupby(items, key=lambda item: item.status.name if item.status else "no status"):
        listed = list(group)
        rows.append([words(f"{line(status)} ({len(listed)})", "bold")])
        for item in listed:
            who = ", ".join(name.split()[0] for name in item.assignees if name.strip())
            more = [cell(who, 12), words(_day(item.due))] if roomy else []
            more += [words(f"{item.comments:>8}" if item.comments else "")] if spoken else []
            places = [_place(item.place(member)) for member in members]
            rows.append([words(f"  {line(item.title, 200)}"), *more, *places])
    _fit(made, rows, out.width)
    for row in rows:
        made.add_row(*row)
    out.print(made)


def _fit(made: "Table", rows: "Sequence[Sequence[Text]]", width: int) -> None:
    """One line for each row: the first column takes what the others leave, and is cut."""
    for place, column in enumerate(made.columns):
        column.no_wrap, column.overflow = True, "ellipsis"
        cells = [row[place].cell_len for row in rows if len(row) > place]
        column.width = max([*cells, len(str(column.header))])
    wanted = [column.width or 0 for column in made.columns]
    made.columns[0].width = max(16, min(wanted[0], width - sum(wanted[1:]) - _GAP * len(wanted)))


def _day(due: str | None) -> str:
    """The day of a due date or moment; the year goes without saying if it is near."""
    if not due:
        return ""
    day = date.fromisoformat(due[:10])
    near = abs((day - datetime.now(UTC).date()).days) < _NEAR
    return f"{day.day:2} {day:%b}" if near else due[:10]


_NEAR = 180


def _place(place: "Place | None") -> "Text":
    """Where an item is in one tool. A key is shown if it is one that people speak of: ENG-12."""
    if place is None:
        return words("-", "dim")
    key = f"{line(place.key)} " if "-" in place.key else ""
    return words(key, "dim").append(line(place.original_status, 16) or "-", "red" if place.missing else "")


def export(
    format_: Annotated[Format, typer.Option("--format", help="What to write.")] = Format.CSV,
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Where to; else standard output.")] = None,
    config: ConfigFile = None,
    only: Only = None,
    as_json: AsJson = False,
) -> None:
    """Write all items, with their place in every tool, as CSV, JSON or Markdown."""
    from pmsync.sync.board import Board

    with session(config, as_json=as_json) as work:
        members: list[str] = []
        items: list[Item] = []
        for one in work.syncs(only):
            members += [name for name in one.members if name not in members]
            items += Board(work.config, one, work.store).by_status()
        if as_json or format_ is Format.JSON:
            if out is None:
                print_json([item.row() for item in items])
                return
            import json

            text = json.dumps([item.row() for item in items], ensure_ascii=False, indent=2) + "\n"
        else:
            text = _csv(members, items) if format_ is Format.CSV else _markdown(members, items)
        if out is None:
            sys.stdout.write(text)
        else:
            write_file(out, text)


_COLUMNS = (
    "id", "title", "status", "category", "priority", "type", "assignees", "labels", "start", "due", "estimate",
    "release", "sprint", "time_spent", "comments", "attachments",
)  # fmt: skip


def _values(item: "Item") -> list[str]:
    status = item.status
    category = status.category.value if status and status.category else ""
    return [
        item.id, item.title, status.name if status else "", category, item.priority or "", item.type or "",
        ", ".join(item.assignees), ", ".join(item.labels), item.start or "", item.due or "",
        "" if item.estimate is None else f"{item.estimate:g}", ", ".join(item.release), item.sprint or "",
        "" if item.time_spent is None else f"{item.time_spent:g}", str(item.comments), str(item.attachments),
    ]  # fmt: skip


def _csv(members: Sequence[str], items: "Sequence[Item]") -> str:
    text = io.StringIO()
    writer = csv.writer(text)
    customs = sorted({name for item in items for name in item.custom})
    places = (f"{name} {what}" for name in members for what in ("key", "status", "url"))
    writer.writerow([*_COLUMNS, *(_inert(name) for name in customs), *places])
    for item in items:
        row = [*_values(item), *(_said(item.custom.get(name)) for name in customs)]
        for name in members:
            place = item.place(name)
            row += [place.key or place.id, place.original_status, place.url] if place else ["", "", ""]
        writer.writerow([_inert(value) for value in row])
    return text.getvalue()


def _said(value: "Json") -> str:
    if isinstance(value, list):
        return ", ".join(str(one) for one in value)
    return "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def _inert(value: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{value}" if value[:1] in ("=", "+", "-", "@", "\t", "\r") else value


def _markdown(members: Sequence[str], items: "Sequence[Item]") -> str:
    heads = ["Item", "Status", "Who", "Due", *members]
    lines = [f"| {' | '.join(_escaped(one) for one in heads)} |", f"|{' --- |' * len(heads)}"]
    for item in items:
        cells = [item.title, item.status.name if item.status else "", ", ".join(item.assignees), item.due or ""]
        for name in members:
            place = item.place(name)
            cells.append(f"{place.key or place.id} {place.original_status}" if place else "")
        lines.append(f"| {' | '.join(_escaped(one) for one in cells)} |")
    return "\n".join(lines) + "\n"


def _escaped(text: str) -> str:
    """Text as it is, in a Markdown table: one line, no markup."""
    line = " ".join(text.split())
    return "".join(f"\\{one}" if one in "\\`*_{}[]<>()#+-.!|~" else one for one in line)
