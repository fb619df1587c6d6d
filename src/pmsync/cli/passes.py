"""`plan` and `sync`."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pmsync.cli.options import AsJson, ConfigFile, Only
from pmsync.cli.plans import show_plan
from pmsync.cli.progress import progress
from pmsync.cli.session import Exit, Session, print_json, session, write_file
from pmsync.cli.show import show_report
from pmsync.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pmsync.model.fields import Json
    from pmsync.sync.report import Report
    from pmsync.sync.steps import Step

_FORMAT = 1


def plan(
    config: ConfigFile = None,
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Keep the plan for `sync --plan`.")] = None,
    exit_code: Annotated[bool, typer.Option("--exit-code", help="Exit with 3 if there is anything to do.")] = False,
    deep: Annotated[bool, typer.Option("--deep", help="Read everything, not only what changed.")] = False,
    only: Only = None,
    as_json: AsJson = False,
) -> None:
    """Show what the next sync would do. Writes nothing to any tool."""
    with session(config, as_json=as_json) as work:
        found: list[tuple[str, Report, Sequence[Step]]] = []
        for name in [one.name for one in work.syncs(only)]:
            report, steps = _plan_one(work, name, deep=deep)
            found.append((name, report, steps))
        document = _document(found)
        if out is not None:
            write_file(out, json.dumps(document, ensure_ascii=False, indent=1) + "\n", private=True)
        if as_json:
            print_json(document)
        else:
            for name, report, steps in found:
                show_plan(name, report, steps)
        _leave(found, exit_code=exit_code)


def _plan_one(work: Session, name: str, *, deep: bool) -> "tuple[Report, Sequence[Step]]":
    from pmsync.connector.pacing import Clock
    from pmsync.sync.run import plan_sync
    from pmsync.sync.workplace import Options

    with progress() as bar:
        report, prepared = plan_sync(
            work.config, work.config.syncs[name], work.store, Options(deep=deep, command="plan"), Clock(), bar
        )
    return report, prepared.steps


def _document(found: "list[tuple[str, Report, Sequence[Step]]]") -> "dict[str, Json]":
    syncs: list[Json] = []
    changes = 0
    for name, report, steps in found:
        sending = [step for step in steps if step.sends]
        changes += len(sending)
        entry: dict[str, Json] = {"sync": name, "steps": [step.as_json() for step in steps], "changes": len(sending)}
        entry["errors"] = [dict(one) for one in report.errors]
        entry["warnings"] = [dict(one) for one in report.warnings]
        entry["requests"] = dict(report.requests)
        syncs.append(entry)
    return {"format": _FORMAT, "changes": changes, "syncs": syncs}


def _leave(found: "list[tuple[str, Report, Sequence[Step]]]", *, exit_code: bool) -> None:
    worst = max((report.exit_code() for _, report, _ in found), default=0)
    if worst:
        raise typer.Exit(worst)
    if exit_code and any(step.sends for _, _, steps in found for step in steps):
        raise typer.Exit(Exit.CHANGES)


def sync(
    config: ConfigFile = None,
    plan_file: Annotated[
        Path | None, typer.Option("--plan", metavar="FILE", help="Do just what this plan says, or refuse it.")
    ] = None,
    deep: Annotated[bool, typer.Option("--deep", help="Read everything, not only what changed.")] = False,
    accept_mapping: Annotated[
        bool, typer.Option("--accept-mapping", help="Go by the mapping as it is now, after its plan was looked at.")
    ] = False,
    only: Only = None,
    as_json: AsJson = False,
) -> None:
    """Bring all tools to the same state: one pass. For cron, and by hand."""
    with session(config, as_json=as_json) as work:
        allowed = _read_plan(plan_file) if plan_file is not None else None
        reports = {}
        for one in work.syncs(only):
            steps = None if allowed is None else allowed.get(one.name, frozenset())
            reports[one.name] = _sync_one(work, one.name, steps, deep=deep, accept_mapping=accept_mapping)
        if as_json:
            print_json(together(reports))
        else:
            for name, report in reports.items():
                show_report(name, report)
        raise typer.Exit(max((report.exit_code() for report in reports.values()), default=0))


def _sync_one(
    work: Session, name: str, steps: "frozenset[tuple[str, ...]] | None", *, deep: bool, accept_mapping: bool
) -> "Report":
    from pmsync.connector.pacing import Clock
    from pmsync.sync.run import run_sync
    from pmsync.sync.workplace import Options

    options = Options(deep=deep, accept_mapping=accept_mapping, only_steps=steps)
    with progress() as bar:
        report, _ = run_sync(work.config, work.config.syncs[name], work.store, options, Clock(), bar)
    return report


def together(reports: "dict[str, Report]", *, by: str = "syncs") -> "Json":
    """One document: of the only report, or the sums over all of them with each one's own beside, under `by`."""
    documents = {name: report.as_json() for name, report in reports.items()}
    if len(documents) == 1:
        return next(iter(documents.values()))
    total: dict[str, Json] = {by: dict(documents)}
    for document in documents.values():
        for key, value in document.items():
            total[key] = _sum(total.get(key), value)
    worst = [
        status for status in ("stopped", "partial", "ok") if any(one["status"] == status for one in documents.values())
    ]
    return {**total, "run": next(iter(documents.values()))["run"], "status": worst[0]}


def _sum(one: "Json", other: "Json") -> "Json":
    if isinstance(one, int) and isinstance(other, int):
        return one + other
    if isinstance(one, list) and isinstance(other, list):
        return one + other
    if isinstance(one, dict) and isinstance(other, dict):
        return {key: _sum(one.get(key), other.get(key)) for key in {**one, **other}}
    return other if one is None else one


def _read_plan(path: Path) -> "dict[str, frozenset[tuple[str, ...]]]":
    """The steps that a plan file allows, by sync. Raises ConfigError for a file that is not a plan."""
    from pmsync.sync.steps import identity_of

    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        if document["format"] != _FORMAT:
            raise ConfigError(f"{path} was written by another version of pmsync: plan again")
        return {
            entry["sync"]: frozenset(identity_of(step) for step in entry["steps"]) - {()} for entry in document["syncs"]
        }
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ConfigError(f"{path} is not a plan that `pmsync plan --out` wrote: {error}") from error
