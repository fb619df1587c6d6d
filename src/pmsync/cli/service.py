"""`serve` and `worker`: the service, in one process or in many."""

import signal
import threading
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from pmsync.cli.options import ConfigFile
from pmsync.cli.session import ending

if TYPE_CHECKING:
    from pathlib import Path

    from pmsync.config.settings import Config


class LogFormat(StrEnum):
    """How the log is written."""

    JSON = "json"
    TEXT = "text"


Log = Annotated[LogFormat, typer.Option("--log", help="How the log is written, on standard error.")]


def serve(
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65_535, help="The port to listen on; 0: any that is free.")] = 8080,
    config: ConfigFile = None,
    log: Log = LogFormat.JSON,
) -> None:
    """Take webhooks, bring changes to the other tools at once, and run passes on time. Ends with Ctrl-C or SIGTERM."""
    from pmsync.jobs.service import Service
    from pmsync.web.guard import may_listen
    from pmsync.web.metrics import Metrics
    from pmsync.web.server import run

    with ending():
        loaded = _begin(config, log)
        may_listen(host, loaded)
        metrics = Metrics()
        with Service(loaded, done=metrics.done) as service:
            run(service, metrics, host, port)


def worker(config: ConfigFile = None, log: Log = LogFormat.JSON) -> None:
    """Do the work that `serve` takes on, on one more machine. Needs a state on PostgreSQL. Ends as `serve` does."""
    from pmsync.errors import ConfigError
    from pmsync.jobs.service import Service

    with ending():
        loaded = _begin(config, log)
        if not loaded.state.startswith("postgres"):
            raise ConfigError(
                "`pmsync worker` needs a state on PostgreSQL (`state: postgresql://…`): with one in a file, "
                "`pmsync serve` does all the work itself"
            )
        stop = threading.Event()
        for one in (signal.SIGTERM, signal.SIGINT):
            signal.signal(one, lambda *_: stop.set())
        with Service(loaded):
            stop.wait()


def _begin(config: "Path | None", log: LogFormat) -> "Config":
    import os

    from pmsync.cli.logs import begin_logging
    from pmsync.config import config_path, load

    loaded = load(config_path(config, os.environ), os.environ)
    begin_logging(as_json=log is LogFormat.JSON)
    return loaded
