"""How an object is shown: every field it has and how to get it, so that `fields=` costs what it asks for."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from urllib.parse import quote

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class View(Generic[T]):
    """`default` names the fields that are shown where none are asked for; empty: all."""

    getters: Mapping[str, Callable[[T], Any]]
    default: str = ""

    def show(self, thing: T, fields: Any = None) -> dict[str, Any]:
        """The object. `fields`: `all`, names with commas, or None for the default; `id` is always there."""
        asked = fields if isinstance(fields, str) and fields else self.default
        if not asked or asked == "all":
            return {name: get(thing) for name, get in self.getters.items()}
        names = dict.fromkeys(["id", *(name.strip() for name in asked.split(","))])
        return {name: self.getters[name](thing) for name in names if name in self.getters}


def slug(name: str) -> str:
    """A name as it ends a URL."""
    return quote("-".join(re.findall(r"\w+", name.casefold()))[:64])
