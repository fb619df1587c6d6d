"""An empty state, on SQLite and on PostgreSQL, and ways to fill it."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from postgres import server
from states import lay_out

from pmsync.model.fields import Field
from pmsync.model.native import Native, Ref
from pmsync.store import Item, ItemState, Replica, Store, open_store

NOW = datetime(2026, 11, 22, 3, 47, tzinfo=UTC)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Where an empty state may be. For tests that have it open anyway, it has its tables already."""
    if request.param == "sqlite":
        if "store" in request.fixturenames:
            lay_out(tmp_path / "pmsync.db")
        yield f"sqlite:///{tmp_path / 'pmsync.db'}"
        return
    with server().database(server().migrated if "store" in request.fixturenames else "") as own:
        yield own


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    """An empty state."""
    with open_store(url, now=NOW, instance="test") as opened:
        yield opened


@pytest.fixture
def now() -> datetime:
    """The moment at which everything in these tests happens."""
    return NOW


@pytest.fixture
def link(store: Store) -> Callable[..., Replica]:
    """Keep an item with a replica, and give the replica back; keyword arguments are the replica's."""

    def keep(item: str, remote_id: str, connection: str = "board", **changes: Any) -> Replica:
        shown = {Field.TITLE: f"Title of {item}"}
        values: dict[str, Any] = {
            "sync": "roadmap",
            "key": f"K-{remote_id}",
            "url": f"https://tool.example/{remote_id}",
            "native": shown,
            "base": shown,
            "seen_rev": {Field.TITLE: 1},
            "digest": "d1",
            "remote_created_at": NOW,
            "remote_updated_at": NOW,
            "dirty": False,
            "seen_pass": 1,
        }
        replica = Replica(item, connection=connection, remote_id=remote_id, **{**values, **changes})
        with store.transaction("link"):
            store.items.put([Item(item, replica.sync, ItemState.LIVE, shown, {Field.TITLE: 1}, connection, NOW, NOW)])
            store.items.put_replicas([replica])
        return replica

    return keep


@pytest.fixture
def native() -> Callable[..., Native]:
    """Make a native with this id; keyword arguments are its other values."""

    def make(remote_id: str, title: str = "A title", **changes: Any) -> Native:
        values: dict[str, Any] = {"fields": {Field.TITLE: title}, "created_at": NOW, "updated_at": NOW}
        return Native(Ref(remote_id, f"K-{remote_id}", f"https://tool.example/{remote_id}"), **{**values, **changes})

    return make
