"""Writing tasks: creating them in batches, changing only what differs, and saying of every field what became of it."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace
from typing import Any

from pmsync.connector.api import Created, Updated
from pmsync.errors import PmsyncError, RejectedError, StaleError
from pmsync.model.fields import Field, Json, LinkKind
from pmsync.model.native import Draft, Native, Ref
from pmsync_asana.answers import RefusalError
from pmsync_asana.capabilities import CAPABILITIES
from pmsync_asana.client import Action, Client
from pmsync_asana.convert import SUBTASK, Layout, body
from pmsync_asana.options import Options
from pmsync_asana.reading import Reader
from pmsync_asana.references import References
from pmsync_asana.referring import referred
from pmsync_asana.refusing import blamed, put
from pmsync_asana.subtasks import without_parent
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

    def __init__(self, client: Client, reader: Reader, tags: TagBook, references: References, pool: Executor) -> None:
        self._client = client
        self._reader = reader
        self._tags = tags
        self._references = references
        self._options = Options(client)
        self._pool = pool

    # --- create --------------------------------------------------------------------------------------------------

    def create(self, layout: Layout, drafts: Sequence[Draft]) -> list[Created]:
        """Create tasks, one answer per draft. A field that Asana refuses is left out, and noted.

        Nothing is sent a second time but what Asana certainly refused.
        """
        attempts = [_Attempt(place, draft, dict(draft.fields)) for place, draft in enumerate(drafts)]
        tags = self._gids(layout, attempts)
        for attempt in attempts:
            if _nested(layout, attempt.fields):
                attempt.fields = {name: one for name, one in attempt.fields.items() if name not in layout.held}
                if not attempt.fields.get(Field.PARENT):
                    attempt.created = Created(error=without_parent(self._client.connection))
            attempt.fields, refused = self._options.prepared(attempt.fields, layout.held)
            attempt.notes |= refused
        open_ = [attempt for attempt in attempts if attempt.created is None]
        for _ in (*CAPABILITIES.fields, *layout.held):
            batches = [open_[start : start + TOGETHER] for start in range(0, len(open_), TOGETHER)]
            list(self._pool.map(lambda batch: self._send(layout, batch, tags), batches))
            open_ = [attempt for attempt in open_ if attempt.created is None]
            if not open_:
                break
        list(self._pool.map(self._link_new, attempts))
        return [replace(one.created, notes=one.notes) if one.created else Created(notes=one.notes) for one in attempts]

    def _link_new(self, attempt: _Attempt) -> None:
        """Link a task that was just made, which Asana takes in a request of its own. Never raises."""
        made, wanted = attempt.created, attempt.fields.get(Field.LINKS)
        if made is None or made.native is None or not isinstance(wanted, list) or not wanted:
            return
        try:
            self._link(made.native.ref, {Field.LINKS: wanted}, made.native)
        except RejectedError as error:
            attempt.notes[Field.LINKS] = error.message
        except PmsyncError:
            attempt.created = replace(made, unfinished=frozenset({Field.LINKS}))
        else:
            native = replace(made.native, fields={**made.native.fields, Field.LINKS: sorted(wanted, key=str)})
            attempt.created = replace(made, native=native)

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
        actions = [Action("post", "/tasks", layout.asked, self._task(layout, attempt, tags)) for attempt in batch]
        try:
            outcomes: Sequence[Mapping[str, Any] | PmsyncError] = self._client.write_batch(actions)
        except PmsyncError as error:
            outcomes = [error] * len(batch)
        for attempt, outcome in zip(batch, outcomes, strict=True):
            if isinstance(outcome, PmsyncError):
                _take_error(attempt, outcome, layout)
            else:
                self._references.made(outcome["data"])
                attempt.created = Created(self._reader.native(outcome["data"], layout, below=True))

    @staticmethod
    def _task(layout: Layout, attempt: _Attempt, tags: Mapping[str, str]) -> dict[str, Any]:
        fields = attempt.fields
        if _lone_start(fields, layout) and fields.get(Field.DUE) is None:
            attempt.notes[Field.START] = "Asana takes a start date only beside a due date"
            del fields[Field.START]
        task = body({name: value for name, value in fields.items() if value is not None}, layout, attempt.draft.marker)
        # The marker's line goes in with the same call, whether there is a description or not.
        if Field.DESCRIPTION not in fields or fields[Field.DESCRIPTION] is None:
            task |= body({Field.DESCRIPTION: None}, layout, attempt.draft.marker)
        parent = fields.get(Field.PARENT)
        if _nested(layout, fields):
            return {**task, "parent": parent, **_tagged(fields, tags)}
        place = _place(fields.get(Field.STATUS))
        task |= {"memberships": [{"project": layout.project, "section": place}]} if place else {}
        task |= {} if place else {"projects": [layout.project]}
        task |= _tagged(fields, tags)
        return {**task, "parent": parent} if parent else task

    # --- update --------------------------------------------------------------------------------------------------

    def update(self, layout: Layout, ref: Ref, patch: Mapping[Field, Json], seen: Native) -> Updated:
        """Write the fields of a patch. The `PUT` comes last: its answer shows the task with all that went before."""
        refused: dict[Field, str] = {}
        steps: dict[Field, Callable[[], None]] = {
            Field.STATUS: lambda: self._move(ref, patch, seen),
            Field.LABELS: lambda: self._label(layout, ref, patch, seen),
            Field.PARENT: lambda: self._adopt(ref, patch, seen),
            Field.LINKS: lambda: self._link(ref, patch, seen),
            Field.TYPE: lambda: _stays(patch, seen),
        }
        for name in [name for name in steps if name in patch]:
            try:
                steps[name]()
            except RefusalError as error:
                _still_there(error, ref)
                refused[name] = error.message
            except RejectedError as error:
                refused[name] = error.message
        rest, lacking = self._options.prepared(patch, layout.held)
        refused |= lacking
        rest = {name: value for name, value in rest.items() if name not in refused}
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
        if patch[Field.PARENT] is None and seen.fields.get(Field.TYPE) == SUBTASK:
            raise _PartlyError("a subtask that is not in the project itself needs a task that it hangs on")
        if patch[Field.PARENT] != seen.fields.get(Field.PARENT):
            self._client.write("POST", f"/tasks/{ref.id}/setParent", {"parent": patch[Field.PARENT]}, fields="name")

    def _link(self, ref: Ref, patch: Mapping[Field, Json], seen: Native) -> None:
        """What a task blocks, and its links that are attachments; the ones also where the others are refused, as they
        are without a paid plan."""
        before, after = seen.fields.get(Field.LINKS), patch[Field.LINKS]
        refused = None
        try:
            self._block(ref, _blocked(before), _blocked(after))
        except RejectedError as error:
            refused = error
        self._references.put(ref, before, after)
        if refused is not None:
            raise refused

    def _block(self, ref: Ref, before: set[str], after: set[str]) -> None:
        for verb, tasks in (("removeDependents", before - after), ("addDependents", after - before)):
            if tasks:
                self._client.write("POST", f"/tasks/{ref.id}/{verb}", {"dependents": sorted(tasks)})

    def _put(
        self, layout: Layout, ref: Ref, fields: dict[Field, Json], seen: Native, refused: dict[Field, str]
    ) -> Native | None:
        """Write all that one call takes; what Asana complains about is left out, and the rest sent again."""
        fields = dict(fields)
        _refuse_lone_start(fields, layout, seen, refused)
        # What is attached, the answer does not say.
        references = [f"{kind}:{task}" for kind, task in referred({**seen.fields, **fields}.get(Field.LINKS))]
        while True:
            written = body(_with_due(fields, layout, seen), layout, seen.marker)
            if _same_tick(fields, seen):
                written.pop("completed", None)
            if not written:
                return None
            try:
                answer = self._client.write("PUT", f"/tasks/{ref.id}", written, fields=layout.asked)
                return self._reader.native(answer.data, layout, below=seen.admitted, references=references)
            except RefusalError as error:
                _still_there(error, ref)
                guilty = blamed(error, fields, layout) or frozenset(put(fields, layout))
                refused |= dict.fromkeys(guilty, error.message)
                fields = {name: value for name, value in fields.items() if name not in guilty}


class _PartlyError(RejectedError):
    """Some members of a set could not be written."""


def _stays(patch: Mapping[Field, Json], seen: Native) -> None:
    """Refuse to make a task of a subtask, or the other way round: that is done by its parent."""
    if SUBTASK in (patch[Field.TYPE], seen.fields.get(Field.TYPE)) and patch[Field.TYPE] != seen.fields.get(Field.TYPE):
        raise _PartlyError("a task does not become a subtask, or a subtask a task, by its type")


def _nested(layout: Layout, fields: Mapping[Field, Json]) -> bool:
    """Whether a draft is of a subtask, which hangs on its parent and is not in the project itself."""
    return layout.nested and fields.get(Field.TYPE) == SUBTASK


def _tagged(fields: Mapping[Field, Json], tags: Mapping[str, str]) -> dict[str, Any]:
    gids = [tags[name] for name in _names(fields.get(Field.LABELS)) if name in tags]
    return {"tags": gids} if gids else {}


def _take_error(attempt: _Attempt, error: PmsyncError, layout: Layout) -> None:
    """Give a draft its error, or another chance without the fields that Asana certainly refused."""
    guilty = blamed(error, attempt.fields, layout) if isinstance(error, RefusalError) else frozenset[Field]()
    guilty = frozenset(name for name in guilty - _ESSENTIAL if attempt.fields.get(name) is not None)
    if guilty:
        attempt.notes |= dict.fromkeys(guilty, str(error))
        attempt.fields = {name: value for name, value in attempt.fields.items() if name not in guilty}
    else:
        attempt.created = Created(error=error)


def _still_there(error: RefusalError, ref: Ref) -> None:
    """Tell the task that is gone from a section, a tag or a parent that is."""
    if error.status in (400, 404) and f"Unknown object: {ref.id}" in error.message:
        raise StaleError("the task is no longer there", connection=error.connection) from None


def _lone_start(fields: Mapping[Field, Json], layout: Layout) -> bool:
    """Whether Asana's own start date is to be set, which it takes beside its own due date only."""
    return Field.START not in layout.held and fields.get(Field.START) is not None


def _refuse_lone_start(fields: dict[Field, Json], layout: Layout, seen: Native, refused: dict[Field, str]) -> None:
    if _lone_start(fields, layout) and fields.get(Field.DUE, seen.fields.get(Field.DUE)) is None:
        refused[Field.START] = "Asana takes a start date only beside a due date"
        del fields[Field.START]


def _with_due(fields: Mapping[Field, Json], layout: Layout, seen: Native) -> dict[Field, Json]:
    """A start with the due date that Asana wants in the same request; no due date without one that has to go too."""
    whole = dict(fields)
    if layout.held.keys() & {Field.START, Field.DUE}:
        return whole
    if Field.START in fields and Field.DUE not in fields:
        whole[Field.DUE] = seen.fields.get(Field.DUE)
    ends = Field.DUE in fields and fields[Field.DUE] is None
    if ends and Field.START not in fields and seen.fields.get(Field.START) is not None:
        whole[Field.START] = None
    return whole


def _blocked(links: Json) -> set[str]:
    """The tasks in links that say that they are blocked."""
    told = (one.partition(":") for one in _names(links))
    return {task for kind, _, task in told if kind == LinkKind.BLOCKS}


def _same_tick(fields: Mapping[Field, Json], seen: Native) -> bool:
    """Whether the status leaves `completed` as it is: then it is a move only."""
    now, then = fields.get(Field.STATUS), seen.fields.get(Field.STATUS)
    return isinstance(now, dict) and isinstance(then, dict) and now.get("completed") == then.get("completed")


def _place(status: Json) -> str | None:
    place = status.get("place") if isinstance(status, dict) else None
    return place if isinstance(place, str) and place else None


def _names(value: Json) -> list[str]:
    return [name for name in value if isinstance(name, str)] if isinstance(value, list) else []
