"""What the history tells of every change, and how it is asked for."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from connectors.trello.tests.conftest import Trello


def told(trello: "Trello", card: str, **query: Any) -> list[Any]:
    """The card's actions, oldest first."""
    return list(reversed(trello.ok("GET", f"cards/{card}/actions", **{"filter": "all", **query})))


def test_a_change_tells_what_was_there_before_and_nothing_else(trello: "Trello") -> None:
    card = trello.add("one", desc="d")["id"]
    trello.ok("PUT", f"cards/{card}", {"name": "two", "desc": "d"}, user="grace")
    created, updated = told(trello, card)
    assert created["type"] == "createCard"
    assert created["data"]["list"]["name"] == "To Do"
    assert updated["data"]["old"] == {"name": "one"}
    assert updated["data"]["card"]["name"] == "two"
    assert updated["idMemberCreator"] == updated["memberCreator"]["id"] == trello.person("grace")
    assert updated["memberCreator"]["username"] == "grace"
    assert updated["data"]["board"]["id"] == trello.board


def test_a_move_names_both_lists_and_has_no_list_of_its_own(trello: "Trello") -> None:
    lists = trello.lists()
    card = trello.add()["id"]
    trello.ok("PUT", f"cards/{card}/idList", {"value": lists["Done"]})
    data = told(trello, card, filter="updateCard:idList")[0]["data"]
    assert data["old"] == {"idList": lists["To Do"]}
    assert data["listBefore"] == {"id": lists["To Do"], "name": "To Do"}
    assert data["listAfter"] == {"id": lists["Done"], "name": "Done"}
    assert data["card"]["idList"] == lists["Done"]
    assert "list" not in data


def test_labels_members_comments_and_checklists_are_told(trello: "Trello") -> None:
    ada, label = trello.person("ada"), trello.label("l")
    card = trello.add()["id"]
    trello.ok("POST", f"cards/{card}/idLabels", {"value": label})
    trello.ok("DELETE", f"cards/{card}/idLabels/{label}")
    trello.ok("POST", f"cards/{card}/idMembers", {"value": ada})
    trello.ok("DELETE", f"cards/{card}/idMembers/{ada}")
    comment = trello.ok("POST", f"cards/{card}/actions/comments", {"text": "hm"})
    trello.ok("PUT", f"actions/{comment['id']}", {"text": "aha"})
    checklist = trello.ok("POST", f"cards/{card}/checklists", {"name": "c"})["id"]
    item = trello.ok("POST", f"checklists/{checklist}/checkItems", {"name": "i"})["id"]
    trello.ok("PUT", f"cards/{card}/checkItem/{item}", {"state": "complete"})
    actions = told(trello, card)
    assert [one["type"] for one in actions] == [
        "createCard",
        "addLabelToCard",
        "removeLabelFromCard",
        "addMemberToCard",
        "removeMemberFromCard",
        "commentCard",
        "updateComment",
        "addChecklistToCard",
        "createCheckItem",
        "updateCheckItemStateOnCard",
    ]
    assert actions[1]["data"]["label"] == {"id": label, "name": "l", "color": None}
    assert actions[3]["data"]["idMember"] == ada
    assert (actions[5]["id"], actions[5]["data"]["text"]) == (comment["id"], "aha")
    assert actions[6]["data"]["old"] == {"text": "hm"}
    assert actions[6]["data"]["action"]["id"] == comment["id"]


def test_only_ones_own_comments_can_be_edited(trello: "Trello") -> None:
    card = trello.add()["id"]
    comment = trello.ok("POST", f"cards/{card}/actions/comments", {"text": "mine"})["id"]
    assert trello.call("PUT", f"actions/{comment}", {"text": "x"}, user="grace").status == 401
    assert trello.call("DELETE", f"actions/{comment}", user="grace").status == 401
    trello.ok("DELETE", f"cards/{card}/actions/{comment}/comments", user="pmsync")
    assert [one["type"] for one in told(trello, card)] == ["createCard", "deleteComment"]


def test_what_stays_of_a_deleted_card_says_only_that_there_was_one(trello: "Trello") -> None:
    card = trello.add("secret plans")
    trello.ok("PUT", f"cards/{card['id']}", {"name": "more secret plans"})
    trello.ok("DELETE", f"cards/{card['id']}")
    actions = trello.ok("GET", f"boards/{trello.board}/actions")
    about = [one for one in actions if one["data"].get("card", {}).get("id") == card["id"]]
    assert [one["type"] for one in about] == ["deleteCard"]
    assert "name" not in about[0]["data"]["card"]


def test_the_default_of_a_cards_history_is_comments_and_moves(trello: "Trello") -> None:
    card = trello.add()["id"]
    trello.ok("PUT", f"cards/{card}", {"name": "x", "idList": trello.lists()["Done"]})
    trello.ok("POST", f"cards/{card}/actions/comments", {"text": "x"})
    shown = trello.ok("GET", f"cards/{card}/actions")
    assert [one["type"] for one in shown] == ["commentCard", "updateCard"]


def test_history_is_paged_newest_first(trello: "Trello") -> None:
    card = trello.add()["id"]
    for number in range(60):
        trello.ok("PUT", f"cards/{card}", {"name": f"name {number}"})
    path = f"boards/{trello.board}/actions"
    newest = trello.ok("GET", path, filter="updateCard")
    assert len(newest) == 50
    assert newest[0]["data"]["card"]["name"] == "name 59"
    older = trello.ok("GET", path, filter="updateCard", before=newest[-1]["id"], limit=1000)
    assert [one["data"]["card"]["name"] for one in older] == [f"name {number}" for number in range(9, -1, -1)]
    assert trello.ok("GET", path, since=newest[0]["id"]) == []
    assert trello.call("GET", path, limit=1001).status == 400
    nested = trello.ok("GET", f"cards/{card}", actions="updateCard:name", actions_limit=3)
    assert [one["data"]["old"]["name"] for one in nested["actions"]] == ["name 58", "name 57", "name 56"]
