"""Jobs, on DBOS: each is a generation of a topic to look at, kept in the state until it is done, one of a topic at a
time, whatever dies.

DBOS is one per process; so is what is at work here. See `docs/adr/0006-jobs.md` for what was found out about it.
"""

import logging
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

from dbos import DBOS, DBOSClient, SetEnqueueOptions, SetWorkflowID
from sqlalchemy import Connection, Engine

APPLICATION: Final = "pmsync"

VERSION: Final = "pmsync-1"
"""What jobs are of. Constant: by default it would be a digest of the code, and what an older one left would stay for
ever."""

ITEMS: Final = "items"
PASSES: Final = "passes"

KEEP: Final = timedelta(hours=1)
"""How long jobs that are done are kept, for whoever looks; their ids never come again."""

_MOST_TRIES: Final = 6
_POLL: Final = {ITEMS: 0.2, PASSES: 1.0}
"""Seconds between two looks for jobs: for so long a job waits at the most, and slots divided by them is how many a
process can begin in a second. Each look costs 8 ms."""
_PURGED_TOGETHER: Final = 500

log = logging.getLogger("pmsync.jobs")

Handle = Callable[[str, int, int], float | None]
"""Does a job: topic, generation, and how often it was tried before. None when it is done, or not worth trying again;
else the seconds until it may be."""


class Queue:
    """The jobs of a state, and the slots of this process that do them. At most one is started per process."""

    def __init__(self, engine: Engine, executor: str, handle: Handle, *, slots: int = 8, passes: int = 2) -> None:
        self._engine = engine
        self._executor = executor
        self._handle = handle
        self._slots = {ITEMS: slots, PASSES: passes}
        self._client: DBOSClient | None = None

    def start(self) -> None:
        """Begin to do jobs; what this executor left undone is gone on with."""
        with _STARTING:
            if _AT_WORK:
                raise RuntimeError("this process does jobs already")
            _AT_WORK.append(self)
        DBOS(
            config={
                "name": APPLICATION, "system_database_engine": self._engine, "application_version": VERSION,
                "executor_id": self._executor, "log_level": "WARNING", "use_listen_notify": False,
            }
        )  # fmt: skip
        DBOS.launch()
        for name, slots in self._slots.items():
            DBOS.register_queue(
                name,
                partition_concurrency=1,
                worker_concurrency=slots,
                polling_interval_sec=_POLL[name],
                on_conflict="always_update",
            )
        self._client = DBOSClient(system_database_engine=self._engine, application_name=APPLICATION)

    def stop(self, grace: int) -> None:
        """Begin nothing more, and wait up to so many seconds for what is being done. The rest is left to whoever
        comes next."""
        if self._client is not None:
            self._client.destroy()
            self._client = None
        DBOS.destroy(workflow_completion_timeout_sec=grace)
        _AT_WORK.clear()

    def enqueue(self, at: Connection, topic: str, generation: int) -> None:
        """Make the job for a generation of a topic, in a transaction on a connection of this queue's engine."""
        if self._client is None:
            raise RuntimeError("the queue is not started")
        self._client.enqueue_in_transaction(
            at,
            {
                "workflow_name": "look", "queue_name": queue_of(topic), "queue_partition_key": topic,
                "workflow_id": job_id(topic, generation), "app_version": VERSION,
            },
            topic,
            generation,
            0,
        )  # fmt: skip

    def purge(self) -> None:
        """Forget jobs that were done an hour ago."""
        before = (datetime.now(UTC) - KEEP).isoformat()
        while True:
            ended = DBOS.list_workflows(
                status=["SUCCESS", "ERROR", "CANCELLED"],
                end_time=before,
                limit=_PURGED_TOGETHER,
                load_input=False,
                load_output=False,
            )
            if not ended:
                return
            DBOS.delete_workflows([one.workflow_id for one in ended])

    def do(self, topic: str, generation: int, tries: int) -> None:
        """Do a job, and have it tried again later where that is worth it. Its slot and its topic are free meanwhile."""
        after = self._handle(topic, generation, tries)
        if after is None:
            return
        if tries + 1 >= _MOST_TRIES:
            log.warning("%s: given up after %s tries; the next pass goes on with it", topic, tries + 1)
            return
        with (
            SetWorkflowID(f"{job_id(topic, generation)}:{tries + 1}"),
            SetEnqueueOptions(queue_partition_key=topic, delay_seconds=after),
        ):
            DBOS.enqueue_workflow(queue_of(topic), _look, topic, generation, tries + 1)


_STARTING: Final = threading.Lock()
_AT_WORK: Final[list[Queue]] = []
"""The one that is started, if one is."""


def job_id(topic: str, generation: int) -> str:
    """The id of the job for a generation of a topic: there is one, however often it is asked for."""
    return f"look:{topic}:{generation}"


def queue_of(topic: str) -> str:
    """Which queue a topic's jobs are in: a look at a whole sync takes long, and must not keep items waiting."""
    return ITEMS if "/" in topic else PASSES


@DBOS.workflow(name="look")
def _look(topic: str, generation: int, tries: int) -> None:
    # No step of it is remembered: done twice it comes to the same, and every record would cost a write.
    if not _AT_WORK:
        raise RuntimeError("this process does no jobs")
    _AT_WORK[0].do(topic, generation, tries)
