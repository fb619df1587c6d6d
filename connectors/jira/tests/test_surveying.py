"""What a survey tells of the workflow, over HTTP and of workflows made up."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from pmsync.connector.api import Connector
from pmsync.errors import AuthError, TransientError
from pmsync.model.fields import Json
from pmsync.model.finding import Finding
from pmsync_jira import surveying
from pmsync_jira.reach import Workflow, reach
from pmsync_jira.sandbox.workflow import TRANSITIONS
from pmsync_jira.screen import Slot
from pmsync_jira.workflow import Graph, Step

if TYPE_CHECKING:
    from connectors.jira.tests.conftest import Desk, Lab

MakeDesk = Callable[[Connector], "Desk"]
ALL = ("Backlog", "To Do", "Selected for Development", "In Progress", "In Review", "Blocked", "Done", "Won't Do")
NO_RESOLUTION: dict[str, Json] = {"issuetype": "Task"}
OFFERED = "GET issue/{issueIdOrKey}/transitions"


@pytest.fixture
def settled(cloud: "Lab", desk: MakeDesk) -> "Lab":
    """A Jira with a task in every status, and no issue of any other type."""
    return inhabited(cloud, desk)


def inhabited(lab: "Lab", desk: MakeDesk) -> "Lab":
    maker = desk(lab.connect())
    for number, status in enumerate(ALL):
        assert maker.status(maker.made(number, status)) == status
    return lab


def warnings(connector: Connector) -> list[str]:
    return [finding.message for finding in connector.survey() if finding.severity == "warning"]


# --- over HTTP -------------------------------------------------------------------------------------------------------


def test_a_workflow_that_leads_everywhere_with_what_its_forms_require_gives_no_warning(settled: "Lab") -> None:
    (finding,) = settled.connect().survey()
    assert finding.severity == "info"
    assert "Epic, Story, Bug, Sub-task: 'Backlog'" in finding.message
    assert "Task" not in finding.message


@pytest.mark.parametrize("product", ["cloud", "data_center"])
def test_a_field_that_the_defaults_lack_is_warned_of(
    product: str, request: pytest.FixtureRequest, desk: MakeDesk
) -> None:
    lab = inhabited(request.getfixturevalue(product), desk)
    found = [one for one in lab.connect(defaults=NO_RESOLUTION).survey() if one.severity == "warning"]
    assert sorted(one.message.partition(",")[0] for one in found if "'Done'" in one.message) == [
        "the transition to 'Done' from 'In Review' requires 'Resolution'"
    ]
    assert len(found) == 2
    assert all("'Resolution'" in one.remedy and "`defaults:`" in one.remedy for one in found)
    assert any("to \"Won't Do\" from 'Backlog', 'To Do', 'In Progress'" in one.message for one in found)


def test_a_default_that_jira_does_not_allow_is_as_good_as_none(settled: "Lab") -> None:
    assert len(warnings(settled.connect(defaults={"resolution": "Splendid"}))) == 2


def test_a_status_that_no_transition_leads_to_is_warned_of(settled: "Lab", monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(TRANSITIONS, "91")
    (message,) = warnings(settled.connect())
    others = ", ".join(repr(name) for name in ALL if name != "Blocked")
    assert message == f"no way of up to 6 transitions leads to 'Blocked' from {others} (Task)"


def test_a_dead_end_is_one_warning(settled: "Lab", monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(TRANSITIONS, "101")
    (message,) = warnings(settled.connect())
    assert message.endswith("from 'Blocked' (Task)")


def test_a_project_without_issues_is_said_to_be_one(cloud: "Lab") -> None:
    (finding,) = cloud.connect().survey()
    assert (finding.severity, "no issues yet" in finding.message) == ("info", True)


def test_what_is_behind_the_unseen_is_not_warned_of(cloud: "Lab", desk: MakeDesk) -> None:
    desk(cloud.connect()).made(1, "Backlog")
    (finding,) = cloud.connect().survey()
    assert finding.severity == "info"
    assert "Task: 'To Do', 'Selected for Development', 'In Progress'" in finding.message


def test_requests_are_few_and_what_they_taught_is_kept(settled: "Lab", desk: MakeDesk) -> None:
    for number in range(60):
        settled.user("ada").create(f"More {number}")
    connector = settled.connect()
    connector.check()
    connector.vocabulary()
    settled.asked()
    connector.survey()
    assert settled.asked() == {
        "GET project/{projectIdOrKey}/statuses": 1,
        "POST search/jql": 3,
        "POST issue/bulkfetch": 1,
        OFFERED: len(ALL),
    }
    later = desk(settled.connect(memo=connector.memo()))
    settled.asked()
    assert later.status(later.made(99, "Done")) == "Done"
    assert OFFERED not in settled.asked()


def test_a_survey_that_is_cut_short_says_so_and_the_next_goes_on(
    settled: "Lab", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(surveying, "_MOST_ISSUES", 5)
    first = settled.connect()
    assert "cut short" in first.survey()[-1].message
    assert settled.asked()[OFFERED] >= 5
    second = settled.connect(memo=first.memo())
    second.survey()
    assert settled.asked()[OFFERED] == 5
    (finding,) = (one for one in second.survey() if "cut short" not in one.message)
    assert "Task" not in finding.message


def test_an_index_that_is_behind_does_not_teach_what_is_wrong(cloud: "Lab", desk: MakeDesk) -> None:
    at = desk(cloud.connect())
    at.made(1, "To Do")
    id_ = at.made(2, "In Progress").ref.id
    cloud.faults("lag")
    cloud.user("ada").move(id_, "91")
    connector = cloud.connect()
    (finding,) = connector.survey()
    assert "'Blocked'" not in finding.message.partition("Task: ")[2].partition(";")[0]


def test_a_tool_that_cannot_be_asked_raises_as_in_other_reads(settled: "Lab") -> None:
    connector = settled.connect()
    connector.vocabulary()
    settled.faults("500")
    with pytest.raises(TransientError):
        connector.survey()
    settled.faults()
    with pytest.raises(AuthError):
        settled.connect(token="revoked").survey()


# --- workflows made up -----------------------------------------------------------------------------------------------

FORM = (Slot("reason", "Reason", required=True),)
NAMES = {"a": "A", "b": "B", "c": "C"}


def told(graph: Graph, most_hops: int = 6, types: tuple[str, ...] = ("t",)) -> list[tuple[str, str]]:
    """The findings on a workflow in which required fields are never filled."""

    def missing(step: Step) -> tuple[str, ...]:
        return tuple(slot.name for slot in step.screen)

    found: tuple[Finding, ...] = reach(
        graph, [Workflow(type_, type_.upper(), NAMES) for type_ in types], missing, most_hops
    )
    return [(one.severity, one.message) for one in found]


def to(status: str, screen: tuple[Slot, ...] = ()) -> Step:
    return Step(f"to-{status}", status, screen=screen)


CIRCLE = Graph().learn("t", "a", (to("b"),)).learn("t", "b", (to("c"),)).learn("t", "c", (to("a"),))


def test_a_way_round_a_form_is_enough() -> None:
    assert told(CIRCLE) == []
    assert told(CIRCLE.learn("t", "a", (to("c", FORM), to("b")))) == []


def test_only_the_step_that_cannot_be_gone_round_is_named() -> None:
    graph = CIRCLE.learn("t", "a", (to("c", FORM),)).learn("t", "c", (to("a"), to("b")))
    ((severity, message),) = told(graph)
    assert severity == "warning"
    assert "to 'C' from 'A' requires 'Reason'" in message


def test_a_way_too_long_is_none() -> None:
    assert told(CIRCLE, most_hops=2) == []
    assert [message.partition(" transitions ")[2] for _, message in told(CIRCLE, most_hops=1)] == [
        "leads to 'C' from 'A'",
        "leads to 'A' from 'B'",
        "leads to 'B' from 'C'",
    ]


def test_types_alike_share_a_finding_and_others_are_named() -> None:
    dead_end = CIRCLE.learn("t", "c", ())
    both = Graph({**dead_end.seen, **{("u", status): steps for (_, status), steps in dead_end.seen.items()}})
    wording = "no way of up to 6 transitions leads to 'A', 'B' from 'C'"
    messages = [message for _, message in told(both, types=("t", "u"))]
    assert messages == ["no way of up to 6 transitions leads to 'A' from 'B', 'C'", wording.replace("'A', ", "")]
    mixed = Graph({**both.seen, ("u", "c"): (to("a"),)})
    assert all(message.endswith(" (T)") for _, message in told(mixed, types=("t", "u")))
