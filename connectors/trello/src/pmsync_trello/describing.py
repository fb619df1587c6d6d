"""Writing the checklists of a card of which the description shows them."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from pmsync.errors import StaleError
from pmsync.model.fields import Json
from pmsync_trello import described
from pmsync_trello.answers import GoneError
from pmsync_trello.check_calls import CheckCalls
from pmsync_trello.check_steps import List, Steps, admit, steps, there_of

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
        homes: dict[int, str] = {}
        try:
            # What the history tells comes first: by that it is known afterwards whose the rest is.
            for number, one in enumerate(todo.lists):
                yield from self._list(card, one, homes, number)
            yield from self._moves(card, todo, homes, away=True)
            yield from self._gone(card, todo)
            yield from self._moves(card, todo, homes, away=False)
        except GoneError:
            raise StaleError("a checklist is not as it was read a moment ago") from None

    def _list(self, card: str, todo: List, homes: dict[int, str], number: int) -> Iterator[None]:
        """Make or rename a checklist, and make, rename and tick its lines."""
        homes[number] = home = todo.id or self._made(card, todo)
        if not todo.id:
            yield
        elif "name" in todo.body:
            self._calls.update_checklist(home, todo.body)
            yield
        for line in todo.lines:
            if not line.id:
                self._calls.create_item(home, line.body)
                yield
            elif not _is_move(line.body):
                self._calls.update_item(card, line.id, {**line.body, "idChecklist": home} if line.moves else line.body)
                yield

    def _made(self, card: str, todo: List) -> str:
        made = self._calls.create_checklist(card, todo.body).get("id")
        if not isinstance(made, str):
            raise self._calls.garbled(write=True)
        return made

    def _moves(self, card: str, todo: Steps, homes: Mapping[int, str], *, away: bool) -> Iterator[None]:
        """Move what is only moved: lines to other checklists (`away`), or lines and checklists among their like."""
        for number, one in enumerate(todo.lists):
            if one.id and _is_move(one.body) and not away:
                self._calls.update_checklist(one.id, one.body)
                yield
            for line in one.lines:
                if line.id and _is_move(line.body) and line.moves == away:
                    where = {"idChecklist": homes[number]} if away else {}
                    self._calls.update_item(card, line.id, {**line.body, **where})
                    yield

    def _gone(self, card: str, todo: Steps) -> Iterator[None]:
        for line in todo.gone_lines:
            with suppress(GoneError):
                self._calls.delete_item(card, line)
            yield
        for checklist in todo.gone_lists:
            self._calls.delete_checklist(checklist)
            yield


def _is_move(body: Mapping[str, Any]) -> bool:
    return [*body] == ["pos"]
