"""Links for which Asana has no form: attached addresses of other tasks that say what they are."""

import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest

from pmsync.errors import TransientError, UnknownOutcomeError
from pmsync.model.fields import Field, Json
from pmsync.model.native import Draft, Marker, Native, Ref
from pmsync.model.part import PartKind, led, marked, part_id
from pmsync_asana import referring
from pmsync_asana.connector import AsanaConnector

if TYPE_CHECKING:
    from connectors.asana.tests.conftest import Lab

BATCH, ATTACH, DETACH = "POST /batch", "POST /attachments", "DELETE /attachments/{attachment_gid}"
FRESH = 700.0
"""Longer than the overlap."""


def address(lab: "Lab", task: str) -> str:
    return str(lab.ada.get(f"/tasks/{task}", opt_fields="permalink_url")["permalink_url"])


def attach(lab: "Lab", task: str, name: str, url: str) -> str:
    """Somebody attaches an address."""
    form = {"parent": task, "resource_subtype": "external", "name": name, "url": url}
    files = {field: (None, value) for field, value in form.items()}
    return str(lab.ada.call("POST", "/attachments", files=files)["data"]["gid"])


def names(lab: "Lab", task: str) -> list[str]:
    return [one["name"] for one in lab.ada.get("/attachments", parent=task)]


def settled(lab: "Lab", **more: Any) -> AsanaConnector:
    connector = lab.connect(**more)
    connector.vocabulary()
    lab.asked()
    return connector


def now(connector: AsanaConnector, task: str) -> Native:
    return connector.fetch([task]).found[task]


def links(connector: AsanaConnector, task: str) -> Json:
    return now(connector, task).fields[Field.LINKS]


def read(connector: AsanaConnector, cursor: Json = None) -> tuple[dict[str, Json], Json]:
    """The links of all tasks that a reading shows, and the cursor after it."""
    pages = list(connector.changes(cursor))
    return {one.ref.id: one.fields[Field.LINKS] for page in pages for one in page.items}, pages[-1].cursor


def test_attachments_that_say_so_are_links_and_nothing_else(lab: "Lab") -> None:
    task, first, second = (lab.task(name) for name in ("task", "first", "second"))
    url = address(lab, first)
    attach(lab, task, "relates: first", url)
    attach(lab, task, "Relates to :said again", f"https://app.asana.com/0/1/{first}/f")
    attach(lab, task, "duplicates: second", address(lab, second))
    attach(lab, task, "relates: itself", address(lab, task))
    plain = [
        attach(lab, task, "first", url),
        attach(lab, task, "blocks: first", url),
        attach(lab, task, "relates: a page", "https://x.example/1"),
    ]
    mirror = attach(lab, task, "relates: x", marked(url, part_id("launch", "board", PartKind.ATTACHMENT, "1")))
    twin = attach(lab, task, "relates: twin", led(url, "board"))
    attach(lab, task, "relates: marker", Marker("item-1", url).link())
    lab.ada.post(f"/tasks/{task}/addDependents", dependents=[second])
    connector = settled(lab)
    assert links(connector, task) == [f"blocks:{second}", f"duplicates:{second}", f"relates:{first}"]
    assert {one.id for one in connector.parts.read([task])[task]} == {*plain, mirror, twin}


@pytest.mark.parametrize("name", ["relates:", "RELATES TO: x", " duplicates : x"])
def test_a_link_is_told_by_its_first_word(name: str) -> None:
    raw = {"name": name, "resource_subtype": "external", "view_url": "https://app.asana.com/1/2/project/3/task/4"}
    assert referring.links([raw], "5") == (f"{name.strip(' :x').casefold().split()[0]}:4",)
    assert referring.links([raw | {"resource_subtype": "asana"}], "5") == ()


def test_links_are_made_and_taken_away_with_a_write_each_and_the_rest_stays(lab: "Lab") -> None:
    task, first, second = (lab.task(name) for name in ("task", "first", "a  second"))
    attach(lab, task, "a page", "https://x.example/1")
    connector = settled(lab)
    seen = now(connector, task)
    lab.asked()
    wanted: list[Json] = [f"blocks:{first}", f"relates:{second}"]
    updated = connector.update(seen.ref, {Field.LINKS: wanted, Field.TITLE: "renamed"}, seen)
    put, dependents = "PUT /tasks/{task_gid}", "POST /tasks/{task_gid}/addDependents"
    assert lab.asked() == {BATCH: 1, ATTACH: 1, dependents: 1, put: 1}
    assert updated.applied == {Field.LINKS, Field.TITLE}
    assert updated.native is not None
    assert updated.native.fields == now(connector, task).fields
    assert names(lab, task) == ["a page", "relates: a second"]
    renamed = connector.update(seen.ref, {Field.TITLE: "again"}, updated.native)
    assert renamed.native is not None
    assert renamed.native.fields[Field.LINKS] == wanted
    lab.asked()
    connector.update(seen.ref, {Field.LINKS: [f"blocks:{first}"]}, renamed.native)
    assert lab.asked() == {BATCH: 1, DETACH: 1}
    assert links(connector, task) == [f"blocks:{first}"]
    assert names(lab, task) == ["a page"]


def test_a_link_that_is_there_is_not_attached_twice(lab: "Lab") -> None:
    task, other = lab.task(), lab.task("other")
    connector = settled(lab)
    seen = now(connector, task)
    attach(lab, task, "relates: under its old name", address(lab, other))
    lab.asked()
    updated = connector.update(seen.ref, {Field.LINKS: [f"relates:{other}"]}, seen)
    assert updated.applied == {Field.LINKS}
    assert lab.asked() == {BATCH: 1}


@pytest.mark.parametrize("kind", ["reset", "garbage", "500"])
def test_a_link_is_there_once_whatever_fails(lab: "Lab", kind: str) -> None:
    task, other = lab.task(), lab.task("other")
    connector = settled(lab)
    seen = now(connector, task)
    for seed in range(4):
        lab.faults(kind, rate=0.5, seed=seed)
        with suppress(TransientError, UnknownOutcomeError):
            connector.update(seen.ref, {Field.LINKS: [f"relates:{other}"]}, seen)
    lab.faults()
    connector.update(seen.ref, {Field.LINKS: [f"relates:{other}"]}, seen)
    assert names(lab, task) == ["relates: other"]
    looked = connector.inspect(seen.ref, lab.clock.now())
    assert looked.native is not None
    assert looked.native.fields[Field.LINKS] == [f"relates:{other}"]


def test_a_task_is_made_with_its_links_and_a_link_to_what_is_not_there_is_refused(lab: "Lab") -> None:
    other = lab.task("other")
    connector = settled(lab)
    good, bad = (
        Draft({Field.TITLE: "a", Field.STATUS: {"place": lab.sections["To Do"]}, Field.LINKS: [link]}, Marker(item))
        for link, item in ((f"duplicates:{other}", "I"), ("relates:4711", "J"))
    )
    made, refused = connector.create([good, bad])
    assert made.native is not None
    assert refused.native is not None
    assert (made.notes, [*refused.notes]) == ({}, [Field.LINKS])
    assert made.native.fields[Field.LINKS] == links(connector, made.native.ref.id) == [f"duplicates:{other}"]
    assert links(connector, refused.native.ref.id) == []
    updated = connector.update(refused.native.ref, {Field.LINKS: ["relates:4711"], Field.TITLE: "b"}, refused.native)
    assert updated.applied == {Field.TITLE}
    assert [*updated.refused] == [Field.LINKS]


@pytest.mark.parametrize("kept", [True, False])
def test_links_stay_known_between_runs_and_are_asked_for_where_they_are_not(lab: "Lab", kept: bool) -> None:
    task, other = lab.task(), lab.task("other")
    attach(lab, task, "relates: other", address(lab, other))
    lab.clock.advance(FRESH)
    connector = settled(lab)
    known, cursor = read(connector)
    assert known == {task: [f"relates:{other}"], other: []}
    memo = json.loads(json.dumps(connector.memo()))
    lab.clock.advance(FRESH)
    again = settled(lab, memo=memo if kept else {**memo, "references": None})
    lab.move(task, "Done")
    lab.asked()
    shown, cursor = read(again, cursor)
    assert shown == {task: [f"relates:{other}"]}
    assert lab.asked() == {"GET /tasks": 1, "GET /events": 1, BATCH: 1 if kept else 2}
    memo = json.loads(json.dumps(again.memo()))
    gid = lab.ada.get("/attachments", parent=task)[0]["gid"]
    lab.ada.call("DELETE", f"/attachments/{gid}")
    last = settled(lab, memo=memo)
    assert read(last, cursor)[0] == {task: []}
    assert links(last, task) == []


def test_what_was_read_beside_the_links_serves_the_parts_once_and_not_what_was_written_since(lab: "Lab") -> None:
    task = lab.task()
    connector = settled(lab)
    read(connector)
    connector.parts.link(Ref(task), "a page", "https://x.example/1")
    assert [one.value["name"] for one in connector.parts.read([task])[task]] == ["a page"]
    lab.asked()
    read(connector)
    lab.clock.advance(100)
    attach(lab, task, "late", "https://x.example/2")
    assert len(connector.parts.read([task])[task]) == 2, "not for long"
    links(connector, task)
    assert len(connector.parts.read([task])[task]) == 2
    attach(lab, task, "later", "https://x.example/3")
    assert len(connector.parts.read([task])[task]) == 3, "not twice"
