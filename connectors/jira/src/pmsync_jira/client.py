"""Talking to one Jira: the vendor's client for sign-in and addresses, with its traps closed.

From `jira` come the signed-in session and the addresses. Its `request` is gone round on purpose: it repeats creates,
turns error bodies into one string, and sleeps on its own; `Session.send` does none of that. What requests takes from
the environment (proxies, a private CA) holds here too.
"""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from typing import Any, TypeVar

import requests
from jira import JIRA
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from pmsync import __version__
from pmsync.connector.files import Form
from pmsync.connector.pacing import Budget, Clock
from pmsync.connector.redaction import fingerprint, redacted
from pmsync.connector.retrying import retry_reads
from pmsync.errors import AuthError, FatalError, PmsyncError, TransientError, UnknownOutcomeError
from pmsync_jira.answers import Answer, Call, RefusalError, failure
from pmsync_jira.limits import Limits
from pmsync_jira.memory import Memory
from pmsync_jira.settings import JiraSettings
from pmsync_jira.vendors import TIMEOUT, Vendors

T = TypeVar("T")

_PROOF = 5.0
_NO_FORGERY = {"X-Atlassian-Token": "no-check"}
"""Without it Jira takes a form for the work of a forger."""


class Client:
    """All HTTP of one connection: paced, counted, with errors by remedy; reads repeated, writes never."""

    def __init__(
        self,
        settings: JiraSettings,
        memory: Memory,
        *,
        connection: str,
        clock: Clock,
        patience: float,
        instance: str,
        budget: Budget | None = None,
    ) -> None:
        self._settings = settings
        self._memory = memory
        self.connection = connection
        self._clock = clock
        self._patience = patience
        agent = f"pmsync/{__version__} ({''.join(c for c in instance if c.isascii() and c.isprintable())[:60]})"
        self._vendors = Vendors(settings, memory, agent)
        self._limits = Limits(
            clock, patience=patience, connection=connection, budget=budget, account=fingerprint(settings.url)
        )
        self._proved = -_PROOF
        self._sent = 0
        self._lock = threading.Lock()
        self.signed_out: Callable[[], bool] = lambda: False
        """Asked after a 401: whether a base was found at which the credentials do work."""
        self.prove: Callable[[], bool] = lambda: False
        """Asked after a 404, which is also what an anonymous caller is told: whether the base was the wrong one.

        Raises AuthError where we are not signed in at all.
        """

    # --- what the rest of the connector calls ---------------------------------------------------------------------

    def read(
        self,
        verb: str,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        body: Any = None,
        base: str = "",
        signed: bool = True,
        shape: type = dict,
    ) -> Answer:
        """Ask something, as often as it takes; `shape` is what the JSON must be.

        `path` is relative to the REST API, or from the base if it begins with a slash. `base` is another than the one
        known to work; without sign-in if not `signed`. Raises `RefusalError` for a 4xx other than those with a remedy
        of their own.
        """
        call = Call(verb, path.partition("?")[0], writes=False, connection=self.connection)

        def attempt() -> Answer:
            answer = self._exchange(call, path, params, body, base, signed)
            if not isinstance(answer.data, shape):
                raise TransientError(f"Jira's answer to {verb} {call.path} makes no sense", connection=self.connection)
            return answer

        def once_more() -> Answer:
            return retry_reads(attempt, clock=self._clock, patience=self._patience)

        return self._signed(once_more, own_base=bool(base) or not signed)

    def write(self, verb: str, path: str, *, params: Mapping[str, Any] | None = None, body: Any = None) -> Answer:
        """Send a change, once. Raises `UnknownOutcomeError` where it may have taken effect and nobody said so.

        A 429, or no connection at all, raises a plain `TransientError`: such a request was not executed.
        """
        call = Call(verb, path, writes=True, connection=self.connection)
        return self._signed(lambda: self._exchange(call, path, params, body, "", True), own_base=False)

    def write_patiently(self, verb: str, path: str, *, body: Any = None) -> Answer:
        """As `write`, but a request that certainly was not executed is sent again when Jira will take it."""

        def attempt() -> Answer | UnknownOutcomeError:
            try:
                return self.write(verb, path, body=body)
            except UnknownOutcomeError as error:
                return error

        outcome = retry_reads(attempt, clock=self._clock, patience=self._patience)
        if isinstance(outcome, UnknownOutcomeError):
            raise outcome
        return outcome

    def upload(self, path: str, form: Form) -> Answer:
        """As `write`, with files, which are read as they go out. What reading them raises is raised: then Jira has not
        had the request to its end, and made nothing of it.
        """
        return self._exchange(Call("POST", path, writes=True, connection=self.connection), path, None, form, "", True)

    @contextmanager
    def stream(self, path: str, params: Mapping[str, Any]) -> Iterator[requests.Response]:
        """Ask for what may be larger than memory: the answer, which may be a redirect, with its body still to be read.

        Asked as often as it takes; the body comes once.
        """
        call = Call("GET", path, writes=False, connection=self.connection)
        with ExitStack() as open_:

            def attempt() -> requests.Response:
                with ExitStack() as begun:
                    response = self._opened(call, path, params, begun)
                    open_.push(begun.pop_all())
                    return response

            def once_more() -> requests.Response:
                return retry_reads(attempt, clock=self._clock, patience=self._patience)

            yield self._signed(once_more, own_base=False)

    def sent(self) -> int:
        """How many requests were sent so far."""
        return self._sent

    def close(self) -> None:
        """Close all connections."""
        self._vendors.close()

    # --- one exchange ---------------------------------------------------------------------------------------------

    def _signed(self, ask: Callable[[], T], *, own_base: bool) -> T:
        """Ask; if it is another base that takes the credentials, ask there: nothing was done before."""
        try:
            return ask()
        except AuthError:
            if own_base or not self.signed_out():
                raise
        except RefusalError as refusal:
            if own_base or refusal.status != 404 or not self._misplaced():
                raise
        return ask()

    def _misplaced(self) -> bool:
        """After a 404: whether the wrong base answered it. A proof that we are signed in holds for a moment."""
        now = self._clock.monotonic()
        if now - self._proved < _PROOF:
            return False
        misplaced = self.prove()
        self._proved = now
        return misplaced

    def _opened(self, call: Call, path: str, params: Mapping[str, Any], begun: ExitStack) -> requests.Response:
        """An answer with its body still to be read. Raises what `failure` makes of one that is no success."""
        self._limits.wait(call.verb)
        with self._lock:
            self._sent += 1
        vendor = begun.enter_context(self._vendors.borrowed(self._memory.base or self._settings.url))
        response = begun.enter_context(closing(self._send(call, vendor, path, params, None, True, stream=True)))
        self._limits.heed(call.verb, response.headers, response.status_code)
        if response.status_code >= 400:
            try:
                content = self._redacted(response.content)
            except requests.RequestException as error:
                raise self._lost(call, type(error).__name__) from None
            raise failure(call, response.status_code, response.headers, content, self._clock.now())
        return response

    def _exchange(
        self, call: Call, path: str, params: Mapping[str, Any] | None, body: Any, base: str, signed: bool
    ) -> Answer:
        self._limits.wait(call.verb)
        with self._lock:
            self._sent += 1
        with self._vendors.borrowed(base or self._memory.base or self._settings.url) as vendor:
            response = self._send(call, vendor, path, params, body, signed)
        headers: Mapping[str, str] = response.headers
        self._limits.heed(call.verb, headers, response.status_code)
        if not 200 <= response.status_code < 300:
            content = self._redacted(response.content)
            raise failure(call, response.status_code, headers, content, self._clock.now())
        if not response.content.strip():
            return Answer(response.status_code, headers)
        try:
            return Answer(response.status_code, headers, json.loads(response.content))
        except ValueError:
            raise self._lost(call, "an answer that is not JSON") from None

    def _send(
        self,
        call: Call,
        vendor: JIRA,
        path: str,
        params: Mapping[str, Any] | None,
        body: Any,
        signed: bool,
        *,
        stream: bool = False,
    ) -> requests.Response:
        # The library has no public way to either; api and version of both are pinned.
        session = vendor._session  # noqa: SLF001
        url = f"{vendor.server_url}{path}" if path.startswith("/") else vendor._get_url(path)  # noqa: SLF001
        request = requests.Request(
            call.verb,
            url,
            params=dict(params or {}),
            data=None if body is None else body.body if isinstance(body, Form) else json.dumps(body),
            headers={**body.headers, **_NO_FORGERY} if isinstance(body, Form) else None,
            auth=None if signed else lambda prepared: prepared,
        )
        try:
            prepared = session.prepare_request(request)
            # A redirect would turn a POST into a GET, and carry the text to wherever it points.
            return session.send(
                prepared,
                timeout=TIMEOUT,
                allow_redirects=False,
                proxies=session.proxies,
                verify=session.verify,
                stream=stream,
            )
        except requests.exceptions.SSLError as error:
            if "CERTIFICATE_VERIFY_FAILED" in str(error):
                raise FatalError(
                    "Jira's certificate is not trusted here; point REQUESTS_CA_BUNDLE to the CA that signed it",
                    connection=self.connection,
                ) from None
            raise self._lost(call, type(error).__name__) from None
        except requests.RequestException as error:
            if _never_sent(error):
                raise TransientError(
                    f"Jira cannot be reached ({type(error).__name__})", connection=self.connection
                ) from None
            raise self._lost(call, type(error).__name__) from None

    def _lost(self, call: Call, what: str) -> PmsyncError:
        kind = UnknownOutcomeError if call.writes else TransientError
        return kind(f"no usable answer from Jira to {call.verb} {call.path}: {what}", connection=self.connection)

    def _redacted(self, content: bytes) -> bytes:
        """An error's body without our secrets, should a proxy have put what we sent into it."""
        text = redacted(content.decode("utf-8", "surrogateescape"), self._settings.secrets)
        return text.encode("utf-8", "surrogateescape")


def _never_sent(error: requests.RequestException) -> bool:
    """Whether the request cannot have reached Jira: no connection came about."""
    if isinstance(error, requests.exceptions.ConnectTimeout | requests.exceptions.ProxyError):
        return True
    reason = getattr(error.args[0] if error.args else None, "reason", None)
    return isinstance(reason, NewConnectionError | ConnectTimeoutError)
