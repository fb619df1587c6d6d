"""Reading what hangs on items: lists whose item changed go into the state, and tell what became of writes without an
answer.

A list is read whole or not at all, and while nobody else is at work on its item: so what it lacks is not there, once.
What somebody made is gone when it lacked in the lists of two passes.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial

from pmsync.connector.crew import results
from pmsync.errors import PmsyncError, RejectedError, StateError
from pmsync.model.fields import Json
from pmsync.model.part import Part, PartKind, part_id
from pmsync.reconcile.part_state import STANDING, Kept, Mirror, MirrorState, PartDeed, PartState
from pmsync.store.parts import Hanging, PartIntent, PartList, Unread
from pmsync.store.records import Bundle, Change
from pmsync.store.shape import slices
from pmsync.sync.members import Bench, Member
from pmsync.sync.parts import rows, twins
from pmsync.sync.parts.along import along
from pmsync.sync.parts.attaching import own_link, unanswered_copies
from pmsync.sync.parts.places import kinds_of, partaking
from pmsync.sync.parts.surplus import Second, seconds
from pmsync.sync.parts.wording import Wording, parts_of
from pmsync.sync.report import Report

_TOGETHER = 100
"""How many lists are read at a time, while their items are kept to oneself."""
_TAKING = (PartDeed.REMOVE, PartDeed.UNMAKE)


class Seeing:
    """One run's reading of lists."""

    def __init__(self, bench: Bench, wording: Wording, report: Report, number: int, *, proves: bool) -> None:
        """`proves`: whether what lacks for the second time is gone."""
        self._bench = bench
        self._wording = wording
        self._report = report
        self._number = number
        self._proves = proves
        self._deaf: set[str] = set()
        """Members whose lists could not be read in this run."""
        self._twice: dict[tuple[str, str], list[Second]] = {}

    @property
    def twice(self) -> list[Second]:
        """The mirrors that the lists, as they were read last, have for the second time."""
        return [one for found in self._twice.values() for one in found]

    def read_due(self, *, every: bool = False) -> None:
        """Read the lists that are due, or all. Those that came along with their items need not be asked for."""
        store, sync = self._bench.store, self._bench.sync.name
        names = [member.name for member in partaking(self._bench)]
        self.read(store.parts.due(sync, names, every=every), came_along=not every)

    def read(self, lists: Sequence[Unread], *, came_along: bool = False) -> None:
        """Read these lists. Those of items that somebody else is at work on are left to them, and to the next pass."""
        by_item: dict[str, list[Unread]] = {}
        for one in lists:
            by_item.setdefault(one.item, []).append(one)
        for items in slices(by_item, _TOGETHER):
            with self._bench.working_on(items) as free:
                mine = [one for item in items if item in free for one in by_item[item]]
                members = partaking(self._bench)
                tasks = [partial(self._read, one, [each for each in mine if each.connection == one.name],
                                 came_along=came_along)
                         for one in members]  # fmt: skip
                results(tasks, len(tasks), "read-parts")

    def _read(self, member: Member, lists: Sequence[Unread], *, came_along: bool = False) -> None:
        if not lists or member.name in self._deaf:
            return
        try:
            found = dict(along(self._bench, member, lists)) if came_along else {}
            asked = [one.remote_id for one in lists if one.remote_id not in found]
            if asked:
                found |= parts_of(member).read(asked)
        except RejectedError as error:
            self._apart(member, lists, error)
            return
        except StateError:
            raise
        except PmsyncError as error:
            self._deaf.add(member.name)
            self._report.fail(error, connection=member.name)
            return
        self._keep(member, [(one, found[one.remote_id]) for one in lists if one.remote_id in found])

    def _apart(self, member: Member, lists: Sequence[Unread], error: PmsyncError) -> None:
        """One of them cannot be read: the others go on."""
        if len(lists) > 1:
            for one in lists:
                self._read(member, [one])
        else:
            self._report.fail(error, connection=member.name, item=lists[0].item)

    def _keep(self, member: Member, read: Sequence[tuple[Unread, Sequence[Part]]]) -> None:
        store = self._bench.store
        with store.transaction("parts observed"):
            store.parts.forget_others([one for one, _ in read])
            known = store.parts.load({one.item for one, _ in read})
            bundles = {one.item.id: one for one in store.items.load([each.item for each, _ in read])}
            links = store.twin_links.load({one.item for one, _ in read}) if parts_of(member).lists_twins else {}
            for unread, parts in read:
                kinds = kinds_of(self._bench, member)
                twins.told(self._bench, member, unread, parts, links.get(unread.item, ()))
                wanted = [part for part in parts if part.kind in kinds and not part.twin]
                listed = _List(self._bench, self._wording, self._report, member, unread, known[unread.item],
                               bundles[unread.item])  # fmt: skip
                listed.keep(wanted, self._number if self._proves else None)
                self._twice[unread.item, member.name] = listed.twice


class _List:
    """One list, and what is known of the item that it belongs to."""

    def __init__(
        self,
        bench: Bench,
        wording: Wording,
        report: Report,
        member: Member,
        unread: Unread,
        known: Hanging,
        bundle: Bundle,
    ) -> None:
        self._bench = bench
        self._store = bench.store
        self._wording = wording
        self._report = report
        self._member = member
        self._unread = unread
        self._known = known
        self._begun = bundle.item.created_at
        self._twins = frozenset(one.url for one in bundle.replicas if one.url)
        self._now = bench.clock.now()
        self._first = known.read(member.name) is None
        self._changed: list[Kept] = []
        self._mirrors: list[Mirror] = []
        self._rows: list[Change] = []
        self._settled: list[PartIntent] = []
        self.twice: list[Second] = []
        before = known.read(member.name)
        self._news = before is None or before.due

    def keep(self, parts: Sequence[Part], number: int | None) -> None:
        """Take all of it down. `number`: of the pass that reads it; None for one that proves nothing."""
        ours = unanswered_copies(self._member, self._known, parts) | {
            (one.kind, one.native_id): one.part
            for one in self._known.mirrors
            if one.connection == self._member.name and one.state is not MirrorState.PAIRED and one.native_id is not None
        }
        marks = [self._wording.mark(self._member, part) or ours.get((part.kind, part.id)) for part in parts]
        people = [part for part, mark in zip(parts, marks, strict=True) if mark is None]
        self._originals([one for one in people if not own_link(one.value, self._twins)], number)
        self._settle([(part, mark) for part, mark in zip(parts, marks, strict=True) if mark is not None])
        waits = any(one.state is PartState.MISSING for one in self._after())
        row = PartList(
            self._unread.item, self._member.name, self._bench.sync.name, self._unread.remote_id,
            self._unread.updated_at, self._now, due=waits or self._unsettled() or bool(self.twice),
            open=self._open() or self._news,
        )  # fmt: skip
        parts_store = self._store.parts
        parts_store.put(self._changed)
        parts_store.put_mirrors(self._mirrors)
        parts_store.put_lists([row])
        self._store.journal.record(self._rows)

    def _open(self) -> bool:
        before = self._known.read(self._member.name)
        return before is not None and before.open

    def _unsettled(self) -> bool:
        settled = {one.part for one in self._settled}
        return any(one.connection == self._member.name and one.part not in settled for one in self._known.intents)

    # --- what people made -----------------------------------------------------------------------------------------

    def _originals(self, parts: Iterable[Part], number: int | None) -> None:
        mine = {one.id: one for one in self._known.parts if one.connection == self._member.name}
        seen = set()
        for part in parts:
            identity = part_id(self._bench.sync.name, self._member.name, part.kind, part.id)
            seen.add(identity)
            kept = mine.get(identity)
            after = self._meet(identity, part) if kept is None else self._again(kept, part)
            if after != kept:
                self._changed.append(after)
                self._news = True
        for identity, kept in mine.items():
            if identity not in seen and kept.state is not PartState.GONE:
                self._lacks(kept, number)

    def _meet(self, identity: str, part: Part) -> Kept:
        """A part that is new. Of one that is not for everybody nothing is kept but that it is there: a mirror of it, of
        which this state knows nothing any more, is taken away."""
        old = self._first and not self._unread.created_by_us and part.created_at <= self._begun
        kept = Kept(
            identity, self._unread.item, self._bench.sync.name, self._member.name, part.kind, part.id, None, "", None,
            "", part.url or self._unread.url, part.created_at, self._now, hidden=True, old=old,
        )  # fmt: skip
        if part.hidden:
            return kept
        digest = self._wording.digest(self._member, part.kind, part.value)
        return replace(kept, value=dict(part.value), digest=digest, author=part.author, author_name=part.author_name,
                       hidden=False)  # fmt: skip

    def _again(self, kept: Kept, part: Part) -> Kept:
        there = replace(kept, state=PartState.LIVE, missing_pass=None, url=part.url or kept.url)
        if part.hidden:
            return replace(there, hidden=True, value=None)
        there = replace(there, author=part.author, author_name=part.author_name)
        digest = self._wording.digest(self._member, part.kind, part.value)
        # What is not understood is another text whenever its document is.
        same = digest == kept.digest and (digest != "" or kept.value == part.value)
        if kept.hidden or not same or kept.state is PartState.GONE:
            self._tell(rows.CHANGED, kept, kept.value, part.value)
            return replace(there, hidden=False, value=dict(part.value), digest=digest, rev=kept.rev + 1)
        return replace(there, value=dict(part.value))

    def _lacks(self, kept: Kept, number: int | None) -> None:
        if kept.missing_pass is None or number is None or kept.missing_pass >= number:
            after = replace(kept, state=PartState.MISSING, missing_pass=kept.missing_pass or number)
        else:
            after = replace(kept, state=PartState.GONE)
            self._tell(rows.DELETED, kept, kept.value, None)
        if after != kept:
            self._changed.append(after)
            self._news = True

    def _after(self) -> list[Kept]:
        """The parts of this list as they are now known."""
        known = {one.id: one for one in self._known.parts if one.connection == self._member.name}
        known |= {one.id: one for one in self._changed}
        return list(known.values())

    # --- what we made ---------------------------------------------------------------------------------------------

    def _settle(self, marked: Sequence[tuple[Part, str]]) -> None:
        here = {one.part: one for one in self._known.mirrors if one.connection == self._member.name}
        under_way = {one.part: one for one in self._known.intents if one.connection == self._member.name}
        shown: dict[str, list[Part]] = {}
        for part, mark in marked:
            shown.setdefault(mark, []).append(part)
        for mark, parts in shown.items():
            mirror = here.get(mark)
            if mirror is None and not self._ours(mark):
                continue
            part = next((one for one in parts if mirror and one.id == mirror.native_id), parts[0])
            others = [one for one in parts if one is not part]
            self.twice += seconds(self._wording, self._member, self._unread, mark, part, others, mirror)
            self._mirror(mark, mirror, part, under_way.pop(mark, None))
        for mark, mirror in here.items():
            if mark not in shown and mirror.native_id is not None and mirror.state in STANDING:
                self._taken(mirror, under_way.pop(mark, None))
        for intent in under_way.values():
            # The whole list lacks it: it was not made.
            self._done(intent)

    def _ours(self, mark: str) -> bool:
        """Whether a mirror that we do not know here is this item's: people copy items with all that hangs on them."""
        if any(one.id == mark for one in self._known.parts):
            return True
        return self._store.parts.owner(mark, self._member.name) in (None, self._unread.item)

    def _mirror(self, mark: str, mirror: Mirror | None, part: Part, intent: PartIntent | None) -> None:
        value: dict[str, Json] = dict(part.value)
        if intent is not None and self._arrived(part, intent):
            after = replace(self._new(mark, part, value, intent.rev), note=_note(intent),
                            state=self._standing(mark, again=intent.kind is PartDeed.REMAKE))  # fmt: skip
            self._settled_row(intent, part.kind, mirror.shown if mirror and intent.native_id else None, value)
        elif mirror is None or mirror.native_id != part.id:
            # Ours by its mark, and nothing is known of it: what it shows is compared with what it should.
            after = self._new(mark, part, value, intent.rev if intent else 0)
        else:
            state = mirror.state
            if state is MirrorState.REMOVED:
                state = self._standing(mark, again=mirror.note == rows.UNDONE)
            after = replace(mirror, shown=value, state=state)
            same = partial(self._wording.same, self._member, part.kind, value)
            if not same(mirror.base) and not same(mirror.shown):
                self._edited(mirror, value)
        if intent is not None:
            self._done(intent)
        if after != mirror:
            self._mirrors.append(after)
            self._news = True

    def _new(self, mark: str, part: Part, value: Mapping[str, Json], rev: int) -> Mirror:
        return Mirror(mark, self._member.name, self._unread.item, self._bench.sync.name, part.kind, part.id,
                      dict(value), dict(value), rev)  # fmt: skip

    def _arrived(self, part: Part, intent: PartIntent) -> bool:
        """Whether what was sent is there. No attachment is ever changed: a new one is made in its place."""
        if intent.kind in (PartDeed.REMOVE, PartDeed.UNMAKE):
            return False
        if part.kind is PartKind.ATTACHMENT:
            return part.id != intent.native_id
        body = intent.body if isinstance(intent.body, dict) else None
        return self._wording.same(self._member, part.kind, part.value, body)

    def _standing(self, mark: str, *, again: bool) -> MirrorState:
        """What a mirror is that is there now. `again`: whether an undo wanted it so."""
        gone = any(one.id == mark and one.state is PartState.GONE for one in self._known.parts)
        return MirrorState.KEPT if gone and again else MirrorState.SHOWN

    def _edited(self, mirror: Mirror, value: Mapping[str, Json]) -> None:
        self._rows.append(self._row(rows.MIRROR_EDITED, mirror.part, mirror.shown, value))
        message = "somebody edited a comment that pmsync mirrors there: it is left as it is, until its original changes"
        self._report.warn(message, connection=self._member.name, item=self._unread.item, about=mirror.kind.value)

    def _taken(self, mirror: Mirror, intent: PartIntent | None) -> None:
        """A mirror that lacks: somebody took it away, if we did not. An attachment that is to be another is taken away
        first."""
        if intent is not None and (mirror.kind is PartKind.ATTACHMENT or intent.kind in _TAKING):
            state = MirrorState.REMOVED if intent.kind is PartDeed.UNMAKE else MirrorState.WITHDRAWN
            self._settled_row(intent, mirror.kind, mirror.shown, None)
        else:
            state = MirrorState.WITHDRAWN if _to_go(mirror, self._known.parts) else MirrorState.REMOVED
            self._rows.append(self._row(rows.MIRROR_REMOVED, mirror.part, mirror.shown, None))
        note = _note(intent) if intent is not None else mirror.note if mirror.state is MirrorState.KEPT else ""
        self._mirrors.append(replace(mirror, state=state, note=note))
        self._news = True
        if intent is not None:
            self._done(intent)

    def _settled_row(
        self, intent: PartIntent, kind: PartKind, before: Mapping[str, Json] | None, after: Mapping[str, Json] | None
    ) -> None:
        """Tell of a write whose answer did not come, now that it is known to have taken effect."""
        kept = next((one for one in self._known.parts if one.id == intent.part), None)
        word = rows.wrote(kind, intent.kind if after is not None else PartDeed.REMOVE)
        row = self._row(word, intent.part, before, after)
        self._rows.append(replace(row, run=intent.run, actor=kept.connection if kept else None))

    def _done(self, intent: PartIntent) -> None:
        self._settled.append(intent)
        self._store.parts.settle(intent.part, intent.connection)
        self._news = True

    def _tell(self, what: str, kept: Kept, before: Mapping[str, Json] | None, after: Mapping[str, Json] | None) -> None:
        self._rows.append(self._row(f"{kept.kind.value} {what}", kept.id, before, after))

    def _row(self, kind: str, part: str, before: Mapping[str, Json] | None, after: Mapping[str, Json] | None) -> Change:
        return Change(
            self._report.run, self._now, kind, self._unread.item, self._member.name, self._unread.remote_id,
            before=dict(before) if before is not None else None, after=dict(after) if after is not None else None,
            note=part,
        )  # fmt: skip


def _to_go(mirror: Mirror, parts: Iterable[Kept]) -> bool:
    """Whether we were about to take a mirror away: a removal may take effect after the list was looked at for it."""
    mine = (one for one in parts if one.id == mirror.part)
    return mirror.state is MirrorState.SHOWN and any(one.hidden or one.state is PartState.GONE for one in mine)


def _note(intent: PartIntent) -> str:
    """What a mirror is remembered with whose write has just been found out about."""
    return rows.UNDONE if intent.kind in (PartDeed.UNMAKE, PartDeed.REMAKE) else ""
