"""What people are told: runs, conflicts, and findings about items that still hold."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final

from sqlalchemy import delete, insert, select, update

from pmsync.model.fields import Field, Json
from pmsync.store import tables
from pmsync.store.database import Database
from pmsync.store.records import Conflict, ConflictState, Note, Run, StandingNote
from pmsync.store.shape import Shape, slices

_CONFLICT: Final = Shape(tables.conflicts, Conflict)
_RUN: Final = Shape(tables.runs, Run)
_NOTE: Final = Shape(tables.notes, StandingNote)


class Reports:
    """Runs, conflicts and notes of all syncs."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add_conflicts(self, conflicts: Iterable[Conflict]) -> list[Conflict]:
        """Record conflicts, and give them back with the numbers by which people will name them."""
        table = tables.conflicts
        with self._database.writing("conflicts"):
            return [
                replace(conflict, id=self._database.run(insert(table).values(**row).returning(table.c.id))[0].id)
                for conflict in conflicts
                for row in _CONFLICT.new_rows([conflict])
            ]

    def conflict(self, number: int) -> Conflict | None:
        """One conflict by its number."""
        found = self._database.select(select(*_CONFLICT.columns).where(tables.conflicts.c.id == number))
        return next(iter(_CONFLICT.records(found)), None)

    def conflicts(
        self,
        *,
        sync: str | None = None,
        items: Collection[str] | None = None,
        run: str | None = None,
        state: ConflictState | None = None,
        field: Field | None = None,
    ) -> list[Conflict]:
        """Conflicts, oldest first, only those that match everything given."""
        conflict, item = tables.conflicts.c, tables.items.c
        chosen = select(*_CONFLICT.columns).order_by(conflict.id)
        if sync is not None:
            chosen = chosen.where(conflict.item.in_(select(item.id).where(item.sync == sync)))
        for column, value in ((conflict.run, run), (conflict.state, state), (conflict.field, field)):
            if value is not None:
                chosen = chosen.where(column == value)
        if items is None:
            return _CONFLICT.records(self._database.select(chosen))
        found = (self._database.select(chosen.where(conflict.item.in_(ids))) for ids in slices(items))
        return sorted((record for rows in found for record in _CONFLICT.records(rows)), key=lambda one: one.id)

    def close_conflict(self, number: int, state: ConflictState, winner: Json, note: str = "") -> None:
        """Record how a conflict ended. Its values stay."""
        with self._database.writing("conflict"):
            self._database.run(
                update(tables.conflicts)
                .where(tables.conflicts.c.id == number)
                .values(state=state, winner=winner, note=note)
            )

    def begin_run(self, run: Run) -> None:
        """Record that a command began."""
        with self._database.writing("run"):
            self._database.run(insert(tables.runs), _RUN.rows([run]))

    def end_run(self, run: str, at: datetime, status: str, summary: Json) -> None:
        """Record how a command ended."""
        with self._database.writing("run"):
            self._database.run(
                update(tables.runs)
                .where(tables.runs.c.id == run)
                .values(finished_at=at, status=status, summary=summary)
            )

    def run(self, run: str) -> Run | None:
        """One run by id."""
        found = self._database.select(select(*_RUN.columns).where(tables.runs.c.id == run))
        return next(iter(_RUN.records(found)), None)

    def runs(self, *, sync: str | None = None, limit: int | None = None) -> list[Run]:
        """Runs, newest first."""
        chosen = select(*_RUN.columns).order_by(tables.runs.c.id.desc())
        if sync is not None:
            chosen = chosen.where(tables.runs.c.sync == sync)
        return _RUN.records(self._database.select(chosen if limit is None else chosen.limit(limit)))

    def replace_notes(self, run: str, found: Mapping[str, Iterable[Note]]) -> None:
        """Have exactly these notes for these items (id -> its notes); one that stood before keeps its first run."""
        with self._database.writing("notes"):
            standing = {_subject(note): note.first_run for note in self.notes(items=found.keys())}
            rows = [
                {
                    "item": item,
                    "connection": note.connection,
                    "field": note.field,
                    "message": note.message,
                    "first_run": standing.get(_subject(note), run),
                    "last_run": run,
                }
                for item, notes in found.items()
                for note in dict.fromkeys(notes)
            ]
            for ids in slices(found.keys()):
                self._database.run(delete(tables.notes).where(tables.notes.c.item.in_(ids)))
            self._database.run(insert(tables.notes), rows)

    def notes(self, *, sync: str | None = None, items: Collection[str] | None = None) -> list[StandingNote]:
        """The notes that stand, by item; of a sync, of these items."""
        note, item = tables.notes.c, tables.items.c
        chosen = select(*_NOTE.columns).order_by(note.item, note.id)
        if sync is not None:
            chosen = chosen.where(note.item.in_(select(item.id).where(item.sync == sync)))
        if items is None:
            return _NOTE.records(self._database.select(chosen))
        return [
            record
            for ids in slices(sorted(items))
            for record in _NOTE.records(self._database.select(chosen.where(note.item.in_(ids))))
        ]


def _subject(note: Note | StandingNote) -> tuple[str, str, Field | None, str]:
    return note.item, note.connection, note.field, note.message
