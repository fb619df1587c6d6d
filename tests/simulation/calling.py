"""What pmsync asks of the real connectors, known while it is done, to tell what a request is for."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any, cast

from tests.simulation.chance import CALLS
from tests.simulation.ledger import ENDING

from pmsync.connector.api import Connector, Created, Opening, Page, Plugin, Updated
from pmsync.model.fields import Field, Json
from pmsync.model.native import Draft, Native, Ref


@dataclass(slots=True)
class Calling:
    """What pmsync asks of a connector just now. There is one thing at a time."""

    name: str = ""
    drafts: list[Draft] = field(default_factory=list)
    seen: dict[str, Native] = field(default_factory=dict)
    """What pmsync says that the items which it updates showed just before."""
    look: Mapping[str, Native] = field(default_factory=dict)
    """What the last call read by id, until there is another that does not end an object."""
    remarks: list[str] = field(default_factory=list)

    def marked(self, native: Native) -> str:
        """The item that a new object is for, where it is ours: as its marker says, or the draft that it is made of."""
        if native.marker is not None:
            return native.marker.item
        title = native.fields[Field.TITLE]
        return next((one.marker.item for one in self.drafts if one.fields.get(Field.TITLE) == title), "")


class Told:
    """A plugin whose connections to the grounds say what is asked of them while it is done."""

    def __init__(self, plugin: Plugin, base: str, calling: Calling) -> None:
        self._plugin = plugin
        self._base = base
        self._calling = calling

    def __getattr__(self, name: str) -> Any:
        return getattr(self._plugin, name)

    def open(self, settings: Any, opening: Opening) -> Connector:
        """Open a connection."""
        opened = self._plugin.open(settings, opening)
        return cast("Connector", _Telling(opened, self._calling)) if settings.url == self._base else opened


class _Telling:
    """A connection that says what is asked of it, for as long as it takes."""

    def __init__(self, connector: Connector, calling: Calling) -> None:
        self._connector = connector
        self._calling = calling

    def __getattr__(self, name: str) -> Any:
        known = getattr(self._connector, name)
        return partial(self._call, name) if name in CALLS else known

    def changes(self, cursor: Json, *, deep: bool = False) -> Iterator[Page]:
        """As the connector does."""
        pages = self._connector.changes(cursor, deep=deep)
        while True:
            with self._asked("changes"):
                page = next(pages, None)
            if page is None:
                return
            yield page

    def create(self, drafts: Sequence[Draft]) -> Sequence[Created]:
        """As the connector does."""
        self._calling.drafts = list(drafts)
        try:
            with self._asked("create"):
                return self._connector.create(drafts)
        finally:
            self._calling.drafts = []

    def update(self, ref: Ref, patch: Mapping[Field, Json], seen: Native) -> Updated:
        """As the connector does."""
        for name, value in patch.items():
            if value == seen.fields.get(name):
                self._calling.remarks.append(f"needless write: {ref.id} {name} is {value!r} already")
        self._calling.seen[ref.id] = seen
        try:
            with self._asked("update"):
                return self._connector.update(ref, patch, seen)
        finally:
            self._calling.seen.pop(ref.id, None)

    def _call(self, name: str, *args: Any, **more: Any) -> Any:
        with self._asked(name):
            answer = getattr(self._connector, name)(*args, **more)
        if name == "fetch" and not self._calling.name:
            self._calling.look = answer.found
        return answer

    @contextmanager
    def _asked(self, name: str) -> Iterator[None]:
        before, self._calling.name = self._calling.name, name
        if not before and name not in ENDING:
            self._calling.look = {}
        try:
            yield
        finally:
            self._calling.name = before
