"""Cards and what is on them, read and written natively."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from connectors.trello.tests.conftest import Trello


def test_a_new_board_has_its_lists_labels_and_members(trello: "Trello") -> None:
    board = trello.ok("GET", f"boards/{trello.board}", lists="open", labels="all", members="all", fields="name")
    assert [one["name"] for one in board["lists"]] == ["Backlog", "To Do", "Doing", "Review", "Done"]
    assert [(one["name"], one["color"]) for one in board["labels"]] == [
        ("", color) for color in ("green", "yellow", "orange", "red", "purple", "blue")
    ]
    assert {one["username"] for one in board["members"]} == {"ada", "grace", "linus", "pmsync"}
    roles = trello.ok("GET", f"boards/{trello.board}/memberships")
    admins = [one["idMember"] for one in roles if one["memberType"] == "admin"]
    assert admins == [trello.person("pmsync")]


def test_ids_begin_with_the_second_of_creation_and_sort_by_it(trello: "Trello") -> None:
    cards = [trello.add(f"card {number}") for number in range(3)]
    ids = [card["id"] for card in cards]
    assert ids == sorted(ids)
    assert all(len(one) == 24 for one in ids)
    born = datetime.fromtimestamp(int(ids[-1][:8], 16), UTC)
    assert timedelta(0) <= trello.clock.now() - born < timedelta(seconds=1)
    assert {len(card["shortLink"]) for card in cards} == {8}
    assert [card["idShort"] for card in cards] == [1, 2, 3]


def test_a_card_is_read_by_id_and_by_short_link_with_what_is_asked_for(trello: "Trello") -> None:
    card = trello.add(urlSource="https://x.example/1")
    assert trello.ok("GET", f"cards/{card['shortLink']}", fields="name") == {"id": card["id"], "name": "a card"}
    shown = trello.ok("GET", f"cards/{card['id']}", fields="name", attachments="true", attachment_fields="url,name")
    assert [set(one) for one in shown["attachments"]] == [{"id", "url", "name"}]
    assert trello.ok("GET", f"cards/{card['id']}/name") == {"_value": "a card"}


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"idList": None}, "invalid value for idList"),
        ({"idList": "nope"}, "invalid value for idList"),
        ({"idList": "0" * 24}, "invalid value for idList"),
        ({"idList": "0N7Yrpro"}, "Invalid objectId"),
        ({"name": "x" * 16_385}, "invalid value for name"),
        ({"desc": "x" * 16_385}, "invalid value for desc"),
        ({"due": "soon"}, "invalid value for due"),
        ({"idMembers": "0" * 24}, "invalid value for idMembers"),
        ({"idLabels": ["0" * 24]}, "invalid value for idLabels"),
        ({"pos": "left"}, "invalid value for pos"),
        ({"urlSource": "ftp://x"}, "invalid value for url"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_made(trello: "Trello", changes: dict[str, Any], text: str) -> None:
    answer = trello.call("POST", "cards", {"idList": trello.lists()["To Do"], "name": "a", **changes})
    assert (answer.status, answer.text) == (400, text)
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert trello.control("GET /state") == []


def test_sixteen_thousand_emoji_fit(trello: "Trello") -> None:
    assert trello.add("😀" * 16_384)["name"] == "😀" * 16_384


def test_half_a_surrogate_pair_does_not_break_the_sandbox(trello: "Trello") -> None:
    assert trello.add("a\ud800b")["name"] == "a?b"
    assert len(trello.control("GET /state")) == 1


def test_unknown_and_malformed_ids_are_told_apart(trello: "Trello") -> None:
    assert trello.call("GET", f"cards/{'0' * 24}").text == "The requested resource was not found."
    assert (trello.call("GET", "cards/nope").status, trello.call("GET", "cards/nope").text) == (400, "invalid id")
    card = trello.add()["id"]
    assert trello.ok("DELETE", f"cards/{card}") == {"limits": {}}
    assert trello.call("GET", f"cards/{card}").status == 404


def test_both_ways_of_changing_a_card(trello: "Trello") -> None:
    card = trello.add()["id"]
    whole = trello.ok("PUT", f"cards/{card}", {"name": "b", "due": "2026-05-11T17:00:00+02:00", "closed": True})
    assert (whole["name"], whole["due"], whole["closed"]) == ("b", "2026-05-11T15:00:00.000Z", True)
    assert trello.ok("PUT", f"cards/{card}/due", {"value": None})["due"] is None
    assert trello.ok("PUT", f"cards/{card}/closed", {"value": "false"})["closed"] is False
    done = trello.lists()["Done"]
    assert trello.ok("PUT", f"cards/{card}/idList", value=done)["idList"] == done
    assert trello.call("PUT", f"cards/{card}/shape", {"value": "x"}).status == 400


def test_a_refused_change_changes_nothing(trello: "Trello") -> None:
    card = trello.add("before")["id"]
    answer = trello.call("PUT", f"cards/{card}", {"name": "after", "idList": "0" * 24})
    assert answer.text == "invalid value for idList"
    assert trello.card(card)["name"] == "before"


def test_activity_moves_with_every_change(trello: "Trello") -> None:
    card = trello.add()["id"]
    before = trello.card(card)["dateLastActivity"]
    trello.clock.advance(60)
    trello.ok("POST", f"cards/{card}/actions/comments", {"text": "hello"})
    shown = trello.card(card)
    assert shown["dateLastActivity"] > before
    assert shown["badges"]["comments"] == 1


def test_what_is_on_the_card_already_or_is_not_is_refused(trello: "Trello") -> None:
    ada, label = trello.person("ada"), trello.label("l")
    card = trello.add(idMembers=ada, idLabels=label)["id"]
    assert trello.call("POST", f"cards/{card}/idMembers", {"value": ada}).text == "member is already on the card"
    assert trello.call("POST", f"cards/{card}/idLabels", {"value": label}).status == 400
    trello.ok("DELETE", f"cards/{card}/idLabels/{label}")
    assert trello.call("DELETE", f"cards/{card}/idLabels/{label}").status == 400
    assert trello.call("POST", f"cards/{card}/idMembers", {"value": "0" * 24}).text == "invalid value for value"


def test_whole_sets_replace(trello: "Trello") -> None:
    ada, grace = trello.person("ada"), trello.person("grace")
    card = trello.add(idMembers=ada)["id"]
    assert trello.ok("PUT", f"cards/{card}", {"idMembers": f"{grace}"})["idMembers"] == [grace]
    assert trello.ok("PUT", f"cards/{card}", {"idMembers": ""})["idMembers"] == []


def test_pages_of_cards_go_back_by_creation(trello: "Trello") -> None:
    ids = [trello.add(f"card {number}", pos="top")["id"] for number in range(7)]
    path = f"boards/{trello.board}/cards"
    first = trello.ok("GET", path, limit=3)
    assert {one["id"] for one in first} == set(ids[4:])
    second = trello.ok("GET", path, limit=3, before=min(one["id"] for one in first))
    assert {one["id"] for one in second} == set(ids[1:4])
    assert {one["id"] for one in trello.ok("GET", path, since=ids[4])} == set(ids[5:])
    moment = trello.clock.now() + timedelta(seconds=5)
    assert trello.ok("GET", path, since=moment.isoformat()) == []
    assert trello.call("GET", path, limit=1001).text == "invalid value for limit"


def test_filters_of_cards(trello: "Trello") -> None:
    trello.add("open")
    trello.ok("PUT", f"cards/{trello.add('closed')['id']}", {"closed": True})
    trello.add("hidden", to="Done")
    trello.ok("PUT", f"lists/{trello.lists()['Done']}", {"closed": True})

    def named(chosen: str) -> set[str]:
        return {one["name"] for one in trello.ok("GET", f"boards/{trello.board}/cards", filter=chosen)}

    assert named("open") == {"open", "hidden"}
    assert named("visible") == {"open"}
    assert named("closed") == {"closed"}
    assert named("all") == {"open", "closed", "hidden"}
    assert len(trello.ok("GET", f"boards/{trello.board}/cards/closed")) == 1
    assert trello.call("GET", f"boards/{trello.board}/cards", filter="odd").text == "invalid value for filter"


def test_a_card_moves_to_another_board_and_loses_what_is_not_there(trello: "Trello") -> None:
    label = trello.label("only here", "red")
    ada, grace = trello.person("ada"), trello.person("grace")
    card = trello.add(idMembers=[ada, grace], idLabels=label)
    other = trello.ok("POST", "boards", {"name": "Other"})["id"]
    moved = trello.ok("PUT", f"cards/{card['id']}", {"idBoard": other})
    assert (moved["id"], moved["idShort"], moved["idBoard"]) == (card["id"], 1, other)
    assert (moved["idMembers"], moved["idLabels"]) == ([ada], [])
    assert trello.ok("GET", f"boards/{trello.board}/cards") == []


def test_a_copy_takes_the_links_along(trello: "Trello") -> None:
    label = trello.label("l")
    card = trello.add("original", desc="d", idLabels=label, urlSource="https://x.example/#pmsync=I")["id"]
    column = trello.lists()["Doing"]
    copy = trello.ok("POST", "cards", {"idList": column, "idCardSource": card, "keepFromSource": "all"})
    assert (copy["name"], copy["desc"], copy["idLabels"]) == ("original", "d", [label])
    assert [one["url"] for one in copy["attachments"]] == ["https://x.example/#pmsync=I"]
    assert copy["id"] != card


def test_custom_fields_hold_strings(trello: "Trello") -> None:
    definition = {"idModel": trello.board, "modelType": "board", "pos": "bottom"}
    fields = {
        kind: trello.ok("POST", "customFields", {**definition, "name": kind, "type": kind})["id"]
        for kind in ("number", "checkbox", "text", "date", "list")
    }
    card = trello.add()["id"]

    def put(kind: str, value: Any) -> int:
        return trello.call("PUT", f"cards/{card}/customField/{fields[kind]}/item", value).status

    assert trello.card(card)["customFieldItems"] == []
    assert put("number", {"value": {"number": 42}}) == 200
    assert put("checkbox", {"value": {"checked": "true"}}) == 200
    assert put("number", {"value": {"text": "42"}}) == 400
    assert put("number", {"value": {"number": "many"}}) == 400
    assert put("list", {"idValue": "0" * 24}) == 400
    items = {one["idCustomField"]: one["value"] for one in trello.card(card)["customFieldItems"]}
    assert items == {fields["number"]: {"number": "42"}, fields["checkbox"]: {"checked": "true"}}
    assert put("number", {"value": ""}) == 200
    assert fields["number"] not in {one["idCustomField"] for one in trello.card(card)["customFieldItems"]}


def test_a_deleted_label_leaves_its_cards(trello: "Trello") -> None:
    label = trello.label("l")
    card = trello.add(idLabels=label)["id"]
    trello.ok("DELETE", f"labels/{label}")
    assert trello.card(card)["labels"] == []
    assert trello.call("GET", f"labels/{label}").status == 404
    assert trello.call("POST", "labels", {"idBoard": trello.board, "name": "x", "color": "mud"}).status == 400


def test_a_batch_answers_each_of_ten_reads(trello: "Trello") -> None:
    card = trello.add()["id"]
    urls = f"/cards/{card}?fields=name%2Cdesc,/cards/{'0' * 24},/nothing"
    good, missing, unknown = trello.ok("GET", "batch", urls=urls)
    assert good == {"200": {"id": card, "name": "a card", "desc": ""}}
    assert (missing["statusCode"], missing["message"]) == (404, "The requested resource was not found.")
    assert "404" in missing
    assert unknown["statusCode"] == 404
    assert trello.call("GET", "batch", urls=",".join([f"/cards/{card}"] * 11)).status == 400
    assert trello.ok("GET", "batch", urls=f"/boards/{trello.board}", user="eve")[0]["statusCode"] == 401


def test_search_looks_into_an_index_that_lags_when_told_to(trello: "Trello") -> None:
    trello.add("Apple Pay", desc="for shoppers")

    def found(query: str, **options: Any) -> list[str]:
        answer = trello.ok("GET", "search", query=query, modelTypes="cards", **options)
        return [one["name"] for one in answer["cards"]]

    assert found("apple") == ["Apple Pay"]
    assert found("app") == []
    assert found("app", partial="true") == ["Apple Pay"]
    trello.control("POST /faults", rate=1, kinds=["lag"], lag=30)
    late = trello.add("Late apple")["id"]
    assert found("apple") == ["Apple Pay"]
    assert trello.card(late)["name"] == "Late apple"
    trello.clock.advance(31)
    assert found("apple") == ["Apple Pay", "Late apple"]
    assert trello.ok("GET", "search", query="apple", user="eve")["cards"] == []


def test_the_demo_has_its_share_of_the_backlog(trello: "Trello") -> None:
    trello.control("POST /reset", seed="demo")
    cards = trello.control("GET /state")
    assert len(cards) == 19
    assert {one["idList"] for one in cards} <= set(trello.lists().values())
    assert any(one["labels"] for one in cards)
    assert any(one["due"] for one in cards)


def test_another_seed_is_refused(trello: "Trello") -> None:
    with pytest.raises(ValueError, match="no seed 'full'"):
        trello.emulator.reset("full")
