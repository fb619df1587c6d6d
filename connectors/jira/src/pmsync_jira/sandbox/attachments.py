"""Operations on what hangs on an issue: files, entity properties, remote links, links to other issues."""

import mimetypes
from contextlib import closing
from functools import partial
from typing import Any

from werkzeug.wrappers import Response

from pmsync_jira.sandbox.answers import Refusal, invalid, nothing, reply
from pmsync_jira.sandbox.editing import set_property
from pmsync_jira.sandbox.people import DATA_CENTER, Person
from pmsync_jira.sandbox.pieces import LINK_TYPES, attachment_json, link_type_json
from pmsync_jira.sandbox.project import property_value
from pmsync_jira.sandbox.records import Attachment, Change, Issue, Link
from pmsync_jira.sandbox.render import brief
from pmsync_jira.sandbox.routing import Call, Route, typed
from pmsync_jira.sandbox.site import Happening, Site
from pmsync_jira.sandbox.view import View

UPLOAD_LIMIT = 10 * 1024 * 1024
_FILES_AT_ONCE = 60


def _view(site: Site, call: Call) -> View:
    return View.of(site, call)


def _issue(site: Site, call: Call) -> Issue:
    return site.issue_for(call.user, call.param("issueIdOrKey"))


def attachment_meta(site: Site, call: Call) -> Response:
    """`GET /attachment/meta`."""
    return reply({"enabled": True, "uploadLimit": UPLOAD_LIMIT})


def attach(site: Site, call: Call) -> Response:
    """`POST /issue/{issueIdOrKey}/attachments`: multipart, and only with the header that forgers cannot send."""
    if call.request.headers.get("X-Atlassian-Token", "").casefold() not in ("no-check", "nocheck"):
        return Response("XSRF check failed", 403, content_type="text/plain;charset=UTF-8")
    issue = _issue(site, call)
    person = call.person
    # A form that breaks off is no form; werkzeug would leave what it has of a file open.
    whole = call.request.get_data().rstrip().endswith(b"--")
    files = call.request.files.getlist("file") if whole else []
    if not 1 <= len(files) <= _FILES_AT_ONCE:
        raise Refusal(400, f"Between 1 and {_FILES_AT_ONCE} files have to be sent as 'file'.")
    contents = []
    for file in files:
        with closing(file):
            contents.append(file.read())
    if any(len(content) > UPLOAD_LIMIT for content in contents):
        raise Refusal(413, f"The attachment exceeds the maximum size of {UPLOAD_LIMIT} bytes.")
    made: list[Attachment] = []
    for file, content in zip(files, contents, strict=True):
        name = file.filename or "file"
        mime = file.mimetype or mimetypes.guess_type(name)[0] or "application/octet-stream"
        made.append(Attachment(site.next_id("attachment"), issue.id, person.name, name, mime, content, site.now()))
    site.attachments.update({attachment.id: attachment for attachment in made})
    site.touch(issue, lambda: issue.attachments.extend(attachment.id for attachment in made))
    for attachment in made:
        _tell(site, person, issue, attachment, there=True)
    return reply([attachment_json(_view(site, call), attachment) for attachment in made])


def _tell(site: Site, actor: Person, issue: Issue, attachment: Attachment, *, there: bool) -> None:
    """Write a file that came or went into the history, and tell the webhooks of it."""
    shown = (str(attachment.id), attachment.filename)
    (old, new) = ((None, None), shown) if there else (shown, (None, None))
    entry = site.record(issue, actor, Change("Attachment", "attachment", False, *old, *new))
    site.announce(Happening(f"attachment_{'created' if there else 'deleted'}", actor, issue, attachment=attachment))
    site.announce(Happening("jira:issue_updated", actor, issue, kind="issue_updated", entry=entry))


def _attachment(site: Site, call: Call) -> Attachment:
    attachment_id = call.param("id")
    found = site.attachments.get(int(attachment_id)) if attachment_id.isdecimal() else None
    if found is None or call.user is None or not call.user.member:
        raise Refusal(404, f"The attachment with id '{attachment_id}' does not exist")
    return found


def attachment(site: Site, call: Call) -> Response:
    """`GET /attachment/{id}`: here the id is a number."""
    found = _attachment(site, call)
    return reply(attachment_json(_view(site, call), found) | {"id": found.id, "properties": {}})


def content(site: Site, call: Call) -> Response:
    """`GET /attachment/content/{id}`: a redirect to the media host, or the bytes with `redirect=false`."""
    found = _attachment(site, call)
    if call.flag("redirect", True) and site.cloud:
        # The media host is another one than the site's.
        host = site.base.replace("//127.0.0.1", "//localhost")
        return Response(status=303, headers={"Location": f"{host}/secure/media/{found.id}/{found.issue}"})
    return Response(found.content, content_type=found.mime)


def media(site: Site, call: Call) -> Response:
    """The media host. It knows an address that nobody could guess, and takes no other sign of who asks."""
    if "Authorization" in call.request.headers:
        return Response("Only one auth mechanism allowed", 400, content_type="text/plain")
    found = site.attachments.get(int(call.param("id"))) if call.param("id").isdecimal() else None
    if found is None or str(found.issue) != call.param("key"):
        raise Refusal(404)
    return Response(found.content, content_type=found.mime)


def secured(site: Site, call: Call) -> Response:
    """A file's content on Data Center, at the address that its description names."""
    if call.user is None:
        return Response(status=302, headers={"Location": f"{site.base}/login.jsp?permissionViolation=true"})
    found = _attachment(site, call)
    return Response(found.content, content_type=found.mime)


def detach(site: Site, call: Call) -> Response:
    """`DELETE /attachment/{id}`."""
    found = _attachment(site, call)
    person, issue = call.person, site.issues[found.issue]
    site.touch(issue, lambda: issue.attachments.remove(found.id))
    del site.attachments[found.id]
    _tell(site, person, issue, found, there=False)
    return nothing()


def property_keys(site: Site, call: Call) -> Response:
    """`GET /issue/{issueIdOrKey}/properties`."""
    issue = _issue(site, call)
    here = f"{call.api}/issue/{issue.id}/properties"
    return reply({"keys": [{"key": key, "self": f"{here}/{key}"} for key in issue.properties]})


def _property(issue: Issue, call: Call) -> str:
    key = call.param("propertyKey")
    if key not in issue.properties:
        raise Refusal(404, f"The property with key '{key}' was not found.")
    return key


def get_property(site: Site, call: Call) -> Response:
    """`GET /issue/{issueIdOrKey}/properties/{propertyKey}`."""
    issue = _issue(site, call)
    key = _property(issue, call)
    return reply({"key": key, "value": issue.properties[key]})


def put_property(site: Site, call: Call) -> Response:
    """`PUT /issue/{issueIdOrKey}/properties/{propertyKey}`: 201 where it is new, else 200."""
    issue = _issue(site, call)
    key, value = call.param("propertyKey"), property_value(call)
    new = key not in issue.properties
    set_property(site, call.person, issue, key, value)
    return nothing(201 if new else 200)


def delete_property(site: Site, call: Call) -> Response:
    """`DELETE /issue/{issueIdOrKey}/properties/{propertyKey}`."""
    issue = _issue(site, call)
    person, key = call.person, _property(issue, call)
    site.touch(issue, partial(issue.properties.__delitem__, key), dated=False)
    site.announce(Happening("issue_property_deleted", person, issue, property=key))
    return nothing()


def _remote(call: Call, issue: Issue, link_id: int) -> dict[str, Any]:
    return {"id": link_id, "self": f"{call.api}/issue/{issue.id}/remotelink/{link_id}"} | issue.remote_links[link_id]


def remote_links(site: Site, call: Call) -> Response:
    """`GET /issue/{issueIdOrKey}/remotelink`: all of them, or the one of a `globalId`."""
    issue = _issue(site, call)
    wanted = call.query("globalId")
    shown = [_remote(call, issue, link_id) for link_id in issue.remote_links]
    if not wanted:
        return reply(shown)
    for link in shown:
        if link.get("globalId") == wanted:
            return reply(link)
    raise Refusal(404, f"No remote issue link with the global ID '{wanted}'.")


def put_remote_link(site: Site, call: Call) -> Response:
    """`POST /issue/{issueIdOrKey}/remotelink`: made, or with a known `globalId` replaced."""
    issue = _issue(site, call)
    call.demand_user()
    body = call.body()
    target = body.get("object")
    if not isinstance(target, dict) or not target.get("url") or not target.get("title"):
        raise Refusal(400, errors={"object": "'url' and 'title' are required."})
    name = typed(body, "globalId", str, "")
    if len(name) > 255:
        raise invalid("globalId", "The global ID cannot be longer than 255 characters.")
    kept = {key: body[key] for key in ("globalId", "application", "relationship", "object") if body.get(key)}
    known = [link_id for link_id, link in issue.remote_links.items() if name and link.get("globalId") == name]
    link_id = known[0] if known else site.next_id("remotelink")
    site.touch(issue, lambda: issue.remote_links.__setitem__(link_id, kept))
    told = {"id": link_id, "self": f"{call.api}/issue/{issue.id}/remotelink/{link_id}"}
    return reply(told, 200 if known else 201)


def delete_remote_link(site: Site, call: Call) -> Response:
    """`DELETE /issue/{issueIdOrKey}/remotelink/{linkId}`."""
    issue = _issue(site, call)
    call.demand_user()
    link_id = call.param("linkId")
    if not link_id.isdecimal() or int(link_id) not in issue.remote_links:
        raise Refusal(404, f"No remote issue link with the ID '{link_id}'.")
    site.touch(issue, partial(issue.remote_links.__delitem__, int(link_id)))
    return nothing()


def link(site: Site, call: Call) -> Response:
    """`POST /issueLink`. Of one that is there already it says that it was made."""
    body, person = call.body(), call.person
    kind = typed(body, "type", dict, {})
    wanted = (str(kind.get("id", "")), str(kind.get("name", "")))
    found = [link_id for link_id, (name, _, _) in LINK_TYPES.items() if wanted[0] == link_id or wanted[1] == name]
    if not found:
        raise Refusal(404, f"No issue link type with name '{wanted[1] or wanted[0]}' found.")
    inward, outward = (_end(site, call, typed(body, end, dict, {})) for end in ("inwardIssue", "outwardIssue"))
    there = (site.links[link_id] for link_id in inward.links if link_id in site.links)
    if any((one.type, one.inward, one.outward) == (found[0], inward.id, outward.id) for one in there):
        return nothing(201)
    made = Link(site.next_id("link"), found[0], inward.id, outward.id)
    site.links[made.id] = made
    for issue in {inward.id: inward, outward.id: outward}.values():
        site.touch(issue, partial(issue.links.append, made.id))
    _tell_link(site, person, made, there=True)
    return nothing(201)


def _tell_link(site: Site, actor: Person, link: Link, *, there: bool) -> None:
    """Write a link that came or went into the history of both its issues, and tell the webhooks of it."""
    _, inward, outward = LINK_TYPES[link.type]
    ends = ((site.issues[link.inward], outward, link.outward), (site.issues[link.outward], inward, link.inward))
    for issue, words, other in ends:
        key = site.issues[other].key
        shown = (key, f"This work item {words} {key}")
        (old, new) = ((None, None), shown) if there else (shown, (None, None))
        site.record(issue, actor, Change("Link", "issuelinks", False, *old, *new))
    event = f"issuelink_{'created' if there else 'deleted'}"
    site.announce(Happening(event, actor, site.issues[link.inward], link=link))


def _end(site: Site, call: Call, reference: dict[str, Any]) -> Issue:
    return site.issue_for(call.user, str(reference.get("id") or reference.get("key") or "-"))


def _link(site: Site, call: Call) -> Link:
    link_id = call.param("linkId")
    found = site.links.get(int(link_id)) if link_id.isdecimal() else None
    if found is None or call.user is None or not call.user.member:
        raise Refusal(404, f"No issue link with id '{link_id}' exists.")
    return found


def get_link(site: Site, call: Call) -> Response:
    """`GET /issueLink/{linkId}`."""
    found, view = _link(site, call), _view(site, call)
    return reply(
        {
            "id": str(found.id),
            "self": f"{call.api}/issueLink/{found.id}",
            "type": link_type_json(view, found.type),
            "inwardIssue": brief(view, site.issues[found.inward]),
            "outwardIssue": brief(view, site.issues[found.outward]),
        }
    )


def delete_link(site: Site, call: Call) -> Response:
    """`DELETE /issueLink/{linkId}`."""
    found = _link(site, call)
    site.unlink(found)
    _tell_link(site, call.person, found, there=False)
    return nothing()


_PROPERTIES = "/issue/{issueIdOrKey}/properties"
_REMOTE = "/issue/{issueIdOrKey}/remotelink"
ROUTES = (
    Route("GET", "/attachment/meta", attachment_meta, anonymous=True),
    Route("GET", "/attachment/{id}", attachment, anonymous=True),
    Route("DELETE", "/attachment/{id}", detach, anonymous=True),
    Route("GET", "/attachment/content/{id}", content, anonymous=True),
    Route("GET", "/secure/media/{id}/{key}", media, anonymous=True, rooted=True),
    Route("GET", "/secure/attachment/{id}/{name}", secured, anonymous=True, rooted=True, products=(DATA_CENTER,)),
    Route("POST", "/issue/{issueIdOrKey}/attachments", attach, anonymous=True),
    Route("GET", _PROPERTIES, property_keys, anonymous=True),
    Route("GET", f"{_PROPERTIES}/{{propertyKey}}", get_property, anonymous=True),
    Route("PUT", f"{_PROPERTIES}/{{propertyKey}}", put_property, anonymous=True),
    Route("DELETE", f"{_PROPERTIES}/{{propertyKey}}", delete_property, anonymous=True),
    Route("GET", _REMOTE, remote_links, anonymous=True),
    Route("POST", _REMOTE, put_remote_link, anonymous=True),
    Route("DELETE", f"{_REMOTE}/{{linkId}}", delete_remote_link, anonymous=True),
    Route("POST", "/issueLink", link, anonymous=True),
    Route("GET", "/issueLink/{linkId}", get_link, anonymous=True),
    Route("DELETE", "/issueLink/{linkId}", delete_link, anonymous=True),
)
