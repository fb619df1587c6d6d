"""All commands in one application. Importing it imports no database, no web framework and no vendor's client."""

from typing import Annotated

import typer

from pmsync.cli import (
    checking,
    conflicts,
    decisions,
    demo,
    histories,
    init,
    items,
    passes,
    rebuild,
    sandboxes,
    service,
    undo,
    views,
    webhooks,
)

app = typer.Typer(
    name="pmsync",
    help="Keep every work item the same in Jira, Trello and Asana, both ways, field by field.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"pmsync {version('pmsync')}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Options that stand before a command."""


app.command()(init.init)
app.command()(checking.check)
app.command()(passes.plan)
app.command()(passes.sync)
app.command()(items.reconcile)
app.add_typer(decisions.match, name="match")
app.add_typer(conflicts.conflicts, name="conflicts")
app.command()(histories.history)
app.command()(undo.undo)
app.command()(items.verify)
app.command()(rebuild.rebuild)
app.command()(views.board)
app.command()(views.export)
app.command()(service.serve)
app.command()(service.worker)
app.add_typer(webhooks.webhooks, name="webhooks")
app.command()(checking.schema)
app.command()(sandboxes.sandbox)
app.command()(demo.demo)
