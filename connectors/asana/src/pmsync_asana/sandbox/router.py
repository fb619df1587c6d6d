"""Which handler answers which path: the table of contents of the emulated API."""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from pmsync_asana.sandbox.calls import Answer, Call

Handler = Callable[[Call], Answer]

BASE = "/api/1.0"


class Router:
    """Matches paths, below the base, against templates with `{names}`."""

    def __init__(self, routes: Mapping[str, Handler]) -> None:
        self._routes: dict[tuple[str, int], list[tuple[str, tuple[str, ...], Handler]]] = {}
        for key, handler in routes.items():
            method, template = key.split(" ")
            segments = tuple(template.split("/"))
            self._routes.setdefault((method, len(segments)), []).append((template, segments, handler))
        # Each request is asked about several times: for the log, and to be answered.
        self.match = lru_cache(256)(self._match)

    def _match(self, method: str, path: str) -> tuple[str, dict[str, str], Handler] | None:
        """The template, what its names stand for, and the handler; None if there is no such route."""
        segments = path.split("/")
        for template, wanted, handler in self._routes.get((method, len(segments)), ()):
            pairs = list(zip(wanted, segments, strict=True))
            if all(want == got or (want.startswith("{") and got) for want, got in pairs):
                return template, {want[1:-1]: got for want, got in pairs if want.startswith("{")}, handler
        return None


def routes(parts: Mapping[str, Any]) -> dict[str, Handler]:
    """Every route but `/batch` and `/events`. `parts` are the objects that answer, by name."""
    return {**_containers(parts), **_tasks(parts), **_on_tasks(parts)}


def _containers(parts: Mapping[str, Any]) -> dict[str, Handler]:
    people, projects, sections = parts["people"], parts["projects"], parts["sections"]
    tags, fields = parts["tags"], parts["custom_fields"]
    return {
        "GET /users": people.index,
        "GET /users/{user_gid}": people.read,
        "GET /workspaces": people.workspaces,
        "GET /workspaces/{workspace_gid}": people.workspace,
        "GET /workspaces/{workspace_gid}/users": people.of_workspace,
        "GET /workspaces/{workspace_gid}/projects": projects.index,
        "POST /workspaces/{workspace_gid}/projects": projects.create,
        "GET /workspaces/{workspace_gid}/tags": tags.index,
        "POST /workspaces/{workspace_gid}/tags": tags.create,
        "GET /workspaces/{workspace_gid}/custom_fields": fields.index,
        "GET /projects": projects.index,
        "POST /projects": projects.create,
        "GET /projects/{project_gid}": projects.read,
        "PUT /projects/{project_gid}": projects.update,
        "DELETE /projects/{project_gid}": projects.delete,
        "GET /projects/{project_gid}/sections": sections.index,
        "POST /projects/{project_gid}/sections": sections.create,
        "GET /projects/{project_gid}/task_counts": projects.counts,
        "GET /projects/{project_gid}/custom_field_settings": projects.settings,
        "POST /projects/{project_gid}/addCustomFieldSetting": projects.add_setting,
        "POST /projects/{project_gid}/removeCustomFieldSetting": projects.remove_setting,
        "GET /projects/{project_gid}/project_memberships": projects.memberships,
        "POST /projects/{project_gid}/addMembers": projects.add_members,
        "POST /projects/{project_gid}/removeMembers": projects.remove_members,
        "GET /sections/{section_gid}": sections.read,
        "PUT /sections/{section_gid}": sections.update,
        "DELETE /sections/{section_gid}": sections.delete,
    }


def _tasks(parts: Mapping[str, Any]) -> dict[str, Handler]:
    tasks, listing, placement = parts["tasks"], parts["listing"], parts["placement"]
    waiting = parts["dependencies"]
    return {
        "GET /workspaces/{workspace_gid}/tasks/search": listing.search,
        "GET /projects/{project_gid}/tasks": listing.of_project,
        "GET /sections/{section_gid}/tasks": listing.of_section,
        "POST /sections/{section_gid}/addTask": placement.add_to_section,
        "GET /tags/{tag_gid}/tasks": listing.of_tag,
        "GET /tasks": listing.tasks,
        "POST /tasks": tasks.create,
        "GET /tasks/{task_gid}": tasks.read,
        "PUT /tasks/{task_gid}": tasks.update,
        "DELETE /tasks/{task_gid}": tasks.delete,
        "GET /tasks/{task_gid}/subtasks": listing.subtasks,
        "POST /tasks/{task_gid}/subtasks": tasks.create_subtask,
        "POST /tasks/{task_gid}/setParent": placement.set_parent,
        "POST /tasks/{task_gid}/addProject": placement.add_project,
        "POST /tasks/{task_gid}/removeProject": placement.remove_project,
        "GET /tasks/{task_gid}/dependencies": waiting.dependencies,
        "GET /tasks/{task_gid}/dependents": waiting.dependents,
        "POST /tasks/{task_gid}/addDependencies": waiting.add_dependencies,
        "POST /tasks/{task_gid}/addDependents": waiting.add_dependents,
        "POST /tasks/{task_gid}/removeDependencies": waiting.remove_dependencies,
        "POST /tasks/{task_gid}/removeDependents": waiting.remove_dependents,
        "POST /tasks/{task_gid}/addTag": placement.add_tag,
        "POST /tasks/{task_gid}/removeTag": placement.remove_tag,
        "POST /tasks/{task_gid}/addFollowers": placement.add_followers,
        "POST /tasks/{task_gid}/removeFollowers": placement.remove_followers,
    }


def _on_tasks(parts: Mapping[str, Any]) -> dict[str, Handler]:
    tags, fields, stories = parts["tags"], parts["custom_fields"], parts["stories"]
    attachments, hooks = parts["attachments"], parts["hooks"]
    return {
        "GET /tasks/{task_gid}/tags": tags.of_task,
        "GET /tasks/{task_gid}/stories": stories.index,
        "POST /tasks/{task_gid}/stories": stories.create,
        "GET /stories/{story_gid}": stories.read,
        "PUT /stories/{story_gid}": stories.update,
        "DELETE /stories/{story_gid}": stories.delete,
        "GET /attachments": attachments.index,
        "POST /attachments": attachments.create,
        "GET /attachments/{attachment_gid}": attachments.read,
        "DELETE /attachments/{attachment_gid}": attachments.delete,
        "GET /tasks/{task_gid}/attachments": attachments.index,
        "POST /tasks/{task_gid}/attachments": attachments.create,
        "GET /tags": tags.index,
        "POST /tags": tags.create,
        "GET /tags/{tag_gid}": tags.read,
        "PUT /tags/{tag_gid}": tags.update,
        "DELETE /tags/{tag_gid}": tags.delete,
        "POST /custom_fields": fields.create,
        "GET /custom_fields/{custom_field_gid}": fields.read,
        "POST /custom_fields/{custom_field_gid}/enum_options": fields.add_option,
        "PUT /enum_options/{enum_option_gid}": fields.update_option,
        "GET /webhooks": hooks.index,
        "POST /webhooks": hooks.create,
        "GET /webhooks/{webhook_gid}": hooks.read,
        "PUT /webhooks/{webhook_gid}": hooks.update,
        "DELETE /webhooks/{webhook_gid}": hooks.delete,
    }


def relative(path: str) -> str | None:
    """The path below the base; None if it is not below it."""
    return path.removeprefix(BASE) if path.startswith(f"{BASE}/") else None
