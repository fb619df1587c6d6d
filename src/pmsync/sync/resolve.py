"""What a person decides about a conflict: which value stands. It is carried out at once, like any other write."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, replace
from datetime import datetime

from pmsync.config.settings import Config
from pmsync.connector.pacing import Clock
from pmsync.errors import RejectedError
from pmsync.mapping.customs import Family, families, own_fields
from pmsync.mapping.lens import Refusal, Unmapped
from pmsync.model.fields import Field, Json, is_set
from pmsync.reconcile.plan import Claim
from pmsync.reconcile.plan import Conflict as Overridden
from pmsync.reconcile.voice import members
from pmsync.store.audit import AuditLog
from pmsync.store.lock import pass_lock
from pmsync.store.records import Bundle, Change, Conflict, ConflictState, ItemState, Replica
from pmsync.store.store import Store
from pmsync.sync.binding import vocabulary_from
from pmsync.sync.decide import decide_all
from pmsync.sync.focus import read_item
from pmsync.sync.journal import Journal
from pmsync.sync.members import Bench, open_bench
from pmsync.sync.progress import Progress, Silent
from pmsync.sync.report import Report
from pmsync.sync.run import Pass
from pmsync.sync.steps import Step, steps
from pmsync.sync.workplace import Options, at_work, new_run, take_figures

POLICY = "overridden by a person"


@dataclass(frozen=True, slots=True)
class Choice:
    """A person's decision about a conflict. `value` is in schema words."""

    number: int
    value: Json
    who: str
    anyway: bool = False
    """Whether it stands even over what was changed since."""


@dataclass(frozen=True, slots=True)
class Resolved:
    """What came of it."""

    conflict: Conflict
    report: Report
    steps: Sequence[Step]


def resolve(
    config: Config, store: Store, choice: Choice, clock: Clock, progress: Progress | None = None, *,
    rehearse: bool = False, later: bool = False,
) -> Resolved:  # fmt: skip
    """Let the chosen value stand, and write it wherever it is not shown: a run of its own, over this one item.

    The item is read in all tools first. `rehearse`: only find out what would be sent, and keep nothing. `later`: keep
    the decision, and leave the writing to the next pass. Raises RejectedError where there is nothing to decide, no
    tool can show the value, or it would take back what was changed since, unless the choice says so.
    """
    conflict = known(store, choice.number)
    bundle = store.items.get(conflict.item)
    if bundle is None or bundle.item.state is not ItemState.LIVE:
        raise RejectedError(f"the item of conflict {choice.number} is no longer kept in step", item=conflict.item)
    if bundle.item.sync not in config.syncs:
        raise RejectedError(f"the sync {bundle.item.sync!r} of conflict {choice.number} is not in the config any more")
    with _working(config, store, bundle.item.sync, choice, clock, rehearse=rehearse) as (bench, audit, report):
        options = Options(command=f"conflicts resolve {choice.number}")
        work = Pass(bench, audit, options, report, progress or Silent())
        work.begin_on_items()
        with nullcontext() if rehearse else bench.alone_with([conflict.item]):
            if not rehearse:
                work.settle()
            read_item(bench, conflict.item, work.number, report)
            _Resolver(bench, Journal(bench, report.run, audit), audit, conflict, choice).resolve()
            plans = list(decide_all(bench, only=frozenset({conflict.item})))
            planned = steps(bench, (), (), plans)
            if not rehearse and not later:
                work.execute(plans)
            return Resolved(conflict, report, planned)


def known(store: Store, number: int) -> Conflict:
    """The conflict of that number. Raises RejectedError where there is none."""
    conflict = store.reports.conflict(number)
    if conflict is None:
        raise RejectedError(f"there is no conflict {number}")
    return conflict


def held(config: Config, store: Store, conflict: Conflict) -> Family | None:
    """What the field of a conflict holds where the members of its sync meet; None for what is no custom field there, or
    not any more."""
    bundle = store.items.get(conflict.item)
    sync = config.syncs.get(bundle.item.sync) if bundle else None
    if sync is None:
        return None
    memories = store.progress.connections(sync.members)
    owned = (
        own_fields(config.connections[name].mapping, vocabulary_from(name, memories[name].vocabulary))
        for name in sync.members
        if memories[name].vocabulary is not None
    )
    return families(owned).get(conflict.field)


def value_of(conflict: Conflict, take: str) -> Json:
    """The value that a side of a conflict claims, or, for a set or a text and `both`, all of them together."""
    claims = conflict.values if isinstance(conflict.values, list) else []
    if take == "both":
        return _together(conflict.field, claims)
    for claim in claims:
        if isinstance(claim, dict) and claim.get("connection") == take:
            if claim.get("unmapped"):
                raise RejectedError(f"the mapping cannot say what {take} showed: give a value with --value")
            return claim.get("value")
    sides = ", ".join(str(claim.get("connection")) for claim in claims if isinstance(claim, dict))
    raise RejectedError(f"conflict {conflict.id} has no side {take!r}; it has {sides}")


def _together(name: Field, claims: list[Json]) -> Json:
    values = [claim.get("value") for claim in claims if isinstance(claim, dict)]
    if any(is_set(name, value) for value in values):
        return list(dict.fromkeys(one for value in values for one in members(value)))
    if name is Field.DESCRIPTION:
        return "\n\n---\n\n".join(dict.fromkeys(str(value) for value in values if value))
    raise RejectedError(f"two values of {name.value} cannot both stand: take one, or give another with --value")


@contextmanager
def _working(
    config: Config, store: Store, sync: str, choice: Choice, clock: Clock, *, rehearse: bool
) -> Iterator[tuple[Bench, AuditLog, Report]]:
    """What a run works with; in a rehearsal nothing of it stays, and no run is recorded."""
    one = config.syncs[sync]
    if not rehearse:
        with at_work(config, one, store, Options(command=f"conflicts resolve {choice.number}"), clock) as work:
            yield work
        return
    with ExitStack() as stack:
        stack.enter_context(pass_lock(config.state, now=clock.now()))
        stack.enter_context(store.rehearsal())
        audit = stack.enter_context(AuditLog(config.audit))
        bench = stack.enter_context(open_bench(config, one, store, clock))
        report = Report(new_run(clock.now()))
        yield bench, audit, report
        take_figures(bench, report)


class _Resolver:
    """Makes the decision that of the state."""

    def __init__(self, bench: Bench, journal: Journal, audit: AuditLog, conflict: Conflict, choice: Choice) -> None:
        self._bench = bench
        self._store = bench.store
        self._journal = journal
        self._audit = audit
        self._conflict = conflict
        self._choice = choice
        self._now = bench.clock.now()

    def resolve(self) -> None:
        bundle = self._store.items.get(self._conflict.item)
        if bundle is None:
            raise RejectedError(f"the item of conflict {self._conflict.id} is gone", item=self._conflict.item)
        self._refuse_unshowable(bundle)
        since = self._since(bundle)
        if since and not self._choice.anyway:
            shown = "; ".join(f"{one.connection} has {_said(one.value)}" for one in since)
            raise RejectedError(
                f"{self._conflict.field.value} was changed since: {shown}. Nothing was decided; `--yes` decides "
                "all the same, and keeps what it takes back as a conflict",
                item=self._conflict.item,
            )
        with self._store.transaction("resolved"):
            if since:
                self._keep(since)
            self._decide(bundle)
        self._audit.append(
            "resolved", self._now, run=self._journal.run, item=self._conflict.item, field=self._conflict.field.value,
            value=self._choice.value, number=self._conflict.id, who=self._choice.who,
        )  # fmt: skip
        self._audit.sync()

    def _refuse_unshowable(self, bundle: Bundle) -> None:
        name, reasons = self._conflict.field, []
        for replica in bundle.replicas:
            member = self._bench.members.get(replica.connection)
            lens = member.lenses.get(name) if member else None
            if lens is not None and name in replica.native:
                shown = lens.put(self._choice.value, replica.native[name])
                reasons.append(shown.reason if isinstance(shown, Refusal) and shown.nearest is None else "")
        if reasons and all(reasons):
            raise RejectedError(f"no tool can show {_said(self._choice.value)}: {reasons[0]}")

    def _since(self, bundle: Bundle) -> list[Claim]:
        """What was changed after the conflict was recorded, and the decision would take back."""
        name = self._conflict.field
        found = [claim for one in bundle.replicas if (claim := self._edited(one, bundle)) is not None]
        value, winner = bundle.item.values.get(name), self._conflict.winner
        if self._conflict.state is ConflictState.OPEN:
            return found
        open_ = self._store.reports.conflicts(items=[bundle.item.id], state=ConflictState.OPEN, field=name)
        if open_:
            raise RejectedError(f"conflict {open_[-1].id} is about the same field, and open: resolve that one")
        stood = winner.get("value") if isinstance(winner, dict) else None
        if not _same(value, stood) and not _same(value, self._choice.value):
            told = bundle.item.sources.get(name)
            by, at = (told.get("by"), told.get("at")) if isinstance(told, dict) else (None, None)
            when = datetime.fromisoformat(at) if isinstance(at, str) else None
            found.append(Claim(str(by or "the item"), value, None, when, pending=True))
        return found

    def _edited(self, replica: Replica, bundle: Bundle) -> Claim | None:
        """The edit that a replica shows and nobody has dealt with yet, unless it is a side of this conflict."""
        name = self._conflict.field
        member = self._bench.members.get(replica.connection)
        lens = member.lenses.get(name) if member else None
        if lens is None or name not in replica.native or replica.native[name] == replica.base.get(name):
            return None
        value = lens.get(replica.native[name], bundle.item.values.get(name))
        if isinstance(value, Unmapped) or _same(value, self._choice.value):
            return None
        claims = self._conflict.values if isinstance(self._conflict.values, list) else []
        for claim in claims:
            mine = isinstance(claim, dict) and claim.get("connection") == replica.connection
            if mine and isinstance(claim, dict) and claim.get("native") == replica.native[name]:
                return None
        return Claim(replica.connection, value, replica.native[name], replica.remote_updated_at)

    def _keep(self, since: Sequence[Claim]) -> None:
        mine = Claim(self._choice.who, self._choice.value, at=self._now, actor=self._choice.who)
        item, name = self._conflict.item, self._conflict.field
        self._journal.conflicts([Overridden(item, name, (*since, mine), mine, POLICY)], self._now)

    def _decide(self, bundle: Bundle) -> None:
        item, name, who, value = bundle.item, self._conflict.field, self._choice.who, self._choice.value
        after = replace(
            item,
            values={**item.values, name: value},
            revs={**item.revs, name: item.revs.get(name, 0) + 1},
            sources={**item.sources, name: {"by": who, "at": self._now.isoformat()}},
            updated_at=self._now,
        )
        change = Change(
            self._journal.run, self._now, "resolved", item.id, field=name, before=item.values.get(name), after=value,
            actor=who, note=f"conflict {self._conflict.id}",
        )  # fmt: skip
        self._store.items.put([after])
        self._store.items.put_replicas(_acknowledged(one, name) for one in bundle.replicas if name in one.native)
        self._store.journal.record([change])
        open_ = self._store.reports.conflicts(items=[item.id], state=ConflictState.OPEN, field=name)
        winner: Json = {"connection": who, "value": value, "actor": who, "at": self._now.isoformat()}
        for number in {self._conflict.id, *(one.id for one in open_)}:
            self._store.reports.close_conflict(number, ConflictState.RESOLVED, winner, f"resolved by {who}")
        self._store.replicas.mark_dirty(item.sync, [item.id])


def _acknowledged(replica: Replica, name: Field) -> Replica:
    """The replica with what it shows dealt with; what a tool refused of the field before may be tried again."""
    held = {one: hold for one, hold in replica.held.items() if one != name}
    return replace(replica, base={**replica.base, name: replica.native[name]}, held=held)


def _same(one: Json, other: Json) -> bool:
    if isinstance(one, list) or isinstance(other, list):
        return {*members(one)} == {*members(other)}
    return one == other


def _said(value: Json) -> str:
    if value in (None, "", []):
        return "nothing"
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return repr(text if len(text) <= 60 else f"{text[:60]}…")
