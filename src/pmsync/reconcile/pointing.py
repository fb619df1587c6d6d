"""Which links a replica needs so that it leads people to its twins, from what is known of those that it has. Pure.

What counts is where a link leads. Its title names the tool and the key there, and not the item: else whoever edits a
title would cause a write to every twin.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum


class LinkState(StrEnum):
    """What is known of a link to a twin."""

    THERE = "there"
    MARKED = "marked"
    """What marks the replica as made from the twin leads there; it is not ours to change."""
    UNSURE = "unsure"
    """A write is under way, or brought no answer: nobody knows whether the link is there."""
    TAKEN = "taken"
    """Somebody took it away: it is not made again, until its twin is elsewhere."""
    REFUSED = "refused"
    """The tool would not have it: not tried again until its twin is elsewhere, or everything is read."""


@dataclass(frozen=True, slots=True)
class TwinLink:
    """A link of an object in a connection to its twin in another."""

    item: str
    connection: str
    twin: str
    """The connection of the twin."""
    sync: str
    remote_id: str
    """The object that has the link."""
    url: str
    """Where it leads; "" where nothing does, but that is known."""
    state: LinkState = LinkState.THERE


@dataclass(frozen=True, slots=True)
class Pointing:
    """What is to be done about one object's links."""

    links: tuple[TwinLink, ...]
    """What it is to lead to, all of it: what is in the state afterwards."""
    send: tuple[TwinLink, ...]
    """What of that the tool is told: without what somebody took away, and what it refused."""
    before: tuple[TwinLink, ...] | None
    """What it is known to have; None where that has to be found first."""
    gone: tuple[TwinLink, ...]
    """What there is no twin for any more."""

    @property
    def new(self) -> tuple[TwinLink, ...]:
        """The links that are to be made, or to lead elsewhere."""
        known = {(one.twin, one.url) for one in self.before or ()}
        return tuple(one for one in self.send if self.before is None or (one.twin, one.url) not in known)

    @property
    def sends(self) -> bool:
        """Whether the tool has to be asked at all."""
        former = {one.twin for one in self.before or ()} - {one.twin for one in self.send}
        return bool(self.new or former or self.before is None)

    @property
    def unsure(self) -> tuple[TwinLink, ...]:
        """What is to be in the state while it is done: whatever cuts it short, it is looked at again."""
        touched = [one for one in self.gone if one.state in (LinkState.THERE, LinkState.UNSURE)]
        return tuple(replace(one, state=LinkState.UNSURE) for one in (*self.new, *touched))


def point(blank: TwinLink, twins: Mapping[str, str], known: Sequence[TwinLink], *, certain: bool) -> Pointing | None:
    """What is to be done about an object's links; None for nothing. `blank`: one of its links; `twins`: where its twins
    are, by connection; `known`: its links, as far as the state knows; `certain`: whether it has no others."""
    have = {one.twin: one for one in known}
    gone = tuple(one for one in known if one.twin not in twins)
    links, send = [], []
    for twin, url in twins.items():
        now = have.get(twin)
        same = now is not None and now.url == url
        state = now.state if now is not None and same and now.state is not LinkState.UNSURE else LinkState.THERE
        link = replace(blank, twin=twin, url=url, state=state)
        links.append(link)
        if state not in (LinkState.TAKEN, LinkState.REFUSED):
            send.append(link)
    unsure = not certain or any(one.state is LinkState.UNSURE for one in known)
    told = Pointing(tuple(links), tuple(send), None if unsure else tuple(_there(known, twins)), gone)
    return told if told.sends or gone or _differ(links, have) else None


def _there(known: Sequence[TwinLink], twins: Mapping[str, str]) -> list[TwinLink]:
    """The links that the tool can be told of as being there."""
    return [
        one
        for one in known
        if (one.state is LinkState.THERE and one.url)
        or (one.state is LinkState.MARKED and twins.get(one.twin) == one.url)
    ]


def _differ(links: Sequence[TwinLink], have: Mapping[str, TwinLink]) -> bool:
    return any(have.get(one.twin) != one for one in links)


def seen(blank: TwinLink, shown: Mapping[str, str], known: Sequence[TwinLink]) -> tuple[list[TwinLink], list[TwinLink]]:
    """What a list that tells of an object's links makes of what is known of them: what is to be kept, what forgotten.
    `shown`: where they lead, by the connection of the twin."""
    have = {one.twin: one for one in known}
    there = [replace(blank, twin=twin, url=url) for twin, url in shown.items()]
    kept = [one for one in there if have.get(one.twin) != one]
    lacking = [one for one in known if one.twin not in shown]
    kept += [replace(one, state=LinkState.TAKEN) for one in lacking if one.state is LinkState.THERE and one.url]
    return kept, [one for one in lacking if one.state is LinkState.UNSURE]
