"""`conflicts`: edits that could not both hold and what is set aside; who made them, and what a person decides."""

import getpass
import json
from typing import TYPE_CHECKING, Annotated

import typer

from pmsync.cli.options import AsJson, ConfigFile, Only
from pmsync.cli.plans import show_steps
from pmsync.cli.progress import progress
from pmsync.cli.session import Session, print_json, session
from pmsync.cli.show import cell, console, said, show_troubles, table
from pmsync.errors import RejectedError

if TYPE_CHECKING:
    from pmsync.model.fields import Json
    from pmsync.store.records import Conflict, Item
    from pmsync.sync.depart import Parting
    from pmsync.sync.resolve import Resolved

conflicts = typer.Typer(help="Edits that could not both hold: see them, and decide.", no_args_is_help=False)

Number = Annotated[int, typer.Argument(metavar="NUMBER", help="The conflict's number.")]

_ASIDE = "set aside"
_BELOW = "# ------------------------ >8 ------------------------"
_HELP = "# What is above this line will stand. Everything from it on is left out."


@conflicts.callback(invoke_without_command=True)
def _conflicts(context: typer.Context, config: ConfigFile = None, as_json: AsJson = False) -> None:
    if context.invoked_subcommand is None:
        list_(config=config, as_json=as_json)


@conflicts.command("list")
def list_(
    config: ConfigFile = None,
    only: Only = None,
    open_only: Annotated[bool, typer.Option("--open", help="Only those that wait for a person.")] = False,
    as_json: AsJson = False,
) -> None:
    """List conflicts, with both values and how each was settled; and items that are set aside, or left one tool."""
    from pmsync.store.records import ConflictState
    from pmsync.sync.partings import waiting_partings

    with session(config, as_json=as_json) as work:
        state = ConflictState.OPEN if open_only else None
        syncs = work.syncs(only)
        found = [
            _conflict(work, one) for sync in syncs for one in work.store.reports.conflicts(sync=sync.name, state=state)
        ]
        found += [_set_aside(one) for sync in syncs for one in _quarantined(work, sync.name)]
        found += [_waiting(one) for sync in syncs for one in waiting_partings(sync, work.store)]
        if as_json:
            print_json([*found])
            return
        made = table("Conflicts", "no.", "item", "field", "values", "stands", "by", "state")
        for one in found:
            winner = one["winner"] if isinstance(one["winner"], dict) else {}
            told = " / ".join(_side(claim) for claim in _claims(one)) or str(one["note"])
            made.add_row(
                cell(one["number"] or "-"), cell(one["title"] or one["item"]), cell(one["field"] or "all"),
                cell(told, 160), cell(said(winner["value"]) if "value" in winner else "-"), cell(one["policy"]),
                cell(one["state"]),
            )  # fmt: skip
        console().print(made if found else "No conflicts.")


@conflicts.command()
def show(number: Number, config: ConfigFile = None, as_json: AsJson = False) -> None:
    """Show one conflict whole: every value, from where, by whom and when."""
    from pmsync.sync.resolve import known

    with session(config, as_json=as_json) as work:
        found = known(work.store, number)
        shown = _conflict(work, found)
        if as_json:
            print_json(shown)
            return
        out = console()
        out.print(cell(f"Conflict {number}: {found.field.value} of {shown['title']} ({found.item})", 200))
        for claim in _claims(shown):
            out.print(cell(f"--- {_whose(claim)}, {claim.get('at') or 'time unknown'}", 200))
            for line in said(claim.get("value")).splitlines():
                out.print(cell(line, 2000))
        stands = f" Stands: {said(found.winner.get('value'))}." if isinstance(found.winner, dict) else ""
        out.print(cell(f"State: {found.state.value}, {found.policy}.{stands} {found.note}", 400))


@conflicts.command()
def resolve(
    reference: Annotated[
        str, typer.Argument(metavar="NUMBER|REF", help="The conflict's number; or an item that left one tool.")
    ],
    take: Annotated[
        str | None,
        typer.Option(
            help="The connection whose value is to stand, or `both`. Of an item that left one tool what is to "
            "be done to its twins: `unlink`, `archive` or `delete`."
        ),
    ] = None,
    value: Annotated[
        str | None,
        typer.Option(
            help="Another value: a text, a number, a date, `true` or `false` for a tick; of a list words with commas "
            "between, or JSON."
        ),
    ] = None,
    edit: Annotated[bool, typer.Option("--edit", help="Write the value in your editor ($EDITOR).")] = False,
    plan: Annotated[bool, typer.Option("--plan", help="Only show what would be sent.")] = False,
    later: Annotated[bool, typer.Option("--later", help="Keep the decision; the next sync sends it.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Decide even over what was changed since.")] = False,
    config: ConfigFile = None,
    as_json: AsJson = False,
) -> None:
    """Decide a conflict, open or settled: what you chose is written wherever it is not shown, now."""
    from pmsync.connector.pacing import Clock
    from pmsync.sync.resolve import Choice
    from pmsync.sync.resolve import known as conflict_of
    from pmsync.sync.resolve import resolve as settle

    if (take is not None) + (value is not None) + edit != 1:
        raise typer.BadParameter("give one of --take, --value and --edit")
    if plan and later:
        raise typer.BadParameter("give one of --plan and --later")
    with session(config, as_json=as_json) as work:
        number = _number(work, reference)
        if number is None:
            _part(work, reference, take, as_json=as_json)
            return
        chosen = _chosen(work, conflict_of(work.store, number), take, value)
        choice = Choice(number, chosen, getpass.getuser(), anyway=yes)
        with progress() as bar:
            done = settle(work.config, work.store, choice, Clock(), bar, rehearse=plan, later=later)
        if as_json:
            print_json(_document(done, choice.value))
        else:
            _told(done, plan=plan, later=later)
        raise typer.Exit(done.report.exit_code())


@conflicts.command()
def release(
    reference: Annotated[
        str, typer.Argument(metavar="NUMBER|REF", help="The conflict's number, or any key, id or URL of the item.")
    ],
    config: ConfigFile = None,
    as_json: AsJson = False,
) -> None:
    """Let go of a field, or an item, that was set aside: the next sync goes on from what the tools show."""
    from pmsync.connector.pacing import Clock
    from pmsync.sync.release import release as let_go

    with session(config, as_json=as_json) as work:
        done = let_go(work.config, work.store, reference, Clock(), who=getpass.getuser())
        if as_json:
            print_json(
                [
                    {"item": one.item, "title": one.title, "field": one.field.value if one.field else "",
                     "number": one.number}
                    for one in done
                ]
            )  # fmt: skip
            return
        out = console()
        for one in done:
            out.print(
                cell(f"Released: {one.field.value if one.field else 'the whole item'}, {one.title or one.item}", 200)
            )
        out.print("`pmsync plan` shows what it leads to; `pmsync sync` does it.")


def _number(work: Session, reference: str) -> int | None:
    """The number of a conflict, unless an item is called so and no conflict."""
    number = int(reference) if reference.isascii() and reference.isdigit() and len(reference) < 18 else None
    if number is not None and work.store.reports.conflict(number) is None and work.store.items.find(reference):
        return None
    return number


def _part(work: Session, reference: str, take: str | None, *, as_json: bool) -> None:
    """Decide what becomes of the twins of an item that left one tool."""
    from pmsync.config.settings import OnDelete
    from pmsync.connector.pacing import Clock
    from pmsync.sync.partings import decide_parting

    if take not in (OnDelete.UNLINK, OnDelete.ARCHIVE, OnDelete.DELETE):
        raise typer.BadParameter("of an item, give --take unlink, archive or delete; of a conflict, its number")
    known = [(one, item) for one in work.syncs(None) for item in work.store.items.find(reference, sync=one.name)]
    if len(known) != 1:
        raise RejectedError(f"{len(known) or 'no'} items are called {reference!r}")
    sync, item = known[0]
    with progress() as bar:
        report, steps = decide_parting(work.config, sync, work.store, item, OnDelete(take), Clock(), bar)
    if as_json:
        print_json({**report.as_json(), "item": item, "take": take, "steps": [step.as_json() for step in steps]})
    else:
        show_steps(steps, out=console())
        show_troubles(report)
    raise typer.Exit(report.exit_code())


def _chosen(work: Session, conflict: "Conflict", take: str | None, value: str | None) -> "Json":
    from pmsync.mapping.typed import read_typed
    from pmsync.sync.resolve import held, value_of

    if take is not None:
        return value_of(conflict, take)
    text = _edited(conflict) if value is None else value
    try:
        return read_typed(conflict.field, held(work.config, work.store, conflict), text, work.config.zone)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


def _edited(conflict: "Conflict") -> str:
    """What a person wrote in their editor, which begins with the value that stands, or the first side's."""
    import click

    claims = [claim for claim in _list(conflict.values) if isinstance(claim, dict)]
    begun = conflict.winner if isinstance(conflict.winner, dict) else next(iter(claims), {})
    sides = [line for claim in claims for line in (f"# {_whose(claim)}:", _typed(claim.get("value")), "")]
    text = "\n".join([_typed(begun.get("value")), _BELOW, _HELP, "", *sides])
    written = click.edit(text, extension=".md")
    if written is None:
        raise RejectedError(f"the editor saved nothing: conflict {conflict.id} is as it was")
    return written.partition(_BELOW)[0].rstrip("\n")


def _typed(value: "Json") -> str:
    """A value as a person would type it."""
    if isinstance(value, list | bool):
        return json.dumps(value, ensure_ascii=False)
    return "" if value is None else str(value)


def _told(done: "Resolved", *, plan: bool, later: bool) -> None:
    out = console()
    if done.steps:
        show_steps(done.steps, out=out)
    number = done.conflict.id
    if plan:
        out.print("Nothing was sent, and nothing decided." if done.steps else "Every tool shows it already.")
    elif later:
        out.print(
            f"Conflict {number} is decided. `pmsync sync` does it." if done.steps else f"Conflict {number} is decided."
        )
    else:
        written = done.report.total("writes")
        out.print(f"Conflict {number} is decided; {written or 'nothing'} had to be written.")
    show_troubles(done.report)


def _document(done: "Resolved", value: "Json") -> "dict[str, Json]":
    conflict = done.conflict
    return {
        **done.report.as_json(),
        "conflict": conflict.id,
        "item": conflict.item,
        "field": conflict.field.value,
        "value": value,
        "steps": [step.as_json() for step in done.steps],
    }


def _quarantined(work: Session, sync: str) -> "list[Item]":
    return [one.item for chunk in work.store.items.every(sync, quarantined=True) for one in chunk]


def _set_aside(item: "Item") -> "dict[str, Json]":
    """An item that is set aside whole, in the form of a conflict."""
    from pmsync.model.fields import Field

    return {
        "number": None, "item": item.id, "title": str(item.values.get(Field.TITLE) or ""), "field": "", "values": [],
        "winner": None, "policy": _ASIDE, "state": "open", "run": "", "at": item.updated_at.isoformat(),
        "note": item.quarantine or "",
    }  # fmt: skip


def _waiting(parting: "Parting") -> "dict[str, Json]":
    """An item that left one tool and waits for a person, in the form of a conflict."""
    return {
        "number": None, "item": parting.item, "title": parting.title, "field": "", "values": [], "winner": None,
        "policy": "ask", "state": "open", "run": "", "at": None, "connection": parting.connection,
        "note": f"{parting.why} in {parting.connection}: resolve {parting.item} --take unlink, archive or delete",
    }  # fmt: skip


def _conflict(work: Session, conflict: "Conflict") -> "dict[str, Json]":
    from pmsync.model.fields import Field

    bundle = work.store.items.get(conflict.item)
    return {
        "number": conflict.id,
        "item": conflict.item,
        "title": str(bundle.item.values.get(Field.TITLE) or "") if bundle else "",
        "field": conflict.field.value,
        "values": conflict.values,
        "winner": conflict.winner,
        "policy": conflict.policy,
        "state": conflict.state.value,
        "run": conflict.run,
        "at": conflict.at.isoformat(),
        "note": conflict.note,
    }


def _claims(shown: "dict[str, Json]") -> "list[dict[str, Json]]":
    return [claim for claim in _list(shown["values"]) if isinstance(claim, dict)]


def _list(value: "Json") -> "list[Json]":
    return value if isinstance(value, list) else []


def _side(claim: "dict[str, Json]") -> str:
    return f"{_whose(claim)}: {said(claim['value']) if claim.get('value') is not None else _raw(claim)}"


def _raw(claim: "dict[str, Json]") -> str:
    return f"{said(claim.get('native'))} (in the tool's words)" if claim.get("unmapped") else said(None)


def _whose(claim: "dict[str, Json]") -> str:
    by = f", {claim['actor']}" if claim.get("actor") else ""
    return f"{claim.get('connection') or 'the item'}{by}"
