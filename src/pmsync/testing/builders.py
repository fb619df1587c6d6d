"""Short ways to make vocabularies, capabilities, natives and drafts."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from pmsync.model.capabilities import Capabilities, DateKind
from pmsync.model.fields import Field, Json, StatusCategory
from pmsync.model.native import Draft, Marker, Native, Ref
from pmsync.model.vocabulary import Member, Term, Vocabulary
from pmsync.testing.clock import START

ALL_FIELDS = frozenset(Field.standard())

USUAL_FIELDS = ALL_FIELDS - {Field.RELEASE, Field.SPRINT, Field.TIME_SPENT, Field.LINKS}
"""What nearly every tool has."""

KANBAN = {
    "Backlog": StatusCategory.BACKLOG,
    "To Do": StatusCategory.TODO,
    "Doing": StatusCategory.IN_PROGRESS,
    "Review": StatusCategory.IN_PROGRESS,
    "Done": StatusCategory.DONE,
}
"""A board's places, from left to right, and what each means."""

PEOPLE = ("ada", "grace", "linus", "pmsync")

RICH = Capabilities(
    fields=ALL_FIELDS,
    due=DateKind.BOTH,
    start=DateKind.BOTH,
    labels_need_creating=False,
    create_batch=10,
    fetch_batch=10,
    history=ALL_FIELDS,
    fence=True,
)
"""A tool that can do everything."""

POOR = Capabilities(
    fields=frozenset({Field.TITLE, Field.DESCRIPTION, Field.STATUS, Field.ASSIGNEES, Field.LABELS, Field.DUE}),
    single_assignee=True,
    due=DateKind.DATE,
    title_limit=80,
    description_limit=400,
    label_limit=20,
    label_forbidden=" ",
    concurrency=1,
    whole_listing=True,
    history=frozenset({Field.STATUS}),
    deletes=False,
)
"""A tool that can do little: no priorities, no types, short texts, one assignee, hardly any history."""


def slug(name: str) -> str:
    """A name as an id: `To Do` becomes `to-do`."""
    return name.lower().replace(" ", "-")


def terms(names: Iterable[str]) -> tuple[Term, ...]:
    """Terms with slugs for ids."""
    return tuple(Term(id=slug(name), name=name) for name in names)


def statuses(places: Mapping[str, StatusCategory]) -> tuple[Term, ...]:
    """Status terms with slugs for ids, in order."""
    return tuple(Term(id=slug(name), name=name, category=category) for name, category in places.items())


def members(names: Iterable[str] = PEOPLE) -> tuple[Member, ...]:
    """People whose id, user name and e-mail address come from their name."""
    return tuple(
        Member(id=f"u-{name}", name=name.capitalize(), username=name, email=f"{name}@example.com") for name in names
    )


def vocabulary(
    places: Mapping[str, StatusCategory] = KANBAN,
    *,
    name: str = "Roadmap",
    fields: Iterable[Field] = USUAL_FIELDS,
    priorities: Iterable[str] = ("Urgent", "High", "Medium", "Low"),
    types: Iterable[str] = ("Epic", "Story", "Task", "Bug"),
    labels: Iterable[str] = (),
    people: Iterable[str] = PEOPLE,
    completed: bool = False,
) -> Vocabulary:
    """A project's names; every id is the slug of its name, a person's is `u-` and the name."""
    return Vocabulary(
        container=Term(id=slug(name), name=name),
        url=f"memory://{slug(name)}",
        statuses=statuses(places),
        completed=completed,
        priorities=terms(priorities),
        types=terms(types),
        labels=terms(labels),
        members=members(people),
        fields=frozenset(fields),
    )


def native(id: str, at: datetime = START, *, archived: bool = False, **fields: Json) -> Native:  # noqa: A002
    """A replica as a tool shows it: `native("1", title="Pay", status={"place": "to-do"})`."""
    return Native(
        Ref(id, f"KEY-{id}", f"memory://roadmap/{id}"),
        {Field(name): value for name, value in fields.items()},
        created_at=at,
        updated_at=at,
        archived=archived,
    )


def draft(item: str, twin: str = "", **fields: Json) -> Draft:
    """What is to be created for an item, with its marker."""
    return Draft({Field(name): value for name, value in fields.items()}, Marker(item, twin or f"https://twin/{item}"))
