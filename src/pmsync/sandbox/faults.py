"""Faults on demand, drawn from a seed: what a network and a vendor do on a bad day."""

import random
from dataclasses import dataclass, field
from enum import StrEnum
from math import inf
from typing import Any


class Kind(StrEnum):
    """What can go wrong. All but the last three concern the answer to a request."""

    TOO_MANY = "429"
    ERROR = "500"
    TIMEOUT = "timeout"
    RESET = "reset"
    TRUNCATED = "truncated"
    GARBAGE = "garbage"
    DUPLICATE_WEBHOOK = "duplicate-webhook"
    REORDER_WEBHOOK = "reorder-webhook"
    LAG = "lag"


_ON_REQUEST = (Kind.TOO_MANY, Kind.ERROR, Kind.TIMEOUT, Kind.RESET, Kind.TRUNCATED, Kind.GARBAGE)


class Dropped(ConnectionResetError):
    """The connection is to be cut without an answer; `hold` seconds late for a timeout."""

    def __init__(self, hold: float = 0.0) -> None:
        super().__init__("the sandbox dropped the connection, as asked")
        self.hold = hold


@dataclass(slots=True)
class Faults:
    """The faults that are switched on. With rate 0 nothing ever fails."""

    rate: float = 0.0
    kinds: tuple[Kind, ...] = ()
    seed: int = 0
    hold: float = 3.0
    """How long a timeout keeps the caller waiting before the connection is dropped, in seconds."""
    latency: float = 0.0
    """Seconds that every answer takes, outside the lock."""
    lag: float = 5.0
    """How many seconds late a write shows in a search index when `lag` strikes."""
    retry_after: float | None = 1.0
    """The Retry-After of a 429, in seconds; None leaves the header out."""
    _random: random.Random = field(default_factory=random.Random)

    @classmethod
    def of(cls, body: dict[str, Any]) -> "Faults":
        """Read the body of `POST /_sandbox/faults`. Raises ValueError or TypeError for what makes no sense."""
        kinds = body.get("kinds", [])
        if not isinstance(kinds, list):
            raise TypeError("kinds must be a list")
        retry_after = body.get("retry_after", 1.0)
        faults = cls(
            rate=_number(body, "rate", 0.0, most=1.0),
            kinds=tuple(Kind(kind) for kind in kinds),
            seed=int(body.get("seed", 0)),
            hold=_number(body, "hold", 3.0),
            latency=_number(body, "latency", 0.0),
            lag=_number(body, "lag", 5.0),
            retry_after=None if retry_after is None else _number(body, "retry_after", 1.0),
        )
        faults._random = random.Random(faults.seed)  # noqa: S311 - repeatable, not secret
        return faults

    def strike(self) -> tuple[Kind, bool] | None:
        """Draw for one request: the fault, and whether it comes after the effect. None most of the time."""
        drawn = [kind for kind in self.kinds if kind in _ON_REQUEST]
        if not drawn or self._random.random() >= self.rate:
            return None
        kind = self._random.choice(drawn)
        late = kind in (Kind.TIMEOUT, Kind.RESET, Kind.ERROR) and self._random.random() < 0.5
        return kind, late or kind in (Kind.TRUNCATED, Kind.GARBAGE)

    def happens(self, kind: Kind) -> bool:
        """Draw for something that is not an answer: a webhook's fate, the index's lag."""
        return kind in self.kinds and self._random.random() < self.rate

    def cuts_short(self) -> bool:
        """Draw how a truncated body looks: true if its announced length tells that something is missing."""
        return self._random.random() < 0.5


def _number(body: dict[str, Any], name: str, default: float, *, most: float = inf) -> float:
    value = float(body.get(name, default))
    if not 0.0 <= value <= most:  # NaN is not
        raise ValueError(f"{name} must be a number from 0{'' if most == inf else f' to {most:g}'}")
    return value
