"""Stories and attachments of Asana's as parts. Pure."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from mimetypes import MimeTypes
from typing import Any

from pmsync.model.fields import Json
from pmsync.model.native import Marker
from pmsync.model.part import Part, PartKind, token_in, unled
from pmsync_asana import referring
from pmsync_asana.convert import Layout
from pmsync_asana.moments import moment
from pmsync_asana.settings import ASANA

STORY = "created_at,created_by.name,resource_subtype,html_text"
"""What is asked of a story."""
ATTACHMENT = "name,resource_subtype,created_at,size,permanent_url,view_url"
"""What is asked of an attachment. Its `download_url` is good for two minutes, and asked for when it is needed."""

COMMENT = "comment_added"
"""The subtype of the stories that somebody wrote; all others Asana writes itself."""
FILE = "asana"
"""Who keeps the attachments that are files; all others are addresses of something elsewhere."""

_ATTACHED = "attachment_added"
_SAME_MOMENT = timedelta(seconds=10)
_TYPES = MimeTypes()


def comment(raw: Mapping[str, Any], task: str, layout: Layout, canonical: Callable[[Json], Json]) -> Part:
    """A comment. Asana does not tell when it was edited. Raises KeyError, TypeError or ValueError where it is none."""
    gid, made, author = str(raw["gid"]), moment(raw["created_at"]), raw.get("created_by") or {}
    written = raw["html_text"]
    if not isinstance(written, str):
        raise TypeError("a comment's text is no text")
    return Part(
        kind=PartKind.COMMENT,
        id=gid,
        value={"text": canonical(written)},
        created_at=made,
        updated_at=made,
        author=str(author["gid"]) if author.get("gid") else None,
        author_name=str(author.get("name") or ""),
        url=f"{ASANA}/1/{layout.workspace}/project/{layout.project}/task/{task}/comment/{gid}",
    )


def attachment(raw: Mapping[str, Any], stories: Iterable[Mapping[str, Any]] = ()) -> Part:
    """A file, or an address of one elsewhere, or a link to a twin. Asana does not tell its media type: that is what its
    name says; nor who attached it: that is what the task's history says of that moment. Raises KeyError, TypeError or
    ValueError where it is none."""
    made, name = moment(raw["created_at"]), str(raw.get("name") or "")
    places = (raw.get("permanent_url"), raw.get("view_url"))
    is_file = raw["resource_subtype"] == FILE
    url = str(next(filter(None, places if is_file else places[::-1]), ""))
    value: dict[str, Json] = {"name": name, "url": unled(url)}
    if is_file:
        value |= {"size": int(raw.get("size") or 0), "type": _TYPES.guess_type(name)[0] or ""}
    author = _attacher(made, stories)
    return Part(
        kind=PartKind.ATTACHMENT,
        id=str(raw["gid"]),
        value=value,
        created_at=made,
        updated_at=made,
        author=str(author["gid"]) if author else None,
        author_name=str((author or {}).get("name") or ""),
        url=url,
        twin=twin(raw),
    )


def _attacher(made: datetime, stories: Iterable[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """Whoever alone attached something at about that moment."""
    people = {
        str(person["gid"]): person
        for story in stories
        if story.get("resource_subtype") == _ATTACHED and (person := story.get("created_by"))
        if abs(moment(story["created_at"]) - made) <= _SAME_MOMENT
    }
    return next(iter(people.values())) if len(people) == 1 else None


def hangs(raw: Mapping[str, Any]) -> bool:
    """Whether an attachment is one, and not what marks an item, or a link between tasks."""
    return Marker.from_link(str(raw.get("view_url") or "")) is None and referring.link(raw) is None


def twin(raw: Mapping[str, Any]) -> str:
    """The token of an attachment that leads to a twin of its task in another tool; "" for any other."""
    return "" if raw.get("resource_subtype") == FILE else token_in(str(raw.get("view_url") or ""))
