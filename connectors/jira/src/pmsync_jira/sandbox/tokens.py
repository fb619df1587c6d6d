"""The page tokens of Cloud's search."""

import base64
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from pmsync_jira.sandbox.answers import Refusal

_STALE = "The provided next page token is invalid or expired."
_LIFE = timedelta(days=7)
_KEPT = 2_000


@dataclass(slots=True)
class Place:
    """Where a token goes on. `key`: what has to stay the same from page to page."""

    key: tuple[object, ...]
    user: str
    ids: list[int]
    at: int
    made: datetime
    before: str
    """The token that led to the page which gave this one."""


@dataclass(slots=True)
class Tokens:
    """The page tokens that are out.

    A token can be sent again until the page behind it has been followed by another: a retry works, going back does not.
    """

    places: OrderedDict[str, Place] = field(default_factory=OrderedDict)
    made: int = 0

    def give(self, place: Place) -> str:
        """A token for a place."""
        self.made += 1
        token = base64.urlsafe_b64encode(f"pmsync-page-{self.made}".encode()).decode()
        self.places[token] = place
        while len(self.places) > _KEPT:
            self.places.popitem(last=False)
        return token

    def take(self, token: str, key: tuple[object, ...], user: str, now: datetime) -> Place:
        """Where a token goes on. Raises a 400 for one that is unknown, stale, another's, or of another search."""
        place = self.places.get(token)
        if place is None or place.key != key or place.user != user or now - place.made > _LIFE:
            raise Refusal(400, _STALE)
        self.places.pop(place.before, None)
        return place

    def expire(self) -> None:
        """Forget all tokens, as a live site now and then does before their time."""
        self.places.clear()
