"""All commands in one application. Importing it imports no database, no web framework and no vendor's client."""

import typer

from pmsync.cli import passes, sandboxes

app = typer.Typer(
    name="pmsync",
    help="Keep every work item the same in Jira, Trello and Asana, both ways, field by field.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
app.command()(passes.plan)
app.command()(passes.sync)
app.command()(sandboxes.sandbox)
