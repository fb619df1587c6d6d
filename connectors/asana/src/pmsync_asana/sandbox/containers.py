"""What tasks live in and are described by: people, workspaces, projects, sections, custom fields and tags."""

from pmsync_asana.sandbox import richtext
from pmsync_asana.sandbox.calls import Answer, Call, Shape, created, full, nothing
from pmsync_asana.sandbox.journal import Journal
from pmsync_asana.sandbox.paging import Pages
from pmsync_asana.sandbox.problems import Problem, bad, missing, unwritable
from pmsync_asana.sandbox.records import (
    CustomField,
    CustomFieldSetting,
    EnumOption,
    Membership,
    Project,
    Section,
    Tag,
    Task,
    User,
    Workspace,
)
from pmsync_asana.sandbox.world import World, sees


class People:
    """Users and workspaces."""

    def __init__(self, world: World, pages: Pages) -> None:
        self._world = world
        self._pages = pages

    def read(self, call: Call) -> Answer:
        """`GET /users/{user_gid}`, where the gid may be `me` or an e-mail address."""
        return full(self._world.person(call.gid(), call.user, "user", status=404))

    def index(self, call: Call) -> Answer:
        """`GET /users?workspace`."""
        if "workspace" not in call.query and "team" not in call.query:
            return self._pages.page(call, self._everyone(call.user))
        self._world.find(Workspace, call.query.get("workspace"), call.user, status=400)
        return self._pages.page(call, self._everyone(call.user))

    def of_workspace(self, call: Call) -> Answer:
        """`GET /workspaces/{workspace_gid}/users`: all at once, by name."""
        self._world.find(Workspace, call.gid(), call.user)
        return Answer(self._everyone(call.user), Shape.COMPACT)

    def workspaces(self, call: Call) -> Answer:
        """`GET /workspaces`."""
        return self._pages.page(call, call.user.workspaces)

    def workspace(self, call: Call) -> Answer:
        """`GET /workspaces/{workspace_gid}`."""
        return full(self._world.find(Workspace, call.gid(), call.user))

    def _everyone(self, viewer: User) -> list[User]:
        return sorted(self._world.workspace.users, key=lambda user: user.name) if viewer.known else []


class Projects:
    """Projects, their people and their custom fields."""

    def __init__(self, world: World, journal: Journal, pages: Pages, *, premium: bool) -> None:
        self._world = world
        self._journal = journal
        self._pages = pages
        self.premium = premium
        """Whether the plan has custom fields."""

    def index(self, call: Call) -> Answer:
        """`GET /projects`, `GET /workspaces/{workspace_gid}/projects`: archived ones too, unless told otherwise."""
        gid = call.gids.get("workspace_gid") or call.query.get("workspace")
        if gid is not None:
            self._world.find(Workspace, gid, call.user, status=404 if call.gids else 400)
        archived = call.flag("archived")
        found = [
            project
            for project in self._world.workspace.projects
            if not project.trashed and sees(call.user, project) and archived in (None, project.archived)
        ]
        return self._pages.page(call, found)

    def read(self, call: Call) -> Answer:
        """`GET /projects/{project_gid}`."""
        return full(self._world.find(Project, call.gid(), call.user))

    def create(self, call: Call) -> Answer:
        """`POST /projects`, `POST /workspaces/{workspace_gid}/projects`."""
        gid = call.gids.get("workspace_gid") or call.data.get("workspace")
        self._world.find(Workspace, gid, call.user, status=400)
        return created(self.make(_named(call), [call.user]), "projects")

    def make(self, name: str, members: list[User]) -> Project:
        """Make a project as a new one is: with one section."""
        world, now = self._world, self._world.now()
        project = world.keep(Project(world.gid(), name, world.workspace, now, now, members[0] if members else None))
        project.memberships = [Membership(world.gid(), project, member) for member in members]
        project.sections = [world.keep(Section(world.gid(), "Untitled section", project, now))]
        world.workspace.projects.append(project)
        return project

    def update(self, call: Call) -> Answer:
        """`PUT /projects/{project_gid}`: name, notes and whether it is archived."""
        project = self._world.find(Project, call.gid(), call.user)
        for name, value in call.data.items():
            if name not in ("name", "notes", "archived"):
                raise unwritable(name)
            setattr(project, name, value)
            self._journal.changed(call.user, project, name)
        if "notes" in call.data:
            project.html_notes = richtext.rich(project.notes)
        project.modified_at = self._world.now()
        return full(project)

    def delete(self, call: Call) -> Answer:
        """`DELETE /projects/{project_gid}`: its tasks stay, in no project."""
        project = self._world.find(Project, call.gid(), call.user)
        for section in project.sections:
            for task in section.tasks:
                task.places.pop(project)
            section.tasks.clear()
            section.trashed = True
        self._journal.tell(call.user, "deleted", project)
        project.trashed = True
        return nothing()

    def settings(self, call: Call) -> Answer:
        """`GET /projects/{project_gid}/custom_field_settings`."""
        project = self._world.find(Project, call.gid(), call.user)
        if not self.premium:
            raise Problem(402, "Custom Fields are not available for free users or guests.")
        return self._pages.page(call, project.settings)

    def add_setting(self, call: Call) -> Answer:
        """`POST /projects/{project_gid}/addCustomFieldSetting`."""
        project = self._world.find(Project, call.gid(), call.user)
        field = self._world.find(CustomField, call.data.get("custom_field"), call.user, status=400)
        return full(self.give(project, field))

    def give(self, project: Project, field: CustomField) -> CustomFieldSetting:
        """Let a project's tasks have a custom field."""
        setting = CustomFieldSetting(self._world.gid(), project, field)
        project.settings.append(setting)
        return setting

    def remove_setting(self, call: Call) -> Answer:
        """`POST /projects/{project_gid}/removeCustomFieldSetting`."""
        project = self._world.find(Project, call.gid(), call.user)
        field = self._world.find(CustomField, call.data.get("custom_field"), call.user, status=400)
        project.settings = [setting for setting in project.settings if setting.custom_field is not field]
        return nothing()

    def memberships(self, call: Call) -> Answer:
        """`GET /projects/{project_gid}/project_memberships`."""
        project = self._world.find(Project, call.gid(), call.user)
        wanted = call.query.get("user")
        person = self._world.person(wanted, call.user, "user") if wanted else None
        found = [each for each in project.memberships if person is None or each.member is person]
        return self._pages.page(call, found)

    def add_members(self, call: Call) -> Answer:
        """`POST /projects/{project_gid}/addMembers`."""
        project, people = self._people(call)
        for person in people:
            if person not in project.members:
                project.memberships.append(Membership(self._world.gid(), project, person))
        return full(project)

    def remove_members(self, call: Call) -> Answer:
        """`POST /projects/{project_gid}/removeMembers`: who is removed sees the project no more."""
        project, people = self._people(call)
        project.memberships = [each for each in project.memberships if each.member not in people]
        return full(project)

    def counts(self, call: Call) -> Answer:
        """`GET /projects/{project_gid}/task_counts`: only what `opt_fields` names."""
        project = self._world.find(Project, call.gid(), call.user)
        tasks = [task for section in project.sections for task in section.tasks]
        completed = sum(task.completed for task in tasks)
        counts = {
            "num_tasks": len(tasks),
            "num_completed_tasks": completed,
            "num_incomplete_tasks": len(tasks) - completed,
        }
        return Answer({name: counts[name] for name in call.fields if name in counts}, Shape.RAW)

    def _people(self, call: Call) -> tuple[Project, list[User]]:
        project = self._world.find(Project, call.gid(), call.user)
        named = call.data.get("members")
        if not named:
            raise missing("members")
        names = named.split(",") if isinstance(named, str) else list(named)
        return project, [self._world.person(who, call.user, f"members: [{n}]") for n, who in enumerate(names)]


class Sections:
    """The columns of projects."""

    def __init__(self, world: World, journal: Journal, pages: Pages) -> None:
        self._world = world
        self._journal = journal
        self._pages = pages

    def index(self, call: Call) -> Answer:
        """`GET /projects/{project_gid}/sections`."""
        return self._pages.page(call, list(self._world.find(Project, call.gid(), call.user).sections))

    def create(self, call: Call) -> Answer:
        """`POST /projects/{project_gid}/sections`: at the end, or before or after another."""
        project = self._world.find(Project, call.gid(), call.user)
        anchor_gid = call.data.get("insert_before") or call.data.get("insert_after")
        position = len(project.sections)
        if anchor_gid:
            anchor = self._world.find(Section, anchor_gid, call.user, status=400)
            position = project.sections.index(anchor) + (0 if call.data.get("insert_before") else 1)
        section = self.make(project, _named(call), position)
        self._journal.tell(call.user, "added", section, parent=project)
        return created(section, "sections")

    def make(self, project: Project, name: str, position: int | None = None) -> Section:
        """Make a section, at the end or at a position."""
        section = self._world.keep(Section(self._world.gid(), name, project, self._world.now()))
        project.sections.insert(len(project.sections) if position is None else position, section)
        return section

    def read(self, call: Call) -> Answer:
        """`GET /sections/{section_gid}`."""
        return full(self._world.find(Section, call.gid(), call.user))

    def update(self, call: Call) -> Answer:
        """`PUT /sections/{section_gid}`: the name."""
        section = self._world.find(Section, call.gid(), call.user)
        section.name = _named(call)
        self._journal.changed(call.user, section, "name")
        return full(section)

    def delete(self, call: Call) -> Answer:
        """`DELETE /sections/{section_gid}`: an empty one that is not the last."""
        section = self._world.find(Section, call.gid(), call.user)
        if section.tasks or len(section.project.sections) == 1:
            raise bad("section: Cannot delete a section that has tasks in it, or the last section of a project")
        section.project.sections.remove(section)
        section.trashed = True
        self._journal.tell(call.user, "deleted", section)
        return nothing()


class CustomFields:
    """Definitions of custom fields."""

    def __init__(self, world: World, pages: Pages, *, premium: bool = True) -> None:
        self._world = world
        self._pages = pages
        self._premium = premium

    def index(self, call: Call) -> Answer:
        """`GET /workspaces/{workspace_gid}/custom_fields`."""
        self._world.find(Workspace, call.gid(), call.user)
        return self._pages.page(call, self._world.workspace.custom_fields)

    def read(self, call: Call) -> Answer:
        """`GET /custom_fields/{custom_field_gid}`."""
        return full(self._world.find(CustomField, call.gid(), call.user))

    def create(self, call: Call) -> Answer:
        """`POST /custom_fields`."""
        self._world.find(Workspace, call.data.get("workspace"), call.user, status=400)
        kind = call.data.get("resource_subtype") or call.data.get("type")
        if not self._premium:
            raise Problem(402, "Custom Fields are not available for free users or guests.")
        if kind not in ("text", "number", "enum", "multi_enum", "date", "people"):
            raise bad(f"resource_subtype: Unknown value: {kind}")
        options = [str(option.get("name")) for option in call.data.get("enum_options") or ()]
        field = self.make(_named(call), str(kind), options, int(call.data.get("precision") or 0))
        field.format = str(call.data.get("format") or "none")
        return created(field, "custom_fields")

    def make(self, name: str, kind: str, options: list[str], precision: int = 0) -> CustomField:
        """Make a definition."""
        world = self._world
        field = world.keep(CustomField(world.gid(), name, kind, world.workspace, precision=precision))
        field.options = [EnumOption(world.gid(), option) for option in options]
        world.workspace.custom_fields.append(field)
        return field

    def add_option(self, call: Call) -> Answer:
        """`POST /custom_fields/{custom_field_gid}/enum_options`."""
        field = self._world.find(CustomField, call.gid(), call.user)
        if field.type not in ("enum", "multi_enum"):
            raise bad("custom_field: Not an enum custom field")
        if field.locked:
            raise Problem(403, "You do not have permission to edit this custom field.")
        option = EnumOption(self._world.gid(), _named(call))
        field.options.append(option)
        return created(option, "enum_options")

    def update_option(self, call: Call) -> Answer:
        """`PUT /enum_options/{enum_option_gid}`: name, colour and whether it can be chosen."""
        for field in self._world.workspace.custom_fields:
            for option in field.options:
                if option.gid == call.gid():
                    option.name = str(call.data.get("name", option.name))
                    option.enabled = bool(call.data.get("enabled", option.enabled))
                    return full(option)
        raise Problem(404, f"enum_option: Unknown object: {call.gid()}")


class Tags:
    """Tags, which belong to the workspace."""

    def __init__(self, world: World, pages: Pages) -> None:
        self._world = world
        self._pages = pages

    def index(self, call: Call) -> Answer:
        """`GET /tags?workspace`, `GET /workspaces/{workspace_gid}/tags`."""
        gid = call.gids.get("workspace_gid") or call.query.get("workspace")
        if gid is not None:
            self._world.find(Workspace, gid, call.user, status=404 if call.gids else 400)
        found = [tag for tag in self._world.workspace.tags if not tag.trashed and sees(call.user, tag)]
        return self._pages.page(call, found)

    def of_task(self, call: Call) -> Answer:
        """`GET /tasks/{task_gid}/tags`."""
        return self._pages.page(call, list(self._world.find(Task, call.gid(), call.user).tags))

    def create(self, call: Call) -> Answer:
        """`POST /tags`, `POST /workspaces/{workspace_gid}/tags`: a second of the same name, where there is one."""
        gid = call.gids.get("workspace_gid") or call.data.get("workspace")
        self._world.find(Workspace, gid, call.user, status=404 if call.gids else 400)
        return created(self.make(_named(call), call.data.get("color")), "tags")

    def make(self, name: str, color: str | None = None) -> Tag:
        """Make a tag."""
        world = self._world
        tag = world.keep(Tag(world.gid(), name, world.workspace, world.now(), color))
        world.workspace.tags.append(tag)
        return tag

    def read(self, call: Call) -> Answer:
        """`GET /tags/{tag_gid}`."""
        return full(self._world.find(Tag, call.gid(), call.user))

    def update(self, call: Call) -> Answer:
        """`PUT /tags/{tag_gid}`: the name."""
        tag = self._world.find(Tag, call.gid(), call.user)
        tag.name = _named(call)
        return full(tag)

    def delete(self, call: Call) -> Answer:
        """`DELETE /tags/{tag_gid}`: off every task."""
        tag = self._world.find(Tag, call.gid(), call.user)
        for task in self._world.tasks.values():
            if tag in task.tags:
                task.tags.remove(tag)
        tag.trashed = True
        return nothing()


def _named(call: Call) -> str:
    name = call.data.get("name")
    if not isinstance(name, str) or not name.strip():
        raise missing("name")
    return name
