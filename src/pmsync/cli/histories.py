"""`history`: the runs, what one of them did, and why an item's fields have their values."""

from itertools import groupby
from typing import TYPE_CHECKING, Annotated

import typer

from pmsync.cli.options import AsJson, ConfigFile, Only
from pmsync.cli.session import Session, print_json, session
from pmsync.cli.show import cell, console, line, said, table
from pmsync.errors import RejectedError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from pmsync.model.fields import Json
    from pmsync.store.records import Bundle, Change, Conflict, Run
    from pmsync.sync.parts.plainly import Told
    from pmsync.sync.why import Carried, Why

_RUNS = 100


def history(
    reference: Annotated[str | None, typer.Argument(metavar="[REF]", help="Any key, id or URL of an item.")] = None,
    run: Annotated[str | None, typer.Option("--run", help="Only what this run did.")] = None,
    config: ConfigFile = None,
    only: Only = None,
    as_json: AsJson = False,
) -> None:
    """Tell why an item's fields have their values, and all that was changed; without REF, list the runs."""
    with session(config, as_json=as_json) as work:
        names = {one.name for one in work.syncs(only)}
        if reference is not None:
            _item(work, reference, run, only, as_json=as_json)
        elif run is not None:
            _changes(work, work.store.journal.history(run=run), as_json=as_json)
        else:
            _runs(work, names if only is not None else None, as_json=as_json)


def _runs(work: Session, syncs: "Collection[str] | None", *, as_json: bool) -> None:
    listed = [one for one in work.store.reports.runs() if syncs is None or one.sync in syncs][:_RUNS]
    if as_json:
        print_json([_run(one) for one in listed])
        return
    made = table("Runs", "run", "command", "sync", "how", "writes", "errors")
    for one in listed:
        shown = _run(one)
        made.add_row(cell(one.id), cell(one.command), cell(one.sync), cell(shown["status"] or "not ended"),
                     cell(shown["writes"]), cell(shown["errors"]))  # fmt: skip
    console().print(made if listed else "Nothing yet.")


def _run(run: "Run") -> "dict[str, Json]":
    summary = run.summary if isinstance(run.summary, dict) else {}
    errors = summary.get("errors")
    return {
        "run": run.id,
        "sync": run.sync,
        "command": run.command,
        "started_at": run.started_at.isoformat(),
        "finished_at": run.finished_at.isoformat() if run.finished_at else None,
        "status": run.status,
        "created": summary.get("created", 0),
        "updated": summary.get("updated", 0),
        "writes": summary.get("writes", 0),
        "errors": len(errors) if isinstance(errors, list) else 0,
    }


def _changes(work: Session, rows: "Sequence[Change]", *, as_json: bool) -> None:
    hung = _hung(work, rows)
    if as_json:
        print_json([_change(one, hung.get(one.id)) for one in rows])
        return
    for run, group in groupby(rows, lambda one: one.run):
        of_run = list(group)
        made = table(
            f"{of_run[0].at:%Y-%m-%d %H:%M} UTC, run {line(run)}",
            "what",
            "where",
            "field",
            "before",
            "after",
            "whose edit",
        )
        for one in of_run:
            told = hung.get(one.id)
            before, after = (told.before, told.after) if told else (_short(one.before), _short(one.after))
            made.add_row(
                one.kind, cell(one.connection or ""), one.field.value if one.field else "",
                cell(before), cell(after), cell(_by(one, told) if told else one.actor or one.note),
            )  # fmt: skip
        console().print()
        console().print(made)
    if not rows:
        console().print("Nothing yet.")


def _hung(work: Session, rows: "Sequence[Change]") -> "Mapping[int, Told]":
    """What the lines tell that are about comments and attachments."""
    from pmsync.connector.pacing import Clock
    from pmsync.sync.parts.plainly import tell

    return tell(work.config, work.store, rows, Clock())


def _by(row: "Change", told: "Told") -> str:
    """Whose comment it is; or who else wanted what was done to it."""
    whose = f"{told.author} in {told.origin}" if told.author and told.origin else told.author or told.origin
    return whose if row.actor in (None, told.origin) else f"{row.actor}: of {whose}"


def _change(row: "Change", told: "Told | None") -> "dict[str, Json]":
    hung: dict[str, Json] = {}
    if told is not None:
        hung = {"part": told.part, "author": told.author, "origin": told.origin, "says": [told.before, told.after]}
    return {
        "run": row.run,
        "at": row.at.isoformat(),
        "kind": row.kind,
        "item": row.item,
        "connection": row.connection,
        "id": row.remote_id,
        "field": row.field.value if row.field else None,
        "before": row.before,
        "after": row.after,
        "actor": row.actor,
        "note": row.note,
        **hung,
    }


def _short(value: "Json") -> str:
    if isinstance(value, dict) and "place" in value:
        return str(value["place"])
    if isinstance(value, dict):
        return ", ".join(f"{name}: {one}" for name, one in value.items())
    return "" if value is None else str(value)


def _item(work: Session, reference: str, run: str | None, only: str | None, *, as_json: bool) -> None:
    from pmsync.connector.pacing import Clock
    from pmsync.sync.why import explain, name_actors

    bundle = _find(work, reference, only)
    rows = work.store.journal.history(item=bundle.item.id)
    changes = [one for one in reversed(rows) if run in (None, one.run)]
    found = name_actors(work.config, work.store, bundle, explain(work.store, bundle, rows), Clock())
    title = str(next((one.value for one in found if one.field.value == "title"), None) or "")
    if as_json:
        document: dict[str, Json] = {"item": bundle.item.id, "sync": bundle.item.sync, "title": title}
        document["places"] = [
            {"connection": one.connection, "id": one.remote_id, "key": one.key, "url": one.url}
            for one in bundle.replicas
        ]
        document["fields"] = [_why(one) for one in found]
        hung = _hung(work, changes)
        document["changes"] = [_change(one, hung.get(one.id)) for one in changes]
        print_json(document)
        return
    made = table(title or bundle.item.id, "field", "value", "whose edit", "when", "carried by", "")
    for one in found:
        made.add_row(one.field.value, cell(said(one.value)), cell(_whose(one)), cell((one.at or "")[:16]),
                     cell(_ways(one), 200), cell(_matter(one), 100))  # fmt: skip
    console().print(made)
    _changes(work, changes, as_json=False)


def _find(work: Session, reference: str, only: str | None) -> "Bundle":
    known = work.store.items.find(reference, sync=only)
    bundle = work.store.items.get(known[0]) if len(known) == 1 else None
    if bundle is None:
        raise RejectedError(f"{len(known) or 'no'} items are called {reference!r}")
    return bundle


def _whose(why: "Why") -> str:
    return f"{why.actor} in {why.by}" if why.actor and why.by else why.actor or why.by


def _ways(why: "Why") -> str:
    ways: dict[str, list[str]] = {}
    for one in why.carried:
        undone = f" (undoing {one.undid})" if one.undid else ""
        ways.setdefault(f"{one.run}{undone}", []).append(one.connection)
    return "; ".join(f"{run} to {', '.join(connections)}" for run, connections in ways.items())


def _matter(why: "Why") -> str:
    if why.hold is not None:
        return f"held: conflict {why.hold.id}, {why.hold.policy}"
    return f"conflict {why.conflict.id}, {why.conflict.policy}" if why.conflict is not None else ""


def _why(why: "Why") -> "dict[str, Json]":
    return {
        "field": why.field.value,
        "value": why.value,
        "by": why.by or None,
        "actor": why.actor,
        "at": why.at,
        "seen_in": why.seen_in,
        "carried": [_carried(one) for one in why.carried],
        "conflict": _conflict(why.conflict),
        "hold": _conflict(why.hold),
    }


def _carried(one: "Carried") -> "dict[str, Json]":
    return {
        "connection": one.connection,
        "run": one.run,
        "at": one.at.isoformat(),
        "kind": one.kind,
        "before": one.before,
        "after": one.after,
        "undid": one.undid,
    }


def _conflict(one: "Conflict | None") -> "dict[str, Json] | None":
    if one is None:
        return None
    return {"number": one.id, "policy": one.policy, "state": one.state.value, "run": one.run, "note": one.note}
