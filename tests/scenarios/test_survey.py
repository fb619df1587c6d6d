"""`check` looks at the workflow before anything is synchronised."""

import pytest
from served import Strike
from trio import Trio

from pmsync.sandbox.faults import Kind
from pmsync.sync.check import Checked, check_all

OFFERED = "GET /rest/api/3/issue/{issueIdOrKey}/transitions"


def check(trio: Trio) -> Checked:
    return check_all(trio.config, trio.store, trio.served.clock)


def warnings(found: Checked) -> list[tuple[str, str, str]]:
    return [
        (placed.connection, placed.sync, placed.finding.message)
        for placed in found.findings
        if placed.finding.severity == "warning" and "transition" in placed.finding.message
    ]


@pytest.fixture
def peopled(trio: Trio) -> Trio:
    """A Jira with an issue in progress, from where most statuses are one transition away."""
    trio.jira.create("Pay by card", "In Progress")
    return trio


def test_a_transition_that_requires_what_the_mapping_does_not_give_is_a_warning(peopled: Trio) -> None:
    assert warnings(check(peopled)) == []
    mapping = peopled.mapping("jira-software", defaults={"issuetype": "Task"})
    peopled.configure(connections={"engineering": {"mapping": mapping}})
    ((connection, sync, message),) = warnings(check(peopled))
    assert (connection, sync) == ("engineering", "")
    assert "to \"Won't Do\" from 'In Progress' requires 'Resolution'" in message


def test_a_survey_that_fails_is_a_warning_and_the_rest_is_told(peopled: Trio) -> None:
    peopled.sandbox("jira").aim = lambda route: Strike(Kind.ERROR) if route == OFFERED else None
    found = check(peopled)
    assert found.accounts.keys() == {"product", "engineering", "delivery"}
    assert found.unreachable == {}
    (placed,) = (one for one in found.findings if "not everything could be looked at" in one.finding.message)
    assert (placed.connection, placed.finding.severity) == ("engineering", "warning")


def test_a_check_asks_one_issue_of_each_type_and_status_and_a_pass_none(peopled: Trio) -> None:
    before = peopled.asked()["jira"][OFFERED]
    check(peopled)
    assert peopled.asked()["jira"][OFFERED] == before + 1
    peopled.settle()
    assert peopled.asked()["jira"][OFFERED] == before + 1
