"""What only a real PostgreSQL can show. The store's unit tests, and kills, run on it too."""

from collections.abc import Iterator

import pytest
from postgres import server
from sqlalchemy import make_url, text

from pmsync.errors import PmsyncError, StateError
from pmsync.store import open_store


@pytest.fixture
def url() -> Iterator[str]:
    with server().database() as own:
        yield own


def test_a_state_goes_on_after_the_server_dropped_its_connection(url: str) -> None:
    with open_store(url) as store:
        store.progress.put_fact("epoch", "1")
        _drop(url)
        store.progress.put_fact("epoch", "2")
        assert store.progress.fact("epoch") == "2"


def test_a_connection_lost_within_a_transaction_keeps_nothing_of_it(url: str) -> None:
    with open_store(url) as store:

        def lose() -> None:
            with store.transaction("lost"):
                store.progress.put_fact("epoch", "1")
                with store.transaction("part"):
                    _drop(url)
                    store.progress.put_fact("other", "1")

        with pytest.raises(StateError):
            lose()
        assert store.progress.fact("epoch") is None
        store.progress.put_fact("epoch", "2")


def test_a_database_that_is_not_there_is_refused_with_a_remedy() -> None:
    nowhere = server().url.set(drivername="postgresql", database="no_such_database_of_pmsync")
    with pytest.raises(PmsyncError, match="no_such_database_of_pmsync"):
        open_store(nowhere.render_as_string(hide_password=False))


def test_a_read_only_database_is_refused_at_the_first_write(url: str) -> None:
    open_store(url).close()
    read_only = make_url(url).update_query_dict({"options": "-cdefault_transaction_read_only=on"})
    with (
        open_store(read_only.render_as_string(hide_password=False)) as store,
        pytest.raises(StateError, match="read-only"),
    ):
        store.progress.put_fact("epoch", "1")


def _drop(url: str) -> None:
    """End the one connection to this database."""
    with server().admin.connect() as connection:
        dropped = connection.execute(
            text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name"),
            {"name": make_url(url).database},
        ).all()
    assert dropped == [(True,)]
