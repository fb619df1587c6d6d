"""A case played: decide, commit, write with all that goes wrong, and again, until nothing is left to do."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from random import Random
from typing import TypeAlias

from planner.cases import ARRIVES, LOST, PART, UNSURE, Case, Story
from planner.laws import alike, judge, keep, turned
from planner.vocabularies import Column
from pmsync.mapping.lens import Refusal, Unmapped
from pmsync.model.fields import Field, Json
from pmsync.reconcile.item import decide
from pmsync.reconcile.plan import Change, Decision, Write
from pmsync.reconcile.policy import Policy
from pmsync.reconcile.state import Direction, ItemState, ReplicaState, Setting

NOW = datetime(2026, 5, 11, 9, 0, tzinfo=UTC)
PLANS = 5
"""So many plans after the last edit and the last fault, there is nothing left to do."""

Decide: TypeAlias = Callable[[ItemState, Mapping[Field, Policy], datetime], Decision]


def play(case: Case, decide: Decide = decide) -> int:
    """Play a case. The number of plans that it took. Raises `Broken` for the first law that does not hold."""
    world = World(case, decide)
    number = 1
    while not world.pass_(number) or number <= world.horizon:
        keep("L1: within five plans there is nothing left to do", number < world.horizon + PLANS)
        number += 1
    world.agreed()
    return number


class World:
    """The tools as they are, and what pmsync remembers of them."""

    def __init__(self, case: Case, decide: Decide) -> None:
        self._case = case
        self._decide = decide
        self._shuffle = Random(case.seed)
        self._stories = {story.name: story for story in case.stories}
        self._policies = {story.name: story.policy for story in case.stories}
        self._held = {story.name for story in case.stories if story.held}
        self._unsure: dict[str, tuple[int, Write]] = {}
        self._settings = {
            story.name: Setting(story.value, story.revision, story.source, _minute(story.at))
            for story in case.stories
            if story.revision is not None
        }
        self._columns: dict[str, dict[Field, Column]] = {tool: {} for tool in case.tools}
        self._raws: dict[str, dict[Field, Json]] = {tool: {} for tool in case.tools}
        self._bases: dict[str, dict[Field, Json]] = {tool: {} for tool in case.tools}
        self._seen: dict[str, dict[Field, int]] = {tool: {} for tool in case.tools}
        self._directions: dict[str, dict[Field, Direction]] = {tool: {} for tool in case.tools}
        for story in case.stories:
            for tool in story.cells:
                self._settle_in(story, tool)
        self._lenses = {
            tool: {name: column.lens for name, column in columns.items()} for tool, columns in self._columns.items()
        }
        self.horizon = self._last_event()

    def pass_(self, number: int) -> bool:
        """One plan and its writes. Whether there was nothing to do."""
        self._people(number, late=False)
        self._resolve(number)
        item = self._item(number)
        decision = self._decide(item, self._policies, NOW)
        judge(item, decision, self._policies)
        if self._case.seed % 8 == 0:
            keep("the same inputs give the same decision", decision == self._decide(item, self._policies, NOW))
        if self._case.seed % 4 == 1 and number == 1:
            alike(item, decision, self._decide(turned(item), self._policies, NOW))
        still = not decision.writes and not decision.conflicts and self._is_known(decision)
        self._commit(decision)
        self._people(number, late=True)
        for write in self._shuffle.sample(decision.writes, len(decision.writes)):
            self._write(write, self._fate(write.connection, number), number)
        return still and item.complete

    def agreed(self) -> None:
        """L2: every tool shows the item's value, but for what it refuses or is not to be written."""
        for name, story in self._stories.items():
            setting = self._settings.get(name)
            if setting is not None and name not in self._held:
                for tool in story.cells:
                    self._shows(name, tool, setting)

    def _shows(self, name: Field, tool: str, setting: Setting) -> None:
        raw, lens = self._raws[tool][name], self._lenses[tool][name]
        shown, reading = lens.put(setting.value, raw), lens.get(raw, setting.value)
        out = self._directions[tool][name] is Direction.OUT
        if isinstance(shown, Refusal) or isinstance(reading, Unmapped) or out:
            return
        cut_off = self._bases[tool].get(name) != raw and name is Field.DESCRIPTION
        keep("L2: in the end the tools agree", shown.native == raw or cut_off, (name, tool))

    def _settle_in(self, story: Story, tool: str) -> None:
        cell, name = story.cells[tool], story.name
        self._columns[tool][name] = self._case.column(story, tool)
        self._raws[tool][name] = cell.raw
        self._seen[tool][name] = cell.seen
        self._directions[tool][name] = cell.direction
        if cell.trusted:
            self._bases[tool][name] = cell.base

    def _last_event(self) -> int:
        plans = [tool.away - 1 for tool in self._case.tools.values()]
        for story in self._case.stories:
            plans += [edit.plan for cell in story.cells.values() for edit in cell.edits]
        return max(plans, default=0)

    def _people(self, number: int, *, late: bool) -> None:
        for name, story in self._stories.items():
            for tool, cell in story.cells.items():
                for edit in cell.edits:
                    if edit.plan == number and edit.late == late:
                        self._raws[tool][name] = edit.raw

    def _resolve(self, number: int) -> None:
        """A person settles what is held."""
        for name, story in self._stories.items():
            if name in self._held and story.resolved is not None and story.resolved[0] <= number:
                self.horizon = max(self.horizon, number)
                self._held.discard(name)
                before = self._settings.get(name)
                revision = before.revision + 1 if before else 1
                self._settings[name] = Setting(story.resolved[1], revision, "somebody", NOW)

    def _item(self, number: int) -> ItemState:
        for tool in [tool for tool, (plan, _) in self._unsure.items() if plan < number - 1]:
            _, write = self._unsure.pop(tool)
            for name, change in write.changes.items():
                self._bases[tool][name] = change.after
                self._seen[tool][name] = change.revision
        replicas = tuple(
            ReplicaState(
                tool, dict(self._raws[tool]), dict(self._bases[tool]), dict(self._seen[tool]), self._lenses[tool],
                _minute(known.at), self._directions[tool],
            )
            for tool, known in self._case.tools.items()
            if known.away <= number and tool not in self._unsure
        )  # fmt: skip
        complete = len(replicas) == len(self._case.tools)
        return ItemState("item", dict(self._settings), replicas, frozenset(self._held), complete)

    def _is_known(self, decision: Decision) -> bool:
        """Whether what is decided is what is remembered."""
        for name, decided in decision.fields.items():
            before = self._settings.get(name)
            if before is None or (decided.value, decided.revision) != (before.value, before.revision):
                return False
            if any(name not in self._bases[tool] or self._bases[tool][name] != raw
                   for tool, raw in decided.bases.items()):  # fmt: skip
                return False
        return decision.held == self._held

    def _commit(self, decision: Decision) -> None:
        for name, decided in decision.fields.items():
            self._settings[name] = Setting(decided.value, decided.revision, decided.source, decided.at)
            for tool, raw in decided.bases.items():
                self._bases[tool][name] = raw
            for tool, seen in decided.seen.items():
                self._seen[tool][name] = seen
        self._held = set(decision.held)

    def _fate(self, tool: str, number: int) -> str:
        fates = self._case.tools[tool].fates
        return fates[number - 1] if number <= len(fates) else ARRIVES

    def _write(self, write: Write, fate: str, number: int) -> None:
        raws = self._raws[write.connection]
        if fate != ARRIVES:
            self.horizon = max(self.horizon, number + (fate == UNSURE))
        if fate == LOST or any(raws[name] != change.before for name, change in write.changes.items()):
            return
        for place, (name, change) in enumerate(write.changes.items()):
            if fate != PART or place < len(write.changes) - 1:
                self._arrive(name, change, write.connection, sure=fate != UNSURE)
        if fate == UNSURE:
            self._unsure[write.connection] = (number, write)

    def _arrive(self, name: Field, change: Change, tool: str, *, sure: bool) -> None:
        column, setting = self._columns[tool][name], self._settings[name]
        kept = column.keeps(change.after)
        if not sure or not column.shows(setting.value, kept):
            kept = change.after
        self._raws[tool][name] = kept
        if sure:
            self._bases[tool][name] = kept
            self._seen[tool][name] = change.revision


@cache
def _minute(minute: int | None) -> datetime | None:
    return NOW + timedelta(minutes=minute) if minute is not None else None
