"""What people say about items in the quick world: comments made, edited, deleted, restricted; addresses attached and
taken away; and pmsync's mirrors of them taken away or scribbled on. It is all kept, to be judged by."""

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from pmsync.model.part import Part, PartKind
from pmsync.store.records import Bundle, ReplicaState
from pmsync.testing.hanging import Pile

if TYPE_CHECKING:
    from tests.simulation.scene import Scene

US = "u-pmsync"
_ACTS = {"say": 6.0, "edit": 2.0, "delete": 1.0, "hide": 1.0, "take away": 0.5, "scribble": 0.5, "attach": 1.5}


@dataclass(slots=True)
class Said:
    """One comment of a person's, or one attachment. Its word is in no other."""

    word: str
    connection: str
    identity: str
    """The item's."""
    native: str
    secret: bool
    """Whether it was for insiders from the beginning, and ever since."""
    hidden: bool
    text: str
    kind: PartKind = PartKind.COMMENT
    deleted: bool = False
    restricted: bool = False
    """Whether it was for insiders at some time."""


class Board(Protocol):
    """A tool in which people talk."""

    def comment(self, identity: str, text: str, *, by: str = ..., hidden: bool = ...) -> Part: ...

    def edit_comment(self, identity: str, comment: str, text: str, *, by: str = ...) -> Part: ...

    def hide_comment(self, identity: str, comment: str, *, hidden: bool = ...) -> None: ...

    def attach(self, identity: str, name: str, url: str = ..., *, by: str = ...) -> Part: ...

    def remove_part(self, identity: str, kind: PartKind, part: str, *, by: str = ...) -> None: ...

    def pile(self, identity: str) -> Pile | None: ...

    def identities(self) -> Iterator[str]: ...


@dataclass(slots=True)
class Talk:
    """All that was said in a run."""

    tools: Mapping[str, Board]
    said: list[Said] = field(default_factory=list)
    taken: set[tuple[str, str]] = field(default_factory=set)
    """Connections, and words whose mirror somebody took away or edited there."""
    remarks: list[str] = field(default_factory=list)
    writes: int = 0
    """How often pmsync wrote."""

    def spoke(self, connection: str, text: str) -> None:
        """pmsync wrote a comment, or attached something: never what is for insiders."""
        self.writes += 1
        for one in self.said:
            if one.secret and one.word in text:
                self.remarks.append(f"S15 {one.word}, for insiders of {one.connection}, was written in {connection}")

    def act(self, own: random.Random, connection: str, identity: str) -> str:
        """Somebody does something about an item; answers what, "" for nothing."""
        tool = self.tools[connection]
        pile = tool.pile(identity)
        parts = pile.parts if pile is not None else []
        theirs = {one.native: one for one in self.said if one.connection == connection and not one.deleted}
        mine = [(part, theirs[part.id]) for part in parts if part.id in theirs]
        ours = [part for part in parts if part.author == US]
        kind = own.choices(list(_ACTS), list(_ACTS.values()))[0]
        if kind in ("edit", "hide", "scribble"):
            mine = [(part, said) for part, said in mine if said.kind is PartKind.COMMENT]
            ours = [part for part in ours if part.kind is PartKind.COMMENT]
        if kind == "say":
            return self._say(own, connection, identity)
        if kind == "attach":
            return self._attach(own, connection, identity)
        if kind in ("take away", "scribble") and ours:
            return self._meddle(kind, connection, identity, own.choice(ours))
        if kind in ("edit", "delete", "hide") and mine:
            return self._change(kind, tool, identity, *own.choice(mine))
        return ""

    def _say(self, own: random.Random, connection: str, identity: str) -> str:
        word = f"say{len(self.said)}x"
        hidden = own.random() < 0.15
        part = self.tools[connection].comment(identity, word, by=own.choice(("ada", "grace", "linus")), hidden=hidden)
        self.said.append(Said(word, connection, identity, part.id, hidden, hidden, word))
        return f"say {word} of {connection} {identity}{', for insiders' if hidden else ''}"

    def _attach(self, own: random.Random, connection: str, identity: str) -> str:
        word = f"link{len(self.said)}x"
        url = f"https://files.example/{len(self.said)}"
        part = self.tools[connection].attach(identity, word, url, by=own.choice(("ada", "grace", "linus")))
        self.said.append(Said(word, connection, identity, part.id, False, False, word, PartKind.ATTACHMENT))
        return f"attach {word} to {connection} {identity}"

    def _change(self, kind: str, tool: Board, identity: str, part: Part, said: Said) -> str:
        if kind == "edit":
            said.text = f"{said.text} more"
            tool.edit_comment(identity, part.id, said.text)
        elif kind == "delete":
            said.deleted = True
            tool.remove_part(identity, part.kind, part.id)
        else:
            said.hidden = not said.hidden
            said.restricted = True
            said.secret = False
            tool.hide_comment(identity, part.id, hidden=said.hidden)
        return f"{kind} {said.word} of {said.connection} {identity}"

    def _meddle(self, kind: str, connection: str, identity: str, part: Part) -> str:
        tool, text = self.tools[connection], words_of(part)
        self.taken |= {(connection, one.word) for one in self.said if one.word in text}
        if kind == "scribble":
            tool.edit_comment(identity, part.id, f"{text} scribbled")
        else:
            tool.remove_part(identity, part.kind, part.id)
        return f"{kind} a mirror in {connection} {identity}"

    # --- judgement ------------------------------------------------------------------------------------------------

    def judge(self, scene: "Scene") -> Iterator[str]:
        """S15, S16: what was said is once in each tool that has its item; what is not for all, or gone, nowhere."""
        yield from self.remarks
        linked = scene.linked
        for said in self.said:
            bundle = linked.get((said.connection, said.identity))
            yield from self._doubled(said)
            if bundle is not None and bundle.item.quarantine is None and _counts(scene, said.connection, said.identity):
                yield from self._reached(scene, said, bundle)

    def _doubled(self, said: Said) -> Iterator[str]:
        for connection, tool in self.tools.items():
            for identity in list(tool.identities()):
                found = self._shown(connection, identity, said.word)
                if len(found) > 1:
                    yield f"S16 {said.word} of {said.connection} is {len(found)} times in {connection} {identity}"

    def _reached(self, scene: "Scene", said: Said, bundle: Bundle) -> Iterator[str]:
        for replica in bundle.replicas:
            connection, identity = replica.connection, replica.remote_id
            there = replica.state is ReplicaState.LINKED and _counts(scene, connection, identity)
            if connection == said.connection or not there:
                continue
            found = self._shown(connection, identity, said.word)
            if said.deleted or said.hidden:
                # A restored state may know nothing of what was deleted since.
                if found and not (said.deleted and scene.world.ledger.restored):
                    gone = "was deleted" if said.deleted else "is for insiders"
                    yield f"S15 {said.word} {gone} in {said.connection}, and is in {connection} {identity}"
            elif (connection, said.word) not in self.taken:
                if not found and said.restricted and scene.world.ledger.restored:
                    continue  # A restored state does not know that it was pmsync who took the mirror away.
                if not found:
                    yield f"S16 {said.word} of {said.connection} never came to {connection} {identity}"
                elif not f"\n{words_of(found[0])}".endswith(f"\n{said.text}"):
                    yield f"S16 {said.word} is {said.text!r}, and {connection} has {words_of(found[0])!r}"

    def _shown(self, connection: str, identity: str, word: str) -> list[Part]:
        pile = self.tools[connection].pile(identity)
        return [part for part in pile.parts if word in words_of(part)] if pile is not None else []


def words_of(part: Part) -> str:
    """What a comment says, or how an attachment is called."""
    return str(part.value["text" if part.kind is PartKind.COMMENT else "name"])


def _counts(scene: "Scene", connection: str, identity: str) -> bool:
    native = scene.objects.get((connection, identity))
    return native is not None and not native.archived and native.admitted
