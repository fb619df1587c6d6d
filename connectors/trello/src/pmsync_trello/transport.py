"""Everything that leaves for Trello passes here: the address, the credentials, the pace, the count, the errors."""

import logging
import threading
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase
from requests.cookies import RequestsCookieJar
from urllib3.exceptions import MaxRetryError, NewConnectionError

from pmsync.connector.api import Opening
from pmsync.connector.hosts import settle
from pmsync.connector.pacing import Pacer
from pmsync.connector.redaction import fingerprint, redacted
from pmsync.errors import FatalError, PmsyncError, TransientError, UnknownOutcomeError
from pmsync_trello.answers import WINDOW, budgets, refusal
from pmsync_trello.capabilities import THREADS
from pmsync_trello.settings import HOME, TrelloSettings

_LOG = logging.getLogger("urllib3.connectionpool")
"""Where requests come to be logged, with their addresses."""

TIMEOUT = (3.05, 30.0)
_LIMIT = 100
"""Requests per token and window, until the headers say otherwise."""
_SPARE = 2
"""Requests of the budget that are left to others."""
_SLACK = 0.25
"""Our seconds and Trello's do not begin at the same moment."""


class HeaderCredentials(AuthBase):
    """Key and token in the `Authorization` header: never in a URL, where they would end up in logs, and not signed,
    so that a clock that is wrong does no harm."""

    def __init__(self, key: str, token: str) -> None:
        self._header = f'OAuth oauth_consumer_key="{key}", oauth_token="{token}"'

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = self._header
        return request


class _NoCookies(RequestsCookieJar):
    """Trello sets cookies, and they would travel from one call to the next."""

    def set_cookie(self, cookie: Any, *args: Any, **kwargs: Any) -> None:
        """Drop it."""


class _Discreet(logging.Filter):
    """Takes credentials out of what urllib3 logs: one route has the token in its address."""

    def __init__(self, secrets: tuple[str, ...]) -> None:
        super().__init__()
        self._secrets = secrets

    def filter(self, record: logging.LogRecord) -> bool:
        """Reword the record; let it pass."""
        record.msg, record.args = redacted(record.getMessage(), self._secrets), ()
        return True


class Transport:
    """What py-trello takes for its `requests`. Sends each request once; every answer that is not 200 is an error.

    Thread-safe.
    """

    def __init__(self, settings: TrelloSettings, opening: Opening) -> None:
        self._settings = settings
        self._connection = opening.connection
        self._pacer = Pacer(
            _LIMIT - _SPARE,
            WINDOW + _SLACK,
            opening.clock,
            budget=opening.budget,
            name=f"trello {fingerprint(settings.token)}",
        )
        self._client = f"pmsync-{opening.instance}"
        self._session = requests.Session()
        self._session.cookies = _NoCookies()
        adapter = HTTPAdapter(pool_connections=1, pool_maxsize=THREADS, max_retries=0)
        self._session.mount("https://", adapter)
        self._session.mount("http://", adapter)
        settle(self._session, settings.url)
        self._discreet = _Discreet(settings.secrets)
        _LOG.addFilter(self._discreet)
        self._lock = threading.Lock()
        self._sent = 0

    @property
    def sent(self) -> int:
        """How many requests have been sent."""
        return self._sent

    def reserve(self, requests_: int) -> None:
        """Wait until so many requests more may be sent: those within a batch count like others."""
        for _ in range(requests_):
            self._pacer.wait()

    def request(self, method: str, url: str, **options: Any) -> requests.Response:
        """Send one request of py-trello's, whose address is fixed in its code. Raises errors of `pmsync.errors`."""
        response = self._sent_once(method, url, options)
        if response.status_code != 200:
            raise self._refused(response, write=method != "GET")
        return response

    def open(self, path: str, auth: AuthBase) -> requests.Response:
        """Ask for what may be larger than memory: the answer, which may be a redirect, its body still to be read. To be
        closed."""
        headers = {"Accept-Encoding": "identity"}
        response = self._sent_once("GET", HOME + path, {"auth": auth, "stream": True, "headers": headers})
        if response.status_code != 200 and not response.is_redirect:
            with response:
                raise self._refused(response, write=False)
        return response

    def _sent_once(self, method: str, url: str, options: dict[str, Any]) -> requests.Response:
        write = method != "GET"
        address = self._settings.url + url.removeprefix(HOME)
        if write:
            options["headers"] = {**(options.get("headers") or {}), "X-Trello-Client-Identifier": self._client}
        options |= {"timeout": TIMEOUT, "allow_redirects": False}
        self._pacer.wait()
        with self._lock:
            self._sent += 1
        try:
            response = self._session.request(method, address, **options)
        except requests.RequestException as error:
            raise self._placed(_unanswered(error, write=write)) from None
        self._obey(response)
        return response

    def _refused(self, response: requests.Response, *, write: bool) -> PmsyncError:
        try:
            text = redacted(response.text, self._settings.secrets)
        except requests.RequestException as error:
            return self._placed(_unanswered(error, write=write))
        return self._placed(refusal(response.status_code, text, response.headers, write=write))

    def garbled(self, *, write: bool) -> PmsyncError:
        """The error for an answer that is not what it should be: cut off, or not JSON, or of another shape."""
        kind = UnknownOutcomeError if write else TransientError
        return self._placed(kind("Trello's answer makes no sense"))

    def close(self) -> None:
        """Give the connections back."""
        self._session.close()
        _LOG.removeFilter(self._discreet)

    def _obey(self, response: requests.Response) -> None:
        """Hold back where hardly anything of a budget is left: others use this key, or this token."""
        most = response.headers.get("x-rate-limit-api-token-max", "")
        if most.isdecimal():
            self._pacer.allow(int(most) - _SPARE)
        for remaining, interval in budgets(response.headers):
            if remaining < _SPARE:
                self._pacer.pause(interval * (_SPARE - max(0, remaining)) / _SPARE)

    def _placed(self, error: PmsyncError) -> PmsyncError:
        error.connection = self._connection
        return error


def _unanswered(error: requests.RequestException, *, write: bool) -> PmsyncError:
    """The error for a request without an answer. Requests' own words are dropped: they may quote the URL."""
    if isinstance(error, requests.exceptions.SSLError) and "CERTIFICATE_VERIFY_FAILED" in str(error):
        return FatalError("the server's certificate cannot be verified; look at `url`, or at REQUESTS_CA_BUNDLE")
    if isinstance(error, requests.exceptions.InvalidURL | requests.exceptions.InvalidSchema):
        return FatalError("`url` is no address that can be called")
    if not write or _never_sent(error):
        return TransientError(f"Trello cannot be reached ({type(error).__name__})")
    return UnknownOutcomeError(f"no answer from Trello ({type(error).__name__})")


def _never_sent(error: requests.RequestException) -> bool:
    if isinstance(error, requests.exceptions.ConnectTimeout | requests.exceptions.ProxyError):
        return True
    cause = error.args[0] if error.args else None
    return isinstance(cause, MaxRetryError) and isinstance(cause.reason, NewConnectionError)
