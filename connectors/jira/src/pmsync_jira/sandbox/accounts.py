"""Operations about people: who asks, who there is, who may do what."""

from werkzeug.wrappers import Response

from pmsync_jira.sandbox.answers import Refusal, reply
from pmsync_jira.sandbox.people import CLOUD, Person, shown
from pmsync_jira.sandbox.project import paged
from pmsync_jira.sandbox.routing import Call, Route
from pmsync_jira.sandbox.site import PROJECT_ID, PROJECT_KEY, Site

_GLOBAL = ("ADMINISTER", "USER_PICKER", "BULK_CHANGE", "CREATE_SHARED_OBJECTS")
_PROJECT = (
    "BROWSE_PROJECTS",
    "CREATE_ISSUES",
    "EDIT_ISSUES",
    "ASSIGN_ISSUES",
    "ASSIGNABLE_USER",
    "TRANSITION_ISSUES",
    "RESOLVE_ISSUES",
    "DELETE_ISSUES",
    "SCHEDULE_ISSUES",
    "MODIFY_REPORTER",
    "LINK_ISSUES",
    "ADD_COMMENTS",
    "EDIT_OWN_COMMENTS",
    "DELETE_OWN_COMMENTS",
    "EDIT_ALL_COMMENTS",
    "DELETE_ALL_COMMENTS",
    "CREATE_ATTACHMENTS",
    "DELETE_OWN_ATTACHMENTS",
    "WORK_ON_ISSUES",
    "ADMINISTER_PROJECTS",
)
_ADMIN_ONLY = frozenset({"ADMINISTER", "ADMINISTER_PROJECTS"})


def _shown(site: Site, call: Call, person: Person) -> dict[str, object]:
    return shown(person, call.base, call.version, site.product)


def myself(site: Site, call: Call) -> Response:
    """`GET /myself`."""
    told = _shown(site, call, call.person) | {
        "locale": "en_US",
        "groups": {"size": 1, "items": []},
        "applicationRoles": {"size": 1, "items": []},
        "expand": "groups,applicationRoles",
    }
    if call.person.email is None:
        # One's own address is always visible to oneself.
        told["emailAddress"] = f"{call.person.name}@example.com"
    return reply(told)


def user(site: Site, call: Call) -> Response:
    """`GET /user`."""
    asked = call.query("accountId") if site.cloud else call.query("username") or call.query("key")
    if not asked:
        wanted = "accountId" if site.cloud else "username"
        raise Refusal(400, f"The query parameter '{wanted}' has to be provided.")
    found = site.people.find(asked)
    if found is None:
        raise Refusal(404, "Specified user does not exist or you do not have required permissions")
    return reply(_shown(site, call, found))


def _listed(site: Site, call: Call, found: list[Person]) -> Response:
    start, most = call.page(50, 1_000)
    return reply([_shown(site, call, person) for person in found[start : start + most]])


def user_search(site: Site, call: Call) -> Response:
    """`GET /user/search`: whoever comes near enough, on the whole site."""
    account = call.query("accountId")
    query = call.query("query") if site.cloud else call.query("username")
    if not query and not account and "query" not in call.request.args:
        raise Refusal(400, "The query parameter has to be provided.")
    if call.user is None:
        return reply([])
    found = site.people.find(account) if account else None
    return _listed(site, call, [found] if found else [] if account else site.people.matching(query))


def users(site: Site, call: Call) -> Response:
    """`GET /users/search`: everybody."""
    call.demand_user()
    return _listed(site, call, list(site.people))


def users_bulk(site: Site, call: Call) -> Response:
    """`GET /user/bulk`: people by their account ids."""
    start, most = call.page(10, 200)
    asked = call.listed("accountId")
    if not asked:
        raise Refusal(400, "The query parameter 'accountId' has to be provided.")
    found = [person for person in (site.people.find(account_id) for account_id in asked) if person is not None]
    return reply(paged(call, [_shown(site, call, person) for person in found], start, most))


def assignable(site: Site, call: Call) -> Response:
    """`GET /user/assignable/search`: whoever may be assigned and comes near enough."""
    project, issue = call.query("project"), call.query("issueKey") or call.query("issueId")
    if not project and not issue:
        raise Refusal(400, "Either the project or the issue has to be provided.")
    if issue:
        site.issue_for(call.user, issue)
    elif not call.person.member or project not in (PROJECT_ID, PROJECT_KEY):
        raise Refusal(404, f"No project could be found with key '{project}'.")
    members = [person for person in site.people if person.member]
    account = call.query("accountId")
    if account:
        return _listed(site, call, [person for person in members if person.account_id == account])
    query = call.query("query") if site.cloud else call.query("username")
    return _listed(site, call, site.people.matching(query, members))


def my_permissions(site: Site, call: Call) -> Response:
    """`GET /mypermissions`."""
    asked = [key.upper() for key in call.listed("permissions")]
    if site.cloud and not asked:
        raise Refusal(400, "The permissions query parameter is required.")
    unknown = [key for key in asked if key not in (*_GLOBAL, *_PROJECT)]
    if unknown:
        raise Refusal(400, f"Unrecognized permission(s): {', '.join(unknown)}")
    project, issue = call.query("projectKey") or call.query("projectId"), call.query("issueKey")
    member = call.user is not None and call.user.member
    if project and (not member or project not in (PROJECT_ID, PROJECT_KEY)):
        raise Refusal(404, f"No project could be found with key '{project}'.")
    if issue:
        site.issue_for(call.user, issue)
    told = {}
    for number, key in enumerate((*_GLOBAL, *_PROJECT)):
        if not asked or key in asked:
            told[key] = {
                "id": str(number),
                "key": key,
                "name": key.replace("_", " ").capitalize(),
                "type": "GLOBAL" if key in _GLOBAL else "PROJECT",
                "description": "",
                "havePermission": _has(call.user, key),
            }
    return reply({"permissions": told})


def _has(user: Person | None, key: str) -> bool:
    if user is None:
        return False
    if key in _ADMIN_ONLY:
        return user.admin
    return user.member or key in _GLOBAL


ROUTES = (
    Route("GET", "/myself", myself),
    Route("GET", "/user", user),
    Route("GET", "/user/search", user_search, anonymous=True),
    Route("GET", "/users/search", users, products=(CLOUD,)),
    Route("GET", "/user/bulk", users_bulk, products=(CLOUD,)),
    Route("GET", "/user/assignable/search", assignable),
    Route("GET", "/mypermissions", my_permissions, anonymous=True),
)
