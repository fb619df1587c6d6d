"""Custom fields: which a board has, what cards have in them, how they are written, and a board that has none."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pytest

from pmsync.connector.api import Updated
from pmsync.errors import RejectedError, TransientError
from pmsync.model.fields import Field, Json
from pmsync.model.native import Draft, Marker, Native
from pmsync.model.vocabulary import CustomKind
from pmsync_trello.connector import TrelloConnector

if TYPE_CHECKING:
    from connectors.trello.tests.conftest import Connections, Served, Trello

POWER_UP = "56d5e249a98895a9797bebb9"
TEAM, AREA, COST, WHEN, READY = (Field.custom(name) for name in ("Team", "Area", "Cost", "When", "Ready"))
ASKED = {"Team": TEAM, "area": AREA, "Cost": COST, "Launch": WHEN, "Ready": READY}
KINDS = {"Team": "text", "Area": "list", "Cost": "number", "Launch": "date", "Ready": "checkbox"}
SAID: dict[Field, Json] = {
    TEAM: "Blue",
    AREA: "North",
    COST: 2.5,
    WHEN: "2026-05-11T15:00:00.000Z",
    READY: True,
}
NOTHING: dict[Field, Json] = {TEAM: None, AREA: None, COST: None, WHEN: None, READY: False}


def define(trello: "Trello", name: str, kind: str, options: tuple[str, ...] = ()) -> Any:
    body = {"idModel": trello.board, "modelType": "board", "name": name, "type": kind, "pos": "bottom"}
    return trello.ok("POST", "customFields", {**body, "options": list(options)} if options else body)


@pytest.fixture
def fields(trello: "Trello") -> dict[str, Any]:
    return {name: define(trello, name, kind, ("North", "South") * (kind == "list")) for name, kind in KINDS.items()}


@pytest.fixture
def connector(fields: dict[str, Any], connect: "Connections") -> TrelloConnector:
    return connect(opening={"custom": ASKED})


def one(connector: TrelloConnector) -> Native:
    [native] = [native for page in connector.changes(None) for native in page.items]
    return native


def custom(native: Native | None) -> dict[Field, Json]:
    assert native is not None
    return {field: value for field, value in native.fields.items() if field.custom_name}


def made(connector: TrelloConnector, more: Mapping[Field, Json] | None = None) -> Native:
    [created] = connector.create([Draft({Field.TITLE: "a card", **(more or {})}, Marker("I"))])
    assert created.native is not None
    return created.native


def test_a_board_tells_all_its_custom_fields(fields: dict[str, Any], connect: "Connections") -> None:
    told = connect().vocabulary().custom
    assert [(custom.id, custom.name, custom.kind) for custom in told] == [
        (fields["Team"]["id"], "Team", CustomKind.TEXT),
        (fields["Area"]["id"], "Area", CustomKind.SELECT),
        (fields["Cost"]["id"], "Cost", CustomKind.NUMBER),
        (fields["Launch"]["id"], "Launch", CustomKind.DATE),
        (fields["Ready"]["id"], "Ready", CustomKind.CHECKBOX),
    ]
    assert [option.name for option in told[1].options] == ["North", "South"]


def test_only_those_that_the_mapping_names_are_read(
    trello: "Trello", served: "Served", fields: dict[str, Any], connect: "Connections"
) -> None:
    trello.add()
    assert custom(one(connect())) == {}
    assert not any("customFieldItems" in sent.url for sent in served.recorder.sent)
    assert custom(one(connect(opening={"custom": {"Team": TEAM}}))) == {TEAM: None}


def test_values_are_read_as_their_kinds_say(
    trello: "Trello", fields: dict[str, Any], connector: TrelloConnector
) -> None:
    card = trello.add()["id"]
    assert custom(one(connector)) == NOTHING
    values: dict[str, Any] = {
        "Team": {"value": {"text": "Blue"}},
        "Area": {"idValue": fields["Area"]["options"][0]["id"]},
        "Cost": {"value": {"number": "2.5"}},
        "Launch": {"value": {"date": "2026-05-11T17:00:00+02:00"}},
        "Ready": {"value": {"checked": "true"}},
    }
    for name, value in values.items():
        trello.ok("PUT", f"cards/{card}/customField/{fields[name]['id']}/item", value)
    assert custom(one(connector)) == SAID


def test_a_card_is_made_with_its_values_and_they_are_changed_and_cleared(connector: TrelloConnector) -> None:
    native = made(connector, SAID)
    assert custom(native) == custom(one(connector)) == SAID
    patch: dict[Field, Json] = {TEAM: 'Red, "quoted" 😀', AREA: "South", COST: 1e-7, WHEN: None, READY: False}
    updated = connector.update(native.ref, patch, native)
    assert updated == Updated(one(connector), frozenset(patch))
    assert custom(updated.native) == patch
    seen = one(connector)
    cleared = connector.update(seen.ref, {**NOTHING}, seen)
    assert custom(cleared.native) == custom(one(connector)) == NOTHING


def test_what_a_new_card_is_not_to_have_costs_no_request(connector: TrelloConnector) -> None:
    connector.vocabulary()
    before = connector.requests()
    made(connector, NOTHING)
    assert connector.requests() == before + 1


def test_a_missing_option_is_made_once(trello: "Trello", connector: TrelloConnector) -> None:
    native = made(connector, {AREA: "East"})
    assert custom(one(connector))[AREA] == "East"
    made(connector, {AREA: "East"})
    connector.update(native.ref, {AREA: "West"}, native)
    [area] = [custom for custom in connector.vocabulary().custom if custom.name == "Area"]
    assert [option.name for option in area.options] == ["North", "South", "East", "West"]


def test_an_option_of_which_it_is_not_known_whether_it_was_made_is_looked_for_again(
    trello: "Trello", connector: TrelloConnector
) -> None:
    native = made(connector)
    trello.control("POST /faults", rate=1, kinds=["truncated"])
    with pytest.raises(TransientError, match=r"no answer|makes no sense"):
        connector.update(native.ref, {AREA: "East"}, native)
    trello.control("POST /faults")
    connector.update(native.ref, {AREA: "East"}, native)
    [area] = [custom for custom in connector.vocabulary().custom if custom.name == "Area"]
    assert [option.name for option in area.options] == ["North", "South", "East"]


def test_an_option_that_was_made_since_is_read(
    trello: "Trello", fields: dict[str, Any], connector: TrelloConnector
) -> None:
    native = made(connector)
    trello.clock.advance(60)
    option = trello.ok("POST", f"customFields/{fields['Area']['id']}/options", {"value": {"text": "Far away"}})
    trello.ok("PUT", f"cards/{native.ref.id}/customField/{fields['Area']['id']}/item", {"idValue": option["id"]})
    assert custom(connector.fetch([native.ref.id]).found[native.ref.id])[AREA] == "Far away"


def test_standard_fields_can_be_kept_in_custom_ones(trello: "Trello", connect: "Connections") -> None:
    define(trello, "Version", "list", ("1.0",))
    define(trello, "Iteration", "text")
    define(trello, "Hours", "number")
    define(trello, "Effort", "number")
    define(trello, "Points", "number")
    define(trello, "Deadline", "date")
    asked = {
        "Version": Field.RELEASE,
        "Iteration": Field.SPRINT,
        "Hours": Field.TIME_SPENT,
        "Effort": Field.ESTIMATE,
        "Deadline": Field.DUE,
    }
    connector = connect(opening={"custom": asked})
    assert {*asked.values()} <= connector.vocabulary().fields
    said: dict[Field, Json] = {
        Field.RELEASE: "1.0",
        Field.SPRINT: "Sprint 7",
        Field.TIME_SPENT: 1.25,
        Field.ESTIMATE: 5.0,
        Field.DUE: "2026-05-11T15:00:00.000Z",
    }
    native = made(connector, said)
    assert {field: one(connector).fields[field] for field in said} == said
    assert trello.card(native.ref.id)["due"] is None
    updated = connector.update(native.ref, {Field.DUE: None, Field.TITLE: "other"}, native)
    assert updated.applied == {Field.DUE, Field.TITLE}
    assert one(connector).fields[Field.DUE] is None


def test_the_history_tells_of_them(trello: "Trello", fields: dict[str, Any], connector: TrelloConnector) -> None:
    native = made(connector, {AREA: "North"})
    trello.clock.advance(1)
    since = trello.clock.now()
    path = f"cards/{native.ref.id}/customField/{fields['Area']['id']}/item"
    trello.ok("PUT", path, {"idValue": fields["Area"]["options"][1]["id"]})
    [event] = connector.inspect(native.ref, since).events
    assert (event.field, event.before, event.after) == (AREA, "North", "South")


def test_a_board_without_the_power_up_has_no_custom_fields_and_nothing_is_cleared(
    trello: "Trello", connector: TrelloConnector
) -> None:
    native = made(connector, SAID)
    trello.ok("DELETE", f"boards/{trello.board}/boardPlugins/{POWER_UP}", user="pmsync")
    with pytest.raises(RejectedError, match="disabled"):
        connector.update(native.ref, {TEAM: "Red"}, native)
    assert custom(one(connector)) == {}
    assert connector.vocabulary().custom == ()
    with pytest.raises(RejectedError, match="no such field"):
        connector.update(native.ref, {TEAM: "Red"}, native)
    trello.ok("POST", f"boards/{trello.board}/boardPlugins", {"idPlugin": POWER_UP}, user="pmsync")
    assert custom(one(connector)) == SAID
