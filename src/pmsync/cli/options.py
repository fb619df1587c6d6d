"""Options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

ConfigFile = Annotated[
    Path | None, typer.Option("--config", metavar="FILE", help="The config file [PMSYNC_CONFIG, else ./config.yaml].")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document on standard output, nothing else there.")]
Only = Annotated[str | None, typer.Option("--only", metavar="SYNC", help="Only this sync of the config.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask before writing.")]
