"""Finding out where and what a Jira is: Cloud or Data Center, the site or the gateway that scoped tokens need."""

import threading
from typing import Any
from urllib.parse import urlsplit

from pmsync.connector.hosts import loopback
from pmsync.errors import AuthError, FatalError
from pmsync_jira.answers import RefusalError
from pmsync_jira.client import Client
from pmsync_jira.memory import Memory
from pmsync_jira.settings import JiraSettings

_GATEWAY = "https://api.atlassian.com"


class Site:
    """The site behind a connection. What is found out goes into the memory, and is not asked again."""

    def __init__(self, settings: JiraSettings, client: Client, memory: Memory) -> None:
        self._settings = settings
        self._client = client
        self._memory = memory
        self._lock = threading.RLock()
        self._tried_gateway = False
        client.signed_out = self.try_gateway
        client.prove = self.prove

    def ready(self) -> None:
        """Make sure that product, base and account are known. Sends nothing if they are."""
        if not self._memory.base:
            with self._lock:
                if not self._memory.base:
                    self.discover()

    def discover(self) -> dict[str, Any]:
        """Ask anew, and answer with `myself`. Raises AuthError where no base takes the credentials."""
        settings, memory = self._settings, self._memory
        info = self._server_info()
        memory.cloud = info.get("deploymentType") == "Cloud"
        memory.version = str(info.get("version") or "")
        if memory.cloud and not settings.email:
            raise AuthError(
                "this is Jira Cloud, which needs the e-mail address of the account beside the token",
                connection=self._client.connection,
            )
        self._tried_gateway = False
        try:
            person = self.myself(settings.url)
        except AuthError:
            if not self.try_gateway():
                raise
            return self.myself()
        memory.base = settings.url
        return person

    def myself(self, base: str = "") -> dict[str, Any]:
        """Ask who we are: the one question that an anonymous caller is never answered. Raises AuthError."""
        person: dict[str, Any] = self._client.read("GET", "myself", base=base).data
        memory = self._memory
        memory.account = str(person.get("accountId" if memory.cloud else "name") or "")
        memory.zone = str(person.get("timeZone") or "")
        return person

    def prove(self) -> bool:
        """Make sure that we are signed in; whether that needed another base than before. Raises AuthError."""
        before = self._memory.base
        self.myself()
        return self._memory.base != before

    def try_gateway(self) -> bool:
        """See whether the credentials are a scoped token, which works through the gateway only; once per connection.

        Such a token gets the same 401 on the site as a wrong password.
        """
        with self._lock:
            memory = self._memory
            if not (memory.cloud and self._settings.email) or self.through_gateway:
                return False
            if self._tried_gateway:
                return False
            gateway = self._gateway()
            try:
                if gateway:
                    self.myself(gateway)
                    memory.base = gateway
            except (AuthError, RefusalError):
                gateway = ""
            self._tried_gateway = True
            return bool(gateway)

    @property
    def through_gateway(self) -> bool:
        """Whether the base in use is the gateway."""
        return bool(self._memory.base) and self._memory.base != self._settings.url

    def _gateway(self) -> str:
        """The gateway's address for this site; "" where the site does not tell its cloud id."""
        try:
            told = self._client.read("GET", "/_edge/tenant_info", base=self._settings.url, signed=False).data
        except (AuthError, RefusalError):
            return ""
        cloud_id = told.get("cloudId")
        if not isinstance(cloud_id, str) or not cloud_id:
            return ""
        front = self._settings.url if loopback(urlsplit(self._settings.url).hostname) else _GATEWAY
        return f"{front}/ex/jira/{cloud_id}"

    def _server_info(self) -> dict[str, Any]:
        """What the site says of itself. Data Center has no version 3, Cloud has both."""
        versions = ("3", "2") if self._settings.email else ("2", "3")
        for version in versions:
            for signed in (False, True):
                try:
                    path = f"/rest/api/{version}/serverInfo"
                    info = self._client.read("GET", path, base=self._settings.url, signed=signed).data
                except AuthError:
                    continue
                except RefusalError as refusal:
                    if refusal.status != 404:
                        raise
                    break
                if "versionNumbers" in info or "deploymentType" in info:
                    return dict(info)
        raise FatalError(
            "there is no Jira at this address; `url` is what the browser shows, up to where /browse begins",
            connection=self._client.connection,
        )
