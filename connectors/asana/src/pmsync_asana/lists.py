"""Lists to their end, of which a batch brought the first page."""

from collections.abc import Mapping
from typing import Any

from pmsync.errors import TransientError
from pmsync_asana.answers import RefusalError
from pmsync_asana.client import Action, Answer, Client

PAGE = 100
_RESTARTS = 3
"""How often a list whose offset went stale is begun again."""


def whole(client: Client, action: Action, first: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """All entries of the list that an action asked for; from the beginning again where Asana has forgotten how far we
    were, so that none is taken for shorter than it is."""
    answer = Answer(first)
    entries = list(answer.data)
    restarts = 0
    while answer.offset is not None:
        try:
            answer = _page(client, action, answer.offset)
        except RefusalError as error:
            if error.status != 400:
                raise
            if restarts == _RESTARTS:
                message = "Asana forgets its own list before it can be read to its end"
                raise TransientError(message, connection=client.connection) from None
            restarts += 1
            entries, answer = [], _page(client, action, None)
        entries += answer.data
    return entries


def _page(client: Client, action: Action, offset: str | None) -> Answer:
    query: Mapping[str, Any] = action.data or {}
    return client.read(action.path, fields=action.fields, limit=PAGE, offset=offset, **query)
