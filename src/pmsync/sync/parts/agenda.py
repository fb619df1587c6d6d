"""Which items a pass looks at for links to twins: those with news, and those where something is unfinished. All of them
only where that cannot be known: in a deep pass, after a crash, and when it is said otherwise who has such links."""

import json
from collections.abc import Collection
from typing import Final

from pmsync.reconcile.state import Direction
from pmsync.sync.members import Bench
from pmsync.sync.parts.twins import leading, refused

_MANY: Final = 500
"""Of more items with news it is quicker to ask the state which of them have anything to do."""
_DUE: Final = "due"


class Agenda:
    """One run's."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._store = bench.store
        self._sync = bench.sync.name
        self._fact = f"twin links {self._sync}"
        self._touched: set[str] = set()
        self.everything = self._store.progress.fact(self._fact) != self._settings()
        """Whether all items are looked at."""

    def heed(self, items: Collection[str]) -> None:
        """These have news. From now on a crash has the next pass look at all."""
        if not items or not any(self._bench.sync.leads(name) for name in self._bench.sync.members):
            return
        if not self._touched and self._store.progress.fact(self._fact) != _DUE:
            self._store.progress.put_fact(self._fact, _DUE)
        self._touched.update(items)

    def items(self) -> list[str]:
        """The items to look at."""
        names = [one.name for one in leading(self._bench)]
        if not names:
            return []
        if self.everything or len(self._touched) > _MANY:
            return self._store.twin_links.due(self._sync, names, self._bench.sync.members)
        return sorted(self._touched.union(self._store.twin_links.unsure(self._sync)))

    def done(self) -> None:
        """All of it was looked at: the next pass need not look again."""
        settings = self._settings()
        everyone = all(self._bench.members[name].usable for name in json.loads(settings)[0])
        if everyone and self._store.progress.fact(self._fact) != settings:
            self._store.progress.put_fact(self._fact, settings)

    def _settings(self) -> str:
        sync = self._bench.sync
        names = [
            name
            for name, member in sync.members.items()
            if sync.leads(name)
            and member.direction is not Direction.OUT
            and not self._store.progress.fact(refused(self._sync, name))
        ]
        return json.dumps([sorted(names), sorted(sync.members)])
