"""Who is who: one person behind the members of several tools, by config, e-mail or full name, never by guess.

A person's id is their key in the config's `people`, else their e-mail in lower case, else their full name, else (where
even that is shared) the connection and the member's id in it. A person found under one id answers to the others too, so
that an e-mail that comes to light later makes no stranger of anyone.
"""

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from pmsync.model.finding import Finding
from pmsync.model.vocabulary import Member

Known = Mapping[str, Mapping[str, str]]
"""The config's `people`: key of a person -> connection -> id, user name, e-mail or exact full name there."""

_REMEDY = "name them in the config under `people`"


@dataclass(frozen=True, slots=True)
class Roster:
    """The people as one connection knows them."""

    persons: Mapping[str, str] = field(default_factory=dict)
    """Person id by member id."""
    members: Mapping[str, Member] = field(default_factory=dict)
    """Member by person id."""
    aliases: Mapping[str, str] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    connection: str = ""
    handles: Mapping[str, str] = field(default_factory=dict)
    """Member id by user name, in lower case."""

    def canonical(self, person: str) -> str:
        """The id that a person goes by now, given one that they may have gone by before."""
        return self.aliases.get(person, person)

    def person(self, member: str) -> str | None:
        """The person behind a member id; None if that id is not among the members."""
        return self.persons.get(member)

    def assignable(self, person: str) -> str | None:
        """The member id of a person; None if they are not in this tool, or have left it."""
        member = self.members.get(self.canonical(person))
        return member.id if member is not None and member.active else None

    def name(self, person: str) -> str:
        """The person's full name, else their id."""
        return self.names.get(self.canonical(person), person)


@dataclass(frozen=True, slots=True)
class People:
    """All the people of some connections."""

    rosters: Mapping[str, Roster] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    """Full name by person id."""
    findings: tuple[Finding, ...] = ()

    def on(self, connection: str) -> Roster:
        """The people as that connection knows them; nobody, if it is not one of those that were matched."""
        return self.rosters.get(connection, Roster())

    def person(self, connection: str, member: str) -> str | None:
        """The person behind a member of a connection."""
        return self.on(connection).person(member)

    def member(self, connection: str, person: str) -> str | None:
        """The member that a person is in a connection, active or not."""
        roster = self.on(connection)
        found = roster.members.get(roster.canonical(person))
        return found.id if found is not None else None


def match(known: Known, members: Mapping[str, Sequence[Member]]) -> People:
    """Find out who is who. `members` are those of each connection, by its name."""
    matching = _Matching(members)
    matching.by_config(known)
    matching.by_email()
    matching.settle()
    matching.by_name()
    matching.settle()
    matching.alone()
    return matching.people()


@dataclass(frozen=True, slots=True)
class _Seat:
    """One member of one connection."""

    connection: str
    member: Member

    @property
    def key(self) -> tuple[str, str]:
        return self.connection, self.member.id

    @property
    def alias(self) -> str:
        """An id for a person of whom nothing else is sure."""
        return f"{self.connection}:{self.member.id}"

    @property
    def email(self) -> str:
        return self.member.email.strip().casefold()

    @property
    def full_name(self) -> str:
        return full_name(self.member.name)

    def __str__(self) -> str:
        return f"{self.member.name or self.member.username or self.member.id} in {self.connection}"


class _Matching:
    """Seats taken by persons, one rule after the other; a seat once taken stays taken."""

    def __init__(self, members: Mapping[str, Sequence[Member]]) -> None:
        self.seats = [_Seat(connection, member) for connection, listed in members.items() for member in listed]
        self.connections = tuple(members)
        self.emails = Counter(seat.email for seat in self.seats)
        self.taken: dict[tuple[str, str], str] = {}
        self.persons: dict[str, dict[str, Member]] = {}
        self.proposed: list[tuple[str, _Seat, str]] = []
        self.ambiguous: set[tuple[str, str]] = set()
        self.findings: list[Finding] = []

    def by_config(self, known: Known) -> None:
        for person, handles in known.items():
            self.persons.setdefault(person, {})
            for connection, handle in handles.items():
                if connection in self.connections:
                    self.configured(person, connection, handle)

    def configured(self, person: str, connection: str, handle: str) -> None:
        where = f"people.{person}.{connection}"
        found = self.resolve(connection, handle)
        if len(found) != 1:
            count = f"{len(found)} members are" if found else "nobody is"
            remedy = "use the member's id" if found else "use an id, user name, e-mail or full name that is there"
            self.findings.append(Finding("warning", f"{where}: {count} {handle!r} in {connection}", remedy))
            return
        owner = self.taken.get(found[0].key)
        if owner is not None:
            message = f"{where}: {found[0]} is {owner} already"
            self.findings.append(Finding("error", message, "let every member stand for one person"))
            return
        self.take(person, found[0])

    def resolve(self, connection: str, handle: str) -> list[_Seat]:
        """The members that a handle names: by the first kind of name that fits any of them."""
        seats = [seat for seat in self.seats if seat.connection == connection]
        mail, name = handle.strip().casefold(), full_name(handle)
        for fitting in (
            [seat for seat in seats if seat.member.id == handle],
            [seat for seat in seats if seat.member.username and seat.member.username == handle],
            [seat for seat in seats if seat.email and seat.email == mail],
            [seat for seat in seats if seat.full_name and seat.full_name == name],
        ):
            if fitting:
                return fitting
        return []

    def by_email(self) -> None:
        for email, seats in _grouped((seat.email, seat) for seat in self.seats):
            self.join(seats, f"the e-mail {email}", fallback=email)

    def by_name(self) -> None:
        for name, seats in _grouped((seat.full_name, seat) for seat in self.seats):
            free = [seat for seat in seats if seat.key not in self.taken]
            fresh = {seat.email for seat in free if seat.email}
            known = {seat.email for seat in seats if seat.email} - {seat.email for seat in free}
            if len(fresh) > 1 or (known and fresh):
                self.unclear(free, f"the name {name}, but not the e-mail")
            else:
                clear = [email for email in fresh if self.emails[email] == 1]
                self.join(seats, f"the name {name}", fallback=next(iter(clear), name))

    def join(self, seats: Sequence[_Seat], what: str, fallback: str) -> None:
        """Propose one person for seats that have `what` in common, where there is one of them in each connection."""
        free = [seat for seat in seats if seat.key not in self.taken]
        persons = {self.taken[seat.key] for seat in seats if seat.key in self.taken}
        each = Counter(seat.connection for seat in seats)
        if not free or len(seats) < 2:
            return
        if len(persons) > 1 or max(each.values()) > 1:
            self.unclear(free, what)
            return
        person = next(iter(persons), fallback)
        self.proposed += [(person, seat, what) for seat in free]

    def settle(self) -> None:
        """Take what was proposed, but for persons who would then have two seats in one connection."""
        wanted = Counter((person, seat.connection) for person, seat, _ in self.proposed)
        for person, seat, what in self.proposed:
            if wanted[person, seat.connection] > 1 or seat.connection in self.persons.get(person, {}):
                self.unclear([seat], what)
            else:
                self.take(person, seat)
        self.proposed = []

    def unclear(self, seats: Sequence[_Seat], what: str) -> None:
        fresh = [seat for seat in seats if seat.key not in self.ambiguous]
        if fresh:
            said = ", ".join(str(seat) for seat in fresh)
            self.findings.append(Finding("warning", f"cannot tell who is who: {said} share {what}", _REMEDY))
        self.ambiguous |= {seat.key for seat in fresh}

    def alone(self) -> None:
        """Whoever is left is a person of their own."""
        names = Counter(seat.full_name for seat in self.seats)
        for seat in self.seats:
            if seat.key in self.taken:
                continue
            options = [
                seat.email if self.emails[seat.email] == 1 else "",
                seat.full_name if names[seat.full_name] == 1 else "",
            ]
            free = [option for option in options if option and option not in self.persons]
            self.take(next(iter(free), seat.alias), seat)
            if seat.key not in self.ambiguous and len(self.connections) > 1 and seat.member.active:
                message = f"{seat} is in none of the other tools"
                self.findings.append(Finding("info", message, f"if that is not so, {_REMEDY}"))

    def take(self, person: str, seat: _Seat) -> None:
        self.taken[seat.key] = person
        self.persons.setdefault(person, {})[seat.connection] = seat.member

    def people(self) -> People:
        names = {person: _name(person, seats.values()) for person, seats in self.persons.items()}
        aliases = self.aliases()
        rosters: dict[str, Roster] = {}
        for connection in self.connections:
            members = {person: seats[connection] for person, seats in self.persons.items() if connection in seats}
            persons = {member.id: person for person, member in members.items()}
            handles = {one.username.casefold(): one.id for one in members.values() if one.username}
            rosters[connection] = Roster(persons, members, aliases, names, connection, handles)
        return People(rosters, names, (*self.findings, *self.departed()))

    def aliases(self) -> dict[str, str]:
        """Every other name that one person alone answers to."""
        claims: dict[str, set[str]] = defaultdict(set)
        for person, seats in self.persons.items():
            for connection, member in seats.items():
                seat = _Seat(connection, member)
                for name in (seat.email, seat.full_name, seat.alias):
                    claims[name].add(person)
        return {
            name: next(iter(persons))
            for name, persons in claims.items()
            if name and len(persons) == 1 and name not in self.persons
        }

    def departed(self) -> Iterator[Finding]:
        for person, seats in self.persons.items():
            here = [connection for connection, member in seats.items() if member.active]
            left = [connection for connection, member in seats.items() if not member.active]
            if here and left:
                message = f"{_name(person, seats.values())} has left {', '.join(left)}: nothing can be assigned there"
                yield Finding("info", message)


def full_name(name: str) -> str:
    """A name in the form in which names are compared: composed characters, single blanks; case counts."""
    return " ".join(unicodedata.normalize("NFC", name).split())


def _grouped(pairs: Iterable[tuple[str, _Seat]]) -> list[tuple[str, list[_Seat]]]:
    groups: dict[str, list[_Seat]] = defaultdict(list)
    for key, seat in pairs:
        if key:
            groups[key].append(seat)
    return list(groups.items())


def _name(person: str, members: Iterable[Member]) -> str:
    return next((member.name for member in members if member.name), person)
