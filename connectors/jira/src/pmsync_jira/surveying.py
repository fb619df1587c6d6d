"""Looking further than a pass does: which statuses the workflow lets issues reach, by issues that are already there."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence

from pmsync.errors import RejectedError, StaleError
from pmsync.model.finding import Finding
from pmsync_jira.issues import Issues, Raw
from pmsync_jira.jql import Query
from pmsync_jira.memory import Memory
from pmsync_jira.names import Names
from pmsync_jira.reach import Workflow, reach
from pmsync_jira.site import Site
from pmsync_jira.walking import MOST_HOPS, Walker

_MOST_SEARCHES = 8
_MOST_ISSUES = 30
"""With these, the statuses and one bulk fetch, a survey takes 40 requests at the most."""

Pair = tuple[str, str]
"""The ids of an issue type and of a status."""


class Surveying:
    """Asks what issues offer, one of each type and status; touches none. What it learns is for later passes too."""

    def __init__(
        self, site: Site, memory: Memory, names: Names, walker: Walker, *, issues: Callable[[], Issues]
    ) -> None:
        self._site = site
        self._memory = memory
        self._names = names
        self._walker = walker
        self._issues = issues

    def survey(self) -> Sequence[Finding]:
        """As `Connector.survey`."""
        workflows = self._workflows()
        ids, every = self._examples()
        if not ids:
            self._site.prove()
            return (
                Finding(
                    "info",
                    "there are no issues yet, so nothing is known of which statuses the workflow lets them reach",
                    "run `pmsync check` again once there are some",
                ),
            )
        issues = self._issues_by_pair(ids)
        # What is known already comes last, so that the next survey goes on where this one ended.
        pairs = sorted(issues, key=lambda pair: self._memory.graph.steps(*pair) is not None)
        for pair in pairs[:_MOST_ISSUES]:
            self._ask(issues[pair], pair)
        findings = reach(self._memory.graph, workflows, lambda step: self._walker.filling(step).missing, MOST_HOPS)
        return findings if every and len(pairs) <= _MOST_ISSUES else (*findings, _cut_short())

    def _workflows(self) -> tuple[Workflow, ...]:
        types = self._names.types()
        return tuple(
            Workflow(type_, types[type_].name, {id_: status.name for id_, status in statuses.items()})
            for type_, statuses in self._names.workflows().items()
            if type_ in types
        )

    def _examples(self) -> tuple[list[str], bool]:
        """An issue of each type and status that the index lists, and whether those are all; the newest come first."""
        project = self._names.project().id
        found: dict[Pair, str] = {}
        for _ in range(_MOST_SEARCHES):
            known = len(found)
            for raw in self._issues().examples(Query(project, _others(found), order="updated DESC")):
                found.setdefault(_pair(raw), str(raw["id"]))
            if len(found) == known:
                return list(found.values()), True
        return list(found.values()), False

    def _issues_by_pair(self, ids: Sequence[str]) -> Mapping[Pair, str]:
        """Those issues by their type and status as they are in the database: the index may be behind."""
        project = self._names.project().id
        found = {str(raw["id"]): raw for raw in self._issues().by_id(ids)}
        pairs: dict[Pair, str] = {}
        for id_ in ids:
            if id_ in found and str(found[id_]["fields"]["project"]["id"]) == project:
                pairs.setdefault(_pair(found[id_]), id_)
        return pairs

    def _ask(self, issue: str, pair: Pair) -> None:
        try:
            self._walker.remember(issue, *pair)
        except (StaleError, RejectedError):
            # Deleted meanwhile, or closed to us: this one tells nothing, the others may.
            return


def _pair(raw: Raw) -> Pair:
    return str(raw["fields"]["issuetype"]["id"]), str(raw["fields"]["status"]["id"])


def _others(found: Mapping[Pair, str]) -> tuple[str, ...]:
    """JQL for the issues of all other types and statuses than these."""
    statuses: dict[str, list[str]] = defaultdict(list)
    for type_, status in found:
        statuses[type_].append(status)
    return tuple(f"(issuetype != {type_} OR status not in ({', '.join(ids)}))" for type_, ids in statuses.items())


def _cut_short() -> Finding:
    return Finding(
        "info",
        "the look at the workflow was cut short after the most requests that are spent on it (40)",
        "run `pmsync check` again: it looks at what it does not know yet first",
    )
