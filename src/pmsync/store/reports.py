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
from pmsync.store.shape import Shape, among, given, present, slices

_CONFLICT: Final = Shape(tables.conflicts, Conflict)
_RUN: Final = Shape(tables.runs, Run)
_NOTE: Final = Shape(tables.notes, StandingNote)

_conflict: Final = tables.conflicts.c
_run: Final = tables.runs.c
_note: Final = tables.notes.c
_ITEMS_OF_SYNC: Final = select(tables.items.c.id).where(tables.items.c.sync == given("sync"))
_ADD_CONFLICTS: Final = insert(tables.conflicts).returning(_conflict.id, sort_by_parameter_order=True)
_CLOSE_CONFLICT: Final = (
    update(tables.conflicts)
    .where(_conflict.id == given("number"))
    .values(state=given("state"), winner=given("winner"), note=given("note"))
)
_BEGIN_RUN: Final = insert(tables.runs)
_END_RUN: Final = (
    update(tables.runs)
    .where(_run.id == given("run"))
    .values(finished_at=given("at"), status=given("status"), summary=given("summary"))
)
_DROP_NOTES: Final = delete(tables.notes).where(_note.item.in_(among("items")))
_ADD_NOTES: Final = insert(tables.notes)


class Reports:
    """Runs, conflicts and notes of all syncs."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add_conflicts(self, conflicts: Iterable[Conflict]) -> list[Conflict]:
        """Record conflicts, and give them back with the numbers by which people will name them."""
        new = list(conflicts)
        with self._database.writing("conflicts"):
            numbered = self._database.run_each(_ADD_CONFLICTS, _CONFLICT.new_rows(new))
            return [replace(conflict, id=number) for conflict, (number,) in zip(new, numbered, strict=True)]

    def conflict(self, number: int) -> Conflict | None:
        """One conflict by its number."""
        found = self._database.select(_CONFLICT.chosen("id"), id=number)
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
        wanted = present(run=run, state=state, field=field)
        chosen = _CONFLICT.chosen(*wanted, lists=() if items is None else ("item",), order=("id",))
        if sync is not None:
            chosen, wanted["sync"] = chosen.where(_conflict.item.in_(_ITEMS_OF_SYNC)), sync
        if items is None:
            return _CONFLICT.records(self._database.select(chosen, **wanted))
        found = (self._database.select(chosen, **wanted, item=ids) for ids in slices(items))
        return sorted((record for rows in found for record in _CONFLICT.records(rows)), key=lambda one: one.id)

    def close_conflict(self, number: int, state: ConflictState, winner: Json, note: str = "") -> None:
        """Record how a conflict ended. Its values stay."""
        with self._database.writing("conflict"):
            self._database.run(_CLOSE_CONFLICT, number=number, state=state, winner=winner, note=note)

    def begin_run(self, run: Run) -> None:
        """Record that a command began."""
        with self._database.writing("run"):
            self._database.run_each(_BEGIN_RUN, _RUN.rows([run]))

    def end_run(self, run: str, at: datetime, status: str, summary: Json) -> None:
        """Record how a command ended."""
        with self._database.writing("run"):
            self._database.run(_END_RUN, run=run, at=at, status=status, summary=summary)

    def run(self, run: str) -> Run | None:
        """One run by id."""
        found = self._database.select(_RUN.chosen("id"), id=run)
        return next(iter(_RUN.records(found)), None)

    def runs(self, *, sync: str | None = None, limit: int | None = None) -> list[Run]:
        """Runs, newest first."""
        wanted = present(sync=sync)
        chosen = _RUN.chosen(*wanted).order_by(_run.started_at.desc(), _run.id.desc())
        chosen = chosen if limit is None else chosen.limit(limit)
        return _RUN.records(self._database.select(chosen, **wanted))

    def last_run(self, sync: str, commands: Collection[str]) -> Run | None:
        """The run of one of these commands that ended last."""
        chosen = _RUN.chosen("sync", lists=("command",)).where(_run.finished_at.is_not(None))
        chosen = chosen.order_by(_run.finished_at.desc(), _run.id.desc()).limit(1)
        return next(iter(_RUN.records(self._database.select(chosen, sync=sync, command=list(commands)))), None)

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
            for ids in slices(found.keys()) if standing else ():
                self._database.run(_DROP_NOTES, items=ids)
            self._database.run_each(_ADD_NOTES, rows)

    def notes(self, *, sync: str | None = None, items: Collection[str] | None = None) -> list[StandingNote]:
        """The notes that stand, by item; of a sync, of these items."""
        wanted = present(sync=sync)
        chosen = _NOTE.chosen(lists=() if items is None else ("item",), order=("item", "id"))
        if sync is not None:
            chosen = chosen.where(_note.item.in_(_ITEMS_OF_SYNC))
        if items is None:
            return _NOTE.records(self._database.select(chosen, **wanted))
        return [
            record
            for ids in slices(sorted(items))
            for record in _NOTE.records(self._database.select(chosen, **wanted, item=ids))
        ]


def _subject(note: Note | StandingNote) -> tuple[str, str, Field | None, str]:
    return note.item, note.connection, note.field, note.message
