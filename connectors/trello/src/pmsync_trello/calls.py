"""How Trello is called, on py-trello as the transport: reads repeated where that may help, writes sent once."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from functools import partial
from typing import Any, TypeVar

import requests
from trello import TrelloClient

from pmsync.connector.api import Opening
from pmsync.connector.files import Form
from pmsync.connector.retrying import retry_reads
from pmsync.errors import PmsyncError, RejectedError, TransientError, UnknownOutcomeError
from pmsync_trello.answers import MissingError, TooWideError, refusal
from pmsync_trello.capabilities import BATCH
from pmsync_trello.settings import HOME, TrelloSettings
from pmsync_trello.transport import HeaderCredentials, Transport

Shape = TypeVar("Shape")
Record = dict[str, Any]
"""An object as Trello's JSON has it."""

PAGE = 1000
"""The most objects that Trello lists in one answer."""
_SMALLEST_PAGE = 50


class Calls:
    """One connection's calls, whatever they are about. Thread-safe."""

    def __init__(self, settings: TrelloSettings, opening: Opening) -> None:
        self._opening = opening
        self._transport = Transport(settings, opening)
        self._credentials = HeaderCredentials(settings.key, settings.token)
        self._trello = TrelloClient(api_key=settings.key, http_service=self._transport, proxies=None)
        # With an `oauth` of its own py-trello puts no credentials into the query, nor into a caller's dictionary.
        self._trello.oauth = self._credentials

    @property
    def sent(self) -> int:
        """How many requests have been sent."""
        return self._transport.sent

    def close(self) -> None:
        """Give the connections back."""
        self._transport.close()

    def garbled(self, *, write: bool = False) -> PmsyncError:
        """The error for an answer that is not of the shape that it should be."""
        return self._transport.garbled(write=write)

    # Reading

    def object(self, path: str, **query: Any) -> Record:
        """Read one object."""
        return self._read(partial(self._fetch, path, query, dict))

    def objects(self, path: str, **query: Any) -> list[Record]:
        """Read a list of objects."""
        return self._read(partial(self._fetch, path, query, list))

    def pages(self, path: str, **query: Any) -> Iterator[list[Record]]:
        """Read a list to its end, newest objects first: pages of it, the last one not full.

        Where Trello finds a page too wide, smaller ones are asked for.
        """
        limit = PAGE
        before: dict[str, str] = {}
        while True:
            try:
                page = self.objects(path, **query, limit=limit, **before)
            except TooWideError:
                if limit <= _SMALLEST_PAGE:
                    raise
                limit //= 2
                continue
            yield page
            if len(page) < limit:
                return
            before = {"before": min(str(one["id"]) for one in page)}

    def several(self, addresses: Sequence[str]) -> Iterator[Record | None]:
        """Read objects at any number of addresses (`/cards/abc?fields=name`), as many to a request as Trello takes.

        None for one that is not there or not for us. One that Trello was too busy for is asked for again by itself.
        """
        for start in range(0, len(addresses), BATCH):
            some = addresses[start : start + BATCH]
            answers = self._read(partial(self._fetch, "batch", {"urls": ",".join(some)}, list), also=len(some))
            if len(answers) != len(some):
                raise self.garbled()
            for address, answer in zip(some, answers, strict=True):
                yield self._batched(address, answer)

    def _batched(self, address: str, answer: Any) -> Record | None:
        if not isinstance(answer, dict):
            raise self.garbled()
        if isinstance(answer.get("200"), dict):
            return dict(answer["200"])
        error = _batch_error(answer)
        if isinstance(error, MissingError | RejectedError):
            return None
        if not isinstance(error, TransientError):
            raise error
        try:
            return self.object(address.removeprefix("/"))
        except MissingError:
            return None

    @contextmanager
    def stream(self, path: str) -> Iterator[requests.Response]:
        """Ask for a file, at a path of Trello's own host: the answer, which may be a redirect, its body still to be
        read."""
        response = self._read(partial(self._transport.open, path, self._credentials))
        with closing(response):
            yield response

    # Writing

    def send(self, method: str, path: str, body: Mapping[str, Any] | None, shape: type[Shape]) -> Shape:
        """Write, once: what makes something is never sent twice."""
        return self._call(method, path, shape, query_params={}, post_args=None if body is None else dict(body))

    def repeatable(self, method: str, path: str, body: Mapping[str, Any] | None, shape: type[Shape]) -> Shape:
        """Send a write that Trello may have been too busy to take: that, and nothing else, is reason to send it again.

        For writes that may take effect twice only; never for one that makes something.
        """

        def attempt() -> Shape | UnknownOutcomeError:
            try:
                return self.send(method, path, body, shape)
            except UnknownOutcomeError as error:
                return error

        answer = retry_reads(attempt, clock=self._opening.clock, patience=self._opening.patience)
        if isinstance(answer, UnknownOutcomeError):
            raise answer
        return answer

    def upload(self, path: str, form: Form) -> Any:
        """Send a file, once, while it is read. What reading it raises is raised: Trello has not had the request to its
        end then, and made nothing of it."""
        response = self._transport.request(
            "POST", f"{HOME}/1/{path}", data=form.body, headers=dict(form.headers), auth=self._credentials
        )
        try:
            return response.json()
        except ValueError:
            raise self.garbled(write=True) from None

    # How

    def _fetch(self, path: str, query: Record, shape: type[Shape]) -> Shape:
        # A fresh dictionary for every call: py-trello writes into the one that it is given.
        return self._call("GET", path, shape, query_params=dict(query))

    def _call(self, method: str, path: str, shape: type[Shape], **options: Any) -> Shape:
        try:
            answer = self._trello.fetch_json(path, http_method=method, **options)
        except ValueError:
            raise self.garbled(write=method != "GET") from None
        if not isinstance(answer, shape):
            raise self.garbled(write=method != "GET")
        return answer

    def _read(self, call: Callable[[], Shape], *, also: int = 0) -> Shape:
        def attempt() -> Shape:
            self._transport.reserve(also)
            return call()

        return retry_reads(attempt, clock=self._opening.clock, patience=self._opening.patience)


def _batch_error(answer: Mapping[str, Any]) -> PmsyncError:
    status = answer.get("statusCode") or next((key for key in answer if key.isdecimal()), "500")
    return refusal(int(status), str(answer.get("message") or answer.get(str(status)) or ""), {}, write=False)
