"""The three passes of the demo and the edits between them, with what the tools themselves counted meanwhile."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from pmsync.cli.demo.stage import Stage
from pmsync.cli.demo.story import WALKING, Edit, perform, script, walked
from pmsync.cli.progress import progress
from pmsync.cli.session import Exit
from pmsync.config.settings import Config
from pmsync.connector.pacing import Clock
from pmsync.model.fields import Json
from pmsync.model.item import Item
from pmsync.store.records import Conflict
from pmsync.store.store import Store
from pmsync.sync.board import Board
from pmsync.sync.report import Report
from pmsync.sync.run import plan_sync, run_sync
from pmsync.sync.steps import Step
from pmsync.sync.workplace import Options


@dataclass(frozen=True, slots=True)
class Scene:
    """One pass: what it reported, and what each tool's own request log says of it, by connection."""

    report: Report
    steps: Sequence[Step]
    requests: dict[str, int]
    writes: dict[str, int]
    seconds: float

    def as_json(self) -> dict[str, Json]:
        """Its figures."""
        measured: dict[str, Json] = {"requests": dict(self.requests), "writes": dict(self.writes)}
        return {**self.report.as_json(), "measured": measured, "seconds": round(self.seconds, 2)}


class Play:
    """One showing. `plan`, `first`, `edit`, `second` and `third` come in that order; `plan` may be left out."""

    def __init__(self, stage: Stage, config: Config, store: Store) -> None:
        self.sync = next(iter(config.syncs.values()))
        self.titles: dict[str, str] = {}
        """The ids of the items, by the titles under which people find them to edit."""
        self.edits: tuple[Edit, ...] = ()
        self.walked: dict[str, list[str]] = {}
        """The statuses that moved items had to go through where the workflow is strict, by title."""
        self.scenes: list[Scene] = []
        self._stage = stage
        self._config = config
        self._store = store

    def plan(self) -> tuple[Report, Sequence[Step]]:
        """What the first pass would do."""
        with progress() as bar:
            options = Options(command="plan")
            report, prepared = plan_sync(self._config, self.sync, self._store, options, Clock(), bar)
        return report, prepared.steps

    def first(self) -> Scene:
        """Bring the three backlogs together."""
        return self._pass()

    def edit(self) -> tuple[Edit, ...]:
        """Three people edit at once."""
        self.titles = {item.title: item.id for item in self.board()}
        self.edits = script(datetime.now(UTC).date())
        perform(self.edits, self._stage.bases)
        return self.edits

    def second(self) -> Scene:
        """Carry the edits to the other tools."""
        began = datetime.now(UTC)
        scene = self._pass()
        moved = [one.item for one in self.edits if one.field == "status" and one.connection != WALKING]
        self.walked = {title: walked(self._stage.bases[WALKING], title, began) for title in moved}
        return scene

    def third(self) -> Scene:
        """Nothing is left to do."""
        return self._pass()

    @property
    def right(self) -> bool:
        """Whether every pass ended well, and the last one wrote nothing by the tools' own count."""
        return all(one.report.exit_code() == Exit.OK for one in self.scenes) and not any(
            self.scenes[-1].writes.values()
        )

    def board(self) -> list[Item]:
        """All items as they are now."""
        return Board(self._config, self.sync, self._store).by_status()

    def done(self, scene: Scene) -> dict[tuple[str, str, str], Step]:
        """The steps of a pass that the history tells to have been done, by item, connection and field."""
        rows = self._store.journal.history(run=scene.report.run, kind="write")
        done = {(row.item, row.connection, row.field.value) for row in rows if row.field is not None}
        return {key: step for step in scene.steps if (key := (step.item, step.connection, step.field)) in done}

    def conflicts(self, scene: Scene) -> list[Conflict]:
        """The conflicts that a pass recorded."""
        return self._store.reports.conflicts(sync=self.sync.name, run=scene.report.run)

    def as_json(self) -> dict[str, Json]:
        """The figures of the whole showing."""
        first, second, third = self.scenes
        return {
            "ok": self.right,
            "items": len(self.board()),
            "first": first.as_json(),
            "edits": [
                {"who": one.who, "connection": one.connection, "item": one.item, "field": one.field, "value": one.value}
                for one in self.edits
            ],
            "second": second.as_json(),
            "walked": {title: list(path) for title, path in self.walked.items()},
            "conflicts": [
                {"field": one.field.value, "values": one.values, "winner": one.winner, "policy": one.policy}
                for one in self.conflicts(second)
            ],
            "third": third.as_json(),
        }

    def _pass(self) -> Scene:
        before, began = self._stage.asked(), time.monotonic()
        with progress() as bar:
            report, steps = run_sync(self._config, self.sync, self._store, Options(), Clock(), bar)
        seconds, after = time.monotonic() - began, self._stage.asked()
        requests = {name: after[name][0] - before[name][0] for name in after}
        writes = {name: after[name][1] - before[name][1] for name in after}
        scene = Scene(report, steps, requests, writes, seconds)
        self.scenes.append(scene)
        return scene
