"""The tools' objects that belong to no item yet."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cache
from typing import Any, Final

from sqlalchemy import ColumnElement, Integer, Select, delete, select, update

from pmsync.model.fields import Json
from pmsync.model.native import Native
from pmsync.store import tables
from pmsync.store.database import Database
from pmsync.store.items import CHUNK
from pmsync.store.records import Candidate
from pmsync.store.shape import Shape, among, given, present, slices, values

_CANDIDATE: Final = Shape(tables.candidates, Candidate)
_DECIDED: Final = frozenset({"first_seen_pass", "held", "suggestion", "decision"})

_candidate: Final = tables.candidates.c
_ITS: Final = (_candidate.sync == given("sync"), _candidate.connection == given("connection"))
_HOLD: Final = (
    update(tables.candidates)
    .where(*_ITS, _candidate.remote_id == given("remote_id"))
    .values(held=given("held"), suggestion=given("suggestion"))
)
_DECIDE: Final = (
    update(tables.candidates)
    .where(*_ITS, _candidate.remote_id == given("remote_id"))
    .values(decision=given("decision"))
)
_DROP: Final = delete(tables.candidates).where(*_ITS, _candidate.remote_id.in_(among("remote_ids")))
_THESE: Final = _CANDIDATE.chosen("sync", "connection", lists=("remote_id",))


class Candidates:
    """What was read and not linked, of all syncs."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def observe(self, sync: str, connection: str, natives: Iterable[Native], pass_number: int) -> None:
        """Remember what objects show now. What was decided or suggested about one that is known already stays."""
        rows = _CANDIDATE.rows(
            Candidate(sync, connection, native.ref.id, native, first_seen_pass=pass_number, seen_pass=pass_number)
            for native in natives
        )
        with self._database.writing("candidates"):
            self._database.upsert(tables.candidates, rows, keep=_DECIDED)

    def hold(self, sync: str, connection: str, held: Mapping[str, tuple[str | None, Json]]) -> None:
        """Set why objects are neither linked nor copied, and what each may be: id -> (reason, suggestion)."""
        rows = [
            values(sync=sync, connection=connection, remote_id=remote_id, held=reason, suggestion=suggestion)
            for remote_id, (reason, suggestion) in held.items()
        ]
        with self._database.writing("held"):
            self._database.run_each(_HOLD, rows)

    def decide(self, sync: str, connection: str, remote_id: str, decision: str | None) -> None:
        """Record what a person decided: `join:<item>`, `create`, `ignore`, or None to take it back."""
        with self._database.writing("decision"):
            self._database.run(_DECIDE, sync=sync, connection=connection, remote_id=remote_id, decision=decision)

    def drop(self, sync: str, connection: str, remote_ids: Collection[str]) -> None:
        """Forget objects: they were linked, or are gone."""
        with self._database.writing("candidates"):
            for ids in slices(remote_ids):
                self._database.run(_DROP, sync=sync, connection=connection, remote_ids=ids)

    def get(self, sync: str, connection: str, remote_ids: Collection[str]) -> dict[str, Candidate]:
        """Candidates by the id of their object; those that are not there are left out."""
        read = self._database.select
        return {
            record.remote_id: record
            for ids in slices(remote_ids)
            for record in _CANDIDATE.records(read(_THESE, sync=sync, connection=connection, remote_id=ids))
        }

    def every(
        self,
        sync: str,
        connection: str,
        *,
        held: bool | None = None,
        unseen_since: int | None = None,
        chunk: int = CHUNK,
    ) -> Iterator[list[Candidate]]:
        """Go through a connection's candidates by id: all, only those held or not, only those not seen since a pass.

        Candidates may be dropped or decided between two chunks.
        """
        statement = _every(held=held, unseen=unseen_since is not None)
        wanted = {"sync": sync, "connection": connection, **present(seen_pass=unseen_since)}
        last = ""
        while True:
            rows = self._database.select(statement, **wanted, last=last, limit=chunk)
            found = _CANDIDATE.records(rows)
            if found:
                yield found
            if len(found) < chunk:
                return
            last = found[-1].remote_id


@cache
def _every(*, held: bool | None, unseen: bool) -> Select[Any]:
    """A connection's candidates from one id on."""
    wanted: list[ColumnElement[bool]] = [*_ITS, _candidate.remote_id > given("last")]
    if held is not None:
        wanted.append(_candidate.held.is_not(None) if held else _candidate.held.is_(None))
    if unseen:
        wanted.append(_candidate.seen_pass < given("seen_pass"))
    chosen = select(*_CANDIDATE.columns).where(*wanted)
    return chosen.order_by(_candidate.remote_id).limit(given("limit", Integer()))
