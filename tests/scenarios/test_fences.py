"""A state restored from a backup, a state lost, a second pmsync: each is recognised; none doubles or loses anything."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from keeping import Keeping
from memories import NAME

from pmsync.errors import GuardError
from pmsync.model.fence import Fence
from pmsync.model.fields import Field, Json
from pmsync.model.native import Marker
from pmsync.store.audit import AuditLog
from pmsync.store.records import ConflictState
from pmsync.sync.fence import ALIVE, Self, Standing, judge, place_of
from pmsync.sync.focus import reconcile_item
from pmsync.testing.clock import START

CONNECTIONS = ("product", "engineering", "delivery")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Keeping]:
    """Three tools in memory, only the middle one with a place for a fence, as Jira among ours."""
    made = Keeping(tmp_path)
    yield made
    made.close()


def _titles(world: Keeping) -> list[list[str]]:
    return [
        sorted(str(one.fields[Field.TITLE]) for one in world.tools[name].items() if not one.archived)
        for name in CONNECTIONS
    ]


def _conflicts(world: Keeping, name: Field) -> list[set[object]]:
    return [
        {claim["value"] for claim in one.values if isinstance(claim, dict)}
        for one in world.conflicts()
        if one.field is name and isinstance(one.values, list)
    ]


# --- judging --------------------------------------------------------------------------------------------------------

OWN = Self("me", 5, "here", {"old": 3})


@pytest.mark.parametrize(
    ("fence", "standing"),
    [
        (("me", 5, "here", 0), Standing.SOUND),
        (("me", 4, "elsewhere", 0), Standing.SOUND),
        (("me", 6, "here", 0), Standing.REWOUND),
        (("me", 6, "elsewhere", 0), Standing.TAKEN),
        (("me", 6, "elsewhere", 8), Standing.REWOUND),
        (("other", 1, "elsewhere", 0), Standing.TAKEN),
        (("other", 1, "here", 0), Standing.TAKEN),
        (("other", 1, "elsewhere", 8), Standing.REWOUND),
        (("old", 3, "elsewhere", 0), Standing.SOUND),
        (("old", 4, "elsewhere", 0), Standing.TAKEN),
    ],
)
def test_a_fence_tells_whether_a_state_is_the_last_one(fence: tuple[str, int, str, int], standing: Standing) -> None:
    instance, epoch, place, days = fence
    written = START - timedelta(days=days)
    assert judge(Fence("roadmap", instance, epoch, written, place), OWN, START) is standing


def test_the_predecessor_at_the_same_place_was_lost_however_lately_it_wrote() -> None:
    own = Self("me", 0, "here", {}, predecessor="old")
    assert judge(Fence("roadmap", "old", 9, START, "here"), own, START) is Standing.REWOUND


def test_a_place_tells_no_password_and_does_not_depend_on_one() -> None:
    place = place_of("postgresql://pmsync:secret@db.acme.io/pmsync")
    assert "secret" not in place
    assert place == place_of("postgresql://pmsync:other@db.acme.io/pmsync")
    assert place != place_of("postgresql://pmsync:secret@db.acme.io/second")


def test_a_fence_is_read_back_as_it_was_written() -> None:
    fence = Fence("roadmap", "me", 5, START, "here")
    assert Fence.from_json(fence.as_json()) == fence
    assert Fence.from_json({"instance": "me"}) is None
    assert Fence.from_json([]) is None


# --- putting up -----------------------------------------------------------------------------------------------------


def test_only_a_pass_that_writes_puts_a_fence_up(world: Keeping) -> None:
    world.sync()
    assert not world.engineering.fences
    world.begin()
    fence = world.engineering.fences[NAME]
    assert (fence.instance, fence.epoch) == (world.store.instance, 1)
    with AuditLog(world.config.audit) as audit:
        assert Fence.from_json(audit.latest("fence", sync=NAME)) == fence


def test_a_quiet_pass_asks_for_no_fence_and_a_fresh_one_is_left_as_it_is(world: Keeping) -> None:
    world.begin()
    asked: list[str] = []
    world.before.append(lambda call: asked.append(call.partition(".")[2]))
    world.sync()
    assert not {"read_fence", "write_fence"} & set(asked)
    world.product.edit("1", title="Pay by phone")
    world.sync()
    assert asked.count("read_fence") == 1
    assert asked.count("write_fence") == 0
    world.clock.advance(3600)
    world.product.edit("1", title="Pay by watch")
    world.sync()
    assert asked.count("write_fence") == 1
    assert world.engineering.fences[NAME].epoch == 3


def test_where_we_may_put_no_fence_up_the_pass_goes_on_without(world: Keeping) -> None:
    for tool in world.tools.values():
        tool.unfenced.add("pmsync")
    world.begin()
    assert not world.engineering.fences
    assert _titles(world) == [["Pay by card"]] * 3


# --- a restored backup ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("audit", [True, False], ids=["with the audit log", "with the fence in a tool alone"])
def test_an_edit_after_the_backup_and_one_back_are_a_recorded_conflict(world: Keeping, audit: bool) -> None:
    ids = world.begin(title="x")
    world.backup()
    world.clock.advance(7200)
    world.product.edit(ids["product"], title="y")
    world.settle()
    world.delivery.edit(ids["delivery"], by="linus", title="x")
    world.restore(audit=audit)
    report = world.sync()
    assert any("restored from a backup" in one["message"] for one in report.warnings)
    assert {"x", "y"} in _conflicts(world, Field.TITLE)
    world.settle()
    assert len({titles[0] for titles in _titles(world)}) == 1
    assert world.verify().agrees


def test_a_restored_state_is_not_taken_for_one_twice(world: Keeping) -> None:
    ids = world.begin()
    world.backup()
    world.product.edit(ids["product"], title="Pay by phone")
    world.settle()
    world.restore()
    assert world.sync().warnings
    assert not world.sync().warnings
    assert _titles(world) == [["Pay by phone"]] * 3
    assert not world.conflicts(), "what was everywhere already is no conflict"


def test_a_value_cleared_after_the_backup_does_not_come_back(world: Keeping) -> None:
    ids = world.begin(due="2026-06-01", labels=["payments", "q3"])
    world.backup()
    world.product.edit(ids["product"], due=None, labels=["q3"])
    world.settle()
    world.restore()
    world.settle()
    assert world.show(Field.DUE) == dict.fromkeys(CONNECTIONS)
    assert world.show(Field.LABELS) == {name: ["q3"] for name in CONNECTIONS}


def test_a_value_cleared_and_not_yet_delivered_is_recorded_before_it_is_filled_again(world: Keeping) -> None:
    ids = world.begin(due="2026-06-01")
    world.backup()
    world.product.edit(ids["product"], title="Pay by phone")
    world.settle()
    world.delivery.edit(ids["delivery"], due=None)
    world.restore()
    world.settle()
    assert _conflicts(world, Field.DUE), "the cleared due date is on record"


def test_a_value_cleared_is_recorded_though_the_restored_state_never_knew_the_item(world: Keeping) -> None:
    world.begin(title="Another")
    world.backup()
    world.product.add(title="Refunds", due="2026-06-01")
    world.engineering.add(title="Refunds")
    cleared = world.delivery.add(title="Refunds")
    world.settle()
    world.delivery.edit(cleared, due=None)
    world.restore()
    world.settle()
    assert _conflicts(world, Field.DUE) == [{"2026-06-01", None}], "joined anew by the title, and nothing is forgotten"


def test_sets_are_united_after_a_restore(world: Keeping) -> None:
    ids = world.begin(labels=["a"])
    world.backup()
    world.product.edit(ids["product"], labels=["a", "b"])
    world.settle()
    world.delivery.edit(ids["delivery"], labels=["b", "c"])
    world.restore()
    world.settle()
    assert world.show(Field.LABELS) == {name: ["a", "b", "c"] for name in CONNECTIONS}


def test_a_restored_state_is_not_compared_with_what_a_late_listing_shows(world: Keeping) -> None:
    ids = world.begin(due="2026-06-01")
    world.backup()
    then = world.clock.now()
    world.clock.advance(600)
    world.product.edit(ids["product"], due=None)
    world.settle()
    world.product.edit(ids["product"], due="2026-06-01")
    world.delivery.edit(ids["delivery"], due="2026-06-01")
    world.restore()
    world.engineering.lag = (world.clock.now() - then).total_seconds()
    world.sync()
    world.engineering.lag = 0.0
    world.settle(deep=True)
    assert world.show(Field.DUE) == dict.fromkeys(CONNECTIONS, "2026-06-01")
    assert _conflicts(world, Field.DUE) == [{"2026-06-01", None}]


def test_nothing_is_decided_while_a_tool_is_out_of_sight(world: Keeping) -> None:
    ids = world.begin(title="x")
    world.backup()
    world.product.edit(ids["product"], title="y")
    world.settle()
    world.delivery.edit(ids["delivery"], title="z")
    world.restore()
    world.delivery.revoked.add("pmsync")
    world.sync()
    world.sync()
    assert [titles[0] for titles in _titles(world)] == ["y", "y", "z"]
    world.delivery.revoked.clear()
    world.settle()
    assert {"y", "z"} in _conflicts(world, Field.TITLE)
    assert len({titles[0] for titles in _titles(world)}) == 1


def test_what_was_created_after_the_backup_is_found_again_and_not_made_twice(world: Keeping) -> None:
    world.begin()
    world.backup()
    for name in CONNECTIONS:
        world.tools[name].add(title=f"New in {name}")
    world.settle()
    world.product.edit(world.product.items()[-1].ref.id, title="Renamed since")
    before = {name: len(world.tools[name].items()) for name in CONNECTIONS}
    world.restore()
    report = world.sync()
    assert report.total("created") == 0
    world.settle()
    assert {name: len(world.tools[name].items()) for name in CONNECTIONS} == before
    assert _titles(world)[0] == _titles(world)[1] == _titles(world)[2]


def test_what_was_archived_everywhere_after_the_backup_stays_archived(tmp_path: Path) -> None:
    from pmsync.config.settings import OnDelete

    world = Keeping(tmp_path, on_delete=OnDelete.ARCHIVE)
    ids = world.begin()
    world.backup()
    world.product.archive(ids["product"])
    world.settle()
    assert _titles(world) == [[], [], []]
    world.restore()
    world.settle()
    world.settle()
    assert _titles(world) == [[], [], []]
    assert not world.sync().warnings
    world.close()


def test_a_deletion_is_not_carried_on_by_a_state_that_cannot_be_trusted(tmp_path: Path) -> None:
    from pmsync.config.settings import OnDelete

    world = Keeping(tmp_path, on_delete=OnDelete.ARCHIVE)
    ids = world.begin()
    world.backup()
    world.product.edit(ids["product"], title="Pay by phone")
    world.settle()
    world.product.archive(ids["product"])
    world.restore()
    report = world.settle()
    assert _titles(world) == [[], ["Pay by phone"], ["Pay by phone"]]
    assert any("wait for your decision" in one["message"] for one in report.warnings)
    world.close()


def test_a_plan_over_a_restored_state_shows_what_the_pass_then_does(world: Keeping) -> None:
    ids = world.begin(title="x")
    world.backup()
    world.product.edit(ids["product"], title="y")
    world.settle()
    world.delivery.edit(ids["delivery"], title="z")
    world.restore()
    planned = [one.kind for one in world.plan()]
    assert "conflict" in planned
    assert [one.kind for one in world.plan()] == planned, "a plan leaves nothing behind"
    report = world.sync()
    assert report.total("conflicts") == planned.count("conflict")


def test_one_item_is_not_reconciled_by_a_restored_state(world: Keeping) -> None:
    ids = world.begin()
    world.backup()
    world.product.edit(ids["product"], title="Pay by phone")
    world.settle()
    world.restore()
    with pytest.raises(GuardError, match="pmsync sync"):
        reconcile_item(world.config, world.plan_of, world.store, ids["product"], world.clock)


def test_a_conflict_that_waits_for_a_person_still_waits_after_a_restore(tmp_path: Path) -> None:
    from pmsync.config.settings import FieldConfig
    from pmsync.reconcile.policy import Rule

    world = Keeping(tmp_path, fields={Field.TITLE: FieldConfig(rule=Rule.MANUAL)})
    ids = world.begin(title="x")
    world.backup()
    world.product.edit(ids["product"], due="2026-06-01")
    world.settle()
    world.product.edit(ids["product"], title="y")
    world.delivery.edit(ids["delivery"], title="z")
    world.settle()
    world.restore()
    world.settle()
    assert [titles[0] for titles in _titles(world)] == ["y", "x", "z"]
    assert [one.field for one in world.conflicts(ConflictState.OPEN)] == [Field.TITLE]
    world.close()


# --- a lost state ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("audit", [True, False], ids=["the audit log is left", "all is lost"])
def test_a_plain_sync_on_a_lost_state_doubles_nothing(world: Keeping, audit: bool) -> None:
    for number in range(3):
        world.product.add(title=f"Card {number}")
        world.engineering.add(title=f"Issue {number}")
    world.settle()
    world.engineering.edit("1", title="Renamed meanwhile")
    before = {name: len(world.tools[name].items()) for name in CONNECTIONS}
    world.lose(audit=audit)
    if audit:
        report = world.sync()
        assert report.total("created") == 0
        assert any("lost or given up" in one["message"] for one in report.warnings)
    else:
        assert world.sync().exit_code() == 4
        world.rebuild()
    world.settle()
    assert {name: len(world.tools[name].items()) for name in CONNECTIONS} == before
    assert world.verify().agrees


@pytest.mark.parametrize("fence", [False, True], ids=["no place for a fence", "one"])
def test_a_rebuilt_state_knows_items_and_links_and_sends_nothing(world: Keeping, fence: bool) -> None:
    world.engineering.capabilities = replace(world.engineering.capabilities, fence=fence)
    world.begin()
    world.engineering.add(title="Second")
    world.settle()
    world.delivery.edit("1", title="Pay by phone")
    world.lose(audit=False)
    writes: list[str] = []
    world.before.append(writes.append)
    found = world.rebuild()
    assert not [one for one in writes if one.endswith((".create", ".update", ".archive", ".write_fence"))]
    assert found.items == 2
    assert dict(found.linked) == dict.fromkeys(CONNECTIONS, 2)
    assert {one.why for one in found.links} == {"marker"}
    assert [one.kind for one in world.plan()].count("conflict") == 1
    world.settle()
    assert _conflicts(world, Field.TITLE) == [{"Pay by card", "Pay by phone"}]


def test_a_twin_whose_other_half_is_gone_is_held_by_a_rebuilt_state(world: Keeping) -> None:
    ids = world.begin()
    world.product.delete(ids["product"])
    world.delivery.delete(ids["delivery"])
    world.lose()
    found = world.rebuild()
    assert [(one.connection, one.why.partition(" (")[0]) for one in found.waiting] == [
        ("engineering", "made by pmsync for an item that this state does not know")
    ]
    world.settle()
    assert _titles(world) == [[], ["Pay by card"], []]


def test_twins_find_each_other_when_the_first_of_them_is_gone_which_is_not_made_again(world: Keeping) -> None:
    ids = world.begin()
    world.product.delete(ids["product"])
    world.lose()
    world.engineering.edit(ids["engineering"], title="Pay by phone")
    assert world.rebuild().items == 1
    world.settle()
    assert [len(titles) for titles in _titles(world)] == [0, 1, 1]
    assert _titles(world)[1] == _titles(world)[2]


def test_a_rebuild_of_a_state_that_is_not_empty_compares_everything_afresh(world: Keeping) -> None:
    ids = world.begin()
    world.product.edit(ids["product"], title="Pay by phone")
    found = world.rebuild()
    assert found.items == 1
    assert not found.links
    world.settle()
    assert {"Pay by card", "Pay by phone"} in _conflicts(world, Field.TITLE)


def test_a_rebuild_needs_every_tool(world: Keeping) -> None:
    from pmsync.errors import AuthError

    world.begin()
    world.lose()
    world.delivery.revoked.add("pmsync")
    with pytest.raises(AuthError):
        world.rebuild()
    assert not list(world.store.items.every(NAME))


# --- a second pmsync ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("audit", ["audit.jsonl", "second.jsonl"], ids=["one audit log", "two"])
def test_a_second_pmsync_stops_before_its_first_write(world: Keeping, audit: str) -> None:
    ids = world.begin()
    first = world.store.instance
    world.product.edit(ids["product"], title="Pay by phone")
    world.move("second.db", audit=audit)
    writes: list[str] = []
    world.before.append(writes.append)
    report = world.sync()
    assert report.exit_code() == 4
    assert first in report.errors[0]["message"]
    assert "pmsync rebuild" in report.errors[0]["message"]
    assert not [one for one in writes if one.endswith((".create", ".update", ".archive", ".write_fence"))]
    assert world.plan() is not None


def test_after_a_take_over_the_first_pmsync_stops(world: Keeping) -> None:
    ids = world.begin()
    world.move("second.db", audit="second.jsonl")
    world.rebuild()
    world.product.edit(ids["product"], title="Pay by phone")
    assert world.settle().exit_code() == 0
    assert _titles(world) == [["Pay by phone"]] * 3
    world.move("pmsync.db")
    world.product.edit(ids["product"], title="Pay by watch")
    assert world.sync().exit_code() == 4
    assert _titles(world)[1] == ["Pay by phone"]


def test_the_first_pmsync_that_writes_on_stops_the_one_that_took_over(world: Keeping) -> None:
    ids = world.begin()
    world.move("second.db", audit="second.jsonl")
    world.rebuild()
    world.move("pmsync.db")
    world.clock.advance(7200)
    world.product.edit(ids["product"], title="Pay by phone")
    assert world.sync().exit_code() == 0
    world.move("second.db", audit="second.jsonl")
    world.product.edit(ids["product"], title="Pay by watch")
    assert world.sync().exit_code() == 4


def test_an_installation_that_has_been_silent_for_long_is_given_up(world: Keeping) -> None:
    ids = world.begin()
    world.clock.advance(ALIVE.total_seconds() + 3600)
    world.product.edit(ids["product"], title="Pay by phone")
    world.move("second.db", audit="second.jsonl")
    report = world.sync()
    assert report.exit_code() == 0
    assert any("lost or given up" in one["message"] for one in report.warnings)
    world.settle()
    assert [len(titles) for titles in _titles(world)] == [1, 1, 1]


def test_a_copy_of_the_state_in_another_place_stops(world: Keeping) -> None:
    ids = world.begin()
    world.copy("second.db")
    world.clock.advance(7200)
    world.product.edit(ids["product"], title="Pay by phone")
    world.settle()
    world.move("second.db", audit="second.jsonl")
    world.product.edit(ids["product"], title="Pay by watch")
    report = world.sync()
    assert report.exit_code() == 4
    assert "copy of this state" in report.errors[0]["message"]


def test_of_two_that_put_a_fence_up_at_once_the_loser_stops(world: Keeping) -> None:
    world.product.add(title="Pay by card")
    other = Fence(NAME, "other", 1, world.clock.now(), "elsewhere")
    calls: list[str] = []

    def interfere(call: str) -> None:
        calls.append(call)
        if call == "engineering.read_fence" and calls.count(call) == 2:
            world.engineering.fences[NAME] = other

    world.before.append(interfere)
    assert world.sync().exit_code() == 4
    assert _titles(world) == [["Pay by card"], [], []]


def test_a_tool_whose_fence_cannot_be_read_is_left_alone_and_the_others_go_on(world: Keeping) -> None:
    from pmsync.errors import AuthError

    world.product.add(title="Pay by card")

    def refuse(call: str) -> None:
        if call == "engineering.read_fence":
            raise AuthError("no", connection="engineering")

    world.before.append(refuse)
    assert world.sync().exit_code() == 5
    assert _titles(world) == [["Pay by card"], [], ["Pay by card"]]
    world.before.clear()
    world.settle()
    assert _titles(world) == [["Pay by card"]] * 3


# --- doubles and copies ---------------------------------------------------------------------------------------------


def _double(world: Keeping, ids: dict[str, str], name: str = "engineering") -> str:
    """What a create whose answer was lost leaves behind, if the listing is late: a second object of ours."""
    twin = world.tools[name].show(ids[name])
    assert isinstance(twin.marker, Marker)
    values = {str(field): value for field, value in twin.fields.items()}
    return world.tools[name].add(by="pmsync", marker=twin.marker, **values)  # type: ignore[arg-type]


def test_what_was_made_twice_is_put_away_with_a_record(world: Keeping) -> None:
    ids = world.begin()
    second = _double(world, ids)
    assert [(one.kind, one.connection) for one in world.plan()] == [("archive", "engineering")]
    report = world.sync()
    assert report.total("archived") == 1
    assert world.engineering.show(second).archived
    assert not world.engineering.show(ids["engineering"]).archived
    (row,) = world.store.journal.history(kind="archived")
    assert (row.remote_id, row.note) == (second, "made twice by pmsync for one item")
    world.settle()
    assert _titles(world) == [["Pay by card"]] * 3


@pytest.mark.parametrize("field", ["title", "labels"])
def test_what_was_made_twice_and_edited_since_waits_for_a_person(tmp_path: Path, field: str) -> None:
    world = Keeping(tmp_path, history=frozenset({Field.STATUS}) if field == "labels" else frozenset(Field.standard()))
    ids = world.begin()
    second = _double(world, ids)
    edits: dict[str, dict[str, Json]] = {"title": {"title": "Worked with"}, "labels": {"labels": ["worked-with"]}}
    world.engineering.edit(second, by="grace", **edits[field])
    report = world.sync()
    assert any("made it twice" in one["message"] for one in report.warnings)
    world.settle()
    assert not world.engineering.show(second).archived
    assert [len(titles) for titles in _titles(world)] == [1, 2, 1]
    world.close()


def test_a_lost_state_keeps_the_older_of_two_that_have_one_marker(world: Keeping) -> None:
    ids = world.begin()
    world.clock.advance(60)
    second = _double(world, ids)
    world.lose()
    world.rebuild()
    world.settle()
    assert world.engineering.show(second).archived
    assert _titles(world) == [["Pay by card"]] * 3


@pytest.mark.parametrize("lost", [False, True], ids=["known", "lost"])
def test_a_person_s_copy_is_an_item_of_its_own_though_it_has_our_marker(world: Keeping, lost: bool) -> None:
    ids = world.begin()
    if lost:
        world.lose()
    copy = world.engineering.copy(ids["engineering"], by="grace")
    world.engineering.edit(copy, by="grace", title="A copy")
    if lost:
        world.rebuild()
    world.settle()
    assert _titles(world) == [["A copy", "Pay by card"]] * 3
    assert world.verify().agrees


def test_a_copy_of_something_that_is_gone_waits(world: Keeping) -> None:
    ids = world.begin()
    copy = world.engineering.copy(ids["engineering"], by="grace")
    world.engineering.delete(ids["engineering"])
    world.product.delete(ids["product"])
    world.delivery.delete(ids["delivery"])
    world.lose()
    found = world.rebuild()
    assert [(one.id, "somebody else made it" in one.why) for one in found.waiting] == [(copy, True)]
    world.settle()
    assert [len(titles) for titles in _titles(world)] == [0, 1, 0]
