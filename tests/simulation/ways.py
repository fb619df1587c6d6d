"""The ways in which pmsync is broken on purpose: which of its parts, and what stands there instead."""

from collections.abc import Sequence
from dataclasses import replace
from importlib import import_module
from typing import Any

from tests.simulation.chance import SETS

from pmsync.config.settings import OnDelete
from pmsync.connector.api import Inspection
from pmsync.errors import UnknownOutcomeError
from pmsync.mapping.lens import Shown
from pmsync.mapping.status import StatusLens
from pmsync.model.fields import Field
from pmsync.model.native import Marker
from pmsync.reconcile.plan import Change
from pmsync.reconcile.voice import Voice
from pmsync.store.items import Items
from pmsync.store.journal import Journal as Intents
from pmsync.store.records import ReplicaState
from pmsync.store.replicas import Replicas
from pmsync.sync.fence import Fencing
from pmsync.testing.memory import MemoryConnector
from pmsync.testing.memory_parts import MemoryParts


def _module(name: str) -> Any:
    """A part of the engine, to reach what it keeps to itself."""
    return import_module(f"pmsync.{name}")


fields, items = _module("reconcile.field"), _module("reconcile.item")
adopt, creating, decide, depart, desk = (
    _module(f"sync.{name}") for name in ("adopt", "creating", "decide", "depart", "desk")
)
journal, link, lives, observe, recover, run, updating = (
    _module(f"sync.{name}") for name in ("journal", "link", "lives", "observe", "recover", "run", "updating")
)
memory = _module("testing.memory")
parts_rules, seeing, wording = (
    _module(name) for name in ("reconcile.parts", "sync.parts.seeing", "sync.parts.wording")
)


Patch = tuple[Any, str, Any]


def no_marker() -> Sequence[Patch]:
    return [(creating, "marker_of", lambda intent: Marker(""))]


def marker_trusted() -> Sequence[Patch]:
    real = link._stranger

    def trusting(*args: Any) -> Any:
        found = real(*args)
        return replace(found, ours=bool(found.marker), copied=False)

    return [(link, "_stranger", trusting)]


def delta_against_the_item() -> Sequence[Patch]:
    real = fields._merge_sets

    def merged(case: Any) -> Any:
        if case.setting is None:
            return real(case)
        value = case.setting.value
        heard = tuple(_Told(voice, value) for voice in case.speaking)
        return real(replace(case, speaking=heard))

    return [(fields, "_merge_sets", merged)]


class _Told:
    """A voice whose base is the item's value."""

    def __init__(self, voice: Voice, value: Any) -> None:
        self._voice = voice
        self._value = value

    def __getattr__(self, name: str) -> Any:
        return getattr(self._voice, name)

    def showed(self) -> Any:
        return self._value


def labels_last_writer_wins() -> Sequence[Patch]:
    return [(fields, "_merge_sets", fields._contend)]


def no_seen_revision() -> Sequence[Patch]:
    real = fields.listen
    return [(fields, "listen", lambda *args, **options: replace(real(*args, **options), behind=False))]


def eager_seen_revision() -> Sequence[Patch]:
    return [(fields, "_seen", lambda voice, puts, revision: revision)]


def revision_only_with_the_value() -> Sequence[Patch]:
    real = fields._conclude

    def concluded(case: Any, verdict: Any) -> Any:
        outcome = real(case, verdict)
        if outcome.decided is None or case.setting is None or verdict.value != case.setting.value:
            return outcome
        decided = replace(outcome.decided, revision=case.setting.revision)
        return replace(outcome, decided=replace(decided, seen=dict.fromkeys(decided.seen, decided.revision)))

    return [(fields, "_conclude", concluded)]


def silent_conflict() -> Sequence[Patch]:
    return [(fields, "_conflict", lambda case, puts, verdict: None)]


def conflicts_of_values_only() -> Sequence[Patch]:
    return [(Voice, "overwritten_by", lambda self, shown: False)]


def conflicts_not_in_the_audit_log() -> Sequence[Patch]:
    real = journal.Journal.conflicts

    def quiet(self: Any, *args: Any, **options: Any) -> Any:
        kept, self._audit = self._audit, _Deaf()
        try:
            return real(self, *args, **options)
        finally:
            self._audit = kept

    return [(journal.Journal, "conflicts", quiet)]


class _Deaf:
    def append(self, *args: Any, **values: Any) -> None: ...

    def extend(self, entries: Any) -> None: ...

    def sync(self) -> None: ...


def no_reading_again() -> Sequence[Patch]:
    return [(updating._Updater, "_moved", lambda self, write, replica, native: False)]


def no_look_afterwards() -> Sequence[Patch]:
    real = MemoryConnector.inspect
    return [(MemoryConnector, "inspect", lambda self, ref, since: Inspection(real(self, ref, since).native, ()))]


def neither_reading_again_nor_a_look_afterwards() -> Sequence[Patch]:
    return [*no_reading_again(), *no_look_afterwards()]


def markers_unread() -> Sequence[Patch]:
    """What is found out later, from the listing, is not: two defences against one mistake hide each other."""
    real = link._stranger
    return [(link, "_stranger", lambda *args: replace(real(*args), marker="", ours=False))]


def lost_answer_taken_for_a_failure() -> Sequence[Patch]:
    real = creating._Creator._failed

    def failed(self: Any, intent: Any, error: Any) -> None:
        real(self, intent, None if isinstance(error, UnknownOutcomeError) else error)

    return [(creating._Creator, "_failed", failed), *markers_unread()]


def no_intent_for_creates() -> Sequence[Patch]:
    return [(creating._Creator, "_failed", lambda self, intent, error: _drop(self, intent)), *markers_unread()]


def _drop(creator: Any, intent: Any) -> None:
    creator._bench.store.journal.settle([intent.id])
    creator._desk.outcomes.stale(intent.item)


def search_lag_ignored() -> Sequence[Patch]:
    return [(recover, "_old_enough", lambda intent, now, lag: True), *no_healing()]


def intents_dropped_at_a_failure() -> Sequence[Patch]:
    return [(Intents, "doubt", lambda self, ids: self.settle(ids))]


def lost_update_taken_as_arrived() -> Sequence[Patch]:
    return [(recover, "arrived", lambda *args: True)]


def lost_update_taken_as_not_arrived() -> Sequence[Patch]:
    return [(recover, "arrived", lambda *args: False)]


def delete_in_one_pass() -> Sequence[Patch]:
    real = run.look_again
    return [(run, "look_again", lambda bench, number, report: real(bench, number + 1, report))]


def delete_on_absence() -> Sequence[Patch]:
    real = Replicas.mark_missing

    def gone(self: Any, sync: str, connection: str, remote_ids: Any, *args: Any, **options: Any) -> None:
        real(self, sync, connection, remote_ids, *args, **options)
        store = Items(self._database)
        lost = set(remote_ids)
        found = [one for one in self.missing(sync) if one.connection == connection and one.remote_id in lost]
        store.put_replicas([replace(one, state=ReplicaState.GONE, dirty=True) for one in found])

    return [(Replicas, "mark_missing", gone)]


def absence_from_a_listing_is_deletion() -> Sequence[Patch]:
    return [*delete_on_absence(), (observe, "observe_ids", _missing_unasked)]


def _missing_unasked(bench: Any, member: Any, ids: Any, number: int, sighting: Any) -> None:
    store, sync = bench.store, bench.sync.name
    known = store.replicas.known(sync, member.name, ids)
    if known:
        store.replicas.mark_missing(sync, member.name, list(known), bench.clock.now(), number)


def deletion_beats_an_edit() -> Sequence[Patch]:
    return [(depart, "_action", lambda bench, *args: bench.sync.on_delete)]


def leaving_the_filter_ends_the_item() -> Sequence[Patch]:
    real = depart._of

    def found(bench: Any, bundle: Any) -> Any:
        for one in real(bench, bundle):
            yield replace(one, action=OnDelete.ARCHIVE) if one.why == "left the filter" else one

    return [(depart, "_of", found)]


def unmapped_is_overwritten() -> Sequence[Patch]:
    real = StatusLens.put

    def put(self: Any, value: Any, native: Any) -> Any:
        shown = real(self, value, native)
        return shown if isinstance(shown, Shown) else real(self, value, None)

    return [(StatusLens, "put", put), (Voice, "mapped", property(lambda self: True))]


def needless_write() -> Sequence[Patch]:
    real = fields._change

    def change(voice: Any, puts: Any, decided: Any) -> Any:
        made, note = real(voice, puts, decided)
        shown = puts[voice.connection]
        if made is None and voice.mapped and not voice.opaque and isinstance(shown, Shown):
            made = Change(voice.raw, shown.native, decided.revision, decided.source)
        return made, note

    return [(fields, "_change", change)]


def sets_written_whole() -> Sequence[Patch]:
    return [(memory, "_by_delta", lambda name, capabilities: False)]


def adopted_bases_trusted() -> Sequence[Patch]:
    real = link.newly_linked

    def trusted(*args: Any, **options: Any) -> Any:
        made = real(*args, **options)
        return replace(made, base=dict(made.native))

    return [(link, "newly_linked", trusted)]


def recovered_creates_trusted() -> Sequence[Patch]:
    real = adopt._shown

    def shown(member: Any, item: Any, intent: Any, native: Any) -> Any:
        _, seen = real(member, item, intent, native)
        return {name: value for name, value in native.fields.items() if name in member.lenses}, seen

    return [(adopt, "_shown", shown)]


def bases_not_kept_after_a_write() -> Sequence[Patch]:
    real = updating.settle_write
    return [(updating, "settle_write", lambda *args, **options: replace(real(*args, **options), bases={}))]


def read_only_what_is_new() -> Sequence[Patch]:
    real = memory._since
    return [(memory, "_since", lambda cursor, opening: real(cursor, replace(opening, overlap=0.0)))]


def cursor_moves_though_the_reading_failed() -> Sequence[Patch]:
    real = observe._read

    def read(bench: Any, member: Any, *args: Any) -> Any:
        reading = bench.store.progress.reading(bench.sync.name, member.name)
        now = bench.clock.now()
        if reading.cursor is not None:
            kept = replace(reading, cursor=now.isoformat(), read_at=now)
            bench.store.progress.put_reading(kept)
        return real(bench, member, *args)

    return [(observe, "_read", read)]


def clean_though_a_write_failed() -> Sequence[Patch]:
    return [(desk.Outcomes, "finished", lambda self: list(self._open))]


def holds_ignored() -> Sequence[Patch]:
    return [(fields, "_held", lambda case, message: replace(fields._conclude(case, case.unmoved()), hold=True))]


def no_fence() -> Sequence[Patch]:
    return [(Fencing, "recall", lambda self, **options: None), (Fencing, "look", lambda self, **options: False)]


def partial_evidence_is_enough() -> Sequence[Patch]:
    """Of an item, and of a field of it: either alone hides that the other lacks."""
    real = decide.decide

    def decided(state: Any, policies: Any, now: Any) -> Any:
        return real(replace(state, complete=True), policies, now)

    return [(decide, "decide", decided), (decide, "_untrusted", lambda bundle: False)]


def no_healing() -> Sequence[Patch]:
    return [(lives, "heal", lambda *args: None)]


def strangers_forgotten_after_a_crash() -> Sequence[Patch]:
    real = observe._meet

    def meet(bench: Any, *args: Any) -> None:
        due = bench.store.progress.fact(observe.matching_due(bench.sync.name))
        real(bench, *args)
        if due != "yes" and bench.store.progress.sync(bench.sync.name).pass_number % 2:
            bench.store.progress.put_fact(observe.matching_due(bench.sync.name), "")

    return [(observe, "_meet", meet)]


def the_pending_value_does_not_count() -> Sequence[Patch]:
    real = fields._contenders
    return [(fields, "_contenders", lambda case: [one for one in real(case) if not one.pending] or real(case))]


def left_replicas_are_made_again() -> Sequence[Patch]:
    real = decide._plan
    return [(decide, "_plan", lambda bench, bundle, *rest: real(bench, bundle, *rest[:-1], set()))]


def the_owner_always_wins() -> Sequence[Patch]:
    real = items.settle_field

    def settled(name: Field, item: Any, policy: Any, now: Any) -> Any:
        if name in SETS or not item.replicas or name not in item.replicas[0].native:
            return real(name, item, policy, now)
        first = item.replicas[0]
        others = [replace(one, base={**one.base, name: one.native[name]}) if name in one.native else one
                  for one in item.replicas[1:]]  # fmt: skip
        return real(name, replace(item, replicas=(first, *others)), policy, now)

    return [(items, "settle_field", settled)]


def unanswered_bodies_forgotten() -> Sequence[Patch]:
    """The body is taken to be what the item is by now; and no history is asked, which would tell that nobody edited."""

    def adopted(bench: Any, member: Any, journal: Any, intent: Any, native: Any) -> None:
        bundle = bench.store.items.get(intent.item)
        base, seen = adopt._shown(member, bundle.item, replace(intent, body={}), native)
        journal.keep(member, [adopt.replica_of(intent, native, base, seen)], [intent])

    return [(recover, "adopt", adopted), (creating, "adopt", adopted)]


def departures_forgotten_first() -> Sequence[Patch]:
    ending = import_module(run.depart.__module__)
    real = ending._end

    def end(bench: Any, departure: Any, number: str, report: Any) -> None:
        ending._unlink(bench, departure, number, report)
        real(bench, departure, number, report)

    return [(ending, "_end", end)]


def marks_unread() -> Sequence[Patch]:
    return [(wording.Wording, "mark", lambda self, member, part: None)]


def insiders_overheard() -> Sequence[Patch]:
    real = seeing._List.keep

    def keep(self: Any, parts: Any, number: Any) -> None:
        real(self, [replace(one, hidden=False) for one in parts], number)

    return [(seeing._List, "keep", keep)]


def half_a_list_is_whole() -> Sequence[Patch]:
    """Every few seconds a list breaks off; and one look is enough: two passes hardly read the same half."""
    real, lacks = MemoryParts.read, seeing._List._lacks

    def read(self: Any, ids: Any) -> Any:
        found = real(self, ids)
        cut = int(self._tool.clock.monotonic()) % 60 < 30
        return {one: parts[: len(parts) // 2] if cut else parts for one, parts in found.items()}

    def gone(self: Any, kept: Any, number: Any) -> None:
        lacks(self, replace(kept, missing_pass=-1), number)

    return [(MemoryParts, "read", read), (seeing._List, "_lacks", gone)]


def mirrors_never_edited() -> Sequence[Patch]:
    real = parts_rules._follow
    return [(parts_rules, "_follow", lambda part, place, mirror: real(replace(part, rev=mirror.rev), place, mirror))]
