"""Taking back what a run wrote: what is put back, what is spared, what is held, and how the hold ends."""

from dataclasses import replace
from pathlib import Path

import pytest
from keeping import Keeping
from memories import Memories
from undoing import WHO, plan, reasons, renamed, titles, undo

from pmsync.errors import ConfigError, GuardError, LockedError, UnknownOutcomeError
from pmsync.model.fields import Field
from pmsync.store import pass_lock
from pmsync.store.records import ConflictState
from pmsync.sync.resolve import Choice, resolve, value_of
from pmsync.sync.reverse import key_of
from pmsync.sync.undo import Asked, item_of, plan_undo, run_of, run_undo

# --- fields ----------------------------------------------------------------------------------------------------------


def test_what_a_run_wrote_is_put_back_and_the_edit_that_it_carried_stays(world: Memories) -> None:
    _, run = renamed(world)

    done = undo(world, run)

    assert done.report.exit_code() == 0
    assert world.show(Field.TITLE) == {
        "product": "Pay by Visa", "engineering": "Pay by card", "delivery": "Pay by card",
    }  # fmt: skip


def test_a_plan_shows_what_would_be_put_back_and_sends_and_keeps_nothing(world: Memories) -> None:
    _, run = renamed(world)
    before = world.everything()
    history = world.store.journal.history()

    found = plan(world, run)

    assert [(one.kind, one.connection, one.before, one.after) for one in found.reverse.steps] == [
        ("update", "engineering", "Pay by Visa", "Pay by card"),
        ("update", "delivery", "Pay by Visa", "Pay by card"),
    ]
    assert world.everything() == before
    assert world.store.journal.history() == history
    assert not world.conflicts()
    assert world.store.reports.run(found.report.run) is None


def test_only_the_steps_that_were_shown_are_done(world: Memories) -> None:
    _, run = renamed(world)
    shown = frozenset(key_of(one) for one in plan(world, run).reverse.steps if one.connection == "delivery")

    run_undo(world.config, world.plan_of, world.store, Asked(run, WHO), world.clock, only=shown)

    assert titles(world) == ["Pay by Visa", "Pay by Visa", "Pay by card"]


def test_the_next_passes_do_not_do_it_again_and_verify_lists_it_apart(world: Memories) -> None:
    _, run = renamed(world)
    undo(world, run)
    before = world.everything()

    for deep in (False, True, False):
        report = world.sync(deep=deep)
        assert report.total("writes") == 0
        assert report.exit_code() == 0
    verified = world.verify()

    assert world.everything() == before
    assert verified.agrees
    assert {(one.connection, one.field) for one in verified.held} == {
        (name, "title") for name in ("product", "engineering", "delivery")
    }


@pytest.mark.parametrize("connection", ["product", "engineering", "delivery"])
def test_an_edit_in_any_tool_ends_the_hold_and_is_the_only_news(world: Memories, connection: str) -> None:
    ids, run = renamed(world)
    undo(world, run)
    world.sync()
    world.tools[connection].edit(ids[connection], title="Pay by Amex")

    world.settle()

    assert titles(world) == ["Pay by Amex"] * 3
    (conflict,) = world.conflicts()
    assert conflict.state is ConflictState.RESOLVED
    assert world.verify().agrees
    assert not world.verify().held


def test_taking_the_edit_back_by_hand_ends_the_hold_too(world: Memories) -> None:
    ids, run = renamed(world)
    undo(world, run)
    world.product.edit(ids["product"], title="Pay by card")
    world.settle()
    assert titles(world) == ["Pay by card"] * 3
    assert not world.conflicts(ConflictState.OPEN)


@pytest.mark.parametrize(("take", "title"), [("product", "Pay by Visa"), ("engineering", "Pay by card")])
def test_resolving_ends_the_hold_with_the_value_of_either_side(world: Memories, take: str, title: str) -> None:
    _, run = renamed(world)
    undo(world, run)
    (conflict,) = world.conflicts(ConflictState.OPEN)
    resolve(world.config, world.store, Choice(conflict.id, value_of(conflict, take), WHO), world.clock)
    world.settle()
    assert titles(world) == [title] * 3


def test_the_hold_is_a_conflict_with_both_values_who_and_when(world: Memories) -> None:
    _, run = renamed(world)
    undo(world, run)
    (conflict,) = world.conflicts(ConflictState.OPEN)
    assert conflict.policy == "undone"
    assert isinstance(conflict.values, list)
    claims = {str(one["connection"]): one for one in conflict.values if isinstance(one, dict)}
    assert claims["product"]["value"] == "Pay by Visa"
    assert claims["product"]["actor"] == "Ada"
    assert claims["delivery"]["value"] == "Pay by card"
    assert claims["delivery"]["actor"] == WHO
    assert all(one["at"] for one in claims.values())


def test_other_fields_of_the_item_go_on_while_one_is_held(world: Memories) -> None:
    ids, run = renamed(world)
    undo(world, run)
    world.delivery.edit(ids["delivery"], labels=["urgent"])
    world.settle()
    assert list(world.show(Field.LABELS).values()) == [["urgent"]] * 3
    assert len(set(map(str, titles(world)))) == 2


def test_labels_that_were_undone_do_not_come_back_with_another_label(world: Memories) -> None:
    ids = world.begin(labels=["old"])
    world.product.edit(ids["product"], labels=["old", "wrong"])
    run = world.sync().run
    undo(world, run)
    assert world.show(Field.LABELS) == {"product": ["old", "wrong"], "engineering": ["old"], "delivery": ["old"]}
    world.sync()
    world.engineering.edit(ids["engineering"], labels=["old", "new"])
    world.settle()
    assert list(world.show(Field.LABELS).values()) == [["new", "old"]] * 3


def test_what_people_edited_since_is_left_alone_and_told(world: Memories) -> None:
    ids, run = renamed(world)
    world.engineering.edit(ids["engineering"], title="Pay by cheque")

    done = undo(world, run)

    assert not done.reverse.steps
    assert reasons(done) == {"edited in engineering since"}
    assert done.nothing
    assert done.report.exit_code() == 0
    assert titles(world) == ["Pay by Visa", "Pay by cheque", "Pay by Visa"]


def test_an_edit_that_a_later_run_carried_over_is_left_alone(world: Memories) -> None:
    ids, run = renamed(world)
    world.product.edit(ids["product"], title="Pay by Amex")
    later = world.sync().run
    done = undo(world, run)
    assert reasons(done) == {f"run {later} wrote it since"}
    assert titles(world) == ["Pay by Amex"] * 3


def test_an_edit_in_the_last_moment_is_not_written_over(world: Memories) -> None:
    ids, run = renamed(world)
    calls: list[str] = []

    def quick(name: str) -> None:
        calls.append(name)
        if name == "engineering.fetch" and calls.count(name) == 2:
            world.engineering.edit(ids["engineering"], title="Mine")

    world.before.append(quick)
    undo(world, run)
    world.before.clear()
    assert titles(world)[1] == "Mine"
    world.settle()
    assert titles(world) == ["Mine"] * 3


def test_one_item_alone_can_be_put_back(world: Memories) -> None:
    world.product.add(title="One")
    world.product.add(title="Two")
    world.settle()
    for native in world.product.items():
        world.product.edit(native.ref.id, title=f"{native.fields[Field.TITLE]}!")
    run = world.sync().run
    (item,) = world.store.items.find(world.product.items()[1].ref.url)

    undo(world, run, item)

    assert [one.fields[Field.TITLE] for one in world.engineering.items()] == ["One!", "Two"]


# --- undoing an undo, and going on ------------------------------------------------------------------------------------


def test_an_undo_can_be_undone_and_nothing_is_held_then(world: Memories) -> None:
    _, run = renamed(world)
    first = undo(world, run)
    second = undo(world, first.report.run)
    assert second.report.exit_code() == 0
    assert titles(world) == ["Pay by Visa"] * 3
    assert not world.conflicts(ConflictState.OPEN)
    assert world.sync().total("writes") == 0
    assert world.verify().agrees

    undo(world, run)
    assert titles(world) == ["Pay by Visa", "Pay by card", "Pay by card"]


def test_two_runs_can_be_undone_one_after_the_other_the_later_first(world: Memories) -> None:
    ids, first = renamed(world)
    world.product.edit(ids["product"], title="Pay by Amex")
    second = world.sync().run
    undo(world, second)
    undo(world, first)
    assert titles(world) == ["Pay by Amex", "Pay by card", "Pay by card"]
    assert world.sync().total("writes") == 0


def test_to_undo_twice_is_to_undo_once(world: Memories) -> None:
    _, run = renamed(world)
    first = undo(world, run)
    again = undo(world, run)
    assert not again.reverse.steps
    assert reasons(again) == {f"run {first.report.run} undid it already"}
    assert len(world.conflicts()) == 1


def test_what_a_tool_could_not_do_is_reported_and_done_when_it_is_undone_again(world: Memories) -> None:
    _, run = renamed(world)

    def down(name: str) -> None:
        if name == "delivery.update":
            raise UnknownOutcomeError("no answer")

    world.before.append(down)
    done = undo(world, run)
    world.before.clear()
    assert done.report.exit_code() == 1
    assert titles(world) == ["Pay by Visa", "Pay by card", "Pay by Visa"]
    assert world.sync().total("writes") == 0

    assert undo(world, run).report.exit_code() == 0
    assert titles(world) == ["Pay by Visa", "Pay by card", "Pay by card"]
    assert len(world.conflicts(ConflictState.OPEN)) == 1


# --- what cannot be undone --------------------------------------------------------------------------------------------


def test_a_run_that_is_unknown_or_of_another_sync_is_refused_in_one_sentence(world: Memories) -> None:
    run = world.sync().run
    with pytest.raises(ConfigError, match=r"there is no run 'nonsense'; `pmsync history` lists the runs"):
        run_of(world.store, "nonsense", None, {"roadmap"})
    with pytest.raises(ConfigError, match="of the sync 'roadmap', not of 'other'"):
        run_of(world.store, run, "other", {"roadmap", "other"})
    with pytest.raises(ConfigError, match="no longer has"):
        run_of(world.store, run, None, {"other"})
    with pytest.raises(ConfigError, match="no item is called 'ENG-99'"):
        item_of(world.store, "ENG-99", "roadmap")
    assert run_of(world.store, run, None, {"roadmap"}).id == run


def test_a_run_that_wrote_nothing_has_nothing_to_undo(world: Memories) -> None:
    run = world.sync().run
    assert "did nothing" in plan(world, run).nothing
    assert undo(world, run).report.exit_code() == 0


def test_a_run_that_is_still_going_holds_the_lock(world: Memories) -> None:
    config = replace(world.config, state=f"sqlite:///{world.folder}/state.db")
    run = world.sync().run
    with pass_lock(config.state), pytest.raises(LockedError):
        plan_undo(config, world.plan_of, world.store, Asked(run, WHO), world.clock)


def test_a_state_that_was_restored_from_a_backup_undoes_nothing(tmp_path: Path) -> None:
    world = Keeping(tmp_path)
    ids, run = renamed(world)
    world.backup()
    world.product.edit(ids["product"], title="Pay by phone")
    world.settle()
    world.restore()
    before = world.everything()
    for act in (plan, undo):
        with pytest.raises(GuardError, match="pmsync sync"):
            act(world, run)
    assert world.everything() == before
    world.close()


def test_a_tool_that_cannot_be_read_leaves_its_part_and_says_so(world: Memories) -> None:
    _, run = renamed(world)
    world.delivery.revoked.add("pmsync")
    done = undo(world, run)
    assert done.report.exit_code() == 5
    assert titles(world) == ["Pay by Visa", "Pay by card", "Pay by Visa"]
    world.delivery.revoked.clear()
    assert undo(world, run).report.exit_code() == 0
    assert titles(world) == ["Pay by Visa", "Pay by card", "Pay by card"]
