"""`reconcile` and `verify`: one item at a time, and all of them compared."""

from typing import TYPE_CHECKING, Annotated

import typer

from pmsync.cli.options import AsJson, ConfigFile, Only
from pmsync.cli.passes import together
from pmsync.cli.plans import show_plan, show_steps
from pmsync.cli.progress import progress
from pmsync.cli.session import Exit, Session, print_json, session
from pmsync.cli.show import cell, console, show_report, show_troubles, table
from pmsync.errors import RejectedError

if TYPE_CHECKING:
    from pmsync.model.fields import Json
    from pmsync.sync.report import Report
    from pmsync.sync.verify import Verification

References = Annotated[
    list[str], typer.Argument(metavar="REF...", help="Any key, id or URL of an item, or its pmsync id.")
]


def reconcile(references: References, config: ConfigFile = None, only: Only = None, as_json: AsJson = False) -> None:
    """Bring single items in step in all tools, now."""
    with session(config, as_json=as_json) as work:
        reports: dict[str, Report] = {}
        for reference in references:
            name, report = _reconcile(work, reference, only)
            reports[reference] = report
            if not as_json:
                show_report(name, report)
        if as_json:
            print_json(together(reports, by="references"))
        raise typer.Exit(max(report.exit_code() for report in reports.values()))


def _reconcile(work: Session, reference: str, only: str | None) -> "tuple[str, Report]":
    from pmsync.connector.pacing import Clock
    from pmsync.sync.focus import reconcile_item

    syncs = work.syncs(only)
    known = [one for one in syncs if work.store.items.find(reference, sync=one.name)] or syncs
    refusal: RejectedError | None = None
    for one in known:
        try:
            with progress() as bar:
                report, steps = reconcile_item(work.config, one, work.store, reference, Clock(), bar)
        except RejectedError as error:
            refusal = refusal or error
            continue
        show_steps(steps, out=console(stderr=True))
        return one.name, report
    raise refusal or RejectedError(f"nothing is called {reference!r}")


def verify(config: ConfigFile = None, only: Only = None, as_json: AsJson = False) -> None:
    """Read everything again and prove that the tools agree, item by item. Exits with 1 if they do not."""
    from pmsync.connector.pacing import Clock
    from pmsync.sync.verify import verify_sync

    with session(config, as_json=as_json) as work:
        found: dict[str, Verification] = {}
        for one in work.syncs(only):
            with progress() as bar:
                found[one.name] = verify_sync(work.config, one, work.store, Clock(), bar)
        if as_json:
            documents = {name: _document(name, one) for name, one in found.items()}
            whole: Json = {"agrees": all(one.agrees for one in found.values()), "syncs": dict(documents)}
            print_json(next(iter(documents.values())) if len(documents) == 1 else whole)
        else:
            for name, verification in found.items():
                _show(name, verification)
        if any(verification.report.down for verification in found.values()):
            raise typer.Exit(Exit.UNREACHABLE)
        raise typer.Exit(Exit.OK if all(one.agrees for one in found.values()) else Exit.FAILED)


def _document(name: str, found: "Verification") -> "dict[str, Json]":
    return {
        "sync": name,
        "agrees": found.agrees,
        "compared": found.compared,
        "differences": [step.as_json() for step in found.differences],
        "missing": [{"item": item, "title": title, "connection": one} for item, title, one in found.missing],
        "held": [
            {
                "item": one.item,
                "title": one.title,
                "connection": one.connection,
                "field": one.field,
                "reason": one.reason,
            }
            for one in found.held
        ],
        "set_aside": [{"item": item, "title": title, "reason": reason} for item, title, reason in found.aside],
        "requests": dict(found.report.requests),
        "errors": [dict(one) for one in found.report.errors],
    }


def _show(name: str, found: "Verification") -> None:
    out = console()
    if found.differences:
        show_plan(name, found.report, found.differences)
    if found.missing:
        made = table("Not to be found", "item", "tool")
        for _, title, connection in found.missing:
            made.add_row(cell(title), cell(connection))
        out.print(made)
    if found.held:
        made = table("Left as it is on purpose", "item", "tool", "field", "why")
        for one in found.held:
            made.add_row(cell(one.title), cell(one.connection), cell(one.field), cell(one.reason, 100))
        out.print(made)
    if found.aside:
        made = table("Set aside, and not compared", "item", "why")
        for item, title, reason in found.aside:
            made.add_row(cell(title or item), cell(reason, 100))
        out.print(made)
    number = len(found.differences) + len(found.missing) + len(found.aside)
    verdict = "the tools agree" if found.agrees else f"{number} differences"
    out.print(f"{name}: {verdict}; {found.compared} items are the same everywhere.")
    show_troubles(found.report)
