"""The log of a process that lives long: a line for each thing that happened, on standard error."""

import logging
import sys
from typing import Final

import structlog

_QUIET: Final = ("urllib3", "alembic", "asana", "jira", "uvicorn.access")
"""Loggers that say more than anyone wants, some of it with addresses in it."""


def begin_logging(*, as_json: bool) -> None:
    """Have everything that is logged from now on written as lines of JSON, or as text."""
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
        structlog.processors.EventRenamer("message"),
    ]
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer() if as_json else structlog.dev.ConsoleRenderer(event_key="message")
    )
    last: list[structlog.typing.Processor] = [
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        structlog.processors.format_exc_info,
        renderer,
    ]
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=last))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    # It writes by a handler of its own; what it has to say is to look as everything else does.
    own = logging.getLogger("dbos")
    own.handlers[:] = [logging.NullHandler()]
    own.propagate = True
