"""Making items in one tool: the intent first, with the body frozen; parents before their children; each sent once."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from functools import partial

from pmsync.connector.api import Created
from pmsync.connector.crew import results
from pmsync.errors import AuthError, FatalError, PmsyncError, RejectedError, TransientError, UnknownOutcomeError
from pmsync.mapping.lens import Shown, Unmapped
from pmsync.model.fields import Field, Json, Priority
from pmsync.model.native import Draft, Marker, Native
from pmsync.reconcile.voice import empty
from pmsync.store.records import Intent, IntentKind, Replica
from pmsync.sync.adopt import adopt
from pmsync.sync.decide import Planned, draft_fields
from pmsync.sync.desk import Desk
from pmsync.sync.parts import twins

_PARALLEL = 4

_FILLED_IN = frozenset({Field.STATUS, Field.TYPE})
"""What a tool gives every item, whether it is asked for or not."""

_NEVER = datetime.max.replace(tzinfo=UTC)

_USUAL_PRIORITY = Priority.MEDIUM.value
"""What a tool that gives every item a priority gives nearly always: its history is not asked about each."""


def create(desk: Desk, plans: Sequence[Planned]) -> None:
    """Make these items. What fails is told to the desk's outcomes."""
    if plans:
        _Creator(desk).create(plans)


def waves(plans: Sequence[Planned]) -> Iterator[Sequence[Planned]]:
    """Parents before their children, of both what is older first: where the order is seen, it stays. Children of a
    circle, which no tool should have, come last."""
    left = {one.item: one for one in sorted(plans, key=_age)}
    while left:
        ready = [one for one in left.values() if one.value(Field.PARENT) not in left]
        yield ready or list(left.values())
        for one in ready or list(left.values()):
            del left[one.item]


def _age(planned: Planned) -> tuple[datetime, str]:
    made = [replica.remote_created_at for replica in planned.bundle.replicas]
    return min(made, default=_NEVER), planned.item


class _Creator:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._bench = desk.bench
        self._member = desk.member

    def create(self, plans: Sequence[Planned]) -> None:
        for wave in waves(plans):
            size = max(1, self._member.connector.capabilities.create_batch)
            batches = [wave[start : start + size] for start in range(0, len(wave), size)]
            workers = min(_PARALLEL, self._member.connector.capabilities.concurrency)
            results([partial(self._batch, batch) for batch in batches], workers, f"create-{self._member.name}")

    def _batch(self, plans: Sequence[Planned]) -> None:
        if self._member.down is not None:
            return
        intents = [self._intent(planned) for planned in plans]
        self._bench.store.journal.intend(intents)
        drafts = [Draft(intent.body, marker_of(intent)) for intent in intents]
        try:
            answers: Sequence[Created] = self._member.connector.create(drafts)
        except PmsyncError as error:
            answers = [Created(error=error) for _ in drafts]
        made = []
        for planned, intent, one in zip(plans, intents, answers, strict=True):
            if one.native is not None and self._otherwise(planned, intent, one):
                self._adopt(intent, one.native)
            elif one.native is not None:
                made.append((intent, one))
        replicas = self._desk.journal.created(self._member, made) if made else []
        with self._bench.store.transaction("parts"):
            self._bench.store.parts.begin(replicas, self._bench.clock.now())
            self._begin_links(plans, made, replicas)
        for replica in replicas:
            self._desk.report.count("created")
            self._desk.report.wrote(self._member.name)
            self._warn(replica)
            self._desk.outcomes.done(replica.item, self._member.name, again=replica.dirty)
        for intent, created in zip(intents, answers, strict=True):
            if created.native is None:
                self._failed(intent, created.error)
        self._desk.progress.advance(len(intents))

    def _begin_links(
        self, plans: Sequence[Planned], made: Sequence[tuple[Intent, Created]], replicas: Sequence[Replica]
    ) -> None:
        bundles = {one.item: one.bundle for one in plans}
        natives = {intent.item: one.native for intent, one in made if one.native is not None}
        begun = [twins.begun(self._member, bundles[one.item], one, natives[one.item]) for one in replicas]
        self._bench.store.twin_links.put(one for one in begun if one is not None)

    def _otherwise(self, planned: Planned, intent: Intent, created: Created) -> bool:
        """Whether the item shows something else than it was given, without a reason: perhaps somebody was quick."""
        fields = created.native.fields if created.native else {}
        return any(
            value != intent.body[name] if name in intent.body else self._unasked(planned, name, value)
            for name, value in fields.items()
            if name in self._member.lenses and name not in created.notes and name not in created.unfinished
        )

    def _unasked(self, planned: Planned, name: Field, value: Json) -> bool:
        """Whether a field that was left empty is not, and it is not the tool that fills it in."""
        lens = self._member.lenses[name]
        said = lens.get(value, None)
        if isinstance(said, Unmapped) or empty(said):
            return False
        if name in planned.decision.fields or name in planned.bundle.item.values:
            shown = lens.put(planned.value(name), value)
            return isinstance(shown, Shown) and shown.native != value
        return name not in _FILLED_IN and said != _USUAL_PRIORITY

    def _adopt(self, intent: Intent, native: Native) -> None:
        desk = self._desk
        try:
            adopt(self._bench, self._member, desk.journal, intent, native)
        except PmsyncError as error:
            self._bench.store.journal.doubt([intent.id])
            desk.fail(intent.item, error)
            return
        desk.report.count("created")
        desk.report.wrote(self._member.name)
        desk.outcomes.done(intent.item, self._member.name, again=True)

    def _intent(self, planned: Planned) -> Intent:
        now = self._bench.clock.now()
        twin = next((one.url for one in planned.bundle.replicas if one.url), "")
        revs = {name: decided.revision for name, decided in planned.decision.fields.items()}
        return Intent(
            id=f"{self._desk.journal.run}/{planned.item}/{self._member.name}",
            sync=self._bench.sync.name,
            item=planned.item,
            connection=self._member.name,
            kind=IntentKind.CREATE,
            body=draft_fields(self._bench, self._member, planned),
            revs={**planned.bundle.item.revs, **revs},
            created_at=now,
            run=self._desk.journal.run,
            context={"twin": twin},
        )

    def _failed(self, intent: Intent, error: PmsyncError | None) -> None:
        desk = self._desk
        if isinstance(error, UnknownOutcomeError):
            self._bench.store.journal.doubt([intent.id])
            desk.fail(intent.item, error)
        elif isinstance(error, (AuthError, FatalError, TransientError)):
            self._bench.store.journal.settle([intent.id])
            desk.fail(intent.item, error)
        else:
            refusal = error or RejectedError("the tool neither made the item nor said why not")
            desk.journal.refused_create(intent, refusal.message)
            desk.outcomes.refused(intent.item, self._member.name, refusal)

    def _warn(self, replica: Replica) -> None:
        for name, hold in replica.held.items():
            reason = hold.get("reason", "") if isinstance(hold, dict) else ""
            self._desk.report.warn(str(reason), connection=self._member.name, item=replica.item, about=name.value)


def marker_of(intent: Intent) -> Marker:
    """The marker that a create carries."""
    twin = intent.context.get("twin", "") if isinstance(intent.context, dict) else ""
    return Marker(intent.item, str(twin))
