"""Attachments, told with tools in memory: linked or copied, once each, and pmsync's own do not travel."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from memories import Memories

from pmsync.config.hanging import Attaching, Carry
from pmsync.errors import TransientError
from pmsync.model.part import Part, PartKind, mark_in
from pmsync.testing.tool import MemoryTool


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Memories]:
    """Three tools; engineering gets copies of what is small."""
    world = Memories(tmp_path, attachments={"engineering": Attaching(Carry.COPY, 1_000, ("text/*", "image/png"))})
    yield world
    world.close()


class Killed(BaseException):
    """The process is gone."""


def attached(tool: MemoryTool, identity: str = "1") -> list[Part]:
    """The attachments of an item."""
    pile = tool.pile(identity)
    assert pile is not None
    return [part for part in pile.parts if part.kind is PartKind.ATTACHMENT]


def held(tool: MemoryTool) -> list[bytes]:
    """What is in its files."""
    pile = tool.pile("1")
    assert pile is not None
    return list(pile.contents.values())


def counts(world: Memories) -> dict[str, int]:
    """How many there are."""
    return {name: len(attached(tool)) for name, tool in world.tools.items()}


def test_an_address_comes_to_every_tool_with_its_name_and_follows_its_original(world: Memories) -> None:
    world.begin()
    made = world.product.attach("1", "The plan", "https://example.com/plan")
    world.settle()
    assert counts(world) == {"product": 1, "engineering": 1, "delivery": 1}
    (mirror,) = attached(world.delivery)
    assert mirror.value["name"] == "The plan"
    assert str(mirror.value["url"]).startswith("https://example.com/plan#pmsync=part-")
    world.product.remove_part("1", PartKind.ATTACHMENT, made.id)
    world.sync()
    world.settle()
    assert counts(world) == {"product": 0, "engineering": 0, "delivery": 0}


def test_a_file_is_copied_where_that_is_wanted_and_linked_elsewhere(world: Memories) -> None:
    world.begin()
    made = world.product.attach("1", "notes.txt", content=b"hello", media="text/plain")
    report = world.settle()
    assert held(world.engineering) == [b"hello"]
    assert held(world.delivery) == []
    (link,) = attached(world.delivery)
    assert str(link.value["url"]).startswith(f"{made.value['url']}#pmsync=")
    assert not report.warnings
    rows = [row for row in world.store.journal.history() if row.kind == "attachment made"]
    assert any("sha256" in str(row.after) for row in rows)
    assert world.settle(deep=True).total("writes") == 0
    assert counts(world) == {"product": 1, "engineering": 1, "delivery": 1}


@pytest.mark.parametrize(("size", "media"), [(2_000, "text/plain"), (10, "application/zip")])
def test_what_is_too_large_or_of_another_type_is_linked(world: Memories, size: int, media: str) -> None:
    world.begin()
    world.product.attach("1", "a.bin", content=b"x" * size, media=media)
    world.settle()
    assert held(world.engineering) == []
    assert mark_in(str(attached(world.engineering)[0].value["url"]))


@pytest.mark.parametrize("lost", ["before", "after"])
def test_a_copy_whose_answer_is_lost_is_not_made_twice(world: Memories, lost: str) -> None:
    world.begin()
    world.product.attach("1", "notes.txt", content=b"hello", media="text/plain")
    failed: list[str] = []

    def strike(name: str) -> None:
        if name.endswith((".upload", ".link")) and len(failed) < 2:
            failed.append(name)
            raise TransientError("the line is cut")

    (world.before if lost == "before" else world.after).append(strike)
    world.settle()
    assert counts(world) == {"product": 1, "engineering": 1, "delivery": 1}
    assert held(world.engineering) == [b"hello"]


def test_killed_anywhere_every_attachment_is_once_everywhere(world: Memories) -> None:
    world.begin()
    for number in range(1, 40, 2):
        world.product.attach("1", f"{number}.txt", content=b"x" * number, media="text/plain")
        count = 0

        def kill(name: str, after: int = number) -> None:
            nonlocal count
            count += 1
            if count == after:
                raise Killed

        world.before.append(kill)
        world.after.append(kill)
        with suppress(Killed):
            world.sync()
        world.before.clear()
        world.after.clear()
        world.settle()
        assert sorted(held(world.engineering)) == sorted(held(world.product))
        assert len(set(counts(world).values())) == 1, f"killed at {number}"


def test_links_to_the_items_twins_do_not_travel(world: Memories) -> None:
    world.begin()
    twin = world.engineering.show("1").ref.url
    world.product.attach("1", "ENG", twin)
    world.product.attach("1", "marker", f"{twin}#pmsync=0123456789", by="pmsync")
    world.settle()
    assert counts(world) == {"product": 2, "engineering": 0, "delivery": 0}


def test_attachments_can_be_off(tmp_path: Path) -> None:
    off: dict[str, Any] = {"delivery": None}
    world = Memories(tmp_path, attachments=off)
    try:
        world.begin()
        for tool in world.tools.values():
            tool.attach("1", "The plan", "https://example.com/plan")
        world.settle()
        assert counts(world) == {"product": 2, "engineering": 2, "delivery": 1}
    finally:
        world.close()


def test_a_lost_state_knows_links_and_copies_again(world: Memories) -> None:
    from pmsync.store import open_store

    world.begin()
    world.product.attach("1", "notes.txt", content=b"hello", media="text/plain")
    world.settle()
    world.store.close()
    world.store = open_store("sqlite://", now=world.clock.now())
    (world.folder / "audit.jsonl").unlink()
    world.settle()
    assert counts(world) == {"product": 1, "engineering": 1, "delivery": 1}
