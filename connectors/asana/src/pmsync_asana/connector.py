"""One Asana project, open: the contract of `pmsync.connector.api` on top of reading and writing."""

import json
import threading
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime

from pmsync.connector import crew
from pmsync.connector.api import Account, Created, Fetched, Inspection, Opening, Page, Updated
from pmsync.connector.webhooks import Webhooks
from pmsync.errors import FatalError, RejectedError
from pmsync.model.capabilities import Capabilities
from pmsync.model.fence import Fence
from pmsync.model.fields import Field, Json
from pmsync.model.finding import Finding
from pmsync.model.native import Draft, Marker, Native, Ref
from pmsync.model.vocabulary import Vocabulary
from pmsync.text.dialect import Dialect
from pmsync_asana import project, survey
from pmsync_asana.addresses import task_in
from pmsync_asana.answers import RefusalError
from pmsync_asana.capabilities import CAPABILITIES
from pmsync_asana.client import Client
from pmsync_asana.convert import Layout
from pmsync_asana.memory import recalled, remembered
from pmsync_asana.parts import AsanaParts
from pmsync_asana.reading import Reader
from pmsync_asana.registering import AsanaWebhooks
from pmsync_asana.settings import AsanaSettings
from pmsync_asana.tags import TagBook
from pmsync_asana.text import XmlDialect
from pmsync_asana.writing import Writer

_WORKERS = 3


class AsanaConnector:
    """A connection to one project. See `pmsync.connector.api.Connector` for what each method promises."""

    def __init__(self, settings: AsanaSettings, opening: Opening) -> None:
        self._settings = settings
        self._custom = opening.custom
        self._nested = opening.nested
        self._client = Client(
            settings,
            connection=opening.connection,
            clock=opening.clock,
            patience=opening.patience,
            instance=opening.instance,
            budget=opening.budget,
        )
        self._pool = crew.pool(_WORKERS, f"asana-{opening.connection}")
        self._dialect = XmlDialect()
        self._tags = TagBook(self._client, create=opening.create_labels)
        self._parts = AsanaParts(self._client, self._pool, self._open, opening.clock)
        references = self._references = self._parts.references
        self._reader = Reader(
            self._client, self._dialect, self._tags, references, self._pool, opening.clock, opening.overlap
        )
        self._writer = Writer(self._client, self._reader, self._tags, references, self._pool)
        self._lock = threading.Lock()
        self._memo: dict[str, str] = {}
        self._layout = self._recall(opening.memo)

    @property
    def capabilities(self) -> Capabilities:
        """What Asana can do."""
        return CAPABILITIES

    @property
    def dialect(self) -> Dialect:
        """How Asana writes formatted text."""
        return self._dialect

    @property
    def parts(self) -> AsanaParts:
        """Comments, and attached files and addresses."""
        return self._parts

    @property
    def webhooks(self) -> Webhooks | None:
        """The project's webhook."""
        webhook = self._settings.webhook
        return AsanaWebhooks(self._client, self._open, webhook.url) if webhook else None

    def check(self) -> Account:
        """Who we are, and what is amiss with the project."""
        return survey.survey(self._client, self._settings, self._custom)

    def survey(self) -> Sequence[Finding]:
        """Nothing: a task may be moved to any section."""
        return ()

    def vocabulary(self) -> Vocabulary:
        """The project's sections, options and tags, and the workspace's people."""
        with self._forgetting():
            found, names = project.read_all(self._client, self._open(), self._custom)
        self._tags.learn((tag.id, tag.name) for tag in names.labels)
        with self._lock:
            self._layout = found
        return names

    def changes(self, cursor: Json, *, deep: bool = False) -> Iterator[Page]:
        """What changed since the cursor, or everything."""
        with self._forgetting():
            if deep or cursor is None:
                yield from self._reader.everything(self._open(fresh=deep))
            else:
                yield from self._reader.changes(self._open(), cursor)

    def fetch(self, ids: Sequence[str]) -> Fetched:
        """Tasks by gid, wherever they are; those outside of the project are not admitted."""
        return self._reader.fetch(self._open(), ids) if ids else Fetched({})

    def locate(self, reference: str) -> str | None:
        """The gid in a gid, or in a task's address in any of the forms that Asana has had."""
        text = reference.strip()
        if text.isascii() and text.isdigit():
            return text
        return task_in(text, self._settings.url)

    def find(self, markers: Collection[Marker], since: datetime) -> Mapping[str, Native]:
        """Our own tasks with these markers."""
        return self._reader.find(self._open(), markers, since, self._me()) if markers else {}

    def create(self, drafts: Sequence[Draft]) -> Sequence[Created]:
        """Create tasks, several in one request."""
        return self._writer.create(self._open(), drafts) if drafts else ()

    def update(self, ref: Ref, patch: Mapping[Field, Json], seen: Native) -> Updated:
        """Change a task."""
        return self._writer.update(self._open(), ref, patch, seen)

    def inspect(self, ref: Ref, since: datetime) -> Inspection:
        """A task and what its stories tell."""
        return self._reader.inspect(self._open(), ref.id, since)

    def archive(self, ref: Ref) -> None:
        """Refuse: Asana has no archive for tasks, and ticking one off or hiding it elsewhere is not one."""
        raise RejectedError("Asana has no archive for tasks", connection=self._client.connection, item=ref.id)

    def restore(self, ref: Ref) -> None:
        """Refuse: nothing was archived."""
        raise RejectedError("Asana has no archive for tasks", connection=self._client.connection, item=ref.id)

    def delete(self, ref: Ref) -> None:
        """Into the trash, where Asana keeps it for thirty days. A task that is gone already is as it should be."""
        try:
            self._client.write("DELETE", f"/tasks/{ref.id}", None)
        except RefusalError as error:
            if error.status != 404:
                raise

    def read_fence(self, sync: str) -> Fence | None:
        """None: a project has no place for an app's data that a token may write to and people do not see."""
        return None

    def write_fence(self, fence: Fence) -> bool:
        """Nowhere; see `read_fence`."""
        return False

    def memo(self) -> Json:
        """The project's gid and its custom fields, who we are, and the links that are attachments."""
        with self._lock:
            layout = self._layout
            known = remembered(layout) if layout else {}
            return dict[str, Json]({**self._memo, **known, "for": self._key(), "references": self._references.memo()})

    def requests(self) -> int:
        """How many requests this connection has sent."""
        return self._client.sent()

    def close(self) -> None:
        """End the threads, close the connections."""
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._client.close()

    # --- what is known of the project ----------------------------------------------------------------------------

    def _open(self, *, fresh: bool = False) -> Layout:
        """The project's layout, read where nothing remembers it."""
        with self._lock:
            if self._layout is None or fresh:
                known = self._layout
                gid = known.project if known else project.locate(self._client, self._settings)
                found = project.layout(project.read(self._client, gid), self._custom, nested=self._nested)
                self._layout = replace(found, sections=known.sections) if known else found
            return self._layout

    @contextmanager
    def _forgetting(self) -> Iterator[None]:
        """Where the project turns out to be gone, forget it: another may have its name when we look again."""
        try:
            yield
        except FatalError:
            with self._lock:
                self._layout = None
            raise

    def _me(self) -> str:
        with self._lock:
            if "me" not in self._memo:
                self._memo["me"] = str(self._client.read("/users/me", fields="name").data["gid"])
            return self._memo["me"]

    def _key(self) -> str:
        """What a memo is good for: another project, server or mapping makes it worthless."""
        settings = self._settings
        asked = json.dumps([self._custom, self._nested], sort_keys=True)
        return f"{settings.url} {settings.workspace} {settings.project} {asked}"

    def _recall(self, memo: Json) -> Layout | None:
        known = memo if isinstance(memo, dict) and memo.get("for") == self._key() else {}
        layout = recalled(known)
        self._references.recall(known.get("references"))
        if layout is not None and isinstance(known.get("me"), str):
            self._memo["me"] = str(known["me"])
        return layout
