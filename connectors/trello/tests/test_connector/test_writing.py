"""Writing through the connector: creating, changing only what differs, putting away."""

from typing import TYPE_CHECKING, Any

import pytest

from pmsync.errors import RejectedError, StaleError
from pmsync.model.fields import Field, Json
from pmsync.model.native import Draft, Marker, Native
from pmsync_trello.connector import TrelloConnector

if TYPE_CHECKING:
    from connectors.trello.tests.conftest import Connections, Served, Trello


def read(connector: TrelloConnector, card: str) -> Native:
    return connector.fetch([card]).found[card]


def sent(served: "Served", *methods: str) -> list[str]:
    """The writes that came over HTTP, without the address."""
    kept = [one for one in served.recorder.sent if one.method in (methods or ("POST", "PUT", "DELETE"))]
    return [f"{one.method} {one.url.split('/1/')[1]}" for one in kept]


def test_a_card_is_made_with_everything_and_its_marker_in_one_call(
    trello: "Trello", served: "Served", connect: "Connections"
) -> None:
    ada, lists = trello.person("ada"), trello.lists()
    trello.label("mobile")
    connector = connect()
    connector.vocabulary()
    fields: dict[Field, Json] = {
        Field.TITLE: "Pay 😀",
        Field.DESCRIPTION: "**bold**",
        Field.STATUS: {"place": lists["Doing"]},
        Field.ASSIGNEES: [ada],
        Field.LABELS: ["mobile"],
        Field.DUE: "2026-05-11T13:00:00.000Z",
        Field.START: None,
        Field.LINKS: [],
    }
    [created] = connector.create([Draft(fields, Marker("01ABC", "https://jira.example/browse/ENG-1"))])
    assert created.error is None
    assert created.notes == {}
    assert created.native is not None
    assert created.native.fields == fields
    assert created.native.marker == Marker("01ABC", "https://jira.example/browse/ENG-1")
    assert sent(served) == ["POST cards"]
    assert read(connector, created.native.ref.id).fields == fields
    assert read(connector, created.native.ref.id).marker == created.native.marker


def test_a_marker_without_a_twin_gets_an_address_too(trello: "Trello", connect: "Connections") -> None:
    connector = connect()
    [created] = connector.create([Draft({Field.TITLE: "alone"}, Marker("01ABC"))])
    assert created.native is not None
    found = connector.find([Marker("01ABC")], trello.clock.now())
    assert found["01ABC"].ref.id == created.native.ref.id
    assert created.native.fields[Field.STATUS] == {"place": trello.lists()["Backlog"]}


def test_lacking_labels_are_made_once_for_many_cards(
    trello: "Trello", served: "Served", connect: "Connections"
) -> None:
    connector = connect()
    drafts = [Draft({Field.TITLE: f"card {n}", Field.LABELS: ["new", "old"]}, Marker(f"I{n}")) for n in range(20)]
    trello.label("old")
    answers = connector.create(drafts)
    assert [answer.error for answer in answers] == [None] * 20
    titles = [answer.native.fields[Field.TITLE] for answer in answers if answer.native]
    assert titles == [f"card {n}" for n in range(20)]
    made = [label for label in trello.ok("GET", f"boards/{trello.board}/labels") if label["name"] == "new"]
    assert [label["color"] for label in made] == [None]
    assert sent(served).count("POST labels") == 1
    assert len(sent(served, "GET")) == 2, "the boards, to find ours, and ours"


def test_labels_are_not_made_where_that_is_switched_off(trello: "Trello", connect: "Connections") -> None:
    connector = connect(opening={"create_labels": False})
    [created] = connector.create([Draft({Field.TITLE: "a", Field.LABELS: ["new"]}, Marker("I"))])
    assert created.native is not None
    assert created.native.fields[Field.LABELS] == []
    assert "switched off" in created.notes[Field.LABELS]
    assert [label["name"] for label in trello.ok("GET", f"boards/{trello.board}/labels")] == [""] * 6


def test_a_label_that_cannot_be_made_stops_no_other(trello: "Trello", connect: "Connections") -> None:
    too_long = "x" * 16_385
    connector = connect()
    [created] = connector.create([Draft({Field.TITLE: "a", Field.LABELS: [too_long, "b"]}, Marker("I"))])
    assert created.native is not None
    assert created.native.fields[Field.LABELS] == ["b"]
    assert Field.LABELS in created.notes
    updated = connector.update(created.native.ref, {Field.LABELS: [too_long, "c"], Field.TITLE: "b"}, created.native)
    assert updated.applied == {Field.TITLE}
    assert set(updated.refused) == {Field.LABELS}
    assert [label["name"] for label in trello.card(created.native.ref.id)["labels"]] == ["c"]


def test_what_trello_will_not_take_of_a_draft_is_noted_and_the_card_is_made(
    trello: "Trello", connect: "Connections"
) -> None:
    stranger = trello.ok("GET", "members/me", user="eve")["id"]
    fields: dict[Field, Json] = {Field.TITLE: "a", Field.ASSIGNEES: [stranger], Field.DUE: "soon"}
    [created] = connect().create([Draft(fields, Marker("I"))])
    assert created.native is not None
    assert set(created.notes) == {Field.ASSIGNEES, Field.DUE}
    assert len(trello.control("GET /state")) == 1


def test_a_draft_for_a_list_that_is_not_there_is_refused_alone(trello: "Trello", connect: "Connections") -> None:
    good = Draft({Field.TITLE: "good"}, Marker("A"))
    bad = Draft({Field.TITLE: "bad", Field.STATUS: {"place": "0" * 24}}, Marker("B"))
    answers = connect().create([bad, good])
    assert isinstance(answers[0].error, RejectedError)
    assert answers[1].native is not None
    assert [card["name"] for card in trello.control("GET /state")] == ["good"]


def test_a_text_over_the_limit_is_refused_and_at_the_limit_taken(trello: "Trello", connect: "Connections") -> None:
    drafts = [Draft({Field.TITLE: "😀" * length}, Marker(f"I{length}")) for length in (16_384, 16_385)]
    fits, too_long = connect().create(drafts)
    assert fits.native is not None
    assert fits.native.fields[Field.TITLE] == "😀" * 16_384
    assert isinstance(too_long.error, RejectedError)


def test_plain_attributes_are_written_in_one_call_and_nothing_else_is_touched(
    trello: "Trello", served: "Served", connect: "Connections"
) -> None:
    card = trello.add("old", desc="keep", due="2026-05-11T13:00:00Z", urlSource="https://x.example/#pmsync=I")["id"]
    connector = connect()
    seen = read(connector, card)
    trello.ok("PUT", f"cards/{card}", {"desc": "edited meanwhile"}, user="grace")
    patch: dict[Field, Json] = {
        Field.TITLE: "new",
        Field.STATUS: {"place": trello.lists()["Done"]},
        Field.DUE: None,
    }
    updated = connector.update(seen.ref, patch, seen)
    assert sent(served) == [f"PUT cards/{card}"]
    assert updated.applied == set(patch)
    assert updated.refused == {}
    assert updated.native == read(connector, card)
    assert updated.native is not None
    assert updated.native.fields[Field.DESCRIPTION] == "edited meanwhile"
    assert updated.native.marker == Marker("I", "https://x.example/")
    names = set(trello.card(card)) & {"name", "idList", "due"}
    assert names == {"name", "idList", "due"}


def test_sets_are_written_as_additions_and_removals(trello: "Trello", served: "Served", connect: "Connections") -> None:
    ada, grace, linus = (trello.person(name) for name in ("ada", "grace", "linus"))
    labels = {name: trello.label(name) for name in ("a", "b", "c")}
    unnamed = trello.ok("GET", f"boards/{trello.board}/labels")[0]["id"]
    card = trello.add(idMembers=[ada], idLabels=[labels["a"], unnamed])["id"]
    connector = connect()
    seen = read(connector, card)
    trello.ok("POST", f"cards/{card}/idLabels", {"value": labels["c"]}, user="grace")
    trello.ok("POST", f"cards/{card}/idMembers", {"value": linus}, user="grace")
    updated = connector.update(seen.ref, {Field.LABELS: ["b"], Field.ASSIGNEES: [grace]}, seen)
    assert updated.applied == {Field.LABELS, Field.ASSIGNEES}
    assert sent(served) == [
        f"DELETE cards/{card}/idLabels/{labels['a']}",
        f"POST cards/{card}/idLabels",
        f"DELETE cards/{card}/idMembers/{ada}",
        f"POST cards/{card}/idMembers",
    ]
    shown = trello.card(card)
    assert set(shown["idLabels"]) == {unnamed, labels["b"], labels["c"]}
    assert shown["idMembers"] == [linus, grace]


def test_what_is_there_already_or_gone_already_is_no_failure(trello: "Trello", connect: "Connections") -> None:
    ada, grace = trello.person("ada"), trello.person("grace")
    labels = {name: trello.label(name) for name in ("a", "b")}
    card = trello.add(idMembers=[ada], idLabels=[labels["a"]])["id"]
    connector = connect()
    seen = read(connector, card)
    trello.ok("PUT", f"cards/{card}", {"idLabels": [labels["b"]], "idMembers": [grace]}, user="grace")
    patch: dict[Field, Json] = {Field.LABELS: ["b"], Field.ASSIGNEES: [grace]}
    updated = connector.update(seen.ref, patch, seen)
    assert updated.applied == set(patch)
    assert updated.native is not None
    assert {field: updated.native.fields[field] for field in patch} == patch
    assert read(connector, card).fields[Field.LABELS] == ["b"]


def test_of_two_labels_of_one_name_the_one_on_the_card_is_meant(trello: "Trello", connect: "Connections") -> None:
    first, second = trello.label("twin", "red"), trello.label("twin", "blue")
    card = trello.add(idLabels=[second])["id"]
    connector = connect()
    seen = read(connector, card)
    connector.update(seen.ref, {Field.LABELS: ["more", "twin"]}, seen)
    assert second in trello.card(card)["idLabels"]
    assert first not in trello.card(card)["idLabels"]
    seen = read(connector, card)
    connector.update(seen.ref, {Field.LABELS: ["more"]}, seen)
    assert [label["name"] for label in trello.card(card)["labels"]] == ["more"]
    seen = read(connector, card)
    connector.update(seen.ref, {Field.LABELS: ["more", "twin"]}, seen)
    assert first in trello.card(card)["idLabels"]


def test_a_label_made_by_someone_since_is_used_and_not_doubled(trello: "Trello", connect: "Connections") -> None:
    card = trello.add()["id"]
    connector = connect()
    seen = read(connector, card)
    label = trello.label("fresh")
    trello.clock.advance(30)
    connector.update(seen.ref, {Field.LABELS: ["fresh"]}, seen)
    assert trello.card(card)["idLabels"] == [label]


def test_refused_parts_are_named_and_the_rest_is_written(trello: "Trello", connect: "Connections") -> None:
    card = trello.add()["id"]
    stranger = trello.ok("GET", "members/me", user="eve")["id"]
    connector = connect()
    seen = read(connector, card)
    patch: dict[Field, Json] = {
        Field.TITLE: "new",
        Field.STATUS: {"place": "0" * 24},
        Field.ASSIGNEES: [stranger],
        Field.ESTIMATE: 3,
        Field.PARENT: "x",
    }
    updated = connector.update(seen.ref, patch, seen)
    assert updated.applied == {Field.TITLE}
    assert set(updated.refused) == {Field.STATUS, Field.ASSIGNEES, Field.ESTIMATE, Field.PARENT}
    assert trello.card(card)["name"] == "new"


def test_an_update_of_which_nothing_is_taken_is_rejected(trello: "Trello", connect: "Connections") -> None:
    card = trello.add()["id"]
    connector = connect()
    seen = read(connector, card)
    with pytest.raises(RejectedError, match="idList"):
        connector.update(seen.ref, {Field.STATUS: {"place": "0" * 24}}, seen)


def test_a_card_that_is_gone_is_to_be_decided_on_again(trello: "Trello", connect: "Connections") -> None:
    card = trello.add()["id"]
    connector = connect()
    seen = read(connector, card)
    trello.ok("DELETE", f"cards/{card}")
    patches: list[dict[Field, Json]] = [{Field.TITLE: "x"}, {Field.LABELS: ["x"]}, {Field.ASSIGNEES: ["0" * 24]}]
    for patch in patches:
        with pytest.raises(StaleError, match="not there any more"):
            connector.update(seen.ref, patch, seen)
    connector.delete(seen.ref)
    with pytest.raises(RejectedError, match="not there"):
        connector.archive(seen.ref)


def test_a_card_that_we_may_only_read_refuses(trello: "Trello", connect: "Connections") -> None:
    card = trello.add()["id"]
    connector = connect("linus")
    seen = read(connector, card)
    trello.ok("PUT", f"boards/{trello.board}/members/{trello.person('linus')}", {"type": "observer"}, user="pmsync")
    with pytest.raises(RejectedError, match="not for this account"):
        connector.update(seen.ref, {Field.TITLE: "x"}, seen)


def test_custom_fields_are_set_and_cleared(trello: "Trello", connect: "Connections") -> None:
    definition: dict[str, Any] = {"idModel": trello.board, "modelType": "board", "pos": "bottom"}
    field = trello.ok("POST", "customFields", {**definition, "name": "Priority", "type": "list", "options": ["High"]})
    trello.ok("POST", "customFields", {**definition, "name": "Estimate", "type": "number"})
    high = field["options"][0]["id"]
    connector = connect()
    drafted: dict[Field, Json] = {Field.TITLE: "a", Field.PRIORITY: high, Field.ESTIMATE: 5.0}
    [created] = connector.create([Draft(drafted, Marker("I"))])
    assert created.native is not None
    seen = read(connector, created.native.ref.id)
    assert seen == created.native
    assert (seen.fields[Field.PRIORITY], seen.fields[Field.ESTIMATE]) == (high, 5.0)
    updated = connector.update(seen.ref, {Field.PRIORITY: None, Field.ESTIMATE: 2.5, Field.TITLE: "b"}, seen)
    assert updated.native is not None
    shown = read(connector, seen.ref.id)
    assert shown.fields == updated.native.fields
    assert (shown.fields[Field.PRIORITY], shown.fields[Field.ESTIMATE]) == (None, 2.5)


def test_archive_can_be_undone_and_delete_cannot(trello: "Trello", connect: "Connections") -> None:
    card = trello.add()["id"]
    connector = connect()
    ref = read(connector, card).ref
    connector.archive(ref)
    assert read(connector, card).archived
    connector.delete(ref)
    assert connector.fetch([card]).missing == {card}


def test_writes_name_the_installation(trello: "Trello", served: "Served", connect: "Connections") -> None:
    card = trello.add()["id"]
    connector = connect(opening={"instance": "berlin"})
    seen = read(connector, card)
    connector.update(seen.ref, {Field.TITLE: "x"}, seen)
    named = {one.method: one.headers.get("X-Trello-Client-Identifier") for one in served.recorder.sent}
    assert named == {"GET": None, "PUT": "pmsync-berlin"}
