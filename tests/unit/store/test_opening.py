"""Opening a state: what is made, with which rights, and what is refused with which remedy."""

import os
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, event, inspect, text

from pmsync.errors import LockedError, StateError
from pmsync.store import Store, open_store, pass_lock
from pmsync.store.dialect import open_engine, parse_url
from pmsync.store.migrate import HEAD, VERSION_TABLE, bring_up_to_date
from pmsync.store.tables import metadata


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_the_files_of_a_state_are_its_owners_alone(tmp_path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        with open_store(f"sqlite:///{tmp_path}/pmsync.db") as store, pass_lock(f"sqlite:///{tmp_path}/pmsync.db"):
            store.progress.put_fact("epoch", "1")
            modes = {path.name: _mode(path) for path in tmp_path.iterdir()}
    finally:
        os.umask(before)
    names = {"pmsync.db", "pmsync.db-wal", "pmsync.db-shm", "pmsync.db.lock"}
    assert modes == dict.fromkeys(names, 0o600)


def test_a_state_that_others_can_read_is_closed_to_them(tmp_path: Path) -> None:
    path = tmp_path / "pmsync.db"
    open_store(f"sqlite:///{path}").close()
    path.chmod(0o644)
    open_store(f"sqlite:///{path}").close()
    assert _mode(path) == 0o600


def test_sqlite_waits_for_the_disk_and_keeps_its_references(tmp_path: Path) -> None:
    engine = open_engine(parse_url(f"sqlite:///{tmp_path}/pmsync.db"), create=True)
    found: dict[str, object] = {}

    def look(connection: sqlite3.Connection, _record: object) -> None:
        for pragma in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout"):
            (found[pragma],) = connection.execute(f"PRAGMA {pragma}").fetchone()

    # As it is opened: before it is given out, the tests have it wait for no disk.
    event.listen(engine, "connect", look)
    engine.connect().close()
    engine.dispose()
    assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 10_000}


def test_a_state_in_memory_needs_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pass_lock("sqlite://"), open_store("sqlite://") as store:
        store.progress.put_fact("epoch", "1")
        assert store.progress.fact("epoch") == "1"
    assert list(tmp_path.iterdir()) == []


def test_a_relative_path_is_one_from_the_working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    open_store("sqlite:///pmsync.db").close()
    assert (tmp_path / "pmsync.db").exists()


@pytest.mark.parametrize(
    ("name", "sentence"),
    [("nowhere/pmsync.db", "There is no folder"), ("folder", "is a folder"), ("text.db", "is no pmsync state")],
)
def test_a_place_that_will_not_do_is_refused_with_a_remedy(tmp_path: Path, name: str, sentence: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "text.db").write_text("This is not a database, but it is long enough to look like one. " * 50)
    with pytest.raises(StateError, match=sentence):
        open_store(f"sqlite:///{tmp_path / name}")


def test_a_state_that_is_to_be_there_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(StateError, match="There is no state at"):
        open_store(f"sqlite:///{tmp_path}/pmsync.db", create=False)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("url", ["mysql://root@localhost/pmsync", "no url at all", ""])
def test_other_databases_are_refused(url: str) -> None:
    with pytest.raises(StateError, match="sqlite://"):
        open_store(url)


def test_a_server_that_is_not_there_is_a_state_error_without_the_password() -> None:
    with pytest.raises(StateError) as caught:
        open_store("postgresql://ada:hunter2@127.0.0.1:1/pmsync?connect_timeout=1")
    assert "hunter2" not in str(caught.value)


@contextmanager
def _without_root() -> Iterator[None]:
    """Give up the superuser's right to write everywhere, if we have it."""
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        if user == 0:
            os.seteuid(0)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that everyone can reach, as pytest's own are not."""
    with TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.mark.parametrize(("folder", "file"), [(0o555, 0o666), (0o777, 0o444)])
def test_what_cannot_be_written_is_refused_with_a_remedy(open_folder: Path, folder: int, file: int) -> None:
    place = open_folder / "state"
    place.mkdir()
    path = place / "pmsync.db"
    open_store(f"sqlite:///{path}").close()
    path.chmod(file)
    place.chmod(folder)
    with _without_root(), pytest.raises(StateError, match="may not write"):
        open_store(f"sqlite:///{path}")
    place.chmod(0o755)


def test_a_folder_that_cannot_be_written_gives_no_state_and_no_lock(open_folder: Path) -> None:
    open_folder.chmod(0o555)
    url = f"sqlite:///{open_folder}/pmsync.db"
    with _without_root(), pytest.raises(StateError, match="cannot be made: Permission denied"):
        open_store(url)
    with _without_root(), pytest.raises(StateError, match="cannot be made: Permission denied"), pass_lock(url):
        pytest.fail("a lock was made where nothing can be written")
    open_folder.chmod(0o755)


def test_a_state_that_becomes_read_only_is_refused_at_the_next_write(tmp_path: Path) -> None:
    path = tmp_path / "pmsync.db"
    with open_store(f"sqlite:///{path}") as store:
        with store.transaction("setup"):
            store._database.run(text("PRAGMA query_only = ON"))  # the file opened for reading only, as SQLite sees it
        with pytest.raises(StateError, match="may not write"):
            store.progress.put_fact("epoch", "1")


def _fill(store: Store) -> None:
    with store.transaction("much"):
        store.progress.put_fact("epoch", "2")
        for number in range(100):
            store.progress.put_fact(f"fact {number}", "x" * 10_000)


def test_a_full_disk_is_a_state_error_and_nothing_is_lost(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/pmsync.db"
    with open_store(url) as store:
        store.progress.put_fact("epoch", "1")
        with store.transaction("setup"):
            store._database.run(text("PRAGMA max_page_count = 70"))
        with pytest.raises(StateError, match="disk that holds the state is full"):
            _fill(store)
        assert store.progress.fact("epoch") == "1"
        assert store.progress.fact("fact 0") is None
        store.progress.put_fact("epoch", "3")
    with open_store(url) as again:
        assert again.progress.fact("epoch") == "3"


def test_a_disk_that_fills_within_a_part_takes_the_whole_transaction(tmp_path: Path) -> None:
    def fill() -> None:
        with store.transaction("outer"):
            store.progress.put_fact("before", "1")
            try:
                _fill(store)
            except StateError:
                store.progress.put_fact("after", "1")

    with open_store(f"sqlite:///{tmp_path}/pmsync.db") as store:
        with store.transaction("setup"):
            store._database.run(text("PRAGMA max_page_count = 70"))
        # Either the part alone is undone, or everything is: never the outer half without being asked.
        try:
            fill()
        except StateError:
            assert store.progress.fact("before") is None
            assert store.progress.fact("after") is None
        else:
            assert store.progress.fact("before") == store.progress.fact("after") == "1"
        assert store.progress.fact("fact 0") is None


def test_a_write_that_waits_too_long_for_another_process_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pmsync.store.dialect.BUSY_SECONDS", 0.01)
    url = f"sqlite:///{tmp_path}/pmsync.db"
    with open_store(url) as one, open_store(url) as other, one.transaction("long"):
        with pytest.raises(LockedError):
            other.progress.put_fact("epoch", "1")
        assert other.progress.fact("epoch") is None


def test_the_migrations_make_exactly_the_tables(url: str) -> None:
    engine = open_engine(parse_url(url), create=True)
    bring_up_to_date(engine)
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "version_table": VERSION_TABLE, "target_metadata": metadata}
        )
        assert compare_metadata(context, metadata) == []
        assert _constraints(connection) == {
            ("replicas", ("sync", "connection", "remote_id")),
            ("intents", ("item", "connection")),
        }
    engine.dispose()


def _constraints(connection: Connection) -> set[tuple[str, tuple[str, ...]]]:
    inspector = inspect(connection)
    return {
        (table, tuple(name for name in unique["column_names"] if name))
        for table in inspector.get_table_names()
        for unique in inspector.get_unique_constraints(table)
    }


def test_the_head_that_is_known_without_alembic_is_the_head() -> None:
    config = Config()
    config.set_main_option("script_location", "pmsync.store:migrations")
    assert ScriptDirectory.from_config(config).get_current_head() == HEAD


def test_a_state_of_a_newer_pmsync_is_refused_and_left_alone(url: str) -> None:
    open_store(url, instance="test").close()
    engine = open_engine(parse_url(url), create=True)
    with engine.begin() as connection:
        connection.execute(text(f"UPDATE {VERSION_TABLE} SET version_num = '9999'"))
    with pytest.raises(StateError, match="newer pmsync"):
        open_store(url)
    with engine.connect() as connection:
        assert connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar() == "9999"
        assert connection.execute(text("SELECT value FROM meta WHERE key = 'instance'")).scalar() == "test"
    engine.dispose()


def test_another_programs_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE items (name TEXT)")
    connection.close()
    with pytest.raises(StateError, match="another program's"):
        open_store(f"sqlite:///{path}")
    connection = sqlite3.connect(path)
    tables = connection.execute("SELECT name FROM sqlite_master").fetchall()
    connection.close()
    assert tables == [("items",)]


def test_a_migration_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    engine = open_engine(parse_url(f"sqlite:///{tmp_path}/pmsync.db"), create=True)
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count = 20")
    with pytest.raises(StateError, match="full"):
        bring_up_to_date(engine)
    with engine.connect() as connection:
        assert inspect(connection).get_table_names() == []
        connection.exec_driver_sql("PRAGMA max_page_count = 10000")
    bring_up_to_date(engine)
    engine.dispose()


def test_a_damaged_state_says_to_restore_it(tmp_path: Path) -> None:
    path = tmp_path / "pmsync.db"
    open_store(f"sqlite:///{path}").close()
    data = bytearray(path.read_bytes())
    data[4096:] = os.urandom(len(data) - 4096)
    path.write_bytes(bytes(data))
    with pytest.raises(StateError, match="restore it from a backup"), open_store(f"sqlite:///{path}") as store:
        store.progress.fact("epoch")
