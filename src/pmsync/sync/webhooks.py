"""Webhooks at the tools: having them registered, knowing how they are, and taking them away."""

import hmac
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from pmsync.config.settings import Config, ConnectionConfig
from pmsync.connector.api import Opening
from pmsync.connector.pacing import Clock
from pmsync.connector.registry import plugin
from pmsync.connector.webhooks import Registered, Webhooks, address
from pmsync.errors import ConfigError, PmsyncError, RejectedError
from pmsync.store.hooks import Hook
from pmsync.store.store import Store
from pmsync.store.vault import Vault

_HANDSHAKE: Final = timedelta(minutes=2)
"""How long after asking for a webhook the tool may come with its secret."""

_SOON: Final = timedelta(days=7)
"""How long before a webhook expires it is renewed."""

_NONE: Final = "is not registered: run `pmsync webhooks install`"

_SILENT: Final = timedelta(minutes=15)
"""How much later than the tool's own word something may have changed there before the webhook is taken to be silent;
tools may be late by that much."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How one connection's webhook is. With no `trouble` all is well."""

    connection: str
    url: str
    registered: Registered | None = None
    delivered_at: datetime | None = None
    """When it was heard of last."""
    trouble: str = ""
    done: str = ""
    """What was done about it just now: `installed`, `renewed`, `kept`, `removed`."""


@dataclass(frozen=True, slots=True)
class Registrar:
    """What one needs to see to webhooks."""

    config: Config
    store: Store
    clock: Clock

    def wanted(self, only: Sequence[str] = ()) -> list[ConnectionConfig]:
        """The connections that have a `webhook` in the config, or those of them that are named.

        Raises ConfigError for a name that is none of them.
        """
        found = {name: one for name, one in self.config.connections.items() if one.settings.webhook_url}
        unknown = [name for name in only if name not in found]
        if unknown:
            raise ConfigError(
                f"{', '.join(unknown)} has no webhook in {self.config.path}: set connections.{unknown[0]}.webhook.url "
                "to the public address of `pmsync serve`"
            )
        return [found[name] for name in only] if only else list(found.values())

    def install(self, connection: ConnectionConfig) -> Standing:
        """Have one webhook, in order. Raises what the tool raises; `serve` has to be up where the tool calls it."""
        with self._open(connection) as webhooks:
            if self._handshakes(connection):
                return self._install_shaken(connection, webhooks)
            url = address(connection.settings.webhook_url, connection.name)
            there = [one.id for one in webhooks.installed()]
            installed = webhooks.install(url).webhook
            self._keep(Hook(connection.name, "", url, installed.id, installed_at=self.clock.now()))
            done = "kept" if installed.id in there else "installed"
            return self._standing(connection, installed, done=done)

    def remove(self, connection: ConnectionConfig) -> Standing:
        """Have none. Raises what the tool raises."""
        with self._open(connection) as webhooks:
            there = webhooks.installed()
            for one in there:
                webhooks.remove(one)
        for hook in self.store.hooks.all(connection.name):
            self.store.hooks.drop(connection.name, hook.token)
        url = address(connection.settings.webhook_url, connection.name)
        return self._known(Standing(connection.name, url, trouble=_NONE, done="removed"))

    def look(self, connection: ConnectionConfig) -> Standing:
        """How it is, by the tool's own account and by comparing what it told with what was found without it."""
        with self._open(connection) as webhooks:
            return self._look(connection, webhooks)

    def watch(self, connection: ConnectionConfig) -> Standing:
        """Look, and see to what needs it: renew what expires soon; and, where the config says so, have what is gone,
        switched off or silent again."""
        with self._open(connection) as webhooks:
            found = self._look(connection, webhooks)
            there = found.registered
            if there is not None and there.expires_at is not None and there.expires_at - self.clock.now() < _SOON:
                return self._standing(connection, webhooks.renew(there), done="renewed")
        if found.trouble and connection.settings.webhook_reinstall:
            # One that is silent looks well to its tool, which would leave it as it is.
            self.remove(connection)
            return self.install(connection)
        return found

    def _install_shaken(self, connection: ConnectionConfig, webhooks: Webhooks) -> Standing:
        """Have one from a tool that hands a secret over: one of which we have no secret is of no use."""
        known = {one.url: one for one in self.store.hooks.all(connection.name) if one.secret is not None}
        for one in webhooks.installed():
            if one.active and one.url in known:
                return self._standing(connection, one, done="kept")
            webhooks.remove(one)
        for hook in self.store.hooks.all(connection.name):
            self.store.hooks.drop(connection.name, hook.token)
        vault, token, now = Vault(self.config.secret_key), secrets.token_urlsafe(24), self.clock.now()
        url = address(connection.settings.webhook_url, connection.name, token)
        hook = Hook(connection.name, token, url, expected_until=now + _HANDSHAKE)
        self._keep(hook)
        try:
            installed = webhooks.install(url)
        except PmsyncError:
            self.store.hooks.drop(connection.name, token)
            raise
        kept = self.store.hooks.get(connection.name, token)
        sealed = kept.secret if kept else None
        shaken = vault.unseal(sealed, purpose(connection.name)) if sealed else ""
        if not shaken or (installed.secret and not hmac.compare_digest(shaken, installed.secret)):
            webhooks.remove(installed.webhook)
            self.store.hooks.drop(connection.name, token)
            raise RejectedError(
                "the tool's handshake did not arrive here, or was somebody else's: is `pmsync serve` up on this very "
                f"state, and reached at {connection.settings.webhook_url}?",
                connection=connection.name,
            )
        self._keep(replace(hook, remote_id=installed.webhook.id, secret=sealed, expected_until=None, installed_at=now))
        return self._standing(connection, installed.webhook, done="installed")

    def _look(self, connection: ConnectionConfig, webhooks: Webhooks) -> Standing:
        there = webhooks.installed()
        if self._handshakes(connection):
            known = {one.url for one in self.store.hooks.all(connection.name) if one.secret is not None}
            there = [one for one in there if one.url in known]
        best = next((one for one in there if one.active), there[0] if there else None)
        return self._standing(connection, best)

    def _standing(self, connection: ConnectionConfig, registered: Registered | None, *, done: str = "") -> Standing:
        hooks = self.store.hooks.all(connection.name)
        heard = max((one.delivered_at for one in hooks if one.delivered_at), default=None)
        since = min((one.installed_at for one in hooks if one.installed_at), default=None)
        url = registered.url if registered else address(connection.settings.webhook_url, connection.name)
        trouble = "" if done in ("installed", "renewed") else self._trouble(connection, registered, heard or since)
        return self._known(Standing(connection.name, url.partition("?")[0], registered, heard, trouble, done))

    def _known(self, found: Standing) -> Standing:
        """Kept for whoever asks how the webhook is, without asking the tool."""
        fact = webhook_trouble(found.connection)
        if (self.store.progress.fact(fact) or "") != found.trouble:
            self.store.progress.put_fact(fact, found.trouble)
        return found

    def _trouble(self, connection: ConnectionConfig, there: Registered | None, heard: datetime | None) -> str:
        if there is None:
            return _NONE
        if not there.active:
            return f"was switched off by the tool: run `pmsync webhooks install`{_because(there.trouble)}"
        if there.failing_since is not None:
            return f"has not been delivered since {there.failing_since:%Y-%m-%d %H:%M} UTC{_because(there.trouble)}"
        if there.trouble:
            return there.trouble
        changed = self.store.hooks.latest_change(connection.name)
        if heard is not None and changed is not None and changed - heard > _SILENT:
            return (
                f"was last heard of on {heard:%Y-%m-%d %H:%M} UTC, and something changed there on "
                f"{changed:%Y-%m-%d %H:%M}: is {connection.settings.webhook_url} reached from outside?"
            )
        return ""

    def _handshakes(self, connection: ConnectionConfig) -> bool:
        receiver = plugin(connection.connector).receiver(connection.settings)
        return receiver is not None and receiver.handshakes

    def _keep(self, hook: Hook) -> None:
        before = self.store.hooks.get(hook.connection, hook.token)
        self.store.hooks.put(replace(hook, delivered_at=before.delivered_at) if before else hook)

    @contextmanager
    def _open(self, connection: ConnectionConfig) -> Iterator[Webhooks]:
        memory = self.store.progress.connection(connection.name)
        opening = Opening(connection.name, memo=memory.memo, clock=self.clock, instance=self.store.instance)
        connector = plugin(connection.connector).open(connection.settings, opening)
        try:
            webhooks = connector.webhooks
            if webhooks is None:
                raise ConfigError(f"connections.{connection.name}.webhook.url is missing")
            yield webhooks
        finally:
            connector.close()


def webhook_trouble(connection: str) -> str:
    """The fact that says what was amiss with a connection's webhook when it was looked at last; "" if nothing was."""
    return f"webhook trouble {connection}"


def purpose(connection: str) -> str:
    """What a webhook's secret is kept for: see `pmsync.store.vault`."""
    return f"webhook of {connection}"


def _because(trouble: str) -> str:
    return f" ({trouble})" if trouble else ""
