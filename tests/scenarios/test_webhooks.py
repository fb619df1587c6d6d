"""Registering webhooks: one each, with a secret that is ours; what is amiss with one is said, and mended if wanted."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from served import Served
from trio import CONNECTIONS, Trio

from pmsync.config.settings import ConnectionConfig
from pmsync.connector.registry import plugin
from pmsync.connector.webhooks import Forged, Handshake, Incoming, Received
from pmsync.errors import ConfigError, RejectedError
from pmsync.store.vault import Vault
from pmsync.sync.webhooks import Registrar, Standing, purpose
from pmsync.testing.listening import Listener

KEY = "zq3PzGkqk1uN0o8Qd7cV2g=="
NAMES = list(CONNECTIONS.values())


class Keeping:
    """Receives as the service does: what a handshake brings goes into the state, where one is expected."""

    def __init__(self, world: "World") -> None:
        self._world = world
        self.deaf = False
        """Whether it is somebody else's service: it answers, and keeps nothing here."""
        self.liar = False
        """Whether somebody else's handshake came first."""

    @property
    def handshakes(self) -> bool:
        return True

    def receive(self, incoming: Incoming, secrets: Sequence[str] = ()) -> Received:
        connection = self._world.connection(urlsplit(incoming.url).path.rpartition("/")[2])
        receiver = plugin(connection.connector).receiver(connection.settings)
        assert receiver is not None
        told = receiver.receive(incoming, secrets)
        if isinstance(told, Handshake) and told.secret and not self.deaf:
            token = parse_qs(urlsplit(incoming.url).query)["hook"][0]
            secret = "somebody-elses" if self.liar else told.secret
            sealed = Vault(KEY).seal(secret, purpose(connection.name))
            now = self._world.trio.served.clock.now()
            try:
                self._world.trio.store.hooks.shake(connection.name, token, sealed, now)
            except _CutShort:
                return Forged("nobody is there any more to answer")
        return told


class _CutShort(BaseException):
    """The process ends here."""


class World:
    """Three tools, a config with webhooks, and a place where they lead."""

    def __init__(self, served: Served, folder: Path) -> None:
        self.receiver = Keeping(self)
        self.listener = Listener("", self.receiver)
        self.trio = Trio(served, folder)
        self.configure()

    def configure(self, **webhook: Any) -> None:
        """Write the config with webhooks like this."""
        hook = {"url": self.listener.base, **webhook}
        plain = {"key": "sandbox", "token": "sandbox-pmsync", "secret": "sandbox-secret"}
        self.trio.configure(
            secret_key=KEY,
            connections={
                "product": {"credentials": plain, "webhook": hook},
                "engineering": {"webhook": {**hook, "secret": "a-secret-of-jiras"}},
                "delivery": {"webhook": hook},
            },
        )

    def connection(self, name: str) -> ConnectionConfig:
        return self.trio.config.connections[name]

    def do(self, act: Callable[[Registrar, ConnectionConfig], Standing], name: str) -> Standing:
        """Do something with a connection's webhook."""
        registrar = Registrar(self.trio.config, self.trio.store, self.trio.served.clock)
        return act(registrar, self.connection(name))

    def install(self, name: str) -> Standing:
        return self.do(Registrar.install, name)

    def look(self, name: str) -> Standing:
        return self.do(Registrar.look, name)

    def watch(self, name: str) -> Standing:
        return self.do(Registrar.watch, name)

    def remove(self, name: str) -> Standing:
        return self.do(Registrar.remove, name)


@pytest.fixture
def world(served: Served, tmp_path: Path) -> Iterator[World]:
    made = World(served, tmp_path)
    yield made
    made.trio.close()
    made.listener.close()


@pytest.mark.parametrize("name", NAMES)
def test_a_webhook_is_made_once_and_taken_away_again(world: World, name: str) -> None:
    assert "not registered" in world.look(name).trouble
    before = world.trio.writes()
    assert world.install(name).done == "installed"
    assert world.trio.writes() == before + 1
    assert world.install(name).done == "kept"
    found = world.look(name)
    assert not found.trouble
    assert found.registered is not None
    assert found.registered.active
    assert world.remove(name).done == "removed"
    assert "not registered" in world.look(name).trouble
    world.remove(name)


@pytest.mark.parametrize("moment", ["before hook", "after hook", "before handshake", "after handshake"])
@pytest.mark.parametrize("occurrence", [1, 2, 3])
def test_installing_that_was_cut_short_at_a_commit_is_made_good_by_the_next(
    world: World, moment: str, occurrence: int
) -> None:
    reached = []

    def strike(boundary: str) -> None:
        if boundary == moment:
            reached.append(boundary)
            if len(reached) == occurrence:
                raise _CutShort

    world.trio.store.on_commit = strike
    with suppress(_CutShort, RejectedError):
        world.install("delivery")
    world.trio.store.on_commit = None
    done = world.install("delivery")
    assert done.done in ("installed", "kept")
    found = world.do(Registrar.look, "delivery")
    assert not found.trouble
    [hook] = [one for one in world.trio.store.hooks.all("delivery") if one.secret]
    assert found.registered is not None
    assert found.registered.url == hook.url
    world.remove("delivery")
    assert world.trio.store.hooks.all("delivery") == []


def test_a_secret_that_is_handed_over_is_kept_but_not_in_the_clear(world: World) -> None:
    world.install("delivery")
    [hook] = world.trio.store.hooks.all("delivery")
    assert hook.secret is not None
    [secret] = world.listener.secrets
    assert secret not in hook.secret
    assert Vault(KEY).unseal(hook.secret, purpose("delivery")) == secret
    assert secret.encode() not in (world.trio.folder / "pmsync.db").read_bytes()


@pytest.mark.parametrize("amiss", ["deaf", "liar"])
def test_a_webhook_whose_handshake_was_not_ours_is_taken_back(world: World, amiss: str) -> None:
    setattr(world.receiver, amiss, True)
    with pytest.raises(RejectedError, match="handshake did not arrive here"):
        world.install("delivery")
    assert not world.trio.store.hooks.all("delivery")
    setattr(world.receiver, amiss, False)
    assert "not registered" in world.look("delivery").trouble, "nothing was left at the tool"
    assert world.install("delivery").done == "installed"


def test_a_webhook_of_which_the_secret_was_lost_is_made_anew(world: World) -> None:
    first = world.install("delivery")
    [hook] = world.trio.store.hooks.all("delivery")
    world.trio.store.hooks.drop("delivery", hook.token)
    assert "not registered" in world.look("delivery").trouble
    again = world.install("delivery")
    assert again.done == "installed"
    assert first.registered is not None
    assert again.registered is not None
    assert again.registered.id != first.registered.id


def test_one_that_is_silent_is_told_and_registered_anew_only_where_that_is_wanted(world: World) -> None:
    trio = world.trio
    card = trio.trello.create("Pay by card")
    trio.sync()
    world.install("product")
    trio.wait(3600)
    trio.trello.rename(card, "Pay by phone")
    trio.sync()
    found = world.watch("product")
    assert "was last heard of on" in found.trouble
    assert trio.store.progress.fact("webhook trouble product") == found.trouble

    world.configure(reinstall=True)
    before = world.look("product").registered
    mended = world.watch("product")
    assert mended.done == "installed"
    assert not mended.trouble
    assert before is not None
    assert mended.registered is not None
    assert mended.registered.id != before.id
    assert not world.watch("product").trouble


def test_one_that_cannot_be_delivered_is_told_by_the_tools_own_account(world: World) -> None:
    card = world.trio.trello.create("Pay by card")
    world.install("product")
    world.listener.status = 500
    world.trio.trello.rename(card, "Pay by phone")
    world.listener.next()
    world.trio.wait(40)
    world.listener.next()  # once more, so that the first failure has been counted
    assert "has not been delivered since" in world.look("product").trouble


def test_connections_without_a_webhook_are_none_of_ours(world: World) -> None:
    world.trio.configure(secret_key=KEY)
    registrar = Registrar(world.trio.config, world.trio.store, world.trio.served.clock)
    assert registrar.wanted() == []
    with pytest.raises(ConfigError, match=r"connections\.product\.webhook\.url"):
        registrar.wanted(["product"])


def test_without_a_key_no_secret_is_taken(world: World) -> None:
    world.trio.configure(connections={"delivery": {"webhook": {"url": world.listener.base}}})
    before = world.trio.writes()
    with pytest.raises(ConfigError, match="secret_key"):
        world.install("delivery")
    assert world.trio.writes() == before
