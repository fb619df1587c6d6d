"""What only a real PostgreSQL can show: the one that PMSYNC_TEST_POSTGRES names. The store's unit tests use it too."""

import os
import uuid
from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, create_engine, make_url, text

from pmsync.errors import PmsyncError, StateError
from pmsync.store import open_store

SERVER = os.environ.get("PMSYNC_TEST_POSTGRES", "")

pytestmark = pytest.mark.skipif(not SERVER, reason="PMSYNC_TEST_POSTGRES names no PostgreSQL server to keep a state in")


@pytest.fixture
def admin() -> Iterator[Engine]:
    engine = create_engine(
        make_url(SERVER).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT", pool_pre_ping=True
    )
    yield engine
    engine.dispose()


@pytest.fixture
def url(admin: Engine) -> Iterator[str]:
    schema = f"pmsync_{uuid.uuid4().hex}"
    with admin.connect() as connection:
        connection.execute(text(f"CREATE SCHEMA {schema}"))
    own = admin.url.update_query_dict({"options": f"-csearch_path={schema}", "application_name": schema})
    yield own.render_as_string(hide_password=False)
    with admin.connect() as connection:
        connection.execute(text(f"DROP SCHEMA {schema} CASCADE"))


def test_a_state_goes_on_after_the_server_dropped_its_connection(url: str, admin: Engine) -> None:
    with open_store(url) as store:
        store.progress.put_fact("epoch", "1")
        _drop(admin, url)
        store.progress.put_fact("epoch", "2")
        assert store.progress.fact("epoch") == "2"


def test_a_connection_lost_within_a_transaction_keeps_nothing_of_it(url: str, admin: Engine) -> None:
    with open_store(url) as store:

        def lose() -> None:
            with store.transaction("lost"):
                store.progress.put_fact("epoch", "1")
                with store.transaction("part"):
                    _drop(admin, url)
                    store.progress.put_fact("other", "1")

        with pytest.raises(StateError):
            lose()
        assert store.progress.fact("epoch") is None
        store.progress.put_fact("epoch", "2")


def test_a_database_that_is_not_there_is_refused_with_a_remedy() -> None:
    nowhere = make_url(SERVER).set(database="no_such_database_of_pmsync").render_as_string(hide_password=False)
    with pytest.raises(PmsyncError, match="no_such_database_of_pmsync"):
        open_store(nowhere)


def test_a_read_only_database_is_refused_at_the_first_write(url: str) -> None:
    open_store(url).close()
    own = make_url(url)
    options = f"{own.query['options']} -cdefault_transaction_read_only=on"
    read_only = own.update_query_dict({"options": options}).render_as_string(hide_password=False)
    with open_store(read_only) as store, pytest.raises(StateError, match="read-only"):
        store.progress.put_fact("epoch", "1")


def _drop(admin: Engine, url: str) -> None:
    name = str(make_url(url).query["application_name"])
    with admin.connect() as connection:
        dropped = connection.execute(
            text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = :name"),
            {"name": name},
        ).all()
    assert dropped == [(True,)]
