"""Which fields a refusal of Asana's is about. Pure."""

from collections.abc import Mapping

from pmsync.model.fields import Field, Json
from pmsync_asana.answers import RefusalError
from pmsync_asana.capabilities import CAPABILITIES
from pmsync_asana.convert import Layout

_PUT = CAPABILITIES.fields - {Field.LABELS, Field.PARENT, Field.LINKS, Field.TIME_SPENT}
_COMPLAINTS = (
    ("name:", Field.TITLE),
    ("html_notes:", Field.DESCRIPTION),
    ("assignee:", Field.ASSIGNEES),
    ("due_on:", Field.DUE),
    ("due_at:", Field.DUE),
    ("start_on:", Field.START),
    ("start_at:", Field.START),
    ("tags:", Field.LABELS),
    ("parent:", Field.PARENT),
    ("resource_subtype:", Field.TYPE),
)
_PAID, _LOCKED = 402, 403


def culprit(message: str) -> Field | None:
    """The field that an error of Asana's complains about; None where it does not say."""
    said = message.removeprefix("Asana: ")
    return next((name for start, name in _COMPLAINTS if said.startswith(start)), None)


def blamed(error: RefusalError, fields: Mapping[Field, Json], layout: Layout) -> frozenset[Field]:
    """The fields without which the rest may be taken: those that the refusal names, else the custom fields where they
    may be the reason (a plan without them, a locked one); none where nothing is known."""
    customs = {shown: custom for shown, custom in layout.held.items() if shown in fields}
    named = frozenset(shown for shown, custom in customs.items() if custom.id in error.message)
    plain = culprit(error.message)
    if named or plain in fields:
        return named or frozenset({plain} if plain is not None else ())
    return frozenset(customs) if error.status in (_PAID, _LOCKED) else frozenset()


def put(fields: Mapping[Field, Json], layout: Layout) -> list[Field]:
    """Those of the fields that are attributes of a task, and written by one request."""
    return [name for name in fields if name in layout.held or name in _PUT]
