"""Reading issues from Jira Cloud: ids from the search index, the issues themselves from the database."""

import re
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from datetime import datetime
from functools import partial
from typing import Any

from pmsync.errors import TransientError
from pmsync_jira.client import Client
from pmsync_jira.convert import MARKER, CustomFields
from pmsync_jira.issues import FEW, HUNG, Batch, Raw, Search, chunks, in_order
from pmsync_jira.jql import Query, before
from pmsync_jira.memory import Project

_PAGE = 5000
"""The most ids that one search page may hold; with any field it would be less."""
_BULK = 100
_FRESH = 50
_NEIGHBOURS = 20


class CloudIssues:
    """The index tells which issues, a little late; the bulk fetch tells the truth about each."""

    def __init__(self, client: Client, search: Search, pool: Executor, project: Project, custom: CustomFields) -> None:
        self._client = client
        self._search = search
        self._pool = pool
        self._project = project
        self._custom = custom

    def pages(self, query: Query, along: str = "") -> Iterator[Batch]:
        """As `Issues.pages`: id-only search pages, then bulk fetches a few ahead."""
        begun: datetime | None = None
        known = 0
        for ids, answered, last in self._listing(query):
            begun = begun or answered
            known += len(ids)
            hung = bool(along) and last and known <= FEW
            fetch: Callable[[Sequence[str]], list[Raw]] = self._fetch
            if hung:
                fetch = partial(self._fetch_whole, property_=along)
            fetched = in_order(self._pool, fetch, chunks(ids, _BULK))
            for wanted, issues in zip(chunks(ids, _BULK), fetched, strict=True):
                there = {str(issue["id"]) for issue in issues}
                gone = tuple(id_ for id_ in wanted if id_ not in there)
                yield Batch(issues, gone, begun, known if last else None, hung)
            if not ids and last:
                yield Batch([], (), begun, known)

    def matching(self, query: Query, fresh: Sequence[str] = ()) -> set[str]:
        """As `Issues.matching`: `reconcileIssues` makes Jira look at those ids as they are in the database now."""
        reconcile = [int(id_) for id_ in fresh] if len(fresh) <= _FRESH else []
        return {id_ for ids, _, _ in self._listing(query, reconcile) for id_ in ids}

    def examples(self, query: Query) -> list[Raw]:
        """As `Issues.examples`."""
        body = {"fields": ["status", "issuetype"], "maxResults": 50}
        issues: list[Raw] = self._search.ask("search/jql", query, body).data.get("issues") or []
        return issues

    def by_id(self, ids: Sequence[str]) -> list[Raw]:
        """As `Issues.by_id`, 100 to a request."""
        return [issue for part in in_order(self._pool, self._fetch, chunks(ids, _BULK)) for issue in part]

    def hung(self, ids: Sequence[str], property_: str) -> list[Raw]:
        """As `Issues.hung`, 100 to a request."""

        def fetch(some: Sequence[str]) -> list[Raw]:
            return self._fetch(some, HUNG, property_)

        return [issue for part in in_order(self._pool, fetch, chunks(ids, _BULK)) for issue in part]

    def created_since(self, since: datetime) -> list[Raw]:
        """As `Issues.created_since`.

        The index may not have them yet, so the next keys after those that were there before are read from the database
        as well, until a whole page of keys is of no issue.
        """
        ours = Query(self._project.id, ("creator = currentUser()",), ("created", since))
        found = {str(issue["id"]): issue for issue in self.by_id(sorted(self.matching(ours), key=int))}
        first = self._key_before(since)
        while True:
            keys = [f"{self._project.key}-{number}" for number in range(first, first + _BULK)]
            issues = self._fetch(keys)
            found.update((str(issue["id"]), issue) for issue in issues)
            if not issues:
                return [found[id_] for id_ in sorted(found, key=int)]
            first += _BULK

    def _key_before(self, moment: datetime) -> int:
        """A key number that was given before that moment, not much before it if the index can tell.

        The least of several: an issue moved here from another project has a younger key than its creation says.
        """
        query = Query(self._project.id, (before("created", moment),), order="created DESC")
        body = {"fields": ["key"], "maxResults": _NEIGHBOURS}
        issues = self._search.ask("search/jql", query, body).data.get("issues") or []
        numbers = [int(found[1]) for issue in issues if (found := re.search(r"-(\d+)$", str(issue.get("key"))))]
        return min(numbers, default=0) + 1

    def _fetch_whole(self, ids: Sequence[str], property_: str) -> list[Raw]:
        """The issues and what hangs on them."""
        return self._fetch(ids, list(dict.fromkeys([*self._custom.wanted(), *HUNG])), MARKER, property_)

    def _fetch(self, ids: Sequence[str], fields: Sequence[str] = (), *properties: str) -> list[Raw]:
        wanted = list(fields) or self._custom.wanted()
        body = {"issueIdsOrKeys": list(ids), "fields": wanted, "properties": list(properties or [MARKER])}
        answer: list[Raw] = self._client.read("POST", "issue/bulkfetch", body=body).data.get("issues") or []
        return answer

    def _listing(
        self, query: Query, reconcile: Sequence[int] = ()
    ) -> Iterator[tuple[list[str], datetime | None, bool]]:
        """The pages of ids, each with the tool's time and whether it is the last.

        Pages may be short, even empty, before the last one: only the token tells that there is no more.
        """
        token = ""
        used: set[str] = set()
        while True:
            body: dict[str, Any] = {"fields": ["id"], "maxResults": _PAGE}
            if reconcile:
                body["reconcileIssues"] = list(reconcile)
            if token:
                body["nextPageToken"] = token
            answer = self._search.ask("search/jql", query, body)
            token = answer.data.get("nextPageToken") or ""
            last = not token or answer.data.get("isLast") is True
            yield [str(issue["id"]) for issue in answer.data.get("issues") or []], answer.date(), last
            if last:
                return
            if token in used:
                raise TransientError("Jira's search goes round in circles", connection=self._client.connection)
            used.add(token)
