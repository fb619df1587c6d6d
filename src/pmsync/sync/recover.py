"""After a crash, or a write whose answer never came: what became of every intent, before anything is planned."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta

from pmsync.errors import AuthError, FatalError, PmsyncError, StateError, UnknownOutcomeError
from pmsync.model.fields import Field, Json
from pmsync.model.native import Ref
from pmsync.reconcile.plan import Change
from pmsync.reconcile.settle import arrived, settle_write
from pmsync.store.records import Intent, IntentKind, ReplicaState
from pmsync.sync.adopt import MARGIN, adopt
from pmsync.sync.creating import marker_of
from pmsync.sync.holds import cut_short
from pmsync.sync.journal import Journal
from pmsync.sync.members import Bench, Member
from pmsync.sync.quarantine import isolated
from pmsync.sync.report import Report
from pmsync.sync.takeout import settle_removal


def recover(bench: Bench, journal: Journal, report: Report, *, item: str | None = None) -> frozenset[str]:
    """Settle the open intents of all members that can be asked, or only those of an item. Returns the items that are to
    be decided again.

    What cannot be settled now stays open, and keeps none of the others from it. What somebody else is just doing is
    theirs.
    """
    touched: set[str] = set()
    with _unsettled(bench, item) as unsettled:
        for member in bench.usable if unsettled else ():
            intents = [one for one in unsettled if one.connection == member.name]
            creates = [one for one in intents if one.kind is IntentKind.CREATE]
            with _as_far_as_possible(member, report):
                touched |= _creates(bench, member, creates, journal, report)
            for intent in intents:
                if intent.kind is not IntentKind.CREATE and member.down is None:
                    with _as_far_as_possible(member, report), isolated(bench, intent.item):
                        touched |= _one(bench, member, intent, journal, report)
    return frozenset(touched)


def still_open(bench: Bench, report: Report, *, item: str | None = None) -> None:
    """Report the writes, or those to an item, of which it is not known what became of them. What somebody else is just
    doing is none of them."""
    with _unsettled(bench, item) as unsettled:
        for intent in unsettled:
            error = UnknownOutcomeError("its last write is not confirmed yet: the next pass looks again")
            report.fail(error, connection=intent.connection, item=intent.item)


@contextmanager
def _unsettled(bench: Bench, item: str | None) -> Iterator[Sequence[Intent]]:
    """The open intents, or those of an item, whose items nobody else is at work on; inside, nobody else is."""
    journal, sync = bench.store.journal, bench.sync.name
    with bench.working_on({one.item for one in journal.intents(sync, item=item)}) as mine:
        # Read again: until they were ours alone, somebody may have settled them.
        bundles = bench.store.items.load(mine)
        yield sorted((one for bundle in bundles for one in bundle.unsettled), key=lambda one: (one.created_at, one.id))


@contextmanager
def _as_far_as_possible(member: Member, report: Report) -> Iterator[None]:
    try:
        yield
    except (AuthError, FatalError) as error:
        member.down = error
        report.lose(member.name, error)
    except StateError:
        raise
    except PmsyncError as error:
        report.warn(f"looked for what became of a write, in vain: {error.message}", connection=member.name)


def _creates(bench: Bench, member: Member, intents: Sequence[Intent], journal: Journal, report: Report) -> set[str]:
    """Link what was made; what is surely not there may be made again, with the same body."""
    if not intents:
        return set()
    since = min(intent.created_at for intent in intents) - MARGIN
    found = member.connector.find([marker_of(intent) for intent in intents], since)
    capabilities = member.connector.capabilities
    touched: set[str] = set()
    for intent in intents:
        native = found.get(intent.item)
        if native is not None:
            with _as_far_as_possible(member, report):
                adopt(bench, member, journal, intent, native)
                report.count("created")
                report.wrote(member.name)
                touched.add(intent.item)
        elif capabilities.consistent_find or _old_enough(intent, bench.clock.now(), capabilities.find_lag):
            with bench.store.transaction("not made"):
                bench.store.journal.settle([intent.id])
                bench.store.replicas.mark_dirty(bench.sync.name, [intent.item])
            touched.add(intent.item)
    if touched:
        bench.store.replicas.mark_dirty(bench.sync.name, touched)
    return touched


def _old_enough(intent: Intent, now: datetime, lag: float) -> bool:
    return now - intent.created_at > timedelta(seconds=lag)


def _one(bench: Bench, member: Member, intent: Intent, journal: Journal, report: Report) -> set[str]:
    if intent.kind is IntentKind.UPDATE:
        return _update(bench, member, intent, journal, report)
    settle_removal(bench, member, intent)
    return {intent.item}


def _update(bench: Bench, member: Member, intent: Intent, journal: Journal, report: Report) -> set[str]:
    """Find out whether an update arrived. What did not is decided afresh."""
    context: Mapping[str, Json] = intent.context if isinstance(intent.context, dict) else {}
    seen = context.get("seen")
    before = {Field(name): value for name, value in seen.items()} if isinstance(seen, dict) else {}
    since = datetime.fromisoformat(str(context["since"])) if "since" in context else intent.created_at - MARGIN
    look = member.connector.inspect(Ref(intent.remote_id or ""), since)
    if look.native is None:
        return _unseen(bench, member, intent, journal)
    landed = {
        name: value
        for name, value in intent.body.items()
        if arrived(name, value, before.get(name), look.native.fields.get(name), look.events, member.account)
    }
    rest = intent.body.keys() - landed.keys()
    settlement = settle_write(landed, before, look.native.fields, look.events, member.account, rest)
    changes = {name: Change(before.get(name), value, intent.revs.get(name, 0)) for name, value in intent.body.items()}
    walks = cut_short(intent, look.native.fields, settlement.partway)
    journal.recovered(member, intent, changes, look.native, settlement, walks)
    report.count("conflicts", len(settlement.covered))
    return {intent.item}


def _unseen(bench: Bench, member: Member, intent: Intent, journal: Journal) -> set[str]:
    """Not found may mean not for us: were the write forgotten, it would come back as somebody's edit. So it stays open
    until what it was about is gone, and is known for as long as that is a part of the item."""
    store, sync = bench.store, bench.sync.name
    bundle = store.items.get(intent.item)
    replica = bundle.replica(member.name) if bundle else None
    if replica is not None and replica.state is not ReplicaState.GONE:
        number = store.progress.sync(sync).pass_number
        store.replicas.mark_missing(sync, member.name, [replica.remote_id], bench.clock.now(), number)
        return set()
    with bench.store.transaction("not there"):
        if replica is None:
            journal.forget(intent)
        else:
            store.journal.put_to_sleep(intent.id)
        store.replicas.mark_dirty(sync, [intent.item])
    return {intent.item}
