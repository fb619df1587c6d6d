"""Jira's comments, files and web links as parts, and who may see them. Pure."""

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import quote

from pmsync.model.fields import Json
from pmsync.model.part import Part, PartKind
from pmsync_jira.convert import Conversion, moment

INTERNAL = "sd.public.comment"
"""The property of a comment that tells internal notes from what customers read."""
LINK = "link:"
"""What the ids of attached addresses begin with; those of files are numbers."""
DESKS = frozenset({"service_desk", "customer_service"})
"""The types of projects in which customers read along."""
_ATTACHED = "pmsync.attachment="
_CUSTOMER = "customer"
_BEFORE_ITS_COMMENT = timedelta(hours=24)
"""How long before its comment a file may have been uploaded."""
_IN_MARKUP = re.compile(r"\[\^([^\]|\n]+)|!([^!|\n]+?)(?:\|[^!\n]*)?!")


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment of Jira's, with what decides on the files that came along with it."""

    part: Part
    files: frozenset[str]
    """The names of files that it shows."""
    nameless: bool
    """Whether it shows files without telling their names."""


@dataclass(frozen=True, slots=True)
class Hanging:
    """What hangs on one issue. `desk`: customers may read along."""

    conversion: Conversion
    id: str
    key: str
    desk: bool

    def comment(self, raw: Mapping[str, Any]) -> Comment:
        """A comment. Raises KeyError, TypeError or ValueError where it is none."""
        body = raw.get("body")
        author = raw.get("author")
        id_ = str(raw["id"])
        part = Part(
            kind=PartKind.COMMENT,
            id=id_,
            value={"text": self.conversion.document(body)},
            created_at=moment(raw["created"]),
            updated_at=moment(raw["updated"]),
            author=self.conversion.person(author),
            author_name=_name(author),
            url=f"{self.conversion.site}/browse/{self.key}?focusedCommentId={id_}",
            hidden=self._restricted(raw),
        )
        names = list(_shown_files(body))
        return Comment(part, frozenset(name for name in names if name), "" in names)

    def _restricted(self, raw: Mapping[str, Any]) -> bool:
        """Whether a comment is not for all: for a role or group, or a note of the team's that customers do not see.

        Cloud tells notes by `jsdPublic`, Data Center by a property. What tells neither where customers read along is
        taken for a note.
        """
        if raw.get("visibility"):
            return True
        if self.conversion.cloud:
            return raw.get("jsdPublic") is False or (self.desk and raw.get("jsdPublic") is not True)
        properties = raw.get("properties")
        if not isinstance(properties, list):
            return self.desk
        return any(one.get("key") == INTERNAL and (one.get("value") or {}).get("internal") for one in properties)

    def files(self, raws: Iterable[Mapping[str, Any]], comments: Sequence[Comment], description: Any) -> list[Part]:
        """The issue's files. Which of them not all may see, Jira does not tell: see `_kept_back`."""
        open_names = set(_shown_files(description))
        for comment in comments:
            if not comment.part.hidden:
                open_names |= comment.files
        parts = []
        for raw in raws:
            hidden = self._kept_back(raw, comments, open_names)
            parts.append(self.file(raw, hidden=hidden))
        return parts

    def _kept_back(self, raw: Mapping[str, Any], comments: Sequence[Comment], open_names: set[str]) -> bool:
        """Whether a file has to be taken for one that not all may see.

        Jira lists all files with the issue, also those that came along with a note. So a file is one of those if such a
        comment shows it by name, or shows some file without a name and its author had uploaded this one shortly
        before; and where customers read along, unless a customer uploaded it. What is shown in the open by name is
        none.
        """
        if raw.get("filename") in open_names:
            return False
        if self.desk and (raw.get("author") or {}).get("accountType") != _CUSTOMER:
            return True
        author, made = self.conversion.person(raw.get("author")), moment(raw["created"])
        return any(
            raw.get("filename") in one.files
            or (
                one.nameless
                and one.part.author == author
                and one.part.created_at - _BEFORE_ITS_COMMENT <= made <= one.part.updated_at
            )
            for one in comments
            if one.part.hidden
        )

    def file(self, raw: Mapping[str, Any], *, hidden: bool = False) -> Part:
        """A file. Raises KeyError, TypeError or ValueError where it is none."""
        author = raw.get("author")
        id_, name, made = str(raw["id"]), str(raw.get("filename") or ""), moment(raw["created"])
        value: dict[str, Json] = {
            "name": name,
            "url": f"{self.conversion.site}{content_path(id_, name, cloud=self.conversion.cloud)}",
            "size": int(raw.get("size") or 0),
            "type": str(raw.get("mimeType") or ""),
        }
        return Part(
            kind=PartKind.ATTACHMENT,
            id=id_,
            value=value,
            created_at=made,
            updated_at=made,
            author=self.conversion.person(author),
            author_name=_name(author),
            url=str(value["url"]),
            hidden=hidden,
        )

    def link(self, raw: Mapping[str, Any], author: str, created: str) -> Part | None:
        """An address that pmsync attached; None for any other web link. Jira does not tell when it was made."""
        if not str(raw.get("globalId") or "").startswith(_ATTACHED):
            return None
        target = raw["object"]
        return Part(
            kind=PartKind.ATTACHMENT,
            id=f"{LINK}{raw['id']}",
            value={"name": str(target.get("title") or ""), "url": str(target["url"])},
            created_at=moment(created),
            updated_at=moment(created),
            author=author or None,
        )


def attached_as(url: str) -> str:
    """The global id of an attached address: the same address is attached once."""
    return f"{_ATTACHED}{hashlib.sha256(url.encode()).hexdigest()[:40]}"


def content_path(id_: str, name: str, *, cloud: bool) -> str:
    """Where a file's content is, seen from the site: the same for people and for us."""
    return f"/rest/api/3/attachment/content/{id_}" if cloud else f"/secure/attachment/{id_}/{quote(name, safe='')}"


def _name(user: Mapping[str, Any] | None) -> str:
    return str((user or {}).get("displayName") or "")


def _shown_files(body: Any) -> Iterator[str]:
    """The names of the files that a text shows; "" for one of which it tells no name."""
    if isinstance(body, str):
        for attached, pictured in _IN_MARKUP.findall(body):
            yield (attached or pictured).strip()
    elif isinstance(body, dict):
        if body.get("type") in ("media", "mediaInline") and (body.get("attrs") or {}).get("type") != "external":
            yield str((body.get("attrs") or {}).get("alt") or "")
        for child in body.get("content") or ():
            yield from _shown_files(child)
