"""Which field a refusal of Trello's is about."""

import re
from collections.abc import Container

from pmsync.errors import RejectedError
from pmsync.model.fields import Field
from pmsync_trello.convert import SCALARS

_BLAME = re.compile(r"invalid value for (\w+)")
FIELDS = {**{key: field for field, key in SCALARS.items()}, "idMembers": Field.ASSIGNEES, "idLabels": Field.LABELS}
"""The parameters of a card that are fields."""


def blamed(error: RejectedError, body: Container[str]) -> str | None:
    """The parameter of the body that was refused, if Trello says and it is a field."""
    said = _BLAME.search(error.message)
    return said[1] if said and said[1] in FIELDS and said[1] in body else None
