"""Making and changing the lines of checklists."""

import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pmsync.connector.api import Created, Fetched, Updated
from pmsync.errors import PmsyncError, RejectedError, StaleError, TransientError, UnknownOutcomeError
from pmsync.model.fields import Field, Json
from pmsync.model.native import Draft, Native, Ref
from pmsync_trello import checklists
from pmsync_trello.answers import GoneError, MissingError
from pmsync_trello.check_calls import CheckCalls
from pmsync_trello.client import Record
from pmsync_trello.convert import text

_NAMED = "Checklist"
"""What Trello itself calls a checklist that nobody gave a name."""
_LACKS = "a checklist item has no such field"


class CheckItems:
    """Writes lines of checklists. `fetch` reads cards. Thread-safe."""

    def __init__(self, calls: CheckCalls, fetch: Callable[[Sequence[str]], Fetched], connection: str) -> None:
        self._calls = calls
        self._fetch = fetch
        self._connection = connection
        self._lock = threading.Lock()

    def create(self, drafts: Sequence[Draft]) -> list[Created]:
        """Put a line for each at the end of its card's first checklist, one after another: so they keep their order."""
        lists: dict[str, list[Record]] = {}
        cards: dict[str, Native] = {}
        # Where the end of a checklist is must not change between looking and writing, nor be made twice.
        with self._lock:
            return [self._create(draft, lists, cards) for draft in drafts]

    def _create(self, draft: Draft, lists: dict[str, list[Record]], cards: dict[str, Native]) -> Created:
        try:
            parent = draft.fields.get(Field.PARENT)
            if not isinstance(parent, str) or checklists.split(parent) is not None:
                raise self._rejected("a checklist item has to be on a card: its parent is none")
            if parent not in lists:
                cards[parent] = self._card(parent)
                lists[parent] = self._calls.checklists(parent)
            checklist = self._checklist(parent, lists[parent])
            items = checklist["checkItems"]
            place = checklists.position(items, draft.marker.item)
            body = {"name": text(str(draft.fields.get(Field.TITLE) or "")), "pos": place, "checked": False}
            items.append({"pos": place})
            made = self._made(self._calls.create_item(checklist["id"], body), cards[parent])
        except PmsyncError as error:
            return Created(error=error)
        except (KeyError, TypeError, ValueError):
            return Created(error=self._calls.garbled())
        notes = {field: _LACKS for field, value in draft.fields.items() if value and field not in checklists.FIELDS}
        # What the status comes to for something that is only ticked off shows once it is there.
        return Created(made, notes=notes, unfinished=frozenset({Field.STATUS} & draft.fields.keys()))

    def _card(self, card: str) -> Native:
        found = self._fetch([card]).found.get(card)
        if found is None:
            raise self._rejected("the card that it is to be on is not there")
        return found

    def _checklist(self, card: str, known: list[Record]) -> Record:
        """The card's first checklist; a new one where it has none."""
        if not known:
            try:
                known.append({"checkItems": [], **self._calls.create_checklist(card, {"name": _NAMED})})
            except UnknownOutcomeError as error:
                # No line was made; the checklist is found by whoever looks again.
                raise TransientError(error.message, after=error.after, connection=self._connection) from None
        return min(known, key=lambda one: float(one.get("pos") or 0))

    def _made(self, told: Record, card: Native) -> Native:
        try:
            return checklists.native(told, card)
        except (KeyError, TypeError, ValueError):
            raise self._calls.garbled(write=True) from None

    def update(self, ref: Ref, patch: Mapping[Field, Json], seen: Native) -> Updated:
        """Change the text and the tick, in one request. Raises RejectedError where nothing of the patch is taken,
        StaleError where the line is gone."""
        body: dict[str, Any] = {}
        if Field.TITLE in patch:
            body["name"] = text(str(patch[Field.TITLE]))
        if Field.STATUS in patch:
            body["state"] = checklists.state(patch[Field.STATUS])
        refused = {field: _LACKS for field in patch if field not in checklists.FIELDS}
        refused |= {
            field: "a checklist item stays what it is, on the card where it is"
            for field in (Field.TYPE, Field.PARENT)
            if field in patch and patch[field] != seen.fields.get(field)
        }
        if not body and refused:
            raise self._rejected("; ".join(dict.fromkeys(refused.values())))
        fields = {**seen.fields, **{field: patch[field] for field in patch.keys() - refused.keys()}}
        if body:
            told = self._changed(ref, body)
            fields |= {Field.TITLE: told["name"], Field.STATUS: {"completed": told["state"] == "complete"}}
        shown = Native(seen.ref, fields, seen.created_at, seen.updated_at, admitted=seen.admitted)
        return Updated(shown, frozenset(patch) - refused.keys(), refused)

    def _changed(self, ref: Ref, body: Mapping[str, Any]) -> Record:
        card, item = _parts(ref)
        try:
            told = self._calls.update_item(card, item, body)
        except GoneError:
            raise StaleError("the checklist item is not there any more", connection=self._connection) from None
        if not {"name", "state"} <= told.keys():
            raise self._calls.garbled(write=True)
        return told

    def delete(self, ref: Ref) -> None:
        """Delete a line for good. What is gone is well."""
        try:
            self._calls.delete_item(*_parts(ref))
        except GoneError:
            return

    def archive(self, ref: Ref) -> None:
        """Raises RejectedError: Trello has no archive for the lines of checklists."""
        raise self._rejected("Trello cannot archive an item of a checklist, only delete it (`on_delete: delete`)")

    def _rejected(self, message: str) -> RejectedError:
        return RejectedError(message, connection=self._connection)


def _parts(ref: Ref) -> tuple[str, str]:
    found = checklists.split(ref.id)
    if found is None:
        raise MissingError("it is no checklist item")
    return found
