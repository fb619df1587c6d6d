"""`rebuild`: make the state from what the tools show, and take over from whoever kept the sync in step before."""

from typing import TYPE_CHECKING

from pmsync.cli.options import AsJson, ConfigFile, Only, Yes
from pmsync.cli.progress import progress
from pmsync.cli.session import Session, agreed, print_json, session
from pmsync.cli.show import cell, console, counted, line, show_troubles, table

if TYPE_CHECKING:
    from pmsync.config.settings import SyncConfig
    from pmsync.model.fields import Json
    from pmsync.sync.rebuild import Found
    from pmsync.sync.report import Report

_SHOWN = 20
"""How many of the objects that wait are named; `pmsync match` and `--json` name them all."""


def rebuild(yes: Yes = False, config: ConfigFile = None, only: Only = None, as_json: AsJson = False) -> None:
    """Make the state from what the tools show, after it was lost or restored. Sends nothing to any tool."""
    with session(config, as_json=as_json) as work:
        documents: list[Json] = []
        for sync in work.syncs(only):
            report, found, done = _rebuild(work, sync, yes=yes, as_json=as_json)
            documents.append(_document(sync.name, report, found, done=done))
        if as_json:
            print_json(documents[0] if len(documents) == 1 else {"syncs": documents})


def _rebuild(work: Session, sync: "SyncConfig", *, yes: bool, as_json: bool) -> "tuple[Report, Found, bool]":
    from pmsync.connector.pacing import Clock
    from pmsync.sync.rebuild import rebuild_sync, survey_sync

    if not yes:
        with progress() as bar:
            report, found = survey_sync(work.config, sync, work.store, Clock(), bar)
        if as_json:
            return report, found, False
        _show(sync.name, report, found)
        if not agreed("Write this into the state?", "written"):
            return report, found, False
    with progress() as bar:
        report, found = rebuild_sync(work.config, sync, work.store, Clock(), bar)
    if not as_json:
        if yes:
            _show(sync.name, report, found)
        console().print(f"{line(sync.name)}: the state is rebuilt. `pmsync plan` shows what the next sync would do.")
    return report, found, True


def _show(name: str, report: "Report", found: "Found") -> None:
    out = console()
    made = table(f"{line(name)}: {counted(found.items, 'item')}", "tool", "objects", "belong to an item")
    for connection, number in found.objects.items():
        made.add_row(cell(connection), str(number), str(found.linked.get(connection, 0)))
    out.print(made)
    again = sum(one.why == "marker" for one in found.links)
    out.print(f"{counted(len(found.links), 'link')} that the state did not have; {again} by pmsync's markers.")
    if found.waiting:
        waits = table("These wait for a decision (`pmsync match`)", "tool", "object", "why")
        for one in found.waiting[:_SHOWN]:
            waits.add_row(cell(one.connection), cell(one.key or one.id), cell(one.why, 100))
        out.print(waits)
        if len(found.waiting) > _SHOWN:
            out.print(f"… and {len(found.waiting) - _SHOWN} more.")
    for fence in found.taken_over:
        out.print(
            f"Takes over from instance {line(fence.instance)}, which last wrote on {fence.written_at:%Y-%m-%d %H:%M}"
            " UTC: it must not run any more."
        )
    show_troubles(report)


def _document(name: str, report: "Report", found: "Found", *, done: bool) -> "dict[str, Json]":
    return {
        "run": report.run if done else None,
        "sync": name,
        "done": done,
        "items": found.items,
        "objects": dict(found.objects),
        "linked": dict(found.linked),
        "links": [
            {"item": one.item, "connection": one.connection, "key": one.key, "title": one.title, "why": one.why}
            for one in found.links
        ],
        "waiting": [
            {"connection": one.connection, "id": one.id, "key": one.key, "why": one.why} for one in found.waiting
        ],
        "taken_over": [dict(one.as_json()) for one in found.taken_over],
        "requests": dict(report.requests),
        "errors": [dict(one) for one in report.errors],
        "warnings": [dict(one) for one in report.warnings],
    }
