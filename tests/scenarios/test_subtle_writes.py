"""Subtle cases of writing: windows, lost answers, limits in the middle, servers with a will of their own."""

import json
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from memories import DOING, DONE, FIELDS, Memories
from subtle import Scenario, bundle, claims, keeping, lose_the_answer, memories, naive_engine_fails, once, there

from pmsync.config.settings import OnDelete
from pmsync.errors import TransientError
from pmsync.model.fields import Field, Json
from pmsync.store.records import ItemState

NONE: frozenset[Field] = frozenset()


class Killed(BaseException):
    """The process ends here."""


def test_an_edit_after_the_listing_is_seen_before_a_field_without_history_is_written(tmp_path: Path) -> None:
    """No history would tell that our write covered it, so the look right before the write is all that there is."""
    with memories(tmp_path, history=FIELDS - {Field.TITLE}) as world:
        ids = world.begin()
        world.product.edit(ids["product"], title="Pay by phone")
        once(
            world.before, "engineering.fetch", lambda: world.engineering.edit(ids["engineering"], title="Pay by watch")
        )
        world.settle()
        assert claims(world, Field.TITLE) == [{"Pay by phone", "Pay by watch"}], "both are on record"


@pytest.mark.parametrize("history", [FIELDS, NONE], ids=["", "no history"])
def test_what_a_create_of_unknown_outcome_made_is_no_edit_when_the_item_changed_since(
    tmp_path: Path, history: frozenset[Field]
) -> None:
    """The first POST had worked; what it made shows what was sent then, and the newer title goes there silently."""
    with memories(tmp_path, history=history) as world:
        _create_late(world)
        assert world.show(Field.TITLE) == dict.fromkeys(world.tools, "Pay by phone")
        assert not world.conflicts()


def _create_late(world: Memories) -> None:
    """A create of which no answer comes, that is not found for a while, and is renamed where it comes from."""
    _search_lags(world, 120.0, told=600.0)
    world.product.add(title="Pay by card")
    lose_the_answer(world, "engineering.create")
    world.sync()
    world.product.edit("1", title="Pay by phone")
    for _ in range(3):
        world.sync()
    world.settle()
    assert there(world) == dict.fromkeys(world.tools, 1)


def _search_lags(world: Memories, lag: float, *, told: float) -> None:
    """Have one tool's search and listings lag; `told` is what the connector knows of it."""
    world.engineering.lag = lag
    world.engineering.capabilities = replace(world.engineering.capabilities, consistent_find=False, find_lag=told)


def test_our_own_write_is_nobody_s_edit_though_its_item_was_hidden_when_we_asked(tmp_path: Path) -> None:
    """A label that we added, without an answer, does not come back when the item was out of sight and it was taken off
    since, also where no history would tell whose it was."""
    with memories(tmp_path, history=FIELDS - {Field.LABELS}) as world:
        ids = world.begin(labels=["a"])
        world.product.edit(ids["product"], labels=["a", "b"])
        once(world.after, "engineering.update", lambda: world.engineering.hidden.add(ids["engineering"]))
        lose_the_answer(world, "engineering.update")
        world.sync()
        world.product.edit(ids["product"], labels=["a"])
        world.sync()
        world.engineering.hidden.clear()
        world.settle(deep=True)
        assert world.show(Field.LABELS) == {name: ["a"] for name in world.tools}
        assert not world.conflicts()


@pytest.mark.parametrize(("field", "values"), [("title", ("a", "b", "c")), ("labels", (["a"], ["b"], ["c"]))])
def test_our_own_write_is_nobody_s_edit_though_its_item_was_unlinked_as_deleted(
    tmp_path: Path, field: str, values: tuple[Json, Json, Json]
) -> None:
    """It was out of sight for so long that it counts as deleted; when it shows, it shows what we wrote, and the item is
    another by then. Its history tells who was at work."""
    with memories(tmp_path) as world:
        ids = world.begin(**{field: values[0]})
        world.product.edit(ids["product"], by="ada", **{field: values[1]})
        once(world.after, "engineering.update", lambda: world.engineering.hidden.add(ids["engineering"]))
        lose_the_answer(world, "engineering.update")
        for _ in range(4):
            world.sync(deep=True)
        assert not world.sync().as_json()["errors"], "what is gone is not waited for"
        world.product.edit(ids["product"], by="ada", **{field: values[2]})
        world.sync()
        world.engineering.hidden.clear()
        world.settle(deep=True)
        world.settle()
        assert world.show(Field(field)) == dict.fromkeys(world.tools, values[2])
        assert not [one for one in world.conflicts() if one.field is Field(field)]


def test_what_somebody_edited_in_a_set_while_it_was_unlinked_is_told_from_our_own_write(tmp_path: Path) -> None:
    """Of the labels that are new since it left, one is ours and was taken off elsewhere since; the other travels."""
    with memories(tmp_path) as world:
        ids = world.begin(labels=["a"])
        world.product.edit(ids["product"], labels=["a", "b"])
        once(world.after, "engineering.update", lambda: world.engineering.hidden.add(ids["engineering"]))
        lose_the_answer(world, "engineering.update")
        for _ in range(4):
            world.sync(deep=True)
        world.product.edit(ids["product"], labels=["a"])
        world.sync()
        world.engineering.edit(ids["engineering"], by="grace", labels=["a", "b", "theirs"])
        world.engineering.hidden.clear()
        world.settle(deep=True)
        world.settle()
        assert world.show(Field.LABELS) == {name: ["a", "theirs"] for name in world.tools}


def test_a_write_without_an_answer_is_given_up_when_its_item_is_surely_gone(tmp_path: Path) -> None:
    """What was deleted while we wrote to it is waited for until it is gone for certain, and no longer."""
    with memories(tmp_path) as world:
        ids = world.begin()
        world.product.edit(ids["product"], title="Pay by phone")
        once(world.after, "engineering.update", lambda: world.engineering.delete(ids["engineering"]))
        lose_the_answer(world, "engineering.update")
        for _ in range(4):
            world.sync()
        assert not world.settle().as_json()["errors"]
        assert {one.connection for one in bundle(world).replicas} == {"product", "delivery"}
        assert world.delivery.show(ids["delivery"]).fields[Field.TITLE] == "Pay by phone"


@pytest.mark.parametrize("late", [False, True], ids=["before it is put away", "after it"])
def test_an_archive_of_several_twins_that_a_crash_cuts_short_is_finished(tmp_path: Path, late: bool) -> None:
    """The process dies around putting the first twin away: both follow in the next pass, and the item is over."""
    with memories(tmp_path, on_delete=OnDelete.ARCHIVE) as world:
        ids = world.begin()
        world.product.delete(ids["product"])
        world.sync(deep=True)

        def die() -> None:
            raise Killed

        once(world.after if late else world.before, "engineering.archive", die)
        with pytest.raises(Killed):
            world.sync(deep=True)
        world.settle()
        assert there(world) == dict.fromkeys(world.tools, 0)
        assert bundle(world).item.state is ItemState.DEAD


def test_an_edit_that_had_not_reached_the_deleted_side_holds_the_deletion(tmp_path: Path) -> None:
    """The item changed, and was deleted where the change had not arrived yet: its twins wait for a person."""
    with memories(tmp_path, on_delete=OnDelete.DELETE) as world:
        ids = world.begin()
        world.engineering.edit(ids["engineering"], title="Pay by phone")
        once(world.before, "product.fetch", lambda: world.product.delete(ids["product"]))
        for _ in range(3):
            report = world.sync(deep=True)
        assert there(world) == {"product": 0, "engineering": 1, "delivery": 1}
        assert any("wait for your decision" in one["message"] for one in report.warnings)


def test_a_tool_that_puts_values_into_a_form_of_its_own_is_no_user(tmp_path: Path) -> None:
    """What a server makes of a value is acknowledged as what we sent: it goes nowhere, and is not written again."""
    with memories(tmp_path) as world:
        world.engineering.norms[Field.TITLE] = lambda value: str(value).strip().upper()
        ids = world.begin()
        world.product.edit(ids["product"], title="Pay by phone")
        world.settle(2)
        shown = world.show(Field.TITLE)
        assert shown == {"product": "Pay by phone", "engineering": "PAY BY PHONE", "delivery": "Pay by phone"}
        assert not world.sync(deep=True).total("writes")
        assert not world.conflicts()


def test_a_limit_in_the_middle_of_an_item_leaves_the_rest_for_the_next_pass(tmp_path: Path) -> None:
    """One tool took the change and the other's limit is reached: what was decided stands, and arrives later."""
    with memories(tmp_path) as world:
        ids = world.begin()
        world.product.edit(ids["product"], status=DONE, title="Pay by phone")

        def busy(name: str) -> None:
            if name == "delivery.update":
                raise TransientError("too many requests", after=3600.0)

        world.before.append(busy)
        world.sync()
        assert world.show(Field.STATUS)["engineering"] == DONE
        world.before.remove(busy)
        world.settle()
        assert world.show(Field.STATUS) == dict.fromkeys(world.tools, DONE)
        assert world.show(Field.TITLE) == dict.fromkeys(world.tools, "Pay by phone")
        assert not world.conflicts()


def test_an_edit_back_to_what_a_restored_state_remembers_is_still_an_edit(tmp_path: Path) -> None:
    """Synced from x to y after the backup, and set back to x by somebody since: the old state would not see that."""
    with keeping(tmp_path) as world:
        ids = world.begin(title="x")
        world.backup()
        world.clock.advance(7200)
        world.product.edit(ids["product"], title="y")
        world.settle()
        world.delivery.edit(ids["delivery"], title="x")
        world.restore()
        world.settle()
        assert {"x", "y"} in claims(world, Field.TITLE), "whichever stands, the other is on record"
        assert world.verify().agrees


def test_what_was_overwritten_after_the_backup_is_told_elsewhere_too(tmp_path: Path) -> None:
    """A conflict that was recorded after the backup leaves the state with the restore, and stays in the audit log."""
    with keeping(tmp_path) as world:
        ids = world.begin(status={"place": "to-do"})
        world.backup()
        world.product.edit(ids["product"], status=DOING)
        world.engineering.edit(ids["engineering"], status=DONE)
        world.settle()
        assert claims(world, Field.STATUS) == [{"doing", "done"}]
        world.restore()
        world.settle()
        told = [json.loads(line) for line in world.config.audit.read_text(encoding="utf-8").splitlines()]
        conflicts = [entry for entry in told if entry["kind"] == "conflict"]
        assert [("doing" in str(entry), "done" in str(entry)) for entry in conflicts] == [(True, True)]


@pytest.mark.parametrize(
    ("scenario", "mutant"),
    [
        (test_an_edit_after_the_listing_is_seen_before_a_field_without_history_is_written, "no reading again"),
        (test_an_edit_that_had_not_reached_the_deleted_side_holds_the_deletion, "deletion beats an edit"),
        (test_an_edit_back_to_what_a_restored_state_remembers_is_still_an_edit, "no fence"),
        (test_what_was_overwritten_after_the_backup_is_told_elsewhere_too, "conflicts in the state only"),
        (test_our_own_write_is_nobody_s_edit_though_its_item_was_hidden_when_we_asked, "intents dropped"),
    ],
)
def test_a_naive_engine_fails_it(scenario: Scenario, mutant: str, tmp_path: Path) -> None:
    naive_engine_fails(scenario, mutant, tmp_path)


def test_a_naive_engine_takes_what_an_unanswered_create_made_for_an_edit(tmp_path: Path) -> None:
    scenario = partial(test_what_a_create_of_unknown_outcome_made_is_no_edit_when_the_item_changed_since, history=NONE)
    naive_engine_fails(scenario, "newer body", tmp_path)


def test_a_naive_engine_forgets_half_of_an_archive(tmp_path: Path) -> None:
    scenario = partial(test_an_archive_of_several_twins_that_a_crash_cuts_short_is_finished, late=False)
    naive_engine_fails(scenario, "departure forgotten", tmp_path)
