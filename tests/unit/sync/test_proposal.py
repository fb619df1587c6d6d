"""Mappings proposed for projects as they are: by name, by meaning, by category; and every status has a place."""

import pytest
from depth import trying
from hypothesis import given
from hypothesis import strategies as st

from pmsync.cli.init.files import literal, mapping_text, scalar
from pmsync.config import source
from pmsync.config.environment import fill
from pmsync.config.shelf import SHELF, load_mapping, shipped
from pmsync.mapping.laws import broken
from pmsync.mapping.parse import parse
from pmsync.mapping.relation import relate
from pmsync.mapping.spec import Mapping
from pmsync.model.fields import StatusCategory
from pmsync.model.vocabulary import Term, Vocabulary
from pmsync.sync.proposal import HUB, Proposal, Why, propose

TRELLO, JIRA, ASANA = (
    load_mapping(SHELF / f"{name}.yaml") for name in ("trello-kanban", "jira-software", "asana-sections")
)


def _vocabulary(
    *statuses: str | tuple[str, StatusCategory], completed: bool = False, priorities: tuple[str, ...] = (),
    types: tuple[str, ...] = (),
) -> Vocabulary:  # fmt: skip
    pairs = [one if isinstance(one, tuple) else (one, None) for one in statuses]
    return Vocabulary(
        container=Term(id="0", name="Project"),
        statuses=tuple(Term(id=f"s{n}", name=name, category=category) for n, (name, category) in enumerate(pairs)),
        completed=completed,
        priorities=tuple(Term(id=f"p{n}", name=name) for n, name in enumerate(priorities)),
        types=tuple(Term(id=f"t{n}", name=name) for n, name in enumerate(types)),
    )


def _read(proposal: Proposal) -> dict[str, str]:
    return {name: place.shows[0] for name, place in proposal.mapping.statuses.items()}


def _shown(proposal: Proposal, vocabulary: Vocabulary) -> set[str]:
    rules = {name: place.shows for name, place in proposal.mapping.statuses.items()}
    return set(relate(rules, vocabulary.statuses).ways)


def test_a_usual_project_takes_the_shipped_mapping_as_it_is() -> None:
    usual = _vocabulary("Backlog", "To Do", "Doing", "Review", "Done")

    found = propose(TRELLO, usual)

    assert found == Proposal(TRELLO, own=False)


def test_types_are_left_alone_where_the_shipped_mapping_says_nothing_of_them() -> None:
    usual = _vocabulary("Backlog", "To Do", "In Progress", "Done", completed=True, types=("Task", "Milestone"))

    assert propose(ASANA, usual) == Proposal(ASANA, own=False)
    assert not propose(ASANA, usual.model_copy(update={"statuses": usual.statuses[1:]})).mapping.types


def test_a_list_that_nothing_is_known_of_does_not_need_a_mapping_of_its_own() -> None:
    found = propose(TRELLO, _vocabulary("Backlog", "To Do", "Doing", "Review", "Done", "Templates"))

    assert not found.own
    assert found.left == ("Templates",)


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("Icebox", "Backlog"), ("🔥 In progress!", "In Progress"), ("ready", "To Do"), ("QA", "In Review"),
        ("Code review", "In Review"), ("ON HOLD", "Blocked"), ("Shipped 🚀", "Done"), ("Won’t do", "Cancelled"),
        ("Erledigt", "Done"), ("À faire", "To Do"), ("En curso", "In Progress"), ("  Waiting   for ", "Blocked"),
    ],
)  # fmt: skip
def test_words_that_mean_the_same_are_known(name: str, status: str) -> None:
    found = propose(TRELLO, _vocabulary("To Do", "Doing", "Done", name))

    assert _read(found)[name] == status
    assert found.guessed == {name: Why.WORD}


def test_the_tools_own_category_decides_where_no_word_does() -> None:
    vocabulary = _vocabulary(
        ("Marinating", StatusCategory.IN_PROGRESS), ("Eaten", StatusCategory.DONE), ("Raw", StatusCategory.TODO)
    )

    found = propose(JIRA, vocabulary)

    assert _read(found) == {"Raw": "To Do", "Marinating": "In Progress", "Eaten": "Done"}
    assert set(found.guessed.values()) == {Why.CATEGORY}
    assert _shown(found, vocabulary) == set(HUB)


def test_a_word_does_not_finish_what_the_tool_says_is_open() -> None:
    found = propose(JIRA, _vocabulary(("To Do", StatusCategory.TODO), ("Resolved", StatusCategory.IN_PROGRESS),
                                      ("Done", StatusCategory.DONE)))  # fmt: skip

    assert _read(found)["Resolved"] == "In Progress"


def test_what_has_no_place_is_shown_by_the_nearest_and_never_by_what_is_finished() -> None:
    vocabulary = _vocabulary("Doing", "Done")

    found = propose(TRELLO, vocabulary)

    assert {name: place.shows for name, place in found.mapping.statuses.items()} == {
        "Doing": ("In Progress", "Backlog", "To Do", "In Review", "Blocked"),
        "Done": ("Done", "Cancelled"),
    }
    assert found.homeless == ()


def test_finished_work_without_a_place_is_told() -> None:
    found = propose(TRELLO, _vocabulary("To Do", "Doing"))

    assert found.homeless == ("Done", "Cancelled")


def test_what_can_be_ticked_off_needs_no_place_for_finished_work() -> None:
    found = propose(ASANA, _vocabulary("To do", "Doing", completed=True))

    assert found.homeless == ("Cancelled",)
    assert found.mapping.completed == "Done"


def test_of_two_places_for_one_status_the_one_of_that_name_is_written() -> None:
    vocabulary = _vocabulary("Next up", "To Do", "Planned", "Doing", "Done")

    relation = relate(
        {name: place.shows for name, place in propose(TRELLO, vocabulary).mapping.statuses.items()}, vocabulary.statuses
    )

    assert relation.ways["To Do"] == "s1"


def test_other_peoples_priorities_and_types_are_known() -> None:
    vocabulary = _vocabulary(
        "To Do", "In Progress", "Done", priorities=("Blocker", "Major", "Minor", "Whatever"),
        types=("Epic", "User Story", "Defect", "Task", "Poem"),
    )  # fmt: skip

    mapping = propose(JIRA, vocabulary).mapping

    assert mapping.priorities == {"Blocker": ("URGENT",), "Major": ("HIGH", "MEDIUM", "NONE"), "Minor": ("LOW",)}
    assert mapping.types == {
        "Epic": ("EPIC", "INITIATIVE"), "User Story": ("STORY",), "Task": ("TASK",), "Defect": ("BUG",),
    }  # fmt: skip


_NAMES = st.one_of(
    st.text(min_size=1, max_size=20).filter(str.strip),
    st.sampled_from(["To Do", "yes", "Done: ${X}", "- a", "# b", "'", '"', "null", "1", "1.5", "{a}", "a\nb", "Ready"]),
)


@trying(25)
@given(st.lists(st.tuples(_NAMES, st.sampled_from([None, *StatusCategory])), max_size=8), st.booleans(),
       st.sampled_from(shipped()))  # fmt: skip
def test_every_proposal_can_be_read_back_from_its_file_and_keeps_the_laws(
    pairs: list[tuple[str, StatusCategory | None]], completed: bool, base: str
) -> None:
    terms = tuple(Term(id=str(number), name=name, category=category) for number, (name, category) in enumerate(pairs))
    vocabulary = Vocabulary(container=Term(id="0", name="Project"), statuses=terms, completed=completed)
    found = propose(load_mapping(SHELF / f"{base}.yaml"), vocabulary)

    origin = source.parse(mapping_text("Tool", "a\nplace # x", found), "mapping.yaml")
    again = parse(origin.data)

    assert origin.problems == ()
    assert isinstance(again, Mapping), again
    assert again == found.mapping
    assert list(again.statuses) == list(found.mapping.statuses)
    assert broken(again) is None


@given(_NAMES)
def test_every_text_survives_a_config_file(text: str) -> None:
    data = source.parse(f"key: {literal(text)}", "config.yaml").data
    plain = source.parse(f"{scalar(text)}: x", "mapping.yaml").data

    assert fill(data, {}, source.Source("config.yaml").problem).data == {"key": text}
    assert plain == {text: "x"}
