"""A case: one item in a few tools as it was and as people left it, what will go wrong, and how it is drawn by seed.

Three quarters of the cases are correlated: one consistent state, perturbed tool by tool, since states drawn by
themselves hardly ever meet. The weights of the perturbations are drawn anew for each case.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import TypeVar

from planner.vocabularies import COUNT, Column, column
from pmsync.model.fields import Field, Json
from pmsync.reconcile.policy import Policy, Rule
from pmsync.reconcile.state import Direction

T = TypeVar("T")

TOOLS = ("a", "b", "c", "d")

ARRIVES, LOST, UNSURE, PART = "arrives", "lost", "unsure", "in part"
"""The fates of a write: `unsure` arrived, but its answer did not; of one in part the last field did not arrive."""

TROUBLED = 2
"""In so many plans writes may go wrong; from then on all is well."""


@dataclass(slots=True)
class Edit:
    """What somebody does in one tool: before the decision of a plan, or (`late`) between it and its writes."""

    plan: int
    late: bool
    raw: Json


@dataclass(slots=True)
class Cell:
    """One field of one tool, and what is remembered of it. `base` counts only where `trusted`."""

    vocabulary: int
    raw: Json
    base: Json
    trusted: bool
    seen: int
    direction: Direction = Direction.BOTH
    edits: tuple[Edit, ...] = ()


@dataclass(slots=True)
class Story:
    """One field: the item's value (`revision` None: it has none yet), its policy, and each tool's cell."""

    name: Field
    value: Json
    revision: int | None
    source: str
    at: int | None
    policy: Policy
    cells: dict[str, Cell]
    held: bool = False
    resolved: tuple[int, Json] | None = None
    """Before which plan a person settles the field if it is held, and with which value."""


@dataclass(slots=True)
class Tool:
    """When it last changed (minutes), before which plan it comes into sight, and what becomes of writes to it."""

    at: int | None = 0
    away: int = 0
    fates: tuple[str, ...] = ()


@dataclass(slots=True)
class Case:
    """All of it."""

    seed: int
    tools: dict[str, Tool]
    stories: list[Story]

    def column(self, story: Story, tool: str) -> Column:
        """The words of a tool for a field."""
        return column(story.name, story.cells[tool].vocabulary)


def draw(seed: int) -> Case:
    """The case of this seed."""
    return _Drawing(seed).case()


_FIELDS = (
    *(Field.STATUS,) * 6, *(Field.LABELS,) * 3, *(Field.ASSIGNEES,) * 3, Field.TITLE, Field.TITLE, Field.PRIORITY,
    Field.PRIORITY, Field.TYPE, Field.DUE, Field.DUE, Field.START, Field.ESTIMATE, Field.PARENT, Field.PARENT,
    Field.DESCRIPTION,
)  # fmt: skip
_WEIGHTS = (0.0, 0.15, 0.15, 0.5)


class _Drawing:
    """One case being drawn."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._chance = Random(seed).random
        self._edited = self._pick((0.2, 0.5, 0.8))
        self._behind = self._pick(_WEIGHTS)
        self._unknown = self._pick((0.0, 0.0, 0.1, 0.5))
        self._directed = self._pick((0.0, 0.0, 0.1, 0.4))
        self._later = self._pick((0.0, 0.0, 0.1, 0.3))

    def case(self) -> Case:
        names = TOOLS[: self._pick((2, 2, 2, 3, 3, 3, 4))]
        away, trouble = self._pick(_WEIGHTS), self._pick(_WEIGHTS)
        tools = {name: self._tool(away, trouble) for name in names}
        fields = {self._pick(_FIELDS) for _ in range(self._pick((1, 1, 1, 1, 1, 2)))}
        correlated = self._chance() < 0.75
        stories = [self._story(name, names, correlated=correlated) for name in Field.standard() if name in fields]
        return Case(self._seed, tools, stories)

    def _tool(self, away: float, trouble: float) -> Tool:
        fates = tuple(
            self._pick((LOST, UNSURE, PART)) if self._chance() < trouble else ARRIVES for _ in range(TROUBLED)
        )
        at = self._number(20) if self._chance() < 0.9 else None
        return Tool(at, 2 + self._number(2) if self._chance() < away else 0, fates)

    def _story(self, name: Field, names: Sequence[str], *, correlated: bool) -> Story:
        vocabularies = {tool: self._number(COUNT) for tool in names if self._chance() < 0.95}
        value = self._pick(column(name, self._number(COUNT)).values)
        revision = 3 if self._chance() < 0.93 else None
        drawn = self._consistent if correlated and revision else self._independent
        cells = {tool: drawn(name, number, value) for tool, number in vocabularies.items()}
        for cell in cells.values():
            self._perturb(cell, column(name, cell.vocabulary), still=not correlated or revision is None)
        if revision is None:
            for cell in cells.values():
                cell.trusted, cell.seen = False, 0
        at = self._number(20) if self._chance() < 0.9 else None
        held = revision is not None and self._chance() < 0.06
        resolved = None
        if self._chance() < 0.6:
            resolved = (2 + self._number(2), self._pick(column(name, self._number(COUNT)).values))
        source = self._pick(names)
        return Story(name, value, revision, source, at, self._policy(name, names), cells, held, resolved)

    def _consistent(self, name: Field, number: int, value: Json) -> Cell:
        """It shows the value, where it can."""
        words = column(name, number)
        showing = words.showing(value)
        raw = self._pick(showing) if showing else self._pick(words.natives)
        return Cell(number, raw, raw, trusted=True, seen=3 if showing else 2)

    def _independent(self, name: Field, number: int, value: Json) -> Cell:
        natives = column(name, number).natives
        return Cell(number, self._pick(natives), self._pick(natives), trusted=True, seen=1 + self._number(3))

    def _perturb(self, cell: Cell, words: Column, *, still: bool) -> None:
        if not still and self._chance() < self._behind:
            cell.raw = cell.base = self._pick(words.natives)
            cell.seen = 2
        if not still and self._chance() < self._edited:
            cell.raw = self._pick(words.natives)
        if self._chance() < self._unknown:
            cell.trusted, cell.seen = False, 0
        if self._chance() < self._directed:
            cell.direction = self._pick((Direction.IN, Direction.OUT))
        if self._chance() < self._later:
            cell.edits = (Edit(1 + self._number(3), self._chance() < 0.5, self._pick(words.natives)),)

    def _policy(self, name: Field, names: Sequence[str]) -> Policy:
        rule = self._pick((Rule.OWNER, Rule.OWNER, Rule.NEWEST, Rule.MANUAL, Rule.MERGE))
        if name is Field.DESCRIPTION and self._chance() < 0.7:
            rule = Rule.MERGE
        return Policy(rule, tuple(self._pick(names) for _ in range(self._number(3))))

    def _number(self, below: int) -> int:
        return int(self._chance() * below)

    def _pick(self, options: Sequence[T]) -> T:
        return options[int(self._chance() * len(options))]
