"""One draft on its way to becoming an issue: what to send, and what has come of it so far."""

from dataclasses import dataclass, field
from typing import Any

from pmsync.errors import PmsyncError
from pmsync.model.fields import Field
from pmsync.model.native import Draft
from pmsync_jira.convert import marker_property
from pmsync_jira.workflow import Step


@dataclass(slots=True)
class Order:
    """One draft on its way."""

    draft: Draft
    type: str
    goal: str
    fields: dict[str, Any]
    names: dict[str, Field]
    step: Step | None = None
    """The transition that goes with the create."""
    notes: dict[Field, str] = field(default_factory=dict)
    unfinished: set[Field] = field(default_factory=set)
    error: PmsyncError | None = None
    id: str = ""
    status: str = ""
    """The status that it is known to be in; "" if not known."""

    def body(self) -> dict[str, Any]:
        """Its part of a bulk create."""
        body: dict[str, Any] = {"fields": self.fields, "properties": [marker_property(self.draft.marker)]}
        if self.step:
            body["transition"] = {"id": self.step.id}
        return body

    def drop(self, name: str, reason: str) -> None:
        """Leave out a field that Jira will not take, and say so."""
        del self.fields[name]
        if name in self.names:
            self.notes[self.names[name]] = reason
