"""What the workflow, as far as it has been seen, says about the statuses that can be reached; as findings. Pure."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from pmsync.model.finding import Finding
from pmsync_jira.workflow import Graph, Step

Missing = Callable[[Step], tuple[str, ...]]
"""The fields that a step's form requires and nothing fills."""

Names = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Workflow:
    """One issue type, by id and name, and the names of its statuses by id."""

    type: str
    name: str
    statuses: Mapping[str, str]


def reach(graph: Graph, workflows: Sequence[Workflow], missing: Missing, most_hops: int) -> tuple[Finding, ...]:
    """The findings; types of which the same is true share one."""
    apart: dict[tuple[Names, Names], list[str]] = defaultdict(list)
    locked: dict[tuple[str, Names, Names], list[str]] = defaultdict(list)
    unseen: dict[Names, list[str]] = defaultdict(list)
    for workflow in workflows:
        look = _Look(graph, workflow, missing, most_hops)
        for pair in look.apart():
            apart[pair].append(workflow.name)
        for lock in look.locked():
            locked[lock].append(workflow.name)
        if look.unseen():
            unseen[look.unseen()].append(workflow.name)

    def of(types: list[str]) -> str:
        return "" if len(types) == len(workflows) else f" ({', '.join(types)})"

    return (
        *(_out_of_reach(goals, starts, of(types), most_hops) for (goals, starts), types in apart.items()),
        *(_held_up(goal, starts, fields, of(types)) for (goal, fields, starts), types in locked.items()),
        *_unknown(unseen),
    )


@dataclass(frozen=True, slots=True)
class _Look:
    """One type's workflow. What is told is told by name, in the workflow's order."""

    graph: Graph
    workflow: Workflow
    missing: Missing
    most_hops: int

    def unseen(self) -> Names:
        """The statuses of which it is not known what leads out of them."""
        return tuple(name for id_, name in self.workflow.statuses.items() if not self._seen(id_))

    def apart(self) -> Iterator[tuple[Names, Names]]:
        """(goals, starts): from none of the starts is there a way to any of the goals, whatever fields are filled.

        Only where all that lies ahead of a start has been seen: the goal may lie behind what has not.
        """
        names = self.workflow.statuses
        cut_off: dict[str, list[str]] = defaultdict(list)
        for start, goal in self._pairs():
            way = self._way(start, goal, self._open) or self._way(start, goal, _any)
            if (len(way) > self.most_hops) if way else self._explored(start):
                cut_off[goal].append(names[start])
        alike: dict[Names, list[str]] = defaultdict(list)
        for goal, starts in cut_off.items():
            alike[tuple(starts)].append(names[goal])
        return ((tuple(goals), starts) for starts, goals in alike.items())

    def locked(self) -> Iterator[tuple[str, Names, Names]]:
        """(goal, fields, starts): the steps from these starts to the goal lack the fields, and nothing leads round."""
        names = self.workflow.statuses
        found: dict[tuple[str, Names], dict[str, None]] = defaultdict(dict)
        for start, goal in self._pairs():
            near = self.graph.reachable(self.workflow.type, start, self._open)
            status = start
            for step in () if goal in near else self._way(start, goal, _any):
                fields = self.missing(step)
                if fields and step.to not in near:
                    found[step.to, fields][names.get(status, status)] = None
                status = step.to
        return ((names.get(goal, goal), fields, tuple(starts)) for (goal, fields), starts in found.items())

    def _pairs(self) -> Iterator[tuple[str, str]]:
        """Every two statuses, the first of them seen."""
        statuses = self.workflow.statuses
        return ((start, goal) for start in statuses if self._seen(start) for goal in statuses if goal != start)

    def _way(self, start: str, goal: str, usable: Callable[[Step], bool]) -> tuple[Step, ...]:
        return self.graph.path(self.workflow.type, start, goal, usable) or ()

    def _seen(self, status: str) -> bool:
        return self.graph.steps(self.workflow.type, status) is not None

    def _explored(self, start: str) -> bool:
        return all(self._seen(status) for status in self.graph.reachable(self.workflow.type, start, _any))

    def _open(self, step: Step) -> bool:
        return not self.missing(step)


def _any(step: Step) -> bool:
    return True


def _out_of_reach(goals: Names, starts: Names, types: str, most_hops: int) -> Finding:
    return Finding(
        "warning",
        f"no way of up to {most_hops} transitions leads to {_quoted(goals)} from {_quoted(starts)}{types}",
        "add a transition, or map it to a status that can be reached",
    )


def _held_up(goal: str, starts: Names, fields: Names, types: str) -> Finding:
    return Finding(
        "warning",
        f"the transition to {goal!r} from {_quoted(starts)} requires {_quoted(fields)}, "
        f"for which `defaults` has no value that fits, and no other way there is known{types}",
        f"give {_quoted(fields)} a value that Jira allows under `defaults:` in the mapping",
    )


def _unknown(unseen: Mapping[Names, list[str]]) -> Iterator[Finding]:
    if unseen:
        listed = "; ".join(f"{', '.join(types)}: {_quoted(names)}" for names, types in unseen.items())
        yield Finding(
            "info",
            f"no issue was found that shows what leads out of these statuses ({listed})",
            "nothing has to be done: it is learned once issues are in them",
        )


def _quoted(names: Names) -> str:
    return ", ".join(repr(name) for name in names)
