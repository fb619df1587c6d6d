"""Who made what carries one of pmsync's markers: asked of the tool where its listing does not tell, and only if it
matters. A person who copies an item copies its marker; the copy is an item of its own."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import replace
from datetime import UTC, datetime

from pmsync.connector.crew import gather
from pmsync.errors import PmsyncError
from pmsync.model.native import Native
from pmsync.reconcile.match import Key
from pmsync.store.records import Bundle, Candidate, ItemState
from pmsync.sync.members import Bench, Member


def remembered(native: Native, met: Native | None, member: Member) -> Native:
    """An object as a listing tells it, with what it does not tell and was once asked for."""
    capabilities = member.connector.capabilities
    if met is None or (capabilities.lists_markers and capabilities.lists_creators):
        return native
    return replace(
        native,
        marker=native.marker if capabilities.lists_markers else native.marker or met.marker,
        creator=native.creator or met.creator,
    )


def clarify(bench: Bench, candidates: dict[Key, Candidate], fresh: Set[Key], pass_number: int) -> frozenset[Key]:
    """Find out what is not known of who made these and for which item. Gives those of which it could not be found."""
    for member in bench.usable:
        own = {key: one for key, one in candidates.items() if key[0] == member.name}
        if not member.connector.capabilities.lists_markers:
            _ask(
                bench,
                member,
                candidates,
                [key for key in own if key in fresh and _unread(member, own[key])],
                pass_number,
            )
    markers = {one.native.marker.item for one in candidates.values() if one.native.marker}
    known = {one.item.id: one for one in bench.store.items.load(markers)}
    lost = {key for key, one in candidates.items() if not bench.members[key[0]].usable and _nameless(one)}
    for member in bench.usable:
        if not member.connector.capabilities.lists_creators:
            doubtful = [key for key in _doubtful(candidates, known, member) if candidates[key].native.creator is None]
            lost |= _ask(bench, member, candidates, doubtful, pass_number)
    return frozenset(lost)


def standing(bench: Bench, candidates: Mapping[Key, Candidate]) -> dict[str, frozenset[str] | None]:
    """The items that the markers name: where each is, None for one that has ended."""
    markers = {one.native.marker.item for one in candidates.values() if one.native.marker}
    return {
        one.item.id: frozenset(replica.connection for replica in one.replicas) if _alive(one) else None
        for one in bench.store.items.load(markers)
    }


def _alive(bundle: Bundle) -> bool:
    return bundle.item.state in (ItemState.LIVE, ItemState.DYING)


def _unread(member: Member, candidate: Candidate) -> bool:
    """Whether it may have a marker that the listing did not tell."""
    return candidate.native.marker is None and candidate.native.creator in (member.account, None)


def _nameless(candidate: Candidate) -> bool:
    return candidate.native.marker is not None and candidate.native.creator is None


def _doubtful(candidates: Mapping[Key, Candidate], known: Mapping[str, Bundle], member: Member) -> Sequence[Key]:
    """What may be a copy, or the last of an item that is gone."""
    marked = {key: one.native.marker.item for key, one in candidates.items() if one.native.marker}
    here = Counter(item for key, item in marked.items() if key[0] == member.name)
    everywhere = Counter(item for item in marked.values())

    def in_doubt(item: str) -> bool:
        bundle = known.get(item)
        if bundle is None:
            return here[item] > 1 or everywhere[item] == here[item]
        return here[item] > 1 or not _alive(bundle) or member.name in {one.connection for one in bundle.replicas}

    return [key for key, item in marked.items() if key[0] == member.name and in_doubt(item)]


def _ask(
    bench: Bench, member: Member, candidates: dict[Key, Candidate], keys: Sequence[Key], pass_number: int
) -> set[Key]:
    """Look at each by itself, and remember what is seen. Gives those that could not be looked at."""
    now = bench.clock.now().astimezone(UTC)
    tasks = [_look(member, candidates[key].native, now) for key in keys]
    done = gather(tasks, member.connector.capabilities.concurrency, f"ask-{member.name}")
    seen: list[Native] = []
    lost: set[Key] = set()
    for key, future in zip(keys, done, strict=True):
        try:
            native = future.result()
        except PmsyncError:
            lost.add(key)
            continue
        if native is not None:
            candidates[key] = replace(candidates[key], native=native)
            seen.append(native)
    bench.store.candidates.observe(bench.sync.name, member.name, seen, pass_number)
    return lost


def _look(member: Member, native: Native, now: datetime) -> Callable[[], Native | None]:
    return lambda: member.connector.inspect(native.ref, now).native
