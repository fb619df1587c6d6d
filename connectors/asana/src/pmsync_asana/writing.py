"""Writing tasks: creating them in batches, changing only what differs, and saying of every field what became of it."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace
from typing import Any

from pmsync.connector.api import Created, Updated
from pmsync.errors import PmsyncError, RejectedError, StaleError
from pmsync.model.fields import Field, Json
from pmsync.model.native import Draft, Native, Ref
from pmsync_asana.answers import RefusalError
from pmsync_asana.capabilities import CAPABILITIES
from pmsync_asana.client import Action, Client
from pmsync_asana.convert import FIELDS, Layout, body, culprit
from pmsync_asana.reading import Reader
from pmsync_asana.tags import TagBook

TOGETHER = 5
"""Creates in one batch. Fifteen writes may be under way, each action is one: three batches of five use them all."""

_ESSENTIAL = frozenset({Field.TITLE, Field.STATUS})
"""A task is not created without these, whatever Asana thinks of them."""


@dataclass(slots=True)
class _Attempt:
    """One draft on its way: the fields that are still asked for, and what was refused."""

    place: int
    draft: Draft
    fields: dict[Field, Json]
    notes: dict[Field, str] = field(default_factory=dict)
    created: Created | None = None


class Writer:
    """Writes to one project."""

    def __init__(self, client: Client, reader: Reader, tags: TagBook, pool: Executor) -> None:
        self._client = client
        self._reader = reader
        self._tags = tags
        self._pool = pool

    # --- create --------------------------------------------------------------------------------------------------

    def create(self, layout: Layout, drafts: Sequence[Draft]) -> list[Created]:
        """Create tasks, one answer per draft. A field that Asana refuses is left out, and noted.

        Nothing is sent a second time but what Asana certainly refused.
        """
        attempts = [_Attempt(place, draft, dict(draft.fields)) for place, draft in enumerate(drafts)]
        tags = self._gids(layout, attempts)
        open_ = attempts
        for _ in CAPABILITIES.fields:
            batches = [open_[start : start + TOGETHER] for start in range(0, len(open_), TOGETHER)]
            list(self._pool.map(lambda batch: self._send(layout, batch, tags), batches))
            open_ = [attempt for attempt in open_ if attempt.created is None]
            if not open_:
                break
        return [replace(one.created, notes=one.notes) if one.created else Created(notes=one.notes) for one in attempts]

    def _gids(self, layout: Layout, attempts: Sequence[_Attempt]) -> dict[str, str]:
        """The tags that the drafts need, made where they are missing; a draft goes without what cannot be made."""
        gids: dict[str, str] = {}
        for attempt in attempts:
            wanted = _names(attempt.fields.get(Field.LABELS))
            for name in wanted:
                if name not in gids:
                    try:
                        found = self._tags.gid(name, layout.workspace)
                    except RejectedError as error:
                        found = None
                        attempt.notes[Field.LABELS] = error.message
                    if found is not None:
                        gids[name] = found
            lacking = [name for name in wanted if name not in gids]
            if lacking:
                attempt.notes.setdefault(Field.LABELS, f"there is no tag {', '.join(lacking)}, and none may be made")
        return gids

    def _send(self, layout: Layout, batch: Sequence[_Attempt], tags: Mapping[str, str]) -> None:
        """Send a batch, and keep with each attempt what became of it. Never raises."""
        actions = [Action("post", "/tasks", FIELDS, self._task(layout, attempt, tags)) for attempt in batch]
        try:
            outcomes: Sequence[Mapping[str, Any] | PmsyncError] = self._client.write_batch(actions)
        except PmsyncError as error:
            outcomes = [error] * len(batch)
        for attempt, outcome in zip(batch, outcomes, strict=True):
            if isinstance(outcome, PmsyncError):
                _take_error(attempt, outcome)
            else:
                attempt.created = Created(self._reader.native(outcome["data"], layout))

    @staticmethod
    def _task(layout: Layout, attempt: _Attempt, tags: Mapping[str, str]) -> dict[str, Any]:
        fields = attempt.fields
        if fields.get(Field.START) is not None and fields.get(Field.DUE) is None:
            attempt.notes[Field.START] = "Asana takes a start date only beside a due date"
            del fields[Field.START]
        task = body({name: value for name, value in fields.items() if value is not None}, layout, attempt.draft.marker)
        # The marker's line goes in with the same call, whether there is a description or not.
        if Field.DESCRIPTION not in fields or fields[Field.DESCRIPTION] is None:
            task |= body({Field.DESCRIPTION: None}, layout, attempt.draft.marker)
        place = _place(fields.get(Field.STATUS))
        task |= {"memberships": [{"project": layout.project, "section": place}]} if place else {}
        task |= {} if place else {"projects": [layout.project]}
        gids = [tags[name] for name in _names(fields.get(Field.LABELS)) if name in tags]
        task |= {"tags": gids} if gids else {}
        parent = fields.get(Field.PARENT)
        return {**task, "parent": parent} if parent else task

    # --- update --------------------------------------------------------------------------------------------------

    def update(self, layout: Layout, ref: Ref, patch: Mapping[Field, Json], seen: Native) -> Updated:
        """Write the fields of a patch. The `PUT` comes last: its answer shows the task with all that went before."""
        refused: dict[Field, str] = {}
        steps: dict[Field, Callable[[], None]] = {
            Field.STATUS: lambda: self._move(ref, patch, seen),
            Field.LABELS: lambda: self._label(layout, ref, patch, seen),
            Field.PARENT: lambda: self._adopt(ref, patch, seen),
        }
        for name in [name for name in steps if name in patch]:
            try:
                steps[name]()
            except RefusalError as error:
                _still_there(error, ref)
                refused[name] = error.message
            except _PartlyError as error:
                refused[name] = error.message
        rest = {name: value for name, value in patch.items() if name not in refused}
        native = self._put(layout, ref, rest, seen, refused)
        applied = frozenset(patch) - refused.keys()
        if not applied:
            raise RejectedError("; ".join(refused.values()), connection=self._client.connection)
        return Updated(native, applied, refused)

    def _move(self, ref: Ref, patch: Mapping[Field, Json], seen: Native) -> None:
        """Into another section; `completed` is a field of its own in Asana, and goes with the rest."""
        place = _place(patch[Field.STATUS])
        if place and place != _place(seen.fields.get(Field.STATUS)):
            self._client.write("POST", f"/sections/{place}/addTask", {"task": ref.id})

    def _label(self, layout: Layout, ref: Ref, patch: Mapping[Field, Json], seen: Native) -> None:
        before, after = _names(seen.fields.get(Field.LABELS)), _names(patch[Field.LABELS])
        for name in before:
            if name not in after:
                for gid in self._tags.on(ref.id, name):
                    self._client.write("POST", f"/tasks/{ref.id}/removeTag", {"tag": gid})
        lacking: list[str] = []
        for name in (name for name in after if name not in before):
            tag = self._tags.gid(name, layout.workspace)
            if tag is None:
                lacking.append(name)
            else:
                self._client.write("POST", f"/tasks/{ref.id}/addTag", {"tag": tag})
        if lacking:
            raise _PartlyError(f"there is no tag {', '.join(lacking)}, and none may be made")

    def _adopt(self, ref: Ref, patch: Mapping[Field, Json], seen: Native) -> None:
        if patch[Field.PARENT] != seen.fields.get(Field.PARENT):
            self._client.write("POST", f"/tasks/{ref.id}/setParent", {"parent": patch[Field.PARENT]}, fields="name")

    def _put(
        self, layout: Layout, ref: Ref, fields: dict[Field, Json], seen: Native, refused: dict[Field, str]
    ) -> Native | None:
        """Write all that one call takes; what Asana complains about is left out, and the rest sent again."""
        fields = dict(fields)
        _refuse_lone_start(fields, seen, refused)
        while True:
            written = body(_with_due(fields, seen), layout, seen.marker)
            if _same_tick(fields, seen):
                written.pop("completed", None)
            if not written:
                return None
            try:
                answer = self._client.write("PUT", f"/tasks/{ref.id}", written, fields=FIELDS)
                return self._reader.native(answer.data, layout)
            except RefusalError as error:
                _still_there(error, ref)
                guilty = _guilty(error, fields, layout)
                if guilty is None:
                    refused |= {name: error.message for name in fields if name in _PUT}
                    return None
                refused[guilty] = error.message
                del fields[guilty]


class _PartlyError(RejectedError):
    """Some members of a set could not be written."""


_PUT = CAPABILITIES.fields - {Field.LABELS, Field.PARENT}


def _take_error(attempt: _Attempt, error: PmsyncError) -> None:
    """Give a draft its error, or another chance without the field that Asana certainly refused."""
    guilty = culprit(error.message) if isinstance(error, RefusalError) and error.status == 400 else None
    if guilty in attempt.fields and guilty not in _ESSENTIAL and attempt.fields[guilty] is not None:
        attempt.notes[guilty] = error.message
        del attempt.fields[guilty]
    else:
        attempt.created = Created(error=error)


def _guilty(error: RefusalError, fields: Mapping[Field, Json], layout: Layout) -> Field | None:
    """The field that a refusal is about: the one that it names, or the only one there is."""
    for name, gid in ((Field.PRIORITY, layout.priority), (Field.ESTIMATE, layout.estimate)):
        if gid and gid in error.message and name in fields:
            return name
    named = culprit(error.message)
    if named in fields:
        return named
    written = [name for name in fields if name in _PUT]
    return written[0] if len(written) == 1 else None


def _still_there(error: RefusalError, ref: Ref) -> None:
    """Tell the task that is gone from a section, a tag or a parent that is."""
    if error.status in (400, 404) and f"Unknown object: {ref.id}" in error.message:
        raise StaleError("the task is no longer there", connection=error.connection) from None


def _refuse_lone_start(fields: dict[Field, Json], seen: Native, refused: dict[Field, str]) -> None:
    start, due = fields.get(Field.START), fields.get(Field.DUE, seen.fields.get(Field.DUE))
    if start is not None and due is None:
        refused[Field.START] = "Asana takes a start date only beside a due date"
        del fields[Field.START]


def _with_due(fields: Mapping[Field, Json], seen: Native) -> dict[Field, Json]:
    """A start with the due date that Asana wants in the same request; no due date without one that has to go too."""
    whole = dict(fields)
    if Field.START in fields and Field.DUE not in fields:
        whole[Field.DUE] = seen.fields.get(Field.DUE)
    ends = Field.DUE in fields and fields[Field.DUE] is None
    if ends and Field.START not in fields and seen.fields.get(Field.START) is not None:
        whole[Field.START] = None
    return whole


def _same_tick(fields: Mapping[Field, Json], seen: Native) -> bool:
    """Whether the status leaves `completed` as it is: then it is a move only."""
    now, then = fields.get(Field.STATUS), seen.fields.get(Field.STATUS)
    return isinstance(now, dict) and isinstance(then, dict) and now.get("completed") == then.get("completed")


def _place(status: Json) -> str | None:
    place = status.get("place") if isinstance(status, dict) else None
    return place if isinstance(place, str) and place else None


def _names(value: Json) -> list[str]:
    return [name for name in value if isinstance(name, str)] if isinstance(value, list) else []
