"""A plan for people: item by item, one line for each change, and a summary by tool and kind at the end."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from pmsync.cli.show import (
    cell,
    console,
    counted,
    indented,
    line,
    lined_up,
    listing,
    said,
    show_troubles,
    words,
)

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from pmsync.sync.report import Report
    from pmsync.sync.steps import Step

_SIGNS: Mapping[str, tuple[str, str]] = {
    "create": ("+", "green"),
    "update": ("~", "yellow"),
    "archive": ("-", "red"),
    "delete": ("-", "red"),
    "unlink": ("x", "red"),
    "link": ("=", "cyan"),
    "restore": ("+", "green"),
    "conflict": ("!", "magenta"),
    "ask": ("?", "magenta"),
    "comment": ("+", "green"),
    "edit comment": ("~", "yellow"),
    "remove comment": ("-", "red"),
    "attach": ("+", "green"),
    "attach again": ("~", "yellow"),
    "detach": ("-", "red"),
    "point": ("@", "cyan"),
}
_KINDS = tuple(_SIGNS)
_HANGING = ("comment", "edit comment", "remove comment", "attach", "attach again", "detach")
_LONG = 240
"""Longer values are cut: a plan shows what is to change, `--json` shows it whole."""
_WIDEST_PLACE = 26
_LINKED: Mapping[str, str] = {"title": "same title"}


def show_plan(name: str, report: "Report", steps: "Sequence[Step]", *, to_stderr: bool = False) -> None:
    """What a pass over a sync would do, or does."""
    out = console(stderr=to_stderr)
    show_steps(steps, out=out)
    if steps:
        out.print()
    sending = sum(step.sends for step in steps)
    out.print(f"{line(name)}: {counted(sending, 'change')} to make." if sending else f"{line(name)}: nothing to do.")
    show_troubles(report)


def show_steps(steps: "Sequence[Step]", *, most: int | None = None, out: "Console | None" = None) -> None:
    """Print the steps, of the first `most` items only, and what they come to."""
    out = out or console()
    items: dict[str, list[Step]] = {}
    for step in steps:
        items.setdefault(step.item, []).append(step)
    shown = list(items.values())[:most]
    width = min(max((len(_place(step)) for of_item in shown for step in of_item), default=0), _WIDEST_PLACE)
    for of_item in shown:
        out.print(cell(of_item[0].title or of_item[0].item, 2 * _LONG, style="bold"))
        grid = lined_up()
        grid.add_column(no_wrap=True)
        grid.add_column(width=width, overflow="fold")
        grid.add_column(overflow="fold")
        for step in of_item:
            sign, colour = _SIGNS.get(step.kind, ("?", ""))
            grid.add_row(words(sign, colour), cell(_place(step)), _told(step))
        out.print(indented(grid))
    left = len(items) - len(shown)
    if left > 0:
        out.print(f"… and {counted(left, 'more item')}.")
    if steps:
        out.print()
        out.print(_summary(steps))
        conflicts = sum(step.kind == "conflict" for step in steps)
        if conflicts:
            out.print(f"and {counted(conflicts, 'conflict')}")


def _place(step: "Step") -> str:
    """The tool and the item's name there; a URL says no more than the tool's name, and is long."""
    return "" if step.kind == "conflict" else f"{step.connection} {'' if '/' in step.ref else step.ref}".strip()


def _told(step: "Step") -> "Text":
    match step.kind:
        case "create":
            told = _created(step)
        case "update":
            told = _updated(step)
        case "conflict":
            told = _conflict(step)
        case "link":
            told = words("is this item")
        case "ask":
            told = words("waits for your decision: see `pmsync conflicts`")
        case "point":
            told = words(f"link to {line(step.says[1], _LONG)}" if step.says[1] else "link to no twin any more")
        case kind if kind in _HANGING:
            told = _hung(step)
        case _:
            told = words(step.kind)
    why = _LINKED.get(step.because, step.because) if step.kind == "link" else step.because
    if step.kind in ("create", "update") or step.kind in _HANGING:
        why = f"as in {why}" if why not in ("", step.connection) else ""
    reasons = "; ".join(reason for reason in (why, step.note) if reason)
    return told.append(f" ({line(reasons, _LONG)})", "dim") if reasons else told


def _created(step: "Step") -> "Text":
    values = [value for name in ("status", "assignees") if (value := step.detail.get(name))]
    return words(f"create: {line(', '.join(map(str, values)), _LONG)}" if values else "create")


def _updated(step: "Step") -> "Text":
    before, after = (line(said(value), _LONG) for value in step.says)
    return words(f"{step.field}: ").append(before, "dim").append(" → ", "dim").append(after)


def _hung(step: "Step") -> "Text":
    before, after = (line(value, _LONG) for value in step.says)
    told = words(f"{step.kind}: ")
    if before and after:
        told.append(before, "dim").append(" → ", "dim")
    return told.append(after or before)


def _conflict(step: "Step") -> "Text":
    told = words(f"{step.field}: ")
    claims = step.detail.get("claims")
    for place, claim in enumerate(claims if isinstance(claims, list) else []):
        if isinstance(claim, dict):
            told.append(" / " if place else "", "dim").append(line(said(claim.get("value")), _LONG))
            told.append(f" in {line(claim.get('connection'))}", "dim")
    stands = f"; that of {step.connection} stands" if step.connection else "; waits for your decision"
    return told.append(stands)


def _summary(steps: "Iterable[Step]") -> "Table":
    """How many of each kind there are in each tool."""
    counts = Counter((step.connection, step.kind) for step in steps if step.kind != "conflict")
    kinds = [kind for kind in _KINDS if any(one == kind for _, one in counts)]
    made = listing("tool", *(_PLURAL[kind] for kind in kinds), right=len(kinds))
    for connection in dict.fromkeys(name for name, _ in counts):
        numbers = [counts[connection, kind] for kind in kinds]
        made.add_row(cell(connection), *(words(str(one) if one else "·") for one in numbers))
    return made


_PLURAL: Mapping[str, str] = {
    "create": "creates",
    "update": "updates",
    "archive": "archives",
    "delete": "deletes",
    "unlink": "unlinks",
    "ask": "decisions of yours",
    "link": "matches",
    "restore": "restores",
    "comment": "comments",
    "edit comment": "edits of comments",
    "remove comment": "comments less",
    "attach": "attachments",
    "attach again": "other attachments",
    "detach": "attachments less",
    "point": "links to twins",
}
