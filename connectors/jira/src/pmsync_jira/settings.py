"""A Jira connection's section of the config: read whole, or all its problems named."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import SplitResult, urlsplit

from pmsync.connector.api import Where
from pmsync.connector.hosts import loopback
from pmsync.errors import Problem
from pmsync.model.fields import Json

CREDENTIALS: Mapping[str, str] = {
    "email": "the e-mail address of the Atlassian account (leave empty for Data Center)",
    "token": "an API token of that account (Data Center: a personal access token)",
}

_KEYS = {
    (): ("connector", "url", "credentials", "scope", "mapping", "webhook"),
    ("credentials",): ("email", "token"),
    ("scope",): ("project", "jql"),
    ("webhook",): ("url", "secret", "reinstall"),
}
_QUOTED = re.compile(r"'(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\"")


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where Jira is to send its webhooks, and the secrets that sign them; the first is the one in use."""

    url: str
    secret: tuple[str, ...] = field(default=(), repr=False)
    reinstall: bool = False
    """Whether one that is gone, switched off or silent is to be registered anew."""


@dataclass(frozen=True, slots=True)
class JiraSettings:
    """One connection. `url` has no slash at its end. An empty `email` means a Data Center token."""

    url: str
    token: str = field(repr=False)
    email: str = ""
    project: str = ""
    """Key or exact name; empty only while `init` is still looking for it."""
    jql: str = ""
    webhook: Webhook | None = None

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must never be printed."""
        return tuple(secret for secret in (self.token, *(self.webhook.secret if self.webhook else ())) if secret)

    @property
    def webhook_url(self) -> str:
        """The public base at which webhooks arrive."""
        return self.webhook.url if self.webhook else ""

    @property
    def webhook_reinstall(self) -> bool:
        """Whether a webhook that has come to grief is registered anew."""
        return self.webhook is not None and self.webhook.reinstall


def parse(section: Mapping[str, Json], where: Where) -> JiraSettings | tuple[Problem, ...]:
    """Read the section. A missing or empty `scope` is let through: `init` has none yet, and `open` insists on it."""
    reading = _Reading(section, where)
    url = reading.address(("url",))
    email = reading.text(("credentials", "email"), required=False)
    token = reading.text(("credentials", "token"))
    project = reading.text(("scope", "project"), required=bool(section.get("scope")))
    jql = reading.jql(("scope", "jql"))
    webhook = reading.webhook() if section.get("webhook") is not None else None
    if (urlsplit(url).hostname or "").endswith(".atlassian.net") and not email:
        reading.problem(("credentials", "email"), "Jira Cloud needs the e-mail address that the token belongs to")
    if reading.problems:
        return tuple(reading.problems)
    return JiraSettings(url=url, email=email, token=token, project=project, jql=jql, webhook=webhook)


class _Reading:
    """One reading of a section, collecting problems on the way."""

    def __init__(self, section: Mapping[str, Json], where: Where) -> None:
        self._section = section
        self._where = where
        self.problems: list[Problem] = []
        self._malformed: set[str] = set()
        """Parts that are no mapping, of which no more need be said."""
        for path, known in _KEYS.items():
            self._unknown(path, known)

    def problem(self, path: Sequence[str], message: str) -> None:
        if path[0] not in self._malformed:
            self.problems.append(self._where.problem(path, message))

    def text(self, path: tuple[str, ...], *, required: bool = True) -> str:
        value = self._value(path)
        if isinstance(value, str) and value.strip():
            return value.strip()
        if value is not None and not isinstance(value, str):
            self.problem(path, "must be text")
        elif required:
            self.problem(path, "is missing" if value is None else "is empty")
        return ""

    def address(self, path: tuple[str, ...]) -> str:
        text = self.text(path)
        if not text:
            return ""
        reason = _unfit(text)
        if reason:
            self.problem(path, reason)
            return ""
        return text.rstrip("/")

    def jql(self, path: tuple[str, ...]) -> str:
        text = self.text(path, required=False)
        if re.search(r"\border\s+by\b", _QUOTED.sub("", text), re.IGNORECASE):
            self.problem(path, "must not have an ORDER BY: pmsync sets the order itself")
        return text

    def webhook(self) -> Webhook:
        url = self.address(("webhook", "url"))
        path = ("webhook", "secret")
        given = self._value(path)
        secrets = given if isinstance(given, list) else [given]
        if not all(isinstance(secret, str) and secret for secret in secrets) or not secrets:
            self.problem(path, "is missing" if given is None else "must be text, or a list of texts")
            return Webhook(url)
        return Webhook(url, tuple(str(secret) for secret in secrets), self.flag(("webhook", "reinstall")))

    def flag(self, path: tuple[str, ...]) -> bool:
        value = self._value(path)
        if value is not None and not isinstance(value, bool):
            self.problem(path, "must be true or false")
        return value is True

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
                    self.problem((*path, str(key)), f"is not known here; known are {', '.join(known)}")
        elif value is not None:
            self.problem(path, "must be a mapping")
            self._malformed.add(path[0])


def _unfit(text: str) -> str:
    """Why this cannot be the address of a Jira, or of a receiver; "" if it can."""
    try:
        url: SplitResult = urlsplit(text)
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
