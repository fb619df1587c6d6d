"""A failing case made as small as it stays failing: tools, fields and perturbations are dropped one after the other."""

from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import replace

from planner.cases import ARRIVES, Case, Story
from planner.laws import Broken
from planner.play import Decide, play
from pmsync.reconcile.policy import Policy
from pmsync.reconcile.state import Direction


def failure(case: Case, decide: Decide) -> Broken | None:
    """The law that a case breaks, if it breaks one."""
    try:
        play(case, decide)
    except Broken as broken:
        return broken
    return None


def shrink(case: Case, decide: Decide) -> tuple[Case, Broken]:
    """The smallest case found that breaks the same law, and how. Raises ValueError for a case that breaks none."""
    broken = failure(case, decide)
    if broken is None:
        raise ValueError("the case keeps every law")
    smaller = True
    while smaller:
        smaller = False
        for simpler in _simpler(case):
            again = failure(simpler, decide)
            if again is not None and again.law == broken.law:
                case, broken, smaller = simpler, again, True
                break
    return case, broken


def _simpler(case: Case) -> Iterator[Case]:
    """Each way to take one thing out of a case."""
    for tool in case.tools if len(case.tools) > 1 else ():
        yield _without(case, tool)
    for number in range(len(case.stories) if len(case.stories) > 1 else 0):
        yield replace(case, stories=case.stories[:number] + case.stories[number + 1 :])
    for change in [*_in_tools(case), *_in_stories(case), *_in_cells(case)]:
        copied = deepcopy(case)
        change(copied)
        if copied != case:
            yield copied


def _without(case: Case, tool: str) -> Case:
    stories = [
        replace(story, cells={name: cell for name, cell in story.cells.items() if name != tool})
        for story in case.stories
    ]
    return replace(case, tools={name: known for name, known in case.tools.items() if name != tool}, stories=stories)


_Change = Callable[[Case], None]


def _in_tools(case: Case) -> Iterator[_Change]:
    for tool, known in case.tools.items():

        def let(name: str, value: object, tool: str = tool) -> _Change:
            return lambda copied: setattr(copied.tools[tool], name, value)

        yield let("away", 0)
        yield let("at", 0)
        for plan in range(len(known.fates)):
            yield let("fates", (*known.fates[:plan], ARRIVES, *known.fates[plan + 1 :]))


def _in_stories(case: Case) -> Iterator[_Change]:
    for number in range(len(case.stories)):

        def let(name: str, value: object, number: int = number) -> _Change:
            return lambda copied: setattr(copied.stories[number], name, value)

        yield let("held", value=False)
        yield let("resolved", None)
        yield let("policy", Policy())
        yield let("at", 0)


def _in_cells(case: Case) -> Iterator[_Change]:
    for number, story in enumerate(case.stories):
        for tool in story.cells:
            yield from _in_cell(number, story, tool)


def _in_cell(number: int, story: Story, tool: str) -> Iterator[_Change]:
    cell = story.cells[tool]

    def let(**values: object) -> _Change:
        def change(copied: Case) -> None:
            for name, value in values.items():
                setattr(copied.stories[number].cells[tool], name, value)

        return change

    def drop(copied: Case) -> None:
        del copied.stories[number].cells[tool]

    yield drop
    yield let(edits=())
    yield let(direction=Direction.BOTH)
    if cell.trusted:
        yield let(raw=cell.base)
    if story.revision is not None:
        yield let(trusted=True, base=cell.raw, seen=story.revision)
        yield let(seen=story.revision)
