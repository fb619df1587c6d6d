"""How a pass tells how far it is, without knowing to whom."""

from typing import Protocol


class Progress(Protocol):
    """Told by a pass, from any of its threads."""

    def stage(self, name: str, total: int | None = None) -> None:
        """A stage begins; `total` steps, where that is known."""
        ...

    def advance(self, steps: int = 1) -> None:
        """So many steps of the present stage are done."""
        ...


class Silent:
    """Tells nobody."""

    def stage(self, name: str, total: int | None = None) -> None:
        """Nothing."""

    def advance(self, steps: int = 1) -> None:
        """Nothing."""
