"""`undo`: take back what a run did, after showing what that comes to."""

import getpass
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

import typer

from pmsync.cli.options import AsJson, ConfigFile, Only, Yes
from pmsync.cli.plans import show_steps
from pmsync.cli.progress import progress
from pmsync.cli.session import Session, agreed, print_json, session
from pmsync.cli.show import cell, console, counted, show_troubles, table

if TYPE_CHECKING:
    from pmsync.config.settings import SyncConfig
    from pmsync.model.fields import Json
    from pmsync.sync.reverse import Reverse
    from pmsync.sync.undo import Asked, Undo


def undo(
    run: Annotated[str, typer.Argument(metavar="RUN", help="A run's id, as `pmsync history` lists them.")],
    item: Annotated[
        str | None, typer.Option("--item", metavar="REF", help="Only what it did to this item: any key, id or URL.")
    ] = None,
    yes: Yes = False,
    config: ConfigFile = None,
    only: Only = None,
    as_json: AsJson = False,
) -> None:
    """Take back what a run did, but for what was edited since."""
    from pmsync.sync.undo import Asked, item_of, run_of

    with session(config, as_json=as_json) as work:
        found = run_of(work.store, run, only, work.config.syncs)
        sync = work.config.syncs[found.sync]
        chosen = item_of(work.store, item, sync.name) if item is not None else None
        _undo(work, sync, Asked(run, getpass.getuser(), chosen), yes=yes, as_json=as_json)


def _undo(work: Session, sync: "SyncConfig", asked: "Asked", *, yes: bool, as_json: bool) -> None:
    from pmsync.connector.pacing import Clock
    from pmsync.sync.reverse import key_of
    from pmsync.sync.undo import plan_undo, run_undo

    with progress() as bar:
        planned = plan_undo(work.config, sync, work.store, asked, Clock(), bar)
    if not as_json:
        _show(planned)
    # Writes that a crash left open show what they came to only when the undo begins.
    unsettled = bool(work.store.journal.intents(sync.name))
    if not planned.reverse.steps and not (yes and unsettled):
        _leave(planned, asked, done=False, as_json=as_json)
    if not yes and (as_json or not agreed("Undo this?", "sent")):
        _leave(planned, asked, done=False, as_json=as_json)
    shown = None if yes else frozenset(key_of(step) for step in planned.reverse.steps)
    with progress() as bar:
        done = run_undo(work.config, sync, work.store, asked, Clock(), bar, only=shown)
    if not as_json:
        _tell(done, planned.reverse)
    _leave(done, asked, done=True, as_json=as_json)


def _leave(found: "Undo", asked: "Asked", *, done: bool, as_json: bool) -> None:
    if as_json:
        print_json(_document(found, asked, done=done))
    raise typer.Exit(found.report.exit_code())


def _document(found: "Undo", asked: "Asked", *, done: bool) -> "dict[str, Json]":
    document: dict[str, Json] = {**found.report.as_json()}
    if not done:
        document["run"] = None
    document |= {"undoes": asked.run, "item": asked.item, "done": done, "message": found.nothing}
    document["steps"] = [step.as_json() for step in found.reverse.steps]
    document["spared"] = [one.as_json() for one in found.reverse.spared]
    return document


def _show(found: "Undo") -> None:
    out = console()
    show_steps(found.reverse.steps)
    _left_alone(found.reverse)
    if found.nothing:
        out.print(cell(found.nothing, 400))
    show_troubles(found.report)


def _left_alone(found: "Reverse") -> None:
    if not found.spared:
        return
    console().print()
    made = table("Left alone", "item", "tool", "field", "why")
    for one in found.spared:
        made.add_row(
            cell(one.title),
            cell(f"{one.connection} {one.ref}".strip()),
            cell(one.about or one.field),
            cell(one.reason, 100),
        )
    console().print(made)


def _tell(done: "Undo", shown: "Reverse") -> None:
    out = console()
    counts: Mapping[str, int] = {
        "update": done.report.total("updated"),
        "archive": done.report.total("archived"),
        "delete": done.report.total("deleted"),
        "restore": done.report.total("restored"),
        "unlink": done.report.total("unlinked"),
        "comment": done.report.total("comments"),
        "attachment": done.report.total("attachments"),
    }
    told = ", ".join(counted(number, what) for what, number in counts.items() if number)
    out.print(f"Undone by run {done.report.run}: {told or 'nothing'}.")
    if counts["update"]:
        out.print("What was put back is held until somebody edits it, or you resolve it: see `pmsync conflicts`.")
    if counts["comment"] or counts["attachment"]:
        out.print("Comments and attachments that were taken away are not made again; those that were put back follow "
                  "their originals from the next edit on.")  # fmt: skip
    fresh = [one for one in done.reverse.spared if one not in shown.spared]
    if fresh:
        out.print(f"{counted(len(fresh), 'change')} less than shown: edited meanwhile.")
    show_troubles(done.report)
