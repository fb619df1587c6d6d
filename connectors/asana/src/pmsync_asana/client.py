"""Talking to Asana: every request of a connection, paced, counted, with errors by remedy; only reads are repeated.

From `asana` come the signed-in client and its connection pool. Its iterators are gone round on purpose: they hide the
sync token of event streams, and its deserialiser changes text.
"""

import threading
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlencode

from asana.rest import ApiException
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError, ProxyError

from pmsync import __version__
from pmsync.connector.pacing import Budget, Clock, Pacer
from pmsync.connector.redaction import fingerprint, redacted
from pmsync.connector.retrying import retry_reads
from pmsync.errors import FatalError, PmsyncError, TransientError, UnknownOutcomeError
from pmsync_asana import vendor
from pmsync_asana.answers import RefusalError, failure, parsed, seconds
from pmsync_asana.lanes import Lanes
from pmsync_asana.settings import AsanaSettings

BATCH = 10
"""Actions that one batch may have."""

WRITES_AT_ONCE = 15
_WINDOW = 60.0
_PAID = 1400
_FREE = 140
"""A little less than the 1,500 and 150 a minute that the plans allow: Asana counts by its own clock."""
_SIGNS_OF_FREE = (range(130, 200), 5.0)
"""A 429 after so many requests in a minute, asking for so many seconds at least, means that the plan is a free one."""
_CONNECTIONS = 16


@dataclass(frozen=True, slots=True)
class Answer:
    """A JSON answer, and the tool's time when it gave it, where it said so."""

    body: Mapping[str, Any]
    at: datetime | None = None

    @property
    def data(self) -> Any:
        """What the envelope holds."""
        return self.body["data"]

    @property
    def offset(self) -> str | None:
        """Where the next page begins; None on the last."""
        page = self.body.get("next_page")
        return str(page["offset"]) if isinstance(page, dict) and page.get("offset") else None


@dataclass(frozen=True, slots=True)
class Action:
    """One call within a batch."""

    method: str
    path: str
    fields: str = ""
    """Comma-separated, as `opt_fields`."""
    data: Mapping[str, Any] | None = None
    options: Mapping[str, Any] = field(default_factory=dict)

    def json(self) -> dict[str, Any]:
        """As the batch says it."""
        options = {**self.options, **({"fields": self.fields.split(",")} if self.fields else {})}
        body = {"method": self.method, "relative_path": self.path, "options": options}
        return body if self.data is None else {**body, "data": self.data}


class Client:
    """One connection's HTTP. May be used by several threads at once."""

    def __init__(
        self,
        settings: AsanaSettings,
        *,
        connection: str,
        clock: Clock,
        patience: float,
        instance: str,
        budget: Budget | None = None,
    ) -> None:
        name = "".join(character for character in instance if character.isascii() and character.isprintable())
        self._api = vendor.client(settings, f"pmsync/{__version__} ({name[:60]})", _CONNECTIONS)
        self._settings = settings
        self.connection = connection
        self._clock = clock
        self._patience = patience
        self._pacer = Pacer(_PAID, _WINDOW, clock, budget=budget, name=f"asana {fingerprint(settings.token)}")
        self._lanes = Lanes(WRITES_AT_ONCE)
        self._lock = threading.Lock()
        self._sent = 0
        self._spent: deque[float] = deque()
        self._blocked = 0.0

    def read(self, path: str, *, fields: str = "", **query: str | int | None) -> Answer:
        """GET, as often as it takes. A query value of None is left out. Raises `RefusalError` for a 4xx."""
        asked = {name: str(value) for name, value in query.items() if value is not None}
        if fields:
            asked["opt_fields"] = fields
        return self._repeat("GET", path, asked, None, 1)

    def read_batch(self, actions: Sequence[Action]) -> list[Mapping[str, Any] | RefusalError]:
        """Up to ten GETs in one request: for each its body, or why it was refused."""
        body = {"data": {"actions": [action.json() for action in actions]}}

        def attempt() -> list[Mapping[str, Any] | RefusalError]:
            answer = self._exchange("POST", "/batch", {}, body, len(actions), writes=False)
            results: list[Mapping[str, Any] | RefusalError] = []
            for outcome in self.outcomes(answer, len(actions), writes=False):
                if isinstance(outcome, PmsyncError) and not isinstance(outcome, RefusalError):
                    raise outcome
                results.append(outcome)
            return results

        return retry_reads(attempt, clock=self._clock, patience=self._patience)

    def write(self, method: str, path: str, data: Mapping[str, Any] | None, *, fields: str = "") -> Answer:
        """Send a change, once. Raises `UnknownOutcomeError` where it may have taken effect and nobody said so.

        After a 429 (`TransientError`) and a 4xx (`RefusalError`) it certainly has not.
        """
        query = {"opt_fields": fields} if fields else {}
        with self._lanes.take(1):
            body = None if data is None else {"data": data}
            return self._exchange(method, path, query, body, 1, writes=True)

    def write_batch(self, actions: Sequence[Action]) -> list[Mapping[str, Any] | PmsyncError]:
        """Up to ten changes in one request, sent once: for each its body, or its error. Raises as `write`."""
        body = {"data": {"actions": [action.json() for action in actions]}}
        with self._lanes.take(len(actions)):
            answer = self._exchange("POST", "/batch", {}, body, len(actions), writes=True)
        return self.outcomes(answer, len(actions), writes=True)

    def send_form(
        self, path: str, body: bytes | Iterable[bytes], headers: Mapping[str, str], *, fields: str = ""
    ) -> Answer:
        """POST a form, once, made while it is sent. Raises as `write`, and what making it raises: then it has no end,
        and nothing comes of it."""
        url = f"{path}?{urlencode({'opt_fields': fields})}" if fields else path
        with self._lanes.take(1):
            return self._exchanged("POST", path, lambda: vendor.send_form(self._api, url, body, headers), writes=True)

    def outcomes(self, answer: Answer, count: int, *, writes: bool) -> list[Any]:
        """What became of each action of a batch."""
        results = answer.data
        if not isinstance(results, list) or len(results) != count:
            raise self._lost("POST", "/batch", "an answer for other actions", writes=writes)
        return [self._outcome(result, writes=writes) for result in results]

    def sent(self) -> int:
        """How many requests were sent so far."""
        return self._sent

    def close(self) -> None:
        """Close all connections."""
        self._api.rest_client.pool_manager.clear()

    # --- one exchange --------------------------------------------------------------------------------------------

    def _repeat(self, method: str, path: str, query: Mapping[str, str], body: Any, cost: int) -> Answer:
        return retry_reads(
            lambda: self._exchange(method, path, query, body, cost, writes=False),
            clock=self._clock,
            patience=self._patience,
        )

    def _exchange(
        self, method: str, path: str, query: Mapping[str, str], body: Any, cost: int, *, writes: bool
    ) -> Answer:
        return self._exchanged(method, path, lambda: self._send(method, path, query, body), cost, writes=writes)

    def _exchanged(self, method: str, path: str, send: Callable[[], Any], cost: int = 1, *, writes: bool) -> Answer:
        self._pace(cost)
        try:
            response = send()
            raw = response.data
        except ApiException as error:
            raise self._failed(error, writes=writes) from None
        except HTTPError as error:
            # An exception's text would show the address with its query; its kind is enough.
            if isinstance(error, (NewConnectionError, ConnectTimeoutError, ProxyError)):
                message = f"Asana cannot be reached ({type(error).__name__})"
                raise TransientError(message, connection=self.connection) from None
            raise self._lost(method, path, type(error).__name__, writes=writes) from None
        answered = parsed(raw)
        if not isinstance(answered, dict) or "data" not in answered:
            raise self._lost(method, path, "an answer that is not Asana's JSON", writes=writes)
        return Answer(answered, _moment(response.headers.get("Date")))

    def _send(self, method: str, path: str, query: Mapping[str, str], body: Any) -> Any:
        # Fresh dictionaries for every call: the library keeps what it is given, and changes it.
        return self._api.call_api(
            path,
            method,
            {},
            dict(query),
            {"Accept": "application/json", "Content-Type": "application/json; charset=UTF-8"},
            body=body,
            auth_settings=["personalAccessToken"],
            _return_http_data_only=True,
            _preload_content=False,
            _request_timeout=vendor.TIMEOUT,
        )

    def _failed(self, error: ApiException, *, writes: bool) -> PmsyncError:
        if not error.status:
            # The library makes this of every TLS failure, and of nothing else.
            return FatalError(
                "no secure connection to Asana; if a proxy signs with its own CA, point REQUESTS_CA_BUNDLE to it",
                connection=self.connection,
            )
        headers = error.headers or {}
        if error.status == 429:
            self._back_off(seconds(headers.get("Retry-After")))
        failed = failure(error.status, headers, parsed(error.body), writes=writes, connection=self.connection)
        return self._redacted(failed)

    def _outcome(self, result: Any, *, writes: bool) -> Mapping[str, Any] | PmsyncError:
        status, body = (result.get("status_code"), result.get("body")) if isinstance(result, dict) else (None, None)
        if not isinstance(status, int) or not isinstance(body, dict):
            return self._lost("POST", "/batch", "an answer that is not Asana's JSON", writes=writes)
        if 200 <= status < 300 and "data" in body:
            return body
        headers = result.get("headers") or {}
        if status == 429:
            self._back_off(seconds(headers.get("Retry-After")))
        return self._redacted(failure(status, headers, body, writes=writes, connection=self.connection))

    def _lost(self, method: str, path: str, what: str, *, writes: bool) -> PmsyncError:
        kind = UnknownOutcomeError if writes else TransientError
        return kind(f"no usable answer from Asana to {method} {path}: {what}", connection=self.connection)

    def _redacted(self, error: PmsyncError) -> PmsyncError:
        error.message = redacted(error.message, self._settings.secrets)
        return error

    # --- limits --------------------------------------------------------------------------------------------------

    def _pace(self, cost: int) -> None:
        """Wait for a place; where Asana wants a longer pause than the connection's patience, say so instead."""
        left = self._blocked - self._clock.monotonic()
        if left > self._patience:
            raise TransientError("Asana asked for a pause that is not over", after=left, connection=self.connection)
        for _ in range(cost):
            self._pacer.wait()
        now = self._clock.monotonic()
        with self._lock:
            self._sent += 1
            self._spent.extend([now] * cost)
            while self._spent and self._spent[0] <= now - _WINDOW:
                self._spent.popleft()

    def _back_off(self, after: float | None) -> None:
        """Take a 429's word: a pause for all threads, and the smaller plan's limit where that explains it."""
        pause = after or 0.0
        if pause <= self._patience:
            self._pacer.pause(pause)
        with self._lock:
            self._blocked = max(self._blocked, self._clock.monotonic() + pause)
            spent, least = _SIGNS_OF_FREE
            if len(self._spent) in spent and pause >= least:
                self._pacer.allow(_FREE)


def _moment(text: str | None) -> datetime | None:
    try:
        return parsedate_to_datetime(text).astimezone(UTC) if text else None
    except ValueError:
        return None
