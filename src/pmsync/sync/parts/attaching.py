"""Attachments on their way: as an address that leads to the original, or as a copy that streams from tool to tool."""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from pmsync.config.hanging import Attaching
from pmsync.connector.parts import Content
from pmsync.model.fields import Json
from pmsync.model.native import Ref
from pmsync.model.part import Part, PartKind, marked
from pmsync.reconcile.part_state import Kept
from pmsync.sync.members import Bench, Member
from pmsync.sync.parts.wording import parts_of


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


def _measured(blocks: Iterator[bytes], heed: Callable[[bytes], object]) -> Iterator[bytes]:
    for block in blocks:
        heed(block)
        yield block
