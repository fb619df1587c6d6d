"""`match`: what looks alike and waits for a person, and what they decide."""

from typing import TYPE_CHECKING, Annotated

import typer

from pmsync.cli.options import AsJson, ConfigFile, Only
from pmsync.cli.session import Session, print_json, session
from pmsync.cli.show import cell, console, table
from pmsync.errors import RejectedError

if TYPE_CHECKING:
    from pmsync.config.settings import SyncConfig
    from pmsync.model.fields import Json
    from pmsync.store.records import Candidate

match = typer.Typer(help="Items that look alike, or could be joined in two ways: see them, and decide.")

Stranger = Annotated[str, typer.Argument(metavar="REF", help="The key, id or URL of an item that waits.")]


@match.callback(invoke_without_command=True)
def waiting(context: typer.Context, config: ConfigFile = None, only: Only = None, as_json: AsJson = False) -> None:
    """List what waits for a decision."""
    if context.invoked_subcommand is not None:
        return
    with session(config, as_json=as_json) as work:
        found = [(one, candidate) for one in work.syncs(only) for candidate in _candidates(work, one, held=True)]
        if as_json:
            print_json([_waiting(work, sync, candidate) for sync, candidate in found])
            return
        made = table("Waiting for a decision", "tool", "item", "title", "why", "may be")
        for sync, candidate in found:
            shown = _waiting(work, sync, candidate)
            others = shown["suggestions"] if isinstance(shown["suggestions"], list) else []
            may = "; ".join(f"{one['title']} ({one['ref']}, {one['score']})" for one in others if isinstance(one, dict))
            made.add_row(*(cell(shown[key]) for key in ("connection", "ref", "title", "held")), cell(may, 120))
        out = console()
        out.print(made if found else "Nothing waits.")
        if found:
            out.print("Decide with: pmsync match join REF OTHER | match new REF | match ignore REF")


@match.command()
def join(
    reference: Stranger,
    other: Annotated[str, typer.Argument(metavar="OTHER", help="What it is the same as.")],
    config: ConfigFile = None,
    only: Only = None,
) -> None:
    """The two are one item; the next sync brings them in step."""
    from pmsync.sync.link import home_of

    with session(config) as work:
        sync, candidate = _find(work, reference, only)
        known = work.store.items.find(other, sync=sync.name)
        if len(known) == 1:
            target = known[0]
        else:
            _, twin = _find(work, other, sync.name)
            if twin.connection == candidate.connection:
                raise RejectedError(f"{reference} and {other} are in the same tool: they cannot be one item")
            target = home_of(sync.name, twin.connection, twin.remote_id)
        _decide(work, sync, candidate, f"join:{target}")


@match.command()
def new(reference: Stranger, config: ConfigFile = None, only: Only = None) -> None:
    """It is an item of its own; the next sync creates it where the config says."""
    with session(config) as work:
        sync, candidate = _find(work, reference, only)
        _decide(work, sync, candidate, "create")


@match.command()
def ignore(reference: Stranger, config: ConfigFile = None, only: Only = None) -> None:
    """Leave it out, for good."""
    with session(config) as work:
        sync, candidate = _find(work, reference, only)
        _decide(work, sync, candidate, "ignore")


def _decide(work: Session, sync: "SyncConfig", candidate: "Candidate", decision: str) -> None:
    from pmsync.sync.observe import matching_due

    work.store.candidates.decide(sync.name, candidate.connection, candidate.remote_id, decision)
    work.store.progress.put_fact(matching_due(sync.name), "yes")
    console().print("Noted. `pmsync plan` shows what it leads to.")


def _candidates(work: Session, sync: "SyncConfig", *, held: bool | None = None) -> "list[Candidate]":
    return [
        candidate
        for connection in sync.members
        for chunk in work.store.candidates.every(sync.name, connection, held=held)
        for candidate in chunk
    ]


def _find(work: Session, reference: str, only: str | None) -> "tuple[SyncConfig, Candidate]":
    found = [
        (sync, candidate)
        for sync in work.syncs(only)
        for candidate in _candidates(work, sync)
        if reference in (candidate.remote_id, candidate.native.ref.key, candidate.native.ref.url)
    ]
    if len(found) != 1:
        told = f"{len(found)} items are" if found else "nothing that waits is"
        raise RejectedError(f"{told} called {reference!r}; `pmsync match` lists what waits, with ids")
    return found[0]


def _waiting(work: Session, sync: "SyncConfig", candidate: "Candidate") -> "dict[str, Json]":
    from pmsync.model.fields import Field

    told = [one for one in _entries(candidate.suggestion) if isinstance(one.get("other"), list)]
    suggestions: list[Json] = [{**_named(work, sync, _list(one["other"])), "score": one.get("score")} for one in told]
    native = candidate.native
    return {
        "sync": sync.name,
        "connection": candidate.connection,
        "id": candidate.remote_id,
        "ref": native.ref.key or native.ref.url or native.ref.id,
        "url": native.ref.url,
        "title": str(native.fields.get(Field.TITLE) or ""),
        "held": candidate.held or "",
        "decision": candidate.decision,
        "suggestions": suggestions,
    }


def _entries(value: "Json") -> "list[dict[str, Json]]":
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _list(value: "Json") -> "list[Json]":
    return value if isinstance(value, list) else []


def _named(work: Session, sync: "SyncConfig", other: "list[Json]") -> "dict[str, Json]":
    from pmsync.model.fields import Field

    connection, identity = str(other[0]), str(other[1])
    if connection:
        twin = work.store.candidates.get(sync.name, connection, [identity]).get(identity)
        ref = twin.native.ref if twin else None
        title = str(twin.native.fields.get(Field.TITLE) or "") if twin else ""
        return {"connection": connection, "id": identity, "ref": ref.key or ref.url if ref else "", "title": title}
    bundle = work.store.items.get(identity)
    title = str(bundle.item.values.get(Field.TITLE) or "") if bundle else ""
    return {"connection": "", "id": identity, "ref": identity, "title": title}
