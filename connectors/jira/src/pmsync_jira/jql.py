"""JQL as the connector writes it: bounded, quoted, and free of the caller's time zone where Jira lets it. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


@dataclass(frozen=True, slots=True)
class Query:
    """A search within one project, told without yet saying its times in one form or the other."""

    project: str
    """The project's id: keys change."""
    clauses: tuple[str, ...] = ()
    """Empty ones are left out."""
    since: tuple[str, datetime] | None = None
    """A field of a time (`updated`, `created`) and the earliest moment."""
    order: str = ""

    def text(self, zone: str | None = None) -> str:
        """The JQL; with times as text in that time zone, where Jira takes no epoch milliseconds."""
        time = (since(*self.since, zone),) if self.since else ()
        where = project_is(self.project, *self.clauses, *time)
        return f"{where} ORDER BY {self.order}" if self.order else where


def project_is(project_id: str, *clauses: str) -> str:
    """Clauses within one project."""
    return " AND ".join([f"project = {project_id}", *(clause for clause in clauses if clause)])


def filtered(jql: str) -> str:
    """The user's own filter as a clause."""
    return f"({jql})" if jql else ""


def since(field: str, moment: datetime, zone: str | None = None) -> str:
    """`field >= moment`: as epoch milliseconds, which are exact and zone-free, or in the words of an older Jira.

    With `zone` (the profile time zone of the signed-in user, in which Jira reads text dates) the moment is rounded down
    to the minute, and moved back an hour where the clocks' change could make its text mean a later moment.
    """
    if zone is None:
        return f"{field} >= {to_ms(moment)}"
    try:
        there = moment.astimezone(ZoneInfo(zone))
    except (ZoneInfoNotFoundError, ValueError):
        there = (moment - timedelta(hours=26)).astimezone(UTC)
    if there.replace(fold=0).utcoffset() != there.replace(fold=1).utcoffset():
        there -= timedelta(hours=1)
    return f'{field} >= "{there:%Y/%m/%d %H:%M}"'


def before(field: str, moment: datetime) -> str:
    """`field < moment`, for Jira Cloud."""
    return f"{field} < {to_ms(moment)}"


def ids_in(ids: Iterable[str]) -> str:
    """Issues by id."""
    return f"id in ({', '.join(ids)})"


def to_ms(moment: datetime) -> int:
    """A moment as epoch milliseconds, rounded down."""
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)


def from_ms(milliseconds: int) -> datetime:
    """The moment of `to_ms`."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=milliseconds)
