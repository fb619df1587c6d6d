"""A lost state over each tool's own API: pmsync knows what it made by its markers, and what people copied is theirs."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from inprocess import InProcess
from trio import EVERYWHERE, NAME, Trio

from pmsync.model.fence import Fence
from pmsync.sync.rebuild import Found, rebuild_sync
from pmsync_jira.sandbox.emulator import JiraEmulator


@pytest.fixture
def trio(tmp_path: Path) -> Iterator[Trio]:
    """Three sandboxes without sockets."""
    with InProcess() as up:
        world = Trio(up, tmp_path)
        yield world
        world.close()


def _lose(trio: Trio, *, audit: bool = False) -> None:
    trio.shut()
    for path in trio.folder.glob("pmsync.db*"):
        path.unlink()
    if not audit:
        trio.config.audit.unlink()
    trio.reopen()


def _rebuild(trio: Trio) -> Found:
    return rebuild_sync(trio.config, trio.plan_of, trio.store, trio.served.clock)[1]


def _counts(trio: Trio) -> list[int]:
    return [len(trio.titles(tool)) for tool in ("trello", "jira", "asana")]


def test_a_rebuilt_state_knows_what_it_made_in_every_tool(trio: Trio) -> None:
    for tool in ("trello", "jira", "asana"):
        trio.users[tool].create(f"Of {tool}")
    trio.settle()
    trio.trello.rename(trio.find("trello", "Of jira"), "Called otherwise")
    _lose(trio)
    before = trio.writes()
    found = _rebuild(trio)
    assert trio.writes() == before
    assert found.items == 3
    assert dict(found.linked) == {"product": 3, "engineering": 3, "delivery": 3}
    trio.settle()
    assert _counts(trio) == [3, 3, 3]
    assert trio.verify().agrees


def test_the_fence_in_jira_stops_a_second_pmsync(trio: Trio) -> None:
    trio.trello.create("Pay by card")
    trio.settle()
    emulator = trio.sandbox("jira").emulator
    assert isinstance(emulator, JiraEmulator)
    fence = Fence.from_json(emulator.site.properties[f"pmsync.{NAME}"])
    assert fence is not None
    assert fence.instance == trio.store.instance
    _lose(trio)
    trio.trello.create("Pay by phone")
    before = trio.writes()
    report = trio.sync()
    assert report.exit_code() == 4
    assert fence.instance in report.errors[0]["message"]
    assert trio.writes() == before


def test_a_card_that_a_person_copied_in_trello_is_an_item_of_its_own(trio: Trio) -> None:
    trio.jira.create("Pay by card")
    trio.settle()
    card = trio.find("trello", "Pay by card")
    trio.served.clock.sleep(5)
    source = {"idCardSource": card, "keepFromSource": "all"}
    trio.trello.call("POST", "/cards", name="A copy", idList=trio.trello.lists["To Do"], **source)
    _lose(trio)
    _rebuild(trio)
    trio.settle()
    assert [trio.titles(tool) for tool in ("trello", "jira", "asana")] == [["A copy", "Pay by card"]] * 3
    assert trio.verify().agrees


def test_the_last_of_an_item_is_held_in_trello_though_its_listing_does_not_say_who_made_it(trio: Trio) -> None:
    trio.configure(sync={"create": {**EVERYWHERE, "delivery": []}})
    issue = trio.jira.create("Pay by card")
    trio.settle()
    trio.jira.delete(issue)
    trio.asana.delete(trio.find("asana", "Pay by card"))
    _lose(trio)
    found = _rebuild(trio)
    assert [one.connection for one in found.waiting] == ["product"]
    trio.settle()
    assert _counts(trio) == [1, 0, 0]


def test_data_center_whose_listings_tell_no_markers_is_asked_for_them(tmp_path: Path) -> None:
    with InProcess({"jira": {"product": "data-center"}}) as up:
        trio = Trio(up, tmp_path, connections={"engineering": {"credentials": {"token": "sandbox-pmsync"}}})
        cards = [trio.trello.create(f"Card {number}") for number in range(3)]
        trio.settle()
        for card in cards:
            trio.trello.rename(card, f"Called {card}")
        trio.trello.delete(cards[0])
        _lose(trio)
        found = _rebuild(trio)
        # The first card's two twins find each other without it; it is not made again.
        assert found.items == 3
        assert dict(found.linked) == {"product": 2, "engineering": 3, "delivery": 3}
        trio.settle()
        assert [len(up.state(tool)) for tool in ("trello", "jira", "asana")] == [2, 3, 3]
        assert trio.verify().agrees
        trio.close()
