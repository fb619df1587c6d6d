"""The lens for the status: the place that an item is in, and in tools that tick items off the tick beside it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pmsync.mapping.lens import Refusal, Shown, Unmapped
from pmsync.mapping.relation import Relation, relate
from pmsync.mapping.spec import Mapping as Spec
from pmsync.mapping.spec import Other
from pmsync.model.fields import Json, StatusCategory
from pmsync.model.vocabulary import Term

FINISHED = frozenset({StatusCategory.DONE, StatusCategory.CANCELLED})

_NEAR: Mapping[StatusCategory, tuple[StatusCategory, ...]] = {
    StatusCategory.BACKLOG: (StatusCategory.BACKLOG, StatusCategory.TODO, StatusCategory.IN_PROGRESS),
    StatusCategory.TODO: (StatusCategory.TODO, StatusCategory.BACKLOG, StatusCategory.IN_PROGRESS),
    StatusCategory.IN_PROGRESS: (StatusCategory.IN_PROGRESS, StatusCategory.ON_HOLD, StatusCategory.TODO),
    StatusCategory.ON_HOLD: (StatusCategory.ON_HOLD, StatusCategory.IN_PROGRESS, StatusCategory.TODO),
    StatusCategory.DONE: (StatusCategory.DONE, StatusCategory.CANCELLED),
    StatusCategory.CANCELLED: (StatusCategory.CANCELLED, StatusCategory.DONE),
}
"""Where an item is created whose status the tool cannot show: never finished where it is open, nor the reverse."""


@dataclass(frozen=True, slots=True)
class StatusLens:
    """Native values are `{"place": id}`, with `"completed": bool` where the tool ticks.

    How such a pair is read, where the tool ticks (`flagged`):

    * ticked, in a place whose mapping ticks and which is for finished work: as that place;
    * ticked anywhere else: as the mapping's `completed`, wherever the mapping has one;
    * not ticked, in a place whose mapping ticks: as the first status that is still to do;
    * not ticked anywhere else: as that place.

    What is in no place and is only ticked off shows every finished status, or every other one.
    """

    relation: Relation[str]
    names: Mapping[str, str]
    """Of all the project's places by id, mapped or not."""
    categories: Mapping[str, StatusCategory]
    """Of all schema statuses, also of those that this tool cannot show."""
    closed: frozenset[str] = frozenset()
    """Places that take no items (archived lists)."""
    flagged: bool = False
    ticks: frozenset[str] = frozenset()
    """Ids of the places whose mapping ticks what is put there."""
    finished: frozenset[str] = frozenset()
    """Those of them that are for finished work."""
    completed: str | None = None
    reopened: str | None = None
    """What an item reads as that is in a place of `ticks` and not ticked."""
    spare: tuple[str, ...] = ()
    """Where a project has no place for finished work: the other finished statuses, which a tick stands in for."""
    reports: bool = True
    """Whether a place that the mapping does not name is worth a report."""

    def get(self, native: Json, current: Json) -> Json | Unmapped:
        """See `Lens.get`."""
        shown = self.shown(native)
        if shown:
            return current if isinstance(current, str) and current in shown else shown[0]
        place, _ = _parts(native)
        if place is None or not self.reports:
            return Unmapped()
        return Unmapped(f"place {self.names.get(place, place)!r} is not in the mapping")

    def put(self, value: Json, native: Json) -> Shown | Refusal:
        """See `Lens.put`."""
        shown = self.shown(native)
        if value in shown:
            return Shown(native)
        if native is not None and not shown:
            reading = self.get(native, None)
            return Refusal(reading.reason if isinstance(reading, Unmapped) else "")
        if not isinstance(value, str):
            return Refusal("an item has to have a status")
        if _bare(native):
            turned: Json = {"completed": self.categories.get(value) in FINISHED}
            return Shown(turned) if value in self.shown(turned) else Refusal(f"no tick shows {value!r}")
        place, _ = _parts(native)
        if place is not None and place not in self.closed:
            stay = self._native(place, place in self.ticks)
            if value in self.shown(stay):
                return Shown(stay)
        way = self.relation.ways.get(value)
        if way is not None:
            name = self.names.get(way, way)
            note = f"{value!r} is shown as {name!r}, the nearest here" if self.relation.nearest(value) else ""
            return Shown(self._native(way, way in self.ticks), note)
        return self._ticked(value, place)

    def shown(self, native: Json) -> tuple[str, ...]:
        """All the schema statuses that the native value shows, the one that it is read as first."""
        place, ticked = _parts(native)
        if _bare(native):
            return self._by_tick(ticked)
        by_place = self.relation.shown.get(place, ()) if place is not None else ()
        if not self.flagged:
            return by_place
        if ticked and self.completed is not None and place not in self.finished:
            return (self.completed, *self.spare)
        if not ticked and place in self.ticks and self.reopened is not None:
            return (self.reopened,)
        return by_place

    def nearest(self, status: str) -> Json:
        """The native value for an item created with a status that the tool cannot show; None if nothing is near."""
        category = self.categories.get(status)
        for near in _NEAR[category] if category is not None else ():
            for shown, way in self.relation.ways.items():
                if self.categories.get(shown) == near and not self.relation.nearest(shown):
                    return self._native(way, way in self.ticks)
        return None

    def native_for(self, status: str) -> Json:
        """The native value that the status is shown as; None if it cannot be shown."""
        shown = self.put(status, None)
        return shown.native if isinstance(shown, Shown) else None

    def name(self, native: Json) -> str:
        """A native value for people: the place, and its tick where the place alone does not say it."""
        place, ticked = _parts(native)
        if place is None:
            return ("ticked" if ticked else "not ticked") if _bare(native) else ""
        named = self.names.get(place, place)
        if not self.flagged or ticked == (place in self.ticks):
            return named
        return f"{named}, {'ticked' if ticked else 'not ticked'}"

    def _by_tick(self, ticked: bool) -> tuple[str, ...]:
        first = (StatusCategory.DONE, StatusCategory.CANCELLED) if ticked else (StatusCategory.TODO,)
        fitting = [one for one, category in self.categories.items() if (category in FINISHED) == ticked]
        rank = {category: number for number, category in enumerate(first)}
        fitting.sort(key=lambda one: rank.get(self.categories[one], len(rank)))
        chosen = self.completed if ticked else None
        return tuple(dict.fromkeys([chosen, *fitting])) if chosen is not None else tuple(fitting)

    def _ticked(self, value: str, place: str | None) -> Shown | Refusal:
        """A status that no place shows: still, a tick may."""
        if self.flagged and value in (self.completed, *self.spare):
            fallback = self.nearest(value)
            where = place if place is not None and place not in self.closed else _parts(fallback)[0]
            if where is not None and value in self.shown(self._native(where, True)):
                return Shown(self._native(where, True))
        return Refusal(f"no place here shows {value!r}", self.nearest(value))

    def _native(self, place: str, ticked: bool) -> Json:
        return {"place": place, "completed": ticked} if self.flagged else {"place": place}


def _parts(native: Json) -> tuple[str | None, bool]:
    if not isinstance(native, dict):
        return None, False
    place = native.get("place")
    return (place if isinstance(place, str) else None), native.get("completed") is True


def _bare(native: Json) -> bool:
    """Whether it is the status of what is in no place and is only ticked off."""
    return isinstance(native, dict) and "place" not in native and "completed" in native


def status_lens(
    spec: Spec,
    places: Sequence[Term],
    flagged: bool,
    categories: Mapping[str, StatusCategory] | None = None,
) -> StatusLens:
    """The lens of a mapping over these places. `categories`: of all statuses that items can have, if there are more."""
    relation = relate({name: place.shows for name, place in spec.statuses.items()}, places)
    own = {
        status: category
        for place in spec.statuses.values()
        for status in place.shows
        if (category := spec.category(status)) is not None
    }
    every = own | dict(categories or {})
    alone = flagged and spec.completed is not None and spec.completed not in relation.ways
    spare = [one for one, category in every.items() if category in FINISHED and one not in relation.ways]
    ticks = {place for place, name in relation.rules.items() if spec.statuses[name].completed}
    return StatusLens(
        relation=relation,
        names={place.id: place.name for place in places},
        categories=every,
        closed=frozenset(place.id for place in places if not place.open),
        flagged=flagged,
        ticks=frozenset(ticks),
        finished=frozenset(place for place in ticks if spec.statuses[relation.rules[place]].category in FINISHED),
        completed=spec.completed,
        spare=tuple(one for one in spare if alone and one != spec.completed),
        reopened=_reopened(spec),
        reports=spec.other is Other.REPORT,
    )


def _reopened(spec: Spec) -> str | None:
    """The first status to do; where there is none, the first that is not finished."""
    read = [place for place in spec.statuses.values() if not place.completed]
    to_do = [place for place in read if place.category is StatusCategory.TODO]
    unfinished = [place for place in read if place.category not in FINISHED]
    return next((place.shows[0] for place in to_do or unfinished), None)
