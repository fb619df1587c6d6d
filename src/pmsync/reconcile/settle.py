"""What a write did: whether it arrived, and whether it covered an edit that nobody had seen yet."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pmsync.model.fields import SET_FIELDS, Field, Json
from pmsync.model.native import Event


@dataclass(frozen=True, slots=True)
class Settlement:
    """Per field: the new base (absent where the write must be looked at again), and the values that it covered."""

    bases: Mapping[Field, Json]
    covered: Mapping[Field, tuple[Json, str | None]]
    """The native value that our write replaced unseen, and who had written it."""


def settle_write(
    sent: Mapping[Field, Json],
    seen: Mapping[Field, Json],
    shown: Mapping[Field, Json],
    events: Sequence[Event],
    us: str,
) -> Settlement:
    """Judge a write by the tool's answer and its history.

    `sent` is what we wrote, `seen` what we read just before, `shown` what the tool shows now, `events` its history since
    the reading, `us` our own account there. Where the tool shows something else than was sent, its history tells a
    normalisation (no later edit by another: what is shown becomes the base) from a user's edit (then the base is what
    was sent, and the next reading finds the edit as one).
    """
    bases: dict[Field, Json] = {}
    covered: dict[Field, tuple[Json, str | None]] = {}
    for name, value in sent.items():
        told = [event for event in events if event.field == name]
        ours = [event for event in told if event.actor == us]
        others = [event for event in told if event.actor != us]
        if name not in SET_FIELDS:
            lost = _covered(value, seen.get(name), told, us)
            if lost is not None:
                covered[name] = lost
        now = shown.get(name, value)
        later = others and (not ours or others[-1].at >= ours[-1].at)
        bases[name] = value if now != value and later else now
    return Settlement(bases, covered)


def _covered(sent: Json, seen: Json, told: Sequence[Event], us: str) -> tuple[Json, str | None] | None:
    """The value that stood just before our write, if it is not the one that we had read."""
    for place, event in enumerate(told):
        if event.actor != us or event.before in (seen, sent) or event.after == event.before:
            continue
        earlier = told[place - 1] if place else None
        if earlier is not None and earlier.actor == us:
            continue  # our own hop over an intermediate status
        return event.before, earlier.actor if earlier else None
    return None
