"""An Asana connection's section of the config: read whole, or all its problems named."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from pmsync.connector.api import Where
from pmsync.connector.hosts import loopback
from pmsync.errors import Problem
from pmsync.model.fields import Json

CREDENTIALS: Mapping[str, str] = {
    "token": "a personal access token (app.asana.com/0/my-apps)",
}

ASANA = "https://app.asana.com"
API = "/api/1.0"

_KEYS: Mapping[tuple[str, ...], Sequence[str]] = {
    (): ("connector", "url", "credentials", "scope", "mapping", "webhook"),
    ("credentials",): ("token",),
    ("scope",): ("project", "workspace"),
    ("webhook",): ("url", "secret", "reinstall"),
}


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where Asana is to send its webhooks. What signs them comes from Asana itself."""

    url: str
    reinstall: bool = False
    """Whether one that is gone or silent is to be registered anew."""


@dataclass(frozen=True, slots=True)
class AsanaSettings:
    """One connection. `url` has neither a slash nor the API's path at its end."""

    token: str = field(repr=False)
    url: str = ASANA
    project: str = ""
    """gid or exact name; empty only while `init` is still looking for it."""
    workspace: str = ""
    """gid or exact name of the workspace in which a project is looked for by name; empty: in all of them."""
    webhook: Webhook | None = None

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must never be printed."""
        return (self.token,) if self.token else ()

    @property
    def webhook_url(self) -> str:
        """The public base at which webhooks arrive."""
        return self.webhook.url if self.webhook else ""

    @property
    def webhook_reinstall(self) -> bool:
        """Whether a webhook that has come to grief is registered anew."""
        return self.webhook is not None and self.webhook.reinstall


def parse(section: Mapping[str, Json], where: Where) -> AsanaSettings | tuple[Problem, ...]:
    """Read the section. A missing or empty `scope` is let through: `init` has none yet, and reading insists on it."""
    reading = _Reading(section, where)
    settings = AsanaSettings(
        token=reading.text(("credentials", "token"), required=True),
        url=reading.address(("url",)).removesuffix(API) or ASANA,
        project=reading.text(("scope", "project"), required=bool(section.get("scope")), number=True),
        workspace=reading.text(("scope", "workspace"), number=True),
        webhook=reading.webhook() if section.get("webhook") is not None else None,
    )
    return tuple(reading.problems) if reading.problems else settings


class _Reading:
    """One reading of a section, collecting problems on the way."""

    def __init__(self, section: Mapping[str, Json], where: Where) -> None:
        self._section = section
        self._where = where
        self.problems: list[Problem] = []
        for path, known in _KEYS.items():
            self._unknown(path, known)

    def text(self, path: tuple[str, ...], *, required: bool = False, number: bool = False) -> str:
        """A string; with `number`, a gid that was written without quotes is one too."""
        value = self._value(path)
        if number and isinstance(value, int) and not isinstance(value, bool):
            value = str(value)
        if isinstance(value, str) and value.strip():
            return value.strip()
        if value is not None and not isinstance(value, str):
            self._problem(path, "must be text")
        elif required:
            self._problem(path, "is missing" if value is None else "is empty")
        return ""

    def address(self, path: tuple[str, ...], *, required: bool = False) -> str:
        """The base of a server: https, or http to this machine."""
        text = self.text(path, required=required)
        reason = _unfit(text) if text else ""
        if reason:
            self._problem(path, reason)
        return "" if reason else text.rstrip("/")

    def webhook(self) -> Webhook:
        """Where webhooks are to arrive."""
        url = self.address(("webhook", "url"), required=True)
        path = ("webhook", "reinstall")
        reinstall = self._value(path)
        if reinstall is not None and not isinstance(reinstall, bool):
            self._problem(path, "must be true or false")
        return Webhook(url, reinstall is True)

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
    """Why this cannot be the address of a server to send a token to; "" if it can."""
    try:
        url = urlsplit(text)
        host, _ = url.hostname, url.port
    except ValueError:
        return "is not a URL"
    if url.scheme not in ("http", "https") or not host:
        return "must be a URL that begins with https://"
    if url.scheme == "http" and not loopback(host):
        return "must begin with https:// (http is for this machine only)"
    if url.username or url.password or url.query or url.fragment:
        return "must be an address alone, without a user, a query or a fragment"
    return ""
