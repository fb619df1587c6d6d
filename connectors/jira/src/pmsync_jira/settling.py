"""Bringing new issues to the status that they are to have."""

import threading
from collections.abc import Callable
from concurrent.futures import Executor

from pmsync.errors import PmsyncError, RejectedError
from pmsync.model.fields import Field
from pmsync_jira.issues import Issues
from pmsync_jira.memory import Memory
from pmsync_jira.order import Order
from pmsync_jira.walking import Walker


class Settling:
    """Walks new issues; what is not known of their workflow is asked once, for all that are made at the same time."""

    def __init__(self, memory: Memory, walker: Walker, *, pool: Executor, issues: Callable[[], Issues]) -> None:
        self._memory = memory
        self._walker = walker
        self._pool = pool
        self._issues = issues
        self._learning = threading.Lock()

    def settle(self, orders: list[Order]) -> None:
        """Walk each new issue to its status. Where no way is known yet, one goes ahead and learns it for the others.

        Batches are made side by side: those that come while one is learning wait, and go by what it found.
        """
        with self._learning:
            groups = self._ways([order for order in orders if order.goal])
            for way, group in groups.items():
                if not self._memory.graph.path(*way, self._walker.usable):
                    self._walk(group.pop(0))
        list(self._pool.map(self._walk, [order for group in groups.values() for order in group]))

    def _ways(self, orders: list[Order]) -> dict[tuple[str, str, str], list[Order]]:
        """Those that have a way to go, by type, where they are, and where they are to be."""
        for order in orders:
            if not order.status and order.step is None:
                order.status = self._memory.initial.get(order.type, "")
        nowhere = [order for order in orders if not order.status]
        if nowhere:
            self._see_status(nowhere)
        groups: dict[tuple[str, str, str], list[Order]] = {}
        for order in orders:
            if order.status != order.goal:
                groups.setdefault((order.type, order.status, order.goal), []).append(order)
        return groups

    def _see_status(self, orders: list[Order]) -> None:
        """Read where new issues are, and remember where their types begin."""
        try:
            raws = self._issues().by_id([order.id for order in orders])
        except PmsyncError:
            # They were made: whatever keeps us from reading must not look as if they had not been.
            return
        there = {str(raw["id"]): str(raw["fields"]["status"]["id"]) for raw in raws}
        for order in orders:
            order.status = there.get(order.id, "")
            if order.status and order.step is None:
                self._memory.learn_initial(order.type, order.status)

    def _walk(self, order: Order) -> None:
        if not order.status:
            order.unfinished.add(Field.STATUS)
            return
        try:
            walk = self._walker.walk(order.id, order.type, order.status, order.goal, ask_first=False)
        except RejectedError as error:
            order.notes[Field.STATUS] = f"the new issue could not be moved: {error.message}"
            return
        except PmsyncError:
            order.unfinished.add(Field.STATUS)
            return
        order.status = walk.status
        if walk.reason:
            order.notes[Field.STATUS] = walk.reason
