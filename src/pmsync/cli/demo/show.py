"""The demo's own pages: the tools, the edits and where they went, the conflict, the proof at the end."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rich.text import Text

from pmsync.cli.demo.story import CONNECTIONS, WALKING, Edit
from pmsync.cli.plans import show_steps
from pmsync.cli.show import console, counted, indented, line, lined_up, listing, said, show_troubles
from pmsync.cli.views import show_board
from pmsync.connector.registry import plugin

if TYPE_CHECKING:
    from pmsync.cli.demo.play import Play, Scene
    from pmsync.model.fields import Json
    from pmsync.model.item import Item
    from pmsync.store.records import Conflict
    from pmsync.sync.report import Report
    from pmsync.sync.steps import Step

_MOST = 7
_PERSON = "cyan"
_OURS = "green"


def _title(connection: str) -> str:
    return plugin(CONNECTIONS[connection]).title


def _heading(text: str) -> None:
    out = console()
    out.print()
    out.print(Text(text, "bold"))
    out.print()


def opening(bases: Mapping[str, str]) -> None:
    """Where the three tools are."""
    out = console()
    out.print(Text("Three teams plan one product in three tools, emulated on this machine.", "bold"))
    for connection, base in bases.items():
        out.print(Text(f"  {connection:<12}{_title(connection):<8}").append(base, "dim"))


def plan(report: "Report", steps: "Sequence[Step]") -> None:
    """The first plan, in short."""
    _heading("1  The plan: what pmsync would do. Nothing has been written yet.")
    show_steps(steps, most=_MOST)
    show_troubles(report)


def first(scene: "Scene") -> None:
    """How the first pass went."""
    _heading("2  The first sync")
    _figures(scene)
    if scene.report.held:
        held = f"{counted(scene.report.held, 'item')} look alike and wait for a person to decide: pmsync match."
        console().print(Text(held, "dim"))
    show_troubles(scene.report)


def _figures(scene: "Scene") -> None:
    report, out = scene.report, console()
    done = ", ".join(f"{report.total(one)} {one}" for one in ("linked", "created", "updated") if report.total(one))
    out.print(f"{counted(report.items, 'item')} in step after {scene.seconds:.1f} s: {done or 'nothing to do'}.")
    asked = ", ".join(f"{_title(name)} {number}" for name, number in scene.requests.items())
    out.print(Text(f"Requests by the tools' own count: {asked}.", "dim"))


def edits(script: Sequence[Edit], contested: str) -> None:
    """What the people are doing."""
    people = ", ".join(dict.fromkeys(f"{one.who} in {_title(one.connection)}" for one in script))
    _heading(f"3  At the same time: {people}")
    grid = lined_up()
    grid.add_column(no_wrap=True)
    grid.add_column(no_wrap=True, overflow="ellipsis", max_width=40)
    grid.add_column(overflow="fold")
    for one in script:
        told = Text(_does(one)).append(" (both!)" if one.item == contested else "", "magenta")
        grid.add_row(Text(one.who, _PERSON), Text(line(one.item)), told)
    console().print(indented(grid))


def _does(edit: Edit) -> str:
    match edit.field:
        case "status":
            return f"moved to {edit.value}"
        case "title":
            return f"renamed “{edit.value}”"
        case "labels":
            return f"labelled {edit.value}"
        case _:
            return f"{edit.field} {edit.value}"


def second(play: "Play", scene: "Scene") -> None:
    """Where each edit went: what people did, and what the history tells that pmsync wrote."""
    _heading("4  The second sync: what happened in each tool")
    out = console()
    done = play.done(scene)
    made = listing("", *(_title(one) for one in CONNECTIONS))
    for title, field in dict.fromkeys((one.item, one.field) for one in play.edits):
        row = [Text(line(title, 48)).append(f"\n{field}", "dim")]
        for connection in CONNECTIONS:
            mine = [one for one in play.edits if (one.item, one.field, one.connection) == (title, field, connection)]
            parts = [Text(f"{one.who}: {_value(one)}", _PERSON) for one in mine]
            step = done.get((play.titles[title], connection, field))
            if step is not None:
                way = play.walked.get(title, ()) if connection == WALKING else ()
                parts.append(Text(line(" → ".join(way) if len(way) > 2 else _change(step), 72), _OURS))
            row.append(Text("\n").join(parts) if parts else Text("·", "dim"))
        made.add_row(*row)
    out.print(made)
    out.print()
    out.print(
        Text("What people did", _PERSON).append(", and ", "dim").append("what pmsync wrote", _OURS).append(".", "dim")
    )
    _figures(scene)
    show_troubles(scene.report)


def _value(edit: Edit) -> str:
    return f"+{edit.value}" if edit.field == "labels" else line(edit.value, 48)


def _change(step: "Step") -> str:
    if step.field == "labels":
        before, after = _names(step.before), _names(step.after)
        gone = [f"-{one}" for one in before if one not in after]
        return " ".join([*(f"+{one}" for one in after if one not in before), *gone])
    told = [said(one) for one in step.says]
    return f"{told[0]} → {told[1]}" if step.field == "status" else f"→ {told[1]}"


def _names(value: "Json") -> list[str]:
    return [str(one) for one in value] if isinstance(value, list) else []


def conflicts(found: "Sequence[Conflict]", script: Sequence[Edit]) -> None:
    """Both values of each conflict, and how it was settled."""
    _heading("5  The conflict")
    out = console()
    for conflict in found:
        claims = [one for one in conflict.values if isinstance(one, dict)] if isinstance(conflict.values, list) else []
        for claim in claims:
            connection, value = str(claim.get("connection")), claim.get("value")
            who = next((one.who for one in script if one.connection == connection and one.value == value), "someone")
            told = f"  {_title(connection):<8}{who:<7}{conflict.field.value}: "
            out.print(Text(told).append(f"“{line(value, 120)}”", _PERSON))
        winner = conflict.winner if isinstance(conflict.winner, dict) else {}
        stands = _title(str(winner.get("connection"))) if winner else ""
        told = f"{stands}'s stands everywhere ({conflict.policy})" if stands else "held until someone decides"
        out.print(Text("  Settled: ").append(line(told, 200), _OURS))
        kept = f"Both are kept: pmsync conflicts show {conflict.id}, and resolve to decide otherwise."
        out.print(Text(f"  {kept}", "dim"))


def board(name: str, members: Sequence[str], items: "Sequence[Item]") -> None:
    """The one view."""
    _heading("6  The one board")
    show_board(name, members, items)


def third(scene: "Scene", seconds: float) -> None:
    """The proof."""
    _heading("7  A third sync, with nothing to do")
    out = console()
    writes = sum(scene.writes.values())
    asked = ", ".join(f"{_title(name)} {number}" for name, number in scene.requests.items())
    told = ", ".join(f"{_title(name)} {number}" for name, number in scene.writes.items())
    out.print(Text(f"Writes by the tools' own count: {told}. ").append(
        "Quiet." if not writes else "It should have written nothing!", _OURS if not writes else "bold red"
    ))  # fmt: skip
    out.print(Text(f"Requests: {asked}. The whole demo took {seconds:.1f} s.", "dim"))


def farewell(config: Path, *, keep: bool) -> None:
    """What to do next."""
    out = console()
    out.print()
    if not keep:
        out.print("To play with the three tools: pmsync demo --keep. To begin with your own: pmsync init.")
        return
    out.print(Text("The tools stay up until you press Ctrl-C. In another terminal:", "bold"))
    out.print()
    out.print(f"  export PMSYNC_CONFIG={config}", soft_wrap=True)
    for command, meaning in _TRY:
        out.print(Text(f"  pmsync {command:<22}").append(meaning, "dim"))


_TRY = (
    ("board", "all items, with their place in every tool"),
    ("match", "what looks alike and waits for you"),
    ("plan", "what the next sync would do"),
    ("sync", "do it"),
    ("conflicts", "what was settled, with all values"),
    ("verify", "read everything again, and prove that the tools agree"),
)
