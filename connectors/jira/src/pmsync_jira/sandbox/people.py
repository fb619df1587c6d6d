"""The accounts of the emulated site: who they are, and how each product shows them."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from pmsync.sandbox.people import PEOPLE, Persona

CLOUD = "cloud"
DATA_CENTER = "data-center"

_IDS = {
    "ada": "5b10ac8d82e05b22cc7d4ef5",
    "grace": "5c8f1de04b9a2a3d6e0f7712",
    "linus": "712020:8e1f7c1a-6c1e-4b9c-9d52-2f3f1d7a4b60",
    "pmsync": "557058:3b2c9d4e-0f6a-4d1b-8e57-91a6c2f4d803",
}
# None of them lives in UTC, so that a date that is read in the wrong zone shows.
_ZONES = {
    "ada": "Europe/Berlin",
    "grace": "America/Los_Angeles",
    "linus": "Australia/Sydney",
    "pmsync": "America/New_York",
}
_NEIGHBOURS = (("adam", "Adam Lovelock"), ("lina", "Lina Paulsen"))
"""People of the site who have nothing to do with the project, and whose names come close to those who have."""


@dataclass(frozen=True, slots=True)
class Person:
    """An account. `member`: has all rights in the project but for administration; others do not see it."""

    name: str
    full_name: str
    account_id: str
    key: str
    zone: str
    email: str | None
    member: bool = False
    admin: bool = False


def _person(persona: Persona, number: int) -> Person:
    digest = hashlib.sha256(persona.name.encode()).hexdigest()
    return Person(
        name=persona.name,
        full_name=persona.full_name,
        account_id=_IDS.get(persona.name, digest[:24]),
        key=f"JIRAUSER{10100 + number}",
        zone=_ZONES.get(persona.name, "Asia/Tokyo"),
        # Only members let the site see their address; the profile of the others keeps it private.
        email=persona.email if persona.known else None,
        member=persona.known,
        admin=persona.name == "pmsync",
    )


class Directory:
    """All accounts of the site. A stranger gets one when they first sign in."""

    def __init__(self) -> None:
        self._people: dict[str, Person] = {}
        self._by_account: dict[str, Person] = {}
        for name, full_name in _NEIGHBOURS:
            self.admit(Persona(name, full_name, known=False))
        for persona in PEOPLE.values():
            self.admit(persona)

    def __iter__(self) -> Iterator[Person]:
        return iter(self._people.values())

    def admit(self, persona: Persona) -> Person:
        """The person's account, made if there is none."""
        person = self._people.get(persona.name)
        if person is None:
            person = _person(persona, len(self._people))
            self._people[person.name] = person
            self._by_account[person.account_id] = person
        return person

    def get(self, name: str) -> Person:
        """The account of that name. Raises KeyError."""
        return self._people[name]

    def find(self, reference: str) -> Person | None:
        """Whom an account id, a user name or a user key means."""
        by_name = self._by_account.get(reference) or self._people.get(reference)
        return by_name or next((person for person in self if person.key == reference), None)

    def matching(self, query: str, people: Iterable[Person] | None = None) -> list[Person]:
        """Those whose name, or visible address, contains the query: near enough is enough, as in Jira's own search."""
        sought = query.casefold()
        return [
            person
            for person in (self if people is None else people)
            if sought in person.full_name.casefold()
            or sought in (person.email or "").casefold()
            or sought == person.account_id
        ]


def shown(person: Person, base: str, version: int, product: str) -> dict[str, Any]:
    """The person as the product's API shows them. `base`: what `self` starts with."""
    avatar = hashlib.sha256(person.account_id.encode()).hexdigest()[:16]
    common = {
        "avatarUrls": {f"{size}x{size}": f"{base}/avatar/{avatar}?size={size}" for size in (48, 24, 16, 32)},
        "displayName": person.full_name,
        "active": True,
        "timeZone": person.zone,
    }
    address = {"emailAddress": person.email} if person.email else {}
    if product == DATA_CENTER:
        identity = {
            "self": f"{base}/rest/api/{version}/user?username={person.name}",
            "key": person.key,
            "name": person.name,
        }
        return identity | address | common
    identity = {
        "self": f"{base}/rest/api/{version}/user?accountId={person.account_id}",
        "accountId": person.account_id,
    }
    return identity | address | common | {"accountType": "atlassian"}
