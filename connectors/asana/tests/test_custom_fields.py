"""Custom fields as the mapping asks for them, and what else a task has: its type, what it blocks, the time spent."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from pmsync.errors import RejectedError
from pmsync.model.fields import Field, Json
from pmsync.model.native import Draft, Native, Ref
from pmsync.model.vocabulary import CustomKind
from pmsync.testing.openapi import ApiDocument, specs
from pmsync.testing.watch import Watched
from pmsync_asana.connector import AsanaConnector

if TYPE_CHECKING:
    from connectors.asana.tests.conftest import Lab

TEAM, AREAS, NOTE, COST = (Field.custom(name) for name in ("Team", "Areas", "Note", "Cost"))
REVIEW, OWNERS = Field.custom("Review"), Field.custom("Owners")
ASKED = {
    "team": TEAM,
    "Areas": AREAS,
    "Note": NOTE,
    "Cost": COST,
    "Review": REVIEW,
    "Owners": OWNERS,
    "Effort": Field.ESTIMATE,
    "Version": Field.RELEASE,
    "Sum": Field.custom("Sum"),
}


class Fields:
    """A project with a custom field of each kind."""

    def __init__(self, lab: "Lab") -> None:
        self.lab = lab
        self.gids: dict[str, str] = {}
        self.options: dict[str, str] = {}
        self.add("Team", "enum", options=["Red", "Blue", "Old"])
        self.add("Areas", "multi_enum", options=["Front", "Back", "Old"])
        self.add("Version", "multi_enum", options=["1.0"])
        self.add("Note", "text")
        self.add("Cost", "number", precision=1)
        self.add("Effort", "number", format="duration")
        self.add("Review", "date")
        self.add("Owners", "people")
        self.add("Sum", "number")
        world = lab.emulator.world
        next(one for one in world.workspace.custom_fields if one.name == "Sum").formula = True
        for field in world.workspace.custom_fields:
            for option in field.options:
                option.enabled = option.name != "Old"
        lab.asked()

    def add(self, name: str, kind: str, options: list[str] | None = None, **more: Any) -> None:
        listed = {"enum_options": [{"name": one} for one in options]} if options else {}
        made = self.lab.ada.post(
            "/custom_fields", name=name, resource_subtype=kind, workspace=self.lab.workspace, **listed, **more
        )
        self.gids[name] = made["gid"]
        self.options |= {f"{name} {one['name']}": one["gid"] for one in made.get("enum_options") or ()}
        self.lab.ada.post(f"/projects/{self.lab.project}/addCustomFieldSetting", custom_field=made["gid"])

    def connect(self, **more: Any) -> AsanaConnector:
        connector = self.lab.connect(custom=ASKED, **more)
        connector.vocabulary()
        self.lab.asked()
        return connector

    def task(self, **values: Any) -> str:
        return self.lab.task(custom_fields={self.gids[name]: value for name, value in values.items()})

    def draft(self, values: Mapping[Field, Json], number: int = 0) -> Draft:
        draft = self.lab.draft(number)
        return replace(draft, fields={**draft.fields, **values})

    def made(self, connector: AsanaConnector, values: Mapping[Field, Json], number: int = 0) -> Native:
        (created,) = connector.create([self.draft(values, number)])
        assert created.native is not None, created.error
        return created.native

    def shown(self, task: str) -> dict[str, Any]:
        told = self.lab.ada.get(f"/tasks/{task}")["custom_fields"]
        return {one["name"]: one["display_value"] for one in told}


@pytest.fixture
def fields(lab: "Lab") -> Fields:
    return Fields(lab)


def customs(native: Native | None) -> dict[Field, Json]:
    assert native is not None
    return {name: value for name, value in native.fields.items() if name.custom_name or name is Field.RELEASE}


def test_the_vocabulary_tells_all_of_a_project_s_custom_fields(fields: Fields) -> None:
    names = fields.connect().vocabulary()
    found = {one.name: one for one in names.custom}
    assert {name: one.kind for name, one in found.items()} == {
        "Priority": CustomKind.SELECT,
        "Estimate": CustomKind.NUMBER,
        "Team": CustomKind.SELECT,
        "Areas": CustomKind.MULTI,
        "Version": CustomKind.MULTI,
        "Note": CustomKind.TEXT,
        "Cost": CustomKind.NUMBER,
        "Effort": CustomKind.NUMBER,
        "Review": CustomKind.DATE,
        "Owners": CustomKind.PERSON,
        "Sum": CustomKind.NUMBER,
    }
    assert {one.name: one.open for one in found["Team"].options} == {"Red": True, "Blue": True, "Old": False}
    assert (found["Cost"].precision, found["Effort"].precision, found["Note"].limit) == (1, None, 1024)
    assert [one.name for one in names.custom if not one.writable] == ["Sum"]
    assert {Field.PRIORITY, Field.ESTIMATE, Field.RELEASE, Field.LINKS, Field.TIME_SPENT} <= names.fields
    assert Field.SPRINT not in names.fields


def test_values_are_read_by_the_names_of_their_options_and_only_those_asked_for(fields: Fields) -> None:
    lab, options = fields.lab, fields.options
    ada = lab.ada.get("/users/me")["gid"]
    task = fields.task(
        Team=options["Team Red"],
        Areas=[options["Areas Front"], options["Areas Back"]],
        Note="Words",
        Cost=2.55,
        Effort=90,
        Review={"date_time": "2020-02-01T10:00:00Z"},
        Owners=[ada, "grace@example.com"],
    )
    blank = lab.task()
    grace = lab.user("grace").get("/users/me")["gid"]
    connector = fields.connect()
    found = connector.fetch([task, blank]).found
    assert customs(found[task]) == {
        TEAM: "Red",
        AREAS: ["Back", "Front"],
        NOTE: "Words",
        COST: 2.5,
        REVIEW: "2020-02-01T10:00:00.000Z",
        OWNERS: [ada, grace],
        Field.custom("Sum"): None,
        Field.RELEASE: [],
    }
    assert found[task].fields[Field.ESTIMATE] == 1.5  # a duration, which Asana has in minutes
    empty = dict.fromkeys((TEAM, NOTE, COST, REVIEW, Field.custom("Sum")))
    assert customs(found[blank]) == {**empty, AREAS: [], OWNERS: [], Field.RELEASE: []}
    assert customs(lab.connect().fetch([task]).found[task]) == {}


def test_what_is_known_of_the_fields_is_remembered_for_this_mapping_and_no_other(fields: Fields) -> None:
    task = fields.task(Team=fields.options["Team Red"], Effort=60)
    first = fields.connect()
    first.fetch([task])
    memo = first.memo()
    fields.lab.asked()
    again = fields.lab.connect(custom=ASKED, memo=memo)
    found = again.fetch([task]).found[task]
    assert (found.fields[TEAM], found.fields[Field.ESTIMATE]) == ("Red", 1.0)
    assert fields.lab.asked() == {"POST /batch": 1}
    other = fields.lab.connect(custom={"Team": Field.custom("Squad")}, memo=memo)
    assert other.fetch([task]).found[task].fields[Field.custom("Squad")] == "Red"


def test_values_are_written_with_the_task_and_with_a_change_by_one_request(fields: Fields) -> None:
    lab, connector = fields.lab, fields.connect()
    ada = lab.ada.get("/users/me")["gid"]
    first: dict[Field, Json] = {
        TEAM: "Red",
        AREAS: ["Back"],
        NOTE: "Words",
        COST: 2.0,
        REVIEW: "2020-02-01",
        OWNERS: [ada],
        Field.RELEASE: ["1.0"],
        Field.ESTIMATE: 1.5,
    }
    lab.asked()
    native = fields.made(connector, first)
    assert lab.asked() == {"POST /batch": 1}
    assert {name: native.fields[name] for name in first} == first
    assert fields.shown(native.ref.id)["Effort"] == "90"
    second: dict[Field, Json] = {
        TEAM: None,
        AREAS: ["Back", "Front"],
        NOTE: None,
        COST: None,
        REVIEW: None,
        OWNERS: [],
        Field.RELEASE: [],
        Field.ESTIMATE: 2.0,
        Field.TITLE: "Renamed",
    }
    lab.asked()
    updated = connector.update(native.ref, second, native)
    assert lab.asked() == {"PUT /tasks/{task_gid}": 1}
    assert (updated.applied, dict(updated.refused)) == (frozenset(second), {})
    assert updated.native is not None
    assert {name: updated.native.fields[name] for name in second} == second


def test_an_option_that_is_lacking_is_made_once(fields: Fields) -> None:
    lab, connector = fields.lab, fields.connect()
    native = fields.made(connector, {TEAM: "Green", AREAS: ["Green", "Front"]})
    assert (native.fields[TEAM], native.fields[AREAS]) == ("Green", ["Front", "Green"])
    other = fields.made(connector, {TEAM: "Green"}, 1)
    assert other.fields[TEAM] == "Green"
    names = [one["name"] for one in lab.ada.get(f"/custom_fields/{fields.gids['Team']}")["enum_options"]]
    assert names == ["Red", "Blue", "Old", "Green"]


def test_an_option_that_somebody_made_since_is_not_made_again(fields: Fields) -> None:
    connector = fields.connect()
    fields.lab.ada.post(f"/custom_fields/{fields.gids['Team']}/enum_options", name="Green")
    assert fields.made(connector, {TEAM: "Green"}).fields[TEAM] == "Green"
    assert len(fields.lab.ada.get(f"/custom_fields/{fields.gids['Team']}")["enum_options"]) == 4


def test_an_option_that_is_switched_off_stays_where_it_is_and_comes_nowhere_else(fields: Fields) -> None:
    world = fields.lab.emulator.world
    task = fields.task(Areas=[fields.options["Areas Back"]])
    areas = next(one for one in world.workspace.custom_fields if one.name == "Areas")
    world.tasks[task].values[areas] = [areas.options[2]]
    connector = fields.connect()
    seen = connector.fetch([task]).found[task]
    assert seen.fields[AREAS] == ["Old"]
    updated = connector.update(seen.ref, {AREAS: ["Front", "Old"]}, seen)
    assert updated.native is not None
    assert updated.native.fields[AREAS] == ["Front", "Old"]
    made = fields.made(connector, {NOTE: "Words"})
    updated = connector.update(made.ref, {TEAM: "Old", NOTE: "Others"}, made)
    assert updated.applied == {NOTE}
    assert "Unknown enum option" in updated.refused[TEAM]


@pytest.mark.parametrize("new", [True, False])
def test_a_field_that_others_may_only_read_is_refused_and_the_rest_is_taken(fields: Fields, new: bool) -> None:
    lab, connector = fields.lab, fields.connect()
    note = next(one for one in lab.emulator.world.workspace.custom_fields if one.name == "Note")
    note.locked = True
    if new:
        (created,) = connector.create([fields.draft({NOTE: "Words", COST: 2.0})])
        assert "do not have permission" in created.notes[NOTE]
        assert created.native is not None
        assert (created.native.fields[NOTE], created.native.fields[COST]) == (None, 2.0)
        return
    seen = lab.made(connector)
    updated = connector.update(seen.ref, {NOTE: "Words", COST: 2.0, Field.TITLE: "New"}, seen)
    assert (set(updated.applied), set(updated.refused)) == ({COST, Field.TITLE}, {NOTE})


def test_an_option_that_may_not_be_made_is_refused_and_the_rest_is_taken(fields: Fields) -> None:
    connector = fields.connect()
    team = next(one for one in fields.lab.emulator.world.workspace.custom_fields if one.name == "Team")
    team.locked = True
    (created,) = connector.create([fields.draft({TEAM: "Green", NOTE: "Words"})])
    assert created.native is not None
    assert (created.native.fields[TEAM], created.native.fields[NOTE]) == (None, "Words")
    assert "do not have permission" in created.notes[TEAM]
    updated = connector.update(created.native.ref, {TEAM: "Green", NOTE: "Others"}, created.native)
    assert (set(updated.applied), set(updated.refused)) == ({NOTE}, {TEAM})


def test_a_free_plan_that_once_was_paid_for_keeps_all_but_custom_fields(fields: Fields) -> None:
    lab, connector = fields.lab, fields.connect()
    seen = lab.made(connector)
    lab.emulator._parts["tasks"]._reader._premium = False
    updated = connector.update(seen.ref, {NOTE: "Words", Field.TITLE: "New"}, seen)
    assert updated.applied == {Field.TITLE}
    assert "not available for free users" in updated.refused[NOTE]
    (created,) = connector.create([fields.draft({NOTE: "Words"}, 1)])
    assert created.native is not None
    assert created.notes.keys() == {NOTE}


def test_on_a_free_plan_there_are_none(labs: Callable[..., "Lab"]) -> None:
    lab = labs(plan="free")
    connector = lab.connect(custom=ASKED)
    names = connector.vocabulary()
    assert names.custom == ()
    assert not names.fields & {Field.PRIORITY, Field.ESTIMATE, Field.RELEASE}
    assert customs(lab.made(connector)) == {}


def test_the_history_tells_of_each_kind_of_field(fields: Fields) -> None:
    lab, connector = fields.lab, fields.connect()
    native = fields.made(connector, {TEAM: "Red", Field.ESTIMATE: 1.0})
    ada = lab.ada.get("/users/me")["gid"]
    lab.clock.advance(60)
    since = lab.clock.now()
    values = {
        "Team": fields.options["Team Blue"],
        "Areas": [fields.options["Areas Front"]],
        "Note": "Words",
        "Cost": 3,
        "Effort": 120,
        "Review": {"date": "2020-02-01"},
        "Owners": [ada],
    }
    lab.ada.put(f"/tasks/{native.ref.id}", custom_fields={fields.gids[name]: one for name, one in values.items()})
    told = {event.field: (event.before, event.after) for event in connector.inspect(native.ref, since).events}
    assert told == {
        TEAM: ("Red", "Blue"),
        AREAS: ([], ["Front"]),
        NOTE: (None, "Words"),
        COST: (None, 3.0),
        Field.ESTIMATE: (1.0, 2.0),
        REVIEW: (None, "2020-02-01"),
        OWNERS: ([], [ada]),
    }


def test_a_date_that_a_custom_field_shows_is_not_asana_s_own(fields: Fields) -> None:
    lab = fields.lab
    connector = lab.connect(custom={"Review": Field.START})
    native = lab.made(connector, start="2020-02-01")
    assert (native.fields[Field.START], native.fields[Field.DUE]) == ("2020-02-01", None)
    assert fields.shown(native.ref.id)["Review"] == "2020-02-01"
    updated = connector.update(native.ref, {Field.START: "2020-03-01", Field.DUE: "2020-01-01"}, native)
    assert updated.native is not None
    assert (updated.native.fields[Field.START], updated.native.fields[Field.DUE]) == ("2020-03-01", "2020-01-01")
    updated = connector.update(native.ref, {Field.DUE: None}, updated.native)
    assert updated.native is not None
    assert (updated.native.fields[Field.START], updated.native.fields[Field.DUE]) == ("2020-03-01", None)


# --- the type, the time spent ----------------------------------------------------------------------------------------


def test_milestones_are_a_type_of_tasks(lab: "Lab") -> None:
    connector = lab.connect()
    assert {one.id: one.name for one in connector.vocabulary().types} == {
        "default_task": "Task",
        "milestone": "Milestone",
        "approval": "Approval",
    }
    milestone = lab.made(connector, type="milestone", due="2020-02-02")
    assert milestone.fields[Field.TYPE] == "milestone"
    updated = connector.update(milestone.ref, {Field.START: "2020-02-01", Field.TITLE: "New"}, milestone)
    assert (set(updated.applied), set(updated.refused)) == ({Field.TITLE}, {Field.START})
    updated = connector.update(milestone.ref, {Field.TYPE: "default_task"}, milestone)
    assert updated.native is not None
    assert updated.native.fields[Field.TYPE] == "default_task"


def test_the_time_spent_is_told_in_hours_and_never_written(lab: "Lab") -> None:
    task = lab.task()
    connector = lab.connect()
    assert connector.fetch([task]).found[task].fields[Field.TIME_SPENT] is None
    lab.emulator.world.tasks[task].minutes = 90
    assert connector.fetch([task]).found[task].fields[Field.TIME_SPENT] == 1.5
    assert Field.TIME_SPENT in connector.capabilities.read_only


# --- links -----------------------------------------------------------------------------------------------------------


def test_what_a_task_blocks_is_read_and_written(lab: "Lab") -> None:
    connector = lab.connect()
    first, second, third = lab.task("First"), lab.task("Second"), lab.task("Third")
    lab.ada.post(f"/tasks/{second}/addDependencies", dependencies=[first])
    found = connector.fetch([first, second]).found
    assert found[first].fields[Field.LINKS] == [f"blocks:{second}"]
    assert found[second].fields[Field.LINKS] == []
    lab.asked()
    updated = connector.update(Ref(first), {Field.LINKS: [f"blocks:{third}"], Field.TITLE: "New"}, found[first])
    assert lab.asked() == {
        "POST /tasks/{task_gid}/removeDependents": 1,
        "POST /tasks/{task_gid}/addDependents": 1,
        "PUT /tasks/{task_gid}": 1,
    }
    assert updated.native is not None
    assert updated.native.fields[Field.LINKS] == [f"blocks:{third}"]
    assert connector.fetch([first]).found[first].fields[Field.LINKS] == [f"blocks:{third}"]


def test_a_link_that_is_made_is_heard_of(lab: "Lab") -> None:
    connector = lab.connect()
    first, second = lab.task("First"), lab.task("Second")
    cursor = list(connector.changes(None))[-1].cursor
    lab.clock.advance(3600)
    lab.ada.post(f"/tasks/{first}/addDependents", dependents=[second])
    items = [one for page in connector.changes(cursor) for one in page.items]
    assert [one.fields[Field.LINKS] for one in items if one.ref.id == first] == [[f"blocks:{second}"]]


def test_a_new_task_is_linked_at_once(lab: "Lab") -> None:
    connector, other = lab.connect(), lab.task()
    native = lab.made(connector, links=[f"blocks:{other}"])
    assert native.fields[Field.LINKS] == [f"blocks:{other}"]
    assert connector.fetch([native.ref.id]).found[native.ref.id].fields == native.fields


def test_links_that_asana_refuses_are_noted_and_the_rest_is_made(lab: "Lab", labs: Callable[..., "Lab"]) -> None:
    gone = lab.task()
    lab.ada.call("DELETE", f"/tasks/{gone}")
    (created,) = lab.connect().create([lab.draft(links=[f"blocks:{gone}"])])
    assert created.native is not None
    assert "Unknown object" in created.notes[Field.LINKS]
    free = labs(plan="free")
    connector, other = free.connect(), free.task()
    seen = free.made(connector)
    with pytest.raises(RejectedError, match="premium"):
        connector.update(seen.ref, {Field.LINKS: [f"blocks:{other}"]}, seen)


@pytest.mark.contract
def test_all_of_it_is_asked_and_answered_as_documented(fields: Fields) -> None:
    document = ApiDocument.load("asana.yaml")
    if document is None:
        pytest.skip(f"Asana's official document is not in {specs()}")
    lab = fields.lab
    watched = Watched(lab.sandbox, document)
    connector = fields.connect()
    connector.check()
    other = lab.task()
    ada = lab.ada.get("/users/me")["gid"]
    values: dict[Field, Json] = {
        TEAM: "Green", AREAS: ["Back"], NOTE: "Words", COST: 2.0, REVIEW: "2020-02-01", OWNERS: [ada],
        Field.LINKS: [f"blocks:{other}"],
    }  # fmt: skip
    native = fields.made(connector, values)
    patch: dict[Field, Json] = {TEAM: "Red", AREAS: [], NOTE: None, REVIEW: None, OWNERS: [], Field.LINKS: []}
    assert connector.update(native.ref, patch, native).applied == patch.keys()
    for story in lab.ada.get(f"/tasks/{native.ref.id}/stories"):
        lab.ada.get(f"/stories/{story['gid']}")
    lab.ada.get("/tasks", project=lab.project, opt_fields=connector._open().asked)
    assert not watched.violations, "\n".join(map(str, watched.violations))
    assert len(watched.checked) >= 6
