"""What tools said happened, until it has been looked at: once each, however often it is said.

A *topic* is what there is to look at: an item of a sync, something in a tool that is no item's yet, or a whole sync.
A *hint* says that something happened to a topic, by one connection's word. Hints of one topic that nobody has begun to
look at are one. Each belongs to the topic's *generation*: who looks at a topic closes the generation first, so that
what is said meanwhile begins a new one, and is looked at again.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, TypeVar

from sqlalchemy import Connection, Engine, delete, exists, func, or_, select, update
from sqlalchemy.exc import DBAPIError

from pmsync.store import dialect, tables
from pmsync.store.shape import among, given, values

T = TypeVar("T")

_topic: Final = tables.topics.c
_hint: Final = tables.hints.c

RETENTION: Final = timedelta(days=7)
"""How long a delivery is known by its id, so that it is not taken twice; tools give up repeating theirs long before."""

_LONGEST: Final = 255
"""How much of a delivery's id is kept."""
_HEARD_AGAIN: Final = timedelta(seconds=1)
"""How old what is known of a webhook is at the least before it is put right: of all that write, it stands in the way of
most."""
_TOGETHER: Final = 500
"""How many are put into one statement."""

_hook: Final = tables.hooks.c
_replica: Final = tables.replicas.c
_HEARD: Final = (
    update(tables.hooks)
    .where(_hook.connection == given("connection"), _hook.token == given("token"))
    .where(or_(_hook.delivered_at.is_(None), _hook.delivered_at < given("before")))
    .values(delivered_at=given("now"))
)
_KNOWN: Final = select(_replica.sync, _replica.item, _replica.remote_id).where(
    _replica.connection == given("connection"),
    _replica.sync.in_(among("syncs")),
    _replica.remote_id.in_(among("ids")),
)
_OPEN: Final = select(_hint.topic, _hint.connection, _hint.generation).where(_hint.topic.in_(among("names")))


@dataclass(frozen=True, slots=True)
class Topic:
    """What there is to look at. With neither `item` nor `remote_id`, all that changed."""

    sync: str
    item: str | None = None
    connection: str | None = None
    """Where the thing is that is no item's yet."""
    remote_id: str | None = None

    @property
    def name(self) -> str:
        """Its key; of one item it is the same whichever tool spoke of it."""
        return "/".join(one for one in (self.sync, self.connection, self.item or self.remote_id) if one)


@dataclass(frozen=True, slots=True)
class Claim:
    """What a job has taken on: a topic, the connections that spoke of it, and since when it has waited."""

    topic: Topic
    connections: frozenset[str]
    since: datetime


@dataclass(frozen=True, slots=True)
class Word:
    """What is said at once by one connection."""

    connection: str
    topics: frozenset[Topic]
    delivery: str = ""
    """The same whenever this is said again; "" where it is not known."""
    hook: str = ""
    """The token of the webhook that it came by."""


Enqueue = Callable[[Connection, str, int], None]
"""Makes a job for a generation of a topic, in the transaction at hand; one that is there already stays the only one."""


class Inbox:
    """The hints of a state. Has connections of its own, so that what arrives waits for no pass."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        kind = engine.dialect.name
        self._note = dialect.insert_new(kind, tables.deliveries)
        touched = dialect.inserting(kind, tables.topics)
        self._touch = touched.on_conflict_do_update(
            index_elements=["topic"], set_={"touched_at": touched.excluded.touched_at}
        ).returning(_topic.topic, _topic.generation)
        said = dialect.inserting(kind, tables.hints)
        # What waits already is as old as its first word.
        newer = {"generation": said.excluded.generation, "received_at": said.excluded.received_at}
        self._say = said.on_conflict_do_update(
            index_elements=["topic", "connection"], set_=newer, where=_hint.generation < said.excluded.generation
        )

    def receive(
        self,
        connection: str,
        hints: Collection[Topic],
        now: datetime,
        enqueue: Enqueue,
        *,
        delivery: str = "",
        hook: str = "",
    ) -> bool:
        """Keep hints and make their jobs, in one transaction; False if this delivery was taken before.

        `hook`: the token of the webhook that it came by. Raises StateError, LockedError.
        """
        return self.receive_all([Word(connection, frozenset(hints), delivery, hook)], now, enqueue)[0]

    def receive_all(self, words: Sequence[Word], now: datetime, enqueue: Enqueue) -> list[bool]:
        """Keep all of it in one transaction, or nothing; for each whether it was new. Raises as `receive`."""
        with self._begin() as at:
            new = self._first(at, words, now)
            heard = sorted({(one.connection, one.hook) for one in words if one.connection})
            for connection, token in heard:
                before = now - _HEARD_AGAIN
                at.execute(_HEARD, values(connection=connection, token=token, now=now, before=before))
            said = {
                (topic.name, one.connection): topic
                for one, first in zip(words, new, strict=True)
                if first
                for topic in one.topics
            }
            for part in _parts(sorted(said.items(), key=lambda pair: pair[0])):
                self._keep(at, dict(part), now, enqueue)
        return new

    def topics(
        self, connection: str, remote_ids: Collection[str], syncs: Collection[str]
    ) -> Mapping[str, frozenset[Topic]]:
        """What each object of a connection is in the syncs that it is a member of."""
        known: dict[tuple[str, str], str] = {}
        with self._begin() as reading:
            for part in _parts(sorted(remote_ids)):
                for row in reading.execute(_KNOWN, values(connection=connection, syncs=list(syncs), ids=part)):
                    known[row.sync, row.remote_id] = row.item

        def topic(sync: str, remote_id: str) -> Topic:
            item = known.get((sync, remote_id))
            return Topic(sync, item) if item else Topic(sync, connection=connection, remote_id=remote_id)

        return {one: frozenset(topic(sync, one) for sync in syncs) for one in remote_ids}

    def claim(self, name: str, generation: int) -> Claim | None:
        """Close a generation of a topic, and take on whatever was said of it up to now. None if nothing was, or if
        somebody was quicker."""
        with self._begin() as at:
            closed = update(tables.topics).where(_topic.topic == name, _topic.generation <= generation)
            at.execute(closed.values(generation=generation + 1))
            row = at.execute(select(tables.topics).where(_topic.topic == name)).one_or_none()
            said = at.execute(
                select(_hint.connection, _hint.received_at).where(_hint.topic == name, _hint.generation <= generation)
            ).all()
        if row is None or not said:
            return None
        topic = Topic(row.sync, row.item, row.connection, row.remote_id)
        return Claim(topic, frozenset(one.connection for one in said), min(one.received_at for one in said))

    def finish(self, name: str, generation: int) -> None:
        """Nothing that was said up to this generation is left to look at."""
        with self._begin() as at:
            at.execute(delete(tables.hints).where(_hint.topic == name, _hint.generation <= generation))

    def waiting(self) -> tuple[int, datetime | None]:
        """How many topics wait or are being looked at, and since when the oldest has."""
        with self._begin() as at:
            many, oldest = at.execute(
                select(func.count(_hint.topic.distinct()), func.min(_hint.received_at).label("received_at"))
            ).one()
        return many, oldest

    def stuck(self, before: datetime, limit: int = 500) -> Sequence[tuple[str, int]]:
        """Topics of which something was said before then that is still there, each with the newest generation said."""
        asked = (
            select(_hint.topic, func.max(_hint.generation))
            .group_by(_hint.topic)
            .having(func.max(_hint.received_at) < before)
            .limit(limit)
        )
        with self._begin() as at:
            return [(name, generation) for name, generation in at.execute(asked)]

    def reopen(self, name: str, now: datetime, enqueue: Enqueue) -> None:
        """Begin another generation with what was said of a topic, whose job is gone."""
        with self._begin() as at:
            generation = at.execute(select(_topic.generation).where(_topic.topic == name).with_for_update()).scalar()
            if generation is None:
                return
            opened = generation + 1
            at.execute(update(tables.topics).where(_topic.topic == name).values(generation=opened, touched_at=now))
            enqueue(at, name, opened)

    def purge(self, now: datetime) -> None:
        """Forget deliveries and topics that are long past."""
        with self._begin() as at:
            at.execute(delete(tables.deliveries).where(tables.deliveries.c.received_at < now - RETENTION))
            idle = ~exists().where(_hint.topic == _topic.topic)
            at.execute(delete(tables.topics).where(_topic.touched_at < now - RETENTION, idle))

    def _first(self, at: Connection, words: Sequence[Word], now: datetime) -> list[bool]:
        """For each word whether it was never said before, and keep that it was said now."""
        names = [(one.connection, one.delivery[:_LONGEST]) if one.delivery else None for one in words]
        rows = [{"connection": name[0], "delivery": name[1], "received_at": now} for name in _once(names)]
        taken: set[tuple[str, str] | None] = {
            (row.connection, row.delivery) for part in _parts(rows) for row in at.execute(self._note, part)
        }
        new = []
        for name in names:
            new.append(name is None or name in taken)
            taken -= {name}
        return new

    def _keep(self, at: Connection, said: Mapping[tuple[str, str], Topic], now: datetime, enqueue: Enqueue) -> None:
        # A generation never comes again, not even where its topic was forgotten: its job's id was used.
        first = int(now.timestamp() * 1000)
        rows = [
            {
                "topic": topic.name, "sync": topic.sync, "item": topic.item, "connection": topic.connection,
                "remote_id": topic.remote_id, "generation": first, "touched_at": now,
            }
            for topic in _once(said.values())
        ]  # fmt: skip
        generations = {row.topic: row.generation for row in at.execute(self._touch, rows)}
        # A hint of a generation that is open came with the generation's job, in one transaction.
        asked = at.execute(_OPEN, values(names=sorted(generations)))
        known = {(row.topic, row.connection): row.generation for row in asked}
        at_work = {name for (name, _), generation in known.items() if generation == generations[name]}
        news = [
            {"topic": name, "connection": connection, "generation": generations[name], "received_at": now}
            for name, connection in said
            if known.get((name, connection)) != generations[name]
        ]
        if news:
            at.execute(self._say, news)
        for name, generation in generations.items():
            if name not in at_work:
                enqueue(at, name, generation)

    @contextmanager
    def _begin(self) -> Iterator[Connection]:
        try:
            with self._engine.begin() as at:
                yield at
        except DBAPIError as error:
            raise dialect.translate(error) from error


def _once(found: Iterable[T | None]) -> list[T]:
    """Each of them once, in the order in which they came."""
    return list(dict.fromkeys(one for one in found if one is not None))


def _parts(found: Sequence[T]) -> Iterator[Sequence[T]]:
    for start in range(0, len(found), _TOGETHER):
        yield found[start : start + _TOGETHER]
