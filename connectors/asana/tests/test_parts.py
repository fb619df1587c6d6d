"""What hangs on tasks, read and written: comments, attached addresses, files."""

import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
import requests

from pmsync.connector.parts import Backlink, Content
from pmsync.errors import RejectedError, StaleError, TransientError, UnknownOutcomeError
from pmsync.model.native import Marker, Ref
from pmsync.model.part import Part, PartKind, marked, part_id
from pmsync.testing.openapi import ApiDocument, specs
from pmsync.testing.watch import Watched
from pmsync_asana.parts import AsanaParts

if TYPE_CHECKING:
    from connectors.asana.tests.conftest import Lab

BATCH, SEND = "POST /batch", "POST /attachments"
MARK = part_id("launch", "board", PartKind.ATTACHMENT, "1")


@pytest.fixture
def parts(lab: "Lab") -> AsanaParts:
    connector = lab.connect()
    connector.vocabulary()
    lab.asked()
    return connector.parts


def say(lab: "Lab", task: str, words: str, name: str = "ada") -> str:
    return str(lab.user(name).post(f"/tasks/{task}/stories", html_text=f"<body>{words}</body>")["gid"])


def talk(lab: "Lab", task: str, count: int) -> None:
    """So many comments, made without HTTP."""
    world, journal = lab.emulator.world, lab.emulator.journal
    for number in range(count):
        text = f"Comment {number}"
        journal.story(world.tasks[task], world.users["ada"], "comment_added", text, html_text=f"<body>{text}</body>")


def attach(lab: "Lab", task: str, name: str = "a.txt", content: bytes = b"hello") -> str:
    """Somebody attaches a file."""
    sent = requests.post(
        f"{lab.url}/api/1.0/attachments",
        headers={"Authorization": "Bearer sandbox-ada"},
        data={"parent": task},
        files={"file": (name, content)},
        timeout=10,
    )
    return str(sent.json()["data"]["gid"])


def point(lab: "Lab", task: str, url: str, name: str = "There") -> str:
    """Somebody attaches an address."""
    sent = requests.post(
        f"{lab.url}/api/1.0/attachments",
        headers={"Authorization": "Bearer sandbox-ada"},
        files={
            field: (None, value)
            for field, value in {"parent": task, "resource_subtype": "external", "url": url, "name": name}.items()
        },
        timeout=10,
    )
    return str(sent.json()["data"]["gid"])


def texts(parts: AsanaParts, task: str) -> list[str]:
    found = parts.read([task])[task]
    return [parts.dialect.read(part.value["text"]).markdown for part in found if part.kind is PartKind.COMMENT]


def content(data: bytes, name: str = "notes.txt", *, size: int | None = -1) -> Content:
    blocks = (data[start : start + 1000] for start in range(0, len(data), 1000))
    return Content(name, "text/plain", len(data) if size == -1 else size, blocks)


# --- reading ---------------------------------------------------------------------------------------------------------


def test_comments_are_read_oldest_first_with_who_and_where_and_without_asana_s_own_stories(
    lab: "Lab", parts: AsanaParts
) -> None:
    task, other = lab.task(), lab.task("Not talked about", assignee="me")
    first = say(lab, task, "First, <strong>bold</strong>")
    lab.ada.put(f"/tasks/{task}", name="Renamed", completed=True)
    lab.move(task, "Done")
    lab.clock.advance(60)
    say(lab, task, "Second", "grace")
    found = parts.read([task, other, "999999999"])
    assert set(found) == {task, other}
    assert found[other] == ()
    assert texts(parts, task) == ["First, **bold**", "Second"]
    one = found[task][0]
    ada = lab.ada.get("/users/me")["gid"]
    assert (one.kind, one.id, one.author, one.author_name) == (PartKind.COMMENT, first, ada, "Ada Lovelace")
    assert one.url == f"https://app.asana.com/1/{lab.workspace}/project/{lab.project}/task/{task}/comment/{first}"
    assert not one.hidden
    assert lab.connect().locate(one.url) == task


def test_five_tasks_cost_one_request(lab: "Lab", parts: AsanaParts) -> None:
    tasks = lab.fill(12)
    for task in tasks[::2]:
        say(lab, task, "Hello")
    lab.asked()
    found = parts.read(tasks)
    assert list(found) == tasks
    assert [len(one) for one in found.values()] == [1, 0] * 6
    assert lab.asked() == {BATCH: 3}
    assert parts.read([]) == {}
    assert lab.asked() == {}


def test_a_long_list_is_read_to_its_end_though_asana_forgets_how_far_we_were(
    lab: "Lab", parts: AsanaParts, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = lab.task()
    talk(lab, task, 230)
    lab.asked()
    assert texts(parts, task) == [f"Comment {number}" for number in range(230)]
    assert lab.asked() == {BATCH: 1, "GET /tasks/{task_gid}/stories": 2}
    pages, forgotten = lab.emulator.pages, list[int]()

    def forgetful(call: Any, found: Any) -> Any:
        if "offset" in call.query and len(forgotten) < 2:
            forgotten.append(1)
            pages.expire()
        return usual(call, found)

    usual = pages.page
    monkeypatch.setattr(pages, "page", forgetful)
    assert texts(parts, task) == [f"Comment {number}" for number in range(230)]


def test_a_list_that_asana_forgets_again_and_again_is_never_taken_for_a_shorter_one(
    lab: "Lab", parts: AsanaParts, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = lab.task()
    talk(lab, task, 101)
    pages = lab.emulator.pages
    usual = pages.page

    def forgetful(call: Any, found: Any) -> Any:
        if "offset" in call.query:
            pages.expire()
        return usual(call, found)

    monkeypatch.setattr(pages, "page", forgetful)
    with pytest.raises(TransientError, match="forgets"):
        parts.read([task])


def test_a_task_that_we_may_not_see_has_no_list_beside_one_that_has(lab: "Lab", parts: AsanaParts) -> None:
    private = lab.ada.post("/projects", name="Private", workspace=lab.workspace)["gid"]
    secret = lab.ada.post("/tasks", name="Secret", projects=[private])["gid"]
    say(lab, secret, "Nobody's business")
    task = lab.task()
    assert parts.read([secret, task]) == {task: ()}


# --- comments --------------------------------------------------------------------------------------------------------


def test_a_comment_is_made_changed_and_taken_away_at_one_request_each(lab: "Lab", parts: AsanaParts) -> None:
    task = lab.task()
    lab.asked()
    made = parts.comment(Ref(task), parts.dialect.write("Some *words*").document)
    assert lab.asked() == {"POST /tasks/{task_gid}/stories": 1}
    assert parts.read([task]) == {task: (made,)}
    edited = parts.edit(Ref(task), made.id, parts.dialect.write("Others", made.value["text"]).document)
    assert (edited.id, texts(parts, task)) == (made.id, ["Others"])
    lab.asked()
    for _ in range(2):
        parts.remove(Ref(task), PartKind.COMMENT, made.id)
    assert lab.asked() == {"DELETE /stories/{story_gid}": 2}
    assert parts.read([task]) == {task: ()}


def test_another_s_comment_is_left_alone(lab: "Lab", parts: AsanaParts) -> None:
    task = lab.task()
    comment = say(lab, task, "Mine")
    with pytest.raises(RejectedError, match="permission"):
        parts.edit(Ref(task), comment, "<body>Yours</body>")
    with pytest.raises(RejectedError, match="permission"):
        parts.remove(Ref(task), PartKind.COMMENT, comment)
    assert texts(parts, task) == ["Mine"]


def test_what_comments_have_no_tags_for_is_not_sent_as_it_is(lab: "Lab", parts: AsanaParts) -> None:
    task = lab.task()
    written = parts.dialect.write("# Heading\n\n---\n\n| a | b |\n| - | - |\n| c | d |")
    parts.comment(Ref(task), written.document)
    assert "Heading" in texts(parts, task)[0]
    with pytest.raises(RejectedError, match="unsupported tag <h1>"):
        parts.comment(Ref(task), "<body><h1>Heading</h1></body>")


def test_on_a_task_that_is_gone_nothing_is_hung(lab: "Lab", parts: AsanaParts) -> None:
    task = lab.task()
    comment = say(lab, task, "Mine", "pmsync")
    lab.ada.call("DELETE", f"/tasks/{task}")
    with pytest.raises(StaleError):
        parts.comment(Ref(task), "<body>Hello</body>")
    with pytest.raises(StaleError):
        parts.link(Ref(task), "name", "https://x.y/")
    with pytest.raises(StaleError):
        parts.upload(Ref(task), content(b"hello"))
    lab.ada.call("DELETE", f"/stories/{comment}", status=403)


@pytest.mark.parametrize("kind", ["reset", "truncated", "garbage", "500"])
def test_what_is_sent_without_an_answer_is_not_sent_again(lab: "Lab", parts: AsanaParts, kind: str) -> None:
    task = lab.task()
    parts.read([task])
    lab.asked()
    lab.faults(kind)
    with pytest.raises(UnknownOutcomeError):
        parts.comment(Ref(task), "<body>Once</body>")
    with pytest.raises(UnknownOutcomeError):
        parts.upload(Ref(task), content(b"Once"))
    lab.faults()
    assert lab.asked() == {"POST /tasks/{task_gid}/stories": 1, SEND: 1}


def test_a_comment_that_is_edited_is_heard_of_though_its_task_was_not_modified(lab: "Lab") -> None:
    connector = lab.connect()
    task = lab.task()
    comment = say(lab, task, "Before")
    lab.clock.advance(3600)
    cursor = list(connector.changes(None))[-1].cursor
    modified = connector.fetch([task]).found[task].updated_at
    lab.clock.advance(3600)
    lab.ada.put(f"/stories/{comment}", html_text="<body>After</body>")
    lab.asked()
    (page,) = connector.changes(cursor)
    assert [one.ref.id for one in page.items] == [task]
    assert page.items[0].updated_at == lab.clock.now()
    assert lab.asked() == {"GET /events": 1, "GET /tasks": 1, BATCH: 2}
    (page,) = connector.changes(page.cursor)
    assert (page.items, lab.asked()) == ((), {"GET /events": 1, "GET /tasks": 1})
    assert connector.fetch([task]).found[task].updated_at == modified


# --- attached addresses ----------------------------------------------------------------------------------------------


def test_an_address_is_attached_read_and_taken_away(lab: "Lab", parts: AsanaParts) -> None:
    task, url = lab.task(), marked("https://example.com/c/1?a=b&c=d", MARK)
    lab.asked()
    made = parts.link(Ref(task), "plan\n.pdf ", url)
    assert lab.asked() == {SEND: 1}
    assert made.value == {"name": "plan .pdf", "url": url}
    (read,) = parts.read([task])[task]
    assert (read.id, read.value, read.author) == (made.id, made.value, lab.user("pmsync").get("/users/me")["gid"])
    for _ in range(2):
        parts.remove(Ref(task), PartKind.ATTACHMENT, made.id)
    assert parts.read([task]) == {task: ()}


def test_an_address_without_a_name_is_its_own(lab: "Lab", parts: AsanaParts) -> None:
    assert parts.link(Ref(lab.task()), " ", "https://x.y/z").value["name"] == "https://x.y/z"


def test_pmsync_s_mark_of_an_item_is_no_attachment_and_that_of_a_part_is_one(lab: "Lab", parts: AsanaParts) -> None:
    task = lab.task()
    point(lab, task, Marker("item-1", "https://trello.com/c/1").link())
    theirs = point(lab, task, "https://x.y/")
    mirror = point(lab, task, marked("https://x.y/", MARK))
    assert {one.id for one in parts.read([task])[task]} == {theirs, mirror}


def test_who_attached_something_is_told_where_the_history_leaves_no_doubt(lab: "Lab", parts: AsanaParts) -> None:
    task, ada = lab.task(), lab.ada.get("/users/me")["gid"]
    attach(lab, task)
    lab.clock.advance(60)
    attach(lab, task)
    parts.link(Ref(task), "at the same time", "https://x.y/")
    assert [one.author for one in parts.read([task])[task]] == [ada, None, None]


# --- twins -----------------------------------------------------------------------------------------------------------

BOARD, SITE = (
    Backlink("board 1", "Card", "https://trello.com/c/1"),
    Backlink("site", "ENG-1", "https://acme.io/ENG-1#x"),
)


def leads(lab: "Lab", task: str) -> dict[str, str]:
    shown = lab.ada.get("/attachments", parent=task, opt_fields="name,view_url")
    return {one["view_url"]: one["name"] for one in shown}


def test_a_task_leads_to_its_twins_once_and_nothing_of_it_is_an_attachment(lab: "Lab", parts: AsanaParts) -> None:
    task = lab.task()
    theirs = point(lab, task, "https://trello.com/c/1", "Mine")
    lab.asked()
    parts.point(Ref(task), [BOARD, SITE])
    assert lab.asked() == {BATCH: 1, SEND: 2}
    assert leads(lab, task) == {
        "https://trello.com/c/1": "Mine",
        "https://trello.com/c/1#pmsync-twin=board_1": "Card",
        "https://acme.io/ENG-1#x&pmsync-twin=site": "ENG-1",
    }
    lab.asked()
    parts.point(Ref(task), [BOARD, SITE])
    assert lab.asked() == {BATCH: 1}
    assert [one.id for one in parts.read([task])[task] if not one.twin] == [theirs]


def test_what_changed_is_put_right_and_what_leads_to_former_twins_is_gone(lab: "Lab", parts: AsanaParts) -> None:
    task = lab.task()
    parts.point(Ref(task), [BOARD, SITE])
    lab.asked()
    parts.point(Ref(task), [replace(SITE, title="OPS-7", url="https://acme.io/OPS-7")])
    assert lab.asked() == {BATCH: 1, "DELETE /attachments/{attachment_gid}": 2, SEND: 1}
    assert leads(lab, task) == {"https://acme.io/OPS-7#pmsync-twin=site": "OPS-7"}
    parts.point(Ref(task), [])
    assert leads(lab, task) == {}


def test_the_line_in_the_notes_leads_to_a_twin_already(lab: "Lab", parts: AsanaParts) -> None:
    connector = lab.connect()
    native = lab.made(connector, 1)
    lab.asked()
    parts.point(native.ref, [BOARD, SITE])
    assert lab.asked() == {BATCH: 1, SEND: 1}
    assert list(leads(lab, native.ref.id).values()) == ["ENG-1"]
    lab.ada.put(f"/tasks/{native.ref.id}", html_notes="<body></body>")
    parts.point(native.ref, [BOARD, SITE])
    assert sorted(leads(lab, native.ref.id).values()) == ["Card", "ENG-1"]


@pytest.mark.parametrize("kind", ["reset", "truncated", "garbage", "500"])
def test_what_leads_to_a_twin_is_there_once_whatever_fails(lab: "Lab", parts: AsanaParts, kind: str) -> None:
    task = lab.task()
    for seed in range(4):
        lab.faults(kind, rate=0.5, seed=seed)
        with suppress(TransientError, UnknownOutcomeError):
            parts.point(Ref(task), [BOARD, SITE])
    lab.faults()
    parts.point(Ref(task), [BOARD, SITE])
    assert sorted(leads(lab, task).values()) == ["Card", "ENG-1"]
    assert len(lab.ada.get("/attachments", parent=task)) == 2


def test_a_task_that_is_gone_leads_nowhere(lab: "Lab", parts: AsanaParts) -> None:
    task = lab.task()
    lab.ada.call("DELETE", f"/tasks/{task}")
    with pytest.raises(StaleError):
        parts.point(Ref(task), [BOARD])


# --- files -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [-1, None])
@pytest.mark.parametrize("name", ["notes.txt", 'a "b"; 100%.txt', "résumé 😀.pdf"])
def test_a_file_makes_the_round_trip(lab: "Lab", parts: AsanaParts, name: str, size: int | None) -> None:
    task, data = lab.task(), bytes(range(256)) * 50
    lab.asked()
    made = parts.upload(Ref(task), content(data, name, size=size))
    assert lab.asked() == {SEND: 1}
    (read,) = parts.read([task])[task]
    assert read.id == made.id
    assert read.value == {
        "name": name,
        "url": f"https://app.asana.com/app/asana/-/get_asset?asset_id={made.id}",
        "size": len(data),
        "type": "application/pdf" if name.endswith("pdf") else "text/plain",
    }
    with parts.download(read) as told:
        assert (told.name, told.size) == (name, len(data))
        assert b"".join(told.blocks) == data


def test_an_empty_file_is_a_file(lab: "Lab", parts: AsanaParts) -> None:
    made = parts.upload(Ref(lab.task()), content(b""))
    with parts.download(made) as told:
        assert (told.size, b"".join(told.blocks)) == (0, b"")


def test_the_store_of_files_gets_no_credentials_and_forgets_its_addresses(lab: "Lab", parts: AsanaParts) -> None:
    task = lab.task()
    gid = attach(lab, task)
    place = lab.ada.get(f"/attachments/{gid}", opt_fields="download_url")["download_url"]
    assert place.startswith("http://localhost:")
    assert requests.get(place, headers={"Authorization": "Bearer sandbox-ada"}, timeout=10).status_code == 400
    assert requests.get(place, timeout=10).content == b"hello"
    lab.clock.advance(121)
    assert requests.get(place, timeout=10).status_code == 403
    (file,) = parts.read([task])[task]
    with parts.download(file) as told:
        assert b"".join(told.blocks) == b"hello"


def test_what_is_no_file_of_asana_s_and_what_is_gone_is_not_downloaded(lab: "Lab", parts: AsanaParts) -> None:
    task = lab.task()
    link = parts.link(Ref(task), "There", "https://x.y/")
    with pytest.raises(RejectedError, match="kept elsewhere"), parts.download(link):
        pass
    gid = attach(lab, task)
    (file,) = [one for one in parts.read([task])[task] if one.id == gid]
    lab.ada.call("DELETE", f"/attachments/{gid}")
    with pytest.raises(StaleError), parts.download(file):
        pass


@pytest.mark.parametrize("kind", ["reset", "truncated", "garbage"])
def test_a_file_that_does_not_come_whole_is_told_so(lab: "Lab", parts: AsanaParts, kind: str) -> None:
    task = lab.task()
    attach(lab, task, content=b"x" * 5000)
    (file,) = parts.read([task])[task]
    place = {"rate": 1.0, "kinds": [kind], "seed": 1, "hold": 0.0}
    with pytest.raises(TransientError):
        _downloaded(lab, parts, file, place)


def _downloaded(lab: "Lab", parts: AsanaParts, file: Part, faults: dict[str, Any]) -> None:
    """Download a file where the store fails, once the tool itself has told of it."""
    usual = lab.emulator.handle
    struck = threading.Event()

    def handle(request: Any) -> Any:
        answer = usual(request)
        if not struck.is_set():
            struck.set()
            lab.sandbox._set(type(lab.sandbox.faults).of(faults))
        return answer

    lab.emulator.handle = handle  # type: ignore[method-assign]
    with parts.download(file) as told:
        list(told.blocks)


def test_a_file_that_is_too_large_is_not_sent(lab: "Lab", parts: AsanaParts) -> None:
    lab.asked()
    with pytest.raises(RejectedError, match="larger than Asana takes"):
        parts.upload(Ref("1200"), content(b"", size=parts.limits.attachment + 1))
    assert lab.asked() == {}


@pytest.mark.parametrize("size", [-1, None])
def test_what_reading_the_source_raises_is_raised_and_nothing_is_made(
    lab: "Lab", parts: AsanaParts, size: int | None
) -> None:
    task = lab.task()

    def breaking() -> Iterator[bytes]:
        yield b"begun"
        raise TransientError("the other tool broke off", connection="board")

    with pytest.raises(TransientError, match="broke off"):
        parts.upload(Ref(task), Content("a", "", 100 if size == -1 else None, breaking()))
    assert parts.read([task]) == {task: ()}


def test_a_file_of_another_length_than_told_is_rejected(lab: "Lab", parts: AsanaParts) -> None:
    task = lab.task()
    with pytest.raises(RejectedError, match="not 9 as told"):
        parts.upload(Ref(task), content(b"hello", size=9))
    assert parts.read([task]) == {task: ()}


def test_a_file_is_sent_while_it_is_read(lab: "Lab") -> None:
    """The receiver stops to read: so does the sender, long before it has all of the file."""
    given: list[int] = []

    def blocks() -> Iterator[bytes]:
        for number in range(1000):
            given.append(number)
            yield bytes(64 * 1024)

    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
        parts = lab.connect(settings={"url": url}).parts

        def hang_up() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(1024)

        receiver = threading.Thread(target=hang_up)
        receiver.start()
        with pytest.raises(UnknownOutcomeError):
            parts.upload(Ref("1200"), Content("large", "", 1000 * 64 * 1024, blocks()))
        receiver.join()
    assert 0 < len(given) < 500


@pytest.mark.contract
def test_all_of_it_is_asked_and_answered_as_documented(lab: "Lab", parts: AsanaParts) -> None:
    document = ApiDocument.load("asana.yaml")
    if document is None:
        pytest.skip(f"Asana's official document is not in {specs()}")
    watched = Watched(lab.sandbox, document)
    ref = Ref(lab.task())
    comment = parts.comment(ref, "<body>Hello</body>")
    parts.edit(ref, comment.id, "<body>Hi</body>")
    link = parts.link(ref, "There", "https://x.y/")
    file = parts.upload(ref, content(b"hello", "é.txt"))
    assert len(parts.read([ref.id])[ref.id]) == 3
    with parts.download(file) as told:
        list(told.blocks)
    parts.remove(ref, PartKind.COMMENT, comment.id)
    for one in (link, file):
        parts.remove(ref, PartKind.ATTACHMENT, one.id)
    assert not watched.violations, "\n".join(map(str, watched.violations))
    assert len(watched.checked) >= 7
