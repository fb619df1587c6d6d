"""The believable backlog of the `demo` seed, told once in neutral terms; each emulator says its share in its own words."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Story:
    """One piece of work. `tools` are those that have it already; `status`: backlog, todo, doing, review, done."""

    title: str
    description: str
    tools: tuple[str, ...]
    status: str = "todo"
    assignees: tuple[str, ...] = ()
    """Names of `pmsync.sandbox.people.PEOPLE`."""
    labels: tuple[str, ...] = ()
    due: int | None = None
    """Days from the day of the seed."""
    priority: str = "medium"
    type: str = "task"
    reporter: str = "ada"


STORIES: tuple[Story, ...] = ()
