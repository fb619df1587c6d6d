"""`sandbox`: the three tools, emulated on loopback."""

import json
import sys
import threading
from enum import StrEnum
from typing import Annotated

import typer

from pmsync.cli.options import AsJson
from pmsync.cli.session import Exit


class Seed(StrEnum):
    """What the sandboxes begin with."""

    EMPTY = "empty"
    DEMO = "demo"


class JiraProduct(StrEnum):
    """Which Jira to be."""

    CLOUD = "cloud"
    DATA_CENTER = "data-center"


def sandbox(
    port: Annotated[int, typer.Option(min=0, max=65_000, help="The first port; each tool takes the next.")] = 8700,
    seed: Annotated[Seed, typer.Option(help="What they begin with.")] = Seed.EMPTY,
    jira: Annotated[JiraProduct, typer.Option(help="Which Jira to be.")] = JiraProduct.CLOUD,
    as_json: AsJson = False,
) -> None:
    """Run emulators of the tools on this machine, to try a config before you dare. Ends with Ctrl-C."""
    from pmsync.sandbox.server import Running

    try:
        running = Running(port, seed=seed.value, options={"jira": {"product": jira.value}})
    except OSError as error:
        typer.echo(f"pmsync: port {port} or one after it cannot be used: {error.strerror or error}", err=True)
        raise typer.Exit(Exit.USAGE) from error
    with running:
        try:
            if as_json:
                sys.stdout.write(json.dumps(running.bases) + "\n")
            else:
                for name, base in running.bases.items():
                    sys.stdout.write(f"{name}: {base}\n")
            sys.stdout.flush()
            threading.Event().wait()
        except KeyboardInterrupt:
            typer.echo("", err=True)
