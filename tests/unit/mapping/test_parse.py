"""What a mapping may say, and how each mistake is named."""

import pytest

from pmsync.mapping import Custom, Flaw, Mapping, Place, fingerprint, parse
from pmsync.mapping.spec import disagreements
from pmsync.model.fields import Field, Json, StatusCategory

DONE: Json = {"status": "Done", "category": "DONE"}


def test_a_mapping_may_say_little() -> None:
    assert parse({"connector": "trello"}) == Mapping("trello")


def test_a_status_list_is_read_as_its_first() -> None:
    mapping = parse({"connector": "x", "statuses": {"Fin": {"status": ["Done", "Cancelled"], "category": "DONE"}}})
    assert isinstance(mapping, Mapping)
    assert mapping.statuses == {"Fin": Place(("Done", "Cancelled"), StatusCategory.DONE)}


def test_a_custom_field_shows_a_standard_field_or_one_of_the_mappings_own_naming() -> None:
    said: Json = {
        "Team": "Team",
        "Story  Points": "estimate",
        "Version": {"shows": "Release", "options": {"create": True}},
        "Logged": "time spent",
        "Status": "Status",
    }
    mapping = parse({"connector": "x", "custom": said})
    assert isinstance(mapping, Mapping), mapping
    assert mapping.custom == {
        "Team": Custom(Field.custom("Team")),
        "Story  Points": Custom(Field.ESTIMATE),
        "Version": Custom(Field.RELEASE, create=True),
        "Logged": Custom(Field.TIME_SPENT),
        "Status": Custom(Field.custom("Status")),
    }


@pytest.mark.parametrize(
    ("document", "path", "message"),
    [
        ({}, ("connector",), "missing"),
        ({"connector": 5}, ("connector",), "must be a text: put it in quotes"),
        ({"connector": "x", "status": {}}, ("status",), "unknown key"),
        ({"connector": "x", "statuses": []}, ("statuses",), "must be a set of keys"),
        ({"connector": "x", "statuses": {"a": "Done"}}, ("statuses", "a"), "must be like"),
        ({"connector": "x", "statuses": {"a": {"category": "DONE"}}}, ("statuses", "a", "status"), "missing"),
        ({"connector": "x", "statuses": {"a": {"status": "Done"}}}, ("statuses", "a", "category"), "must be one of"),
        (
            {"connector": "x", "statuses": {"a": {"status": [], "category": "DONE"}}},
            ("statuses", "a", "status"),
            "must",
        ),
        (
            {"connector": "x", "statuses": {"a": {"status": ["A", "A"], "category": "DONE"}}},
            ("statuses", "a", "status"),
            "names one twice",
        ),
        (
            {"connector": "x", "statuses": {"a": {"status": "A", "category": "DONE", "completed": "yes"}}},
            ("statuses", "a", "completed"),
            "must be true or false",
        ),
        (
            {"connector": "x", "statuses": {"a": {"status": "A", "category": "DONE", "ticked": True}}},
            ("statuses", "a", "ticked"),
            "unknown key",
        ),
        (
            {"connector": "x", "statuses": {"a": DONE, "b": {"status": "done", "category": "DONE"}}},
            ("statuses", "b", "status"),
            "'done' is also spelled 'Done'",
        ),
        (
            {"connector": "x", "statuses": {"a": DONE, "b": {"status": "Done", "category": "TODO"}}},
            ("statuses", "b", "category"),
            "'Done' is TODO here and DONE in 'a'",
        ),
        ({"connector": "x", "statuses": {"a": DONE}, "completed": "Fin"}, ("completed",), "no place shows 'Fin'"),
        ({"connector": "x", "other": "keep"}, ("other",), "must be one of: collection, ignore, report"),
        ({"connector": "x", "priorities": {"P1": "SOON"}}, ("priorities", "P1"), "must be one of: URGENT"),
        ({"connector": "x", "types": {"Bug": []}}, ("types", "Bug"), "must name at least one"),
        ({"connector": "x", "types": {"Bug": ["BUG", "BUG"]}}, ("types", "Bug"), "names one twice"),
        ({"connector": "x", "labels": {"create": "no"}}, ("labels", "create"), "must be true or false"),
        ({"connector": "x", "labels": {"made": True}}, ("labels", "made"), "unknown key"),
        ({"connector": "x", "custom": {"Team": 5}}, ("custom", "Team"), "must be a text"),
        (
            {"connector": "x", "custom": {"Team": {"shows": "T", "as": "T"}}},
            ("custom", "Team", "as"),
            "unknown key",
        ),
        ({"connector": "x", "custom": {"Team": {}}}, ("custom", "Team", "shows"), "missing"),
        (
            {"connector": "x", "custom": {"Team": {"shows": "T", "options": {"create": 1}}}},
            ("custom", "Team", "options", "create"),
            "must be true or false",
        ),
        ({"connector": "x", "custom": {"Team": "x" * 101}}, ("custom", "Team"), "must have at most 100"),
        ({"connector": "x", "custom": {"Team": "labels"}}, ("custom", "Team"), "is no custom field's to show"),
        ({"connector": "x", "custom": {"Team": "T", "Crew": "T"}}, ("custom", "Crew"), "'Team' shows 'T' already"),
        ({"connector": "x", "defaults": "Task"}, ("defaults",), "must be a set of keys"),
        ({"connector": "x", "estimate": "days"}, ("estimate",), "must be one of: points, hours"),
        ("words", (), "a mapping is a set of keys"),
    ],
)
def test_one_mistake_is_one_flaw_at_its_path(document: Json, path: tuple[str, ...], message: str) -> None:
    flaws = parse(document)
    assert isinstance(flaws, tuple)
    assert [flaw.path for flaw in flaws] == [path]
    assert flaws[0].message.startswith(message)


def test_every_flaw_is_found() -> None:
    flaws = parse({"other": "x", "types": {"Bug": "BUGG"}, "colour": 1})
    assert isinstance(flaws, tuple)
    assert {flaw.path for flaw in flaws} == {("connector",), ("other",), ("types", "Bug"), ("colour",)}
    assert all(isinstance(flaw, Flaw) for flaw in flaws)


def test_the_fingerprint_changes_with_whatever_changes_a_translation() -> None:
    def print_of(people: dict[str, dict[str, str]] | None = None, zone: str = "UTC", **said: Json) -> str:
        mapping = parse({"connector": "x", "statuses": {"a": DONE, "b": DONE}, **said})
        assert isinstance(mapping, Mapping)
        return fingerprint(mapping, people or {}, zone)

    prints = [
        print_of(),
        print_of(zone="Europe/Berlin"),
        print_of(people={"ada": {"x": "1"}}),
        print_of(statuses={"b": DONE, "a": DONE}),
        print_of(completed="Done"),
        print_of(other="ignore"),
        print_of(priorities={"P": "HIGH"}),
        print_of(types={"P": "BUG"}),
        print_of(labels={"create": False}),
        print_of(estimate="hours"),
        print_of(checklists="items"),
        print_of(checklists="description"),
        print_of(custom={"Team": "Team"}),
        print_of(custom={"Team": "Squad"}),
        print_of(custom={"Team": {"shows": "Team", "options": {"create": True}}}),
    ]
    assert len(set(prints)) == len(prints)
    assert print_of() == print_of()
    assert print_of(defaults={"issuetype": "Task"}) == print_of(), "what is only sent on create translates nothing"


def test_mappings_that_cannot_meet_are_named() -> None:
    one = parse({"connector": "x", "statuses": {"a": DONE}, "custom": {"Crew": "Team"}})
    two = parse(
        {
            "connector": "y",
            "statuses": {"a": {"status": "done", "category": "DONE"}},
            "estimate": "hours",
            "custom": {"x": "TEAM"},
        }
    )
    assert isinstance(one, Mapping)
    assert isinstance(two, Mapping)
    assert disagreements({"one": one, "two": two}) == (
        "status 'done' of two is spelled 'Done' in one",
        "custom field 'TEAM' of two is spelled 'Team' in one",
        "estimates are in points in one and hours in two: they cannot be exchanged",
    )


@pytest.mark.parametrize("key", ["checklists", "subtasks"])
def test_what_is_nested_is_ignored_unless_it_is_said_to_be_items(key: str) -> None:
    document: dict[str, Json] = {"connector": "trello", "statuses": {"Done": {"status": "Done", "category": "DONE"}}}
    for said, nested in (({}, False), ({key: "ignore"}, False), ({key: "items"}, True)):
        mapping = parse({**document, **said})
        assert isinstance(mapping, Mapping)
        assert mapping.nested is nested
    flaws = parse({**document, key: True})
    known = "ignore, items, description" if key == "checklists" else "ignore, items"
    assert flaws == (Flaw((key,), f"must be one of: {known}"),)


def test_checklists_are_items_or_in_the_description_and_subtasks_items_alone() -> None:
    document: dict[str, Json] = {"connector": "trello", "statuses": {"Done": {"status": "Done", "category": "DONE"}}}
    mapping = parse({**document, "checklists": "description"})
    assert isinstance(mapping, Mapping)
    assert (mapping.nested, mapping.in_text) == (False, True)
    assert parse({**document, "subtasks": "description"}) == (Flaw(("subtasks",), "must be one of: ignore, items"),)
