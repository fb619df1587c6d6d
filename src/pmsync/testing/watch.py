"""Watching everything that passes through a sandbox, and checking it against the tool's official document."""

from collections import Counter
from collections.abc import Callable
from typing import Protocol

from werkzeug.wrappers import Request, Response

from pmsync.testing.deviations import Violation
from pmsync.testing.openapi import ApiDocument, Call


class Watchable(Protocol):
    """A sandbox, as far as watching it goes."""

    watchers: list[Callable[[Request, Response], None]]
    """Told of each request that was answered, with the answer, one at a time."""


class Watched:
    """Collects the violations of what passes through a sandbox from now on, each kind once.

    A request that the tool refused is not checked: that was the tool's to judge. Nor is a call outside the document
    (Jira's version 2, say).
    """

    def __init__(self, sandbox: Watchable, document: ApiDocument) -> None:
        self.requests: list[Violation] = []
        """What callers sent against the document."""
        self.answers: list[Violation] = []
        """What the sandbox answered against the document."""
        self.checked: Counter[str] = Counter()
        """How many calls of each operation were checked."""
        self._document = document
        sandbox.watchers.append(self._see)

    @property
    def violations(self) -> list[Violation]:
        """All of them."""
        return [*self.requests, *self.answers]

    def _see(self, request: Request, response: Response) -> None:
        call = Call(request.method, request.url, dict(request.headers), request.get_data(cache=True))
        if not self._document.covers(call.url):
            return
        operation = self._document.operation(call)
        self.checked[operation or f"{call.method} {call.path}"] += 1
        refused = response.status_code >= 400
        if not refused:
            self._note(self.requests, self._document.check_request(call))
        if operation or not refused:
            answer = self._document.check_response(
                call, response.status_code, dict(response.headers), response.get_data()
            )
            self._note(self.answers, answer)

    @staticmethod
    def _note(known: list[Violation], found: list[Violation]) -> None:
        known.extend(violation for violation in found if violation not in known)
