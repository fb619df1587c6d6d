"""Tables for people. Titles and texts are data: no markup of theirs is interpreted, no control character obeyed."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

from pmsync.cli.session import plain

if TYPE_CHECKING:
    from pmsync.sync.report import Report
    from pmsync.sync.steps import Step

_WIDTH = 60


def console() -> Console:
    """Standard output."""
    return Console()


def cell(text: object, width: int = _WIDTH) -> Text:
    """A text from outside as a cell of a table: one line, cut where it is long, never interpreted."""
    line = " ".join(plain(str(text)).split())
    return Text(line if len(line) <= width else f"{line[: width - 1]}…")


def table(title: str, *columns: str) -> Table:
    """An empty table."""
    made = Table(title=title, title_justify="left", header_style="bold")
    for column in columns:
        made.add_column(column, overflow="fold")
    return made


def show_plan(name: str, report: "Report", steps: "Sequence[Step]", *, to_stderr: bool = False) -> None:
    """What a pass would do, or does."""
    out = Console(stderr=to_stderr)
    made = table(f"Plan for {name}", "what", "where", "item", "field", "from", "to", "because")
    for step in steps:
        made.add_row(*(cell(one) for one in _row(step)))
    if steps:
        out.print(made)
    sending = sum(step.sends for step in steps)
    out.print(f"{name}: {sending} changes to make." if sending else f"{name}: nothing to do.")
    show_troubles(report)


def _row(step: "Step") -> Sequence[str]:
    where = f"{step.connection} {step.ref}".strip()
    if step.kind == "create":
        details = ", ".join(f"{key}: {value}" for key, value in step.detail.items() if key in ("status", "assignees"))
        return step.kind, where, step.title, "", "", details, step.because
    if step.kind == "conflict":
        claims = step.detail.get("claims")
        told = " / ".join(f"{one['connection']}: {one['value']}" for one in claims) if isinstance(claims, list) else ""  # type: ignore[index, call-overload]
        return step.kind, where, step.title, step.field, told, str(step.after), step.because
    before, after = step.says
    return step.kind, where, step.title, step.field, before, after, step.because


def show_report(name: str, report: "Report") -> None:
    """How a pass went."""
    out = console()
    figures = ", ".join(
        f"{report.total(one)} {one}" for one in ("created", "updated", "conflicts") if report.total(one)
    )
    asked = ", ".join(f"{connection} {number}" for connection, number in sorted(report.requests.items()))
    out.print(f"{name}: {report.status.value}, {report.items} items; {figures or 'nothing to do'}. Requests: {asked}.")
    if report.held:
        out.print(f"{report.held} items wait for your decision: see `pmsync match`.")
    show_troubles(report)


def show_troubles(report: "Report") -> None:
    """Errors and warnings, on standard error."""
    err = Console(stderr=True)
    for entry in report.errors:
        err.print(Text(plain(f"error: {_place(entry)}{entry['message']}"), style="red"))
    for entry in report.warnings:
        err.print(Text(plain(f"warning: {_place(entry)}{entry['message']}"), style="yellow"))


def _place(entry: dict[str, str]) -> str:
    parts = [entry.get(one, "") for one in ("connection", "item", "field")]
    place = " ".join(part for part in parts if part)
    return f"{place}: " if place else ""
