"""Writing the links of a card, each an attachment of its own."""

from collections.abc import Iterator
from contextlib import suppress

from pmsync.model.fields import Json
from pmsync_trello import linking
from pmsync_trello.answers import GoneError
from pmsync_trello.client import Client
from pmsync_trello.neighbours import Neighbours


def put_links(client: Client, neighbours: Neighbours, card: str, before: Json, wanted: Json) -> Iterator[None]:
    """Attach and take away what makes the difference, a step for each. Raises RejectedError where a card that it
    is to be linked to is not there: nothing was written then."""
    had, wants = _links(before), _links(wanted)
    added = [(kind, neighbours.find(target)) for kind, target in sorted(wants - had)]
    gone = {(kind, neighbours.find(target).short_link) for kind, target in had - wants}
    if gone:
        for attached in client.attachments(card):
            if linking.link(attached) in gone:
                with suppress(GoneError):
                    client.detach(card, str(attached["id"]))
                yield
    for kind, neighbour in added:
        client.attach(card, *linking.attachment(kind, neighbour.short_link, neighbour.title))
        yield


def _links(value: Json) -> set[tuple[str, str]]:
    listed = value if isinstance(value, list) else []
    split = (str(one).partition(":") for one in listed)
    return {(kind, target) for kind, _, target in split}
