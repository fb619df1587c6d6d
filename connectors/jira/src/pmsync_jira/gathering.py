"""Reading what hangs on issues: many issues in one request, and whole lists only."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from datetime import datetime
from typing import Any
from urllib.parse import quote

from pmsync.errors import FatalError, TransientError
from pmsync.model.part import Part
from pmsync_jira.answers import RefusalError
from pmsync_jira.brought import Brought
from pmsync_jira.client import Client
from pmsync_jira.convert import Conversion
from pmsync_jira.hanging import DESKS, Comment, Hanging
from pmsync_jira.issues import Issues, Raw, RestartError, in_order
from pmsync_jira.memory import Memory

LINKED = "pmsync.links"
"""The property of issues to which pmsync attached addresses: of others nobody has to ask for web links."""
_SURE = 20
"""Comments that Cloud surely shows with an issue among many; of more it shows some, and need not say how many."""
_PAGE = 100
_BEGINNINGS = 3


class Gathering:
    """Reads parts. `canary` proves that we are signed in where nothing was found."""

    def __init__(
        self,
        client: Client,
        memory: Memory,
        *,
        pool: Executor,
        issues: Callable[[], Issues],
        conversion: Callable[[], Conversion],
        brought: Brought,
        canary: Callable[[str], None],
    ) -> None:
        self._client = client
        self._memory = memory
        self._pool = pool
        self._issues = issues
        self._conversion = conversion
        self._brought = brought
        self._canary = canary

    def read(self, ids: Sequence[str]) -> dict[str, tuple[Part, ...]]:
        """As `Parts.read`: a request for 100 issues, and more only for those with long lists or attached addresses."""
        wanted = list(dict.fromkeys(ids))
        issues = self._issues()
        base = self._memory.base
        for id_ in wanted:
            self._brought.drop(id_)
        raws = issues.hung(wanted, LINKED)
        if wanted and not raws:
            try:
                self._canary(base)
            except RestartError:
                raws = issues.hung(wanted, LINKED)
        found = dict(self._read(raws))
        return {id_: parts for id_ in wanted if (parts := found.get(id_)) is not None}

    def brought(self, known: Mapping[str, datetime]) -> dict[str, tuple[Part, ...]]:
        """As `Along.brought`: a request only for each with a long list or attached addresses."""
        raws = (self._brought.take(id_, updated_at) for id_, updated_at in known.items())
        return {id_: parts for id_, parts in self._read(raw for raw in raws if raw is not None) if parts is not None}

    def written(self, issue: str) -> None:
        """What came along of this issue is out of date."""
        self._brought.drop(issue)

    def _read(self, raws: Iterable[Raw]) -> Iterator[tuple[str, tuple[Part, ...] | None]]:
        return in_order(self._pool, self._parts, raws)

    def hanging(self, raw: Raw) -> Hanging:
        """What is needed to know of an issue to read its parts."""
        project = raw["fields"].get("project") or {}
        desk = project.get("projectTypeKey") in DESKS
        return Hanging(self._conversion(), str(raw["id"]), str(raw["key"]), desk)

    def _parts(self, raw: Raw) -> tuple[str, tuple[Part, ...] | None]:
        try:
            hanging, fields = self.hanging(raw), raw["fields"]
            comments = self._comments(hanging, fields.get("comment"))
            files = hanging.files(fields.get("attachment") or (), comments, fields.get("description"))
            links = self._links(hanging, raw)
        except _GoneError:
            return str(raw["id"]), None
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise FatalError(
                f"Jira's answer about what hangs on {raw.get('key', '?')} makes no sense ({type(error).__name__})",
                connection=self._client.connection,
            ) from error
        parts = [comment.part for comment in comments] + files + links
        return hanging.id, tuple(sorted(parts, key=lambda part: (part.created_at, part.kind, len(part.id), part.id)))

    # --- comments -------------------------------------------------------------------------------------------------

    def _comments(self, hanging: Hanging, shown: Mapping[str, Any] | None) -> list[Comment]:
        """All comments: those that came with the issue where they are all, and tell who may see them."""
        raws = (shown or {}).get("comments")
        whole = isinstance(raws, list) and len(raws) == (shown or {}).get("total", len(raws))
        if not whole or not self._enough(hanging, raws or ()):
            raws = self._listed(hanging)
        return [hanging.comment(raw) for raw in raws or ()]

    def _enough(self, hanging: Hanging, raws: Sequence[Any]) -> bool:
        # A Data Center tells notes by a property, which does not come along with an issue.
        return len(raws) < _SURE if self._memory.cloud else not (hanging.desk and raws)

    def _listed(self, hanging: Hanging) -> list[Raw]:
        """All comments by the issue's own list; begun again where it moved while it was read."""
        for _ in range(_BEGINNINGS):
            raws = self._paged(hanging.id)
            if raws is not None:
                return raws
        raise TransientError(
            f"the comments of {hanging.key} changed each time that they were read", connection=self._client.connection
        )

    def _paged(self, issue: str) -> list[Raw] | None:
        """The list to its end; None if a comment went meanwhile. Each page begins with the last of the one before."""
        found: list[Raw] = []
        while True:
            params = {"startAt": max(0, len(found) - 1), "maxResults": _PAGE, "orderBy": "created"}
            if not self._memory.cloud:
                params["expand"] = "properties"
            answer = self._ask(f"issue/{issue}/comment", params, dict)
            page: list[Raw] = list(answer.get("comments") or [])
            if found and (not page or str(page[0]["id"]) != str(found[-1]["id"])):
                return None
            new = page[1:] if found else page
            found += new
            if not new or len(found) >= int(answer.get("total") or 0):
                return found

    # --- attached addresses ---------------------------------------------------------------------------------------

    def _links(self, hanging: Hanging, raw: Raw) -> list[Part]:
        if self._memory.cloud and LINKED not in (raw.get("properties") or {}):
            return []
        raws = self._ask(f"issue/{quote(hanging.id, safe='')}/remotelink", {}, list)
        created = raw["fields"]["created"]
        parts = (hanging.link(one, self._memory.account, created) for one in raws)
        return [part for part in parts if part is not None]

    def _ask(self, path: str, params: Mapping[str, Any], shape: type) -> Any:
        try:
            return self._client.read("GET", path, params=params, shape=shape).data
        except RefusalError as refusal:
            if refusal.status == 404:
                raise _GoneError from None
            raise


class _GoneError(Exception):
    """The issue went while it was read."""
