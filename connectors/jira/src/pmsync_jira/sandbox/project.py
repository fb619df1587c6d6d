"""The project and the site's vocabulary: fields, types, statuses, priorities, the screens' metadata."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from werkzeug.wrappers import Response

from pmsync_jira.sandbox.answers import Refusal, invalid, nothing, reply
from pmsync_jira.sandbox.editing import PROPERTY_LIMIT
from pmsync_jira.sandbox.fields import FIELDS, details
from pmsync_jira.sandbox.people import CLOUD, DATA_CENTER
from pmsync_jira.sandbox.pieces import LINK_TYPES, link_type_json, version_json
from pmsync_jira.sandbox.records import Version, stamp
from pmsync_jira.sandbox.render import screen
from pmsync_jira.sandbox.routing import Call, Route
from pmsync_jira.sandbox.site import CLOUD_ID, PROJECT_ID, PROJECT_KEY, Site
from pmsync_jira.sandbox.view import View, project_ref
from pmsync_jira.sandbox.workflow import (
    CATEGORIES,
    DEFAULT_PRIORITY,
    PRIORITIES,
    RESOLUTIONS,
    STATUSES,
    TYPES,
    Named,
    category_json,
    priority_json,
    resolution_json,
    status_json,
    type_json,
)

_UUID = "9d6c1b0e-3f57-4c1a-8a44-2b7f0e5d9c13"


def server_info(site: Site, call: Call) -> Response:
    """`GET /serverInfo`."""
    told = {
        "baseUrl": site.base,
        "version": "1001.0.0-SNAPSHOT" if site.cloud else "10.3.2",
        "versionNumbers": [1001, 0, 0] if site.cloud else [10, 3, 2],
        "deploymentType": "Cloud" if site.cloud else "Server",
        "buildNumber": 100283 if site.cloud else 10030002,
        "buildDate": "2026-05-04T00:00:00.000+0000",
        "serverTime": stamp(call.now),
        "scmInfo": "5b6d1c8f0e8a4b1fae0f2f5f3c9e7d1a4b2c6e80",
        "serverTitle": "Jira",
    }
    if site.cloud:
        told |= {"serverTimeZone": "Etc/UTC", "displayUrl": site.base}
    return reply(told)


def tenant_info(site: Site, call: Call) -> Response:
    """`GET /_edge/tenant_info`: where a site says which cloud it is."""
    return reply({"cloudId": CLOUD_ID})


def fields(site: Site, call: Call) -> Response:
    """`GET /field`."""
    return reply([details(kind, site.product) for kind in FIELDS.values()])


def _priority(call: Call, priority: Named) -> dict[str, Any]:
    told = priority_json(priority, call.api)
    told |= {"statusColor": priority.color, "description": priority.description}
    return told | ({"isDefault": priority.id == DEFAULT_PRIORITY} if call.version == 3 else {})


def _listing(known: Mapping[str, Any], tell: Callable[[Call, Any], Any]) -> Callable[[Site, Call], Response]:
    return lambda site, call: reply([tell(call, entry) for entry in known.values()])


def _one(known: Mapping[str, Any], tell: Callable[[Call, Any], Any], what: str) -> Callable[[Site, Call], Response]:
    def handler(site: Site, call: Call) -> Response:
        (sought,) = call.match.params.values()
        for entry_id, entry in known.items():
            if sought in (entry_id, entry.name):
                return reply(tell(call, entry))
        raise Refusal(404, f"The {what} with ID '{sought}' does not exist.")

    return handler


def priority_search(site: Site, call: Call) -> Response:
    """`GET /priority/search`."""
    start, most = call.page(50, 50)
    shown = [_priority(call, priority) for priority in PRIORITIES.values()]
    return reply(paged(call, shown, start, most))


def paged(call: Call, entries: list[Any], start: int, most: int) -> dict[str, Any]:
    """A page in the form that most of Cloud's listings have."""
    end = start + most
    told: dict[str, Any] = {
        "self": call.request.url,
        "maxResults": most,
        "startAt": start,
        "total": len(entries),
        "isLast": end >= len(entries),
        "values": entries[start:end],
    }
    if end < len(entries):
        told["nextPage"] = f"{call.request.base_url}?startAt={end}&maxResults={most}"
    return told


def categories(site: Site, call: Call) -> Response:
    """`GET /statuscategory`."""
    return reply([category_json(category, call.api) for category in CATEGORIES])


def _project(site: Site, call: Call, *, full: bool = False) -> dict[str, Any]:
    view = View.of(site, call)
    told = project_ref(view) | {"expand": "description,lead,issueTypes,url,projectKeys,permissions,insight"}
    if site.cloud:
        told |= {"style": "classic", "isPrivate": False, "properties": {}, "entityId": _UUID, "uuid": _UUID}
    expand = call.listed("expand")
    if full or "lead" in expand:
        told["lead"] = view.user("pmsync")
    if full or "issueTypes" in expand:
        told["issueTypes"] = [type_json(kind, call.api) for kind in TYPES.values()]
    if full:
        told |= {"description": "", "components": [], "versions": [], "roles": {}, "assigneeType": "UNASSIGNED"}
    return told


def _allowed(site: Site, call: Call, reference: str) -> None:
    if call.user is None or not call.user.member or reference not in (PROJECT_ID, PROJECT_KEY):
        raise Refusal(404, f"No project could be found with key '{reference}'.")


def projects(site: Site, call: Call) -> Response:
    """`GET /project`."""
    seen = call.user is not None and call.user.member
    return reply([_project(site, call)] if seen else [])


def project_search(site: Site, call: Call) -> Response:
    """`GET /project/search`."""
    start, most = call.page(50, 100)
    found = [_project(site, call)] if call.user is not None and call.user.member else []
    query = call.query("query").casefold()
    keys, ids = call.listed("keys"), call.listed("id")
    found = [
        project
        for project in found
        if (not keys or project["key"] in keys)
        and (not ids or project["id"] in ids)
        and (query in project["key"].casefold() or query in project["name"].casefold())
    ]
    return reply(paged(call, found, start, most))


def project(site: Site, call: Call) -> Response:
    """`GET /project/{projectIdOrKey}`."""
    _allowed(site, call, call.param("projectIdOrKey"))
    return reply(_project(site, call, full=True))


def project_statuses(site: Site, call: Call) -> Response:
    """`GET /project/{projectIdOrKey}/statuses`."""
    _allowed(site, call, call.param("projectIdOrKey"))
    statuses = [status_json(status, call.api) for status in STATUSES.values()]
    return reply(
        [
            {
                "self": f"{call.api}/issuetype/{kind.id}",
                "id": kind.id,
                "name": kind.name,
                "subtask": kind.subtask,
                "statuses": statuses,
            }
            for kind in TYPES.values()
        ]
    )


def nothing_there(site: Site, call: Call) -> Response:
    """`GET /project/{projectIdOrKey}/components`: the project has none."""
    _allowed(site, call, call.param("projectIdOrKey"))
    return reply([])


def versions(site: Site, call: Call) -> Response:
    """`GET /project/{projectIdOrKey}/versions`."""
    _allowed(site, call, call.param("projectIdOrKey"))
    return reply([version_json(View.of(site, call), version) for version in site.versions.values()])


def make_version(site: Site, call: Call) -> Response:
    """`POST /version`: for administrators of the project."""
    body = call.body()
    wanted = body.get("projectId") or body.get("project")
    if str(wanted) not in (PROJECT_ID, PROJECT_KEY):
        raise Refusal(404, "No project could be found.")
    _administered(site, call, PROJECT_KEY)
    name = body.get("name")
    if not isinstance(name, str) or not name.strip() or len(name) > 255:
        raise invalid("name", "You must specify a valid version name.")
    if any(version.name.casefold() == name.strip().casefold() for version in site.versions.values()):
        raise invalid("name", "A version with this name already exists in this project.")
    made = Version(site.next_id("version"), name.strip())
    site.versions[made.id] = made
    return reply(version_json(View.of(site, call), made), 201)


def create_types(site: Site, call: Call) -> Response:
    """`GET /issue/createmeta/{projectIdOrKey}/issuetypes`."""
    _allowed(site, call, call.param("projectIdOrKey"))
    start, most = call.page(50, 200)
    types = [type_json(kind, call.api) for kind in TYPES.values()]
    return reply(_meta_page("issueTypes" if site.cloud else "values", types, start, most))


def create_fields(site: Site, call: Call) -> Response:
    """`GET /issue/createmeta/{projectIdOrKey}/issuetypes/{issueTypeId}`."""
    _allowed(site, call, call.param("projectIdOrKey"))
    type_id = call.param("issueTypeId")
    if type_id not in TYPES:
        raise Refusal(400, f"The issue type with ID '{type_id}' is not available in the project.")
    start, most = call.page(50, 200)
    offered = screen(View.of(site, call), type_id, create=True)
    shown = [told | {"fieldId": field_id} for field_id, told in offered.items()]
    return reply(_meta_page("fields" if site.cloud else "values", shown, start, most))


def _meta_page(name: str, entries: list[Any], start: int, most: int) -> dict[str, Any]:
    end = start + most
    told = {"maxResults": most, "startAt": start, "total": len(entries), name: entries[start:end]}
    return told | ({"isLast": end >= len(entries)} if name == "values" else {})


def property_keys(site: Site, call: Call) -> Response:
    """`GET /project/{projectIdOrKey}/properties`."""
    _allowed(site, call, call.param("projectIdOrKey"))
    here = f"{call.api}/project/{PROJECT_KEY}/properties"
    return reply({"keys": [{"key": key, "self": f"{here}/{key}"} for key in site.properties]})


def get_property(site: Site, call: Call) -> Response:
    """`GET /project/{projectIdOrKey}/properties/{propertyKey}`."""
    _allowed(site, call, call.param("projectIdOrKey"))
    key = call.param("propertyKey")
    if key not in site.properties:
        raise Refusal(404, f"The property with key '{key}' was not found.")
    return reply({"key": key, "value": site.properties[key]})


def put_property(site: Site, call: Call) -> Response:
    """`PUT /project/{projectIdOrKey}/properties/{propertyKey}`: for administrators of the project."""
    _administered(site, call)
    key, value = call.param("propertyKey"), property_value(call)
    new = key not in site.properties
    site.properties[key] = value
    return nothing(201 if new else 200)


def property_value(call: Call) -> Any:
    """The value of an entity property in a request's body. Raises a 400."""
    value = call.json
    if len(call.param("propertyKey")) > 255:
        raise Refusal(400, "The property key cannot be longer than 255 characters.")
    if len(json.dumps(value, ensure_ascii=False)) > PROPERTY_LIMIT:
        raise Refusal(400, f"The property value cannot be longer than {PROPERTY_LIMIT} characters.")
    return value


def delete_property(site: Site, call: Call) -> Response:
    """`DELETE /project/{projectIdOrKey}/properties/{propertyKey}`."""
    _administered(site, call)
    key = call.param("propertyKey")
    if key not in site.properties:
        raise Refusal(404, f"The property with key '{key}' was not found.")
    del site.properties[key]
    return nothing()


def _administered(site: Site, call: Call, project: str = "") -> None:
    _allowed(site, call, project or call.param("projectIdOrKey"))
    if not call.person.admin:
        raise Refusal(403, "You do not have permission to administer this project.")


def link_types(site: Site, call: Call) -> Response:
    """`GET /issueLinkType`."""
    view = View.of(site, call)
    return reply({"issueLinkTypes": [link_type_json(view, type_id) for type_id in LINK_TYPES]})


def labels(site: Site, call: Call) -> Response:
    """`GET /label`: every label in use."""
    start, most = call.page(1_000, 1_000)
    member = call.person.member
    found = sorted({label for issue in site.issues.values() for label in issue.labels}) if member else []
    return reply(paged(call, found, start, most))


_LISTS: tuple[tuple[str, Mapping[str, Any], Callable[[Call, Any], Any], str], ...] = (
    ("priority/{id}", PRIORITIES, _priority, "priority"),
    ("issuetype/{id}", TYPES, lambda call, kind: type_json(kind, call.api), "issue type"),
    ("status/{idOrName}", STATUSES, lambda call, status: status_json(status, call.api), "status"),
    ("resolution/{id}", RESOLUTIONS, lambda call, resolution: resolution_json(resolution, call.api), "resolution"),
)
_META = "/issue/createmeta/{projectIdOrKey}/issuetypes"
_HERE = "/project/{projectIdOrKey}"

ROUTES = (
    Route("GET", "/serverInfo", server_info, anonymous=True),
    Route("GET", "/_edge/tenant_info", tenant_info, anonymous=True, rooted=True, products=(CLOUD,)),
    Route("GET", "/field", fields, anonymous=True),
    *(
        Route("GET", f"/{one.partition('/')[0]}", _listing(known, tell), anonymous=True)
        for one, known, tell, _ in _LISTS
    ),
    *(Route("GET", f"/{one}", _one(known, tell, what), anonymous=True) for one, known, tell, what in _LISTS),
    Route("GET", "/priority/search", priority_search, products=(CLOUD,)),
    Route("GET", "/statuscategory", categories, anonymous=True),
    Route("GET", "/project", projects, anonymous=True),
    Route("GET", "/project/search", project_search, anonymous=True, products=(CLOUD,)),
    Route("GET", _HERE, project, anonymous=True),
    Route("GET", f"{_HERE}/statuses", project_statuses, anonymous=True),
    Route("GET", f"{_HERE}/components", nothing_there, anonymous=True),
    Route("GET", f"{_HERE}/versions", versions, anonymous=True),
    Route("POST", "/version", make_version),
    Route("GET", f"{_HERE}/properties", property_keys, anonymous=True),
    Route("GET", f"{_HERE}/properties/{{propertyKey}}", get_property, anonymous=True),
    Route("PUT", f"{_HERE}/properties/{{propertyKey}}", put_property),
    Route("DELETE", f"{_HERE}/properties/{{propertyKey}}", delete_property),
    Route("GET", _META, create_types, anonymous=True),
    Route("GET", f"{_META}/{{issueTypeId}}", create_fields, anonymous=True),
    Route("GET", "/issueLinkType", link_types, anonymous=True),
    Route("GET", "/label", labels, products=(CLOUD, DATA_CENTER)),
)
