"""ADF documents taken apart into nodes and tokens, and put together again."""

import json
from collections.abc import Iterator, Mapping, Sequence
from uuid import UUID, uuid5

from pmsync.model.fields import Json
from pmsync.text.lens import Part
from pmsync.text.tree import Blocks, Document
from pmsync.text.weave import Look, Token
from pmsync.text.words import words
from pmsync_jira import adf_read, adf_write
from pmsync_jira.adf_canonical import mark_rank
from pmsync_jira.adf_model import CONTENT
from pmsync_jira.adf_nodes import Node, attributes, children, grouped, kind, marks, word
from pmsync_jira.adf_valid import valid

_ATTRIBUTE, _MARK, _OTHER = "attribute ", "mark ", "other "
_NAMES = ("id", "url", "shortName", "timestamp", "text", "extensionKey")
"""The attributes that tell a node without content from another of its kind, the first that there is."""
_TASKS = ("taskList", "taskItem", "decisionList", "decisionItem", "blockTaskItem")
_IDS = UUID("0c0c8f54-9d0e-4b0b-9f0e-52b1f6f3c1a7")


class AdfLanguage:
    """The parts of a document are the nodes of its top level. What one shows does not hang on its neighbours."""

    def parts(self, document: Json) -> list[Part[Node]]:
        """Each node with what it shows."""
        return [Part(node, adf_read.shown(node)) for node in grouped(children(document))]

    def join(self, parts: Sequence[Part[Node]]) -> Json:
        """The document; None where there is nothing in it. No two tasks have one identity."""
        content: list[Json] = [part.native for part in parts]  # type: ignore[misc]
        return {"type": "doc", "version": 1, "content": _distinct(content)} if content else None

    def write(self, blocks: Blocks) -> Json:
        """A document for the blocks."""
        return adf_write.write(Document(blocks))[0]

    def valid(self, document: Json) -> bool:
        """Whether Jira takes the document."""
        return document is None or valid(document)

    def tokens(self, part: Node) -> list[Token]:
        """The words of the node, and its nodes as brackets around these."""
        return list(_tokens(part))

    def build(self, tokens: Sequence[Token]) -> Node | None:
        """The node; None where the brackets do not match."""
        open_: list[tuple[str, Look, list[Json]]] = [("", (), [])]
        for token in tokens:
            content = open_[-1][2]
            match token.key:
                case str() as text:
                    _add_text(content, text, token.look)
                case ("open", str() as name):
                    open_.append((name, token.look, []))
                case ("close", str() as name):
                    if open_[-1][0] != name:
                        return None
                    name, look, inner = open_.pop()
                    open_[-1][2].append(_node(name, look, inner))
                case (str() as name, _):
                    content.append(_node(name, token.look, None))
                case _:
                    return None
        match open_:
            case [("", (), [Mapping() as node])]:
                return node
            case _:
                return None


def _tokens(node: Node) -> Iterator[Token]:
    name = kind(node)
    if name == "text":
        look = tuple(_mark_look(node))
        yield from (Token(one, look) for one in words(str(node["text"])))
    elif name in CONTENT or children(node):
        yield Token(("open", name), tuple(_look(node)), 1)
        for child in children(node):
            yield from _tokens(child)
        yield Token(("close", name), (), -1)
    else:
        told = next((word(node, key) for key in _NAMES if word(node, key)), "")
        yield Token((name, told), tuple(_look(node)))


def _look(node: Node) -> Iterator[tuple[str, str]]:
    yield from ((_ATTRIBUTE + key, _packed(value)) for key, value in attributes(node).items())
    yield from _mark_look(node)
    for key, value in node.items():
        if key not in ("type", "attrs", "content", "marks"):
            yield _OTHER + key, _packed(value)
    if node.get("content") == []:
        yield _OTHER + "content", "[]"


def _mark_look(node: Node) -> Iterator[tuple[str, str]]:
    """A mark that may be there several times (inline comments) has a name for each."""
    met: dict[str, int] = {}
    for mark in marks(node):
        met[kind(mark)] = met.get(kind(mark), 0) + 1
        number = f" {met[kind(mark)]}" if met[kind(mark)] > 1 else ""
        yield f"{_MARK}{kind(mark)}{number}", _packed({key: mark[key] for key in mark if key != "type"})


def _packed(value: Json | Mapping[str, Json]) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def _node(name: str, look: Look, content: list[Json] | None) -> Json:
    attrs: dict[str, Json] = {}
    others: dict[str, Json] = {}
    for key, value in look:
        if key.startswith(_ATTRIBUTE):
            attrs[key.removeprefix(_ATTRIBUTE)] = json.loads(value)
        elif key.startswith(_OTHER):
            others[key.removeprefix(_OTHER)] = json.loads(value)
    node: dict[str, Json] = {"type": name, **({"attrs": attrs} if attrs else {}), **others}
    if content:
        node["content"] = content
    if found := _marks(look):
        node["marks"] = found
    return node


def _marks(look: Look) -> list[Json]:
    found = [
        {"type": key.removeprefix(_MARK).split(" ")[0]} | json.loads(value)
        for key, value in look
        if key.startswith(_MARK)
    ]
    return [*sorted(found, key=lambda mark: mark_rank(str(mark["type"])))]


def _add_text(content: list[Json], text: str, look: Look) -> None:
    found = _marks(look)
    last = content[-1] if content else None
    if isinstance(last, dict) and last["type"] == "text" and last.get("marks", []) == found:
        last["text"] = f"{last['text']}{text}"
        return
    content.append({"type": "text", "text": text} | ({"marks": found} if found else {}))


def _distinct(content: list[Json]) -> list[Json]:
    """The nodes with another identity for each task that has one which is taken."""
    met: set[str] = set()
    return [_named(node, met) for node in content]


def _named(node: Json, met: set[str]) -> Json:
    """The node; the very same one if it keeps its identities."""
    if not isinstance(node, Mapping):
        return node
    changed: dict[str, Json] = {}
    identity = word(node, "localId")
    if kind(node) in _TASKS and identity:
        if identity in met:
            identity = str(uuid5(_IDS, f"{len(met)} {identity}"))
            changed["attrs"] = {**attributes(node), "localId": identity}
        met.add(identity)
    inner = node.get("content")
    if isinstance(inner, list):
        named = [_named(child, met) for child in inner]
        if any(one is not other for one, other in zip(named, inner, strict=True)):
            changed["content"] = named
    return {**node, **changed} if changed else node
