"""What a write did: whether it arrived, and whether it covered an edit that nobody had seen yet."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from pmsync.model.fields import SET_FIELDS, Field, Json
from pmsync.model.native import Event


@dataclass(frozen=True, slots=True)
class Settlement:
    """Per field: the new base, and what the write covered. Fields that did not arrive are in neither."""

    bases: Mapping[Field, Json]
    covered: Mapping[Field, tuple[Json, str | None]]
    """The native value that our write replaced unseen, and who had written it."""
    altered: frozenset[Field]
    """Fields that the tool keeps in another form than was sent."""
    partway: frozenset[Field] = frozenset()
    """Fields that show neither what was nor what is to be, but a step of ours on the way."""


def settle_write(
    sent: Mapping[Field, Json],
    seen: Mapping[Field, Json],
    shown: Mapping[Field, Json],
    events: Sequence[Event],
    us: str,
    attempted: Collection[Field] = (),
) -> Settlement:
    """Judge a write by the tool's answer and its history.

    `sent` is what we wrote, `attempted` what of it did not arrive (a workflow is walked step by step), `seen` what was
    read just before, `shown` what is there now, `events` its history since
    the reading, oldest first, `us` our own account there. Where the tool shows something else than was sent, its
    history tells a normalisation (no later edit by another: what is shown becomes the base) from a user's edit (then
    the base is what was sent, and the next reading finds the edit as one).
    """
    bases: dict[Field, Json] = {}
    covered: dict[Field, tuple[Json, str | None]] = {}
    altered: set[Field] = set()
    partway = {name: shown[name] for name in attempted if _is_ours(name, seen, shown, events, us)}
    for name, value in {**sent, **partway}.items():
        told = [event for event in events if event.field == name]
        if name not in SET_FIELDS:
            lost = _covered(value, seen.get(name), told, us)
            if lost is not None:
                covered[name] = lost
        now = shown.get(name, value)
        bases[name] = now
        if now != value and _edited_later(told, us):
            bases[name] = value
        elif now != value:
            altered.add(name)
    return Settlement(bases, covered, frozenset(altered), frozenset(partway))


def arrived(sent: Json, shown: Json, events: Sequence[Event], us: str) -> bool:
    """Whether a write whose answer never came took effect."""
    return shown == sent or any(event.actor == us and event.after == sent for event in events)


def _is_ours(
    name: Field, seen: Mapping[Field, Json], shown: Mapping[Field, Json], events: Sequence[Event], us: str
) -> bool:
    """Whether what a field shows now is the last thing that we did there, and not what was there before."""
    told = [event for event in events if event.field == name]
    moved = name in shown and shown[name] != seen.get(name)
    return moved and bool(told) and told[-1].actor == us and told[-1].after == shown[name]


def _edited_later(told: Sequence[Event], us: str) -> bool:
    """Whether the last word in the history is another's."""
    return bool(told) and told[-1].actor != us


def _covered(sent: Json, seen: Json, told: Sequence[Event], us: str) -> tuple[Json, str | None] | None:
    """The value that stood just before our write, if it is not the one that we had read.

    Our write may be several steps (the hops of a workflow): they are followed back to where the first began.
    """
    place = next((n for n in reversed(range(len(told))) if told[n].actor == us and told[n].after == sent), None)
    while place is not None:
        event = told[place]
        if event.before in (seen, sent):
            return None
        earlier = told[place - 1] if place else None
        if earlier is None or earlier.actor != us or earlier.after != event.before:
            return event.before, earlier.actor if earlier else None
        place -= 1
    return None
