"""What a config says of comments, attachments and links to twins: which way, and whether files are copied."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from pmsync.reconcile.state import Direction

SIZE = r"^\d{1,9}\s?(B|kB|KB|MB|GB)$"
MEDIA = r"^[A-Za-z0-9.+-]+/([A-Za-z0-9.+-]+|\*)$"

_UNITS = {"b": 1, "kb": 1_000, "mb": 1_000_000, "gb": 1_000_000_000}


class Carry(StrEnum):
    """How an attachment comes to another tool."""

    LINK = "link"
    COPY = "copy"


@dataclass(frozen=True, slots=True)
class Attaching:
    """How attachments of other tools come to a member. None of `limit`: whatever its tool takes."""

    carry: Carry = Carry.LINK
    limit: int | None = None
    types: tuple[str, ...] = ()
    """Media types that are copied, `image/*` among them; none: all. What is not copied is linked."""

    def copies(self, media: str, size: int | None) -> bool:
        """Whether a file of that type and size is copied, as far as what is known of it tells."""
        if self.carry is not Carry.COPY or (size is not None and self.limit is not None and size > self.limit):
            return False
        group = media.partition("/")[0]
        return not self.types or media in self.types or f"{group}/*" in self.types


Comments = Direction | None | Mapping[str, Direction | None]
"""For all members, or by member; None: not at all."""
Attachments = Attaching | None | Mapping[str, Attaching | None]


Backlinks = bool | Mapping[str, bool]


def comments(value: object) -> Comments:
    """`both`, `off`, or for each member `in`, `out`, `both` or `off`. Raises ValueError."""
    if isinstance(value, dict) and value and all(isinstance(name, str) for name in value):
        return {name: _direction(said) for name, said in value.items()}
    if value == "both" or _is_off(value):
        return _direction(value)
    raise ValueError("must be both or off, or say for single members: in, out, both or off")


def attachments(value: object) -> Attachments:
    """`link`, `copy`, `off`, `{copy: {limit, types}}`; or that for each member. Raises ValueError."""
    if isinstance(value, dict) and value and "copy" not in value and all(isinstance(name, str) for name in value):
        return {name: _attaching(said) for name, said in value.items()}
    return _attaching(value)


def backlinks(value: object) -> Backlinks:
    """`true`, `false`, or that for each member. Raises ValueError."""
    if isinstance(value, dict) and value and all(isinstance(name, str) for name in value):
        return {name: _is_on(said) for name, said in value.items()}
    return _is_on(value)


def _is_on(value: object) -> bool:
    if isinstance(value, bool):
        return value
    if _is_off(value):
        return False
    raise ValueError("must be true or false, or say so for single members")


def _is_off(value: object) -> bool:
    """Whether it is what people write for none at all: some readers of YAML take `off` for a truth value."""
    return value == "off" or value is False


def _direction(value: object) -> Direction | None:
    if _is_off(value):
        return None
    if isinstance(value, str) and value in set(Direction):
        return Direction(value)
    raise ValueError("must be in, out, both or off")


def _attaching(value: object) -> Attaching | None:
    if _is_off(value):
        return None
    if isinstance(value, str) and value in set(Carry):
        return Attaching(Carry(value))
    if isinstance(value, dict) and set(value) == {"copy"} and isinstance(value["copy"], dict):
        said = value["copy"]
        if set(said) <= {"limit", "types"}:
            return Attaching(Carry.COPY, _size(said.get("limit")), _types(said.get("types")))
    raise ValueError("must be link, copy, off, or {copy: {limit: 10MB, types: [image/*]}}")


def _size(value: object) -> int | None:
    if value is None:
        return None
    if isinstance(value, str) and re.fullmatch(SIZE, value):
        number, unit = re.findall(r"\d+|[A-Za-z]+", value)
        return int(number) * _UNITS[unit.lower()]
    raise ValueError("limit must be a size with its unit, such as 500kB or 10MB")


def _types(value: object) -> tuple[str, ...]:
    listed = [value] if isinstance(value, str) else value
    if listed is None:
        return ()
    if isinstance(listed, list) and listed and all(isinstance(one, str) and re.fullmatch(MEDIA, one) for one in listed):
        return tuple(listed)
    raise ValueError("types must be media types such as image/* or application/pdf")
