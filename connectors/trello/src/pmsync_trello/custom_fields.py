"""Writing custom fields, the board's options among them."""

from pmsync.errors import RejectedError
from pmsync.model.fields import Field, Json
from pmsync.model.vocabulary import CustomKind
from pmsync_trello.client import Client
from pmsync_trello.custom_values import body
from pmsync_trello.directory import Directory


def set_custom(client: Client, directory: Directory, card: str, field: Field, value: Json) -> None:
    """Set or clear a field's value, in a request of its own. An option that the board lacks is made: whoever asks for
    one that it lacks wants that. Raises RejectedError where the board has no such field."""
    custom = directory.names().held.get(field)
    if custom is None:
        raise RejectedError("the board has no custom field for it any more", field=field.value)
    if custom.kind is not CustomKind.SELECT:
        client.set_field(card, custom.id, body(value, custom))
    elif value is None or field is Field.PRIORITY:
        client.set_field(card, custom.id, {"idValue": value or ""})
    else:
        client.set_field(card, custom.id, {"idValue": directory.option(field, str(value))})
