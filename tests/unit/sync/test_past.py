"""What a run did, by the history, and what became of it since."""

from datetime import UTC, datetime

import pytest

from pmsync.model.fields import Field, Json
from pmsync.store.records import Change, Run
from pmsync.sync.past import Deed, deeds, reversals

NOW = datetime(2026, 5, 11, 9, 0, tzinfo=UTC)


class Rows(list[Change]):
    """The history of one item in the making."""

    def write(self, run: str, before: Json, after: Json, connection: str = "jira") -> "Rows":
        return self._row(run, "write", connection, Field.TITLE, before, after)

    def edit(self, run: str, before: Json, after: Json, connection: str = "jira") -> "Rows":
        return self._row(run, "observed", connection, Field.TITLE, before, after)

    def act(self, run: str, kind: str, connection: str = "jira", note: str = "") -> "Rows":
        return self._row(run, kind, connection, None, None, None, note)

    def _row(
        self, run: str, kind: str, connection: str, name: Field | None, before: Json, after: Json, note: str = ""
    ) -> "Rows":
        self.append(
            Change(
                run, NOW, kind, "item", connection, f"{connection}-1", name, before, after, None, note, len(self) + 1
            )
        )
        return self


def done(run: str, rows: Rows, **undone: str) -> list[Deed]:
    return list(deeds(run, rows, undone))


def test_what_a_run_wrote_several_times_is_put_back_to_what_stood_before_the_first() -> None:
    (deed,) = done("r1", Rows().write("r1", "a", "b").write("r1", "b", "c"))
    assert (deed.before, deed.after, deed.spared) == ("a", "c", "")


def test_an_edit_between_two_writes_of_one_run_is_what_is_put_back() -> None:
    (deed,) = done("r1", Rows().write("r1", "a", "b").edit("r1", "b", "theirs").write("r1", "theirs", "c"))
    assert (deed.before, deed.after) == ("theirs", "c")


@pytest.mark.parametrize(
    ("rows", "undone", "reason"),
    [
        (Rows().write("r1", "a", "b").write("r2", "b", "c"), {}, "run r2 wrote it since"),
        (Rows().write("r1", "a", "b").edit("r2", "b", "c"), {}, "edited in jira since"),
        (Rows().write("r1", "a", "b").edit("r2", "b", "c", "trello"), {}, "edited in trello since"),
        (Rows().write("r1", "a", "b").write("u1", "b", "a"), {"u1": "r1"}, "run u1 undid it already"),
        (Rows().write("r1", "a", "b").write("r2", "b", "c").write("u2", "c", "b"), {"u2": "r2"}, ""),
        (
            Rows().write("r1", "a", "b").edit("r2", "b", "c", "trello").write("r2", "b", "c").write("u2", "c", "b"),
            {"u2": "r2"},
            "",
        ),
        (
            Rows().write("r1", "a", "b").write("u1", "b", "a").write("u2", "a", "b"),
            {"u1": "r1", "u2": "u1"},
            "",
        ),
        (Rows().write("r1", "a", "b").write("r2", "b", "c", "asana"), {}, ""),
        (Rows().write("r0", "z", "a").edit("r1", "a", "b", "trello").write("r1", "a", "b"), {}, ""),
    ],
)
def test_a_write_is_spared_where_something_came_after_it(rows: Rows, undone: dict[str, str], reason: str) -> None:
    deed = next(one for one in done("r1", rows, **undone) if one.connection == "jira")
    assert deed.spared == reason


@pytest.mark.parametrize(
    ("rows", "undone", "reason"),
    [
        (Rows().act("r1", "created"), {}, ""),
        (Rows().act("r1", "created").write("r1", "a", "b"), {}, ""),
        (Rows().act("r1", "created").edit("r2", "a", "b"), {}, "edited in jira since"),
        (Rows().act("r1", "created").edit("r2", "a", "b", "trello"), {}, ""),
        (Rows().act("r1", "created").write("r2", "a", "b"), {}, "run r2 wrote it since"),
        (Rows().act("r1", "created").write("r2", "a", "b").write("u2", "b", "a"), {"u2": "r2"}, ""),
        (Rows().act("r1", "created").act("u1", "archived"), {"u1": "r1"}, "run u1 undid it already"),
        (Rows().act("r1", "created").act("r2", "unlinked"), {}, "unlinked by run r2 since"),
    ],
)
def test_what_was_created_is_spared_where_somebody_worked_on_it(
    rows: Rows, undone: dict[str, str], reason: str
) -> None:
    deed = next(one for one in done("r1", rows, **undone) if one.kind == "created")
    assert deed.spared == reason


def test_that_an_item_began_is_nothing_to_undo_and_that_two_were_joined_is() -> None:
    rows = Rows().act("r1", "linked", "trello", "new").act("r1", "linked", "jira", "title")
    assert [one.connection for one in done("r1", rows)] == ["jira"]


def test_a_run_that_undid_another_is_known_by_its_command() -> None:
    runs = [
        Run(id_, "s", command, NOW) for id_, command in (("u", "undo r1"), ("v", "undo r2 --item x"), ("w", "sync"))
    ]
    assert reversals(runs) == {"u": "r1", "v": "r2"}
