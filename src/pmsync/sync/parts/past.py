"""What a run did to the mirrors of comments and attachments, by the history, and what became of them since. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from pmsync.model.fields import Json
from pmsync.model.part import PartKind
from pmsync.store.records import Change
from pmsync.sync.parts import rows as words


@dataclass(frozen=True, slots=True)
class MirrorDeed:
    """All that a run did to one mirror, from the first write to the last: None before is that it was made, None after
    that it was taken away. `spared` is why it stays, where people or later runs went on from it."""

    part: str
    kind: PartKind
    connection: str
    remote_id: str
    before: Mapping[str, Json] | None
    after: Mapping[str, Json] | None
    spared: str = ""


def mirror_deeds(run: str, rows: Sequence[Change], reversed_by: Mapping[str, str]) -> Iterator[MirrorDeed]:
    """What the run did to the mirrors of one item, given the item's whole history, oldest first. `reversed_by`: which
    run each run undid."""
    done: dict[tuple[str, str, str], list[Change]] = {}
    for row in rows:
        if row.run == run and words.written(row) is not None:
            done.setdefault((row.note, row.connection or "", row.remote_id or ""), []).append(row)
    for (part, connection, remote_id), own in done.items():
        last, kind = own[-1], words.written(own[-1])
        before = own[0].before
        for earlier, later in pairwise(own):
            if later.before is not None and later.before != earlier.after:
                # Somebody edited in between: what stood before that is theirs to have replaced.
                before = later.before
        since = [row for row in rows if row.id > last.id and words.about(row) == part]
        if kind is not None and (before is not None or last.after is not None):
            if last.after is None:
                # What is taken away is made again from what its original says by then.
                since = [row for row in since if row.connection == connection]
            yield MirrorDeed(part, kind, connection, remote_id, _value(before), _value(last.after),
                             _gone_on(run, connection, since, reversed_by))  # fmt: skip


def _gone_on(run: str, connection: str, since: Sequence[Change], reversed_by: Mapping[str, str]) -> str:
    """Why the mirror is not as the run left it; what was undone in its turn is no reason."""
    standing: list[str] = []
    taken_back: set[str] = set()
    for row in since:
        if words.written(row) is None or row.connection != connection:
            continue
        undone = reversed_by.get(row.run)
        if standing and undone == standing[-1]:
            taken_back |= {standing.pop(), row.run}
        elif row.run not in standing and row.run not in taken_back:
            standing.append(row.run)
    if standing and reversed_by.get(standing[0]) == run:
        return f"run {standing[0]} undid it already"
    if standing:
        return f"run {standing[-1]} wrote it since"
    for row in since:
        mirror = row.kind in (words.MIRROR_EDITED, words.MIRROR_REMOVED)
        what = words.by_people(row)
        if what and row.run not in taken_back and not (mirror and row.connection != connection):
            return f"{what} in {row.connection} since"
    return ""


def _value(told: Json) -> Mapping[str, Json] | None:
    return told if isinstance(told, dict) else None
