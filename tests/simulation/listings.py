"""Listings that are not what they should be: with a row that paging passed over, or as things were a while ago."""

import json
from datetime import datetime, timedelta
from typing import Any

from inprocess import Call, Reply
from tests.simulation.accounts import Accounts

from pmsync.testing.clock import VirtualClock

_ROUTES = {
    "trello": ("GET /1/boards/{id}/cards", "GET /1/boards/{id}/cards/{filter}"),
    "jira": ("POST /rest/api/3/search/jql",),
    "asana": ("GET /api/1.0/tasks",),
}
_ROWS = {"trello": ("", "id"), "jira": ("issues", "id"), "asana": ("data", "gid")}
_KEPT = 4

Rows = dict[str, Any]
"""The rows of a listing, by id."""


class Listings:
    """Spoils the next listing of a tool, if it is told to."""

    def __init__(self, accounts: Accounts, clock: VirtualClock) -> None:
        self._accounts = accounts
        self._clock = clock
        self._passed_over: dict[str, set[str]] = {}
        self._stale: dict[str, float] = {}
        self.past: dict[str, list[tuple[datetime, Rows]]] = {}
        """The last listings of each tool, as they were, with the time."""

    def pass_over(self, connection: str, identity: str) -> None:
        """Leave a row out."""
        self._passed_over.setdefault(connection, set()).add(identity)

    def grow_stale(self, connection: str, seconds: float) -> None:
        """Show what was there so long ago."""
        self._stale[connection] = seconds

    def mend(self) -> None:
        """All listings are as they should be."""
        self._passed_over.clear()
        self._stale.clear()

    def shown(self, connection: str, call: Call, reply: Reply) -> Reply:
        """An answer as pmsync gets it."""
        if call.route not in _ROUTES[call.tool] or reply.status != 200:
            return reply
        told = json.loads(reply.body)
        name, key = _ROWS[call.tool]
        found = told[name] if name else told
        rows: Rows = {str(one[key]): one for one in found}
        shown = self._aged(connection, rows) if connection in self._stale else rows
        left_out = self._passed_over.pop(connection, set())
        shown = {identity: row for identity, row in shown.items() if identity not in left_out}
        self.past[connection] = [*self.past.get(connection, [])[1 - _KEPT :], (self._clock.now(), rows)]
        if shown == rows:
            return reply
        found[:] = shown.values()
        return reply.holding(json.dumps(told).encode())

    def _aged(self, connection: str, rows: Rows) -> Rows:
        """The rows as a replica of the database has them that is behind: new ones lack, others are as they were."""
        then = self._clock.now() - timedelta(seconds=self._stale.pop(connection))
        known = next((old for at, old in reversed(self.past.get(connection, [])) if at <= then), {})
        natives = self._accounts.now(connection)
        aged = {}
        for identity, row in rows.items():
            native = natives.get(identity)
            if native is None or native.created_at <= then:
                aged[identity] = known.get(identity, row)
        return aged
