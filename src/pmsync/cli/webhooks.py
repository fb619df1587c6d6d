"""`webhooks`: having the tools tell `serve` what happens in them."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from pmsync.cli.options import AsJson, ConfigFile
from pmsync.cli.session import Exit, Session, exit_code, print_json, session
from pmsync.cli.show import cell, console, table
from pmsync.errors import ConfigError, PmsyncError

if TYPE_CHECKING:
    from pmsync.config.settings import ConnectionConfig
    from pmsync.model.fields import Json
    from pmsync.sync.webhooks import Registrar, Standing

webhooks = typer.Typer(
    help="Have the tools tell `pmsync serve` what happens in them, at once.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

Connections = Annotated[
    list[str] | None,
    typer.Argument(metavar="[CONNECTION]...", help="Connections of the config; without one, all that have a webhook."),
]


@webhooks.command("list")
def show(connections: Connections = None, config: ConfigFile = None, as_json: AsJson = False) -> None:
    """Show the webhooks there are, and how they are. Exits with 1 if one of them wants seeing to."""
    _each(connections, config, as_json, lambda registrar, one: registrar.look(one))


@webhooks.command()
def install(connections: Connections = None, config: ConfigFile = None, as_json: AsJson = False) -> None:
    """Register the webhooks that are not there, and put those in order that are. `pmsync serve` has to be up."""
    _each(connections, config, as_json, lambda registrar, one: registrar.install(one))


@webhooks.command()
def remove(connections: Connections = None, config: ConfigFile = None, as_json: AsJson = False) -> None:
    """Take our webhooks away again. Those that lead elsewhere are left alone."""
    _each(connections, config, as_json, lambda registrar, one: registrar.remove(one))


def _each(
    connections: Sequence[str] | None,
    config: "ConfigFile",
    as_json: bool,
    act: "Callable[[Registrar, ConnectionConfig], Standing]",
) -> None:
    from pmsync.connector.pacing import Clock
    from pmsync.sync.webhooks import Registrar

    with session(config, as_json=as_json) as work:
        registrar = Registrar(work.config, work.store, Clock())
        found: list[Standing] = []
        failed: dict[str, PmsyncError] = {}
        for one in registrar.wanted(connections or ()):
            try:
                found.append(act(registrar, one))
            except ConfigError:
                raise
            except PmsyncError as error:
                failed[one.name] = error
        if as_json:
            print_json(_document(found, failed))
        else:
            _show(work, found, failed)
        raise typer.Exit(_code(found, failed))


def _code(found: "Sequence[Standing]", failed: "dict[str, PmsyncError]") -> int:
    if failed:
        return max(exit_code(error) for error in failed.values())
    return Exit.FAILED if any(one.trouble and one.done != "removed" for one in found) else Exit.OK


def _document(found: "Sequence[Standing]", failed: "dict[str, PmsyncError]") -> "Json":
    return {
        "webhooks": [
            {
                "connection": one.connection,
                "url": one.url,
                "id": one.registered.id if one.registered else None,
                "active": bool(one.registered and one.registered.active),
                "expires_at": _moment(one.registered.expires_at) if one.registered else None,
                "delivered_at": _moment(one.delivered_at),
                "done": one.done or None,
                "trouble": one.trouble or None,
            }
            for one in found
        ],
        "errors": [
            {"connection": name, "kind": error.kind, "message": error.message} for name, error in failed.items()
        ],
    }


def _moment(at: object) -> "Json":
    from datetime import UTC, datetime

    return at.astimezone(UTC).isoformat() if isinstance(at, datetime) else None


def _show(work: Session, found: "Sequence[Standing]", failed: "dict[str, PmsyncError]") -> None:
    out = console()
    if not found and not failed:
        out.print(f"No connection of {work.config.path} has a webhook: set connections.NAME.webhook.url.")
        return
    made = table("Webhooks", "connection", "leads to", "how it is", "last heard of")
    for one in found:
        heard = f"{one.delivered_at:%Y-%m-%d %H:%M} UTC" if one.delivered_at else "never"
        how = one.trouble or one.done or "in order"
        made.add_row(cell(one.connection), cell(one.url, 100), cell(how, 200), cell(heard))
    for name, error in failed.items():
        made.add_row(cell(name), cell(""), cell(error.message, 300), cell(""))
    out.print(made)
