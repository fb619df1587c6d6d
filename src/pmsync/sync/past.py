"""What a run did, by the history, and what has become of it since: from rows of the history to deeds. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from pmsync.model.fields import Field, Json
from pmsync.store.records import Change, Run

_ACTS = frozenset({"created", "archived", "deleted", "unlinked", "linked", "restored", "returned"})
"""The kinds of row that concern a whole replica."""


@dataclass(frozen=True, slots=True)
class Deed:
    """One thing that a run did to one replica; all that it wrote to one field is one deed, from the first to the last.

    `spared` is why it stays, where people or later runs went on from it.
    """

    kind: str
    """`write`, `created`, `archived`, `deleted`, `unlinked`, `linked`, `restored` or `returned`."""
    item: str
    connection: str
    remote_id: str
    field: Field | None = None
    before: Json = None
    after: Json = None
    note: str = ""
    spared: str = ""


def undoing(command: str) -> str | None:
    """The run that a command undid, if that is what it was for."""
    words = command.split()
    return words[1] if len(words) > 1 and words[0] == "undo" else None


def reversals(runs: Sequence[Run]) -> Mapping[str, str]:
    """Which run each run undid."""
    return {run.id: undone for run in runs if (undone := undoing(run.command)) is not None}


def deeds(run: str, rows: Sequence[Change], reversed_by: Mapping[str, str]) -> Iterator[Deed]:
    """What the run did to one item, given the item's whole history, oldest first. See `reversals`."""
    mine = [row for row in rows if row.run == run and row.connection and row.remote_id]
    yield from _writes(run, mine, rows, reversed_by)
    for row in mine:
        if row.kind in _ACTS and not (row.kind == "linked" and row.note == "new"):
            spared = _since(row, rows, reversed_by)
            yield Deed(row.kind, row.item or "", row.connection or "", row.remote_id or "", note=row.note,
                       spared=spared)  # fmt: skip


def _writes(run: str, mine: Sequence[Change], rows: Sequence[Change], reversed_by: Mapping[str, str]) -> Iterator[Deed]:
    written: dict[tuple[str, str, Field], list[Change]] = {}
    for row in mine:
        if row.kind == "write" and row.field is not None:
            written.setdefault((row.connection or "", row.remote_id or "", row.field), []).append(row)
    for (connection, remote_id, name), own in written.items():
        last = own[-1]
        before = last.before
        for earlier in reversed(own[:-1]):
            if earlier.after != before:
                # Somebody edited in between: what stood before that is theirs to have replaced.
                break
            before = earlier.before
        deed = Deed("write", last.item or "", connection, remote_id, name, before, last.after)
        later = [row for row in rows if row.id > last.id and row.field is name]
        yield replace(deed, spared=_overwritten(run, deed, later, reversed_by))


def _overwritten(run: str, deed: Deed, later: Sequence[Change], reversed_by: Mapping[str, str]) -> str:
    """Why the field is not as the run left it, by the history; what was undone in its turn is no reason."""
    standing: list[str] = []
    taken_back: set[str] = set()
    for row in later:
        if row.kind != "write" or (row.connection, row.remote_id) != (deed.connection, deed.remote_id):
            continue
        undone = reversed_by.get(row.run)
        if standing and undone == standing[-1]:
            taken_back |= {standing.pop(), row.run}
        elif row.run not in standing and row.run not in taken_back:
            standing.append(row.run)
    if standing and reversed_by.get(standing[0]) == run:
        return f"run {standing[0]} undid it already"
    edit = next((row for row in later if row.kind in ("observed", "resolved") and row.run not in taken_back), None)
    if standing:
        return f"run {standing[-1]} wrote it since"
    if edit is not None:
        return f"edited in {edit.connection} since" if edit.connection else f"resolved by {edit.actor} since"
    return ""


def _since(row: Change, rows: Sequence[Change], reversed_by: Mapping[str, str]) -> str:
    """Why an act on a whole replica is not undone: it was already, or somebody worked on what was created."""
    later = [one for one in rows if one.id > row.id and one.connection == row.connection]
    for one in later:
        if one.remote_id == row.remote_id and one.kind in _ACTS and one.kind != row.kind:
            undone = reversed_by.get(one.run) == row.run
            return f"run {one.run} undid it already" if undone else f"{one.kind} by run {one.run} since"
    return _worked_on(row, later, reversed_by) if row.kind == "created" else ""


def _worked_on(row: Change, later: Sequence[Change], reversed_by: Mapping[str, str]) -> str:
    of_it = [one for one in later if one.remote_id == row.remote_id]
    if any(one.kind == "observed" for one in of_it):
        return f"edited in {row.connection} since"
    for name in dict.fromkeys(one.field for one in of_it if one.kind == "write"):
        fresh = [one for one in of_it if one.field is name and one.run != row.run]
        whole = Deed("write", row.item or "", row.connection or "", row.remote_id or "", name)
        reason = _overwritten(row.run, whole, fresh, reversed_by)
        if reason:
            return reason
    return ""
