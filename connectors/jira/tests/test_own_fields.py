"""Releases, sprints, time spent, links, and custom fields: discovered, read, written, refused."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from pmsync.connector.api import Connector
from pmsync.errors import StaleError
from pmsync.model.capabilities import DateKind
from pmsync.model.fields import Field, Json
from pmsync.model.native import Native
from pmsync.model.vocabulary import CustomField, CustomKind
from pmsync_jira.own import sprint
from pmsync_jira.sandbox.records import Sprint

if TYPE_CHECKING:
    from connectors.jira.tests.conftest import Desk, Lab

MakeDesk = Callable[[Connector], "Desk"]
SPRINT = "customfield_10020"
WANTED = {
    "Team": Field.custom("Team"),
    "platforms": Field.custom("Platforms"),
    "Customer": Field.custom("Customer"),
    "Budget": Field.custom("Cost"),
    "Launch date": Field.custom("Launch"),
    "Tester": Field.custom("Tester"),
    "Approved": Field.custom("Approved"),
    "Release notes": Field.custom("Notes"),
    "Keywords": Field.custom("Keywords"),
    "Reviewed at": Field.custom("Reviewed"),
    "Watch group": Field.custom("Watchers"),
}


def now(at: "Desk", native: Native) -> Native:
    return at.connector.fetch([native.ref.id]).found[native.ref.id]


def values(at: "Desk") -> dict[Field, tuple[Json, Json]]:
    """Two values of each custom field."""
    ada, grace = at.people["Ada Lovelace"], at.people["Grace Hopper"]
    said: dict[str, tuple[Json, Json]] = {
        "Team": ("Payments", "Mobile"),
        "Platforms": (["Web", "iOS"], ["Android", "iOS"]),
        "Customer": ("ACME", "ACME & Söhne"),
        "Cost": (12.5, 0.0),
        "Launch": ("2026-06-01", "2026-07-01"),
        "Tester": ([ada], [grace]),
        "Approved": (True, False),
        "Notes": ("Some *text*", "Other\n\n- list"),
        "Keywords": (["a", "b"], ["b", "c"]),
        "Reviewed": ("2026-05-11T13:00:00.000Z", "2026-05-12T00:30:00.000Z"),
        "Watchers": ([ada, grace], [grace]),
    }
    return {Field.custom(name): two for name, two in said.items()}


def described(connector: Connector) -> dict[str, CustomField]:
    return {field.name: field for field in connector.vocabulary().custom}


# --- custom fields ---------------------------------------------------------------------------------------------------


def test_the_fields_on_forms_are_discovered_with_what_they_hold(lab: "Lab") -> None:
    found = described(lab.connect())
    assert {name: field.kind for name, field in found.items()} == {
        "Team": CustomKind.SELECT,
        "Platforms": CustomKind.MULTI,
        "Customer": CustomKind.TEXT,
        "Budget": CustomKind.NUMBER,
        "Launch date": CustomKind.DATE,
        "Tester": CustomKind.PERSON,
        "Approved": CustomKind.CHECKBOX,
        "Release notes": CustomKind.TEXT,
        "Keywords": CustomKind.MULTI,
        "Reviewed at": CustomKind.DATE,
        "Watch group": CustomKind.PERSON,
        "Fix versions": CustomKind.MULTI,
        "Sprint": CustomKind.TEXT,
    }
    assert [term.name for term in found["Team"].options] == ["Payments", "Platform", "Mobile"]
    assert (found["Keywords"].free, found["Release notes"].lines, found["Tester"].single) == (True, True, True)
    assert found["Reviewed at"].dates is DateKind.INSTANT
    shows = {name: (field.shows, field.writable) for name, field in found.items() if field.shows}
    assert shows == {"Fix versions": (Field.RELEASE, True), "Sprint": (Field.SPRINT, False)}


def test_only_what_the_mapping_names_is_read(lab: "Lab", desk: MakeDesk) -> None:
    at = desk(lab.connect(custom={"Team": Field.custom("Team"), "Nothing": Field.custom("Nothing")}))
    native = at.made()
    assert [name for name in native.fields if name.custom_name] == [Field.custom("Team")]
    assert not [name for name in desk(lab.connect()).made(2).fields if name.custom_name]


def test_every_kind_is_created_changed_and_emptied(lab: "Lab", desk: MakeDesk) -> None:
    at = desk(lab.connect(custom=WANTED))
    two = values(at)
    draft = at.draft(1)
    fields = {**draft.fields, **{name: one for name, (one, _) in two.items()}}
    (created,) = at.connector.create([type(draft)(fields, draft.marker)])
    assert (created.error, created.notes) == (None, {})
    assert created.native is not None
    assert {name: created.native.fields[name] for name in two} == {name: one for name, (one, _) in two.items()}
    for name, (_, other) in two.items():
        seen = now(at, created.native)
        updated = at.connector.update(seen.ref, {name: other}, seen)
        assert updated.applied == {name}, updated.refused
        assert now(at, seen).fields[name] == other, name
    seen = now(at, created.native)
    empty: dict[Field, Json] = {
        name: [] if isinstance(one, list) else False if isinstance(one, bool) else None
        for name, (one, _) in two.items()
    }
    assert at.connector.update(seen.ref, empty, seen).applied == set(empty)
    shown = now(at, seen)
    assert {name: shown.fields[name] for name in empty} == empty


def test_lists_are_written_as_what_was_added_and_removed(lab: "Lab", desk: MakeDesk) -> None:
    at = desk(lab.connect(custom=WANTED))
    ada, platforms = lab.user("ada"), Field.custom("Platforms")
    issue = ada.create("Listed", customfield_10031=[{"value": "iOS"}])
    seen = at.connector.fetch([issue]).found[issue]
    ada.edit(issue, customfield_10031=[{"value": "iOS"}, {"value": "Web"}])
    at.connector.update(seen.ref, {platforms: ["Android"]}, seen)
    assert now(at, seen).fields[platforms] == ["Android", "Web"]


def test_a_custom_field_may_show_a_standard_one(lab: "Lab", desk: MakeDesk) -> None:
    at = desk(lab.connect(custom={"Budget": Field.ESTIMATE}))
    native = at.made(1, estimate=5.0)
    assert native.fields[Field.ESTIMATE] == 5.0
    raw = lab.user("ada").call("GET", f"issue/{native.ref.id}")["fields"]
    assert (raw["customfield_10033"], raw["customfield_10016"]) == (5.0, None)


def test_an_option_that_jira_lacks_is_refused_and_the_rest_written(lab: "Lab", desk: MakeDesk) -> None:
    at = desk(lab.connect(custom=WANTED))
    team, customer = Field.custom("Team"), Field.custom("Customer")
    draft = at.draft(1)
    (created,) = at.connector.create([type(draft)({**draft.fields, team: "Nobody", customer: "ACME"}, draft.marker)])
    assert created.native is not None, created.error
    assert "administrators" in created.notes[team]
    assert created.native.fields[customer] == "ACME"
    updated = at.connector.update(created.native.ref, {team: "Nobody", customer: "Other"}, created.native)
    assert updated.applied == {customer}
    assert list(updated.refused) == [team]


def test_a_value_that_jira_refuses_costs_only_itself(lab: "Lab", desk: MakeDesk) -> None:
    at = desk(lab.connect(custom=WANTED))
    customer = Field.custom("Customer")
    draft = at.draft(1)
    (created,) = at.connector.create([type(draft)({**draft.fields, customer: "x" * 256}, draft.marker)])
    assert created.native is not None, created.error
    assert "too long" in created.notes[customer]


def test_what_was_learned_of_fields_is_remembered(lab: "Lab", desk: MakeDesk) -> None:
    first = desk(lab.connect(custom=WANTED))
    native = first.made(1)
    lab.asked()
    again = lab.connect(custom=WANTED, memo=first.connector.memo())
    assert again.fetch([native.ref.id]).found[native.ref.id].fields == native.fields
    assert sum(lab.asked().values()) == 1


# --- releases --------------------------------------------------------------------------------------------------------


def release(lab: "Lab", *names: str) -> None:
    for name in names:
        lab.user("pmsync").call("POST", "version", {"name": name, "projectId": 10000})


def test_releases_are_read_and_written_by_name(lab: "Lab", desk: MakeDesk) -> None:
    release(lab, "1.0", "2.0")
    at = desk(lab.connect())
    native = at.made(1, release=["1.0"])
    assert native.fields[Field.RELEASE] == ["1.0"]
    lab.user("ada").call("PUT", f"issue/{native.ref.id}", {"update": {"fixVersions": [{"add": {"name": "2.0"}}]}})
    updated = at.connector.update(native.ref, {Field.RELEASE: []}, native)
    assert updated.applied == {Field.RELEASE}
    assert now(at, native).fields[Field.RELEASE] == ["2.0"]


def test_a_release_that_is_not_there_is_made_by_who_may(lab: "Lab", desk: MakeDesk) -> None:
    at = desk(lab.connect())
    native = at.made(1, release=["3.0"])
    assert native.fields[Field.RELEASE] == ["3.0"]
    other = desk(lab.connect(user="ada"))
    lab.asked()
    updated = other.connector.update(native.ref, {Field.RELEASE: ["3.0", "4.0"]}, native)
    assert "right to administer" in updated.refused[Field.RELEASE]
    at.connector.update(native.ref, {Field.RELEASE: ["3.0", "4.0"]}, native)
    assert now(at, native).fields[Field.RELEASE] == ["3.0", "4.0"]


# --- sprints and time ------------------------------------------------------------------------------------------------


def test_the_sprint_is_the_one_that_runs(lab: "Lab", desk: MakeDesk) -> None:
    sprints = lab.emulator.site.sprints
    sprints |= {1: Sprint(1, "Sprint 1"), 2: Sprint(2, "Sprint 2, the long one", "future")}
    at = desk(lab.connect())
    native = at.made()
    ada = lab.user("ada")
    ada.edit(native.ref.id, **{SPRINT: 1})
    assert now(at, native).fields[Field.SPRINT] == "Sprint 1"
    sprints[1] = Sprint(1, "Sprint 1", "closed")
    assert now(at, native).fields[Field.SPRINT] is None
    ada.edit(native.ref.id, **{SPRINT: 2})
    assert now(at, native).fields[Field.SPRINT] == "Sprint 2, the long one"
    assert {Field.SPRINT, Field.TIME_SPENT} <= at.names.fields & at.connector.capabilities.read_only


@pytest.mark.parametrize(
    ("raws", "done", "name"),
    [
        ([], False, None),
        ([{"name": "A", "state": "closed"}], False, None),
        ([{"name": "A", "state": "closed"}, {"name": "B", "state": "closed"}], True, "B"),
        ([{"name": "A", "state": "future"}, {"name": "B", "state": "active"}], False, "B"),
        (["com.x.Sprint@1f[id=1,rapidViewId=1,state=ACTIVE,name=A, b=c,startDate=<null>,goal=x]"], False, "A, b=c"),
        (["what is this"], False, None),
    ],
)
def test_a_sprint_is_told_in_either_form(raws: list[Any], done: bool, name: str | None) -> None:
    assert sprint(raws, done=done) == name


def test_time_spent_is_in_hours(lab: "Lab", desk: MakeDesk) -> None:
    at = desk(lab.connect())
    native = at.made()
    assert native.fields[Field.TIME_SPENT] is None
    lab.user("ada").call("POST", f"issue/{native.ref.id}/worklog", {"timeSpentSeconds": 5400})
    assert now(at, native).fields[Field.TIME_SPENT] == 1.5


# --- links -----------------------------------------------------------------------------------------------------------


def test_links_are_at_the_issue_from_which_they_lead(lab: "Lab", desk: MakeDesk) -> None:
    at = desk(lab.connect())
    one, two, three = (at.made(number) for number in range(3))
    wanted: Json = [f"blocks:{two.ref.id}", f"duplicates:{three.ref.id}", f"relates:{two.ref.id}"]
    updated = at.connector.update(one.ref, {Field.LINKS: wanted}, one)
    assert updated.native is None
    assert updated.applied == {Field.LINKS}, updated.refused
    assert now(at, one).fields[Field.LINKS] == wanted
    assert now(at, two).fields[Field.LINKS] == []
    inward = lab.user("ada").call("GET", f"issue/{two.ref.id}")["fields"]["issuelinks"]
    assert {link["type"]["inward"] for link in inward if "inwardIssue" in link} == {"is blocked by", "relates to"}
    assert at.names.fields >= {Field.LINKS}


def test_links_are_written_as_what_was_added_and_removed_and_others_stay(lab: "Lab", desk: MakeDesk) -> None:
    at = desk(lab.connect())
    one, two, three = (at.made(number) for number in range(3))
    ada = lab.user("ada")
    for type_, source, target in (("Cloners", one, two), ("Blocks", three, one), ("Blocks", one, two)):
        ends = {"inwardIssue": {"id": source.ref.id}, "outwardIssue": {"id": target.ref.id}}
        ada.call("POST", "issueLink", {"type": {"name": type_}, **ends})
    seen = now(at, one)
    assert seen.fields[Field.LINKS] == [f"blocks:{two.ref.id}"]
    at.connector.update(one.ref, {Field.LINKS: [f"relates:{three.ref.id}"]}, seen)
    assert now(at, one).fields[Field.LINKS] == [f"relates:{three.ref.id}"]
    assert len(ada.call("GET", f"issue/{one.ref.id}")["fields"]["issuelinks"]) == 3


def test_links_that_cannot_be_made_are_told(lab: "Lab", desk: MakeDesk) -> None:
    at = desk(lab.connect())
    one, two = at.made(1), at.made(2)
    wanted: Json = [f"blocks:{two.ref.id}", "blocks:999999"]
    updated = at.connector.update(one.ref, {Field.LINKS: wanted}, one)
    assert "does not exist" in updated.refused[Field.LINKS]
    assert now(at, one).fields[Field.LINKS] == [f"blocks:{two.ref.id}"]
    gone = now(at, one)
    at.connector.delete(one.ref)
    with pytest.raises(StaleError):
        at.connector.update(one.ref, {Field.LINKS: []}, gone)


def test_links_of_a_new_issue_are_left_for_the_next_pass(cloud: "Lab", desk: MakeDesk) -> None:
    at = desk(cloud.connect())
    other = at.made(1)
    (created,) = at.connector.create([at.draft(2, links=[f"blocks:{other.ref.id}"])])
    assert (created.error, created.notes) == (None, {})
    assert created.unfinished == {Field.LINKS}
