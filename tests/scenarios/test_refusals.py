"""What a tool will not take, or has no place for: told with its reason, not tried for ever, and nobody else waits."""

import pytest
from trio import Trio


def test_cards_for_an_archived_list_go_to_the_nearest_that_is_there(trio: Trio) -> None:
    trio.jira.create("In review", "In Review")
    trio.jira.create("Doing", "In Progress")
    trio.trello.call("PUT", f"/lists/{trio.trello.lists['Review']}/closed", {"value": True})
    trio.settle()
    assert trio.item("trello", "In review").place == "Doing"
    assert trio.item("jira", "In review").place == "In Review", "the nearest place elsewhere is no edit"
    assert trio.item("asana", "In review").place == "In Progress"


def test_archiving_a_list_moves_and_ends_nothing(trio: Trio) -> None:
    for number in range(4):
        trio.jira.create(f"Issue {number}", "In Review")
    trio.settle()
    assert {one.place for one in trio.shown("trello").values()} == {"Review"}
    before = trio.everything()
    trio.trello.call("PUT", f"/lists/{trio.trello.lists['Review']}/closed", {"value": True})
    for deep in (False, True, True):
        trio.sync(deep=deep)
    after = trio.everything()
    assert after["jira"] == before["jira"]
    assert after["asana"] == before["asana"]


def test_a_status_that_the_workflow_refuses_is_told_once_with_what_can_be_reached(trio: Trio) -> None:
    """`Done` needs a resolution, and the mapping here has none to give."""
    mapping = trio.mapping("jira-software", defaults={"issuetype": "Task"})
    trio.configure(connections={"engineering": {"mapping": mapping}})
    trio.trello.create("Pay by card", "Doing")
    trio.settle()
    trio.trello.move(trio.find("trello", "Pay by card"), "Done")
    trio.trello.rename(trio.find("trello", "Pay by card"), "Pay by card, done")

    report = trio.sync()
    assert report.exit_code() == 1
    (told,) = [entry for entry in report.errors if entry["connection"] == "engineering"]
    assert told["kind"] == "rejected"
    assert "esolution" in told["message"]
    assert "reachable" in told["message"]
    assert "In Review" in told["message"]
    assert trio.item("trello", "Pay by card, done").place == "Done", "the others are not rolled back"
    assert trio.item("asana", "Pay by card, done").place == "Done ✓"
    assert trio.item("jira", "Pay by card, done").place in ("In Progress", "In Review")

    place, before = trio.item("jira", "Pay by card, done").place, trio.writes()
    for deep in (False, True):
        trio.sync(deep=deep)
    assert trio.writes() == before, "it is not tried again while nothing changes"
    assert trio.item("jira", "Pay by card, done").place == place
    verification = trio.verify()
    assert any("reachable" in held.reason for held in verification.held)

    trio.configure()
    trio.sync(accept_mapping=True)
    trio.trello.move(trio.find("trello", "Pay by card, done"), "Review")
    trio.settle()
    assert trio.item("jira", "Pay by card, done").place == "In Review"


def test_new_items_of_a_status_that_cannot_be_reached_are_made_and_told(trio: Trio) -> None:
    mapping = trio.mapping("jira-software", defaults={"issuetype": "Task"})
    trio.configure(connections={"engineering": {"mapping": mapping}})
    trio.trello.create("Finished before", "Done")
    report = trio.sync()
    assert "Finished before" in trio.titles("jira")
    assert any("esolution" in entry["message"] for entry in report.warnings + report.errors)
    trio.settle(1)
    assert trio.item("trello", "Finished before").place == "Done"
    assert trio.item("asana", "Finished before").place == "Done ✓"


def test_a_place_that_a_tool_lacks_is_shown_by_its_nearest_and_is_stable(trio: Trio) -> None:
    trio.trello.create("Look at it", "Review")
    trio.settle()
    assert trio.item("asana", "Look at it").place == "In Progress"
    assert trio.item("jira", "Look at it").place == "In Review"
    trio.asana.rename(trio.find("asana", "Look at it"), "Look at it again")
    trio.settle()
    assert trio.item("trello", "Look at it again").place == "Review"
    trio.asana.complete(trio.find("asana", "Look at it again"))
    trio.settle()
    assert trio.item("trello", "Look at it again").place == "Done"
    assert trio.item("jira", "Look at it again").place == "Done"


def test_a_label_with_a_space_stays_where_it_is_and_is_told(trio: Trio) -> None:
    card = trio.trello.create("Pay by card")
    trio.trello.label(card, "customer request")
    trio.trello.label(card, "money")
    trio.settle()
    assert trio.item("jira", "Pay by card").labels == ("money",)
    assert trio.item("asana", "Pay by card").labels == ("customer request", "money")
    held = trio.verify().held
    assert any(one.connection == "engineering" and "customer request" in one.reason for one in held)

    trio.jira.label(trio.find("jira", "Pay by card"), "from-jira")
    trio.settle()
    for tool in ("trello", "asana"):
        assert trio.item(tool, "Pay by card").labels == ("customer request", "from-jira", "money")


def test_a_moment_is_a_date_in_a_tool_of_dates_and_stays_a_moment(trio: Trio) -> None:
    card = trio.trello.create("Pay by card")
    trio.trello.edit(card, due="2026-12-24T22:30:00.000Z")
    trio.configure(zone="Europe/Berlin")
    trio.settle()
    assert trio.item("jira", "Pay by card").due == "2026-12-24", "23:30 in Berlin"
    trio.jira.rename(trio.find("jira", "Pay by card"), "Pay by card, renamed")
    trio.settle()
    due = trio.trello.call("GET", f"/cards/{card}")["due"]
    assert due == "2026-12-24T22:30:00.000Z", "the time of day survives an edit in a tool that has none"

    trio.jira.due(trio.find("jira", "Pay by card, renamed"), "2026-12-27")
    trio.settle()
    assert trio.trello.call("GET", f"/cards/{card}")["due"].startswith("2026-12-27")
    assert trio.item("asana", "Pay by card, renamed").due == "2026-12-27"


def test_somebody_who_left_is_kept_where_they_are_and_stops_nothing(trio: Trio) -> None:
    card = trio.trello.create("Pay by card")
    trio.trello.assign(card, "linus")
    trio.settle()
    assert trio.item("jira", "Pay by card").people == ("Linus Pauling",)
    board = trio.trello.board
    trio.trello.close()
    from users import TrelloUser

    admin = TrelloUser(trio.served.bases["trello"], "pmsync")
    admin.call("DELETE", f"/boards/{board}/members/{admin.person('linus')}")
    admin.rename(card, "Pay by card, later")
    trio.settle(deep=True)
    for tool in ("jira", "asana"):
        assert trio.item(tool, "Pay by card, later").people == ("Linus Pauling",)
    before = trio.writes()
    trio.sync(deep=True)
    assert trio.writes() == before
    admin.close()


@pytest.mark.parametrize("rule", ["required on create", "required later"])
def test_a_required_field_comes_from_the_mapping_or_its_lack_is_told(trio: Trio, rule: str) -> None:
    """The resolution that a transition requires, given under `defaults`; the type that a create requires, not given."""
    defaults = {"resolution": "Done"} if rule == "required later" else {"issuetype": "Task", "resolution": "Nonsense"}
    trio.configure(
        connections={"engineering": {"mapping": trio.mapping("jira-software", defaults=defaults)}},
    )
    trio.trello.create("Finished", "Done")
    trio.trello.create("Begun", "Doing")
    report = trio.sync()
    assert trio.item("jira", "Begun").place == "In Progress"
    if rule == "required later":
        assert trio.item("jira", "Finished").place == "Done"
    else:
        assert trio.item("jira", "Finished").place != "Done"
        assert any("esolution" in entry["message"] for entry in report.errors + report.warnings)
    trio.settle(1)
