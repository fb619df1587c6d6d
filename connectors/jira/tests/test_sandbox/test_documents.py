"""The sandbox's judgement of documents, against the published schema of the format."""

import copy
import json
import os
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import fastjsonschema
import pytest

from pmsync.testing.openapi import specs
from pmsync_jira.adf_model import ATTRIBUTES, CONTENT
from pmsync_jira.sandbox import adf

pytestmark = pytest.mark.contract

_LEAF: dict[str, Any] = {"type": "text", "text": "words"}
_SAID = {
    "level": 2,
    "order": 3,
    "width": 50,
    "panelType": "info",
    "state": "TODO",
    "color": "blue",
    "layout": "wide",
    "type": "file",
}


@pytest.fixture(scope="module")
def taken() -> Callable[[Any], bool]:
    """Whether the published schema takes a document."""
    path = specs() / "adf-schema.json"
    if not path.is_file():
        pytest.skip(f"the schema of the document format is not in {specs()}")
    check = fastjsonschema.compile(json.loads(path.read_text()))

    def judge(document: Any) -> bool:
        try:
            check(document)
        except fastjsonschema.JsonSchemaException:
            return False
        return True

    return judge


def test_every_node_stands_where_the_schema_lets_it(taken: Callable[[Any], bool]) -> None:
    for outer in CONTENT:
        for inner in sorted({*ATTRIBUTES, "text"}):
            document = _placed(outer, inner)
            assert adf.valid(document) == taken(document), (outer, inner, document)


def test_broken_samples_are_judged_as_the_schema_does(taken: Callable[[Any], bool]) -> None:
    seed = int(os.environ.get("PMSYNC_SEED", random.SystemRandom().randrange(10**6)))
    print(f"PMSYNC_SEED={seed}")  # noqa: T201 - shown where the test fails
    chance = random.Random(seed)
    samples = [*_samples()]
    for _ in range(400):
        document = copy.deepcopy(chance.choice(samples))
        _break(document, chance)
        assert adf.valid(document) == taken(document), json.dumps(document)


def test_samples_from_the_wild_are_judged_as_the_schema_does(taken: Callable[[Any], bool]) -> None:
    folder = specs().parent / "corpora" / "adf-samples"
    if not folder.is_dir():
        pytest.skip(f"no samples in {folder}")
    for path in sorted(folder.glob("*.json")):
        if path.name != "INDEX.json":
            document = _document_in(path)
            assert adf.valid(document) == taken(document), path.name


def _document_in(path: Path) -> Any:
    return json.loads(path.read_text())


def _samples() -> Iterator[dict[str, Any]]:
    for kind in sorted(CONTENT["doc"]):
        yield _placed("doc", kind)
    for marks in (["strong", "em"], ["code"], ["underline", "strike"]):
        text = _LEAF | {"marks": [{"type": mark} for mark in marks]}
        yield _document({"type": "paragraph", "content": [text, {"type": "hardBreak"}]})
    link = {"type": "link", "attrs": {"href": "https://pmsync.example"}}
    yield _document({"type": "heading", "attrs": {"level": 1}, "content": [_LEAF | {"marks": [link]}]})


def _document(*content: dict[str, Any]) -> dict[str, Any]:
    return {"type": "doc", "version": 1, "content": list(content)}


def _node(kind: str) -> dict[str, Any]:
    """The smallest whole node of a kind."""
    if kind == "text":
        return dict(_LEAF)
    node: dict[str, Any] = {"type": kind}
    needed = [name[:-1] for name in ATTRIBUTES.get(kind, "").split() if name.endswith("!")]
    attributes = {name: _SAID.get(name, "1") for name in needed}
    if kind == "media":
        attributes |= {"id": "1", "collection": ""}
    if kind in ("blockCard", "inlineCard"):
        attributes["url"] = "https://pmsync.example"
    if attributes or kind == "nestedExpand":
        node["attrs"] = attributes
    if kind in CONTENT:
        first = {"listItem": "paragraph", "tableRow": "tableCell", "taskList": "taskItem", "mediaSingle": "media"}
        simplest = first.get(kind) or ("paragraph" if "paragraph" in CONTENT[kind] else min(CONTENT[kind], key=_rank))
        node["content"] = [_node(column) for column in [simplest] * (2 if kind == "layoutSection" else 1)]
    return node


def _rank(kind: str) -> tuple[int, str]:
    return (0 if kind == "text" else 1 if kind not in CONTENT else 2), kind


def _placed(outer: str, inner: str) -> dict[str, Any]:
    """A document in which one kind of node stands in another, wherever that may itself stand."""
    if outer == "doc":
        return _document(_node(inner))
    node = _holding(outer, _node(inner))
    while node["type"] not in CONTENT["doc"]:
        above = next(kind for kind in CONTENT if node["type"] in CONTENT[kind] and kind != node["type"])
        node = _holding(above, node)
    return _document(node)


def _holding(outer: str, node: dict[str, Any]) -> dict[str, Any]:
    before = [_node("media")] if node["type"] == "caption" else []
    times = 2 if outer == "layoutSection" else 1
    return _node(outer) | {"content": [*before, *([node] * times)]}


def _break(document: dict[str, Any], chance: random.Random) -> None:
    """Damage a node somewhere."""
    # Of mediaSingle itself the schema says hardly anything.
    nodes = [node for node in _walk(document) if node["type"] != "mediaSingle"]
    node = chance.choice(nodes)
    match chance.randrange(6):
        case 0:
            node["type"] = chance.choice(["paragraph", "text", "panel", "listItem", "bogus"])
        case 1:
            node.pop("content", None)
        case 2:
            node.setdefault("attrs", {})["bogus"] = 1
        case 3:
            node.pop(chance.choice([*node.keys() - {"type"}] or ["content"]), None)
        case 4:
            node["bogus"] = True
        case _:
            node["text"] = chance.choice(["", "words", 3])


def _walk(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for child in node.get("content", ()):
        yield from _walk(child)
