"""What is kept of a project between runs, so that no run has to begin with reading it. Pure."""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from pmsync.model.fields import Field, Json
from pmsync.model.vocabulary import CustomField
from pmsync_asana.convert import Layout


def remembered(layout: Layout) -> dict[str, Json]:
    """A project's layout as JSON."""
    return {
        "project": layout.project,
        "workspace": layout.workspace,
        "held": {shown: custom.model_dump(mode="json") for shown, custom in layout.held.items()},
        "minutes": list[Json](sorted(layout.minutes)),
        "nested": layout.nested,
        "sections": list[Json](layout.sections),
    }


def recalled(known: Mapping[str, Any]) -> Layout | None:
    """The layout in what was remembered; None where there is none, or one of another version."""
    try:
        return Layout(
            project=_text(known["project"]),
            workspace=_text(known["workspace"]),
            held={Field(shown): CustomField.model_validate(custom) for shown, custom in known["held"].items()},
            minutes=frozenset(map(_text, known["minutes"])),
            nested=known["nested"] is True,
            sections=tuple(map(_text, known["sections"])),
        )
    except (KeyError, TypeError, ValueError, AttributeError, ValidationError):
        return None


def _text(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise TypeError("no text")
    return value
