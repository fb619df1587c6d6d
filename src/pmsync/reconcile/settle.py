"""What a write did: whether it arrived, and whether it covered an edit that nobody had seen yet."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from pmsync.model.fields import Field, Json
from pmsync.model.native import Event
from pmsync.reconcile.voice import members


@dataclass(frozen=True, slots=True)
class Lost:
    """A native value that our write replaced unseen, who had made it so, and when."""

    value: Json
    actor: str | None = None
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Settlement:
    """Per field: the new base, and what the write covered. Fields that did not arrive are in neither."""

    bases: Mapping[Field, Json]
    covered: Mapping[Field, Lost]
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
    the base is what was sent, and the next reading finds the edit as one). Of a set that is told member by member.
    """
    bases: dict[Field, Json] = {}
    covered: dict[Field, Lost] = {}
    altered: set[Field] = set()
    partway = {name: shown[name] for name in attempted if _is_ours(name, seen, shown, events, us)}
    for name, value in {**sent, **partway}.items():
        told = [event for event in events if event.field == name]
        now = shown.get(name, value)
        if isinstance(value, list):
            lost = _covered_members(seen.get(name), _since_read(seen.get(name), told, us), us)
            theirs = _theirs(value, seen.get(name), now, told, us)
            bases[name] = _without(now, theirs)
            differs = not ({*members(now)} ^ {*members(value)}) <= {*theirs}
        else:
            told = _after_reading(seen.get(name), told)
            lost = _covered(value, now, seen.get(name), told, us)
            edited = now != value and _edited_later(told, us)
            bases[name] = value if edited else now
            differs = now != value and not edited
        if lost is not None:
            covered[name] = lost
        if differs:
            altered.add(name)
    for name in [one for one in attempted if one not in partway and not isinstance(seen.get(one), list)]:
        told = _after_reading(seen.get(name), [event for event in events if event.field == name])
        lost = _stepped_over(seen.get(name), seen.get(name), told, us)
        if lost is not None:
            covered[name] = lost
    return Settlement(bases, covered, frozenset(altered), frozenset(partway))


def arrived(name: Field, sent: Json, seen: Json, shown: Json, events: Sequence[Event], us: str) -> bool:
    """Whether a write whose answer never came took effect. A set has arrived when all that we changed in it has.

    What shows the very value is another's edit, and no write of ours, where the history says so.
    """
    told = [event for event in events if event.field == name]
    if not isinstance(sent, list):
        told = _after_reading(seen, told)
        theirs = _edited_later(told, us) and told[-1].after == sent
        ours = [event for event in told if event.actor == us]
        return (shown == sent and not theirs) or any(event.after == sent for event in ours)
    if shown == sent:
        return True
    # The history may begin with what was read before: that we put a member in then is no sign that it is out now.
    mine = [event for event in _since_read(seen, told, us) if event.actor == us]
    done = {(member, come) for event in mine for member, come in _delta(event).items()}
    before, wanted, there = set(members(seen)), set(members(sent)), set(members(shown))
    added = all(one in there or (one, True) in done for one in wanted - before)
    return added and all(one not in there or (one, False) in done for one in before - wanted)


def _is_ours(
    name: Field, seen: Mapping[Field, Json], shown: Mapping[Field, Json], events: Sequence[Event], us: str
) -> bool:
    """Whether what a field shows now is the last thing that we did there, and not what was there before."""
    # A set that arrived in part needs no base: what of it is ours reads as an edit that everybody has made already.
    told = [event for event in events if event.field == name and not isinstance(shown.get(name), list)]
    moved = name in shown and shown[name] != seen.get(name)
    return moved and bool(told) and told[-1].actor == us and told[-1].after == shown[name]


def _edited_later(told: Sequence[Event], us: str) -> bool:
    """Whether the last word in the history is another's."""
    return bool(told) and told[-1].actor != us


def _covered(sent: Json, shown: Json, seen: Json, told: Sequence[Event], us: str) -> Lost | None:
    """The value that stood just before our write, if it is not the one that we had read.

    Our write may be several steps (the hops of a workflow): they are followed back to where the first began. It may
    be told in the form that the tool gave it. Steps that undo an edit may lead through what we had read; and the last
    may be another's, who went where we were about to go.
    """
    ours = [n for n, event in enumerate(told) if event.actor == us and event.after in (sent, shown)]
    if not ours and told and told[-1].after == sent:
        return _stepped_over(sent, seen, told, us)
    return _before(ours[-1], sent, seen, told, us) if ours else None


def _stepped_over(sent: Json, seen: Json, told: Sequence[Event], us: str) -> Lost | None:
    """The edit that steps of ours set out from, though they did not come to what was sent."""
    ours = [n for n, event in enumerate(told) if event.actor == us and _undoes(told[:n], seen, us)]
    return _before(ours[-1], sent, seen, told, us) if ours else None


def _before(last: int, sent: Json, seen: Json, told: Sequence[Event], us: str) -> Lost | None:
    """What stood before the steps of ours that ended there, if it is nothing that we knew."""
    for place in range(last, -1, -1):
        event = told[place]
        earlier = told[place - 1] if place else None
        first = earlier is None or earlier.actor != us or earlier.after != event.before
        if event.before in (seen, sent) and (first or not _undoes(told[:place], seen, us)):
            return None
        if first:
            return Lost(event.before, earlier.actor, earlier.at) if earlier else Lost(event.before)
    return None


def _undoes(told: Sequence[Event], seen: Json, us: str) -> bool:
    """Whether the steps of ours at the end of this set out from what another had made since we read the value.

    That may be of the value itself, or of a step that we had taken from it: a walk whose answer is lost is begun again.
    """
    theirs = next((place for place in reversed(range(len(told))) if told[place].actor != us), -1)
    return any(event.before == seen for event in told[: theirs + 1])


def _after_reading(seen: Json, told: list[Event]) -> list[Event]:
    """The history of a single value behind the reading that showed this. It begins with the moment of the last change
    that was read, which may have seen more than one: what first led to the value came before."""
    for place, event in enumerate(told, 1):
        if event.before == seen:
            break
        if event.after == seen:
            return told[place:]
    return told


def _since_read(seen: Json, told: Sequence[Event], us: str) -> Sequence[Event]:
    """The history of a set without what earlier writes of ours did to it: it begins with the moment of the last change
    that was read, which may have seen more than one. After what we write now it is not as it was read."""
    there, now = set(members(seen)), dict[Json, bool]()
    begin = 0
    for place, event in enumerate(told, 1):
        now |= _delta(event)
        if event.actor == us and all(come == (member in there) for member, come in now.items()):
            begin = place
    return told[begin:]


def _covered_members(seen: Json, told: Sequence[Event], us: str) -> Lost | None:
    """The set as it stood just before our write, if we took away what another had put there unseen, or the reverse.

    What another did to other members is not covered: sets are written as additions and removals. But a tool with one
    assignee replaces whoever is there.
    """
    stood = dict.fromkeys(members(seen))
    others: dict[Json, list[Event]] = {}
    for event in told:
        delta = _delta(event)
        if event.actor == us:
            for member in delta:
                edits = others.get(member, [])
                unseen = len(edits) > 1 or bool(edits and delta[member] == (member in members(seen)))
                if unseen:
                    return Lost([*stood], edits[-1].actor, edits[-1].at)
            continue
        for member, come in delta.items():
            others.setdefault(member, []).append(event)
            if come:
                stood[member] = None
            else:
                stood.pop(member, None)
    return None


def _theirs(sent: Json, seen: Json, shown: Json, told: Sequence[Event], us: str) -> list[Json]:
    """The members of a set that another put in or took out unseen, be it before our write or behind it.

    They are left for the next reading to find as the edit that they are, also where it is just what we were to do: the
    item may be another by then. Without a history an extra member is somebody's if all that we put in is there (so
    nothing was put into another form), and so is a lacking one that we did not touch.
    """
    wanted, before, now = members(sent), members(seen), members(shown)
    if told:
        last = {member: (event.actor != us, come) for event in told for member, come in _delta(event).items()}
        moved = (
            one
            for one in dict.fromkeys([*now, *wanted, *before])
            if not (one in now and one in wanted and one in before)
        )
        return [one for one in moved if last.get(one) == (True, one in now)]
    in_place = all(one in now for one in wanted if one not in before)
    extra = [one for one in now if one not in wanted]
    lacking = [one for one in wanted if one in before and one not in now] if in_place or not extra else []
    return [one for one in extra if in_place and one not in before] + lacking


def _without(shown: Json, theirs: Sequence[Json]) -> Json:
    """The base of a set: as it is shown, but for what another did."""
    if not theirs:
        return shown
    now = members(shown)
    return [one for one in now if one not in theirs] + [one for one in theirs if one not in now]


def _delta(event: Event) -> dict[Json, bool]:
    """The members of a set that an event put in (True) or took out."""
    before, after = members(event.before), members(event.after)
    gone = dict.fromkeys((one for one in before if one not in after), False)
    return gone | dict.fromkeys((one for one in after if one not in before), True)
