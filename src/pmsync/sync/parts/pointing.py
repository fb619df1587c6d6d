"""The part of a pass that has every replica lead people to its twins, once everything else is done.

A link is found again by its token, so that no journal of single writes is needed: what is about to be written is unsure
in the state, and what is unsure is looked for before it is written again.
"""

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from pmsync.connector.crew import results
from pmsync.errors import AuthError, FatalError, PmsyncError, RejectedError, StaleError, StateError
from pmsync.model.fields import Field, Json
from pmsync.model.native import Ref
from pmsync.reconcile.pointing import LinkState, Pointing, TwinLink, point
from pmsync.store.audit import AuditLog
from pmsync.store.records import Bundle, Change, ItemState, Replica
from pmsync.store.shape import slices
from pmsync.sync.members import Bench, Member
from pmsync.sync.parts.agenda import Agenda
from pmsync.sync.parts.places import stays
from pmsync.sync.parts.twins import addresses, backlink, group, leading, refused
from pmsync.sync.parts.wording import parts_of
from pmsync.sync.report import Report
from pmsync.sync.steps import Step
from pmsync.sync.takeout import PUT_AWAY

_TOGETHER = 100
"""How many items are kept to oneself at a time."""
_PARALLEL = 4
_ROUNDS = 3
"""How often what failed in a way that may heal is tried again."""
_HOPELESS = 3
"""After so many refusals, and nothing that was taken, a tool lets us make no links at all."""
_KIND = "point"


@dataclass(frozen=True, slots=True)
class Turn:
    """One object, and what is to be done about its links."""

    item: str
    connection: str
    ref: Ref
    title: str
    pointing: Pointing
    bundle: Bundle | None = None
    """Its item; None where it belongs to none any more."""


@dataclass(slots=True)
class _Came:
    """What came of a round."""

    done: list[tuple[Turn, int]] = field(default_factory=list)
    refused: list[tuple[Turn, PmsyncError]] = field(default_factory=list)
    failed: list[tuple[Turn, PmsyncError]] = field(default_factory=list)


class PointingStage:
    """What one run does about links to twins."""

    def __init__(self, bench: Bench, audit: AuditLog, report: Report, claim: Callable[[], None]) -> None:
        """`claim` is called before anything is written."""
        self._bench = bench
        self._store = bench.store
        self._sync = bench.sync.name
        self._audit = audit
        self._report = report
        self._claim = claim
        self._taken: Counter[str] = Counter()
        self.written: dict[str, set[str]] = {}
        """The items whose links were written, by connection."""
        self._refusals: dict[str, list[PmsyncError]] = {}
        self._agenda = Agenda(bench)

    def heed(self, items: Collection[str]) -> None:
        """These items have news."""
        self._agenda.heed(items)

    def prepare(self, *, deep: bool) -> Sequence[Turn]:
        """What is to be done. A deep pass tries again what the tools refused."""
        if deep and any(self._bench.sync.leads(name) for name in self._bench.members):
            self._agenda.everything = True
            self._store.twin_links.try_again(self._sync)
            for name in self._bench.members:
                if self._store.progress.fact(refused(self._sync, name)):
                    self._store.progress.put_fact(refused(self._sync, name), "")
        chunks = slices(self._agenda.items(), _TOGETHER)
        return [one for ids in chunks for one in self._turns(ids) if one.pointing.sends]

    def steps(self, turns: Sequence[Turn]) -> list[Step]:
        """How it reads in a plan: one step for each object. Links from and to an object that is about to be made are a
        part of its making: they have no address yet. Where it has to be found first what is there, nothing may come of
        it: that is no step."""
        return [_step(one) for one in turns if one.pointing.before is not None]

    def waiting(self, item: str) -> bool:
        """Whether there is anything to write about an item."""
        return any(one.pointing.sends for one in self._turns([item]))

    def execute(self, allowed: frozenset[tuple[str, ...]] | None = None, *, item: str | None = None) -> None:
        """Do it, or only what was reviewed; about all items, or one of them."""
        failed: dict[tuple[str, str], PmsyncError] = {}
        items, busy = [item] if item is not None else self._agenda.items(), False
        for _ in range(_ROUNDS):
            failed = {}
            for ids in slices(items, _TOGETHER):
                with self._bench.working_on(ids) as mine:
                    busy = busy or not mine.issuperset(ids)
                    for turn, error in self._carry_out([one for one in self._turns(mine) if _may(one, allowed)]):
                        failed[turn.item, turn.connection] = error
            items = sorted({about for about, _ in failed})
            if not failed:
                break
        self._tell(failed)
        if item is None and allowed is None:
            self._leave()
            if not busy:
                self._agenda.done()

    # --- what is to be done -----------------------------------------------------------------------------------------

    def _turns(self, items: Collection[str]) -> list[Turn]:
        known = self._store.twin_links.load(items)
        listed = self._store.twin_links.listed(items)
        members = leading(self._bench)
        found = []
        for bundle in self._store.items.load(items):
            if bundle.item.state is not ItemState.LIVE or bundle.item.quarantine is not None:
                continue
            for member in members:
                replica = bundle.replica(member.name)
                if replica is not None and stays(replica):
                    turn = self._turn(member, bundle, replica, known.get(bundle.item.id, ()), listed)
                    found += [turn] if turn is not None else []
        return found

    def _turn(
        self, member: Member, bundle: Bundle, replica: Replica, known: Sequence[TwinLink],
        listed: Collection[tuple[str, str, str]],
    ) -> Turn | None:  # fmt: skip
        mine = [one for one in known if (one.connection, one.remote_id) == (member.name, replica.remote_id)]
        where = addresses(self._bench, bundle, member.name)
        was_listed = (replica.item, member.name, replica.remote_id) in listed
        blank = TwinLink(replica.item, member.name, "", replica.sync, replica.remote_id, "")
        told = point(blank, where, mine, certain=_certain(member, bundle, replica, known, where, listed=was_listed))
        if told is None or (not told.links and not told.gone):
            return None
        ref, title = Ref(replica.remote_id, replica.key, replica.url), bundle.item.values.get(Field.TITLE)
        return Turn(replica.item, member.name, ref, str(title or ""), told, bundle)

    # --- doing it ---------------------------------------------------------------------------------------------------

    def _carry_out(self, turns: Sequence[Turn]) -> list[tuple[Turn, PmsyncError]]:
        """Do these. Gives what failed in a way that may heal."""
        if not turns:
            return []
        sending = [one for one in turns if one.pointing.sends]
        came = _Came(done=[(one, 0) for one in turns if not one.pointing.sends])
        if sending:
            self._claim()
            with self._store.transaction("twin links begun"):
                self._store.twin_links.put(link for one in sending for link in one.pointing.unsure)
            members = [one for one in leading(self._bench) if any(each.connection == one.name for each in sending)]
            tasks = [partial(self._serve, one, [each for each in sending if each.connection == one.name], came)
                     for one in members]  # fmt: skip
            results(tasks, len(tasks), "point")
        self._keep(came)
        return came.failed

    def _serve(self, member: Member, turns: Sequence[Turn], came: _Came) -> None:
        workers = min(_PARALLEL, member.connector.capabilities.concurrency)
        results([partial(self._send, member, one, came) for one in turns], workers, f"point-{member.name}")

    def _send(self, member: Member, turn: Turn, came: _Came) -> None:
        if member.down is not None or self._hopeless(member.name):
            return
        asked = turn.pointing
        told = [
            [backlink(self._bench, turn.bundle, one) for one in links] if links is not None else None
            for links in (asked.send, asked.before)
        ]
        try:
            number = parts_of(member).point(turn.ref, told[0] or (), group=group(self._sync), before=told[1])
        except StateError:
            raise
        except StaleError:
            # It is gone: that is found out where items are read.
            return
        except RejectedError as error:
            self._refusals.setdefault(member.name, []).append(error)
            came.refused.append((turn, error))
        except PmsyncError as error:
            came.failed.append((turn, error))
            if isinstance(error, (AuthError, FatalError)):
                member.down = error
                self._report.lose(member.name, error)
        else:
            self._taken[member.name] += 1
            came.done.append((turn, number))

    def _hopeless(self, connection: str) -> bool:
        return not self._taken[connection] and len(self._refusals.get(connection, ())) >= _HOPELESS

    def _keep(self, came: _Came) -> None:
        links, gone, rows, now = list[TwinLink](), list[TwinLink](), list[Change](), self._bench.clock.now()
        for turn, number in came.done:
            links += turn.pointing.links
            gone += turn.pointing.gone
            if number:
                rows.append(_row(turn, self._report.run, self._bench))
        for turn, _ in came.refused:
            new = {one.twin for one in turn.pointing.new}
            links += [replace(one, state=LinkState.REFUSED) if one.twin in new else one for one in turn.pointing.links]
            gone += turn.pointing.gone
        with self._store.transaction("twin links"):
            self._store.twin_links.forget(gone)
            self._store.twin_links.put(links)
            self._store.journal.record(rows)
        entries = [
            (row.kind, now, {"run": row.run, "item": row.item, "connection": row.connection,
                             "remote_id": row.remote_id, "before": row.before, "after": row.after})
            for row in rows
        ]  # fmt: skip
        self._audit.extend(entries)
        for turn, number in came.done:
            for _ in range(number):
                self._report.wrote(turn.connection)
                self.written.setdefault(turn.connection, set()).add(turn.item)
            self._report.count("backlinks", number)

    # --- objects that belong to no item any more ----------------------------------------------------------------------

    def _leave(self) -> None:
        """Take the links away with which objects lead to what is their twin no more, where they are still there."""
        perhaps = self._agenda.everything or self._store.twin_links.unsure(self._sync)
        left = self._store.twin_links.left(self._sync) if perhaps else ()
        for ids in slices(sorted({one.item for one in left}), _TOGETHER):
            with self._bench.working_on(ids) as mine:
                for item in sorted(mine):
                    self._leave_one([one for one in left if one.item == item])

    def _leave_one(self, links: Sequence[TwinLink]) -> None:
        members = {one.name: one for one in leading(self._bench)}
        for name in sorted({one.connection for one in links}):
            its = [one for one in links if one.connection == name]
            ref = self._where(its[0])
            if ref is None or name not in self._bench.sync.members:
                self._store.twin_links.forget(its)
            elif name in members:
                there = tuple(one for one in its if one.state is LinkState.THERE and one.url)
                unsure = any(one.state is LinkState.UNSURE for one in its)
                told = Pointing((), (), None if unsure else there, tuple(its))
                self._carry_out([Turn(its[0].item, name, ref, "", told)])

    def _where(self, link: TwinLink) -> Ref | None:
        """Where an object is that left its item, if it is to be found there, and belongs to no other."""
        if self._store.replicas.known(self._sync, link.connection, [link.remote_id]):
            return None
        former = self._store.replicas.former(self._sync, connection=link.connection, remote_ids=[link.remote_id])
        if not former or former[-1].reason == PUT_AWAY or former[-1].reason.startswith(("deleted", "archived")):
            return None
        return Ref(link.remote_id, former[-1].key, former[-1].url)

    # --- what is told -----------------------------------------------------------------------------------------------

    def _tell(self, failed: "dict[tuple[str, str], PmsyncError]") -> None:
        for (item, connection), error in sorted(failed.items()):
            if connection not in self._report.down:
                self._report.fail(error, connection=connection, item=item)
        for name, errors in sorted(self._refusals.items()):
            often = f" ({len(errors)} items)" if len(errors) > 1 else ""
            what = f"it lets us make no links to twins{often}, which the next deep pass tries again"
            self._report.warn(f"{what}: {errors[0].message}", connection=name)
            if self._hopeless(name):
                self._store.progress.put_fact(refused(self._sync, name), errors[0].message)
        self._refusals = {}


def _certain(
    member: Member, bundle: Bundle, replica: Replica, known: Sequence[TwinLink], twins: Collection[str], *, listed: bool
) -> bool:
    """Whether an object has no links but those that are known. `listed`: whether its list of parts was read."""
    parts = parts_of(member)
    mine = [one for one in known if (one.connection, one.remote_id) == (member.name, replica.remote_id)]
    if parts.marker_leads and replica.created_by_us and not any(one.state is LinkState.MARKED for one in mine):
        # Another state may have made it, and what marks it lead to any twin of which nothing is known.
        return {one.twin for one in mine} >= set(twins)
    if mine or parts.lists_twins:
        return bool(mine) or (listed and not replica.created_by_us)
    # What we made, and nothing is known of: another state may have made these links, too.
    named = {one.connection for one in known}
    return not any(one.created_by_us and one.connection not in named for one in bundle.replicas)


def _may(turn: Turn, allowed: frozenset[tuple[str, ...]] | None) -> bool:
    """Whether it was reviewed: by itself, or as a part of the making of one of the item's objects."""
    if allowed is None or not turn.pointing.sends:
        return True
    return any(
        one[:2] == ("create", turn.item) or one[:3] == (_KIND, turn.item, turn.connection) for one in allowed if one
    )


def _led(links: Sequence[TwinLink] | None) -> dict[str, Json]:
    return {one.twin: one.url for one in links or () if one.url}


def _step(turn: Turn) -> Step:
    new = sorted(one.twin for one in turn.pointing.new)
    return Step(
        _KIND, turn.item, turn.connection, turn.title, turn.ref.key, before=_led(turn.pointing.before),
        after=_led(turn.pointing.send), says=("", ", ".join(new)),
    )  # fmt: skip


def _row(turn: Turn, run: str, bench: Bench) -> Change:
    before, after = _led(turn.pointing.before), _led(turn.pointing.send)
    return Change(run, bench.clock.now(), "twins pointed to", turn.item, turn.connection, turn.ref.id,
                  before=before, after=after)  # fmt: skip
