"""Through which of the site's faces, and by whom, something is looked at."""

from dataclasses import dataclass
from typing import Any

from pmsync_jira.sandbox import adf
from pmsync_jira.sandbox.history import as_text
from pmsync_jira.sandbox.people import Person, shown
from pmsync_jira.sandbox.records import Comment, Issue, Text
from pmsync_jira.sandbox.routing import Call
from pmsync_jira.sandbox.site import PROJECT_ID, PROJECT_KEY, PROJECT_NAME, Site

ROLES = {"Administrators": "10002", "Developers": "10001"}
"""The project's roles, and their ids."""
GROUPS = {
    "jira-administrators": "276f955c-63d7-42c8-9520-92d01dca0625",
    "jira-users": "8d1a3c6e-0d5f-4a57-9a3a-b4d1f5f8c101",
}
"""The site's groups, and their ids."""
ADMINISTRATORS = ("Administrators", "jira-administrators")
"""The role and the group to which only administrators belong; to the others all members do."""
EMBEDDED_COMMENTS = 20
"""How many comments Cloud shows with each of many issues."""


@dataclass(frozen=True, slots=True)
class View:
    """A look at the site."""

    site: Site
    base: str
    version: int
    reader: Person | None = None
    """Whose eyes these are; None sees all comments."""
    most_comments: int | None = None
    """How many comments an issue is shown with, where that is less than all."""

    @classmethod
    def of(cls, site: Site, call: Call, *, most_comments: int | None = None) -> "View":
        """What whoever calls sees, through the door by which they came."""
        return cls(site, call.base, call.version, call.user, most_comments)

    @property
    def api(self) -> str:
        return f"{self.base}/rest/api/{self.version}"

    def user(self, name: str | None) -> dict[str, Any] | None:
        """An account, or null."""
        return None if name is None else shown(self.site.people.get(name), self.base, self.version, self.site.product)

    def comments(self, issue: Issue) -> list[Comment]:
        """An issue's comments, less those for a group or role that the reader does not belong to."""
        reader = self.reader
        return [
            comment for comment in issue.comments if reader is None or reader.admin or not _for_administrators(comment)
        ]

    def text(self, value: Text) -> Text:
        """Formatted text as this version has it: a document in v3, a string in v2."""
        if value is None:
            return None
        if self.version == 2:
            return as_text(value)
        return adf.document(value) if isinstance(value, str) else value


def _for_administrators(comment: Comment) -> bool:
    return comment.visibility is not None and comment.visibility["value"] in ADMINISTRATORS


def project_ref(view: View) -> dict[str, Any]:
    """The project as it stands in an issue."""
    return {
        "self": f"{view.api}/project/{PROJECT_ID}",
        "id": PROJECT_ID,
        "key": PROJECT_KEY,
        "name": PROJECT_NAME,
        "projectTypeKey": view.site.project_type,
        "simplified": False,
        "avatarUrls": {
            f"{size}x{size}": f"{view.base}/rest/api/{view.version}/universal_avatar/view/type/project/avatar/10400"
            for size in (48, 24, 16, 32)
        },
    }
