"""`check` and `schema`: whether the config fits the tools, and what a config may say."""

from typing import TYPE_CHECKING

import typer

from pmsync.cli.options import AsJson, ConfigFile
from pmsync.cli.session import Exit, Session, exit_code, plain, print_json, session
from pmsync.cli.show import cell, console, table

if TYPE_CHECKING:
    from pmsync.model.fields import Json
    from pmsync.sync.check import Checked


def check(config: ConfigFile = None, as_json: AsJson = False) -> None:
    """Try every connection: credentials, rights, statuses, people. Each finding says what to do about it."""
    from pmsync.connector.pacing import Clock
    from pmsync.sync.check import check_all

    with session(config, as_json=as_json) as work:
        found = check_all(work.config, work.store, Clock())
        if as_json:
            print_json(_document(found))
        else:
            _show(work, found)
        raise typer.Exit(_code(found))


def _code(found: "Checked") -> int:
    if found.unreachable:
        return max(int(exit_code(error)) for error in found.unreachable.values())
    return Exit.FAILED if any(one.finding.severity == "error" for one in found.findings) else Exit.OK


def _document(found: "Checked") -> "Json":
    return {
        "ok": _code(found) == Exit.OK,
        "connections": {
            name: {"account": one.name, "product": one.product, "url": one.url} for name, one in found.accounts.items()
        },
        "findings": [
            {
                "connection": one.connection,
                "sync": one.sync,
                "severity": one.finding.severity,
                "message": one.finding.message,
                "remedy": one.finding.remedy,
            }
            for one in found.findings
        ],
    }


def _show(work: Session, found: "Checked") -> None:
    out = console()
    for name, account in found.accounts.items():
        out.print(cell(f"{name}: {account.product or 'reached'} as {account.name}, {account.url}", 200))
    if found.findings:
        made = table("Findings", "", "where", "what", "what to do")
        order = ("error", "warning", "info")
        for one in sorted(found.findings, key=lambda one: order.index(one.finding.severity)):
            finding = one.finding
            made.add_row(
                finding.severity,
                cell(one.connection or one.sync),
                cell(finding.message, 200),
                cell(finding.remedy, 200),
            )
        out.print(made)
    errors = sum(one.finding.severity == "error" for one in found.findings)
    out.print(f"{plain(str(work.config.path))}: " + (f"{errors} errors." if errors else "ready to sync."))


def schema() -> None:
    """Print the JSON Schema of the config file."""
    from pmsync.config import schema as config_schema

    print_json(config_schema())
