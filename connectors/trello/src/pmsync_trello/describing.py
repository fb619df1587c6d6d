"""Writing the checklists of a card of which the description shows them."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from pmsync.errors import StaleError
from pmsync.model.fields import Json
from pmsync_trello import described
from pmsync_trello.answers import GoneError
from pmsync_trello.check_calls import CheckCalls
from pmsync_trello.check_steps import List, admit, steps, there_of

Record = Mapping[str, Any]


class Describer:
    """Writes checklists, a line at a time: only what differs from what was read right before. Thread-safe."""

    def __init__(self, calls: CheckCalls) -> None:
        self._calls = calls

    def read(self, card: str) -> Record:
        """A card's text and its checklists as they are now. Raises GoneError."""
        return self._calls.described(card)

    def shown(self, told: Record) -> Json:
        """The description that a card has by that reading."""
        try:
            return described.of_card(str(told["desc"]), told["checklists"])
        except (KeyError, TypeError, ValueError):
            raise self._calls.garbled() from None

    def admit(self, wanted: Json) -> None:
        """Raises RejectedError for checklists that Trello has no room for."""
        admit(described.checklists(wanted))

    def put(self, card: str, told: Record, wanted: Json) -> Iterator[None]:
        """Make, change and delete what makes the difference to that reading, a step for each request.

        Raises StaleError where a line or a checklist has gone meanwhile.
        """
        todo = steps(there_of(told["checklists"]), described.checklists(wanted))
        try:
            for one in todo.lists:
                yield from self._list(card, one)
        except GoneError:
            raise StaleError("a checklist is not as it was read a moment ago") from None
        for line in todo.gone_lines:
            with suppress(GoneError):
                self._calls.delete_item(card, line)
            yield
        for checklist in todo.gone_lists:
            self._calls.delete_checklist(checklist)
            yield

    def _list(self, card: str, todo: List) -> Iterator[None]:
        home = todo.id
        if not home:
            home = str(self._calls.create_checklist(card, todo.body).get("id") or "")
            if not home:
                raise self._calls.garbled(write=True)
            yield
        elif todo.body:
            self._calls.update_checklist(home, todo.body)
            yield
        for line in todo.lines:
            if not line.id:
                self._calls.create_item(home, line.body)
            else:
                self._calls.update_item(card, line.id, {**line.body, "idChecklist": home} if line.moves else line.body)
            yield
