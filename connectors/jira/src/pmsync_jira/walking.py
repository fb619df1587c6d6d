"""Walking an issue through its workflow: by what has been learned of it, and by learning the rest on the way."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from pmsync.errors import PmsyncError, StaleError, UnknownOutcomeError
from pmsync.model.fields import Json
from pmsync_jira.answers import RefusalError
from pmsync_jira.client import Client
from pmsync_jira.issues import Issues
from pmsync_jira.jql import Query
from pmsync_jira.memory import Memory
from pmsync_jira.screen import Filling, fill
from pmsync_jira.workflow import Step, Venture, steps_of

MOST_HOPS = 6
_MOST_TRIES = 12


@dataclass(frozen=True, slots=True)
class Walk:
    """Where a walk ended, and why it ended short of its goal ("" if it did not)."""

    status: str
    reason: str = ""


@dataclass(slots=True)
class _Trip:
    """One walk under way."""

    issue: str
    type: str
    status: str
    goal: str
    start: str
    offered: bool = False
    """Whether this very issue's transitions were read in its present status."""
    hops: int = 0
    sampled: bool = False
    ventured: bool = False
    barred: dict[tuple[str, str], str] = field(default_factory=dict)
    """(status, transition) that this issue was refused, with Jira's words."""


class Walker:
    """Moves issues. `defaults` fill what a transition's form requires; `text` makes documents of long ones."""

    def __init__(
        self,
        client: Client,
        memory: Memory,
        *,
        issues: Callable[[], Issues],
        defaults: Mapping[str, Json],
        text: Callable[[str], Json],
    ) -> None:
        self._client = client
        self._memory = memory
        self._issues = issues
        self._defaults = defaults
        self._text = text

    def walk(self, issue: str, type_: str, start: str, goal: str, *, ask_first: bool) -> Walk:
        """Move an issue from the status it is in to another, over several transitions if need be.

        With `ask_first` the transitions that this issue offers are read before the first; else only where nothing is
        known of its type and status. Raises StaleError where Jira reports a concurrent change, or the issue is gone;
        TransientError where Jira cannot be reached for long.
        """
        trip = _Trip(issue, type_, start, goal, start)
        if ask_first and start != goal:
            self._learn(trip)
        for _ in range(_MOST_TRIES):
            if trip.status == goal:
                return Walk(goal)
            step = self._next(trip) if trip.hops < MOST_HOPS else None
            if step is not None:
                self._take(trip, step)
            elif trip.offered or trip.hops >= MOST_HOPS:
                break
            else:
                self._learn(trip)
        return self._short(trip)

    def usable(self, step: Step) -> bool:
        """Whether what the step's form requires can be filled."""
        return not self.filling(step).missing

    def filling(self, step: Step, also: tuple[str, ...] = ()) -> Filling:
        """What to send along with a step."""
        return fill(step.screen, self._defaults, also=also, text=self._text, cloud=self._memory.cloud)

    def remember(self, issue: str, type_: str, status: str) -> None:
        """Ask what an issue offers, and hold it true of its type and status. Raises StaleError where it is gone."""
        params = {"expand": "transitions.fields"}
        try:
            answer = self._client.read("GET", f"issue/{issue}/transitions", params=params).data
        except RefusalError as refusal:
            raise _gone(refusal) from None
        self._memory.learn_steps(type_, status, steps_of(answer))

    # --- choosing -------------------------------------------------------------------------------------------------

    def _next(self, trip: _Trip) -> Step | None:
        """The step to take now: on the shortest known way, else into the most promising unknown."""
        if self._memory.graph.steps(trip.type, trip.status) is None:
            self._learn(trip)
        path = self._path(trip)
        if path:
            return path[0]
        ventures = self._ventures(trip)
        if len(ventures) > 1 and ventures[0].rank == ventures[1].rank and not trip.sampled:
            # Rather look at other issues than lead this one astray.
            self._sample(trip, ventures)
            path = self._path(trip)
            if path:
                return path[0]
            ventures = self._ventures(trip)
        trip.ventured = trip.ventured or bool(ventures)
        return ventures[0].step if ventures else None

    def _path(self, trip: _Trip) -> tuple[Step, ...] | None:
        return self._memory.graph.path(trip.type, trip.status, trip.goal, self._open(trip))

    def _ventures(self, trip: _Trip) -> tuple[Venture, ...]:
        status = self._memory.statuses.get(trip.goal)
        category = status.category if status else ""
        return self._memory.graph.ventures(trip.type, trip.status, category, self._open(trip))

    def _open(self, trip: _Trip) -> Callable[[Step], bool]:
        barred = {id_ for status, id_ in trip.barred if status == trip.status}
        return lambda step: step.id not in barred and self.usable(step)

    # --- learning -------------------------------------------------------------------------------------------------

    def _learn(self, trip: _Trip) -> None:
        self.remember(trip.issue, trip.type, trip.status)
        trip.offered = True

    def _sample(self, trip: _Trip, ventures: tuple[Venture, ...]) -> None:
        """Learn what lies ahead from issues that are already there, without touching any."""
        trip.sampled = True
        project = self._memory.project
        if project is None:
            return
        ahead = ", ".join(sorted({venture.to for venture in ventures}))
        query = Query(project.id, (f"issuetype = {trip.type}", f"status in ({ahead})"))
        for raw in self._issues().examples(query):
            status = str(raw["fields"]["status"]["id"])
            if self._memory.graph.steps(trip.type, status) is None:
                self.remember(str(raw["id"]), trip.type, status)

    # --- moving ---------------------------------------------------------------------------------------------------

    def _take(self, trip: _Trip, step: Step) -> None:
        """Take one step. A refusal makes the trip look again where it is, and then bars the step."""
        try:
            self._post(trip.issue, step, self.filling(step))
        except UnknownOutcomeError:
            self._look(trip)
            trip.hops += 1
        except (RefusalError, StaleError) as refusal:
            if isinstance(refusal, RefusalError) and refusal.status == 404:
                raise _gone(refusal) from None
            if not trip.offered:
                self._look(trip)
                if trip.status != trip.goal:
                    self._learn(trip)
            elif isinstance(refusal, StaleError):
                raise
            else:
                trip.barred[trip.status, step.id] = f"Jira refused {step.name!r}: {refusal.message}"
        else:
            trip.status, trip.offered = step.to, False
            trip.hops += 1

    def _post(self, issue: str, step: Step, filling: Filling) -> None:
        """Send the transition; once more with the fields that a validator asked for, if there are defaults for them."""
        body: dict[str, Json] = {"transition": {"id": step.id}}
        if filling.values:
            body["fields"] = dict(filling.values)
        try:
            self._client.write_patiently("POST", f"issue/{issue}/transitions", body=body)
        except RefusalError as refusal:
            asked = tuple(name for name in refusal.fields if name not in filling.values)
            fuller = self.filling(step, also=asked)
            if refusal.status != 400 or fuller.values.keys() <= filling.values.keys():
                raise
            body["fields"] = dict(fuller.values)
            self._client.write_patiently("POST", f"issue/{issue}/transitions", body=body)

    def _look(self, trip: _Trip) -> None:
        """See where the issue really is."""
        try:
            raw = self._client.read("GET", f"issue/{trip.issue}", params={"fields": "status,issuetype"}).data
        except RefusalError as refusal:
            raise _gone(refusal) from None
        trip.status = str(raw["fields"]["status"]["id"])
        trip.type = str(raw["fields"]["issuetype"]["id"])
        trip.offered = False

    # --- ending short ---------------------------------------------------------------------------------------------

    def _short(self, trip: _Trip) -> Walk:
        """Say why the goal was not reached; go back to the start if the issue was led somewhere in vain."""
        if self._memory.graph.steps(trip.type, trip.status) is None:
            # The last step that it may take led to where nobody has looked round yet, for a way back or any other.
            with suppress(PmsyncError):
                self._learn(trip)
        reason = self._reason(trip)
        if trip.ventured and trip.status != trip.start:
            back = self._memory.graph.path(trip.type, trip.status, trip.start, self._open(trip)) or ()
            try:
                for step in back:
                    self._post(trip.issue, step, self.filling(step))
                    trip.status = step.to
            except PmsyncError:
                reason += "; it could not be put back where it was"
        return Walk(trip.status, reason)

    def _reason(self, trip: _Trip) -> str:
        graph = self._memory.graph
        goal = self._name(trip.goal)
        parts = [f"the workflow let it get no further than {self._name(trip.status)!r} on the way to {goal!r}"]
        parts += trip.barred.values()
        for step in graph.path(trip.type, trip.status, trip.goal, lambda step: True) or ():
            missing = self.filling(step).missing
            if missing:
                parts.append(
                    f"the transition {step.name!r} requires {', '.join(missing)}: "
                    "give a value that Jira allows under `defaults` in the mapping"
                )
        names = sorted(graph.reachable(trip.type, trip.status, self._open(trip)).values())
        parts.append(f"reachable: {', '.join(names) or 'nothing'}")
        return "; ".join(parts)

    def _name(self, status: str) -> str:
        known = self._memory.statuses.get(status)
        return known.name if known else status


def _gone(refusal: RefusalError) -> PmsyncError:
    if refusal.status != 404:
        return refusal
    return StaleError(f"the issue is gone, or not for us any more: {refusal.message}", connection=refusal.connection)
