"""A Trello connection's section of the config: read whole, or all its problems named."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from pmsync.connector.api import Where
from pmsync.connector.hosts import loopback
from pmsync.errors import Problem
from pmsync.model.fields import Json

HOME = "https://api.trello.com"

CREDENTIALS: Mapping[str, str] = {
    "key": "the API key of your app (trello.com/apps/admin)",
    "token": "a token for that key, with the scopes read and write",
    "secret": "the app's secret; needed for webhooks only (leave empty without)",
}

_KEYS: Mapping[tuple[str, ...], tuple[str, ...]] = {
    (): ("connector", "url", "credentials", "scope", "mapping", "webhook"),
    ("credentials",): tuple(CREDENTIALS),
    ("scope",): ("board", "list", "label"),
    ("webhook",): ("url", "secret", "reinstall"),
}


@dataclass(frozen=True, slots=True)
class Scope:
    """What a connection is about. Each is an id or an exact name; a board may be given by its short link too."""

    board: str = ""
    """Empty only while `init` is still looking for it."""
    list: str = ""
    label: str = ""


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where Trello is to send its webhooks, and the secrets that sign them; the first is the one in use."""

    url: str
    secrets: tuple[str, ...] = field(default=(), repr=False)
    reinstall: bool = False
    """Whether one that is gone, switched off or silent is to be registered anew."""


@dataclass(frozen=True, slots=True)
class TrelloSettings:
    """One connection. `url` has no slash at its end."""

    key: str = field(repr=False)
    token: str = field(repr=False)
    secret: str = field(default="", repr=False)
    scope: Scope = Scope()
    url: str = HOME
    webhook: Webhook | None = None

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must never be printed. The key is among them: with it and a token anyone is us."""
        signing = self.webhook.secrets if self.webhook else ()
        return tuple(dict.fromkeys(one for one in (self.key, self.token, self.secret, *signing) if one))

    @property
    def webhook_url(self) -> str:
        """The public base at which webhooks arrive."""
        return self.webhook.url if self.webhook else ""

    @property
    def webhook_reinstall(self) -> bool:
        """Whether a webhook that has come to grief is registered anew."""
        return self.webhook is not None and self.webhook.reinstall


def parse(section: Mapping[str, Json], where: Where) -> TrelloSettings | tuple[Problem, ...]:
    """Read the section. A missing or empty `scope` is let through: `init` has none yet, and reading insists on it."""
    reading = _Reading(section, where)
    settings = TrelloSettings(
        key=reading.text(("credentials", "key")),
        token=reading.text(("credentials", "token")),
        secret=reading.text(("credentials", "secret"), required=False),
        scope=Scope(
            board=reading.text(("scope", "board"), required=bool(section.get("scope"))),
            list=reading.text(("scope", "list"), required=False),
            label=reading.text(("scope", "label"), required=False),
        ),
        url=reading.address(("url",), required=False) or HOME,
        webhook=reading.webhook() if section.get("webhook") is not None else None,
    )
    return tuple(reading.problems) or settings


class _Reading:
    """One reading of a section, collecting problems on the way."""

    def __init__(self, section: Mapping[str, Json], where: Where) -> None:
        self._section = section
        self._where = where
        self.problems: list[Problem] = []
        for path, known in _KEYS.items():
            self._unknown(path, known)

    def text(self, path: tuple[str, ...], *, required: bool = True) -> str:
        value = self._value(path)
        if isinstance(value, str) and value.strip():
            return value.strip()
        if value is not None and not isinstance(value, str):
            self._problem(path, "must be text; put it in quotes")
        elif required:
            self._problem(path, "is missing" if value is None else "is empty")
        return ""

    def address(self, path: tuple[str, ...], *, required: bool = True) -> str:
        text = self.text(path, required=required)
        reason = _unfit(text) if text else ""
        if reason:
            self._problem(path, reason)
        return text.rstrip("/")

    def webhook(self) -> Webhook:
        url = self.address(("webhook", "url"))
        path = ("webhook", "secret")
        given = self._value(path)
        if given is None:
            given, path = self._value(("credentials", "secret")), ("credentials", "secret")
        secrets = given if isinstance(given, list) else [given]
        if not secrets or not all(isinstance(secret, str) and secret for secret in secrets):
            self._problem(path, "is missing: without the app's secret no webhook can be trusted")
            return Webhook(url)
        return Webhook(url, tuple(str(secret) for secret in secrets), self.flag(("webhook", "reinstall")))

    def flag(self, path: tuple[str, ...]) -> bool:
        value = self._value(path)
        if value is not None and not isinstance(value, bool):
            self._problem(path, "must be true or false")
        return value is True

    def _problem(self, path: Sequence[str], message: str) -> None:
        self.problems.append(self._where.problem(path, message))

    def _value(self, path: tuple[str, ...]) -> Json:
        value: Json = dict(self._section)
        for key in path:
            value = value.get(key) if isinstance(value, dict) else None
        return value

    def _unknown(self, path: tuple[str, ...], known: Sequence[str]) -> None:
        value = self._value(path)
        if isinstance(value, dict):
            for key in value:
                if key not in known:
                    self._problem((*path, str(key)), f"is not known here; known are {', '.join(known)}")
        elif value is not None:
            self._problem(path, "must be a mapping")


def _unfit(text: str) -> str:
    """Why this cannot be an address to send credentials to, or to be called at; "" if it can."""
    try:
        url = urlsplit(text)
        host, _ = url.hostname, url.port
    except ValueError:
        return "is not a URL"
    if url.scheme not in ("http", "https") or not host:
        return "must be a URL that begins with https://"
    if url.scheme == "http" and not loopback(host):
        return "must begin with https:// (http:// only for this machine)"
    if url.username is not None or url.password is not None:
        return "must not have credentials in it"
    return "must end with its path: no ? and no #" if url.query or url.fragment else ""
