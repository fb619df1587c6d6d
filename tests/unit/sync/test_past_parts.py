"""What a run did to mirrors of comments, by the history, and what became of them since."""

from datetime import UTC, datetime

import pytest

from pmsync.store.records import Change
from pmsync.sync.parts.past import MirrorDeed, mirror_deeds

NOW = datetime(2026, 5, 11, 9, 0, tzinfo=UTC)
PART = "part-0123456789abcdef"


class Rows(list[Change]):
    """The history of one item in the making."""

    def made(self, run: str, after: str, connection: str = "jira") -> "Rows":
        return self._row(run, "comment made", None, after, connection)

    def edited(self, run: str, before: str, after: str, connection: str = "jira") -> "Rows":
        return self._row(run, "comment edited", before, after, connection)

    def removed(self, run: str, before: str, connection: str = "jira") -> "Rows":
        return self._row(run, "comment removed", before, None, connection)

    def people(self, run: str, kind: str, connection: str) -> "Rows":
        return self._row(run, kind, "a", "b", connection)

    def _row(self, run: str, kind: str, before: str | None, after: str | None, connection: str) -> "Rows":
        said = [{"text": one} if one is not None else None for one in (before, after)]
        self.append(
            Change(run, NOW, kind, "item", connection, f"{connection}-1", None, said[0], said[1], None, PART,  # type: ignore[arg-type]
                   len(self) + 1)
        )  # fmt: skip
        return self


def done(rows: Rows, run: str = "r1", **undone: str) -> list[MirrorDeed]:
    return list(mirror_deeds(run, rows, undone))


def said(deed: MirrorDeed) -> tuple[object, object]:
    return tuple(one["text"] if one else None for one in (deed.before, deed.after))  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("rows", "before", "after"),
    [
        (Rows().made("r1", "a"), None, "a"),
        (Rows().made("r1", "a").edited("r1", "a", "b"), None, "b"),
        (Rows().made("r0", "a").edited("r1", "a", "b").edited("r1", "b", "c"), "a", "c"),
        (Rows().made("r0", "a").edited("r1", "theirs", "b"), "theirs", "b"),
        (Rows().made("r0", "a").edited("r1", "a", "b").removed("r1", "b"), "a", None),
        (Rows().edited("r1", "a", "b").edited("r1", "theirs", "c"), "theirs", "c"),
        (Rows().removed("r1", "a").made("r1", "b"), "a", "b"),
    ],
)
def test_all_that_a_run_did_to_a_mirror_is_one_deed(rows: Rows, before: str | None, after: str | None) -> None:
    (deed,) = done(rows)
    assert said(deed) == (before, after)
    assert deed.spared == ""


def test_what_came_and_went_within_a_run_is_no_deed_and_each_tool_has_its_own() -> None:
    assert done(Rows().made("r1", "a").removed("r1", "a")) == []
    assert [one.connection for one in done(Rows().made("r1", "a").made("r1", "a", "asana"))] == ["jira", "asana"]
    assert done(Rows().people("r1", "comment changed", "trello").people("r1", "mirror edited", "jira")) == []


@pytest.mark.parametrize(
    ("rows", "undone", "reason"),
    [
        (Rows().made("r1", "a").edited("r2", "a", "b"), {}, "run r2 wrote it since"),
        (Rows().made("r1", "a").removed("u1", "a"), {"u1": "r1"}, "run u1 undid it already"),
        (Rows().made("r1", "a").removed("u1", "a").made("u2", "a"), {"u1": "r1", "u2": "u1"}, ""),
        (Rows().made("r1", "a").edited("r2", "a", "b").edited("u2", "b", "a"), {"u2": "r2"}, ""),
        (Rows().made("r1", "a").edited("r2", "a", "b", "asana"), {}, ""),
        (Rows().made("r1", "a").people("r2", "mirror edited", "jira"), {}, "edited in jira since"),
        (Rows().made("r1", "a").people("r2", "mirror edited", "asana"), {}, ""),
        (Rows().made("r1", "a").people("r2", "mirror removed", "jira"), {}, "taken away in jira since"),
        (Rows().made("r1", "a").people("r2", "comment changed", "trello"), {}, "edited in trello since"),
        (Rows().made("r1", "a").people("r2", "comment deleted", "trello"), {}, "taken away in trello since"),
        (Rows().made("r1", "a").people("r2", "comment made twice", "jira"), {}, ""),
        (Rows().removed("r1", "a").people("r2", "comment changed", "trello"), {}, ""),
        (
            Rows().made("r1", "a").people("r2", "comment changed", "trello").edited("r2", "a", "b").edited(
                "u2", "b", "a"
            ),
            {"u2": "r2"},
            "",
        ),
    ],
)  # fmt: skip
def test_what_went_on_from_it_spares_it(rows: Rows, undone: dict[str, str], reason: str) -> None:
    (deed,) = done(rows, **undone)
    assert deed.spared == reason
