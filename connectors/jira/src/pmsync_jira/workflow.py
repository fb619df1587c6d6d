"""Jira's workflow as far as it has been seen: which transitions lead where, and the shortest way through. Pure.

Jira tells a plain user only the transitions that one issue offers now. They depend on the issue's type and status, so
what one issue offers is remembered for all of that type and status; conditions can make it wrong for a single issue,
which a refused transition shows.
"""

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pmsync.model.fields import Json
from pmsync_jira.screen import Screen, screen_of, slot_from_json, slot_to_json


@dataclass(frozen=True, slots=True)
class Step:
    """A transition out of a status. `category` is the target's statusCategory: new, indeterminate or done."""

    id: str
    to: str
    name: str = ""
    category: str = ""
    screen: Screen = ()


@dataclass(frozen=True, slots=True)
class Venture:
    """A way into what has not been seen: its first step, the status it leads to, and how promising (least first)."""

    step: Step
    to: str
    rank: tuple[int, int]


Usable = Callable[[Step], bool]


def steps_of(answer: Any) -> tuple[Step, ...]:
    """The steps in an answer to `GET transitions?expand=transitions.fields`, without those that are unavailable."""
    steps = []
    for transition in answer.get("transitions") or []:
        if transition.get("isAvailable") is False:
            continue
        target = transition["to"]
        steps.append(
            Step(
                id=str(transition["id"]),
                to=str(target["id"]),
                name=str(target.get("name") or target["id"]),
                category=str((target.get("statusCategory") or {}).get("key") or ""),
                screen=screen_of((transition.get("fields") or {}).items()),
            )
        )
    return tuple(steps)


@dataclass(frozen=True, slots=True)
class Graph:
    """What each (type id, status id) offers. A pair that is absent has not been seen yet."""

    seen: Mapping[tuple[str, str], tuple[Step, ...]] = field(default_factory=dict)

    def learn(self, type_: str, status: str, steps: tuple[Step, ...]) -> "Graph":
        """The graph with what an issue of this type offers in this status."""
        return Graph({**self.seen, (type_, status): steps})

    def steps(self, type_: str, status: str) -> tuple[Step, ...] | None:
        """What that pair offers; None if it has not been seen."""
        return self.seen.get((type_, status))

    def path(self, type_: str, start: str, goal: str, usable: Usable) -> tuple[Step, ...] | None:
        """The shortest known way of usable steps; () if already there, None if none is known."""
        queue: deque[tuple[str, tuple[Step, ...]]] = deque([(start, ())])
        visited = {start}
        while queue:
            status, way = queue.popleft()
            if status == goal:
                return way
            for step in self.seen.get((type_, status), ()):
                if step.to not in visited and usable(step):
                    visited.add(step.to)
                    queue.append((step.to, (*way, step)))
        return None

    def reachable(self, type_: str, start: str, usable: Usable) -> dict[str, str]:
        """The names of the statuses that the known usable steps lead to, by id, without the start."""
        queue, names = deque([start]), {start: ""}
        while queue:
            for step in self.seen.get((type_, queue.popleft()), ()):
                if step.to not in names and usable(step):
                    names[step.to] = step.name
                    queue.append(step.to)
        del names[start]
        return names

    def ventures(self, type_: str, start: str, goal_category: str, usable: Usable) -> tuple["Venture", ...]:
        """The ways to statuses whose own steps have not been seen, where no way to the goal is known; the best first.

        Never through, nor into, a status that means done: arriving there has effects (a resolution, a date) that
        leaving does not undo.
        """
        queue: deque[tuple[str, Step | None, int]] = deque([(start, None, 0)])
        visited = {start}
        found: list[Venture] = []
        while queue:
            status, first, length = queue.popleft()
            for step in self.seen.get((type_, status), ()):
                if step.to in visited or step.category == "done" or not usable(step):
                    continue
                visited.add(step.to)
                queue.append((step.to, first or step, length + 1))
                if (type_, step.to) not in self.seen:
                    found.append(Venture(first or step, step.to, (_rank(step.category, goal_category), length + 1)))
        return tuple(sorted(found, key=lambda venture: venture.rank))

    def to_json(self) -> Json:
        """The graph as `graph_from_json` reads it back."""
        return [
            [
                type_,
                status,
                [[s.id, s.to, s.name, s.category, [slot_to_json(slot) for slot in s.screen]] for s in steps],
            ]
            for (type_, status), steps in sorted(self.seen.items())
        ]


def graph_from_json(data: Any) -> Graph:
    """Read what `Graph.to_json` wrote. Raises ValueError, TypeError or IndexError for anything else."""
    return Graph(
        {
            (str(type_), str(status)): tuple(
                Step(str(id_), str(to), str(name), str(category), tuple(slot_from_json(slot) for slot in screen))
                for id_, to, name, category, screen in steps
            )
            for type_, status, steps in data
        }
    )


def _rank(category: str, goal_category: str) -> int:
    """Work under way leads on most often; but back to work not begun goes by work not begun."""
    likely = "new" if goal_category == "new" else "indeterminate"
    return 0 if category == likely else 1
