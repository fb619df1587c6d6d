"""Which board a connection is about, and its names as last read; makes the labels that are lacking."""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from pmsync.connector.api import Opening
from pmsync.errors import FatalError, RejectedError, TransientError, UnknownOutcomeError
from pmsync.model.fields import Field, Json
from pmsync.model.vocabulary import Term
from pmsync_trello.answers import MissingError
from pmsync_trello.client import Client
from pmsync_trello.convert import OBJECT_ID, SHORT_LINK
from pmsync_trello.names import Label, Names
from pmsync_trello.settings import Scope

_FRESH = 10.0
"""For so many seconds a reading of the board is believed about labels that it does not have."""


class Directory:
    """One connection's board. Thread-safe."""

    def __init__(self, client: Client, scope: Scope, opening: Opening) -> None:
        self._client = client
        self._scope = scope
        self._opening = opening
        self._lock = threading.RLock()
        self._board = _remembered(opening.memo, scope.board)
        self._names: Names | None = None
        self._news = False
        self._read_at = 0.0

    def memo(self) -> dict[str, Json]:
        """Which board the name in the config turned out to be: finding out costs a request, and names may change."""
        return {"asked": self._scope.board, "board": self._board} if self._board else {}

    def board(self) -> str:
        """The board's id. Raises FatalError where the config names none, or several."""
        with self._lock:
            if not self._board:
                self._board = self._resolve()
            return self._board

    def read(self) -> Names:
        """Read the board now. Raises FatalError where it is not there or not for us."""
        # One at a time: a reading that began before a label was made must not replace what came after.
        with self._lock:
            try:
                self._names = Names.of(self._client.board(self.board()), self._scope, self._opening)
            except MissingError:
                raise self._lost() from None
            except (KeyError, TypeError):
                raise self._client.garbled() from None
            self._news, self._read_at = True, self._opening.clock.monotonic()
            return self._names

    def names(self) -> Names:
        """The board's names as last read."""
        with self._lock:
            return self._names or self.read()

    def renewed(self) -> Names:
        """The board's names, read again unless they were read since the last time that this was asked."""
        with self._lock:
            names = self._names if self._names and self._news else self.read()
            self._news = False
            return names

    def recent(self) -> Names:
        """The board's names, read again unless that was done just now."""
        with self._lock:
            return self.names() if self._just_read() else self.read()

    def _just_read(self) -> bool:
        return self._opening.clock.monotonic() - self._read_at < _FRESH

    def labelled(self, name: str) -> list[str]:
        """The ids of the labels of that name, looking again at the board where it seems to have none for a while."""
        return self.names().labelled(name) or self.recent().labelled(name)

    def label(self, name: str) -> str:
        """The label to put on a card that is to have this name: the board's first, or a new one.

        Raises RejectedError where none may be made, TransientError where it cannot be known whether one was: nothing
        else was done.
        """
        with self._lock:
            known = self.labelled(name)
            if known:
                return known[0]
            if not self._opening.create_labels:
                message = f"the board has no label {name!r}, and making labels is switched off"
                raise RejectedError(message, connection=self._opening.connection)
            try:
                label = self._client.create_label(self.board(), name)
            except UnknownOutcomeError as error:
                self._names = None
                raise TransientError(error.message, connection=self._opening.connection) from None
            made = Label(str(label["id"]), name)
            self._names = replace(self.names(), labels=(*self.names().labels, made))
            return made.id

    def option(self, shown: Field, name: str) -> str:
        """The id of an option of the custom field that shows something, made if the board lacks it.

        Raises as `label` does.
        """
        with self._lock:
            known = _option(self.names(), shown, name) or _option(self.recent(), shown, name)
            if known is not None:
                return known
            custom = self.names().held.get(shown)
            if custom is None:
                raise RejectedError("the board has no custom field for it any more", field=shown.value)
            try:
                made = self._client.create_option(custom.id, name)
            except UnknownOutcomeError as error:
                self._names = None
                raise TransientError(error.message, connection=self._opening.connection) from None
            option = Term(id=str(made.get("id") or made["_id"]), name=name)
            self._names = self.names().with_option(shown, option)
            return option.id

    def _resolve(self) -> str:
        asked = self._scope.board
        if not asked:
            raise self._fatal("the connection names no board; set scope.board")
        if OBJECT_ID.fullmatch(asked):
            return asked.lower()
        boards = matching(self._client.boards(), asked)
        if len(boards) == 1:
            return str(boards[0]["id"])
        if boards:
            several = f"there are {len(boards)} boards named {asked!r}"
            raise self._fatal(f"{several}; give the short link of the one that you mean")

        return self._by_short_link(asked)

    def _by_short_link(self, asked: str) -> str:
        """A board that the account may read without being on it (public, or its workspace's) is in no list of ours."""
        try:
            if SHORT_LINK.fullmatch(asked):
                return str(self._client.board(asked)["id"])
        except MissingError:
            pass
        raise self._fatal(f"this account sees no board {asked!r}")

    def _lost(self) -> FatalError:
        return self._fatal(f"the board {self._scope.board!r} is not there, or not for this account any more")

    def _fatal(self, message: str) -> FatalError:
        return FatalError(message, connection=self._opening.connection)


def _option(names: Names, shown: Field, name: str) -> str | None:
    custom = names.held.get(shown)
    return next((one.id for one in custom.options if one.name == name), None) if custom else None


def matching(boards: Sequence[Mapping[str, Any]], asked: str) -> list[Mapping[str, Any]]:
    """The boards that are meant: by id or short link; else the open ones of that exact name; else the closed ones."""
    exact = [one for one in boards if asked in (one["id"], one["shortLink"])]
    named = [one for one in boards if one["name"] == asked]
    return exact or [one for one in named if not one["closed"]] or named


def _remembered(memo: Json, asked: str) -> str:
    if isinstance(memo, dict) and memo.get("asked") == asked:
        return str(memo.get("board") or "")
    return ""
