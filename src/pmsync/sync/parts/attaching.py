"""Attachments on their way: as an address that leads to the original, or as a copy that streams from tool to tool."""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final

from pmsync.config.hanging import Attaching
from pmsync.connector.parts import Content
from pmsync.model.fields import Json
from pmsync.model.native import Ref
from pmsync.model.part import Part, PartKind, marked
from pmsync.reconcile.part_state import Kept, PartDeed
from pmsync.store.parts import Hanging
from pmsync.sync.members import Bench, Member
from pmsync.sync.parts.wording import parts_of

_MARGIN: Final = timedelta(minutes=5)
"""How far a tool's clock may be behind ours when what it did lately is looked for."""


def is_file(value: Mapping[str, Json] | None) -> bool:
    """Whether an attachment is a file, and not an address."""
    return value is not None and "size" in value


def own_link(value: Mapping[str, Json], twins: frozenset[str]) -> bool:
    """Whether an attached address is there for pmsync's sake, or leads to the item itself in another tool: such do not
    travel. `twins` are the item's addresses."""
    url = value.get("url")
    return not is_file(value) and isinstance(url, str) and ("#pmsync=" in url or url.partition("#")[0] in twins)


def body_of(bench: Bench, part: Kept, target: Member) -> dict[str, Json]:
    """What is sent: `{"name", "url"}` for an address; for a copy `{"name", "size", "type"}`."""
    value = part.value or {}
    name = str(value.get("name") or "attachment")
    size, media = value.get("size"), str(value.get("type") or "")
    number = size if isinstance(size, int) else None
    rule = bench.sync.attaching(target.name) or Attaching()
    if is_file(value) and rule.copies(media, number):
        room = parts_of(target).limits.attachment
        if number is None or number <= room:
            return {"name": name, "size": number, "type": media}
    url = value.get("url")
    return {"name": name, "url": marked(url if isinstance(url, str) and url else part.url, part.id)}


def attach(origin: Member, part: Kept, target: Member, ref: Ref, body: Mapping[str, Json]) -> Part:
    """Send it: one call that is never repeated. A copy's value has its checksum."""
    parts, url = parts_of(target), body.get("url")
    if isinstance(url, str):
        return parts.link(ref, str(body["name"]), url)
    original = Part(
        PartKind.ATTACHMENT, part.native_id, part.value or {}, part.made_at, part.made_at, part.author,
        part.author_name, part.url,
    )  # fmt: skip
    digest = hashlib.sha256()
    with parts_of(origin).download(original) as content:
        size = body.get("size")
        known = content.size if content.size is not None or not isinstance(size, int) else size
        sent = Content(str(body["name"]), content.type or str(body.get("type") or ""), known,
                       _measured(content.blocks, digest.update))  # fmt: skip
        made = parts.upload(ref, sent)
    return replace(made, value={**made.value, "sha256": digest.hexdigest()})


def unanswered_copies(member: Member, known: Hanging, parts: Sequence[Part]) -> dict[tuple[PartKind, str | None], str]:
    """The copies of which no answer came, each with the part that it is of: files of ours, of that size, made since,
    and nobody's yet."""
    taken = {one.native_id for one in known.mirrors if one.connection == member.name}
    taken |= {one.native_id for one in known.parts if one.connection == member.name}
    found: dict[tuple[PartKind, str | None], str] = {}
    for intent in known.intents:
        body = intent.body if isinstance(intent.body, dict) else {}
        if intent.connection != member.name or intent.kind is not PartDeed.MAKE or "size" not in body:
            continue
        made = (
            part
            for part in parts
            if part.kind is PartKind.ATTACHMENT
            and is_file(part.value)
            and part.author == member.account
            and part.value["size"] == body["size"]
            and part.created_at >= intent.created_at - _MARGIN
            and part.id not in taken
            and (part.kind, part.id) not in found
        )
        part = next(made, None)
        if part is not None:
            found[part.kind, part.id] = intent.part
    return found


def _measured(blocks: Iterator[bytes], heed: Callable[[bytes], object]) -> Iterator[bytes]:
    for block in blocks:
        heed(block)
        yield block
