"""The one view: every item of a sync with its place in every tool, from the state; no tool is asked."""

from collections.abc import Iterator, Mapping

from pmsync.config.settings import Config, SyncConfig
from pmsync.mapping.spec import union_statuses
from pmsync.model.fields import Field, Json, LinkKind, StatusCategory, in_order
from pmsync.model.item import Item, Link, Place, Status
from pmsync.model.part import PartKind
from pmsync.model.vocabulary import Vocabulary
from pmsync.store.records import Bundle, ItemState, Replica, ReplicaState
from pmsync.store.store import Store


class Board:
    """The items of one sync."""

    def __init__(self, config: Config, sync: SyncConfig, store: Store) -> None:
        self._sync = sync
        self._store = store
        self._names = {name: _names(store, name) for name in sync.members}
        self._people = _people(store, list(sync.members))
        self.statuses = union_statuses(config.connections[name].mapping for name in sync.members)

    def items(self) -> Iterator[Item]:
        """All live items, by id; a few hundred are in memory at once."""
        for bundles in self._store.items.every(self._sync.name, state=ItemState.LIVE):
            notes: dict[str, list[str]] = {}
            for note in self._store.reports.notes(items=[one.item.id for one in bundles]):
                about = f"{note.connection} {note.field}: " if note.field else f"{note.connection}: "
                notes.setdefault(note.item, []).append(about + note.message)
            hung = self._store.parts.tally([one.item.id for one in bundles])
            for bundle in bundles:
                yield self._item(bundle, notes.get(bundle.item.id, []), hung.get(bundle.item.id, {}))

    def by_status(self) -> list[Item]:
        """All live items, in the order of their statuses, then by title."""
        order = list(self.statuses)

        def key(item: Item) -> tuple[int, str]:
            name = item.status.name if item.status else ""
            return (order.index(name) if name in order else len(order), item.title.casefold())

        return sorted(self.items(), key=key)

    def _item(self, bundle: Bundle, notes: list[str], hung: Mapping[PartKind, int]) -> Item:
        values = bundle.item.values
        return Item(
            id=bundle.item.id,
            title=_text(values.get(Field.TITLE)) or "",
            description=_text(values.get(Field.DESCRIPTION)) or "",
            status=self._status(values.get(Field.STATUS)),
            priority=_text(values.get(Field.PRIORITY)),
            type=_text(values.get(Field.TYPE)),
            assignees=tuple(self._people.get(one, one) for one in _list(values.get(Field.ASSIGNEES))),
            labels=tuple(_list(values.get(Field.LABELS))),
            start=_text(values.get(Field.START)),
            due=_text(values.get(Field.DUE)),
            estimate=_number(values.get(Field.ESTIMATE)),
            parent=_text(values.get(Field.PARENT)),
            release=tuple(_list(values.get(Field.RELEASE))),
            sprint=_text(values.get(Field.SPRINT)),
            time_spent=_number(values.get(Field.TIME_SPENT)),
            links=_links(values.get(Field.LINKS)),
            custom={
                name.custom_name: self._named(values[name]) for name in in_order(values.keys()) if name.custom_name
            },
            created_at=min((one.remote_created_at for one in bundle.replicas), default=bundle.item.created_at),
            updated_at=max((one.remote_updated_at for one in bundle.replicas), default=bundle.item.updated_at),
            comments=hung.get(PartKind.COMMENT, 0),
            attachments=hung.get(PartKind.ATTACHMENT, 0),
            places=tuple(self._place(one) for one in bundle.replicas),
            notes=tuple(notes),
        )

    def _named(self, value: Json) -> Json:
        """A custom field's value; of people, their names."""
        return [self._people.get(one, one) for one in _list(value)] if isinstance(value, list) else value

    def _status(self, value: Json) -> Status | None:
        if not isinstance(value, str):
            return None
        category = self.statuses.get(value)
        return Status(name=value, category=category if isinstance(category, StatusCategory) else None)

    def _place(self, replica: Replica) -> Place:
        names = self._names[replica.connection]
        status = replica.native.get(Field.STATUS)
        place = status.get("place") if isinstance(status, dict) else None
        ticked = " ✓" if isinstance(status, dict) and status.get("completed") else ""
        return Place(
            connection=replica.connection,
            id=replica.remote_id,
            key=replica.key,
            url=replica.url,
            original_status=names[Field.STATUS].get(str(place), "") + ticked,
            original_priority=names[Field.PRIORITY].get(str(replica.native.get(Field.PRIORITY)), ""),
            original_type=names[Field.TYPE].get(str(replica.native.get(Field.TYPE)), ""),
            updated_at=replica.remote_updated_at,
            missing=replica.state is not ReplicaState.LINKED,
        )


def _names(store: Store, connection: str) -> Mapping[Field, Mapping[str, str]]:
    """A tool's words by their ids, which are unique only among their kind: Jira has a status 3 and a priority 3."""
    kept = store.progress.connection(connection).vocabulary
    vocabulary = Vocabulary.model_validate(kept) if kept is not None else None
    terms = {
        Field.STATUS: vocabulary.statuses if vocabulary else (),
        Field.PRIORITY: vocabulary.priorities if vocabulary else (),
        Field.TYPE: vocabulary.types if vocabulary else (),
    }
    return {kind: {term.id: term.name for term in listed} for kind, listed in terms.items()}


def _people(store: Store, connections: list[str]) -> dict[str, str]:
    """Full names by the ids that people may go by."""
    found: dict[str, str] = {}
    for connection in connections:
        kept = store.progress.connection(connection).vocabulary
        for member in Vocabulary.model_validate(kept).members if kept is not None else ():
            for identity in (member.email.casefold(), f"{connection}:{member.id}"):
                if identity:
                    found.setdefault(identity, member.name)
    return found


def _links(value: Json) -> tuple[Link, ...]:
    """Those that lead to items."""
    parted = (one.partition(":") for one in _list(value))
    kinds = set(LinkKind)
    return tuple(
        Link(kind=LinkKind(kind), item=item) for kind, _, item in parted if kind in kinds and not item.startswith("@")
    )


def _text(value: Json) -> str | None:
    return value if isinstance(value, str) and value else None


def _list(value: Json) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list) else []


def _number(value: Json) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
