"""Reading issues from Jira Data Center: offset pages of whole issues, from an index that is written with the issue."""

from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from datetime import datetime
from functools import partial

from pmsync_jira.answers import RefusalError
from pmsync_jira.client import Client
from pmsync_jira.convert import MARKER, CustomFields
from pmsync_jira.issues import FEW, HUNG, Batch, Raw, Search, chunks, in_order
from pmsync_jira.jql import Query, ids_in
from pmsync_jira.memory import Project

_PAGE = 100
_OVERLAP = 10
"""Rows of the last page that are read again: an issue changed meanwhile moves to the end, and all after it move up."""


class DataCenterIssues:
    """No bulk fetch, and no properties in a search: markers are read one issue at a time, and only to find one."""

    def __init__(self, client: Client, search: Search, pool: Executor, project: Project, custom: CustomFields) -> None:
        self._client = client
        self._search = search
        self._pool = pool
        self._project = project
        self._custom = custom

    def pages(self, query: Query, along: str = "") -> Iterator[Batch]:
        """As `Issues.pages`. Only its answer tells how many there are, so the first page has room for `FEW` alone."""
        return self._listing(query, self._custom.wanted(), HUNG if along else ())

    def matching(self, query: Query, fresh: Sequence[str] = ()) -> set[str]:
        """As `Issues.matching`; the index is never behind, so nothing needs to be fresher."""
        return {str(issue["id"]) for batch in self._listing(query, ["key"]) for issue in batch.issues}

    def examples(self, query: Query) -> list[Raw]:
        """As `Issues.examples`."""
        body = {"fields": ["status", "issuetype"], "maxResults": 50}
        issues: list[Raw] = self._search.ask("search", query, body).data.get("issues") or []
        return issues

    def by_id(self, ids: Sequence[str]) -> list[Raw]:
        """As `Issues.by_id`: one search for 100, and one request for each that it leaves out."""
        return [issue for part in in_order(self._pool, self._fetch, chunks(ids, _PAGE)) for issue in part]

    def hung(self, ids: Sequence[str], property_: str) -> list[Raw]:
        """As `Issues.hung`: one search for 100, which tells no property."""
        fetch = partial(self._fetch, fields=HUNG)
        return [issue for part in in_order(self._pool, fetch, chunks(ids, _PAGE)) for issue in part]

    def created_since(self, since: datetime) -> list[Raw]:
        """As `Issues.created_since`."""
        ours = Query(self._project.id, ("creator = currentUser()",), ("created", since))
        return [
            issue
            for issue in in_order(self._pool, self._one, sorted(self.matching(ours), key=int))
            if issue is not None
        ]

    def _fetch(self, ids: Sequence[str], fields: Sequence[str] = ()) -> list[Raw]:
        body = {
            "jql": ids_in(ids),
            "startAt": 0,
            "maxResults": len(ids),
            "fields": list(fields) or self._custom.wanted(),
            "validateQuery": False,
        }
        try:
            issues: list[Raw] = self._client.read("POST", "search", body=body).data.get("issues") or []
        except RefusalError:
            issues = []
        # No search tells of an archived issue, but reading it does.
        told = {str(issue[name]) for issue in issues for name in ("id", "key")}
        left_out = (self._one(id_, fields) for id_ in ids if id_ not in told)
        return issues + [issue for issue in left_out if issue is not None]

    def _one(self, id_: str, fields: Sequence[str] = ()) -> Raw | None:
        params = {"fields": ",".join(fields or self._custom.wanted()), "properties": MARKER}
        try:
            issue: Raw = self._client.read("GET", f"issue/{id_}", params=params).data
        except RefusalError as refusal:
            if refusal.status == 404:
                return None
            raise
        return issue

    def _listing(self, query: Query, fields: list[str], along: Sequence[str] = ()) -> Iterator[Batch]:
        start = 0
        begun: datetime | None = None
        before: set[str] = set()
        while True:
            first = bool(along) and start == 0
            asked = list(dict.fromkeys([*fields, *along])) if first else fields
            body = {"startAt": start, "maxResults": FEW if first else _PAGE, "fields": asked}
            answer = self._search.ask("search", query, body)
            begun = begun or answer.date()
            issues: list[Raw] = answer.data.get("issues") or []
            total = int(answer.data.get("total") or 0)
            hung = first and total <= len(issues)
            yield Batch([issue for issue in issues if str(issue["id"]) not in before], (), begun, total, hung)
            if not issues or start + len(issues) >= total:
                return
            before = {str(issue["id"]) for issue in issues}
            start += max(1, len(issues) - _OVERLAP)
