"""`pmsync check` for Asana: who we are, whether the project is there, and what we may do in it. Only reads."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from pmsync.connector.api import Account, Finding
from pmsync.model.fields import Field
from pmsync_asana import project
from pmsync_asana.answers import RefusalError
from pmsync_asana.client import Action, Client
from pmsync_asana.lists import PAGE
from pmsync_asana.settings import AsanaSettings

_WRITERS = ("admin", "editor")


def survey(client: Client, settings: AsanaSettings, asked: Mapping[str, Field]) -> Account:
    """Look around. Raises AuthError for a bad token, FatalError where there is no such project for us."""
    me = client.read("/users/me", fields="name,email").data
    findings: list[Finding] = []
    if settings.project:
        findings = list(_project(client, settings, asked, me))
    name = str(me.get("name") or me["gid"])
    return Account(str(me["gid"]), name, settings.url, "Asana", tuple(findings))


def _project(
    client: Client, settings: AsanaSettings, asked: Mapping[str, Field], me: Mapping[str, Any]
) -> Iterable[Finding]:
    gid = project.locate(client, settings)
    found = project.read(client, gid)
    sections, access, customs = client.read_batch(
        [
            Action("get", f"/projects/{gid}/sections", "name", options={"limit": PAGE}),
            Action("get", f"/projects/{gid}/project_memberships?user={me['gid']}", "access_level"),
            Action("get", f"/projects/{gid}/custom_field_settings", "custom_field.name", options={"limit": 1}),
        ]
    )
    if found.get("archived"):
        yield Finding("warning", f"the project {found['name']} is archived", "unarchive it in Asana, or choose another")
    if not isinstance(sections, RefusalError):
        yield from _doubles(sections["data"])
    if not isinstance(access, RefusalError):
        yield from _access(access["data"])
    if isinstance(customs, RefusalError) and customs.status == 402:
        yield Finding(
            "info",
            "the workspace's plan has no custom fields, so that priority and estimate stay out of Asana",
            "choose a paid plan in Asana, or leave these fields to the other tools",
        )
    else:
        yield from _customs(found, asked)


def _doubles(sections: Iterable[Mapping[str, Any]]) -> Iterable[Finding]:
    counts = Counter(str(section.get("name")) for section in sections)
    for name, count in counts.items():
        if count > 1:
            message = f"{count} sections are called {name!r}: a mapping cannot tell them apart"
            yield Finding("warning", message, "give them different names in Asana")


def _access(memberships: Iterable[Mapping[str, Any]]) -> Iterable[Finding]:
    levels = [str(each["access_level"]) for each in memberships if each.get("access_level")]
    if levels and not any(level in _WRITERS for level in levels):
        message = f"this account may not change the project's tasks: its access is {levels[0]!r}"
        yield Finding("error", message, "make it an editor of the project, in Asana under Share")


def _customs(found: Mapping[str, Any], asked: Mapping[str, Field]) -> Iterable[Finding]:
    held = project.layout(found, asked).held
    for shown, name, kind in ((Field.PRIORITY, "Priority", "single-select"), (Field.ESTIMATE, "Estimate", "number")):
        if shown not in held:
            message = f"the project has no {kind} custom field {name}: its tasks have no {name.lower()} to keep in step"
            yield Finding("info", message, f"add a {kind} field called {name} to the project, if you want it")
