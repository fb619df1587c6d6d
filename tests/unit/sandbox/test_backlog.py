"""The demo's backlog has the traits that make it worth showing."""

from collections import Counter

import pytest

from pmsync.sandbox.backlog import STORIES, share
from pmsync.sandbox.people import PEOPLE

TOOLS = ("asana", "jira", "trello")


def test_it_is_spread_over_the_three_tools() -> None:
    assert {tool: len(share(tool)) for tool in TOOLS} == {"asana": 11, "jira": 16, "trello": 19}
    assert len(STORIES) == 40


def test_every_word_is_one_that_the_emulators_know() -> None:
    assert {story.status for story in STORIES} == {"backlog", "todo", "doing", "review", "done"}
    assert {story.priority for story in STORIES} == {"urgent", "high", "medium", "low"}
    assert {story.type for story in STORIES} == {"epic", "story", "task", "bug"}
    assert {name for story in STORIES for name in (*story.assignees, story.reporter)} <= PEOPLE.keys()
    assert {status for story in STORIES for status in story.elsewhere.values()} <= {story.status for story in STORIES}


def test_six_titles_are_in_two_tools_and_some_in_differing_statuses() -> None:
    both = [story for story in STORIES if len(story.tools) == 2]
    assert len(both) == 6
    assert sum(bool(story.elsewhere) for story in both) == 4
    apple_pay = {tool: story for tool in TOOLS for story in share(tool) if story.title == "Apple Pay at the checkout"}
    assert {tool: story.status for tool, story in apple_pay.items()} == {"trello": "doing", "jira": "review"}


def test_one_title_is_doubled_within_a_tool_and_one_pair_differs_by_a_word() -> None:
    titles = Counter((tool, story.title) for tool in TOOLS for story in share(tool))
    assert [title for title, count in titles.items() if count > 1] == [("trello", "Update the FAQ")]
    assert titles["trello", "Fix login on Safari"] == titles["jira", "Fix login in Safari"] == 1


@pytest.mark.parametrize("tool", TOOLS)
def test_a_parent_is_an_epic_of_the_same_tool_and_comes_first(tool: str) -> None:
    epics: set[str] = set()
    for story in share(tool):
        assert not story.parent or story.parent in epics
        if story.type == "epic":
            epics.add(story.title)


def test_some_have_no_description_and_some_labels_have_a_space() -> None:
    assert sum(not story.description for story in STORIES) >= 4
    assert any(" " in label for story in STORIES for label in story.labels)
    assert any(not story.title.isascii() for story in STORIES)
