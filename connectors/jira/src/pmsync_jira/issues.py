"""How issues are read, whatever the product: the contract that Cloud and Data Center each keep in their own way."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, TypeVar

from pmsync.errors import FatalError, TransientError
from pmsync_jira.answers import RefusalError
from pmsync_jira.client import Client
from pmsync_jira.jql import Query
from pmsync_jira.memory import Memory
from pmsync_jira.site import Site

AHEAD = 4
"""How many pages may be under way while one is being looked at."""

FEW = 25
"""Of so many changed issues what hangs on them is asked for along with them; of more it would make answers long."""

HUNG = ("comment", "attachment", "description", "project", "created")
"""What to ask for to know of what hangs on an issue; the description tells which files it shows."""

Raw = dict[str, Any]
"""An issue as Jira's JSON has it."""

T = TypeVar("T")
U = TypeVar("U")


@dataclass(frozen=True, slots=True)
class Batch:
    """Some issues of a listing. `gone` are ids that the index still lists and the database no longer has."""

    issues: list[Raw]
    gone: tuple[str, ...] = ()
    at: datetime | None = None
    """The tool's own time when the listing began."""
    total: int | None = None
    """How many the listing has, where that is known."""
    hung: bool = False
    """Whether what hangs on these issues came along (`HUNG`)."""


class Issues(Protocol):
    """Reading issues with the fields of `CustomFields.wanted` and, where the product can, our marker."""

    def pages(self, query: Query, along: str = "") -> Iterator[Batch]:
        """All issues that match, a batch at a time; nothing for none. One may come twice.

        With `along`, and `FEW` issues at the most, they come with what hangs on them, and with that property where the
        product can.

        Raises `RestartError` where the listing was cut off and has to be begun again.
        """
        ...

    def matching(self, query: Query, fresh: Sequence[str] = ()) -> set[str]:
        """The ids that match, from the index; those in `fresh` (50 at the most) from the database where possible."""
        ...

    def examples(self, query: Query) -> list[Raw]:
        """Some of the issues that match, with nothing but their status and type."""
        ...

    def by_id(self, ids: Sequence[str]) -> list[Raw]:
        """Issues by id or key, from the database; those that are not there, or not for us, are left out."""
        ...

    def hung(self, ids: Sequence[str], property_: str) -> list[Raw]:
        """As `by_id`, with nothing but what hangs on the issues (`HUNG`) and, where the product can, one property."""
        ...

    def created_since(self, since: datetime) -> list[Raw]:
        """Every issue of the project that we ourselves created at or after a moment, with its marker; others may be
        among them. Looks where a create shows at once.
        """
        ...


class RestartError(TransientError):
    """A listing was cut off; begin it again."""


class Search:
    """One search request, with what Jira's refusals of one mean."""

    def __init__(self, client: Client, site: Site, memory: Memory) -> None:
        self._client = client
        self._site = site
        self._memory = memory

    def ask(self, path: str, query: Query, body: Raw) -> Any:
        """Send the query with the rest of the body. Raises RestartError for a page token that has gone stale."""
        while True:
            epoch = self._memory.epoch_jql
            zone = None if epoch else self._memory.zone or "UTC"
            try:
                return self._client.read("POST", path, body={"jql": query.text(zone), **body})
            except RefusalError as refusal:
                if epoch and query.since and _about_dates(refusal):
                    self._speak_text()
                    continue
                raise self._meaning(refusal) from None

    def _speak_text(self) -> None:
        if not self._memory.zone:
            self._site.myself()
        self._memory.epoch_jql = False

    def _meaning(self, refusal: RefusalError) -> Exception:
        if "page token" in refusal.message.lower():
            return RestartError(refusal.message, connection=refusal.connection)
        return FatalError(
            f"Jira refuses the search ({refusal.message}); is the project still there, and `scope.jql` valid?",
            connection=refusal.connection,
        )


def in_order(pool: Executor, work: Callable[[T], U], inputs: Iterable[T]) -> Iterator[U]:
    """Do the work for each input, a few ahead of the one that is being looked at; results come in the inputs' order."""
    under_way: deque[Future[U]] = deque()
    try:
        for each in inputs:
            under_way.append(pool.submit(work, each))
            if len(under_way) > AHEAD:
                yield under_way.popleft().result()
        while under_way:
            yield under_way.popleft().result()
    finally:
        for future in under_way:
            future.cancel()


def chunks(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """The items, so many at a time."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


def _about_dates(refusal: RefusalError) -> bool:
    """Whether the refusal is of the form in which a time was given."""
    text = refusal.message.lower()
    return refusal.status == 400 and ("date value" in text or "valid formats include" in text)
