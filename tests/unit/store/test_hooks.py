"""Registrations of webhooks: a handshake is taken once, while it is expected; what signs them is not in the clear."""

from datetime import datetime, timedelta

import pytest

from pmsync.errors import ConfigError, StateError
from pmsync.store.hooks import Hook
from pmsync.store.store import Store
from pmsync.store.vault import Vault

KEY = "zq3PzGkqk1uN0o8Qd7cV2g=="


def _hook(now: datetime, token: str = "t", **more: object) -> Hook:
    return Hook("delivery", token, "https://sync.acme.io/webhooks/delivery?hook=t", **more)  # type: ignore[arg-type]


def test_a_handshake_is_taken_once_and_only_while_it_is_expected(store: Store, now: datetime) -> None:
    assert not store.hooks.shake("delivery", "t", "sealed", now), "nobody asked for it"
    store.hooks.put(_hook(now, expected_until=now + timedelta(minutes=1)))
    assert not store.hooks.shake("delivery", "t", "sealed", now + timedelta(minutes=2)), "too late"
    assert not store.hooks.shake("delivery", "other", "sealed", now)
    assert store.hooks.shake("delivery", "t", "sealed", now)
    assert not store.hooks.shake("delivery", "t", "another", now), "a second one on a known path"
    kept = store.hooks.get("delivery", "t")
    assert kept is not None
    assert kept.secret == "sealed"


def test_registrations_are_kept_and_forgotten_one_by_one(store: Store, now: datetime) -> None:
    store.hooks.put(_hook(now, remote_id="1"))
    store.hooks.put(_hook(now, "u", remote_id="2", installed_at=now))
    assert [one.remote_id for one in store.hooks.all("delivery")] == ["1", "2"]
    store.hooks.drop("delivery", "t")
    assert [one.token for one in store.hooks.all("delivery")] == ["u"]
    assert store.hooks.get("delivery", "t") is None
    assert store.hooks.all("product") == []


def test_what_is_sealed_comes_out_with_the_same_key_for_the_same_purpose_only() -> None:
    sealed = Vault(KEY).seal("s3cret", "webhook of delivery")
    assert "s3cret" not in sealed
    assert Vault(KEY).unseal(sealed, "webhook of delivery") == "s3cret"
    with pytest.raises(StateError, match="another `secret_key`"):
        Vault(KEY).unseal(sealed, "webhook of product")
    with pytest.raises(StateError):
        Vault(KEY[::-1]).unseal(sealed, "webhook of delivery")
    with pytest.raises(StateError):
        Vault(KEY).unseal("nonsense", "webhook of delivery")


@pytest.mark.parametrize("key", [None, "", "password"])
def test_a_key_that_is_none_is_refused_with_what_to_do(key: str | None) -> None:
    with pytest.raises(ConfigError, match="`secret_key` is"):
        Vault(key)
