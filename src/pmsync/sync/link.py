"""Bringing strangers together: what was read and belongs to no item yet is matched, joined, or becomes an item."""

import base64
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from pmsync.mapping.lens import Unmapped
from pmsync.model.fields import Field, Json
from pmsync.reconcile.match import MADE_TWICE, Group, Key, Matching, Resident, Ruling, Stranger, match, references
from pmsync.store.records import Bundle, Candidate, Change, Item, ItemState, Replica
from pmsync.store.store import Store
from pmsync.sync.claims import clarify, standing
from pmsync.sync.comeback import homes
from pmsync.sync.fence import rebased
from pmsync.sync.members import Bench, Member
from pmsync.sync.observe import Sighting, matching_due
from pmsync.sync.takeout import LEFT, alive, base_when_it_left, newly_linked


@dataclass(frozen=True, slots=True)
class Link:
    """A stranger that became part of an item in this pass. `why`: marker, reference, title, decided, or new."""

    item: str
    connection: str
    remote_id: str
    key: str
    title: str
    why: str


def home_of(sync: str, connection: str, remote_id: str) -> str:
    """The id of an item that begins with this object. Always the same, so that a lost state finds its markers again."""
    text = f"{sync}\n{connection}\n{remote_id}"
    return base64.b32encode(hashlib.sha256(text.encode()).digest())[:16].decode().lower()


def made_twice(sync: str) -> str:
    """The fact that says that strangers were found that pmsync made twice."""
    return f"made twice {sync}"


def link(
    bench: Bench, sightings: Mapping[str, Sighting], *, setup_at: datetime, pass_number: int, run: str
) -> Sequence[Link]:
    """Match all strangers, and keep what was found. Nothing is sent."""
    candidates, read = _candidates(bench, sightings)
    past = _past(bench, candidates)
    strangers = _strangers(bench, candidates, read, past, pass_number)
    known = standing(bench, candidates)
    rulings = {key: _ruling(one.decision) for key, one in candidates.items() if one.decision}
    residents = [*_residents(bench), *(_resident(bench, one) for one in past.ended)]
    matching = match(strangers, residents, rulings, list(bench.members), known)
    matching = replace(matching, held={**matching.held, **dict.fromkeys(past.alone, LEFT)})
    places = [group.item for group in matching.groups if not group.known] + [one.home for one in matching.new]
    taken = {one.item.id for one in bench.store.items.load(places)}
    linker = _Linker(bench, candidates, setup_at, pass_number, run, taken)
    for group in matching.groups:
        linker.join(group)
    for stranger in matching.new:
        linker.begin(stranger, rulings.get(stranger.key))
    with bench.store.transaction("linked"):
        linker.keep()
        _hold(bench.store, bench.sync.name, candidates, matching)
        twice = "yes" if MADE_TWICE in matching.held.values() else ""
        if twice != (bench.store.progress.fact(made_twice(bench.sync.name)) or ""):
            bench.store.progress.put_fact(made_twice(bench.sync.name), twice)
        whole = len(strangers) + len(past.alone) == len(candidates)
        bench.store.progress.put_fact(matching_due(bench.sync.name), "" if whole else "yes")
    return linker.links


class _Linker:
    """Turns matches into items and replicas."""

    def __init__(
        self,
        bench: Bench,
        candidates: Mapping[Key, Candidate],
        setup_at: datetime,
        pass_number: int,
        run: str,
        taken: set[str],
    ) -> None:
        self._bench = bench
        self._candidates = candidates
        self._setup_at = setup_at
        self._pass = pass_number
        self._run = run
        self._taken = taken
        self._items: list[Item] = []
        self._replicas: list[Replica] = []
        self._found_again: set[str] = set()
        """Items of which the state once knew more than it does: a marker led to them, or they may well be older than
        what it remembers; or something comes back to them that had left before anything of it was acknowledged."""
        forgot = bench.store.progress.fact(rebased(bench.sync.name))
        self._forgot = datetime.fromisoformat(forgot) if forgot else None
        self.links: list[Link] = []

    def keep(self) -> None:
        """Write everything into the state, but for what somebody else has linked meanwhile."""
        store, sync, now = self._bench.store, self._bench.sync.name, self._bench.clock.now()
        self._leave_out_what_is_linked()
        store.items.put(self._items)
        store.items.put_replicas(self._replicas)
        store.replicas.distrust(sync, self._found_again)
        for connection in self._bench.members:
            linked = [one.remote_id for one in self._replicas if one.connection == connection]
            store.candidates.drop(sync, connection, linked)
        store.journal.record(
            Change(self._run, now, "linked", one.item, one.connection, one.remote_id, note=one.why)
            for one in self.links
        )

    def _leave_out_what_is_linked(self) -> None:
        store, sync = self._bench.store, self._bench.sync.name
        bundles = store.items.load({one.item for one in self._replicas})
        places = {(one.item, one.connection) for bundle in bundles for one in bundle.replicas}
        objects: set[Key] = set()
        for connection in self._bench.members:
            mine = [one.remote_id for one in self._replicas if one.connection == connection]
            objects.update((connection, identity) for identity in store.replicas.known(sync, connection, mine))
        left = [
            one
            for one in self._replicas
            if (one.item, one.connection) not in places and (one.connection, one.remote_id) not in objects
        ]
        if len(left) < len(self._replicas):
            kept = {(one.item, one.connection) for one in left}
            items = {item for item, _ in kept}
            self._replicas = left
            self.links = [one for one in self.links if (one.item, one.connection) in kept]
            self._items = [one for one in self._items if one.id in items]
            self._found_again &= items

    def join(self, group: Group) -> None:
        item = group.item
        if group.known:
            self._revive(item)
        else:
            item = self._item(item, group.strangers[0], wanted=any(self._recent(one) for one in group.strangers))
        if self._older(group) or (group.why == "marker" and self._forgotten(group)):
            self._found_again.add(item)
        for stranger in group.strangers:
            self._attach(item, stranger, "returned" if stranger.returned else group.why)

    def _revive(self, item: str) -> None:
        known = self._bench.store.items.alone([item]).get(item)
        if known is not None and known.state is ItemState.DEAD:
            self._items.append(alive(known))

    def _older(self, group: Group) -> bool:
        """Whether they may have been joined before, by a state that was lost since: what is empty in one may have been
        cleared."""
        forgot = self._forgot
        return forgot is not None and any(
            not one.returned and self._candidates[one.key].native.created_at <= forgot for one in group.strangers
        )

    def _forgotten(self, group: Group) -> bool:
        """Whether only a lost memory explains that they were not known: not that they are back, or a create of theirs
        has no answer yet."""
        bundle = self._bench.store.items.get(group.item) if group.known else None
        unanswered = {one.connection for one in bundle.intents} if bundle else set()
        return any(not one.returned and one.connection not in unanswered for one in group.strangers)

    def begin(self, stranger: Stranger, ruling: Ruling | None) -> None:
        """Make an item of a stranger that is to be created elsewhere; any other stays a stranger."""
        sync = self._bench.sync
        decided = ruling is not None and ruling.verb == "new"
        wanted = decided or (self._recent(stranger) and not stranger.ours)
        if sync.create.get(stranger.connection) and wanted:
            self._attach(self._item(stranger.home, stranger, wanted=True), stranger, "new")

    def _recent(self, stranger: Stranger) -> bool:
        """Whether it is to be created elsewhere: newer than the set-up, unless older ones are wanted too."""
        return self._bench.sync.backfill or self._candidates[stranger.key].native.created_at > self._setup_at

    def _item(self, home: str, stranger: Stranger, *, wanted: bool) -> str:
        """Make an item; with a number behind its id where an ended one has that id already."""
        now = self._bench.clock.now()
        identity, number = home, 1
        while identity in self._taken or (number > 1 and self._bench.store.items.get(identity) is not None):
            number += 1
            identity = f"{home}-{number}"
        self._taken.add(identity)
        # What is ours is not the first of its item: that one is gone, and is not to be made again.
        origin = "" if stranger.ours else stranger.connection
        self._items.append(
            Item(identity, self._bench.sync.name, ItemState.LIVE, {}, {}, origin, now, now, wanted=wanted)
        )
        return identity

    def _attach(self, item: str, stranger: Stranger, why: str) -> None:
        native = self._candidates[stranger.key].native
        made = newly_linked(item, self._bench.sync.name, stranger.connection, native, self._pass, ours=stranger.ours)
        if stranger.returned:
            made = replace(made, base=base_when_it_left(self._bench, made))
            if not made.base:
                self._found_again.add(item)
        self._replicas.append(made)
        self.links.append(Link(item, stranger.connection, stranger.remote_id, native.ref.key, stranger.title, why))


@dataclass(frozen=True, slots=True)
class _Past:
    """What strangers belonged to."""

    back: Mapping[Key, str]
    """The items that they go back to."""
    alone: frozenset[Key]
    """Those that were left where they are when their item ended: they wait for it."""
    ended: Sequence[Bundle]
    """The items among them that had ended, and go on."""


def _past(bench: Bench, candidates: Mapping[Key, Candidate]) -> _Past:
    back: dict[Key, str] = {}
    left: dict[Key, str] = {}
    for member in bench.members.values():
        own = [one for key, one in candidates.items() if key[0] == member.name and one.decision is None]
        found = homes(bench, member, own)
        back.update({(member.name, identity): item for identity, item in found.back.items()})
        left.update({(member.name, identity): item for identity, item in found.left.items()})
    going_on = set(back.values())
    back.update({key: item for key, item in left.items() if item in going_on})
    ended = [one for one in bench.store.items.load(going_on) if one.item.state is ItemState.DEAD]
    return _Past(back, frozenset(left.keys() - back.keys()), ended)


def _candidates(bench: Bench, sightings: Mapping[str, Sighting]) -> tuple[dict[Key, Candidate], set[Key]]:
    """All of them, and those that were read in this pass.

    Of a tool that cannot be worked with just now, what it had is as good as ever: it may be the twin of what is new.
    """
    candidates: dict[Key, Candidate] = {}
    read: set[Key] = set()
    for member in (one for one in bench.members.values() if one.bound is not None):
        seen = sightings[member.name].strangers if member.name in sightings else set()
        for chunk in bench.store.candidates.every(bench.sync.name, member.name):
            candidates.update({(member.name, one.remote_id): one for one in chunk})
            read.update((member.name, one.remote_id) for one in chunk if one.remote_id in seen)
    return candidates, read


def _strangers(
    bench: Bench, candidates: dict[Key, Candidate], read: set[Key], past: _Past, pass_number: int
) -> list[Stranger]:
    unclear = clarify(bench, candidates, read, pass_number)
    strangers = []
    for key, candidate in candidates.items():
        if key not in unclear and key not in past.alone:
            fresh = key in read or candidate.held is not None
            stranger = _stranger(bench.sync.name, bench.members[key[0]], candidate, fresh)
            if key in past.back:
                stranger = replace(stranger, marker=past.back[key], returned=True, copied=False)
            strangers.append(stranger)
    return strangers


def _stranger(sync: str, member: Member, candidate: Candidate, fresh: bool) -> Stranger:
    native = candidate.native
    return Stranger(
        connection=member.name,
        remote_id=candidate.remote_id,
        home=home_of(sync, member.name, candidate.remote_id),
        title=_shown(member, native.fields, Field.TITLE) or "",
        type=_shown(member, native.fields, Field.TYPE),
        names=_names(native.ref.key, native.ref.url),
        refers=references([*native.links, *(_shown(member, native.fields, Field.DESCRIPTION) or "").splitlines()]),
        marker=native.marker.item if native.marker else "",
        ours=native.creator is not None and native.creator == member.account and native.marker is not None,
        copied=native.creator not in (None, member.account),
        born=native.created_at.timestamp(),
        fresh=fresh,
    )


def _residents(bench: Bench) -> Iterator[Resident]:
    """Live items that are not in every tool."""
    for bundles in bench.store.items.every(bench.sync.name, state=ItemState.LIVE):
        for bundle in bundles:
            if len(bundle.replicas) < len(bench.members):
                yield _resident(bench, bundle)


def _resident(bench: Bench, bundle: Bundle) -> Resident:
    values = bundle.item.values
    title, type_ = values.get(Field.TITLE), values.get(Field.TYPE)
    return Resident(
        item=bundle.item.id,
        title=title if isinstance(title, str) else "",
        type=type_ if isinstance(type_, str) else None,
        replicas=frozenset(one.connection for one in bundle.replicas),
        names=frozenset().union(*(_names(one.key, one.url) for one in bundle.replicas)),
    )


def _names(*names: str) -> frozenset[str]:
    return frozenset(name.rstrip("/").casefold() for name in names if name)


def _shown(member: Member, fields: Mapping[Field, Json], name: Field) -> str | None:
    lens = member.lenses.get(name)
    if lens is None or name not in fields:
        return None
    value = lens.get(fields[name], None)
    return value if isinstance(value, str) and not isinstance(value, Unmapped) else None


def _ruling(decision: str) -> Ruling:
    verb, _, item = decision.partition(":")
    return Ruling({"create": "new"}.get(verb, verb), item)


def _hold(store: Store, sync: str, candidates: Mapping[Key, Candidate], matching: Matching) -> None:
    """Say of each stranger that waits why it does, and take that back from those that no longer wait."""
    suggested: dict[Key, list[Json]] = {}
    for one in matching.suggestions:
        suggested.setdefault(one.stranger, []).append({"other": list(one.other), "score": one.score})
    changed: dict[str, dict[str, tuple[str | None, Json]]] = {}
    for key, candidate in candidates.items():
        held, suggestion = matching.held.get(key), suggested.get(key)
        if held != candidate.held or (suggestion or None) != candidate.suggestion:
            changed.setdefault(key[0], {})[key[1]] = (held, suggestion)
    for connection, holds in changed.items():
        store.candidates.hold(sync, connection, holds)
