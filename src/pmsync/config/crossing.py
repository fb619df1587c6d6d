"""What one part of a config says about another: names that must be there, and pairs that cannot be."""

from collections.abc import Iterator, Mapping, Sequence
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pmsync.config.source import Source
from pmsync.connector.hosts import loopback
from pmsync.errors import Problem
from pmsync.model.fields import Json, Role

_Section = Mapping[str, Json]


def problems(data: _Section, origin: Source, connectors: Sequence[str]) -> list[Problem]:
    """All of them, in a config whose shape need not be right: what has the wrong shape is told elsewhere."""
    return [
        origin.problem(path, message)
        for path, message in (
            *_connectors(data, connectors),
            *_people(data),
            *(found for name in _section(data, "syncs") for found in _sync(data, name)),
            *_zone(data),
            *_polling(data),
            *_alerts(data),
        )
    ]


def role_called(name: str) -> Role | None:
    """The role of that name, if there is one."""
    return Role(name) if name in set(Role) else None


_Found = tuple[tuple[str, ...], str]


def _connectors(data: _Section, installed: Sequence[str]) -> Iterator[_Found]:
    for name in (connections := _section(data, "connections")):
        connector = _section(connections, name).get("connector")
        if isinstance(connector, str) and connector not in installed:
            message = f"no connector {connector!r}; installed: {', '.join(installed) or 'none'}"
            yield ("connections", name, "connector"), message


def _people(data: _Section) -> Iterator[_Found]:
    connections = _section(data, "connections")
    owners: dict[tuple[str, str], str] = {}
    for person in (people := _section(data, "people")):
        for connection, handle in _section(people, person).items():
            path = ("people", person, connection)
            if connection not in connections:
                yield path, _no_connection(connection, connections)
            first = owners.setdefault((connection, str(handle)), person)
            if first != person:
                yield path, f"is {first} already"


def _sync(data: _Section, name: str) -> Iterator[_Found]:
    connections = _section(data, "connections")
    sync = _section(_section(data, "syncs"), name)
    members = _section(sync, "members")
    at = ("syncs", name)
    for member in members:
        if member not in connections:
            yield (*at, "members", member), _no_connection(member, connections)
    if "members" in sync and len(members) < 2:
        yield (*at, "members"), "a sync has at least two members"
    yield from _twins(connections, members, (*at, "members"))
    yield from _create(sync, members, (*at, "create"))
    yield from _fields(sync, members, (*at, "fields"))
    for key in ("comments", "attachments", "backlinks"):
        for member in _section(sync, key):
            if member not in members and not (key == "attachments" and member == "copy"):
                yield (*at, key, member), f"{member!r} is not a member of this sync"


def _twins(connections: _Section, members: _Section, at: tuple[str, ...]) -> Iterator[_Found]:
    """Two connections to one board or project would copy it onto itself."""
    seen: list[tuple[str, Json, Json, Json]] = []
    for member in members:
        section = _section(connections, member)
        what = (section.get("connector"), section.get("url"), section.get("scope"))
        for first, *other in seen:
            if section and tuple(other) == what:
                yield (*at, member), f"has the same tool and scope as {first!r}: a sync has each place once"
        seen.append((member, *what))


def _create(sync: _Section, members: _Section, at: tuple[str, ...]) -> Iterator[_Found]:
    for origin, listed in _section(sync, "create").items():
        if origin not in members:
            yield (*at, origin), f"{origin!r} is not a member of this sync"
        targets = listed if isinstance(listed, list) else [listed]
        for target in targets:
            if not isinstance(target, str):
                continue
            if target not in members:
                yield (*at, origin), f"{target!r} is not a member of this sync"
            elif target == origin:
                yield (*at, origin), "an item is not created where it comes from"
            elif _section(members, target).get("direction") == "out":
                yield (*at, origin), f"nothing can be created in {target!r}: pmsync only reads there"


def _fields(sync: _Section, members: _Section, at: tuple[str, ...]) -> Iterator[_Found]:
    roles = [_section(members, member).get("role") or role_called(member) for member in members]
    for name in (fields := _section(sync, "fields")):
        said = _section(fields, name)
        conflict = said.get("conflict")
        prefer = conflict.get("prefer") if isinstance(conflict, dict) else None
        if isinstance(conflict, str) and conflict.partition(":")[0].strip() == "prefer":
            prefer = conflict.partition(":")[2].strip()
        for key, who in (("owner", said.get("owner")), ("conflict", prefer)):
            if isinstance(who, str) and who and who not in members and who not in roles:
                yield (*at, name, key), f"{who!r} is neither a member of this sync nor the role of one"
        for member in _section(said, "direction"):
            if member not in members:
                yield (*at, name, "direction", member), f"{member!r} is not a member of this sync"


def _zone(data: _Section) -> Iterator[_Found]:
    zone = data.get("zone", "UTC")
    if isinstance(zone, str):
        try:
            ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            yield ("zone",), "no such time zone; it is a name such as Europe/Berlin"


def _polling(data: _Section) -> Iterator[_Found]:
    for key in ("every", "deep"):
        value = _section(data, "polling").get(key)
        if isinstance(value, str) and value.strip("0smhd") == "" and value:
            yield ("polling", key), "must be longer than nothing"


def _alerts(data: _Section) -> Iterator[_Found]:
    alerts = _section(data, "alerts")
    email = _section(alerts, "email")
    server = email.get("server")
    if email.get("security") == "none" and isinstance(server, str) and server and not loopback(server):
        yield ("alerts", "email", "security"), "must be starttls or tls: without either, only to this machine"
    for key, other in (("user", "password"), ("password", "user")):
        if email.get(key) and not email.get(other):
            yield ("alerts", "email", key), f"needs `{other}` beside it"
    if alerts.get("secret") and not alerts.get("url"):
        yield ("alerts", "secret"), "signs what is posted to `url`, which is missing"


def _section(data: _Section, key: str) -> _Section:
    value = data.get(key)
    return value if isinstance(value, dict) else {}


def _no_connection(name: str, connections: _Section) -> str:
    return f"no connection {name!r}; there are: {', '.join(connections) or 'none'}"
