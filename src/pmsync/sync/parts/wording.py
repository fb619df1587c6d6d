"""What a mirrored comment says, and how it is known again: whose it is, where and since when, in a link that is marked;
then the text.

The link is for the reader and for pmsync: whatever it forgot, a comment of our own account that begins with such a link
is a mirror, and tells of which part.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from pmsync.connector.parts import Parts
from pmsync.connector.registry import plugin
from pmsync.errors import RejectedError
from pmsync.mapping.descriptions import DescriptionLens
from pmsync.mapping.lens import Refusal, Unmapped
from pmsync.model.fields import Json
from pmsync.model.part import Part, PartKind, mark_in, marked
from pmsync.reconcile.part_state import Kept
from pmsync.sync.members import Bench, Member
from pmsync.text import parse, render
from pmsync.text.characters import href
from pmsync.text.tree import Blocks, Document, Link, Paragraph, Text


@dataclass(frozen=True, slots=True)
class Worded:
    """A comment as it is to be written. `note` tells what of it the tool cannot show."""

    document: Json
    markdown: str
    note: str = ""


class Wording:
    """The comments of a sync's members, in one run."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._lenses: dict[str, DescriptionLens] = {}

    def said(self, member: Member, kind: PartKind, value: Mapping[str, Json] | None) -> str | None:
        """What a part shows, in words that do not depend on its tool; None where it cannot be understood."""
        if value is None:
            return None
        if kind is PartKind.ATTACHMENT:
            return f"{value.get('name', '')}\n{value['size'] if 'size' in value else value.get('url', '')}"
        read = self._lens(member).get(value.get("text"), None)
        return None if isinstance(read, Unmapped) or not isinstance(read, str) else read

    def digest(self, member: Member, kind: PartKind, value: Mapping[str, Json] | None) -> str:
        """A short form that is equal where two parts show the same; "" for what is not understood."""
        said = self.said(member, kind, value)
        return "" if said is None else hashlib.blake2b(said.encode(errors="surrogatepass"), digest_size=16).hexdigest()

    def same(
        self, member: Member, kind: PartKind, one: Mapping[str, Json] | None, other: Mapping[str, Json] | None
    ) -> bool:
        """Whether two parts, as a member shows them, show the same."""
        if one is None or other is None:
            return one is other
        digest = self.digest(member, kind, one)
        return one == other or (digest != "" and digest == self.digest(member, kind, other))

    def mark(self, member: Member, part: Part) -> str | None:
        """The part that this is the mirror of, if it is one of ours."""
        if part.kind is PartKind.ATTACHMENT:
            url = part.value.get("url")
            return mark_in(url) if isinstance(url, str) else None
        if part.author != member.account or "pmsync=" not in str(part.value.get("text")):
            return None
        read = self._lens(member).get(part.value.get("text"), None)
        return heading(parse(read).blocks)[1] if isinstance(read, str) else None

    def comment(self, origin: Member, part: Kept, target: Member, shown: Mapping[str, Json] | None) -> Worded:
        """The mirror of a comment in another tool. `shown` is what there is of it already.

        Raises RejectedError where the text cannot be understood, or has no place there.
        """
        text = self.said(origin, part.kind, part.value)
        if text is None:
            raise RejectedError("a comment cannot be understood, and does not travel", connection=origin.name)
        markdown = render(parse(self._heading(origin, part) + "\n\n" + text))
        put = self._lens(target).put(markdown, shown.get("text") if shown else None)
        if isinstance(put, Refusal):
            if put.nearest is None:
                raise RejectedError(put.reason.replace("description", "comment"), connection=target.name)
            return Worded(put.nearest, markdown, put.reason.replace("description", "comment"))
        return Worded(put.native, markdown, put.note.replace("description", "comment"))

    def _heading(self, origin: Member, part: Kept) -> str:
        tool = plugin(origin.connection.connector).title
        link = href(marked(part.url, part.id)) or f"about:blank#pmsync={part.id}"
        name = Text(f"{self.author(origin, part)}, in {tool}", link=Link(link))
        when = Text(f", {part.made_at:%Y-%m-%d %H:%M} UTC:")
        return render(Document((Paragraph((name, when)),)))

    def author(self, origin: Member, part: Kept) -> str:
        """Who made it, by the name by which all tools know them."""
        person = self._bench.people.person(origin.name, part.author) if part.author else None
        known = self._bench.people.names.get(person, "") if person else ""
        return known or part.author_name or "Somebody"

    def _lens(self, member: Member) -> DescriptionLens:
        lens = self._lenses.get(member.name)
        if lens is None:
            parts = parts_of(member)
            limit, people = parts.limits.comment, self._bench.people.on(member.name)
            lens = self._lenses[member.name] = DescriptionLens(parts.dialect, limit, people)
        return lens


def heading(blocks: Blocks) -> tuple[str, str | None]:
    """Whose a comment is that begins as a mirror does, and which part it is the mirror of; None if it does not."""
    first = blocks[0] if blocks else None
    piece = first.content[0] if isinstance(first, Paragraph) and first.content else None
    if not isinstance(piece, Text) or piece.link is None:
        return "", None
    return piece.text, mark_in(piece.link.href)


def parts_of(member: Member) -> Parts:
    """The comments and attachments of a member that has them."""
    parts = member.connector.parts
    assert parts is not None, member.name  # noqa: S101 - only members that have them are asked
    return parts
