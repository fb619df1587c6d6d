"""The tools' objects that belong to no item yet."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Final

from sqlalchemy import bindparam, delete, select, update

from pmsync.model.fields import Json
from pmsync.model.native import Native
from pmsync.store import tables
from pmsync.store.database import Database
from pmsync.store.items import CHUNK
from pmsync.store.records import Candidate
from pmsync.store.shape import Shape, slices

_CANDIDATE: Final = Shape(tables.candidates, Candidate)
_DECIDED: Final = frozenset({"first_seen_pass", "held", "suggestion", "decision"})


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
        candidate = tables.candidates
        statement = (
            update(candidate)
            .where(
                candidate.c.sync == sync,
                candidate.c.connection == connection,
                candidate.c.remote_id == bindparam("b_remote_id"),
            )
            .values(held=bindparam("b_held"), suggestion=bindparam("b_suggestion"))
        )
        with self._database.writing("held"):
            self._database.run(
                statement,
                [
                    {"b_remote_id": remote_id, "b_held": reason, "b_suggestion": suggestion}
                    for remote_id, (reason, suggestion) in held.items()
                ],
            )

    def decide(self, sync: str, connection: str, remote_id: str, decision: str | None) -> None:
        """Record what a person decided: `join:<item>`, `create`, `ignore`, or None to take it back."""
        candidate = tables.candidates.c
        with self._database.writing("decision"):
            self._database.run(
                update(tables.candidates)
                .where(candidate.sync == sync, candidate.connection == connection, candidate.remote_id == remote_id)
                .values(decision=decision)
            )

    def drop(self, sync: str, connection: str, remote_ids: Collection[str]) -> None:
        """Forget objects: they were linked, or are gone."""
        candidate = tables.candidates.c
        with self._database.writing("candidates"):
            for ids in slices(remote_ids):
                self._database.run(
                    delete(tables.candidates).where(
                        candidate.sync == sync, candidate.connection == connection, candidate.remote_id.in_(ids)
                    )
                )

    def get(self, sync: str, connection: str, remote_ids: Collection[str]) -> dict[str, Candidate]:
        """Candidates by the id of their object; those that are not there are left out."""
        candidate = tables.candidates.c
        chosen = select(*_CANDIDATE.columns).where(candidate.sync == sync, candidate.connection == connection)
        return {
            record.remote_id: record
            for ids in slices(remote_ids)
            for record in _CANDIDATE.records(self._database.select(chosen.where(candidate.remote_id.in_(ids))))
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
        candidate = tables.candidates.c
        chosen = select(*_CANDIDATE.columns).where(candidate.sync == sync, candidate.connection == connection)
        if held is not None:
            chosen = chosen.where(candidate.held.is_not(None) if held else candidate.held.is_(None))
        if unseen_since is not None:
            chosen = chosen.where(candidate.seen_pass < unseen_since)
        last = ""
        while True:
            rows = self._database.select(
                chosen.where(candidate.remote_id > last).order_by(candidate.remote_id).limit(chunk)
            )
            if rows:
                yield _CANDIDATE.records(rows)
            if len(rows) < chunk:
                return
            last = rows[-1].remote_id
