"""The project of a connection: found by gid or by name, and its names read: sections, options, people, tags."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from pmsync.connector.api import Place
from pmsync.errors import FatalError
from pmsync.model.fields import Field
from pmsync.model.vocabulary import Member, Term, Vocabulary
from pmsync_asana import custom_fields
from pmsync_asana.answers import RefusalError
from pmsync_asana.capabilities import BY_CUSTOM_FIELD, CAPABILITIES
from pmsync_asana.client import Action, Client
from pmsync_asana.convert import SUBTASK, Layout
from pmsync_asana.lists import PAGE, whole
from pmsync_asana.settings import AsanaSettings

_PROJECT = f"name,archived,permalink_url,workspace,{custom_fields.DEFINITION}"
_TYPES = (
    Term(id="default_task", name="Task", level=0),
    Term(id="approval", name="Approval", level=0),
    Term(id="milestone", name="Milestone", level=0),
)
"""The subtypes of tasks, as people know them."""
_SUBTASK = Term(id=SUBTASK, name="Subtask", level=-1)


def locate(client: Client, settings: AsanaSettings) -> str:
    """The gid of the project that the settings name. Raises FatalError where it cannot be found, or is not alone."""
    wanted = settings.project
    if not wanted:
        raise FatalError("no project is configured (scope.project)", connection=client.connection)
    if wanted.isascii() and wanted.isdigit():
        return wanted
    found = [place.id for place in places(client, settings) if place.name == wanted]
    if len(found) == 1:
        return found[0]
    if found:
        message = f"{len(found)} projects are called {wanted!r}; give the gid of one: {', '.join(found)}"
    else:
        message = f"there is no project called {wanted!r} that this token can see"
    raise FatalError(message, connection=client.connection)


def places(client: Client, settings: AsanaSettings) -> list[Place]:
    """The projects that can be seen and are not archived."""
    found = []
    for workspace in pages(client, "/workspaces", fields="name"):
        if settings.workspace not in ("", workspace["gid"], workspace["name"]):
            continue
        query = {"workspace": str(workspace["gid"]), "archived": "false"}
        found += [
            Place(id=each["gid"], name=each["name"], url=each.get("permalink_url") or "")
            for each in pages(client, "/projects", fields="name,permalink_url", **query)
        ]
    return found


def pages(client: Client, path: str, *, fields: str, **query: str) -> Iterator[Mapping[str, Any]]:
    """All entries of a list, page by page."""
    offset: str | None = None
    while True:
        answer = client.read(path, fields=fields, limit=PAGE, offset=offset, **query)
        yield from answer.data
        offset = answer.offset
        if offset is None:
            return


def gone(error: RefusalError, client: Client) -> FatalError:
    """What it means that the project itself is refused."""
    message = f"the project cannot be read: it was deleted, or this account may not see it ({error.message})"
    return FatalError(message, connection=client.connection)


def layout(project: Mapping[str, Any], asked: Mapping[str, Field], *, nested: bool = False) -> Layout:
    """What reading tasks needs, from a project that was read with its custom fields, of which the mapping asks for
    some; and for subtasks, perhaps."""
    return Layout(
        project=str(project["gid"]),
        workspace=str(project["workspace"]["gid"]),
        held=custom_fields.held(custom_fields.definitions(project), asked),
        minutes=custom_fields.minutes(project),
        nested=nested,
    )


def read(client: Client, gid: str) -> Mapping[str, Any]:
    """The project with its custom fields. Raises FatalError."""
    try:
        answer: Mapping[str, Any] = client.read(f"/projects/{gid}", fields=_PROJECT).data
    except RefusalError as error:
        raise gone(error, client) from None
    return answer


def read_all(client: Client, known: Layout, asked: Mapping[str, Field]) -> tuple[Layout, Vocabulary]:
    """The project and all its names, nearly always in one request. Raises FatalError."""
    paths = {
        "project": Action("get", f"/projects/{known.project}", _PROJECT),
        "sections": Action("get", f"/projects/{known.project}/sections", "name", options={"limit": PAGE}),
        "users": Action("get", f"/workspaces/{known.workspace}/users", "name,email"),
        "tags": Action("get", f"/workspaces/{known.workspace}/tags", "name", options={"limit": PAGE}),
    }
    results = client.read_batch(list(paths.values()))
    bodies: dict[str, Mapping[str, Any]] = {}
    for name, result in zip(paths, results, strict=True):
        if isinstance(result, RefusalError):
            if name in ("project", "sections"):
                raise gone(result, client)
            result = {"data": []}
        bodies[name] = result
    sections = whole(client, paths["sections"], bodies["sections"])
    tags = whole(client, paths["tags"], bodies["tags"])
    project = bodies["project"]["data"]
    found = replace(
        layout(project, asked, nested=known.nested), sections=tuple(str(section["gid"]) for section in sections)
    )
    return found, _vocabulary(project, found, sections, bodies["users"]["data"], tags)


def _vocabulary(
    project: Mapping[str, Any],
    names: Layout,
    sections: Sequence[Mapping[str, Any]],
    users: Iterable[Mapping[str, Any]],
    tags: Iterable[Mapping[str, Any]],
) -> Vocabulary:
    shown = {name for name in names.held if not name.custom_name}
    return Vocabulary(
        container=_term(project, opened=not project.get("archived")),
        url=str(project.get("permalink_url") or ""),
        statuses=tuple(_term(section) for section in sections),
        completed=True,
        priorities=names.held[Field.PRIORITY].options if Field.PRIORITY in names.held else (),
        types=(*_TYPES, _SUBTASK) if names.nested else _TYPES,
        labels=tuple(_term(tag) for tag in tags if tag.get("name")),
        members=tuple(
            Member(id=str(user["gid"]), name=user.get("name") or "", email=user.get("email") or "") for user in users
        ),
        fields=(CAPABILITIES.fields - BY_CUSTOM_FIELD) | shown,
        custom=custom_fields.definitions(project),
    )


def _term(thing: Mapping[str, Any], *, opened: bool = True) -> Term:
    return Term(id=str(thing["gid"]), name=thing.get("name") or "", open=opened)
