"""A pass that dies at any of its commits, and people who act between two of its steps: the next pass makes it right."""

import pytest
from trio import TOOLS, Trio

from pmsync.errors import GuardError


class Killed(BaseException):
    """The process is gone: no handler of ours sees it."""


def _die_at(trio: Trio, moment: str) -> None:
    """Run a pass that ends at a commit, as a kill would end it, and open the state again as another process would."""

    def hook(label: str) -> None:
        if label == moment:
            raise Killed

    trio.store.on_commit = hook
    with pytest.raises(Killed):
        trio.sync()
    trio.reopen()


@pytest.mark.parametrize(
    "moment", ["after observed", "before linked", "after linked", "before decided", "after decided"]
)
def test_a_first_pass_that_dies_before_its_first_write_is_made_good(trio: Trio, moment: str) -> None:
    trio.trello.create("Pay by card")
    _die_at(trio, moment)
    trio.settle()
    assert [trio.titles(tool) for tool in TOOLS] == [["Pay by card"]] * 3
    assert trio.verify().agrees


@pytest.mark.parametrize("moment", ["after intents", "before created", "after created", "before clean"])
def test_creates_that_a_crash_interrupts_are_found_again_and_not_made_twice(trio: Trio, moment: str) -> None:
    for number in range(3):
        trio.trello.create(f"Card {number}")
    _die_at(trio, moment)
    trio.settle()
    assert [trio.titles(tool) for tool in TOOLS] == [["Card 0", "Card 1", "Card 2"]] * 3
    assert trio.verify().agrees


@pytest.mark.parametrize("moment", ["after intents", "before written", "after written", "after decided"])
def test_an_update_that_a_crash_interrupts_arrives_once(trio: Trio, moment: str) -> None:
    card = trio.trello.create("Pay by card")
    trio.settle()
    trio.trello.rename(card, "Pay by card or phone")
    _die_at(trio, moment)
    trio.settle()
    assert [trio.titles(tool) for tool in TOOLS] == [["Pay by card or phone"]] * 3
    assert trio.verify().agrees


def test_a_card_archived_while_its_twin_was_edited_is_unlinked_for_good(trio: Trio) -> None:
    card = trio.trello.create("Pay by card")
    trio.settle()
    trio.trello.archive(card)
    trio.jira.rename(trio.find("jira", "Pay by card"), "Pay by phone")
    report = trio.sync()
    assert report.total("unlinked") == 1
    trio.jira.rename(trio.find("jira", "Pay by phone"), "Pay by watch")
    assert trio.settle().total("unlinked") == 0
    assert trio.titles("asana") == ["Pay by watch"]
    assert trio.titles("trello") == []


def test_a_card_archived_between_reading_and_writing_is_noticed(trio: Trio) -> None:
    card = trio.trello.create("Pay by card")
    trio.settle()
    trio.jira.rename(trio.find("jira", "Pay by card"), "Pay by phone")

    def hook(label: str) -> None:
        if label == "after decided":
            trio.store.on_commit = None
            trio.trello.archive(card)

    trio.store.on_commit = hook
    trio.sync()
    trio.settle()
    trio.trello.archive(card, closed=False)
    trio.settle()
    assert [trio.titles(tool) for tool in TOOLS] == [["Pay by phone"]] * 3


def test_an_open_conflict_is_not_settled_while_a_side_of_it_is_out_of_sight(trio: Trio) -> None:
    trio.configure(sync={"fields": {"title": {"conflict": "manual"}}})
    card = trio.trello.create("Pay by card")
    trio.settle()
    trio.trello.rename(card, "Pay by phone")
    trio.asana.rename(trio.find("asana", "Pay by card"), "Pay by watch")
    trio.sync()
    trio.served.faults("asana", "500")
    trio.trello.rename(card, "Pay by telephone")
    trio.sync()
    trio.served.calm("asana")
    trio.settle()
    assert trio.titles("asana") == ["Pay by watch"]
    assert trio.titles("trello") == ["Pay by telephone"]


def test_a_mapping_that_nobody_accepted_writes_nothing_by_the_side_door(trio: Trio) -> None:
    card = trio.trello.create("Pay by card")
    trio.settle()
    places = {"To Do": {"status": "Done", "category": "DONE"}, "Done": {"status": "To Do", "category": "TODO"}}
    mapping = trio.mapping("trello-kanban", statuses=places)
    trio.configure(connections={"product": {"mapping": mapping}})
    before = trio.writes()
    with pytest.raises(GuardError, match="accept-mapping"):
        trio.reconcile(card)
    assert trio.sync().exit_code() == 4
    assert trio.writes() == before
    assert trio.sync(accept_mapping=True).exit_code() == 0


def test_what_looks_like_another_waits_whatever_else_comes(trio: Trio) -> None:
    trio.trello.create("Fix login on Safari")
    trio.jira.create("Fix login in Safari")
    trio.settle()
    trio.trello.create("Something else entirely")
    trio.settle()
    assert "Fix login in Safari" not in trio.titles("trello")
    assert "Fix login on Safari" not in trio.titles("jira")
    assert trio.titles("asana") == ["Something else entirely"]
