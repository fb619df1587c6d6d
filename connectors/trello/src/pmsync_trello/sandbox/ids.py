"""Object ids and short links in Trello's form, made from the sandbox's clock."""

import hashlib
import itertools
import re
from collections.abc import Callable
from datetime import UTC, datetime

OBJECT_ID = re.compile(r"[0-9a-fA-F]{24}")
SHORT_LINK = re.compile(r"[0-9a-zA-Z]{8}")

_PROCESS = "5a6db0c5e1"
_LONG_AGO = "55a5d915"
_ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


class Ids:
    """24 hexadecimal digits: the second of creation, a process, a counter. So ids sort by creation."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._count = itertools.count(1)

    def new(self) -> str:
        """The next id."""
        return f"{int(self._clock().timestamp()):08x}{_PROCESS}{next(self._count) & 0xFFFFFF:06x}"


def person_id(username: str) -> str:
    """A member's id: the same in every sandbox, since the account is older than any board."""
    return _LONG_AGO + hashlib.sha256(username.encode()).hexdigest()[:16]


def short_link(object_id: str) -> str:
    """The eight characters that stand for a board or card in its URL."""
    number = int.from_bytes(hashlib.sha256(object_id.encode()).digest()[:8], "big")
    digits = []
    for _ in range(8):
        number, digit = divmod(number, len(_ALPHABET))
        digits.append(_ALPHABET[digit])
    return "".join(digits)


def born(object_id: str) -> datetime:
    """When the object of this id was made, to the second."""
    return datetime.fromtimestamp(int(object_id[:8], 16), UTC)


def stamp(moment: datetime) -> str:
    """A moment as Trello writes it: `2026-05-11T09:21:07.123Z`."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
