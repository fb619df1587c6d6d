"""Everything that the sandbox answers, and that the connector sends, against Trello's official document."""

from typing import TYPE_CHECKING, Any

import pytest

from pmsync.connector.parts import Backlink, Content
from pmsync.model.fields import Field
from pmsync.model.native import Draft, Marker, Native
from pmsync.testing.openapi import ApiDocument, specs
from pmsync.testing.watch import Watched
from pmsync_trello.connector import TrelloConnector
from pmsync_trello.described import Checklist, Task
from pmsync_trello.described import native as native_of
from pmsync_trello.sandbox.routes import ROUTES

if TYPE_CHECKING:
    from connectors.trello.tests.conftest import Connections, Receiver, Trello

POWER_UP = "56d5e249a98895a9797bebb9"

pytestmark = pytest.mark.contract

_UNDOCUMENTED = {
    # Old routes that are live, and that py-trello uses.
    "GET lists/{id}/cards/{filter}",
    "GET boards/{id}/labels/{idLabel}",
    "GET members/{id}/boards/{filter}",
    "POST cards/{id}/members",
    "GET cards/{id}/attachments/{idAttachment}/download/{fileName}",
    "PUT boards/{id}/{field}",
    "PUT cards/{id}/{field}",
}


@pytest.fixture
def document() -> ApiDocument:
    loaded = ApiDocument.load("trello.json")
    if loaded is None:
        pytest.skip(f"Trello's official document is not in {specs()}")
    return loaded


@pytest.fixture
def watched(trello: "Trello", document: ApiDocument) -> Watched:
    return Watched(trello.sandbox, document)


def test_every_answer_is_as_documented(trello: "Trello", receiver: "Receiver", watched: Watched) -> None:
    walk(trello, receiver)
    assert not watched.answers, "\n".join(str(violation) for violation in watched.answers)


def test_the_walk_passes_every_operation(trello: "Trello", receiver: "Receiver", watched: Watched) -> None:
    walk(trello, receiver)
    walked = {operation.replace("GET /boards/{boardId}", "GET /boards/{id}") for operation in watched.checked}
    known = {f"{route.verb} {route.template}" for route in ROUTES} - _UNDOCUMENTED
    missing = {one for one in known if _documented(one) not in {_documented(other) for other in walked}}
    assert sorted(missing) == []


def _documented(operation: str) -> str:
    """Method and path with placeholders that have no names: the document's differ from ours."""
    verb, path = operation.split()
    parts = ("{}" if part.startswith("{") else part for part in path.strip("/").split("/"))
    return f"{verb} {'/'.join(parts)}"


def test_every_request_of_the_connector_is_as_documented(
    trello: "Trello", watched: Watched, connect: "Connections"
) -> None:
    definition = {"idModel": trello.board, "modelType": "board", "pos": "bottom"}
    trello.ok("POST", "customFields", {**definition, "name": "Priority", "type": "list", "options": ["High"]})
    trello.ok("POST", "customFields", {**definition, "name": "Points", "type": "number"})
    watched.requests.clear()
    for name, kind in (("Team", "text"), ("Launch", "date"), ("Ready", "checkbox")):
        trello.ok("POST", "customFields", {**definition, "name": name, "type": kind})
    trello.ok("POST", "customFields", {**definition, "name": "Area", "type": "list", "options": ["North"]})
    watched.requests.clear()
    own = {name: Field.custom(name) for name in ("Team", "Launch", "Ready", "Area")}
    connector = connect(opening={"custom": own})
    connector.check()
    list(connector.changes(None))
    priority = connector.vocabulary().priorities[0].id
    ada = trello.person("ada")
    lists = trello.lists()
    watched.requests.clear()
    fields: dict[Field, Any] = {
        Field.TITLE: "a",
        Field.DESCRIPTION: "b",
        Field.STATUS: {"place": lists["Doing"]},
        Field.ASSIGNEES: [ada],
        Field.LABELS: ["x", "y"],
        Field.DUE: "2026-05-11T15:00:00.000Z",
        Field.PRIORITY: priority,
        Field.ESTIMATE: 3.0,
        own["Team"]: "Blue",
        own["Launch"]: "2026-05-11T15:00:00.000Z",
        own["Ready"]: True,
        own["Area"]: "South",
        Field.LINKS: [f"blocks:{trello.add('other')['id']}"],
    }
    [created] = connector.create([Draft(fields, Marker("I", "https://x.example/1"))])
    assert created.native is not None
    native = created.native
    patch: dict[Field, Any] = {
        Field.TITLE: "c",
        Field.DUE: None,
        Field.START: "2026-05-01T00:00:00.000Z",
        Field.STATUS: {"place": lists["Done"]},
        Field.LABELS: ["z"],
        Field.ASSIGNEES: [],
        Field.PRIORITY: None,
        Field.ESTIMATE: None,
        own["Team"]: None,
        own["Launch"]: None,
        own["Ready"]: False,
        own["Area"]: None,
        Field.LINKS: [],
    }
    updated = connector.update(native.ref, patch, native)
    assert updated.applied == set(patch)
    connector.fetch([native.ref.id, "0" * 24])
    connector.inspect(native.ref, trello.clock.now())
    connector.find([Marker("I")], trello.clock.now())
    connector.locate(native.ref.url)
    parts = connector.parts
    made = parts.comment(native.ref, "Hello")
    parts.edit(native.ref, made.id, "Goodbye")
    link = parts.link(native.ref, "a page", "https://x.example/2")
    upload = parts.upload(native.ref, Content("a.txt", "text/plain", 5, iter([b"words"])))
    with parts.download(upload) as content:
        assert b"".join(content.blocks) == b"words"
    parts.read([native.ref.id])
    parts.read([native.ref.id, *("0" * 22 + f"{number:02}" for number in range(40))])
    for part in (made, link):
        parts.remove(native.ref, part.kind, part.id)
    connector.parts.point(native.ref, [Backlink("ENG", "ENG-2", "https://jira.example/browse/ENG-2")])
    connector.parts.point(native.ref, [])
    _lines(connect(opening={"nested": True}), native, trello)
    _described(connect(opening={"in_text": True}), native.ref.id)
    connector.archive(native.ref)
    connector.delete(native.ref)
    assert not watched.violations, "\n".join(str(violation) for violation in watched.violations)


def _lines(connector: TrelloConnector, card: Native, trello: "Trello") -> None:
    fields: dict[Field, Any] = {Field.TITLE: "a", Field.TYPE: "checkItem", Field.PARENT: card.ref.id}
    [made] = connector.create([Draft(fields, Marker("L"))])
    assert made.native is not None
    line = made.native
    list(connector.changes(None))
    connector.fetch([line.ref.id, card.ref.id, "0" * 24])
    connector.find([Marker("L")], trello.clock.now())
    connector.update(line.ref, {Field.TITLE: "b", Field.STATUS: {"completed": True}}, line)
    connector.inspect(line.ref, trello.clock.now())
    connector.delete(line.ref)


def _described(connector: TrelloConnector, card: str) -> None:
    for lists in ({"A": "ab", "B": "c"}, {"C": "bad", "B": ""}, {"D": "x"}, {}):
        wanted = native_of(
            "text", [Checklist(name, tuple(Task(one, one == "a") for one in said)) for name, said in lists.items()]
        )
        seen = connector.fetch([card]).found[card]
        connector.update(seen.ref, {Field.DESCRIPTION: wanted}, seen)
        connector.inspect(seen.ref, seen.updated_at)
        assert connector.fetch([card]).found[card].fields[Field.DESCRIPTION] == wanted


def walk(trello: "Trello", receiver: "Receiver") -> None:
    """Call every operation as someone would."""
    board = trello.board
    _people(trello, board)
    field = _definitions(trello, board)
    card = _card(trello, board, field)
    _history(trello, board, card)
    _checklists(trello, board, card)
    _refusals(trello, board)
    _ends(trello, receiver, card, field)


def _people(trello: "Trello", board: str) -> None:
    ada = trello.person("ada")
    for path in ("", "/boards", "/cards", "/actions", "/organizations", "/fullName"):
        trello.ok("GET", f"members/me{path}")
    trello.ok("GET", "members/me/boards/open", lists="open")
    trello.ok("GET", f"members/{ada}", boards="all", organizations="all", cards="all")
    trello.ok("GET", "search", query="card", modelTypes="all", cards_limit=5)
    trello.ok("GET", "search/members/", query="ada")
    trello.ok("GET", "tokens/sandbox-ada")
    trello.ok("GET", "tokens/sandbox-ada/member")
    for path in ("members", "memberships", "customFields", "checklists", "actions", "plugins", "boardStars", "name"):
        trello.ok("GET", f"boards/{board}/{path}")
    trello.ok("PUT", f"boards/{board}/members/{ada}", {"type": "normal"}, user="pmsync")
    trello.ok("GET", "organizations/acme")


def _definitions(trello: "Trello", board: str) -> str:
    nested = {"lists": "all", "cards": "all", "labels": "all", "members": "all", "actions": "all", "fields": "all"}
    trello.ok("GET", f"boards/{board}", **nested, memberships="all", customFields="true", checklists="all")
    trello.ok("PUT", f"boards/{board}", {"desc": "What comes next"}, user="pmsync")
    made = trello.ok("POST", "boards/", {"name": "Another"}, user="pmsync")["id"]
    trello.ok("DELETE", f"boards/{made}", user="pmsync")
    label = trello.ok("POST", f"boards/{board}/labels", {"name": "a", "color": "red"})["id"]
    trello.ok("POST", "labels", {"idBoard": board, "name": "b", "color": "green"})
    trello.ok("GET", f"boards/{board}/labels")
    trello.ok("GET", f"labels/{label}")
    trello.ok("PUT", f"labels/{label}", {"name": "c"})
    trello.ok("PUT", f"labels/{label}/color", {"value": "blue"})
    trello.ok("DELETE", f"labels/{label}")
    column = trello.ok("POST", "lists", {"idBoard": board, "name": "Later"})["id"]
    trello.ok("POST", f"boards/{board}/lists", {"name": "Never"})
    for path in ("", "/cards", "/board", "/actions"):
        trello.ok("GET", f"lists/{column}{path}")
    trello.ok("PUT", f"lists/{column}", {"name": "Much later"})
    trello.ok("PUT", f"lists/{column}/closed", {"value": True})
    trello.ok("PUT", f"lists/{column}/closed", {"value": False})
    trello.ok("PUT", f"lists/{column}/idBoard", {"value": board})
    trello.ok("PUT", f"lists/{column}/pos", {"value": "bottom"})
    trello.add(to="Review")
    trello.ok("POST", f"lists/{trello.lists()['Review']}/moveAllCards", {"idBoard": board, "idList": column})
    trello.ok("POST", f"lists/{column}/archiveAllCards")
    for chosen in ("lists", "lists/all"):
        trello.ok("GET", f"boards/{board}/{chosen}", cards="open")
    return _custom_field(trello, board)


def _custom_field(trello: "Trello", board: str) -> str:
    body = {"idModel": board, "modelType": "board", "name": "Size", "type": "list", "pos": "bottom", "options": ["S"]}
    field = str(trello.ok("POST", "customFields", body)["id"])
    trello.ok("GET", f"customFields/{field}")
    trello.ok("PUT", f"customFields/{field}", {"name": "How big"})
    option = trello.ok("POST", f"customFields/{field}/options", {"value": {"text": "M"}})["id"]
    trello.ok("GET", f"customFields/{field}/options")
    trello.ok("GET", f"customFields/{field}/options/{option}")
    trello.ok("DELETE", f"customFields/{field}/options/{option}")
    trello.ok("DELETE", f"boards/{board}/boardPlugins/{POWER_UP}")
    trello.ok("POST", f"boards/{board}/boardPlugins", {"idPlugin": POWER_UP})
    trello.ok("GET", f"boards/{board}/boardPlugins")
    return field


def _card(trello: "Trello", board: str, field: str) -> str:
    ada = trello.person("ada")
    label = trello.label("l", "red")
    parts = {"idMembers": ada, "idLabels": label, "due": "2026-05-11T15:00:00.000Z", "urlSource": "https://x.example/1"}
    card = str(trello.add(**parts)["id"])
    nested = {"actions": "all", "attachments": "true", "members": "true", "checklists": "all", "board": "true"}
    trello.ok("GET", f"cards/{card}", **nested, list="true", customFieldItems="true", stickers="true")
    trello.ok("PUT", f"cards/{card}", {"name": "new", "start": "2026-05-01T00:00:00.000Z"})
    trello.ok("PUT", f"cards/{card}/name", {"value": "newer"})
    for path in ("board", "list", "members", "customFieldItems", "stickers", "pluginData", "membersVoted", "name"):
        trello.ok("GET", f"cards/{card}/{path}")
    trello.ok("DELETE", f"cards/{card}/idLabels/{label}")
    trello.ok("POST", f"cards/{card}/idLabels", {"value": label})
    trello.ok("POST", f"cards/{card}/labels", {"name": "n", "color": "blue"})
    trello.ok("DELETE", f"cards/{card}/idMembers/{ada}")
    trello.ok("POST", f"cards/{card}/idMembers", {"value": ada})
    option = trello.ok("GET", f"customFields/{field}/options")[0]["id"]
    trello.ok("PUT", f"cards/{card}/customField/{field}/item", {"idValue": option})
    for path in ("cards", "cards/all"):
        trello.ok("GET", f"boards/{board}/{path}", attachments="true", customFieldItems="true")
    trello.ok("GET", "batch", urls=f"/cards/{card},/cards/{'0' * 24}")
    attachment = trello.ok("POST", f"cards/{card}/attachments", {"url": "https://x.example/2", "name": "two"})[0]["id"]
    trello.ok("GET", f"cards/{card}/attachments")
    trello.ok("GET", f"cards/{card}/attachments/{attachment}")
    trello.ok("DELETE", f"cards/{card}/attachments/{attachment}")
    return card


def _history(trello: "Trello", board: str, card: str) -> None:
    comment = trello.ok("POST", f"cards/{card}/actions/comments", {"text": "one"})["id"]
    trello.ok("GET", f"cards/{card}/actions", filter="all")
    for path in ("", "/board", "/card", "/list", "/memberCreator", "/type"):
        trello.ok("GET", f"actions/{comment}{path}")
    trello.ok("PUT", f"actions/{comment}", {"text": "two"})
    trello.ok("PUT", f"actions/{comment}/text", {"value": "three"})
    trello.ok("PUT", f"cards/{card}/actions/{comment}/comments", {"text": "four"})
    trello.add("copy", idCardSource=card, keepFromSource="comments")
    trello.ok("DELETE", f"cards/{card}/actions/{comment}/comments")
    other = trello.ok("POST", f"cards/{card}/actions/comments", {"text": "five"})["id"]
    trello.ok("DELETE", f"actions/{other}")
    trello.ok("GET", f"boards/{board}/actions", filter="updateCard", limit=10)


def _checklists(trello: "Trello", board: str, card: str) -> None:
    checklist = trello.ok("POST", "checklists", {"idCard": card, "name": "Steps"})["id"]
    other = trello.ok("POST", f"cards/{card}/checklists", {"name": "More"})["id"]
    trello.ok("GET", f"cards/{card}/checklists")
    for path in ("", "/board", "/cards", "/checkItems", "/name"):
        trello.ok("GET", f"checklists/{checklist}{path}")
    trello.ok("PUT", f"checklists/{checklist}", {"name": "Steps to take"})
    trello.ok("PUT", f"checklists/{checklist}/name", {"value": "Steps"})
    item, second, third = (
        trello.ok("POST", f"checklists/{checklist}/checkItems", {"name": name})["id"] for name in "abc"
    )
    trello.ok("GET", f"checklists/{checklist}/checkItems/{item}")
    trello.ok("GET", f"cards/{card}/checkItem/{item}")
    trello.ok("PUT", f"cards/{card}/checkItem/{item}", {"state": "complete"})
    trello.ok("PUT", f"cards/{card}/checklist/{checklist}/checkItem/{item}", {"name": "z"})
    trello.ok("PUT", f"cards/{card}/checkItem/{item}", {"idChecklist": other})
    assert [one["id"] for one in trello.ok("GET", f"checklists/{other}/checkItems")] == [item]
    assert trello.call("PUT", f"cards/{card}/checkItem/{item}", {"idChecklist": "0" * 24}).status == 400
    trello.ok("DELETE", f"cards/{card}/checkItem/{second}")
    trello.ok("DELETE", f"checklists/{checklist}/checkItems/{third}")
    trello.ok("DELETE", f"cards/{card}/checklists/{other}")
    trello.ok("GET", f"boards/{board}/checklists")


def _refusals(trello: "Trello", board: str) -> None:
    for path in ("cards/nope", f"cards/{'0' * 24}", "boards/nope", f"lists/{'0' * 24}"):
        assert trello.call("GET", path).status in (400, 404)
    assert trello.call("GET", f"boards/{board}", user="eve").status == 401
    assert trello.call("POST", "cards", {"name": "no list"}).status == 400


def _ends(trello: "Trello", receiver: "Receiver", card: str, field: str) -> None:
    hook = trello.ok("POST", "webhooks/", {"idModel": card, "callbackURL": receiver.url})["id"]
    below = "tokens/sandbox-ada/webhooks"
    for path in (below, f"{below}/{hook}", f"webhooks/{hook}", f"webhooks/{hook}/active"):
        trello.ok("GET", path)
    trello.ok("PUT", f"webhooks/{hook}", {"active": False})
    trello.ok("PUT", f"{below}/{hook}", {"description": "d"})
    trello.ok("DELETE", f"webhooks/{hook}")
    other = trello.ok("POST", f"{below}/", {"idModel": card, "callbackURL": f"{receiver.url}2"})["id"]
    trello.ok("DELETE", f"{below}/{other}")
    checklist = trello.ok("GET", f"cards/{card}/checklists")[0]["id"]
    trello.ok("DELETE", f"checklists/{checklist}")
    trello.ok("DELETE", f"customFields/{field}")
    trello.ok("DELETE", f"boards/{trello.board}/members/{trello.person('linus')}", user="pmsync")
    trello.ok("DELETE", f"cards/{card}")
    trello.ok("DELETE", "tokens/sandbox-ada")
