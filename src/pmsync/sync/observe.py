"""Reading the tools: what changed goes into the state page by page, so that memory does not grow with what is read."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from pmsync.connector.api import Page
from pmsync.connector.crew import gather
from pmsync.errors import PmsyncError
from pmsync.model.native import Native
from pmsync.store.records import Known, Reading, ReplicaState, Seen
from pmsync.sync.claims import remembered
from pmsync.sync.members import Bench, Member
from pmsync.sync.progress import Progress
from pmsync.sync.report import Report

_FETCH = 200
"""How many ids are looked up by one reading by id; the connector divides them as its tool wants."""
_TIMES = 3
"""How often what others change meanwhile is read again."""


@dataclass(slots=True)
class Sighting:
    """What one member's reading brought. `whole` if everything in scope was listed."""

    news: int = 0
    """Strangers that are new, or changed."""
    whole: bool = False
    present: int = 0
    strangers: set[str] = field(default_factory=set)
    done: Reading | None = None
    """Up to where it came, if it came to its end."""


def matching_due(sync: str) -> str:
    """The fact that says that strangers came who were not matched yet."""
    return f"link {sync}"


def digest(native: Native) -> str:
    """A short form that is equal exactly where two natives show the same."""
    shown = {str(name): value for name, value in native.fields.items()}
    text = json.dumps([shown, native.archived, native.admitted, native.ref.key], sort_keys=True, ensure_ascii=False)
    return hashlib.blake2b(text.encode(errors="surrogatepass"), digest_size=16).hexdigest()


def observe(bench: Bench, pass_number: int, *, deep: bool, report: Report, progress: Progress) -> dict[str, Sighting]:
    """Read all members at once. A member that fails is taken down, and its cursor stays where it was."""
    members = bench.usable
    progress.stage("reading", None)
    last = bench.store.progress.readings(bench.sync.name)
    begun = [last.get(one.name, Reading(bench.sync.name, one.name)) for one in members]
    readings = [
        partial(_read, bench, one, reading, pass_number, deep, progress)
        for one, reading in zip(members, begun, strict=True)
    ]
    sightings = {}
    for member, future in zip(members, gather(readings, len(members), "read"), strict=True):
        try:
            sightings[member.name] = future.result()
        except PmsyncError as error:
            member.down = error
            report.lose(member.name, error)
    done = [one.done for one in sightings.values() if one.done is not None]
    if done:
        bench.store.progress.put_reading(*done)
    return sightings


def _read(bench: Bench, member: Member, reading: Reading, pass_number: int, deep: bool, progress: Progress) -> Sighting:
    sync = bench.sync.name
    sighting = Sighting()
    suspects: list[str] = []
    began = bench.clock.now()
    for page in member.connector.changes(reading.cursor, deep=deep):
        suspects += take(bench, member, page.items, pass_number, sighting)
        suspects += page.suspects
        progress.advance(len(page.items))
        if page.last:
            sighting.whole = page.whole
            observe_ids(bench, member, suspects, pass_number, sighting)
            _end(bench, member, page, pass_number, sighting)
            complete = page.whole and (deep or reading.cursor is None)
            sighting.done = Reading(sync, member.name, page.cursor, began, began if complete else reading.deep_at)
    return sighting


def _end(bench: Bench, member: Member, page: Page, pass_number: int, sighting: Sighting) -> None:
    """After a whole listing: look for what we know and did not see."""
    if not page.whole:
        return
    store, sync = bench.store, bench.sync.name
    for replicas in store.replicas.unseen(sync, member.name, pass_number):
        observe_ids(bench, member, [one.remote_id for one in replicas], pass_number, sighting)
    for candidates in store.candidates.every(sync, member.name, unseen_since=pass_number):
        store.candidates.drop(sync, member.name, [one.remote_id for one in candidates])


def take(
    bench: Bench,
    member: Member,
    natives: Iterable[Native],
    pass_number: int,
    sighting: Sighting,
    *,
    since: Mapping[str, Known] | None = None,
) -> Sequence[str]:
    """Keep what a page brought: changed replicas as dirty, strangers as candidates. `since`: what was known when they
    were asked for by id; None for a listing.

    Answers the replicas that are left as they are, to be read by id: those that a listing shows as they may have been
    before we last saw them, which may be long ago, for an index is late; and those that somebody else saw otherwise
    while the answer was on its way.
    """
    found = {native.ref.id: native for native in natives}
    if not found:
        return ()
    bench.know(member, found.values())
    store, sync = bench.store, bench.sync.name
    with store.transaction("observed"):
        known = store.replicas.known(sync, member.name, found)
        changed, same, strangers, leaving, late = [], [], [], [], []
        for remote_id, native in found.items():
            if remote_id in known:
                now = digest(native)
                if now == known[remote_id].digest and native.updated_at > known[remote_id].remote_updated_at:
                    # Nothing of it moved but what hangs on it, perhaps.
                    changed.append(Seen(native, now, dirty=known[remote_id].state is not ReplicaState.LINKED))
                elif now == known[remote_id].digest:
                    same.append(remote_id)
                elif _perhaps_older(native, known[remote_id], pass_number, since):
                    late.append(remote_id)
                else:
                    changed.append(Seen(native, now, dirty=True))
            elif native.archived or not native.admitted:
                leaving.append(remote_id)
            else:
                strangers.append(native)
        store.replicas.observe(sync, member.name, changed, pass_number)
        store.replicas.mark_seen(sync, member.name, same, pass_number)
        there = [known[one] for one in (*same, *(seen.native.ref.id for seen in changed))]
        _come_back(bench, member, [one.item for one in there if one.state is ReplicaState.GONE])
        sighting.present += len(there)
        store.candidates.drop(sync, member.name, leaving)
        _meet(bench, member, strangers, pass_number, sighting)
    return late


def _come_back(bench: Bench, member: Member, items: Sequence[str]) -> None:
    """What was given up before anything of it was acknowledged, as a restored state does not rely on what it was, is
    compared with its twins: what is empty there may have been cleared."""
    found = [(bundle.item.id, bundle.replica(member.name)) for bundle in bench.store.items.load(items)]
    unknown = [item for item, replica in found if replica is not None and not replica.base]
    if unknown:
        bench.store.replicas.distrust(bench.sync.name, unknown)


def _perhaps_older(native: Native, known: Known, pass_number: int, since: Mapping[str, Known] | None) -> bool:
    if since is not None:
        before = since.get(native.ref.id)
        return before is None or before.digest != known.digest
    if native.updated_at == known.remote_updated_at:
        # Seen in this pass already, by somebody else, or on an earlier page.
        return known.seen_pass >= pass_number
    return native.updated_at < known.remote_updated_at


def _meet(bench: Bench, member: Member, strangers: Sequence[Native], pass_number: int, sighting: Sighting) -> None:
    store, sync = bench.store, bench.sync.name
    met = store.candidates.get(sync, member.name, [native.ref.id for native in strangers])
    strangers = [remembered(one, met[one.ref.id].native if one.ref.id in met else None, member) for one in strangers]
    news = [one for one in strangers if one.ref.id not in met or met[one.ref.id].native != one]
    store.candidates.observe(sync, member.name, strangers, pass_number)
    if news:
        # In the transaction that keeps them: a crash before they are matched must not make them old.
        store.progress.put_fact(matching_due(sync), "yes")
    sighting.news += len(news)
    sighting.strangers.update(one.ref.id for one in news)
    sighting.present += len(strangers)


def observe_ids(bench: Bench, member: Member, ids: Sequence[str], pass_number: int, sighting: Sighting) -> None:
    """Read items by id: those that a listing lacked, or that were asked for.

    What is not found is missing, which proves nothing yet. What somebody else saw otherwise meanwhile is read again:
    which of both is newer is not to be known.
    """
    for start in range(0, len(ids), _FETCH):
        some = list(dict.fromkeys(ids[start : start + _FETCH]))
        for _ in range(_TIMES):
            some = list(_read_by_id(bench, member, some, pass_number, sighting))
            if not some:
                break


def _read_by_id(bench: Bench, member: Member, ids: Sequence[str], number: int, sighting: Sighting) -> Sequence[str]:
    """Read these, and keep what was found, but of those that changed in the state meanwhile. Answers the latter."""
    store, sync = bench.store, bench.sync.name
    before = store.replicas.known(sync, member.name, ids)
    fetched = member.connector.fetch(ids)
    moved = take(bench, member, fetched.found.values(), number, sighting, since=before)
    gone = [key for key in fetched.missing if key not in before]
    if gone:
        store.candidates.drop(sync, member.name, gone)
    lost = [key for key in fetched.missing if key in before]
    if not lost:
        return moved
    with store.transaction("missing"):
        known = store.replicas.known(sync, member.name, lost)
        same = [key for key in known if known[key].digest == before[key].digest]
        store.replicas.mark_missing(sync, member.name, same, bench.clock.now(), number)
    return [*moved, *sorted(known.keys() - set(same))]
