"""Reading issues: what changed, by id, by a person's reference, by marker, and with their history."""

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from pmsync.connector.api import Fetched, Inspection, Page
from pmsync.errors import FatalError, TransientError
from pmsync.model.fields import Json
from pmsync.model.native import Marker, Native, Ref
from pmsync_jira.answers import RefusalError
from pmsync_jira.brought import Brought
from pmsync_jira.changelog import Changelog, when
from pmsync_jira.client import Client
from pmsync_jira.convert import MARKER, Conversion
from pmsync_jira.gathering import LINKED
from pmsync_jira.issues import Batch, Issues, Raw, RestartError, chunks
from pmsync_jira.jql import Query, filtered, from_ms, ids_in, to_ms
from pmsync_jira.memory import Memory
from pmsync_jira.settings import JiraSettings
from pmsync_jira.site import Site

_BEGINNINGS = 3
_FRESH = 50
_HISTORY_PAGE = 100
_MATCHED = 100
_KEY = re.compile(r"[A-Za-z][A-Za-z0-9_]*-[0-9]+")


class Reading:
    """All reading of issues in one connection. `conversion` and `issues` are made when first needed."""

    def __init__(
        self,
        settings: JiraSettings,
        client: Client,
        site: Site,
        memory: Memory,
        *,
        issues: Callable[[], Issues],
        conversion: Callable[[], Conversion],
        brought: Brought,
        overlap: float,
    ) -> None:
        self._settings = settings
        self._client = client
        self._site = site
        self._memory = memory
        self._issues = issues
        self._conversion = conversion
        self._brought = brought
        self._overlap = timedelta(seconds=overlap)

    # --- what changed ---------------------------------------------------------------------------------------------

    def changes(self, cursor: Json, *, deep: bool) -> Iterator[Page]:
        """As `Connector.changes`. The cursor is Jira's own time: of its first answer, or of the latest change seen."""
        self._site.ready()
        after = None if deep else _moment(cursor)
        for _ in range(_BEGINNINGS):
            base = self._memory.base
            try:
                yield from self._once(after, base)
            except RestartError:
                continue
            return
        raise TransientError("Jira cut the listing off several times", connection=self._client.connection)

    def _once(self, after: datetime | None, base: str) -> Iterator[Page]:
        since = None if after is None else after - self._overlap
        held: Page | None = None
        newest = after
        admitted: set[str] | None = None
        self._brought.clear()
        for batch in self._issues().pages(self._query(since), LINKED if since is not None else ""):
            if since is not None and self._settings.jql and batch.issues and admitted is None:
                admitted = self._admitted(since, batch)
            if held is None and not batch.issues and not batch.gone:
                self.canary(base)
            items = tuple(
                self.native(raw, admitted=admitted is None or str(raw["id"]) in admitted) for raw in batch.issues
            )
            if batch.hung:
                self._brought.put(batch.issues)
            newest = max((time for time in (newest, batch.at, *(n.updated_at for n in items)) if time), default=None)
            if held is not None:
                yield held
            held = Page(items, suspects=batch.gone, total=batch.total if since is None else None)
        yield replace(
            held or Page(()),
            last=True,
            whole=since is None,
            cursor=None if newest is None else {"updated": to_ms(newest)},
        )

    def _query(self, since: datetime | None) -> Query:
        """Everything that is admitted; or whatever changed, admitted or not: what left the filter must show."""
        project = self._conversion().project
        if since is None:
            return Query(project, (filtered(self._settings.jql),), order="created ASC, key ASC")
        return Query(project, since=("updated", since), order="updated ASC, key ASC")

    def _admitted(self, since: datetime, batch: Batch) -> set[str]:
        """The ids among what changed that the filter admits: one search for all, its few ids looked at afresh."""
        project = self._conversion().project
        query = Query(project, (filtered(self._settings.jql),), ("updated", since))
        few = batch.total is not None and batch.total <= _FRESH
        matched = self._issues().matching(query, [str(raw["id"]) for raw in batch.issues] if few else ())
        if not matched:
            self.canary(self._memory.base)
        return matched

    def canary(self, base: str) -> None:
        """Prove that we are signed in where nothing was found: an anonymous caller is told of no issues as well.

        Raises AuthError if not; RestartError if the credentials turned out to work at another base than the one asked.
        """
        if self._site.prove() or self._memory.base != base:
            raise RestartError("the credentials work through the gateway only", connection=self._client.connection)

    def native(self, raw: Raw, *, admitted: bool = True) -> Native:
        """The issue as a `Native`. Raises FatalError where the answer is no issue."""
        try:
            return self._conversion().native(raw, admitted=admitted)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise FatalError(
                f"Jira's answer about issue {raw.get('key', '?')} makes no sense ({type(error).__name__}: {error})",
                connection=self._client.connection,
            ) from error

    # --- by id ----------------------------------------------------------------------------------------------------

    def fetch(self, ids: Sequence[str]) -> Fetched:
        """As `Connector.fetch`. With a filter, one search more per 100 tells which of them it admits."""
        self._site.ready()
        wanted = list(dict.fromkeys(ids))
        base = self._memory.base
        issues = self._issues().by_id(wanted)
        if wanted and not issues:
            try:
                self.canary(base)
            except RestartError:
                issues = self._issues().by_id(wanted)
        admitted = self._admits([str(raw["id"]) for raw in issues])
        natives = (self.native(raw, admitted=str(raw["id"]) in admitted) for raw in issues)
        found = {native.ref.id: native for native in natives}
        return Fetched({id_: found[id_] for id_ in wanted if id_ in found}, frozenset(wanted) - found.keys())

    def _admits(self, ids: Sequence[str]) -> set[str]:
        if not self._settings.jql:
            return set(ids)
        project = self._conversion().project
        admitted: set[str] = set()
        for part in chunks(ids, _MATCHED):
            query = Query(project, (filtered(self._settings.jql), ids_in(part)))
            matched = self._issues().matching(query, part if len(part) <= _FRESH else ())
            if not matched:
                self.canary(self._memory.base)
            admitted |= matched
        return admitted

    def locate(self, reference: str) -> str | None:
        """As `Connector.locate`: an id, a key in any case (also one from before a move), or a URL of this site."""
        self._site.ready()
        name = self._named(reference.strip())
        if name is None:
            return None
        try:
            raw = self._client.read("GET", f"issue/{quote(name, safe='')}", params={"fields": "project"}).data
        except RefusalError as refusal:
            if refusal.status == 404:
                return None
            raise
        return str(raw["id"])

    def _named(self, text: str) -> str | None:
        if re.fullmatch(r"[0-9]{1,19}", text, re.ASCII):
            return text
        if _KEY.fullmatch(text):
            return text.upper()
        try:
            url, site = urlsplit(text), urlsplit(self._settings.url)
        except ValueError:
            return None
        if url.scheme not in ("http", "https") or url.netloc.lower() != site.netloc.lower():
            return None
        selected = re.search(r"(?:^|&)selectedIssue=([^&]+)", url.query)
        place = selected[1] if selected else url.path.rstrip("/").rpartition("/")[2]
        key = unquote(place)
        return key.upper() if _KEY.fullmatch(key) else None

    # --- by marker ------------------------------------------------------------------------------------------------

    def find(self, markers: Collection[Marker], since: datetime) -> Mapping[str, Native]:
        """As `Connector.find`. Only what this account created counts: a user's copy of an issue copies its marker."""
        wanted = {marker.item for marker in markers}
        if not wanted:
            return {}
        self._site.ready()
        base = self._memory.base
        found = self._marked(wanted, since)
        if found.keys() != wanted:
            try:
                self.canary(base)
            except RestartError:
                found = self._marked(wanted, since)
        return found

    def _marked(self, wanted: Collection[str], since: datetime) -> dict[str, Native]:
        found: dict[str, Native] = {}
        for raw in self._issues().created_since(since - self._overlap):
            native = self.native(raw)
            item = native.marker.item if native.marker else ""
            ours = native.creator == self._memory.account or not self._memory.account
            if item in wanted and ours and item not in found:
                found[item] = native
        return found

    # --- with history ---------------------------------------------------------------------------------------------

    def inspect(self, ref: Ref, since: datetime) -> Inspection:
        """As `Connector.inspect`: one request, unless the issue changed a hundred times since."""
        conversion = self._conversion()
        params = {"fields": ",".join(conversion.custom.wanted()), "properties": MARKER, "expand": "changelog"}
        try:
            raw = self._client.read("GET", f"issue/{ref.id}", params=params).data
        except RefusalError as refusal:
            if refusal.status == 404:
                return Inspection(None)
            raise
        histories = self._histories(ref, raw.get("changelog") or {}, since)
        try:
            events = Changelog(conversion, self._memory.people).events(histories, since)
        except (KeyError, TypeError, ValueError) as error:
            raise FatalError("Jira's history makes no sense", connection=self._client.connection) from error
        return Inspection(self.native(raw), events)

    def _histories(self, ref: Ref, told: Mapping[str, Any], since: datetime) -> list[dict[str, Any]]:
        """The histories back to `since`: the newest came with the issue; more are read where those do not reach."""
        histories: list[dict[str, Any]] = list(told.get("histories") or [])
        missing = int(told.get("total") or 0) - len(histories)
        while missing > 0 and all(when(history["created"]) >= since for history in histories):
            start = max(0, missing - _HISTORY_PAGE)
            params = {"startAt": start, "maxResults": missing - start}
            try:
                older = self._client.read("GET", f"issue/{ref.id}/changelog", params=params).data.get("values") or []
            except RefusalError as refusal:
                if refusal.status == 404:
                    break
                raise
            if not older:
                break
            histories += older
            missing = start
        return histories


def _moment(cursor: Json) -> datetime | None:
    """The moment in a cursor; None where there is none to go on from."""
    value = cursor.get("updated") if isinstance(cursor, dict) else None
    return from_ms(value) if isinstance(value, int) else None
