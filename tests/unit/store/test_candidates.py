"""Candidates: kept whole, decided on by people, gone through in pieces."""

from collections.abc import Callable
from datetime import datetime, timedelta

from pmsync.model.fields import Field
from pmsync.model.native import Marker, Native
from pmsync.store import Candidate, Store

Make = Callable[..., Native]


def test_a_candidate_keeps_everything_its_tool_shows(store: Store, native: Make, now: datetime) -> None:
    whole = native(
        "r1",
        "Title \0",
        fields={Field.TITLE: "Title \0", Field.STATUS: {"place": "1"}, Field.DUE: None},
        updated_at=now + timedelta(microseconds=1),
        creator="ada",
        marker=Marker("i1", "https://twin.example"),
        archived=True,
        admitted=False,
        links=("https://a.example", "https://b.example"),
    )
    store.candidates.observe("roadmap", "board", [whole, native("r2")], 3)
    got = store.candidates.get("roadmap", "board", ["r1", "r2", "r3"])
    assert got == {
        "r1": Candidate("roadmap", "board", "r1", whole, 3, 3),
        "r2": Candidate("roadmap", "board", "r2", native("r2"), 3, 3),
    }


def test_seeing_a_candidate_again_keeps_what_was_decided(store: Store, native: Make) -> None:
    store.candidates.observe("roadmap", "board", [native("r1")], 3)
    store.candidates.hold("roadmap", "board", {"r1": ("two have this title", [{"candidate": "r2", "score": 0.9}])})
    store.candidates.decide("roadmap", "board", "r1", "join:i1")
    store.candidates.observe("roadmap", "board", [native("r1", "Renamed")], 5)
    assert store.candidates.get("roadmap", "board", ["r1"])["r1"] == Candidate(
        "roadmap",
        "board",
        "r1",
        native("r1", "Renamed"),
        first_seen_pass=3,
        seen_pass=5,
        held="two have this title",
        suggestion=[{"candidate": "r2", "score": 0.9}],
        decision="join:i1",
    )


def test_a_hold_and_a_decision_can_be_taken_back(store: Store, native: Make) -> None:
    store.candidates.observe("roadmap", "board", [native("r1")], 3)
    store.candidates.hold("roadmap", "board", {"r1": ("why", ["x"])})
    store.candidates.decide("roadmap", "board", "r1", "ignore")
    assert store.counts("roadmap").held == 1
    store.candidates.hold("roadmap", "board", {"r1": (None, None)})
    store.candidates.decide("roadmap", "board", "r1", None)
    assert store.counts("roadmap").held == 0
    assert store.candidates.get("roadmap", "board", ["r1"])["r1"] == Candidate(
        "roadmap", "board", "r1", native("r1"), 3, 3
    )


def test_candidates_are_gone_through_even_while_they_are_dropped(store: Store, native: Make) -> None:
    store.candidates.observe("roadmap", "board", [native(f"r{number}") for number in range(5)], 1)
    store.candidates.observe("roadmap", "project", [native("r9")], 1)
    met = []
    for chunk in store.candidates.every("roadmap", "board", chunk=2):
        met += [one.remote_id for one in chunk]
        store.candidates.drop("roadmap", "board", [one.remote_id for one in chunk])
    assert met == ["r0", "r1", "r2", "r3", "r4"]
    assert store.counts("roadmap").candidates == {"project": 1}


def test_candidates_are_listed_by_hold_and_by_when_they_were_seen(store: Store, native: Make) -> None:
    store.candidates.observe("roadmap", "board", [native("r1"), native("r2"), native("r3")], 1)
    store.candidates.observe("roadmap", "board", [native("r3")], 2)
    store.candidates.hold("roadmap", "board", {"r1": ("why", None)})

    def ids(**wanted: int | None) -> list[str]:
        return [one.remote_id for chunk in store.candidates.every("roadmap", "board", **wanted) for one in chunk]  # type: ignore[arg-type]

    assert ids(held=True) == ["r1"]
    assert ids(held=False) == ["r2", "r3"]
    assert ids(unseen_since=2) == ["r1", "r2"]
