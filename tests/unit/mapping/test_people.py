"""Who is who."""

import pytest

from pmsync.mapping import match
from pmsync.mapping.people import Known, People
from pmsync.model.vocabulary import Member


def member(native: str, name: str = "", email: str = "", username: str = "", active: bool = True) -> Member:
    return Member(id=native, name=name, email=email, username=username, active=active)


def messages(people: People, severity: str) -> list[str]:
    return [finding.message for finding in people.findings if finding.severity == severity]


def test_the_config_goes_before_the_e_mail_and_the_e_mail_before_the_name() -> None:
    people = match(
        {"ada": {"trello": "ada_l"}},
        {
            "trello": [member("t1", "Countess", username="ada_l"), member("t2", "Grace Hopper")],
            "jira": [member("j1", "Ada Lovelace", "Ada@Acme.io"), member("j2", "Grace Hopper", "grace@acme.io")],
            "asana": [member("a1", "A. Lovelace", "ada@acme.IO"), member("a2", "G. Hopper", "grace@acme.io")],
        },
    )
    assert people.person("trello", "t1") == "ada"
    assert people.person("jira", "j1") == people.person("asana", "a1") == "ada@acme.io"
    assert (
        people.person("jira", "j2") == people.person("asana", "a2") == people.person("trello", "t2") == "grace@acme.io"
    )


def test_a_configured_person_is_joined_by_their_e_mail_elsewhere() -> None:
    people = match(
        {"ada": {"trello": "ada_l"}},
        {"trello": [member("t1", "", "ada@x", "ada_l")], "jira": [member("j1", "Ada", "ada@x")]},
    )
    assert people.person("jira", "j1") == "ada"
    assert people.member("jira", "ada") == "j1"
    assert people.member("trello", "ada@x") == "t1", "an id that they could have gone by is still theirs"
    assert people.on("jira").name("ada") == "Ada"


@pytest.mark.parametrize("handle", ["5b10", "ada_l", "ADA@acme.io", "Ada  Lovelace"])
def test_the_config_may_name_a_member_by_id_user_name_e_mail_or_full_name(handle: str) -> None:
    members = [member("5b10", "Ada Lovelace", "ada@acme.io", "ada_l"), member("6c20", "ada_l")]
    assert match({"me": {"jira": handle}}, {"jira": members}).person("jira", "5b10") == "me"


@pytest.mark.parametrize(
    ("known", "message"),
    [
        ({"ada": {"jira": "nobody"}}, "people.ada.jira: nobody is 'nobody' in jira"),
        ({"ada": {"jira": "John Smith"}}, "people.ada.jira: 2 members are 'John Smith' in jira"),
        ({"ada": {"jira": "j1"}, "eve": {"jira": "j1"}}, "people.eve.jira: John Smith in jira is ada already"),
    ],
)
def test_what_the_config_cannot_mean_is_told(known: Known, message: str) -> None:
    people = match(known, {"jira": [member("j1", "John Smith"), member("j2", "John Smith")]})
    assert message in [finding.message for finding in people.findings]


def test_a_name_that_two_have_matches_nobody() -> None:
    people = match(
        {},
        {"jira": [member("j1", "John Smith"), member("j2", "John Smith")], "trello": [member("t1", "John Smith")]},
    )
    assert len({people.person("jira", "j1"), people.person("jira", "j2"), people.person("trello", "t1")}) == 3
    (told,) = messages(people, "warning")
    assert told == (
        "cannot tell who is who: John Smith in jira, John Smith in jira, John Smith in trello share the name John Smith"
    )


def test_one_name_with_two_e_mails_may_be_two_people() -> None:
    people = match({}, {"jira": [member("j1", "John", "john@a")], "asana": [member("a1", "John", "john@b")]})
    assert people.person("jira", "j1") != people.person("asana", "a1")
    assert messages(people, "warning")


@pytest.mark.parametrize("other", ["Ada Lovelac", "ada lovelace", "Ada", "Ada Lovelace Jr."])
def test_a_name_that_is_nearly_the_same_is_another_person(other: str) -> None:
    people = match({}, {"jira": [member("j1", "Ada Lovelace")], "trello": [member("t1", other)]})
    assert people.person("jira", "j1") != people.person("trello", "t1")
    assert f"{other} in trello is in none of the other tools" in messages(people, "info")


def test_an_e_mail_that_comes_to_light_makes_no_stranger_of_anyone() -> None:
    before = match({}, {"jira": [member("j1", "Ada")], "trello": [member("t1", "Ada")]})
    after = match({}, {"jira": [member("j1", "Ada", "ada@x")], "trello": [member("t1", "Ada")]})
    person = before.person("jira", "j1")
    assert person == "Ada"
    assert after.person("jira", "j1") == "ada@x"
    assert after.member("trello", person) == "t1"


def test_who_has_left_is_known_but_cannot_be_assigned() -> None:
    people = match({}, {"jira": [member("j1", "Al", active=False)], "trello": [member("t1", "Al")]})
    assert people.on("jira").assignable("Al") is None
    assert people.on("trello").assignable("Al") == "t1"
    assert people.member("jira", "Al") == "j1"
    assert messages(people, "info") == ["Al has left jira: nothing can be assigned there"]


def test_nobody_is_known_in_a_connection_that_was_not_matched() -> None:
    people = match({}, {})
    assert people.person("jira", "j1") is None
    assert people.member("jira", "ada") is None
