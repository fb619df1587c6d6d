"""JQL and its times."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from pmsync_jira.jql import Query, before, from_ms, to_ms

MOMENT = datetime(2026, 5, 11, 9, 21, 7, 123_000, tzinfo=UTC)


def test_times_are_epoch_milliseconds() -> None:
    query = Query("10000", ("(labels = x)", ""), ("updated", MOMENT), "updated ASC")
    assert query.text() == f"project = 10000 AND (labels = x) AND updated >= {to_ms(MOMENT)} ORDER BY updated ASC"
    assert from_ms(to_ms(MOMENT)) == MOMENT
    assert before("created", MOMENT) == f"created < {to_ms(MOMENT)}"


@pytest.mark.parametrize("zone", ["UTC", "Australia/Sydney", "America/Los_Angeles", "Asia/Kolkata", "Europe/Berlin"])
@pytest.mark.parametrize("hour", range(0, 24 * 400, 379))
def test_a_time_as_text_never_means_a_later_moment(zone: str, hour: int) -> None:
    moment = MOMENT + timedelta(hours=hour)
    text = Query("1", since=("updated", moment)).text(zone).rpartition(" >= ")[2].strip('"')
    read = datetime.strptime(text, "%Y/%m/%d %H:%M").replace(tzinfo=ZoneInfo(zone))
    for fold in (0, 1):
        meant = read.replace(fold=fold).astimezone(UTC)
        assert moment - timedelta(hours=3) < meant <= moment


def test_the_hour_that_comes_twice_is_read_as_the_earlier() -> None:
    # On 2026-10-25 at 01:00 UTC the clocks in Berlin go from 03:00 back to 02:00.
    moment = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    assert Query("1", since=("updated", moment)).text("Europe/Berlin").endswith('"2026/10/25 01:30"')


def test_an_unknown_zone_only_reads_too_much() -> None:
    text = Query("1", since=("updated", MOMENT)).text("Mars/Olympus")
    assert text.endswith('"2026/05/10 07:21"')
