"""A lens relates one field's native values, in one connection, to the values of the shared schema.

Several native values may show one schema value, and one native value may show several (a column "In Progress" in a tool
that has no "In Review" shows both). So a lens is a relation with two functions that choose within it. Laws, for every
native value n that is mapped, every schema value v that the connection can show, and every current value c:

    shows(put(v, n), v)                     PutGet: what was put is what is seen
    shows(n, v)  =>  put(v, n) == n         GetPut: what shows it already is left alone
    shows(n, get(n, c))                     what is read is shown
    shows(n, c)  =>  get(n, c) == c         a reading that agrees changes nothing

where `shows(n, v)` is `put(v, n) == n`.
"""

from dataclasses import dataclass
from typing import Protocol

from pmsync.model.fields import Json


@dataclass(frozen=True, slots=True)
class Unmapped:
    """The mapping does not know this native value: it is left alone, and says nothing of the item.

    `reason` is for the report; empty where there is nothing to report (a list that is a mere collection).
    """

    reason: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """The native value to show. `note` tells what of the schema value it does not say ("" if it says all)."""

    native: Json
    note: str = ""


@dataclass(frozen=True, slots=True)
class Refusal:
    """The connection cannot show the schema value; what it shows now is left alone.

    `nearest` is what a newly created item gets instead (None: nothing). `opaque`: what the replica shows is then not a
    rendering of the schema value at all, so an edit made there must not travel as if it were (texts).
    """

    reason: str
    nearest: Json = None
    opaque: bool = False


class Lens(Protocol):
    """One field of one connection. Pure, total and quick; never raises for a value that a tool can hold."""

    def get(self, native: Json, current: Json) -> Json | Unmapped:
        """The schema value that `native` shows: `current` if it shows that, else its first.

        For sets, only the members that the schema can name.
        """
        ...

    def put(self, value: Json, native: Json) -> Shown | Refusal:
        """The native value that shows `value`: `native` itself if it does, else the nearest to it.

        `native` is None for an item that is yet to be created. For sets, what only this tool can hold (`native`'s own
        members that the schema cannot name) stays, and what it cannot hold is left out and told in the note.
        """
        ...
