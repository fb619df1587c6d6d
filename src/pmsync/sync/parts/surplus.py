"""Mirrors that are there twice, since a write took effect after its list had been read again: the second one is taken
away, unless somebody has edited it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pmsync.errors import AuthError, FatalError, PmsyncError
from pmsync.model.fields import Field
from pmsync.model.native import Ref
from pmsync.model.part import Part, PartKind
from pmsync.reconcile.part_state import Mirror
from pmsync.reconcile.parts import TWICE
from pmsync.store.audit import AuditLog
from pmsync.store.parts import Unread
from pmsync.store.records import Change
from pmsync.sync.members import Bench, Member
from pmsync.sync.parts.wording import Wording, parts_of
from pmsync.sync.report import Report
from pmsync.sync.steps import Step


@dataclass(frozen=True, slots=True)
class Second:
    """A mirror that we made of a part which has another there."""

    item: str
    connection: str
    ref: Ref
    mark: str
    part: Part


def seconds(
    wording: Wording,
    member: Member,
    unread: Unread,
    mark: str,
    first: Part,
    others: Sequence[Part],
    known: Mirror | None,
) -> Iterator[Second]:
    """Those of the other mirrors of a part that are surely nobody's work: as we made them, by their time or text."""
    texts = [first.value, *((known.base, known.shown) if known else ())]
    for part in others:
        untouched = part.updated_at <= part.created_at
        if part.author == member.account and (
            untouched or any(wording.same(member, part.kind, part.value, one) for one in texts)
        ):
            ref = Ref(unread.remote_id, unread.key, unread.url)
            yield Second(unread.item, member.name, ref, mark, part)


def step_of(bench: Bench, wording: Wording, second: Second) -> Step:
    """Taking it away, for the plan."""
    bundle = bench.store.items.get(second.item)
    title = str(bundle.item.values.get(Field.TITLE) or "") if bundle is not None else ""
    said = wording.said(bench.members[second.connection], second.part.kind, second.part.value)
    kind = "remove comment" if second.part.kind is PartKind.COMMENT else "detach"
    return Step(
        kind, second.item, second.connection, title, second.ref.key, second.mark, said,
        says=(said or "", ""), because=TWICE, note=second.part.id,
    )  # fmt: skip


def take_away(bench: Bench, found: Sequence[Second], audit: AuditLog, report: Report) -> None:
    """Take these away. What cannot be now is found again when its list is read next."""
    for second in found:
        member = bench.members[second.connection]
        with bench.working_on([second.item]) as mine:
            if second.item not in mine or not member.usable:
                continue
            try:
                parts_of(member).remove(second.ref, second.part.kind, second.part.id)
            except (AuthError, FatalError) as error:
                member.down = member.down or error
                report.lose(member.name, error)
            except PmsyncError as error:
                report.fail(error, connection=member.name, item=second.item)
            else:
                _told(bench, second, audit, report)


def _told(bench: Bench, second: Second, audit: AuditLog, report: Report) -> None:
    now, kind = bench.clock.now(), f"{second.part.kind.value} {TWICE}"
    row = Change(report.run, now, kind, second.item, second.connection, second.ref.id, before=dict(second.part.value),
                 note=second.mark)  # fmt: skip
    bench.store.journal.record([row])
    audit.append(kind, now, run=row.run, item=row.item, connection=row.connection, remote_id=row.remote_id,
                 part=second.mark, before=row.before)  # fmt: skip
    report.wrote(second.connection)
