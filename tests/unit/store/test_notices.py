"""Alerts and notices in the state: what two processes do at once, one of them does."""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from pmsync.store import Store, open_store
from pmsync.store.notices import Alert, Notice

MINUTE = timedelta(minutes=1)
MANY = 6


def _at_once(url: str, act: Callable[[Store], bool]) -> int:
    """How many of several processes' stores an act succeeded in, begun at the same moment."""
    stores = [open_store(url) for _ in range(MANY)]
    gate, done = threading.Barrier(MANY), list[bool]()

    def go(store: Store) -> None:
        gate.wait(60)
        done.append(act(store))

    threads = [threading.Thread(target=go, args=(one,)) for one in stores]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    for store in stores:
        store.close()
    assert len(done) == MANY
    return sum(done)


def test_of_many_that_change_an_alert_one_does(store: Store, url: str, now: datetime) -> None:
    new = Alert("guard roadmap", {"kind": "guard"}, now)
    assert _at_once(url, lambda one: one.notices.change(None, new)) == 1
    kept = store.notices.alerts()["guard roadmap"]
    assert kept == new
    told = replace(kept, told_at=now)
    assert _at_once(url, lambda one: one.notices.change(kept, told)) == 1
    assert not store.notices.change(kept, None), "it is another by now"
    kept = store.notices.alerts()["guard roadmap"]
    assert kept == replace(told, version=1)
    assert _at_once(url, lambda one: one.notices.change(kept, None)) == 1
    assert store.notices.alerts() == {}


def test_of_many_that_take_a_notice_one_gets_it(store: Store, url: str, now: datetime) -> None:
    store.notices.send(["alerts.url"], {"text": "one"}, now)
    taken = list[Notice | None]()

    def take(one: Store) -> bool:
        found = one.notices.take("alerts.url", now, now + MINUTE)
        taken.append(found)
        return found is not None

    assert _at_once(url, take) == 1


def test_each_channel_is_told_in_order(store: Store, now: datetime) -> None:
    for text in ("one", "two"):
        store.notices.send(["alerts.url", "alerts.email"], {"text": text}, now)
    first = store.notices.take("alerts.url", now, now + MINUTE)
    assert first is not None
    assert first.document == {"text": "one"}
    assert store.notices.take("alerts.url", now, now + MINUTE) is None, "the second waits for the first"
    mail = store.notices.take("alerts.email", now, now + MINUTE)
    assert mail is not None
    store.notices.put_off(first, now + 10 * MINUTE)
    assert store.notices.take("alerts.url", now + 9 * MINUTE, now + 20 * MINUTE) is None
    again = store.notices.take("alerts.url", now + 10 * MINUTE, now + 20 * MINUTE)
    assert again is not None
    assert again.id == first.id
    store.notices.drop(again)
    second = store.notices.take("alerts.url", now, now + MINUTE)
    assert second is not None
    assert second.document == {"text": "two"}


def test_an_alert_and_its_notice_are_kept_together_or_not_at_all(store: Store, now: datetime) -> None:
    try:
        with store.transaction("alerts"):
            assert store.notices.change(None, Alert("queue", {}, now))
            store.notices.send(["alerts.url"], {"text": "one"}, now)
            raise KeyboardInterrupt
    except KeyboardInterrupt:
        assert store.notices.alerts() == {}
        assert store.notices.take("alerts.url", now, now + MINUTE) is None
