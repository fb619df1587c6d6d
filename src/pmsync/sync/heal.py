"""What pmsync made twice: an answer was lost, and the listing was late. The one that no item has is put away, unless
somebody has worked with it."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from pmsync.errors import AuthError, FatalError, PmsyncError
from pmsync.model.native import Native
from pmsync.reconcile.match import MADE_TWICE
from pmsync.store.records import Bundle, Replica
from pmsync.sync.adopt import MARGIN
from pmsync.sync.journal import Journal
from pmsync.sync.link import made_twice
from pmsync.sync.members import Bench, Member
from pmsync.sync.report import Report
from pmsync.sync.steps import Step


@dataclass(frozen=True, slots=True)
class Double:
    """An object that pmsync made for an item which has another there."""

    bundle: Bundle
    replica: Replica
    native: Native

    @property
    def step(self) -> Step:
        """Putting it away, for the plan."""
        return Step(
            "archive",
            self.replica.item,
            self.replica.connection,
            self.native.ref.key or self.native.ref.id,
            self.native.ref.key,
            after=self.native.ref.id,
            because=MADE_TWICE,
        )


def doubles(bench: Bench) -> list[Double]:
    """Those that the matching found, and that can be put away."""
    if bench.store.progress.fact(made_twice(bench.sync.name)) != "yes":
        return []
    return [one for member in bench.usable if member.connector.capabilities.archives for one in _of(bench, member)]


def _of(bench: Bench, member: Member) -> Iterator[Double]:
    for chunk in bench.store.candidates.every(bench.sync.name, member.name, held=True):
        for candidate in chunk:
            marker = candidate.native.marker
            bundle = bench.store.items.get(marker.item) if marker and candidate.held == MADE_TWICE else None
            there = [one for one in bundle.replicas if one.connection == member.name] if bundle else []
            if bundle is not None and there:
                yield Double(bundle, there[0], candidate.native)


def heal(bench: Bench, found: Sequence[Double], journal: Journal, report: Report) -> None:
    """Put them away, one by one, each looked at again right before."""
    for double in found:
        member = bench.members[double.replica.connection]
        if not member.usable:
            continue
        try:
            _put_away(bench, member, double, journal, report)
        except (AuthError, FatalError) as error:
            member.down = error
            report.lose(member.name, error)
        except PmsyncError as error:
            report.fail(error, connection=member.name, item=double.replica.item)


def _put_away(bench: Bench, member: Member, double: Double, journal: Journal, report: Report) -> None:
    store, item = bench.store, double.replica.item
    seen = member.connector.inspect(double.native.ref, double.native.created_at - MARGIN)
    if seen.native is None or seen.native.archived:
        return
    strangers = {event.actor for event in seen.events} - {member.account}
    if strangers or seen.native.creator != member.account or _differs(member, double.replica, seen.native):
        why = "pmsync made it twice, and it was worked with since: join it with `pmsync match`, or leave it out"
        store.candidates.hold(bench.sync.name, member.name, {double.native.ref.id: (why, None)})
        report.warn(f"{double.native.ref.key or double.native.ref.id}: {why}", connection=member.name, item=item)
        return
    member.connector.archive(double.native.ref)
    journal.put_away(item, member.name, double.native.ref, MADE_TWICE)
    report.count("archived")
    report.wrote(member.name)


def _differs(member: Member, replica: Replica, native: Native) -> bool:
    """Whether it shows, in fields of which no history tells, what neither its twin does nor ever did."""
    silent = native.fields.keys() - member.connector.capabilities.history
    return any(native.fields[name] not in (replica.native.get(name), replica.base.get(name)) for name in silent)


def chosen(found: Sequence[Double], allowed: Collection[tuple[str, ...]] | None) -> list[Double]:
    """Those whose step was reviewed; all of them where nothing was."""
    return [one for one in found if allowed is None or one.step.identity in allowed]
