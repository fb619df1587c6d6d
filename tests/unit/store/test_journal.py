"""Intents, history, conflicts, runs, notes and bookmarks."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from pmsync.errors import RejectedError
from pmsync.model.fields import Field, Json
from pmsync.store import (
    Change,
    Conflict,
    ConflictState,
    ConnectionMemory,
    Intent,
    IntentKind,
    IntentState,
    Note,
    Reading,
    Replica,
    Run,
    StandingNote,
    Store,
    SyncState,
    open_store,
)

Link = Callable[..., Replica]


def test_an_intent_is_there_until_it_is_settled(store: Store, link: Link, now: datetime) -> None:
    link("i1", "r1")
    body: dict[Field, Json] = {Field.TITLE: "T", Field.DUE: None}
    context: Json = {"twin": "https://twin.example"}
    create = Intent(
        "n1", "roadmap", "i1", "project", IntentKind.CREATE, body, {Field.TITLE: 2}, now, "run", None, context
    )
    update = Intent("n2", "roadmap", "i1", "board", IntentKind.UPDATE, {}, {}, now + timedelta(1), "run", "r1")
    store.journal.intend([update, create])
    assert store.journal.intents("roadmap") == [create, update]
    assert store.journal.intents("roadmap", connection="board") == [update]
    assert store.journal.intents("roadmap", item="i2") == store.journal.intents("other") == []
    store.journal.doubt(["n1"])
    store.journal.put_to_sleep("n2")
    assert store.journal.intents("roadmap") == [
        replace(create, state=IntentState.UNKNOWN), replace(update, state=IntentState.ASLEEP)
    ]  # fmt: skip
    store.journal.settle(["n1", "n2"])
    assert store.journal.intents("roadmap") == []


def test_an_item_has_one_intent_at_a_time_in_a_connection(store: Store, link: Link, now: datetime) -> None:
    link("i1", "r1")
    intent = Intent("n1", "roadmap", "i1", "board", IntentKind.UPDATE, {}, {}, now, "run", "r1")
    store.journal.intend([intent])
    with pytest.raises(RejectedError):
        store.journal.intend([replace(intent, id="n2")])
    store.journal.settle(["n1"])
    store.journal.intend([replace(intent, id="n2")])


def test_history_is_told_in_order_by_item_run_kind_and_time(store: Store, now: datetime) -> None:
    lines = [
        Change("run1", now, "write", "i1", "board", "r1", Field.DUE, None, "2026-01-01", None, "note \0"),
        Change("run1", now, "linked", "i2", "board", "r2"),
        Change("run2", now + timedelta(1), "observed", "i1", "board", "r1", Field.LABELS, ["a"], [], "ada"),
    ]
    store.journal.record(lines)
    store.journal.record([])
    told = store.journal.history()
    assert [one.id for one in told] == sorted({one.id for one in told})
    assert [replace(one, id=0, note="") for one in told] == [replace(one, note="") for one in lines]
    assert [one.run for one in store.journal.history(item="i1")] == ["run1", "run2"]
    assert [one.item for one in store.journal.history(run="run1")] == ["i1", "i2"]
    assert [one.kind for one in store.journal.history(kind="linked")] == ["linked"]
    assert [one.run for one in store.journal.history(since=now + timedelta(hours=1))] == ["run2"]
    assert store.journal.history(limit=1) == told[:1]
    assert store.journal.history(after=told[0].id) == told[1:]


def test_conflicts_are_numbered_listed_and_closed(store: Store, link: Link, now: datetime) -> None:
    link("i1", "r1")
    link("i2", "r2", sync="other")
    values: list[Json] = [{"connection": "board", "value": "A"}, {"connection": "project", "value": None}]
    first = Conflict("run", now, "i1", Field.DUE, values, None, "manual", ConflictState.OPEN)
    kept = store.reports.add_conflicts(
        [first, replace(first, item="i2", state=ConflictState.SETTLED, winner=values[0], policy="owner")]
    )
    assert [replace(one, id=0) for one in kept] == [
        first,
        replace(first, item="i2", state=ConflictState.SETTLED, winner=values[0], policy="owner"),
    ]
    assert kept[0].id < kept[1].id
    assert store.reports.conflicts() == kept
    assert store.reports.conflict(kept[0].id) == kept[0]
    assert store.reports.conflict(kept[1].id + 1) is None
    assert store.reports.conflicts(state=ConflictState.OPEN, sync="roadmap") == kept[:1]
    assert store.reports.conflicts(items=["i2", "i3"], run="run", field=Field.DUE) == kept[1:]
    assert store.reports.conflicts(run="other") == store.reports.conflicts(field=Field.TITLE) == []
    assert store.counts("roadmap").open_conflicts == 1
    store.reports.close_conflict(kept[0].id, ConflictState.RESOLVED, values[1], "by ada")
    assert store.reports.conflict(kept[0].id) == replace(
        kept[0], state=ConflictState.RESOLVED, winner=values[1], note="by ada"
    )
    assert store.counts("roadmap").open_conflicts == 0


def test_runs_are_listed_newest_first(store: Store, now: datetime) -> None:
    soon = now + timedelta(microseconds=1)  # in the same second the random part of the id says nothing
    early, late = Run("20261122T0347Z-b", "roadmap", "sync", now), Run("20261122T0347Z-a", "other", "plan", soon)
    store.reports.begin_run(late)
    store.reports.begin_run(early)
    store.reports.end_run(early.id, now + timedelta(1), "ok", {"writes": 0})
    ended = replace(early, finished_at=now + timedelta(1), status="ok", summary={"writes": 0})
    assert store.reports.runs() == [late, ended]
    assert store.reports.runs(limit=1) == [late]
    assert store.reports.runs(sync="roadmap") == [ended]
    assert store.reports.run(early.id) == ended
    assert store.reports.run("nothing") is None


def test_notes_are_replaced_item_by_item_and_remember_their_first_run(store: Store, link: Link) -> None:
    link("i1", "r1")
    link("i2", "r2")
    unmapped = Note("i1", "board", Field.STATUS, "Blocked is in no mapping")
    label = Note("i1", "project", None, "a label with a space")
    store.reports.replace_notes("run1", {"i1": [unmapped, unmapped], "i2": [replace(label, item="i2")]})
    store.reports.replace_notes("run2", {"i1": [unmapped, label]})
    assert store.reports.notes(items=["i1"]) == [
        StandingNote("i1", "board", Field.STATUS, unmapped.message, "run1", "run2"),
        StandingNote("i1", "project", None, label.message, "run2", "run2"),
    ]
    assert [note.item for note in store.reports.notes(sync="roadmap")] == ["i1", "i1", "i2"]
    store.reports.replace_notes("run3", {"i1": []})
    assert [note.item for note in store.reports.notes()] == ["i2"]


def test_syncs_and_readings_begin_at_the_beginning_and_are_kept(store: Store, now: datetime) -> None:
    assert store.progress.sync("roadmap") == SyncState("roadmap")
    assert store.progress.reading("roadmap", "board") == Reading("roadmap", "board")
    state = SyncState("roadmap", now, "fingerprint", 7, now)
    reading = Reading("roadmap", "board", {"since": 5, "seen": ["a"]}, now, now)
    for _ in range(2):
        store.progress.put_sync(state)
        store.progress.put_reading(reading)
    assert store.progress.sync("roadmap") == state
    assert store.progress.reading("roadmap", "board") == reading
    assert store.progress.reading("roadmap", "project").cursor is None


def test_what_is_known_of_a_connection_is_kept_part_by_part(store: Store, now: datetime) -> None:
    assert store.progress.connection("board") == ConnectionMemory("board")
    store.progress.put_memo("board", {"graph": [[1, 2]]})
    store.progress.put_vocabulary("board", {"statuses": []}, now)
    store.progress.put_account("board", {"id": "ada"})
    store.progress.put_memo("board", None)
    store.progress.put_memo("project", "x")
    assert store.progress.connection("board") == ConnectionMemory("board", {"statuses": []}, now, None, {"id": "ada"})


def test_an_installation_is_named_once(store: Store, url: str) -> None:
    with open_store(url, instance="other") as again:
        assert store.instance == again.instance == "test"


def test_a_time_without_a_zone_is_refused(store: Store) -> None:
    with pytest.raises(Exception, match="has no time zone"):
        store.progress.put_sync(SyncState("roadmap", datetime(2026, 1, 1)))  # noqa: DTZ001
