"""What a connector remembers."""

import json
from typing import Any

import pytest

from pmsync_jira.convert import CustomFields
from pmsync_jira.memory import IssueType, Memory, Project, Status, recall
from pmsync_jira.own import OwnField
from pmsync_jira.screen import Slot
from pmsync_jira.workflow import Step

URL = "https://acme.atlassian.net"


def learned() -> Memory:
    memory = Memory(
        URL,
        "ENG",
        base="https://api.atlassian.com/ex/jira/1",
        version="1001",
        account="abc",
        zone="Europe/Berlin",
        epoch_jql=False,
        project=Project("10000", "ENG", "Engineering", desk=True),
        largest_file=1000,
        custom=CustomFields(
            ("c1",), ("c2", "c3"), {"Start date": "c1"}, (OwnField("c4", "Team", "select", (("1", "Payments"),)),)
        ),
        link_types={"blocks": "10000"},
        types={"1": IssueType("Task", 0), "2": IssueType("Sub-task", -1)},
        statuses={"3": Status("In Progress", "indeterminate")},
        people={"JIRAUSER1": "ada"},
    )
    memory.learn_screen("1", (Slot("f", "Field", True, "option", "", False, (("1", "Red"),)),))
    memory.learn_initial("1", "3")
    memory.learn_steps("1", "3", (Step("11", "4", "Done", "done", (Slot("resolution", "Resolution", True),)),))
    return memory


def test_everything_survives_as_json() -> None:
    memory = learned()
    assert recall(json.loads(json.dumps(memory.to_json())), URL, "ENG", cloud=False) == memory


def test_another_scope_keeps_the_site_and_forgets_the_project() -> None:
    memory = recall(learned().to_json(), URL, "OPS", cloud=True)
    assert (memory.base, memory.account) == ("https://api.atlassian.com/ex/jira/1", "abc")
    assert (memory.project, memory.custom, memory.types, memory.screens) == (None, None, {}, {})


def test_another_site_is_begun_anew() -> None:
    assert recall(learned().to_json(), "https://other.atlassian.net", "ENG", cloud=True).base == ""


@pytest.mark.parametrize(
    "damage",
    [{"form": 0}, {"types": 7}, {"graph": [["a"]]}, {"project": ["1"]}, {"screens": {"1": [["x"]]}}, {"people": None}],
)
def test_a_damaged_memo_is_no_memo(damage: dict[str, Any]) -> None:
    memo = learned().to_json()
    assert isinstance(memo, dict)
    assert recall({**memo, **damage}, URL, "ENG", cloud=True) == Memory(URL, "ENG")


@pytest.mark.parametrize("memo", [None, 7, [], "x", {}])
def test_what_is_no_memo_is_none(memo: Any) -> None:
    assert recall(memo, URL, "ENG", cloud=True) == Memory(URL, "ENG")
