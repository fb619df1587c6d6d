"""Which way things travel: members and fields that are only read or only written, and where new items go."""

import pytest
from trio import CONNECTIONS, TOOLS, Trio


def _members(**directions: str) -> dict[str, dict[str, str]]:
    return {one: {"role": one, "direction": directions.get(one, "both")} for one in CONNECTIONS.values()}


def test_a_member_that_is_only_read_is_never_written_to(trio: Trio) -> None:
    create = {"product": ["engineering", "delivery"], "engineering": ["delivery"]}
    trio.configure(sync={"members": _members(product="out"), "create": create})
    trio.trello.create("From Trello")
    trio.jira.create("From Jira")
    trio.settle()
    written = trio.served.writes("trello")
    trio.jira.rename(trio.find("jira", "From Trello"), "Renamed in Jira")
    trio.settle()
    assert trio.served.writes("trello") == written
    assert trio.titles("trello") == ["From Trello"]
    trio.trello.rename(trio.find("trello", "From Trello"), "Renamed in Trello")
    trio.settle()
    assert "Renamed in Trello" in trio.titles("asana")


def test_a_member_that_is_only_written_to_is_never_heard(trio: Trio) -> None:
    trio.configure(sync={"members": _members(delivery="in")})
    trio.trello.create("From Trello")
    trio.settle()
    trio.asana.rename(trio.find("asana", "From Trello"), "Renamed in Asana")
    trio.settle()
    assert [trio.titles(tool) for tool in TOOLS] == [["From Trello"]] * 3, "it is put right again"


def test_a_field_can_travel_one_way_at_one_member(trio: Trio) -> None:
    trio.configure(
        sync={"fields": {"due": {"direction": {"product": "in"}}, "title": {"direction": {"product": "out"}}}}
    )
    trio.trello.create("Pay by card")
    trio.settle()
    trio.trello.due(trio.find("trello", "Pay by card"), "2026-12-01")
    trio.jira.rename(trio.find("jira", "Pay by card"), "Renamed in Jira")
    trio.settle()
    assert trio.titles("trello") == ["Pay by card"]
    assert trio.item("asana", "Renamed in Jira").due == ""
    trio.jira.due(trio.find("jira", "Renamed in Jira"), "2026-12-24")
    trio.settle()
    assert trio.item("trello", "Pay by card").due == "2026-12-24"


def test_without_backfill_only_what_is_newer_than_the_set_up_is_created(trio: Trio) -> None:
    trio.configure(sync={"backfill": False})
    trio.trello.create("Old")
    trio.wait(60)
    trio.settle()
    assert trio.titles("jira") == []
    trio.wait(60)
    trio.trello.create("New")
    trio.settle()
    assert trio.titles("jira") == trio.titles("asana") == ["New"]
    trio.trello.rename(trio.find("trello", "Old"), "Old, renamed")
    trio.settle(deep=True)
    assert trio.titles("jira") == ["New"]


@pytest.mark.parametrize("create", [{}, {"product": ["engineering"]}])
def test_new_items_go_where_the_config_says_and_nowhere_else(trio: Trio, create: dict[str, list[str]]) -> None:
    trio.configure(sync={"create": create})
    trio.trello.create("From Trello")
    trio.jira.create("From Jira")
    trio.asana.create("From Asana")
    trio.settle(deep=True)
    assert trio.titles("trello") == ["From Trello"]
    assert trio.titles("asana") == ["From Asana"]
    assert trio.titles("jira") == (["From Jira", "From Trello"] if create else ["From Jira"])
    assert trio.verify().agrees


def test_a_changed_mapping_writes_nothing_until_it_is_accepted(trio: Trio) -> None:
    trio.trello.create("Look at it", "Review")
    trio.settle()
    statuses = {
        "To Do": {"status": ["To Do", "Backlog"], "category": "TODO"},
        "In Progress": {"status": "In Progress", "category": "IN_PROGRESS"},
        "Done": {"status": ["Done", "Cancelled"], "category": "DONE", "completed": True},
        "Backlog": {"status": ["In Review", "Blocked"], "category": "IN_PROGRESS"},
    }
    mapping = trio.mapping("asana-sections", statuses=statuses)
    trio.configure(connections={"delivery": {"mapping": mapping}})
    before, written = trio.everything(), trio.writes()
    steps = [step for step in trio.plan() if step.sends]
    assert steps, "the plan shows what the new mapping leads to"
    for _ in range(2):
        report = trio.sync()
        assert report.exit_code() == 4
        assert "mapping" in report.errors[-1]["message"]
    assert trio.writes() == written
    assert trio.everything() == before

    trio.sync(accept_mapping=True)
    trio.settle()
    assert trio.verify().agrees
    assert trio.sync().exit_code() == 0
