"""Looking, before anything is synchronised, whether a Jira lets us do what that needs."""

from pmsync.connector.api import Account, Finding
from pmsync.errors import FatalError
from pmsync_jira.answers import RefusalError
from pmsync_jira.client import Client
from pmsync_jira.jql import filtered, project_is
from pmsync_jira.memory import Memory, Project
from pmsync_jira.names import Names
from pmsync_jira.settings import JiraSettings
from pmsync_jira.site import Site

_NEEDED = {
    "BROWSE_PROJECTS": "read issues",
    "CREATE_ISSUES": "create issues",
    "EDIT_ISSUES": "change issues",
    "TRANSITION_ISSUES": "change an issue's status",
    "ASSIGN_ISSUES": "assign issues",
}
_USEFUL = {
    "ADD_COMMENTS": "comment on issues",
    "EDIT_OWN_COMMENTS": "follow with its comments what is edited elsewhere",
    "DELETE_OWN_COMMENTS": "take its comments away when the originals are deleted",
    "CREATE_ATTACHMENTS": "attach files",
    "DELETE_OWN_ATTACHMENTS": "take its attachments away when the originals are deleted",
    "LINK_ISSUES": "link issues, nor attach addresses to them",
    "DELETE_ISSUES": "delete issues (only for `on_delete: delete`)",
    "ADMINISTER_PROJECTS": "keep a property of the project, by which a second pmsync or a restored state would show",
}


class Checking:
    """Asks, and changes nothing."""

    def __init__(self, settings: JiraSettings, client: Client, site: Site, memory: Memory, names: Names) -> None:
        self._settings = settings
        self._client = client
        self._site = site
        self._memory = memory
        self._names = names

    def check(self) -> Account:
        """As `Connector.check`. Raises AuthError where no way to this site takes the credentials."""
        person = self._site.discover()
        memory = self._memory
        findings: list[Finding] = []
        if self._site.through_gateway:
            findings.append(Finding("info", "the token has scopes, so it works through Atlassian's gateway only"))
        try:
            memory.project = None
            memory.fenced = True
            project = self._names.project()
        except FatalError as error:
            findings.append(
                Finding(
                    "error", error.message, "put the project's key into `scope.project`, or let the account browse it"
                )
            )
        else:
            findings += self._permissions(project)
            findings += self._filter(project)
        product = "Jira Cloud" if memory.cloud else f"Jira Data Center {memory.version}".rstrip()
        return Account(
            id=memory.account,
            name=str(person.get("displayName") or memory.account),
            url=memory.base,
            product=product,
            findings=tuple(findings),
        )

    def _permissions(self, project: Project) -> list[Finding]:
        params = {"projectKey": project.key}
        if self._memory.cloud:
            # A Data Center lists them all, unasked.
            params["permissions"] = ",".join([*_NEEDED, *_USEFUL])
        try:
            told = self._client.read("GET", "mypermissions", params=params).data.get("permissions") or {}
        except RefusalError as refusal:
            return [Finding("warning", f"Jira does not tell which permissions the account has: {refusal.message}")]
        findings = []
        for severity, wanted in (("error", _NEEDED), ("info", _USEFUL)):
            for key, purpose in wanted.items():
                if not (told.get(key) or {}).get("havePermission"):
                    remedy = f"give the account the permission {key} in project {project.key}"
                    findings.append(Finding(severity, f"the account may not {purpose} in {project.key}", remedy))
        return findings

    def _filter(self, project: Project) -> list[Finding]:
        if not self._settings.jql:
            return []
        query = project_is(project.id, filtered(self._settings.jql))
        path = "search/jql" if self._memory.cloud else "search"
        try:
            self._client.read("POST", path, body={"jql": query, "fields": ["id"], "maxResults": 1})
        except RefusalError as refusal:
            return [Finding("error", f"Jira does not understand `scope.jql`: {refusal.message}", "correct `scope.jql`")]
        return []
