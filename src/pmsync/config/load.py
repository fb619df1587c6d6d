"""From a config file and the environment to a `Config`, or to every problem at once."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar
from urllib.parse import parse_qs, unquote, urlsplit
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from pmsync.config import crossing, environment, shelf, source
from pmsync.config.document import AlertsSection, Document, MemberSection, SyncSection
from pmsync.config.hanging import Attaching
from pmsync.config.settings import (
    Alerts,
    Config,
    ConnectionConfig,
    FieldConfig,
    Mail,
    MemberConfig,
    Polling,
    Serve,
    SyncConfig,
)
from pmsync.config.source import Source
from pmsync.connector import registry
from pmsync.errors import ConfigError, Problem
from pmsync.mapping.spec import Mapping as FieldMapping
from pmsync.mapping.spec import disagreements, shown_fields
from pmsync.model.fields import Json
from pmsync.reconcile.guard import Limits
from pmsync.reconcile.state import Direction

V = TypeVar("V")

CONFIG_VARIABLE = "PMSYNC_CONFIG"
STATE_VARIABLE = "PMSYNC_STATE"
DEFAULT_PATH = "config.yaml"

_SQLITE = "sqlite:///"
_STATES = ("sqlite", "postgresql", "postgresql+psycopg")


def config_path(given: str | Path | None, environ: Mapping[str, str]) -> Path:
    """The config file to use: the one given, else `PMSYNC_CONFIG`'s, else `config.yaml` in the working directory."""
    return Path(given or environ.get(CONFIG_VARIABLE) or DEFAULT_PATH).expanduser()


def load(path: Path, environ: Mapping[str, str]) -> Config:
    """Read a config. Raises ConfigError with all that is wrong with it and its mappings; no secret is in it."""
    origin = source.read(path)
    if not isinstance(origin.data, dict):
        empty = Problem(origin.file, 1, "", "a config is a set of keys: version, connections, syncs, ...")
        raise ConfigError(problems=origin.problems or (empty,))
    filling = environment.fill(origin.data, environ, origin.problem)
    data = filling.data if isinstance(filling.data, dict) else {}
    reading = _Reading(origin, path.absolute().parent, [*origin.problems, *filling.problems])
    document = reading.document(data)
    reading.problems += crossing.problems(data, origin, registry.names())
    connections = reading.connections(data)
    state = reading.state(environ.get(STATE_VARIABLE) or data.get("state", "sqlite:///pmsync.db"))
    reading.agreements(data, connections)
    if document is None or reading.problems:
        secret = filling.used | _secret_values(data) | _hook(data)
        raise ConfigError(problems=_presentable(reading.problems, secret))
    return Config(
        path=path.absolute(),
        state=state,
        audit=reading.folder / Path(document.audit).expanduser(),
        zone=ZoneInfo(document.zone),
        polling=Polling(document.polling.every, document.polling.deep, document.polling.overlap),
        connections=connections,
        people=document.people,
        syncs={name: _sync(name, section) for name, section in document.syncs.items()},
        serve=Serve(document.serve.admin_token or None),
        secret_key=document.secret_key or None,
        alerts=_alerts(document.alerts),
    )


@dataclass(slots=True)
class _Reading:
    """The problems found so far, and where relative paths begin."""

    origin: Source
    folder: Path
    problems: list[Problem] = field(default_factory=list)
    mappings: dict[Path, FieldMapping | None] = field(default_factory=dict)

    def add(self, path: Iterable[str], message: str) -> None:
        self.problems.append(self.origin.problem(tuple(path), message))

    def document(self, data: dict[str, Json]) -> Document | None:
        """The file's shape, or its problems."""
        try:
            return Document.model_validate(data)
        except ValidationError as error:
            for one in error.errors(include_url=False, include_context=False, include_input=False):
                path = tuple(str(key) for key in one["loc"] if key != "[key]")
                self.add(path, _shape(one["type"], one["msg"]))
            return None

    def connections(self, data: dict[str, Json]) -> dict[str, ConnectionConfig]:
        """The connections that are all right. A connector reads its own section."""
        found: dict[str, ConnectionConfig] = {}
        sections = data.get("connections")
        for name, section in sections.items() if isinstance(sections, dict) else ():
            connector = section.get("connector") if isinstance(section, dict) else None
            if not isinstance(section, dict) or not isinstance(connector, str) or connector not in registry.names():
                continue
            plugin = registry.plugin(connector)
            settings = plugin.parse(section, self.origin.within(("connections", name)))
            mapping_name = section.get("mapping") or plugin.default_mapping
            mapping = self.mapping(name, connector, mapping_name) if isinstance(mapping_name, str) else None
            if isinstance(settings, tuple):
                self.problems += settings
            elif mapping is not None:
                found[name] = ConnectionConfig(name, connector, section, settings, mapping, str(mapping_name))
        return found

    def mapping(self, connection: str, connector: str, name: str) -> FieldMapping | None:
        """The connection's mapping; each file is read once, however many use it."""
        key = ("connections", connection, "mapping")
        path = shelf.locate(name, self.folder)
        absent = shelf.missing(name, path, self.origin.problem(key, ""))
        if absent is not None:
            self.problems.append(absent)
            return None
        if path not in self.mappings:
            try:
                self.mappings[path] = shelf.load_mapping(path)
            except ConfigError as error:
                self.problems += error.problems
                self.mappings[path] = None
        mapping = self.mappings[path]
        if mapping is not None and mapping.connector != connector:
            self.add(key, f"the mapping {name!r} is for {mapping.connector}, the connection is to {connector}")
            return None
        return mapping

    def agreements(self, data: dict[str, Json], connections: Mapping[str, ConnectionConfig]) -> None:
        """What the mappings of one sync cannot both mean."""
        syncs = data.get("syncs")
        for name, section in syncs.items() if isinstance(syncs, dict) else ():
            members = section.get("members") if isinstance(section, dict) else None
            listed = members if isinstance(members, dict) else {}
            met = {key: connections[key].mapping for key in listed if key in connections}
            for sentence in disagreements(met):
                self.add(("syncs", name, "members"), sentence)
            fields = section.get("fields") if isinstance(section, dict) else None
            known = set(shown_fields(met.values()))
            for key in fields if isinstance(fields, dict) and len(met) == len(listed) else ():
                if key.startswith("custom:") and key not in known:
                    there = ", ".join(sorted(one for one in known if one.custom_name)) or "none"
                    self.add(("syncs", name, "fields", key), f"no mapping of its members has it; there are: {there}")

    def state(self, url: Json) -> str:
        """The database URL, an SQLite file's path made absolute."""
        if not isinstance(url, str):
            return ""
        scheme, colon, _ = url.partition("://")
        if not colon or scheme not in _STATES:
            self.add(("state",), "must begin with sqlite:/// or postgresql://")
        elif scheme == "sqlite":
            return self.sqlite(url)
        return url

    def sqlite(self, url: str) -> str:
        name, mark, query = url.removeprefix(_SQLITE).partition("?")
        if not url.startswith(_SQLITE) or name in ("", ":memory:"):
            self.add(("state",), "must name a file, as in sqlite:///pmsync.db")
            return url
        return f"{_SQLITE}{self.folder / Path(name).expanduser()}{mark}{query}"


def _shape(kind: str, message: str) -> str:
    """A problem of shape, in our words."""
    if kind == "missing":
        return "missing"
    if kind == "extra_forbidden":
        return "unknown key"
    if kind in ("model_type", "dict_type", "model_attributes_type"):
        return "must be a set of keys"
    said = message.removeprefix("Value error, ").replace("Input should be", "must be")
    return said[:1].lower() + said[1:]


def _sync(name: str, section: SyncSection) -> SyncConfig:
    fields = {
        item_field: FieldConfig(
            owner=said.owner or "",
            rule=said.conflict.rule if said.conflict else None,
            prefer=said.conflict.prefer if said.conflict else "",
            direction=said.direction,
        )
        for item_field, said in section.fields.items()
    }
    return SyncConfig(
        name=name,
        members={connection: _member(connection, said) for connection, said in section.members.items()},
        create=section.create,
        backfill=section.backfill,
        fields=fields,
        on_delete=section.on_delete,
        limits=Limits(section.limits.deletes, section.limits.creates, section.limits.changes),
        comments=_by_member(section.comments, section, Direction.BOTH),
        attachments=_by_member(section.attachments, section, Attaching()),
        backlinks=_by_member(section.backlinks, section, True),
    )


def _by_member(said: "Mapping[str, V] | V", section: SyncSection, usual: object) -> "dict[str, V]":
    """What is said of single members; what is said of all goes for each, where it is not what is usual."""
    if isinstance(said, Mapping):
        return dict(said)
    return {} if said == usual else dict.fromkeys(section.members, said)


def _member(connection: str, said: MemberSection | None) -> MemberConfig:
    member = said or MemberSection()
    return MemberConfig(member.role or crossing.role_called(connection), member.direction)


def _alerts(said: AlertsSection) -> Alerts:
    mail, email = said.email, None
    if mail is not None:
        email = Mail(mail.to, mail.sender, mail.server, mail.port, mail.user or "", mail.password or "", mail.security)
    return Alerts(said.url or "", said.secret or "", email, said.after)


def secrets(config: Config) -> tuple[str, ...]:
    """Every credential that the config knows, longest first, for redaction."""
    found = {secret for connection in config.connections.values() for secret in connection.settings.secrets}
    found |= {config.serve.admin_token or "", config.secret_key or "", *_password(config.state)}
    alerts = config.alerts
    found |= {alerts.secret, alerts.email.password if alerts.email else "", *_hidden_in(alerts.url)}
    return tuple(sorted((secret for secret in found if secret), key=lambda secret: (-len(secret), secret)))


def redacted(config: Config) -> dict[str, Json]:
    """The config for a log: its connections and syncs by name and kind, without a credential."""
    hidden = secrets(config)

    def clean(value: Json) -> Json:
        if isinstance(value, dict):
            return {key: "***" if key in _SECRET_KEYS else clean(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [clean(inner) for inner in value]
        return hide(value, hidden) if isinstance(value, str) else value

    return {
        "path": str(config.path),
        "state": hide(config.state, hidden),
        "audit": str(config.audit),
        "zone": config.zone.key,
        "connections": {name: clean(dict(connection.section)) for name, connection in config.connections.items()},
        "syncs": {name: list(sync.members) for name, sync in config.syncs.items()},
    }


def hide(text: str, hidden: Iterable[str]) -> str:
    """The text without any of the hidden ones."""
    for secret in hidden:
        text = text.replace(secret, "***")
    return text


_SECRET_KEYS = ("credentials", "secret", "admin_token", "secret_key", "password")


def _secret_values(value: Json, secret: bool = False) -> set[str]:
    """Every text under a key whose values are secret, in a config that need not be right."""
    if isinstance(value, dict):
        return {text for key, inner in value.items() for text in _secret_values(inner, secret or key in _SECRET_KEYS)}
    if isinstance(value, list):
        return {text for inner in value for text in _secret_values(inner, secret)}
    if isinstance(value, str):
        return {value} if secret else set(_password(value))
    return set()


def _hook(data: Mapping[str, Json]) -> set[str]:
    """What is secret of the address that alerts are posted to, in a config that need not be right."""
    alerts = data.get("alerts")
    url = alerts.get("url") if isinstance(alerts, dict) else None
    return set(_hidden_in(url)) if isinstance(url, str) else set()


def _hidden_in(url: str) -> tuple[str, ...]:
    """What must not be shown of an address that lets in whoever knows it: all of it, and what follows the host."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return (url,)
    path, last = parts.path.strip("/"), parts.path.rstrip("/").rpartition("/")[2]
    asked = [value for _, values in parse_qs(parts.query).items() for value in values]
    return tuple(one for one in (url, path, last, parts.query, *asked) if len(one) >= _SHORTEST_TOKEN or one == url)


def _password(url: str) -> tuple[str, ...]:
    """The password in a URL, as written and as meant."""
    try:
        password = urlsplit(url).password if "://" in url else None
    except ValueError:
        return ()
    return (password, unquote(password)) if password else ()


_SHORTEST_TOKEN = 8
"""Shorter parts of an address are words such as `hooks`."""

_SHORTEST_SECRET = 4
"""Shorter ones are words like any other, and hiding them would spoil every sentence."""


def _presentable(problems: Iterable[Problem], secret: Iterable[str]) -> list[Problem]:
    """In the order of the lines, each once, one missing variable not told as an empty value too, no secret in sight."""
    hidden = sorted((text for text in secret if len(text) >= _SHORTEST_SECRET), key=len, reverse=True)
    unset = {(problem.file, problem.key) for problem in problems if environment.NOT_SET in problem.message}
    kept = dict.fromkeys(
        Problem(problem.file, problem.line, problem.key, hide(problem.message, hidden))
        for problem in problems
        if (problem.file, problem.key) not in unset or environment.NOT_SET in problem.message
    )
    return sorted(kept, key=lambda problem: (problem.file, problem.line))
