"""The vendor's clients: for sign-in and addresses. One is never used by two threads at once."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from jira import JIRA

from pmsync.connector.hosts import settle
from pmsync_jira.memory import Memory
from pmsync_jira.settings import JiraSettings

TIMEOUT = (3.05, 30.0)
"""Seconds to wait for a connection, and for each part of an answer."""


class Vendors:
    """Clients that are kept for the next to borrow one."""

    def __init__(self, settings: JiraSettings, memory: Memory, agent: str) -> None:
        self._settings = settings
        self._memory = memory
        self._agent = agent
        self._lock = threading.Lock()
        self._idle: list[tuple[tuple[str, bool], JIRA]] = []
        self._closed = False

    @contextmanager
    def borrowed(self, base: str) -> Iterator[JIRA]:
        """A client of its own for the time of one exchange, for the base that is asked for."""
        key = (base, self._memory.cloud)
        with self._lock:
            place = next((n for n, (known, _) in enumerate(self._idle) if known == key), None)
            vendor = None if place is None else self._idle.pop(place)[1]
        vendor = vendor or self._vendor(*key)
        try:
            yield vendor
        finally:
            with self._lock:
                if not self._closed:
                    self._idle.append((key, vendor))
                    vendor = None
            if vendor is not None:
                _close(vendor)

    def _vendor(self, base: str, cloud: bool) -> JIRA:
        settings = self._settings
        basic = (settings.email, settings.token) if settings.email else None
        vendor = JIRA(
            options={
                "server": base,
                "rest_api_version": "3" if cloud else "2",
                "headers": {"User-Agent": self._agent, "Accept": "application/json"},
            },
            basic_auth=basic,
            token_auth=None if basic else settings.token,
            get_server_info=False,
            validate=False,
            max_retries=0,
            timeout=TIMEOUT,
            logging=False,
        )
        settle(vendor._session, base)  # noqa: SLF001 - the library has no public way to it
        return vendor

    def close(self) -> None:
        """Close all connections; of those that are lent, once they come back."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for _, vendor in idle:
            _close(vendor)


def _close(vendor: JIRA) -> None:
    vendor.close()  # type: ignore[no-untyped-call]
