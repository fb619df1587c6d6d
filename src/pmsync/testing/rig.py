"""What the contract's tests need beside a connector: somebody else's connection, faults, and a count of requests."""

import random
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import requests

from pmsync.connector.api import Connector, Opening
from pmsync.errors import TransientError
from pmsync.model.fields import Field, Json
from pmsync.testing.clock import VirtualClock
from pmsync.testing.memory import MemoryConnector, MemoryTool


class Rig(Protocol):
    """One tool with an empty project, whose users are ada, grace, linus and pmsync.

    Its time passes only by waiting: the tool, if it is emulated, and the connectors go by the same clock.
    """

    clock: VirtualClock
    secrets: Sequence[str]
    """What no error may tell."""

    def connect(
        self, user: str = "pmsync", *, memo: Json = None, custom: Mapping[str, Field] | None = None
    ) -> Connector:
        """A new connection, as that user. A user that the project does not have is a stranger, "" signs nobody in.
        `custom`: see `Opening`."""
        ...

    def faults(self, *kinds: str, rate: float = 1.0, seed: int = 1) -> None:
        """Let requests fail in these ways (see `FAULTS`); without kinds, mend everything."""
        ...

    def requests(self) -> Mapping[str, int]:
        """How many requests the tool has had: `total`, and of these `writes`."""
        ...


FAULTS = ("429", "500", "timeout", "reset", "truncated", "garbage")
"""The kinds of fault that a rig can produce. All but the first may come after the effect."""


_WRITING = tuple(
    f".{call}"
    for call in ("create", "update", "archive", "delete", "comment", "edit_comment", "remove_part", "link", "upload")
)


class SandboxRig:
    """A rig over an emulator: a server with the control routes of pmsync's sandboxes, freshly reset."""

    def __init__(
        self,
        base: str,
        clock: VirtualClock,
        connect: Callable[[str, Opening], Connector],
        *,
        secrets: Sequence[str],
        defaults: Mapping[str, Json] | None = None,
    ) -> None:
        """`connect` opens a connection for a user's name; `base` is the emulator's URL, whose time is the clock's."""
        self.clock = clock
        self.secrets: Sequence[str] = tuple(secrets)
        self._base = base
        self._connect = connect
        self._defaults = dict(defaults or {})
        self._open: list[Connector] = []
        self._session = requests.Session()
        self._session.trust_env = False
        self._control("POST", "reset", {"seed": "empty"})

    def connect(
        self, user: str = "pmsync", *, memo: Json = None, custom: Mapping[str, Field] | None = None
    ) -> Connector:
        """See `Rig`."""
        opening = Opening("contract", defaults=self._defaults, memo=memo, clock=self.clock, custom=custom or {})
        self._open.append(self._connect(user, opening))
        return self._open[-1]

    def faults(self, *kinds: str, rate: float = 1.0, seed: int = 1) -> None:
        """See `Rig`."""
        self._control("POST", "faults", {"kinds": list(kinds), "rate": rate if kinds else 0.0, "seed": seed})

    def requests(self) -> Mapping[str, int]:
        """See `Rig`."""
        told = self._control("GET", "requests")
        return {"total": told["total"], "writes": told["writes"]}

    def close(self) -> None:
        """Close what was opened."""
        for connector in self._open:
            connector.close()
        self._session.close()

    def _control(self, method: str, route: str, body: Any = None) -> Any:
        response = self._session.request(method, f"{self._base}/_sandbox/{route}", json=body, timeout=10)
        response.raise_for_status()
        return response.json()


class MemoryRig:
    """A rig over a tool in memory."""

    secrets: Sequence[str] = ("sandbox-pmsync",)

    def __init__(self, tool: MemoryTool, clock: VirtualClock) -> None:
        self.clock = clock
        self.tool = tool
        self._counts = {"total": 0, "writes": 0}
        self._kinds: tuple[str, ...] = ()
        self._rate = 0.0
        self._random = random.Random(1)  # noqa: S311 - repeatable, not secret
        self._struck = ""

    def connect(
        self, user: str = "pmsync", *, memo: Json = None, custom: Mapping[str, Field] | None = None
    ) -> Connector:
        """See `Rig`."""
        opening = Opening("contract", memo=memo, clock=self.clock, custom=custom or {})
        return MemoryConnector(self.tool, user, opening, before_io=self._before, after_io=self._after)

    def faults(self, *kinds: str, rate: float = 1.0, seed: int = 1) -> None:
        """See `Rig`."""
        self._kinds, self._rate = kinds, rate if kinds else 0.0
        self._random = random.Random(seed)  # noqa: S311 - repeatable, not secret

    def requests(self) -> Mapping[str, int]:
        """See `Rig`."""
        return dict(self._counts)

    def _before(self, name: str) -> None:
        self._counts["total"] += 1
        self._counts["writes"] += name.endswith(_WRITING)
        struck = self._random.random() < self._rate
        self._struck = self._random.choice(self._kinds) if struck else ""
        garbled = self._struck in ("truncated", "garbage")
        if self._struck and not garbled and (self._struck == "429" or self._random.random() < 0.5):
            raise self._error()

    def _after(self, name: str) -> None:
        if self._struck:
            raise self._error()

    def _error(self) -> TransientError:
        kind, self._struck = self._struck, ""
        return TransientError(f"a fault was asked for: {kind}", after=1.0 if kind == "429" else None)
