"""Planning the reverse of what a run did: what can be put back, and what is spared, with the reason."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from pmsync.config.settings import OnDelete
from pmsync.mapping.lens import Unmapped
from pmsync.model.fields import Field, Json
from pmsync.model.native import Native
from pmsync.reconcile.plan import Change, Decision, Write
from pmsync.reconcile.policy import UNDONE
from pmsync.reconcile.state import Direction
from pmsync.store.records import Bundle, ConflictState, Former, Replica, ReplicaState
from pmsync.store.records import Change as Row
from pmsync.sync.decide import Planned
from pmsync.sync.members import Bench, Member
from pmsync.sync.parts.past import mirror_deeds
from pmsync.sync.parts.taking_back import PartsBack, TakingBack
from pmsync.sync.past import Deed
from pmsync.sync.steps import Step

Key = tuple[str, str, str, str]
"""What makes two steps of an undo the same: kind, item, connection, field."""


@dataclass(frozen=True, slots=True)
class Spared:
    """Something that the run did and that stays as it is now."""

    item: str
    title: str
    connection: str
    ref: str
    field: str
    reason: str
    about: str = ""
    """What hangs on the item, if it is that: in words for people; `field` is its id."""

    def as_json(self) -> dict[str, Json]:
        """For `--json`."""
        return {
            "item": self.item,
            "title": self.title,
            "connection": self.connection,
            "ref": self.ref,
            "field": self.field,
            "reason": self.reason,
            **({"about": self.about} if self.about else {}),
        }


@dataclass(frozen=True, slots=True)
class Removal:
    """A replica to be taken out of its item: `archive` or `delete` what the run made, or only `unlink`."""

    replica: Replica
    action: str


@dataclass(frozen=True, slots=True)
class Return:
    """An object to be brought back to its item: `restore` what the run archived, or only `link` it again."""

    item: str
    connection: str
    native: Native
    action: str


@dataclass(slots=True)
class Reverse:
    """The reverse of what a run did, as far as it can be done now."""

    plans: list[Planned] = field(default_factory=list)
    """The writes: decisions that decide no field."""
    removals: list[Removal] = field(default_factory=list)
    returns: list[Return] = field(default_factory=list)
    parts: list[PartsBack] = field(default_factory=list)
    spared: list[Spared] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)

    @property
    def items(self) -> frozenset[str]:
        """The items that it touches."""
        return frozenset(step.item for step in self.steps)


def key_of(step: Step) -> Key:
    """What makes two steps of an undo the same."""
    return step.kind, step.item, step.connection, step.field


@dataclass(frozen=True, slots=True)
class Past:
    """What a run did to an item, and the item's whole history; and who undid which run."""

    run: str
    deeds: Sequence[Deed]
    rows: Sequence[Row]
    reversed_by: Mapping[str, str]

    @property
    def open(self) -> bool:
        """Whether any of its deeds can be undone, by the history."""
        return any(not deed.spared for deed in self.deeds)

    @property
    def hung(self) -> bool:
        """Whether it has to be known what hangs on the item: the run wrote some of that, or made the item somewhere."""
        made = any(deed.kind == "created" and not deed.spared for deed in self.deeds)
        return made or any(not one.spared for one in mirror_deeds(self.run, self.rows, self.reversed_by))


def reverse(bench: Bench, taking: TakingBack, item: str, past: Past, who: str, only: frozenset[Key] | None) -> Reverse:
    """Plan the reverse of what a run did to one item. `only`: the steps that were shown, and may be done."""
    bundle = bench.store.items.get(item)
    if bundle is None:
        return Reverse()
    planner = _Planner(bench, taking, bundle, who, only)
    planner.plan(past)
    return planner.found


class _Planner:
    """The reverse of one item's deeds in the making."""

    def __init__(self, bench: Bench, taking: TakingBack, bundle: Bundle, who: str, only: frozenset[Key] | None) -> None:
        self._bench = bench
        self._taking = taking
        self._bundle = bundle
        self._who = who
        self._only = only
        self._title = str(bundle.item.values.get(Field.TITLE) or "")
        open_ = bench.store.reports.conflicts(items=[bundle.item.id], state=ConflictState.OPEN)
        self._waiting = {one.field: one.id for one in open_ if one.policy != UNDONE}
        self.found = Reverse()

    def plan(self, past: Past) -> None:
        deeds = past.deeds
        leaving = {one.connection for one in deeds if one.kind == "created"}
        writes: dict[str, dict[Field, Change]] = {}
        for deed in deeds:
            if deed.kind != "write":
                self._whole(deed, deeds)
            elif deed.connection not in leaving and deed.field is not None:
                change = self._write(deed, deed.field)
                if change is not None:
                    writes.setdefault(deed.connection, {})[deed.field] = change
        if writes:
            item = self._bundle.item.id
            sent = tuple(Write(item, connection, changes) for connection, changes in writes.items())
            self.found.plans.append(Planned(self._bundle, Decision(item, {}, sent), self._bundle))
        self._parts(past, leaving)

    # --- what hangs on it -----------------------------------------------------------------------------------------

    def _parts(self, past: Past, leaving: Collection[str]) -> None:
        back = self._taking.reverse(past.run, self._bundle, past.rows, past.reversed_by, leaving)
        for one in back.spared:
            replica = self._bundle.replica(one.deed.connection)
            self.found.spared.append(
                Spared(self._bundle.item.id, self._title, one.deed.connection, replica.key if replica else "",
                       one.deed.part, one.reason, one.deed.kind.value)
            )  # fmt: skip
        taken = back.only(self._take)
        if taken.steps:
            self.found.parts.append(taken)

    # --- fields ---------------------------------------------------------------------------------------------------

    def _write(self, deed: Deed, name: Field) -> Change | None:
        replica = self._replica(deed)
        reason = deed.spared or self._unfit(deed) or self._moved(deed, name, replica)
        if reason:
            self._spare(deed, reason)
            return None
        if replica is None or replica.native.get(name) == deed.before:
            return None
        member = self._bench.members[deed.connection]
        say = member.bound.native_name if member.bound else _plain
        step = Step("update", deed.item, deed.connection, self._title, replica.key, name.value, deed.after, deed.before,
                    (say(name, deed.after), say(name, deed.before)))  # fmt: skip
        if not self._take(step):
            return None
        return Change(deed.after, deed.before, self._bundle.item.revs.get(name, 0), self._who)

    def _moved(self, deed: Deed, name: Field, replica: Replica | None) -> str:
        """Why a field cannot be put back: it, or one of its twins, is not as the run left it."""
        if replica is None:
            return "no longer part of the item"
        if replica.archived:
            return f"archived in {deed.connection} since"
        if name not in replica.native:
            return f"{deed.connection} has no such field any more"
        if self._bench.members[deed.connection].directions[name] is Direction.OUT:
            return f"by the config pmsync does not write it in {deed.connection}"
        if replica.native[name] != deed.after:
            return f"edited in {deed.connection} since"
        if name in self._waiting:
            return f"conflict {self._waiting[name]} waits for a decision"
        for other in self._bundle.replicas:
            if name in other.base and other.native.get(name) != other.base[name]:
                return f"edited in {other.connection} since"
        return ""

    # --- whole replicas -------------------------------------------------------------------------------------------

    def _whole(self, deed: Deed, deeds: Sequence[Deed]) -> None:
        reason = deed.spared or self._unfit(deed)
        if reason:
            self._spare(deed, reason)
        elif deed.kind in ("created", "linked"):
            self._take_out(deed, deeds)
        elif deed.kind in ("archived", "unlinked"):
            self._bring_back(deed)
        elif deed.kind == "deleted":
            self._spare(deed, "deleted for good: it cannot be brought back")
        else:
            self._take_out_again(deed)

    def _take_out(self, deed: Deed, deeds: Sequence[Deed]) -> None:
        replica = self._replica(deed)
        if replica is None:
            self._spare(deed, "no longer part of the item")
            return
        if deed.kind == "linked":
            if deed.connection != self._anchor(deeds):
                self._remove(replica, "unlink", "the two are held apart for `pmsync match`")
            return
        if touched(self._bench.members[deed.connection], replica):
            self._spare(deed, f"edited in {deed.connection} since")
            return
        if self._taking.commented(replica.item, deed.connection):
            self._spare(deed, f"somebody commented or attached something in {deed.connection} since")
            return
        capabilities = self._bench.members[deed.connection].connector.capabilities
        if capabilities.archives:
            self._remove(replica, "archive", "")
        elif capabilities.deletes and self._bench.sync.on_delete is OnDelete.DELETE:
            self._remove(replica, "delete", "")
        else:
            self._remove(replica, "unlink", "this tool has no archive: it stays there, and is no longer kept in step")

    def _anchor(self, deeds: Sequence[Deed]) -> str:
        """The replica that stays where the run brought all of them together: the one with which the item began."""
        linked = [one.connection for one in deeds if one.kind == "linked"]
        created = {one.connection for one in deeds if one.kind == "created"}
        if any(one.connection not in linked and one.connection not in created for one in self._bundle.replicas):
            return ""
        return self._bundle.item.origin if self._bundle.item.origin in linked else linked[0]

    def _remove(self, replica: Replica, action: str, note: str) -> None:
        step = Step(action, replica.item, replica.connection, self._title, replica.key, because="made by the run",
                    note=note)  # fmt: skip
        if self._take(step):
            self.found.removals.append(Removal(replica, action))

    def _bring_back(self, deed: Deed) -> None:
        former = self._former(deed)
        native = self._now(deed)
        if former is None:
            self._spare(deed, "it was no part of the item")
        elif native is None:
            self._spare(deed, f"it is not in {deed.connection} any more, or not for us")
        elif native.archived and deed.kind == "unlinked":
            self._spare(deed, f"archived in {deed.connection}: it comes back to its item once it is not")
        elif not native.admitted:
            self._spare(deed, f"outside what pmsync looks at in {deed.connection}: it comes back once it is not")
        else:
            action = "restore" if native.archived else "link"
            step = Step(action, deed.item, deed.connection, self._title, native.ref.key, because="taken out by the run",
                        note="the next sync links it again and compares")  # fmt: skip
            if self._take(step):
                self.found.returns.append(Return(deed.item, deed.connection, native, action))

    def _take_out_again(self, deed: Deed) -> None:
        """What an undo brought back."""
        replica = self._replica(deed)
        if replica is None:
            self._spare(deed, "no longer part of the item")
        elif deed.kind == "returned":
            self._remove(replica, "unlink", "it stays there, and is no longer kept in step")
        elif touched(self._bench.members[deed.connection], replica):
            self._spare(deed, f"edited in {deed.connection} since")
        else:
            self._remove(replica, "archive", "")

    # --- looking up -----------------------------------------------------------------------------------------------

    def _unfit(self, deed: Deed) -> str:
        member = self._bench.members.get(deed.connection)
        if member is None:
            return f"{deed.connection} is no member of the sync any more"
        if not member.usable:
            return f"{deed.connection} cannot be worked with now"
        replica = self._replica(deed)
        if replica is not None and replica.state is not ReplicaState.LINKED:
            return f"it is not in {deed.connection} any more, or not for us"
        if any(one.connection == deed.connection for one in self._bundle.intents):
            return "its last write is not confirmed yet: the next pass looks again"
        return ""

    def _replica(self, deed: Deed) -> Replica | None:
        return next(
            (
                one
                for one in self._bundle.replicas
                if (one.connection, one.remote_id) == (deed.connection, deed.remote_id)
            ),
            None,
        )

    def _former(self, deed: Deed) -> Former | None:
        found = self._bench.store.replicas.former(
            self._bench.sync.name, connection=deed.connection, items=[deed.item], remote_ids=[deed.remote_id]
        )
        return found[-1] if found else None

    def _now(self, deed: Deed) -> Native | None:
        return self._bench.members[deed.connection].connector.fetch([deed.remote_id]).found.get(deed.remote_id)

    def _take(self, step: Step) -> bool:
        """Add a step, unless it was not among those that were shown."""
        if self._only is not None and key_of(step) not in self._only:
            return False
        self.found.steps.append(step)
        return True

    def _spare(self, deed: Deed, reason: str) -> None:
        replica = self._replica(deed)
        ref = replica.key if replica else ""
        about = deed.field.value if deed.field else ""
        self.found.spared.append(Spared(deed.item, self._title, deed.connection, ref, about, reason))


def touched(member: Member, replica: Replica) -> bool:
    """Whether it shows anything that pmsync has not acknowledged: somebody is at work on it."""
    if replica.archived:
        return True
    for name, lens in member.lenses.items():
        value = replica.native.get(name)
        if name in replica.base and value != replica.base[name]:
            return True
        if name in replica.native and name not in replica.base and not isinstance(lens.get(value, None), Unmapped):
            return True
    return False


def together(found: Sequence[Reverse]) -> Reverse:
    """The reverses of several items as one."""
    whole = Reverse()
    for one in found:
        whole.plans += one.plans
        whole.removals += one.removals
        whole.returns += one.returns
        whole.parts += one.parts
        whole.spared += one.spared
        whole.steps += one.steps
    return whole


def _plain(name: Field, value: Json) -> str:
    return str(value)
