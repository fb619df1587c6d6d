"""Writing the custom fields that hold an item's priority and estimate."""

from typing import Any

from pmsync.errors import RejectedError
from pmsync.model.fields import Field, Json
from pmsync_trello.client import Client
from pmsync_trello.convert import number_text
from pmsync_trello.names import Names

CUSTOM = (Field.PRIORITY, Field.ESTIMATE)


def set_custom(client: Client, names: Names, card: str, field: Field, value: Json) -> None:
    """Set or clear one of them, in a request of its own. Raises RejectedError where the board has no such field."""
    custom_field = names.priority if field is Field.PRIORITY else names.estimate
    if not custom_field:
        raise RejectedError("the board has no custom field for it any more", field=field.value)
    if field is Field.PRIORITY:
        body: dict[str, Any] = {"idValue": "" if value is None else value}
    else:
        body = {"value": "" if value is None else {"number": number_text(value)}}
    client.set_field(card, custom_field, body)
