"""What hangs on issues as the API shows it: comments, files, logged time, the kinds of links."""

from typing import Any
from urllib.parse import quote

from pmsync_jira.sandbox.records import Attachment, Comment, Issue, Sprint, Version, Worklog, stamp
from pmsync_jira.sandbox.site import PROJECT_ID
from pmsync_jira.sandbox.view import View

BOARD = 1
"""The id of the project's one board."""
LINK_TYPES = {
    "10000": ("Blocks", "is blocked by", "blocks"),
    "10001": ("Cloners", "is cloned by", "clones"),
    "10002": ("Duplicate", "is duplicated by", "duplicates"),
    "10003": ("Relates", "relates to", "relates to"),
}
"""The kinds of link: name, and what the inward and the outward end say."""


def comment_json(view: View, issue: Issue, comment: Comment, *, properties: bool = False) -> dict[str, Any]:
    """A comment."""
    told: dict[str, Any] = {
        "self": f"{view.api}/issue/{issue.id}/comment/{comment.id}",
        "id": str(comment.id),
        "author": view.user(comment.author),
        "body": view.text(comment.body),
        "updateAuthor": view.user(comment.editor),
        "created": stamp(comment.created),
        "updated": stamp(comment.updated),
    }
    if comment.visibility:
        told["visibility"] = comment.visibility
    if view.site.cloud:
        told["jsdPublic"] = not comment.internal
    return told | ({"properties": comment.properties} if properties else {})


def worklog_json(view: View, issue: Issue, worklog: Worklog) -> dict[str, Any]:
    """Logged time."""
    return {
        "self": f"{view.api}/issue/{issue.id}/worklog/{worklog.id}",
        "author": view.user(worklog.author),
        "updateAuthor": view.user(worklog.author),
        "comment": view.text(worklog.comment),
        "created": stamp(worklog.created),
        "updated": stamp(worklog.created),
        "started": worklog.started,
        "timeSpent": duration(worklog.seconds),
        "timeSpentSeconds": worklog.seconds,
        "id": str(worklog.id),
        "issueId": str(issue.id),
    }


def attachment_json(view: View, attachment: Attachment) -> dict[str, Any]:
    """A file's description as it stands in an issue."""
    return {
        "self": f"{view.api}/attachment/{attachment.id}",
        "id": str(attachment.id),
        "filename": attachment.filename,
        "author": view.user(attachment.author),
        "created": stamp(attachment.created),
        "size": len(attachment.content),
        "mimeType": attachment.mime,
        "content": f"{view.api}/attachment/content/{attachment.id}"
        if view.site.cloud
        else f"{view.site.base}/secure/attachment/{attachment.id}/{quote(attachment.filename)}",
    }


def version_json(view: View, version: Version) -> dict[str, Any]:
    """A release."""
    told = {
        "self": f"{view.api}/version/{version.id}",
        "id": str(version.id),
        "name": version.name,
        "archived": version.archived,
        "released": version.released,
    }
    return told | {"projectId": int(PROJECT_ID)}


def sprint_json(view: View, sprint: Sprint) -> dict[str, Any] | str:
    """A sprint as an issue has it: on Data Center it is what Java makes of an object."""
    if view.site.cloud:
        return {"id": sprint.id, "name": sprint.name, "state": sprint.state, "boardId": BOARD, "goal": ""}
    return (
        f"com.atlassian.greenhopper.service.sprint.Sprint@{sprint.id:x}[id={sprint.id},rapidViewId={BOARD},"
        f"state={sprint.state.upper()},name={sprint.name},startDate=<null>,endDate=<null>,completeDate=<null>,"
        f"activatedDate=<null>,sequence={sprint.id},goal=<null>]"
    )


def link_type_json(view: View, type_id: str) -> dict[str, Any]:
    """A kind of link."""
    name, inward, outward = LINK_TYPES[type_id]
    return {
        "id": type_id,
        "name": name,
        "inward": inward,
        "outward": outward,
        "self": f"{view.api}/issueLinkType/{type_id}",
    }


def duration(seconds: int) -> str:
    """Seconds as Jira writes a duration: `1d 4h`, with days of 8 hours and weeks of 5 days."""
    parts = []
    for unit, size in (("w", 144_000), ("d", 28_800), ("h", 3_600), ("m", 60)):
        amount, seconds = divmod(seconds, size)
        if amount:
            parts.append(f"{amount}{unit}")
    return " ".join(parts) or "0m"
