"""Items joined by hand: what the two say differently is settled before anything is made of them."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from memories import NAME, Memories

from pmsync.config.settings import FieldConfig
from pmsync.model.fields import Field
from pmsync.reconcile.policy import Rule
from pmsync.store.records import ConflictState
from pmsync.sync.link import home_of
from pmsync.sync.observe import matching_due
from pmsync.sync.resolve import Choice, resolve


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Memories]:
    made = Memories(tmp_path, fields={Field.TITLE: FieldConfig(rule=Rule.MANUAL)})
    yield made
    made.close()


def test_nothing_is_made_of_two_items_whose_titles_a_person_has_to_settle_before_that_is_done(world: Memories) -> None:
    """A copy without a title, or with either's, would be a third opinion."""
    everywhere = world.plan_of.create
    world.configure(fields=world.plan_of.fields, create={})
    board, issue = world.product.add(title="Pay by card"), world.engineering.add(title="Card payments")
    world.sync()
    home = home_of(NAME, "product", board)
    world.store.candidates.decide(NAME, "engineering", issue, f"join:{home}")
    world.store.progress.put_fact(matching_due(NAME), "yes")
    world.configure(fields=world.plan_of.fields, create=everywhere)
    asked: list[str] = []
    world.before.append(asked.append)
    for _ in range(3):
        assert not world.sync().errors
    assert "delivery.create" not in asked

    (conflict,) = world.conflicts(ConflictState.OPEN)
    resolve(world.config, world.store, Choice(conflict.id, "Card payments", "ada"), world.clock)
    world.settle()
    assert [one.fields[Field.TITLE] for one in world.delivery.items()] == ["Card payments"]
