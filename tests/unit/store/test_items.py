"""Items and replicas: kept as they are, found by what is known of them, gone through in pieces."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest

from pmsync.errors import RejectedError
from pmsync.model.fields import Field, Json
from pmsync.model.native import Native, Ref
from pmsync.store import Intent, IntentKind, Item, ItemState, Known, Replica, ReplicaState, Seen, Store, open_store

Link = Callable[..., Replica]
Make = Callable[..., Native]


def test_an_item_comes_back_as_it_was_kept(store: Store, now: datetime, url: str) -> None:
    values: dict[Field, Json] = {
        Field.TITLE: "Émigré \N{ROCKET} [/b]\0\ud83d",
        Field.DUE: None,
        Field.LABELS: ["b", "a"],
        Field.ESTIMATE: 2.5,
    }
    item = Item(
        "i1",
        "roadmap",
        ItemState.DYING,
        values,
        {Field.TITLE: 3},
        "board",
        now,
        now,
        "why \0 not",
        wanted=True,
        sources={Field.TITLE: {"by": "board", "at": None}},
        refused={"project": {"reason": "no room"}},
    )
    replica = Replica(
        "i1",
        "roadmap",
        "board",
        "r1",
        "ENG-1",
        "https://tool.example/r1",
        {Field.STATUS: {"place": "5", "completed": False}},
        {},
        {Field.STATUS: 7},
        "digest",
        now,
        now.astimezone(timezone(timedelta(hours=5))),
        ReplicaState.MISSING,
        archived=True,
        admitted=False,
        missing_since=now,
        missing_pass=4,
        seen_pass=3,
        created_by_us=True,
        dirty=False,
        held={Field.STATUS: {"before": None, "after": "5", "reason": "no way there"}},
    )
    store.items.put([item])
    store.items.put_replicas([replica])
    store.close()
    with open_store(url) as again:
        bundle = again.items.get("i1")
        assert bundle is not None
        assert bundle.item == replace(item, quarantine="why \N{REPLACEMENT CHARACTER} not")
        assert bundle.replicas == (replica,)
        assert bundle.intents == ()
        assert all(type(key) is Field for key in bundle.item.values)
        assert bundle.replicas[0].remote_updated_at.utcoffset() == timedelta(0)


def test_putting_again_overwrites(store: Store, link: Link) -> None:
    replica = link("i1", "r1")
    store.items.put_replicas([replace(replica, digest="d2", held={Field.TITLE: "why"})])
    bundle = store.items.get("i1")
    assert bundle is not None
    assert [(one.digest, one.held) for one in bundle.replicas] == [("d2", {Field.TITLE: "why"})]


def test_an_object_belongs_to_one_item_only(store: Store, link: Link) -> None:
    link("i1", "r1")
    with pytest.raises(RejectedError):
        link("i2", "r1")
    assert store.items.get("i2") is None
    link("i2", "r1", connection="project")


def test_a_replica_needs_its_item(store: Store, link: Link) -> None:
    replica = link("i1", "r1")
    with pytest.raises(RejectedError):
        store.items.put_replicas([replace(replica, item="nobody", remote_id="r2")])


def test_known_gives_what_was_seen_last_of_those_that_are_linked(store: Store, link: Link, now: datetime) -> None:
    link("i1", "r1")
    link("i2", "r2", digest="d2", dirty=True)
    link("i3", "r1", connection="project")
    assert store.replicas.known("roadmap", "board", ["r1", "r2", "r9"]) == {
        "r1": Known("r1", "i1", "d1", ReplicaState.LINKED, dirty=False, remote_updated_at=now, seen_pass=1),
        "r2": Known("r2", "i2", "d2", ReplicaState.LINKED, dirty=True, remote_updated_at=now, seen_pass=1),
    }
    assert store.replicas.known("other", "board", ["r1"]) == {}
    assert store.replicas.known("roadmap", "board", []) == {}


def test_an_observation_replaces_what_is_shown_and_keeps_what_was_acknowledged(
    store: Store, link: Link, native: Make, now: datetime
) -> None:
    before = link("i1", "r1", state=ReplicaState.MISSING, missing_since=now, missing_pass=2)
    shown = native("r1", "New title", updated_at=now + timedelta(1), archived=True, admitted=False)
    shown = replace(shown, ref=Ref("r1", "ENG-9", "https://tool.example/moved"))
    store.replicas.observe("roadmap", "board", [Seen(shown, "d2", dirty=True)], 5)
    bundle = store.items.get("i1")
    assert bundle is not None
    assert bundle.replicas[0] == replace(
        before,
        key="ENG-9",
        url="https://tool.example/moved",
        native={Field.TITLE: "New title"},
        digest="d2",
        remote_updated_at=now + timedelta(1),
        archived=True,
        admitted=False,
        state=ReplicaState.LINKED,
        missing_since=None,
        missing_pass=None,
        seen_pass=5,
        dirty=True,
    )


def test_an_observation_without_news_leaves_a_dirty_replica_dirty(store: Store, link: Link, native: Make) -> None:
    link("i1", "r1", dirty=True)
    store.replicas.observe("roadmap", "board", [Seen(native("r1"), "d1", dirty=False)], 5)
    assert store.replicas.known("roadmap", "board", ["r1"])["r1"].dirty


def test_an_observation_of_an_unknown_object_is_passed_over(store: Store, native: Make) -> None:
    store.replicas.observe("roadmap", "board", [Seen(native("r1"), "d1", dirty=True)], 5)
    assert store.counts("roadmap").replicas == {}


def test_only_replicas_not_seen_in_the_pass_are_unseen(store: Store, link: Link) -> None:
    for number in range(7):
        link(f"i{number}", f"r{number}")
    link("i8", "r8", state=ReplicaState.GONE)
    link("i9", "r1", connection="project")
    store.replicas.mark_seen("roadmap", "board", ["r1", "r3"], 2)
    chunks = list(store.replicas.unseen("roadmap", "board", 2, chunk=2))
    assert [[one.remote_id for one in chunk] for chunk in chunks] == [["r0", "r2"], ["r4", "r5"], ["r6"]]


def test_what_is_missing_stays_missing_since_the_first_time(store: Store, link: Link, now: datetime) -> None:
    link("i1", "r1")
    store.replicas.mark_missing("roadmap", "board", ["r1"], now, 2)
    store.replicas.mark_missing("roadmap", "board", ["r1"], now + timedelta(1), 3)
    bundle = store.items.get("i1")
    assert bundle is not None
    (replica,) = bundle.replicas
    assert (replica.state, replica.missing_since, replica.missing_pass) == (ReplicaState.MISSING, now, 2)
    assert replica.dirty
    assert store.counts("roadmap").missing == 1


def test_what_was_missing_and_is_seen_again_is_linked_and_dirty(store: Store, link: Link, now: datetime) -> None:
    link("i1", "r1", state=ReplicaState.MISSING, missing_since=now, missing_pass=2)
    link("i2", "r2")
    store.replicas.mark_seen("roadmap", "board", ["r1", "r2"], 3)
    known = store.replicas.known("roadmap", "board", ["r1", "r2"])
    assert {key: (one.state, one.dirty) for key, one in known.items()} == {
        "r1": (ReplicaState.LINKED, True),
        "r2": (ReplicaState.LINKED, False),
    }
    bundle = store.items.get("i1")
    assert bundle is not None
    assert bundle.replicas[0].missing_since is None
    assert bundle.replicas[0].missing_pass is None


def test_dirty_items_come_once_each_with_all_their_replicas(store: Store, link: Link, now: datetime) -> None:
    for number in range(5):
        link(f"i{number}", f"r{number}", dirty=number != 2)
        link(f"i{number}", f"p{number}", connection="project", dirty=number == 4)
    link("x", "x", sync="other", dirty=True)
    intent = Intent("n1", "roadmap", "i0", "board", IntentKind.UPDATE, {Field.TITLE: "T"}, {}, now, "run", "r0")
    store.journal.intend([intent])
    met = []
    for chunk in store.items.dirty("roadmap", chunk=2):
        assert len(chunk) <= 2
        met += chunk
        # What stays dirty is not met again; what a chunk cleans further on is not met at all.
        replica = next(one for one in link_of(store, "i3"))
        store.items.put_replicas([replace(replica, dirty=False)])
    assert [bundle.item.id for bundle in met] == ["i0", "i1", "i4"]
    assert [[one.connection for one in bundle.replicas] for bundle in met] == [["board", "project"]] * 3
    assert met[0].intents == (intent,)


def link_of(store: Store, item: str) -> tuple[Replica, ...]:
    bundle = store.items.get(item)
    assert bundle is not None
    return tuple(replica for replica in bundle.replicas if replica.connection == "board")


def test_items_can_be_marked_dirty_whatever_they_show(store: Store, link: Link) -> None:
    for number in range(3):
        link(f"i{number}", f"r{number}")
    assert list(store.items.dirty("roadmap")) == []
    store.replicas.mark_dirty("roadmap", ["i1"])
    assert [[bundle.item.id for bundle in chunk] for chunk in store.items.dirty("roadmap")] == [["i1"]]
    store.replicas.mark_dirty("roadmap")
    assert store.counts("roadmap").dirty == 3
    shown = {one.item.id: one.replicas for one in store.items.load(["i0", "i1", "i2"])}
    store.replicas.mark_clean([*shown["i0"], *shown["i2"], *(replace(one, digest="older") for one in shown["i1"])])
    assert [[bundle.item.id for bundle in chunk] for chunk in store.items.dirty("roadmap")] == [["i1"]]


def test_items_are_listed_by_sync_state_and_quarantine(store: Store, link: Link, now: datetime) -> None:
    for number in range(5):
        link(f"i{number}", f"r{number}")
    link("x", "x", sync="other")
    store.items.put([Item("i1", "roadmap", ItemState.DEAD, {}, {}, "board", now, now)])
    store.items.put([Item("i2", "roadmap", ItemState.LIVE, {}, {}, "board", now, now, "flapping")])

    def ids(**wanted: object) -> list[str]:
        return [bundle.item.id for chunk in store.items.every(chunk=2, **wanted) for bundle in chunk]  # type: ignore[arg-type]

    assert ids() == ["i0", "i1", "i2", "i3", "i4", "x"]
    assert ids(sync="roadmap") == ["i0", "i1", "i2", "i3", "i4"]
    assert ids(sync="roadmap", state=ItemState.DEAD) == ["i1"]
    assert ids(quarantined=True) == ["i2"]
    assert ids(sync="roadmap", quarantined=False) == ["i0", "i1", "i3", "i4"]


def test_an_item_is_found_by_any_name_it_has_or_had(store: Store, link: Link, now: datetime) -> None:
    link("i1", "r1", key="ENG-1")
    link("i2", "r2", key="ENG-2")
    link("i2", "p2", connection="project")
    link("i3", "r3", sync="other", key="ENG-1")
    for name in ("i2", "r2", "p2", "ENG-2", "https://tool.example/r2"):
        assert store.items.find(name) == ["i2"]
    assert store.items.find("ENG-1") == ["i1", "i3"]
    assert store.items.find("ENG-1", sync="other") == ["i3"]
    assert store.items.find("") == []
    store.replicas.unlink("i2", "board", now, "left the filter")
    assert store.items.find("ENG-2") == ["i2"]


def test_parents_are_looked_up_both_ways(store: Store, link: Link) -> None:
    link("i1", "r1")
    link("i1", "p1", connection="project")
    link("i2", "r2")
    assert store.replicas.remote_ids("project", ["i1", "i2", "i9"]) == {"i1": "p1"}
    assert store.replicas.known("roadmap", "project", ["p1"])["p1"].item == "i1"


def test_a_reference_names_a_replica_unless_two_share_it(store: Store, link: Link) -> None:
    link("i1", "r1", key="ENG-1")
    link("i2", "r2", key="7")
    link("i3", "r3", connection="project", key="7")
    link("i4", "r4", key="", url="")
    found = store.replicas.referenced("roadmap", ["ENG-1", "https://tool.example/r2", "7", "", "nothing"])
    assert {name: known.item for name, known in found.items()} == {"ENG-1": "i1", "https://tool.example/r2": "i2"}


def test_an_unlinked_replica_is_remembered_and_its_object_free(store: Store, link: Link, now: datetime) -> None:
    replica = link("i1", "r1")
    store.replicas.unlink("i1", "board", now, "left the filter")
    bundle = store.items.get("i1")
    assert bundle is not None
    assert bundle.replicas == ()
    (former,) = store.replicas.former("roadmap", connection="board", remote_ids=["r1", "r2"])
    assert (former.item, former.remote_id, former.base) == ("i1", "r1", replica.base)
    assert (former.unlinked_at, former.reason) == (now, "left the filter")
    link("i2", "r1")
    store.replicas.unlink("i2", "board", now, "again")
    assert [one.item for one in store.replicas.former("roadmap")] == ["i1", "i2"]
    assert [one.item for one in store.replicas.former("roadmap", items=["i2"])] == ["i2"]
    assert store.replicas.former("other") == []


def test_thousands_are_looked_up_in_pieces_that_a_database_takes(store: Store, link: Link) -> None:
    link("i1", "r1")
    many = [f"n{number}" for number in range(2500)] + ["r1"]
    assert set(store.replicas.known("roadmap", "board", many)) == {"r1"}
    assert [bundle.item.id for bundle in store.items.load([*many, "i1"])] == ["i1"]
