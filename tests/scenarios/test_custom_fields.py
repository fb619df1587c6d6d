"""Custom fields, releases, sprints, time spent and links over three tools: each travels to where it can be shown."""

from pathlib import Path
from typing import Any

import pytest
from customized import custom, customized, equip
from memories import NAME, Memories

from pmsync.config.settings import MemberConfig
from pmsync.model.fields import Field, Json, LinkKind, Role
from pmsync.model.vocabulary import CustomKind
from pmsync.reconcile.state import Direction
from pmsync.sync.board import Board
from pmsync.sync.check import check_all
from pmsync.sync.report import Report

TEAM, CREW = Field.custom("Team"), Field.custom("Crew")
BOTH = ("product", "engineering")
KINDS: list[tuple[CustomKind, Json, Json]] = [
    (CustomKind.TEXT, "some words", "other words"),
    (CustomKind.NUMBER, 2.5, 0.0),
    (CustomKind.DATE, "2026-06-01", None),
    (CustomKind.SELECT, "Core", "Web"),
    (CustomKind.MULTI, ["Core", "Web"], ["Web"]),
    (CustomKind.PERSON, ["u-ada", "u-grace"], ["u-grace"]),
    (CustomKind.CHECKBOX, True, False),
]


def messages(world: Memories) -> list[str]:
    return [note.message for note in world.store.reports.notes(sync=NAME)]


def change(world: Memories, connection: str, ids: dict[str, str], field: Field, value: Json) -> None:
    values: dict[str, Any] = {field: value}
    world.tools[connection].edit(ids[connection], **values)


def shown(world: Memories, field: Field, *connections: str) -> list[Json]:
    return [world.tools[one].items()[0].fields[field] for one in connections]


@pytest.mark.parametrize(("kind", "first", "second"), KINDS)
def test_a_custom_field_of_every_kind_travels_both_ways(
    tmp_path: Path, kind: CustomKind, first: Json, second: Json
) -> None:
    with customized(tmp_path) as world:
        equip(world, "product", [custom("Team", kind, "Core", "Web")], {"Team": "Team"})
        equip(world, "engineering", [custom("Crew", kind, "core", "WEB"), custom("Other", kind)], {"crew": "Team"})
        ids = world.begin(**{"custom:Team": first})
        crew = world.engineering.show("1").fields
        lower = [str(one).lower() for one in first] if isinstance(first, list) else str(first).lower()
        now = crew[CREW]
        assert (sorted(str(one).lower() for one in now) if isinstance(now, list) else str(now).lower()) == lower
        assert crew[Field.custom("Other")] in (None, [], False), "what the mapping does not name is left alone"
        change(
            world, "engineering", ids, CREW, {"Web": "WEB"}.get(str(second), ["WEB"] if second == ["Web"] else second)
        )
        world.settle()
        assert shown(world, TEAM, "product") == [second]
        assert not world.sync(deep=True).total("writes")
        assert not world.conflicts()


def test_an_option_that_a_tool_lacks_is_told_until_it_is_there(tmp_path: Path) -> None:
    with customized(tmp_path) as world:
        equip(world, "product", [custom("Team", CustomKind.SELECT, "Core", "Web")], {"Team": "Team"})
        equip(world, "engineering", [custom("Team", CustomKind.SELECT, "Core")], {"Team": "Team"})
        ids = world.begin(**{TEAM: "Core"})
        change(world, "product", ids, TEAM, "Web")
        world.settle()
        assert shown(world, TEAM, *BOTH) == ["Web", "Core"]
        assert "Team has no option 'Web': add it in the tool" in messages(world)[0]
        world.engineering.learn_option(TEAM, "Web")
        world.settle(deep=True)
        assert shown(world, TEAM, *BOTH) == ["Web", "Web"]
        assert not messages(world)


def test_an_option_is_made_where_the_mapping_says_so(tmp_path: Path) -> None:
    with customized(tmp_path) as world:
        equip(world, "product", [custom("Team", CustomKind.MULTI, "Core", "Web")], {"Team": "Team"})
        making: dict[str, Json] = {"Team": {"shows": "Team", "options": {"create": True}}}
        equip(world, "engineering", [custom("Team", CustomKind.MULTI)], making)
        world.begin(**{TEAM: ["Core", "Web"]})
        assert shown(world, TEAM, *BOTH) == [["Core", "Web"]] * 2
        assert [one.name for one in world.engineering.names.custom[0].options] == ["Core", "Web"]


def test_what_each_tool_adds_to_a_set_is_in_all_of_them(tmp_path: Path) -> None:
    with customized(tmp_path) as world:
        for name in BOTH:
            equip(world, name, [custom("Team", CustomKind.MULTI, "Core", "Web", "Ops")], {"Team": "Team"})
        equip(world, "delivery", [custom("Team", CustomKind.SELECT, "core", "web", "ops")], {"Team": "Team"})
        ids = world.begin(**{TEAM: ["Core"]})
        change(world, "product", ids, TEAM, ["Core", "Web"])
        change(world, "engineering", ids, TEAM, ["Ops"])
        world.settle()
        assert shown(world, TEAM, *BOTH) == [["Ops", "Web"]] * 2
        (now,) = shown(world, TEAM, "delivery")
        assert now in ("ops", "web")
        assert any("holds one only" in one for one in messages(world))
        change(world, "delivery", ids, TEAM, None)
        world.settle()
        assert shown(world, TEAM, *BOTH) == [[{"ops": "Web", "web": "Ops"}[str(now)]]] * 2, "what was taken out is out"


def test_two_edits_of_a_custom_field_are_a_conflict_and_its_history_is_kept(tmp_path: Path) -> None:
    with customized(tmp_path) as world:
        for name in BOTH:
            equip(world, name, [custom("Team", CustomKind.TEXT)], {"Team": "Team"})
        ids = world.begin(**{TEAM: "one"})
        change(world, "product", ids, TEAM, "two")
        change(world, "engineering", ids, TEAM, "three")
        world.settle()
        assert shown(world, TEAM, *BOTH) == ["two", "two"], "nobody owns it: the order of the members decides"
        (conflict,) = world.conflicts()
        assert conflict.field is TEAM
        (item,) = next(iter(world.store.items.every(NAME)))
        rows = world.store.journal.history(item=item.item.id)
        assert [row.after for row in rows if row.field is TEAM][-1] == "two"


def test_what_a_tool_only_tells_is_read_and_never_written_nor_told_about(tmp_path: Path) -> None:
    spent, sprint = Field.TIME_SPENT, Field.SPRINT
    both = frozenset({spent, sprint})
    with customized(tmp_path) as world:
        equip(world, "engineering", fields=both, read_only=both)
        theirs = [custom("Hours", CustomKind.NUMBER), custom("Iteration", CustomKind.SELECT, "Sprint 1")]
        equip(world, "product", theirs, {"Hours": "time_spent", "Iteration": "sprint"})
        ids = world.begin()
        world.engineering.edit(ids["engineering"], time_spent=3.5, sprint="Sprint 1")
        world.settle()
        assert shown(world, Field.custom("Hours"), "product") == [3.5]
        assert shown(world, Field.custom("Iteration"), "product") == ["Sprint 1"]
        change(world, "product", ids, Field.custom("Hours"), 9.0)
        world.settle()
        assert shown(world, spent, "engineering") == [3.5]
        assert not messages(world)
        world.engineering.edit(ids["engineering"], time_spent=4.0)
        world.settle()
        assert shown(world, Field.custom("Hours"), "product") == [4.0]


def test_releases_are_a_set_even_where_a_tool_has_one_custom_field_for_them(tmp_path: Path) -> None:
    with customized(tmp_path) as world:
        equip(world, "engineering", fields=frozenset({Field.RELEASE}))
        equip(world, "product", [custom("Version", CustomKind.TEXT)], {"Version": "Release"})
        ids = world.begin(**{"custom:Version": "1.0"})
        assert shown(world, Field.RELEASE, "engineering") == [["1.0"]]
        world.engineering.edit(ids["engineering"], release=["1.0", "1.1"])
        world.settle()
        assert shown(world, Field.custom("Version"), "product") == ["1.0"]
        world.product.edit(ids["product"], **{"custom:Version": "2.0"})
        world.settle()
        assert shown(world, Field.RELEASE, "engineering") == [["1.1", "2.0"]]


def linked(world: Memories) -> None:
    for name in world.tools:
        equip(world, name, fields=frozenset({Field.LINKS}))


def by_title(world: Memories, connection: str) -> dict[str, tuple[str, Json]]:
    return {
        str(one.fields[Field.TITLE]): (one.ref.id, one.fields[Field.LINKS]) for one in world.tools[connection].items()
    }


def test_links_lead_to_the_same_items_in_every_tool(tmp_path: Path) -> None:
    with customized(tmp_path) as world:
        linked(world)
        second = world.product.add(title="Second")
        third = world.product.add(title="Third")
        world.product.add(title="First")
        world.product.edit("3", links=[f"blocks:{second}", f"relates:{third}"])
        world.settle()
        for name in world.tools:
            there = by_title(world, name)
            wanted = sorted([f"blocks:{there['Second'][0]}", f"relates:{there['Third'][0]}"])
            assert there["First"][1] == wanted, name
        there = by_title(world, "delivery")
        world.delivery.edit(there["First"][0], links=[f"relates:{there['Third'][0]}"])
        world.settle()
        assert by_title(world, "product")["First"][1] == [f"relates:{third}"]


def test_a_link_out_of_the_sync_stays_and_travels_once_it_leads_to_an_item(tmp_path: Path) -> None:
    with customized(tmp_path) as world:
        linked(world)
        ids = world.begin()
        outside = world.engineering.add(title="Outside")
        world.engineering.move_out(outside)
        world.engineering.edit(ids["engineering"], links=[f"blocks:{outside}"])
        world.settle()
        world.product.edit(ids["product"], due="2026-06-01")
        world.settle(deep=True)
        assert by_title(world, "engineering")["Pay by card"][1] == [f"blocks:{outside}"]
        assert by_title(world, "product")["Pay by card"][1] == []
        world.engineering.move_out(outside, admitted=True)
        world.settle(deep=True)
        there = by_title(world, "product")
        assert there["Pay by card"][1] == [f"blocks:{there['Outside'][0]}"]


def test_check_tells_what_does_not_fit(tmp_path: Path) -> None:
    with customized(tmp_path) as world:
        equip(world, "product", [custom("Team", CustomKind.TEXT)], {"Team": "Team", "Gone": "Gone"})
        equip(world, "engineering", [custom("Team", CustomKind.NUMBER)], {"Team": "Team"})
        told = [one.finding.message for one in check_all(world.config, world.store, world.clock).findings]
        assert any("there is no custom field 'Gone' here" in one for one in told)
        assert any("'Team' is a number here, and 'Team' is a text or a choice elsewhere" in one for one in told)
        report: Report = world.settle()
        assert report.status == "ok"


def test_check_tells_once_for_each_field_which_options_are_lacking_where(tmp_path: Path) -> None:
    select, many = CustomKind.SELECT, [f"v{number}" for number in range(8)]
    making: Json = {"shows": "Crew", "options": {"create": True}}
    with customized(tmp_path) as world:
        there = [custom("Team", select, "Core", "Web", "Ops"), custom("Crew", select, "a")]
        there.append(custom("Version", select, *many))
        equip(world, "product", there, {"Team": "Team", "Crew": "Crew", "Version": "release"})
        here = [custom("Team", select, "core", "QA"), custom("Crew", select), custom("Version", CustomKind.MULTI)]
        equip(world, "engineering", here, {"Team": "Team", "Crew": making, "Version": "release"})
        equip(world, "delivery", [custom("Team", CustomKind.TEXT)], {"Team": "Team"})
        found = check_all(world.config, world.store, world.clock).findings
        lacking = {one.finding.message: one for one in found if "options" in one.finding.message}
        assert [*lacking] == [
            f"{name} has options that cannot be shown everywhere: {lacks}"
            for name, lacks in (
                ("release", "engineering lacks 'v0', 'v1', 'v2', 'v3', 'v4' and 3 more"),
                ("Team", "product lacks 'QA'; engineering lacks 'Web', 'Ops'"),
            )
        ], "what a mapping has made, and what any text is, lacks nothing"
        assert all("create: true" in one.finding.remedy for one in lacking.values())


@pytest.mark.parametrize(("direction", "lacks"), [(Direction.BOTH, 2), (Direction.IN, 1), (Direction.OUT, 1)])
def test_an_option_is_lacking_only_where_it_would_travel_to(tmp_path: Path, direction: Direction, lacks: int) -> None:
    members = {"product": MemberConfig(Role.PRODUCT), "engineering": MemberConfig(Role.ENGINEERING, direction)}
    with customized(tmp_path, members=members, create={}) as world:
        equip(world, "product", [custom("Team", CustomKind.SELECT, "Core")], {"Team": "Team"})
        equip(world, "engineering", [custom("Team", CustomKind.SELECT, "Web")], {"Team": "Team"})
        told = [one.finding.message for one in check_all(world.config, world.store, world.clock).findings]
        (found,) = [one for one in told if "options" in one]
        assert found.count("lacks") == lacks
        assert ("engineering lacks 'Core'" in found) == (direction is not Direction.OUT)


def test_the_view_of_an_item_has_its_custom_fields_and_links(tmp_path: Path) -> None:
    with customized(tmp_path) as world:
        for name in BOTH:
            people = custom("Reviewers", CustomKind.PERSON)
            standard = frozenset({Field.LINKS, Field.SPRINT, Field.RELEASE, Field.TIME_SPENT})
            equip(world, name, [people], {"Reviewers": "Reviewers"}, fields=standard)
        second = world.product.add(title="Second")
        said: dict[str, Any] = {"custom:Reviewers": ["u-ada"], "sprint": "May", "release": ["1.0"], "time_spent": 2}
        world.product.add(title="First", **{"links": [f"blocks:{second}"], **said})
        world.settle()
        items = {one.title: one for one in Board(world.config, world.plan_of, world.store).items()}
        first = items["First"]
        assert (first.sprint, first.release, first.time_spent) == ("May", ("1.0",), 2.0)
        assert [(one.kind, one.item) for one in first.links] == [(LinkKind.BLOCKS, items["Second"].id)]
        assert first.custom == {"Reviewers": ["Ada"]}
        assert first.row()["custom"] == {"Reviewers": ["Ada"]}
