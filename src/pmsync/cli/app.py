"""All commands in one application. Importing it imports no database, no web framework and no vendor's client."""

import typer

from pmsync.cli import checking, decisions, demo, items, passes, sandboxes, views

app = typer.Typer(
    name="pmsync",
    help="Keep every work item the same in Jira, Trello and Asana, both ways, field by field.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
app.command()(checking.check)
app.command()(passes.plan)
app.command()(passes.sync)
app.command()(items.reconcile)
app.add_typer(decisions.match, name="match")
app.add_typer(decisions.conflicts, name="conflicts")
app.command()(views.history)
app.command()(items.verify)
app.command()(views.board)
app.command()(views.export)
app.command()(checking.schema)
app.command()(sandboxes.sandbox)
app.command()(demo.demo)
