"""Items that ended and come back: an object reappears, and the twins that pmsync put away follow it.

What is hidden from us for a while cannot be told from what is deleted. So an end that pmsync gave is taken back when
one of the item's objects is there again: the item goes on under its old id, and what was archived is taken out again.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from pmsync.errors import AuthError, FatalError, PmsyncError, RejectedError, StateError
from pmsync.model.fields import Field
from pmsync.model.native import Native, Ref
from pmsync.store.records import Bundle, Candidate, Former, IntentKind, ItemState
from pmsync.sync.members import Bench, Member
from pmsync.sync.report import Report
from pmsync.sync.takeout import LEFT, intent_of, link_again, newly_linked, put_away, reappearing, stay

_PATIENCE = timedelta(days=1)
"""How long a twin that is not in the archive any more, or not for us, is looked for."""


@dataclass(frozen=True, slots=True)
class Comeback:
    """A twin that pmsync archived when its item ended, and that is to be taken out again: the item lives."""

    bundle: Bundle
    former: Former

    @property
    def item(self) -> str:
        """The item's id."""
        return self.bundle.item.id

    @property
    def title(self) -> str:
        """The item's title."""
        return str(self.bundle.item.values.get(Field.TITLE) or "")

    @property
    def why(self) -> str:
        """Where it is there."""
        return f"back in {', '.join(one.connection for one in self.bundle.replicas)}"


def comebacks(bench: Bench, bundles: Iterable[Bundle]) -> list[Comeback]:
    """The twins of these items that are to be taken out of the archive of a tool that can be worked with."""
    living = {one.item.id: one for one in bundles if one.item.state is ItemState.LIVE and one.item.quarantine is None}
    formers: dict[str, list[Former]] = {}
    for former in bench.store.replicas.former(bench.sync.name, items=list(living)) if living else ():
        formers.setdefault(former.item, []).append(former)
    usable = {one.name for one in bench.usable}
    return [
        Comeback(living[item], one)
        for item, known in formers.items()
        for one in put_away(living[item], known, bench.clock.now())
        if one.connection in usable and living[item].replicas
    ]


def come_back(bench: Bench, found: Sequence[Comeback], run: str, report: Report) -> None:
    """Take them out and link them again. What cannot be is told, and stays."""
    for one in found:
        member = bench.members[one.former.connection]
        if not member.usable:
            continue
        try:
            _restore(bench, member, one, run, report)
        except StateError:
            raise
        except (AuthError, FatalError) as error:
            member.down = error
            report.lose(member.name, error)
        except PmsyncError as error:
            report.fail(error, connection=member.name, item=one.item)


def _restore(bench: Bench, member: Member, back: Comeback, run: str, report: Report) -> None:
    store, former, now = bench.store, back.former, bench.clock.now()
    native = _now(member, former)
    if store.replicas.known(bench.sync.name, member.name, [former.remote_id]):
        stay(bench, back.item, member.name, "it is part of another item", now)
        return
    if native is None or not native.admitted:
        where = "not in the archive any more, or not for us" if native is None else "outside what pmsync looks at"
        _stays(bench, back, where, report, wait=_PATIENCE)
        return
    if not native.archived:
        link_again(bench, member, back.item, native, "returned", run, back.why)
        return
    intent = intent_of(
        newly_linked(back.item, bench.sync.name, member.name, native, 0, ours=False),
        IntentKind.RESTORE, run, now, {"back": back.why},
    )  # fmt: skip
    store.journal.intend([intent])
    try:
        member.connector.restore(Ref(former.remote_id, former.key, former.url))
        native = _now(member, former)
    except RejectedError as error:
        _stays(bench, back, error.message, report)
        return
    except PmsyncError:
        store.journal.doubt([intent.id])
        raise
    if native is None or native.archived:
        _stays(bench, back, "the tool keeps it in the archive", report)
        return
    link_again(bench, member, back.item, native, "restored", run, back.why)
    report.count("restored")
    report.wrote(member.name)


def _now(member: Member, former: Former) -> Native | None:
    return member.connector.fetch([former.remote_id]).found.get(former.remote_id)


def _stays(bench: Bench, back: Comeback, why: str, report: Report, *, wait: timedelta = timedelta()) -> None:
    connection = back.former.connection
    stay(bench, back.item, connection, why, bench.clock.now() + wait)
    name = back.former.key or back.former.remote_id
    message = f"{back.why}, and its twin {name}, which pmsync archived, could not be taken out: {why}"
    report.warn(message, connection=connection, item=back.item)


@dataclass(frozen=True, slots=True)
class Homes:
    """What objects that belonged to an item once have to do with it now, by their ids."""

    back: dict[str, str]
    """The item that each goes back to: it lives, or goes on living with it."""
    left: dict[str, str]
    """The ended item with which each was left in its tool: it goes back if another does."""


def homes(bench: Bench, member: Member, chunk: Sequence[Candidate]) -> Homes:
    """Find the items that these objects belonged to."""
    store, sync = bench.store, bench.sync.name
    last = {one.remote_id: one for one in store.replicas.former(
        sync, connection=member.name, remote_ids=[one.remote_id for one in chunk]
    )}  # fmt: skip
    states = {one.id: one.state for one in store.items.alone({one.item for one in last.values()}).values()}
    ended = sorted(item for item, state in states.items() if state is ItemState.DEAD)
    of: dict[str, list[Former]] = {}
    for former in store.replicas.former(sync, items=ended) if ended else ():
        of.setdefault(former.item, []).append(former)
    found = Homes({}, {})
    for remote_id, former in last.items():
        if states.get(former.item) is ItemState.LIVE:
            found.back[remote_id] = former.item
        elif former.reason == LEFT and former.item in of:
            found.left[remote_id] = former.item
        elif reappearing(of.get(former.item, ())):
            found.back[remote_id] = former.item
    return found
