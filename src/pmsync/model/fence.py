"""A fence: which installation wrote to a tool last for a sync, and how far its state had come by then."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from pmsync.model.fields import Json


@dataclass(frozen=True, slots=True)
class Fence:
    """Put up before the first write of a pass, where the state's backups do not reach."""

    sync: str
    instance: str
    """The installation: a state has one from its birth, and its backups have the same."""
    epoch: int
    """How many passes of the sync had begun to write by then, by that state's count."""
    written_at: datetime
    place: str = ""
    """Where that state is, as a digest. Two states of one instance in two places are an original and its copy."""

    def as_json(self) -> dict[str, Json]:
        """For a tool's place, and for the audit log."""
        return {
            "sync": self.sync,
            "instance": self.instance,
            "epoch": self.epoch,
            "written_at": self.written_at.astimezone(UTC).isoformat(),
            "place": self.place,
        }

    @classmethod
    def from_json(cls, told: object) -> "Fence | None":
        """Read one back; None for whatever is none."""
        if not isinstance(told, Mapping):
            return None
        try:
            return cls(
                sync=str(told["sync"]),
                instance=str(told["instance"]),
                epoch=int(told["epoch"]),
                written_at=datetime.fromisoformat(str(told["written_at"])).astimezone(UTC),
                place=str(told.get("place", "")),
            )
        except (KeyError, TypeError, ValueError):
            return None
