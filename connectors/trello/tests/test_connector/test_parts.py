"""What hangs on cards, read and written: comments, attached addresses, files; and what each costs."""

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from werkzeug.wrappers import Request, Response

from pmsync.connector.parts import Backlink, Content
from pmsync.errors import FatalError, RejectedError, StaleError, TransientError, UnknownOutcomeError
from pmsync.model.native import Marker, Ref
from pmsync.model.part import Part, PartKind
from pmsync_trello.connector import TrelloConnector
from pmsync_trello.parts import TrelloParts

if TYPE_CHECKING:
    from connectors.trello.tests.conftest import Connections, Served, Trello

NOBODY = "0" * 24


def of(connector: TrelloConnector) -> TrelloParts:
    return connector.parts


def ref(card: Any) -> Ref:
    return Ref(card["id"], card["shortLink"], card["shortUrl"])


def say(trello: "Trello", card: Any, words: str, user: str = "ada") -> str:
    return str(trello.ok("POST", f"cards/{card['id']}/actions/comments", {"text": words}, user=user)["id"])


def texts(found: Any) -> list[Any]:
    return [part.value["text"] for part in found if part.kind is PartKind.COMMENT]


def content(data: bytes, name: str = "notes.txt", *, size: int | None = -1, kind: str = "text/plain") -> Content:
    blocks = (data[start : start + 1000] for start in range(0, len(data), 1000))
    return Content(name, kind, len(data) if size == -1 else size, blocks)


# --- comments --------------------------------------------------------------------------------------------------------


def test_comments_are_read_oldest_first_with_who_and_where(trello: "Trello", connect: "Connections") -> None:
    card, other = trello.add(), trello.add()
    first = say(trello, card, "**First**")
    said_at = trello.clock.now()
    say(trello, card, "Second", "grace")
    found = of(connect()).read([card["id"], other["id"], NOBODY])
    assert set(found) == {card["id"], other["id"]}
    assert found[other["id"]] == ()
    assert texts(found[card["id"]]) == ["**First**", "Second"]
    part = found[card["id"]][0]
    assert (part.id, part.author, part.author_name) == (first, trello.person("ada"), "Ada Lovelace")
    assert part.url == f"https://trello.com/c/{card['shortLink']}#comment-{first}"
    assert abs(part.created_at - said_at) < timedelta(seconds=1)
    assert (part.updated_at, part.hidden) == (part.created_at, False)


def test_an_edit_of_a_comment_moves_it_and_its_card(trello: "Trello", connect: "Connections") -> None:
    card = trello.add()
    said = say(trello, card, "First")
    trello.clock.advance(60)
    trello.ok("PUT", f"actions/{said}", {"text": "Better"})
    connector = connect()
    [part] = of(connector).read([card["id"]])[card["id"]]
    assert part.value == {"text": "Better"}
    assert part.updated_at - part.created_at >= timedelta(seconds=59)
    assert connector.fetch([card["id"]]).found[card["id"]].updated_at >= part.updated_at


def test_comments_that_came_with_a_copy_have_their_first_author(trello: "Trello", connect: "Connections") -> None:
    card = trello.add()
    say(trello, card, "Mine", "grace")
    copy = trello.add("copy", idCardSource=card["id"], keepFromSource="comments", user="ada")
    [part] = of(connect()).read([copy["id"]])[copy["id"]]
    assert (part.value, part.author) == ({"text": "Mine"}, trello.person("grace"))


def test_a_single_card_costs_one_request_and_ten_cost_one(trello: "Trello", connect: "Connections") -> None:
    cards = [trello.add(f"card {number}")["id"] for number in range(12)]
    connector = connect()
    of(connector).read(cards[:1])
    assert connector.requests() == 1
    of(connector).read(cards[:10])
    assert connector.requests() == 2
    of(connector).read(cards)
    assert connector.requests() == 4


def test_many_cards_cost_the_boards_lists_only(trello: "Trello", connect: "Connections") -> None:
    column = trello.lists()["To Do"]
    cards = [trello.ok("POST", "cards", {"idList": column, "name": str(number)}) for number in range(60)]
    for number, card in enumerate(cards):
        for turn in range(number % 3):
            say(trello, card, f"{number}:{turn}")
    connector = connect(board=trello.board)
    found = of(connector).read([*(card["id"] for card in cards), NOBODY])
    assert [texts(found[card["id"]]) for card in cards] == [
        [f"{number}:{turn}" for turn in range(number % 3)] for number in range(60)
    ]
    # The board's cards, its comments, and the one that is not there.
    assert connector.requests() == 3
    assert list(found) == [card["id"] for card in cards]


def test_where_nobody_said_anything_nobody_is_asked_for_it(trello: "Trello", connect: "Connections") -> None:
    column = trello.lists()["To Do"]
    cards = [trello.ok("POST", "cards", {"idList": column, "name": str(number)})["id"] for number in range(40)]
    connector = connect(board=trello.board)
    assert not any(of(connector).read(cards).values())
    assert connector.requests() == 1


def test_comments_that_the_boards_history_lacks_are_read_with_the_card(
    trello: "Trello", connect: "Connections"
) -> None:
    column = trello.lists()["To Do"]
    cards = [trello.ok("POST", "cards", {"idList": column, "name": str(number)}) for number in range(40)]
    for card in cards:
        say(trello, card, "Said here")
    elsewhere = trello.ok("POST", "boards/", {"name": "Elsewhere"}, user="pmsync")["id"]
    there = trello.ok("GET", f"boards/{elsewhere}/lists", user="pmsync")[0]["id"]
    moved = trello.ok("POST", "cards", {"idList": there, "name": "moved"}, user="pmsync")
    say(trello, moved, "Said elsewhere", "pmsync")
    trello.ok("PUT", f"cards/{moved['id']}", {"idBoard": trello.board, "idList": column}, user="pmsync")
    put_away = trello.add("put away")
    say(trello, put_away, "Before it went")
    trello.ok("PUT", f"cards/{put_away['id']}", {"closed": True})
    wanted = [*(card["id"] for card in cards), moved["id"], put_away["id"]]
    found = of(connect()).read(wanted)
    assert texts(found[moved["id"]]) == ["Said elsewhere"]
    assert texts(found[put_away["id"]]) == ["Before it went"]
    assert [texts(found[card["id"]]) for card in cards] == [["Said here"]] * 40


def test_a_long_list_is_read_to_its_end(trello: "Trello", connect: "Connections") -> None:
    card = trello.add()
    for number in range(2001):
        say(trello, card, str(number))
    connector = connect()
    found = of(connector).read([card["id"]])[card["id"]]
    assert texts(found) == [str(number) for number in range(2001)]
    assert connector.requests() == 3


def test_a_comment_is_made_changed_and_taken_away(trello: "Trello", connect: "Connections") -> None:
    card = trello.add()
    connector = connect()
    parts = of(connector)
    words = "[Ada, in Jira](https://jira.example/b/1#pmsync=part-0123456789abcdef), 2026-05-11 15:04 UTC:\n\nA *text*"
    made = parts.comment(ref(card), parts.dialect.write(words).document)
    assert connector.requests() == 1
    assert parts.read([card["id"]])[card["id"]] == (made,)
    assert texts([made]) == [words]
    trello.clock.advance(1)
    changed = parts.edit(ref(card), made.id, parts.dialect.write("Other").document)
    assert texts(parts.read([card["id"]])[card["id"]]) == ["Other"]
    assert (changed.id, changed.updated_at > made.updated_at) == (made.id, True)
    for _ in range(2):
        parts.remove(ref(card), PartKind.COMMENT, made.id)
    assert parts.read([card["id"]])[card["id"]] == ()
    with pytest.raises(StaleError):
        parts.edit(ref(card), made.id, "Gone")
    with pytest.raises(StaleError):
        parts.comment(Ref(NOBODY), "Nowhere")


def test_the_comments_of_others_are_not_ours_to_edit(trello: "Trello", connect: "Connections") -> None:
    card = trello.add()
    said = say(trello, card, "Mine")
    with pytest.raises(RejectedError):
        of(connect()).edit(ref(card), said, "Ours")
    assert texts(of(connect()).read([card["id"]])[card["id"]]) == ["Mine"]


@pytest.mark.parametrize("kind", ["500", "reset", "garbage", "truncated"])
@pytest.mark.parametrize("write", ["comment", "link", "upload"])
def test_what_makes_a_part_is_not_sent_again(
    trello: "Trello", served: "Served", connect: "Connections", kind: str, write: str
) -> None:
    card = trello.add()
    parts = of(connect())
    writes = {
        "comment": lambda: parts.comment(ref(card), "Once"),
        "link": lambda: parts.link(ref(card), "once", "https://x.example/1"),
        "upload": lambda: parts.upload(ref(card), content(b"once")),
    }
    trello.control("POST /faults", rate=1, kinds=[kind])
    with pytest.raises(UnknownOutcomeError):
        writes[write]()
    trello.control("POST /faults")
    assert [sent.method for sent in served.recorder.sent] == ["POST"]
    assert len(parts.read([card["id"]])[card["id"]]) <= 1


def test_what_is_too_long_is_rejected(trello: "Trello", connect: "Connections") -> None:
    card, parts = trello.add(), of(connect())
    parts.comment(ref(card), "x" * parts.limits.comment)
    with pytest.raises(RejectedError):
        parts.comment(ref(card), "x" * (parts.limits.comment + 1))
    with pytest.raises(RejectedError):
        parts.upload(ref(card), content(b"x" * (parts.limits.attachment + 1)))


# --- attachments -----------------------------------------------------------------------------------------------------


def test_addresses_and_files_are_attachments_and_the_mark_of_a_card_is_none(
    trello: "Trello", connect: "Connections"
) -> None:
    card = trello.add(urlSource=Marker("01ABC", "https://jira.example/browse/ENG-1").link())
    trello.ok("POST", f"cards/{card['id']}/attachments", {"url": "https://x.example/2", "name": "two"})
    parts = of(connect())
    [found] = parts.read([card["id"]])[card["id"]]
    assert (found.kind, found.value) == (PartKind.ATTACHMENT, {"name": "two", "url": "https://x.example/2"})
    assert found.author == trello.person("ada")


def test_an_address_is_attached_and_taken_away(trello: "Trello", connect: "Connections") -> None:
    card, parts = trello.add(), of(connect())
    made = parts.link(ref(card), "a\nname  " + "x" * 300, "https://jira.example/2#pmsync=part-0123456789abcdef")
    assert made.value["url"] == "https://jira.example/2#pmsync=part-0123456789abcdef"
    assert str(made.value["name"]).startswith("a name x")
    assert parts.read([card["id"]])[card["id"]] == (made,)
    for _ in range(2):
        parts.remove(ref(card), PartKind.ATTACHMENT, made.id)
    assert parts.read([card["id"]])[card["id"]] == ()


def test_an_answer_that_is_no_list_is_read_as_well(
    trello: "Trello", served: "Served", connect: "Connections", monkeypatch: pytest.MonkeyPatch
) -> None:
    """The document says that it is a list of one; Trello itself answers the one."""
    card = trello.add()

    def alone(request: Request) -> Response | None:
        if request.method != "POST":
            return None
        answer = trello.sandbox.dispatch(request)
        return Response(answer.get_data()[1:-1], content_type="application/json")

    monkeypatch.setattr(served.recorder, "answers", alone)
    parts = of(connect())
    made = parts.link(ref(card), "one", "https://x.example/1")
    assert parts.read([card["id"]])[card["id"]] == (made,)


@pytest.mark.parametrize("size", [-1, None])
@pytest.mark.parametrize("name", ["notes.txt", 'Grün "ja"; ß.txt', "日本語\n.pdf", "x" * 300])
def test_a_file_is_sent_and_read_as_it_was(
    trello: "Trello", connect: "Connections", size: int | None, name: str
) -> None:
    card, parts = trello.add(), of(connect())
    data = bytes(range(256)) * 1000
    made = parts.upload(ref(card), content(data, name, size=size))
    assert made.value["name"] == " ".join(name.split())[-256:]
    assert (made.value["size"], made.value["type"]) == (len(data), "text/plain")
    assert parts.read([card["id"]])[card["id"]] == (made,)
    with parts.download(made) as found:
        assert (found.name, found.type, found.size) == (made.value["name"], "text/plain", len(data))
        assert b"".join(found.blocks) == data


def test_credentials_go_to_trello_alone(trello: "Trello", served: "Served", connect: "Connections") -> None:
    card, parts = trello.add(), of(connect())
    made = parts.upload(ref(card), content(b"secret plans"))
    served.recorder.sent.clear()
    with parts.download(made) as found:
        b"".join(found.blocks)
    first, second = served.recorder.sent
    assert ("Authorization" in first.headers, "Authorization" in second.headers) == (True, False)
    assert (first.url.startswith("http://127.0.0.1"), second.url.startswith("http://localhost")) == (True, True)
    assert not any("sandbox-pmsync" in text for text in (second.url, str(second.headers)))


def test_files_that_are_named_with_another_host_are_asked_for_there_without_credentials(
    trello: "Trello", served: "Served", connect: "Connections"
) -> None:
    card, parts = trello.add(), of(connect())
    made = parts.upload(ref(card), content(b"words"))
    at = f"{served.base}/1/cards/{card['id']}/attachments/{made.id}/download/notes.txt"
    old = Part(made.kind, made.id, {**made.value, "url": at}, made.created_at, made.updated_at)
    served.recorder.sent.clear()
    with pytest.raises(TransientError), parts.download(old):
        pass
    [sent] = served.recorder.sent
    assert "Authorization" not in sent.headers
    plain = Part(made.kind, made.id, {**made.value, "url": "http://x.example/f"}, made.created_at, made.updated_at)
    with pytest.raises(FatalError), parts.download(plain):
        pass


def test_a_file_that_is_gone_is_stale_and_an_address_is_none(trello: "Trello", connect: "Connections") -> None:
    card, parts = trello.add(), of(connect())
    made = parts.upload(ref(card), content(b"words"))
    link = parts.link(ref(card), "a page", "https://x.example/1")
    parts.remove(ref(card), PartKind.ATTACHMENT, made.id)
    with pytest.raises(StaleError), parts.download(made):
        pass
    with pytest.raises(RejectedError, match="address"), parts.download(link):
        pass


def test_a_file_that_is_shorter_than_told_is_not_made(trello: "Trello", connect: "Connections") -> None:
    card, parts = trello.add(), of(connect())
    with pytest.raises(RejectedError, match="bytes long"):
        parts.upload(ref(card), content(b"words", size=500))
    assert parts.read([card["id"]])[card["id"]] == ()


def test_a_file_whose_source_breaks_off_is_not_made(trello: "Trello", connect: "Connections") -> None:
    def broken() -> Iterator[bytes]:
        yield b"half"
        raise TransientError("the other tool is gone")

    card, parts = trello.add(), of(connect())
    for size in (500, None):
        with pytest.raises(TransientError, match="other tool") as caught:
            parts.upload(ref(card), Content("a", "", size, broken()))
        assert type(caught.value) is TransientError
    assert parts.read([card["id"]])[card["id"]] == ()


# --- twins -----------------------------------------------------------------------------------------------------------


def led(trello: "Trello", card: Any) -> list[tuple[str, str]]:
    return [(one["name"], one["url"]) for one in trello.card(card["id"])["attachments"]]


def test_a_card_leads_to_its_twins_and_follows_them(trello: "Trello", connect: "Connections") -> None:
    card = trello.add()
    trello.ok("POST", f"cards/{card['id']}/attachments", {"url": "https://x.example/2", "name": "two"})
    connector = connect()
    jira, asana = (
        Backlink("ENG", "ENG-1", "https://jira.example/browse/ENG-1"),
        Backlink("B", "", "https://a.example/#1"),
    )
    for _ in range(2):
        connector.parts.point(ref(card), [jira, asana])
    assert connector.requests() == 4
    theirs = ("two", "https://x.example/2")
    there = ("https://a.example/#1", "https://a.example/#1&pmsync-twin=B")
    assert led(trello, card) == [theirs, ("ENG-1", f"{jira.url}#pmsync-twin=ENG"), there]
    [native] = [native for page in connector.changes(None) for native in page.items]
    assert (native.marker, native.links) == (None, ("https://x.example/2",))
    parts = connector.parts.read([card["id"]])[card["id"]]
    assert [part.value["name"] for part in parts if not part.twin] == ["two"]
    moved = Backlink("ENG", "OPS-7", "https://jira.example/browse/OPS-7")
    connector.parts.point(ref(card), [moved, asana])
    assert led(trello, card) == [theirs, there, ("OPS-7", f"{moved.url}#pmsync-twin=ENG")]
    connector.parts.point(ref(card), [])
    assert led(trello, card) == [theirs]
    with pytest.raises(StaleError):
        connector.parts.point(Ref(NOBODY), [jira])


def test_what_marks_a_card_leads_to_its_twin_already(trello: "Trello", connect: "Connections") -> None:
    url = "https://jira.example/browse/ENG-1"
    card = trello.add(urlSource=Marker("01ABC", url).link())
    connect().parts.point(ref(card), [Backlink("ENG", "ENG-1", url)])
    assert len(led(trello, card)) == 1
