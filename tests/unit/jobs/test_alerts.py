"""When it is told that something is amiss, and that it is well: in histories drawn by seed, and in words."""

import random
from collections.abc import Mapping
from datetime import datetime, timedelta

from pmsync.jobs.alerts import AGAIN, CALM, Condition, Kind, Severity, Status, Told, turns
from pmsync.jobs.notices import documents
from pmsync.store.notices import Alert

START = datetime.fromisoformat("2026-11-22T12:00:00+00:00")
MINUTE = timedelta(minutes=1)
AFTER = timedelta(minutes=15)
CASES = 500


def _condition(key: str = "connection engineering", **more: object) -> Condition:
    given = {"kind": Kind.CONNECTION, "message": "the token is refused", "remedy": "renew it", **more}
    return Condition(key, connection="engineering", **given)  # type: ignore[arg-type]


class History:
    """What was told of what was seen."""

    def __init__(self, after: timedelta = AFTER) -> None:
        self.now = START
        self.after = after
        self.known: dict[str, Alert] = {}
        self.told: list[tuple[datetime, Told]] = []

    def see(self, *seen: Condition, wait: timedelta = MINUTE) -> list[Told]:
        """Look, some time after the last look."""
        self.now += wait
        found = list(turns(self.known, {one.key: one for one in seen}, self.now, self.after))
        for turn in found:
            key = (turn.before or turn.after or Alert("", None, START)).key
            self.known.pop(key, None)
            if turn.after is not None:
                self.known[key] = turn.after
        told = [turn.told for turn in found if turn.told is not None]
        self.told += [(self.now, one) for one in told]
        return told

    def statuses(self) -> list[str]:
        return [one.status.value for _, one in self.told]


def _drawn(seed: int) -> None:
    draw = random.Random(seed)
    history = History(timedelta(minutes=draw.choice((0, 1, 15))))
    at_once = draw.random() < 0.3
    seen: list[tuple[datetime, bool]] = []
    amiss = False
    for _ in range(draw.randint(5, 150)):
        amiss = amiss != (draw.random() < draw.choice((0.05, 0.5)))
        wait = timedelta(seconds=draw.choice((1, 60, 60, 60, 600, 3600, 40_000)))
        told = history.see(*([_condition(at_once=at_once)] if amiss else []), wait=wait)
        assert len(told) <= 1
        seen.append((history.now, amiss))
        for one in told:
            assert (one.status is Status.RAISED) == amiss, "what is said is so"
            if amiss and not at_once and not one.again:
                lasted = [so for at, so in seen if at >= one.since]
                assert all(lasted)
                assert history.now - one.since >= history.after, "it lasted"
    while seen[-1][0] < history.now + 2 * CALM:
        history.see()
        seen.append((history.now, False))
        if history.now > START + timedelta(days=400) or not history.known:
            break
    _check(history)


def _check(history: History) -> None:
    raised: list[datetime] = []
    up = False
    last = START
    for at, one in history.told:
        if one.status is Status.CLEARED:
            assert up, "only what was told to be amiss is told to be well"
            up = False
        elif one.again:
            assert up
            assert at - last >= AGAIN, "what lasts is told once a day"
            last = at
        else:
            assert not up, "what was told is not told twice"
            up, last = True, at
            raised.append(at)
    assert not up, "that it is well is told of whatever was told to be amiss"
    assert not history.known, "nothing is remembered for ever"
    for first, third in zip(raised, raised[2:], strict=False):
        assert third - first >= CALM, "what comes and goes is not told each time"


def test_nothing_is_told_twice_too_early_or_without_its_end() -> None:
    for seed in range(CASES):
        try:
            _drawn(seed)
        except AssertionError as error:
            raise AssertionError(f"seed {seed}: {error}") from error


def test_what_passes_soon_is_not_told() -> None:
    history = History()
    for _ in range(14):
        assert history.see(_condition()) == []
    assert history.see() == []
    assert history.known == {}


def test_what_lasts_is_told_once_then_daily_and_when_it_is_over() -> None:
    history = History()
    for _ in range(60 * 50):
        history.see(_condition())
    history.see()
    history.see()
    assert [at - START for at, _ in history.told] == [
        16 * MINUTE, 16 * MINUTE + AGAIN, 16 * MINUTE + 2 * AGAIN, 3001 * MINUTE,
    ]  # fmt: skip
    assert [(one.status, one.again) for _, one in history.told] == [
        (Status.RAISED, False), (Status.RAISED, True), (Status.RAISED, True), (Status.CLEARED, False),
    ]  # fmt: skip
    assert {one.since for _, one in history.told} == {START + MINUTE}


def test_what_is_known_to_have_begun_earlier_has_lasted_since_then() -> None:
    history = History()
    assert history.see(_condition(since=START - AFTER))


def test_what_comes_and_goes_many_times_an_hour_is_told_to_do_so_once() -> None:
    history = History(timedelta())
    for number in range(200):
        history.see(*([_condition()] if number % 6 < 3 else []))
    assert history.statuses() == ["raised", "cleared", "raised"]
    assert history.told[2][1].flaps
    for _ in range(70):
        history.see()
    assert history.statuses() == ["raised", "cleared", "raised", "cleared"]


def test_what_was_told_first_is_what_is_told_to_be_over() -> None:
    history = History(timedelta())
    history.see(_condition())
    history.see(_condition(kind=Kind.STALE, message="not read"))
    told = history.see()
    assert told[0].what["kind"] == "connection"
    assert told[0].what["message"] == "the token is refused"


def _said(told: list[Told], *secrets: str) -> list[dict[str, str]]:
    return list(documents(told, "0123abcd", secrets))


def test_a_document_says_it_for_programs_and_in_one_line_for_people() -> None:
    history = History(timedelta())
    raised = _said(history.see(_condition(item="01K")))
    history.see(_condition(), wait=timedelta(minutes=25))
    cleared = _said(history.see())
    assert raised == [
        {
            "kind": "connection", "severity": "error", "connection": "engineering", "sync": "", "item": "01K",
            "message": "the token is refused", "remedy": "renew it", "since": "2026-11-22T12:01:00+00:00",
            "instance": "0123abcd", "status": "raised",
            "text": "pmsync alert: engineering, item 01K: the token is refused (since 2026-11-22 12:01 UTC). "
            "What to do: renew it",
        }
    ]  # fmt: skip
    assert cleared[0]["status"] == "cleared"
    assert cleared[0]["text"] == "pmsync: well again after 26 minutes: engineering, item 01K: the token is refused"
    assert {**raised[0], "status": "", "text": ""} == {**cleared[0], "status": "", "text": ""}


def test_nobody_is_called_and_no_secret_is_told() -> None:
    history = History(timedelta())
    evil = "x\n<!everyone> @channel @here hunter2000 \x1b[31m\u2028" + "y" * 5000
    (document,) = _said(history.see(_condition(message=evil)), "hunter2000")
    assert "hunter2000" not in str(document)
    for part in ("<", ">", "@channel", "@here", "\n", "\x1b", "\u2028"):
        assert part not in document["text"]
    assert len(document["text"]) <= 600


def test_a_flood_is_one_document() -> None:
    history = History()
    many = [
        _condition(f"aside {number}", kind=Kind.ASIDE, severity=Severity.WARNING, item=str(number), at_once=True)
        for number in range(30)
    ]
    (raised,) = _said(history.see(_condition(), *many))
    assert raised["message"].startswith("30 times at once")
    assert len(_said(history.see(_condition(), *many[:25]))) == 5
    assert len(_said(history.see())) == 1


def test_a_state_of_another_version_is_no_obstacle() -> None:
    known: Mapping[str, Alert] = {"old": Alert("old", {"message": "something"}, START, told_at=START)}
    (turn,) = turns(known, {}, START + MINUTE, AFTER)
    assert turn.told is not None
    assert _said([turn.told])[0]["message"] == "something"
