"""The names that a Jira project uses: statuses, priorities, types, people, and the fields that it really has."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from pmsync.connector.api import Place
from pmsync.errors import ConfigError, FatalError
from pmsync.model.fields import Field, StatusCategory
from pmsync.model.vocabulary import Member, Term, Vocabulary
from pmsync_jira.answers import RefusalError
from pmsync_jira.client import Client
from pmsync_jira.convert import CustomFields
from pmsync_jira.discovering import discovered, offered, on_forms
from pmsync_jira.hanging import DESKS
from pmsync_jira.linking import Linking
from pmsync_jira.memory import IssueType, Memory, Project, Status
from pmsync_jira.own import asked_for
from pmsync_jira.screen import Screen, screen_of
from pmsync_jira.settings import JiraSettings
from pmsync_jira.site import Site

_CATEGORIES = {
    "new": StatusCategory.TODO,
    "indeterminate": StatusCategory.IN_PROGRESS,
    "done": StatusCategory.DONE,
}
_PEOPLE_PAGE = 1000
_PEOPLE_LEAST = 50
_FORM_PAGE = 200


class Names:
    """Reads names, and keeps in memory what reading and writing need of them."""

    def __init__(
        self,
        settings: JiraSettings,
        client: Client,
        site: Site,
        memory: Memory,
        linking: Linking,
        wanted: Mapping[str, Field],
    ) -> None:
        self._settings = settings
        self._client = client
        self._site = site
        self._memory = memory
        self._linking = linking
        self._wanted = wanted
        self._resolved: tuple[CustomFields | None, CustomFields] = None, CustomFields()

    # --- what is needed all the time, read only where it is not known ---------------------------------------------

    def project(self) -> Project:
        """The project in scope. Raises FatalError where it is not there, or not for us."""
        return self._memory.project or _project(self._read_project())

    def custom(self) -> CustomFields:
        """The fields that hold what the mapping asks for, and those that may hold start and estimate."""
        custom = self._memory.custom
        if custom is None:
            custom = self._memory.custom = self._discovered()
        # Every issue that is read asks for this; it changes only with what is known of the fields.
        known, resolved = self._resolved
        if known is not custom:
            resolved = replace(custom, own=asked_for(custom.known, self._wanted))
            self._resolved = custom, resolved
        return resolved

    def types(self) -> dict[str, IssueType]:
        """The project's types by id."""
        if not self._memory.types:
            self._read_project()
        return self._memory.types

    def screen(self, type_: str) -> Screen:
        """A type's create form; () where Jira does not tell."""
        if type_ not in self._memory.screens:
            self._memory.learn_screen(type_, self._read_screen(type_))
        return self._memory.screens[type_]

    def workflows(self) -> dict[str, dict[str, Status]]:
        """The statuses of each type by their ids, by the type's id; read anew, since workflows change.

        In memory they are merged, in the order in which the types' workflows first name them.
        """
        found = {
            str(kind["id"]): {
                str(status["id"]): Status(
                    str(status["name"]), str((status.get("statusCategory") or {}).get("key") or "")
                )
                for status in kind.get("statuses") or []
            }
            for kind in self._client.read("GET", f"project/{self.project().key}/statuses", shape=list).data
        }
        self._memory.statuses = {id_: status for workflow in found.values() for id_, status in workflow.items()}
        return found

    # --- everything -----------------------------------------------------------------------------------------------

    def vocabulary(self) -> Vocabulary:
        """Read everything anew."""
        memory = self._memory
        project = _project(self._read_project())
        self.workflows()
        priorities = self._client.read("GET", "priority", shape=list).data
        members = tuple(self._read_members(project))
        for type_ in memory.types:
            memory.learn_screen(type_, self._read_screen(type_))
        memory.custom = self._discovered()
        return Vocabulary(
            container=Term(id=project.id, name=project.name),
            url=f"{self._settings.url}/browse/{project.key}",
            statuses=tuple(
                Term(id=id_, name=status.name, category=_CATEGORIES.get(status.category))
                for id_, status in memory.statuses.items()
            ),
            priorities=tuple(Term(id=str(p["id"]), name=str(p["name"])) for p in priorities),
            types=tuple(Term(id=id_, name=fact.name, level=fact.level) for id_, fact in memory.types.items()),
            members=members,
            fields=self._fields(),
            custom=tuple(field.described() for field in offered(memory.custom, memory.screens, self._wanted)),
        )

    def places(self) -> Iterator[Place]:
        """The projects that these credentials can see."""
        for raw in self._projects(""):
            key = str(raw["key"])
            yield Place(id=str(raw["id"]), name=str(raw["name"]), key=key, url=f"{self._settings.url}/browse/{key}")

    # --- the project ----------------------------------------------------------------------------------------------

    def _read_project(self) -> dict[str, Any]:
        raw = self._found_project()
        memory = self._memory
        memory.project = _project(raw)
        # A Data Center shows epics above stories only on its boards: `parent` there is for sub-tasks alone.
        memory.types = {
            str(kind["id"]): IssueType(
                str(kind["name"]),
                int(kind["hierarchyLevel"]) if "hierarchyLevel" in kind else -1 if kind.get("subtask") else 0,
            )
            for kind in raw.get("issueTypes") or []
        }
        return raw

    def _found_project(self) -> dict[str, Any]:
        wanted = self._settings.project
        if not wanted:
            raise ConfigError(f"connection {self._client.connection}: scope.project is missing")
        known = self._memory.project
        for name in dict.fromkeys((known.id if known else wanted, wanted)):
            raw = self._project_called(name)
            if raw is not None:
                return raw
        for raw in self._projects(wanted):
            if raw["name"] == wanted:
                return self._project_called(str(raw["id"])) or raw
        raw = self._project_called(wanted.upper()) if wanted != wanted.upper() else None
        if raw is not None:
            return raw
        raise FatalError(
            f"there is no project {wanted!r} that these credentials can see; "
            "`scope.project` takes its key or exact name, and the account needs the right to browse it",
            connection=self._client.connection,
        )

    def _project_called(self, name: str) -> dict[str, Any] | None:
        """The project of that key or id; None where there is none for us."""
        if not re.fullmatch(r"\w+", name, re.ASCII):
            return None
        try:
            raw: dict[str, Any] = self._client.read("GET", f"project/{name}").data
        except RefusalError as refusal:
            if refusal.status == 404:
                return None
            raise
        return raw

    def _projects(self, name: str) -> Iterator[dict[str, Any]]:
        """The visible projects; on Cloud only those whose name or key contains `name`."""
        if not self._memory.cloud:
            yield from self._client.read("GET", "project", shape=list).data
            return
        start = 0
        while True:
            params: dict[str, Any] = {"startAt": start, "maxResults": 100}
            if name:
                params["query"] = name
            try:
                page = self._client.read("GET", "project/search", params=params).data
            except RefusalError as refusal:
                if refusal.status == 404:
                    return
                raise
            values = page.get("values") or []
            yield from values
            start += len(values)
            if page.get("isLast", True) or not values:
                return

    # --- people ---------------------------------------------------------------------------------------------------

    def _read_members(self, project: Project) -> Iterator[Member]:
        """Who can be assigned to issues of the project.

        A page is what is left of a range of users after those who cannot be assigned are taken out, so a short page is
        not always the last; but one shorter than the smallest default was not cut short by a limit.
        """
        cloud = self._memory.cloud
        seen: set[str] = set()
        people: dict[str, str] = {}
        start = 0
        while True:
            params = {"project": project.key, "startAt": start, "maxResults": _PEOPLE_PAGE}
            page = self._client.read("GET", "user/assignable/search", params=params, shape=list).data
            new = 0
            for user in page:
                id_ = str(user["accountId"] if cloud else user["name"])
                if id_ in seen:
                    continue
                seen.add(id_)
                new += 1
                if user.get("accountType") == "app":
                    continue
                if user.get("key"):
                    people[str(user["key"])] = id_
                yield Member(
                    id=id_,
                    name=str(user.get("displayName") or id_),
                    username="" if cloud else id_,
                    email=str(user.get("emailAddress") or ""),
                    active=user.get("active") is not False,
                )
            start += len(page)
            if not new or len(page) < _PEOPLE_LEAST:
                break
        self._memory.people = {} if cloud else people

    # --- fields ---------------------------------------------------------------------------------------------------

    def _read_screen(self, type_: str) -> Screen:
        path = f"issue/createmeta/{self.project().key}/issuetypes/{type_}"
        described: list[tuple[str, dict[str, Any]]] = []
        while True:
            params = {"startAt": len(described), "maxResults": _FORM_PAGE}
            try:
                page = self._client.read("GET", path, params=params).data
            except RefusalError as refusal:
                if refusal.status in (400, 403, 404):
                    return ()
                raise
            # Cloud calls the list `fields` (newer documents: `results`), Data Center `values`.
            values = page.get("fields") or page.get("results") or page.get("values") or []
            described += [(str(value.get("fieldId") or value.get("key")), value) for value in values]
            if not values or len(described) >= int(page.get("total") or 0):
                return screen_of(described)

    def _discovered(self) -> CustomFields:
        raws = self._client.read("GET", "field", shape=list).data
        return discovered(raws, self._memory.screens, self._memory.project)

    def _fields(self) -> frozenset[Field]:
        """The standard fields that the project has."""
        fields = set(on_forms(self.custom(), self._memory.screens))
        if self._linking.kinds():
            fields.add(Field.LINKS)
        if any(fact.level < 0 for fact in self._memory.types.values()):
            fields.add(Field.PARENT)
        return frozenset(fields)


def _project(raw: dict[str, Any]) -> Project:
    desk = raw.get("projectTypeKey") in DESKS
    return Project(id=str(raw["id"]), key=str(raw["key"]), name=str(raw.get("name") or raw["key"]), desk=desk)
