"""`check` and `schema`: whether the config fits the tools, and what a config may say."""

from typing import TYPE_CHECKING, Annotated

import typer

from pmsync.cli.options import AsJson, ConfigFile
from pmsync.cli.session import Exit, Session, exit_code, plain, print_json, session
from pmsync.cli.show import cell, console, counted, line, words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pmsync.model.fields import Json
    from pmsync.sync.check import Checked, Placed


def check(
    config: ConfigFile = None,
    as_json: AsJson = False,
    alerts: Annotated[bool, typer.Option("--alerts", help="Send a test alert to everybody who gets alerts.")] = False,
) -> None:
    """Try every connection: credentials, rights, statuses, people. Each finding says what to do about it."""
    with session(config, as_json=as_json) as work:
        found = examine(work)
        if alerts:
            found.findings += _try_alerts(work)
        if as_json:
            print_json(document(found))
        else:
            show(work, found)
        raise typer.Exit(code(found))


def examine(work: Session) -> "Checked":
    """Try every connection of the config."""
    from pmsync.connector.pacing import Clock
    from pmsync.sync.check import check_all

    return check_all(work.config, work.store, Clock())


def _try_alerts(work: Session) -> "Iterator[Placed]":
    """A test alert by each channel; whether it was taken."""
    import secrets

    from pmsync.connector.pacing import Clock
    from pmsync.jobs.notices import trial
    from pmsync.jobs.notify import try_all
    from pmsync.model.finding import Finding
    from pmsync.sync.check import Placed

    if not work.config.alerts.wanted:
        yield Placed(Finding("error", "nobody gets alerts", "set alerts.url or alerts.email"))
    now, instance = Clock().now(), work.store.instance
    number = f"{instance}-test-{secrets.token_hex(4)}"
    for channel, error in try_all(work.config.alerts, trial(instance, now), number, now).items():
        if error is None:
            yield Placed(Finding("info", f"{channel} took a test alert: see whether it arrived", ""))
        else:
            yield Placed(Finding("error", f"a test alert could not be sent: {error}", f"mend {channel}"))


def code(found: "Checked") -> Exit:
    """How a command ends that found this."""
    if found.unreachable:
        return max(exit_code(error) for error in found.unreachable.values())
    return Exit.FAILED if any(one.finding.severity == "error" for one in found.findings) else Exit.OK


def document(found: "Checked") -> "Json":
    """The findings as JSON."""
    return {
        "ok": code(found) == Exit.OK,
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


def show(work: Session, found: "Checked", *, everything: bool = True) -> None:
    """The findings for people: what has to be done first, what is only good to know at the end, if at all."""
    out = console()
    for name, account in found.accounts.items():
        out.print(cell(f"{name}: {account.product or 'reached'} as {account.name}, {account.url}", 200))
    for severity, style in _SEVERITIES.items():
        listed = [one for one in found.findings if one.finding.severity == severity]
        if severity == "info" and not everything:
            continue
        if listed:
            out.print()
        for one in listed:
            told = words(f"{severity} ", style).append(f"{line(one.connection or one.sync or 'alerts')}: ", "bold")
            told.append(line(one.finding.message, 300))
            if one.finding.remedy:
                told.append(f" → {line(one.finding.remedy, 300)}", "dim")
            out.print(told)
    errors = sum(one.finding.severity == "error" for one in found.findings)
    out.print()
    out.print(
        f"{plain(str(work.config.path))}: {counted(errors, 'error') if errors else 'ready to sync'}.", soft_wrap=True
    )


_SEVERITIES = {"error": "bold red", "warning": "yellow", "info": "dim"}


def schema() -> None:
    """Print the JSON Schema of the config file."""
    from pmsync.config import schema as config_schema

    print_json(config_schema())
