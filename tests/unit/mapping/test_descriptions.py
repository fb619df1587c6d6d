"""Descriptions in three real tools and one item: edits travel, nothing else does, and mentions are of people."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from texts import adf_samples

from pmsync.mapping.descriptions import DescriptionLens
from pmsync.mapping.lens import Shown
from pmsync.mapping.people import match
from pmsync.model.fields import Json
from pmsync.model.vocabulary import Member
from pmsync.text import canonical
from pmsync.text.words import words
from pmsync_asana.text import XmlDialect
from pmsync_jira.text import AdfDialect, WikiDialect
from pmsync_trello.text import MarkdownDialect

PEOPLE = match(
    {},
    {
        "jira": [
            Member(id="5b10", name="Ada Lovelace", email="ada@x.y"),
            Member(id="5b11", name="Grace", email="g@x.y"),
        ],
        "trello": [Member(id="t1", name="Ada L.", username="ada_l", email="ada@x.y")],
        "asana": [
            Member(id="7", name="Ada Lovelace", email="ada@x.y"),
            Member(id="8", name="Linus", email="l@x.y"),
        ],
    },
)
JIRA = DescriptionLens(AdfDialect(), 100_000, PEOPLE.on("jira"))
WIKI = DescriptionLens(WikiDialect(), 100_000, PEOPLE.on("jira"))
TRELLO = DescriptionLens(MarkdownDialect(), 100_000, PEOPLE.on("trello"))
ASANA = DescriptionLens(XmlDialect(), 100_000, PEOPLE.on("asana"))
LENSES = {"jira": JIRA, "wiki": WIKI, "trello": TRELLO, "asana": ASANA}


def read(lens: DescriptionLens, native: Json, current: Json = None) -> str:
    """What the item would be."""
    value = lens.get(native, current)
    assert isinstance(value, str), value
    return value


def made(lens: DescriptionLens, value: Json, native: Json = None) -> Json:
    put = lens.put(value, native)
    assert isinstance(put, Shown), put
    return put.native


def doc(*content: Any) -> Json:
    return {"type": "doc", "version": 1, "content": [{"type": "paragraph", "content": [*content]}]}


def mention(id_: str, name: str) -> Json:
    return {"type": "mention", "attrs": {"id": id_, "text": f"@{name}", "accessLevel": "", "localId": "m"}}


def test_a_mention_is_of_the_same_person_in_every_tool() -> None:
    value = read(JIRA, doc({"type": "text", "text": "Ask "}, mention("5b10", "Ada Lovelace")))
    assert value == "Ask [@Ada Lovelace](person:ada%40x.y)"
    assert made(TRELLO, value) == "Ask @ada_l"
    assert 'data-asana-gid="7"' in str(made(ASANA, value))
    assert '"id": "5b10"' in json.dumps(made(JIRA, value))
    assert "[~5b10]" in str(made(WIKI, value))
    for lens in LENSES.values():
        assert lens.get(made(lens, value), value) == lens.get(made(lens, value), None) == value


def test_whoever_is_not_in_a_tool_is_called_by_their_bare_name_there() -> None:
    value = read(JIRA, doc({"type": "text", "text": "Ask "}, mention("5b11", "Grace")))
    assert made(TRELLO, value) == "Ask Grace"
    assert made(ASANA, value) == "<body>Ask Grace</body>"
    assert TRELLO.get("Ask Grace", value) == value, "who reads it there takes no mention from Jira"
    assert TRELLO.get("Ask Grace tomorrow", value) == "Ask [@Grace](person:g%40x.y) tomorrow"


def test_a_member_whom_nobody_knows_stays_mentioned_where_they_are_and_only_there() -> None:
    native = doc({"type": "text", "text": "Ask "}, mention("gone", "Zoe"))
    value = read(JIRA, native)
    assert made(TRELLO, value) == "Ask Zoe"
    assert made(ASANA, value) == "<body>Ask Zoe</body>"
    assert made(JIRA, value, native) == native
    edited = made(JIRA, read(TRELLO, "Ask Zoe now", value), native)
    assert edited == doc({"type": "text", "text": "Ask "}, mention("gone", "Zoe"), {"type": "text", "text": " now"})


def test_words_that_look_like_a_mention_call_nobody_in_trello() -> None:
    value = read(JIRA, doc({"type": "text", "text": "Ask @ada_l or @nobody"}))
    native = made(TRELLO, value)
    assert native == "Ask @\u2060ada_l or @nobody"
    assert TRELLO.get(native, value) == TRELLO.get(native, None) == value
    assert TRELLO.get("`@ada_l` @ada_l", None) == "`@ada_l` [@Ada Lovelace](person:ada%40x.y)"


def test_a_name_that_a_tool_shows_otherwise_is_no_edit_and_stays_as_it_is_there() -> None:
    native = doc(mention("5b10", "Ada (before she married)"), {"type": "text", "text": " knows"})
    value = read(JIRA, native)
    assert value == "[@Ada Lovelace](person:ada%40x.y) knows"
    edited = made(JIRA, f"{value} it", native)
    assert edited == doc(mention("5b10", "Ada (before she married)"), {"type": "text", "text": " knows it"})


def texts_of(node: Any) -> Iterator[str]:
    if node["type"] == "text":
        yield str(node["text"])
    for child in node.get("content", ()):
        yield from texts_of(child)


@pytest.mark.parametrize("tool", ["trello", "asana"])
def test_a_typo_fixed_in_one_tool_takes_from_no_other_what_only_that_has(tool: str) -> None:
    """The item's text is what Jira's samples show; one word of it is edited in another tool, and only that changes."""
    tried = 0
    for sample in adf_samples().values():
        document = AdfDialect().canonical(sample)
        value = read(JIRA, document)
        native = made(LENSES[tool], value)
        assert LENSES[tool].get(native, value) == value, "what shows all that it can is no edit"
        assert made(LENSES[tool], value, native) == native
        long = [word for word in words(value) if len(word) > 5 and word.isalpha() and value.count(word) == 1]
        plain = [word for word in long if json.dumps(native, ensure_ascii=False).count(word) == 1]
        text = json.dumps(document, ensure_ascii=False)
        inside = [word for word in plain if text.count(word) == 1 and word in words(" ".join(texts_of(document)))]
        for word in inside[:1]:
            edited_there = json.loads(json.dumps(native, ensure_ascii=False).replace(word, "Xyzzy"))
            edited = read(LENSES[tool], edited_there, value)
            assert edited == canonical(value.replace(word, "Xyzzy"))
            assert made(JIRA, edited, document) == json.loads(text.replace(word, "Xyzzy"))
            tried += 1
    assert tried > 10


RICH = """- one

  > quoted

  | a | b |
  | --- | --- |
  | cell | other |

- two

#### Deep

3. third
4. fourth"""


@pytest.mark.parametrize("tool", LENSES)
def test_what_a_tool_cannot_hold_outlives_edits_made_in_it(tool: str) -> None:
    lens = LENSES[tool]
    native = made(lens, RICH)
    assert lens.get(native, RICH) == RICH
    for old, new in (("quoted", "told"), ("cell", "place"), ("two", "twice"), ("Deep", "Deeper"), ("fourth", "last")):
        changed = json.loads(json.dumps(native, ensure_ascii=False).replace(old, new))
        assert lens.get(changed, RICH) == RICH.replace(old, new), (old, new)


def test_emptying_and_filling() -> None:
    for lens in LENSES.values():
        native = made(lens, RICH)
        empty = made(lens, "", native)
        assert lens.get(empty, RICH) == ""
        assert lens.get(made(lens, "words", empty), "") == "words"
