"""The vendor's own client, unchanged, talks to the sandbox over HTTP and notices nothing."""

import io
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
import requests
from trello import TrelloClient
from trello.exceptions import ResourceUnavailable, Unauthorized

if TYPE_CHECKING:
    from connectors.trello.tests.conftest import Receiver, Served, Trello


class Rerouted(requests.Session):
    """Sends py-trello's fixed addresses to the sandbox. Time passes with each request, so that no limit is hit."""

    def __init__(self, trello: "Trello", base: str) -> None:
        super().__init__()
        self._trello = trello
        self._base = base

    def request(self, method: Any, url: Any, *args: Any, **options: Any) -> requests.Response:
        for fixed in ("https://api.trello.com", "https://trello.com"):
            url = str(url).replace(fixed, self._base)
        self._trello.clock.advance(0.2)
        return super().request(method, url, *args, **options)


@pytest.fixture(params=["query", "signed header"])
def client(request: pytest.FixtureRequest, trello: "Trello", served: "Served") -> Iterator[TrelloClient]:
    """py-trello as grace, in both of its ways of signing in."""
    session = Rerouted(trello, served.base)
    if request.param == "query":
        yield TrelloClient("sandbox", api_secret="sandbox-grace", http_service=session)
    else:
        yield TrelloClient("sandbox", "sandbox-secret", token="sandbox-grace", http_service=session)
    session.close()


def test_boards_lists_labels_and_members(client: TrelloClient) -> None:
    [board] = client.list_boards()
    assert board.name == "Roadmap"
    assert [one.name for one in board.open_lists()] == ["Backlog", "To Do", "Doing", "Review", "Done"]
    assert len(board.get_labels()) == 6
    assert {one.username for one in board.all_members()} == {"ada", "grace", "linus", "pmsync"}
    assert [one.username for one in board.admin_members()] == ["pmsync"]
    assert board.get_last_activity() is not None
    column = board.add_list("Later", "bottom")
    column.set_name("Much later")
    column.close()
    assert [one.name for one in board.closed_lists()] == ["Much later"]
    label = board.add_label("new", "sky")
    assert client.get_label(label.id, board.id).name == "new"
    board.delete_label(label.id)
    assert client.get_member("ada").full_name == "Ada Lovelace"
    assert client.get_member("me").email == "grace@example.com"


def test_the_life_of_a_card(client: TrelloClient) -> None:
    board = client.list_boards()[0]
    first, second = board.open_lists()[:2]
    labels, ada = board.get_labels()[:2], client.get_member("ada")
    card = first.add_card("hello 😀", desc="d", labels=labels, assign=[ada], due="2026-05-11T15:00:00.000Z")
    assert (card.name, card.idMembers, len(card.idLabels)) == ("hello 😀", [ada.id], 2)
    card.set_name("renamed")
    card.set_description("text")
    card.comment("first")
    card.change_list(second.id)
    card.remove_label(labels[0])
    card.remove_member(ada)
    card.assign(ada.id)
    card.set_due_complete()
    card.set_pos("top")
    read = client.get_card(card.id)
    assert (read.name, read.description, read.idList) == ("renamed", "text", second.id)
    assert (read.is_due_complete, read.idMembers, len(read.idLabels)) == (True, [ada.id], 1)
    assert [one["data"]["text"] for one in read.comments] == ["first"]
    assert [move[:2] for move in read.listCardMove_date()] == [[first.name, second.name]]
    assert read.card_created_date is not None
    card.set_closed(True)
    assert [one.id for one in board.closed_cards()] == [card.id]
    card.delete()
    with pytest.raises(ResourceUnavailable, match="not found"):
        client.get_card(card.id)


def test_attachments_checklists_and_custom_fields(client: TrelloClient) -> None:
    board = client.list_boards()[0]
    card = board.open_lists()[0].add_card("a")
    card.attach(name="link", url="https://x.example/1")
    card.attach(name="file.txt", file=io.BytesIO(b"abc"), mimeType="text/plain")
    card = client.get_card(card.id)
    link, file = card.get_attachments()
    assert (link.url, link.is_upload, file.name, file.bytes, file.is_upload) == (
        "https://x.example/1",
        False,
        "file.txt",
        3,
        True,
    )
    card.remove_attachment(link.id)
    card.add_checklist("steps", ["one", "two"], [True])
    [steps] = client.get_card(card.id).checklists
    assert [item["checked"] for item in steps.items] == [True, False]
    steps.set_checklist_item("two", True)
    steps.rename("ways")
    steps.delete_checklist_item("one")
    assert [(one.name, len(one.items)) for one in client.get_card(card.id).checklists] == [("ways", 1)]
    number = board.add_custom_field_definition("Points", "number")
    card.set_custom_field("5", number)
    assert [(one.name, one.value) for one in client.get_card(card.id).customFields] == [("Points", 5.0)]
    choice = board.add_custom_field_definition("Priority", "list", options=["High", "Low"])
    assert set(choice.list_options.values()) == {"High", "Low"}


def test_paging_and_search(client: TrelloClient) -> None:
    board = client.list_boards()[0]
    column = board.open_lists()[0]
    made = [column.add_card(f"apple {number}").id for number in range(7)]
    assert sorted(one.id for one in column.list_cards_iter(batch=3)) == made
    assert sorted(one.id for one in board.open_cards()) == made
    found = client.search("apple", models=["cards"], cards_limit=5)
    assert len(found) == 5
    assert board.get_card(made[0]).id == made[0]
    board.fetch_actions("createCard", action_limit=3)
    assert len(board.actions) == 3
    column.archive_all_cards()
    assert board.open_cards() == []


def test_webhooks(client: TrelloClient, receiver: "Receiver") -> None:
    board = client.list_boards()[0]
    hook = client.create_hook(receiver.url, board.id, desc="d", token="sandbox-grace")
    assert [one.method for one in receiver.came] == ["HEAD"]
    [listed] = client.list_hooks("sandbox-grace")
    assert (listed.id, listed.callback_url, listed.active) == (hook.id, receiver.url, True)
    listed.delete()
    assert client.list_hooks("sandbox-grace") == []


def test_refusals_are_the_clients_own_errors(trello: "Trello", served: "Served") -> None:
    with Rerouted(trello, served.base) as session:
        with pytest.raises(Unauthorized, match="invalid token"):
            TrelloClient("sandbox", api_secret="nobody", http_service=session).list_boards()
        stranger = TrelloClient("sandbox", api_secret="sandbox-eve", http_service=session)
        assert stranger.list_boards() == []
        with pytest.raises(Unauthorized, match="permission requested"):
            stranger.get_board(trello.board)
