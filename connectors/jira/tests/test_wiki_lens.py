"""Edits of what wiki markup shows: what was edited is seen, and nothing else changes in it."""

import re
import sys
from collections import Counter, defaultdict

import pytest
from edits import KINDS, edits

from pmsync.text import parse, render
from pmsync_jira.text import WikiDialect

WIKI = WikiDialect()
DOCUMENTS = (
    """h1. Title of it
Some {color:red}coloured words{color} and [~ada] there, see [the docs|http://x.y/z].

{panel:title=Mind this|borderStyle=dashed|bgColor=#FFFFCE}
Inside the panel with [~grace] and a lot more of words to read.
* one bullet
* two bullets {color:#ff0000}red{color}
{panel}
After the panel +inserted text+ here.

||Name||Value||
|alpha|beta gamma|
|delta|{color:blue}epsilon{color}|

* item first
** nested second item
----
!screenshot.png|thumbnail!

{code:java|title=Foo.java}
class Foo {}

// more
{code}
{quote}
quoted [~ada] wisdom
{quote}
{info:title=Be careful}
information text
{info}
Final words.""",
    "Just a line with *bold* and _it_ words.\n\n{color:red}A whole red paragraph{color}",
)
_SPECIAL = re.compile(r"\{[a-z]+(?::[^}]*)?\}|\[~\w+\]|![^!\n]+!")
_TITLES = {"ada", "grace", "screenshot", "png", "Mind", "this", "careful", "title", "Foo"}


def special(document: object) -> Counter[str]:
    return Counter(_SPECIAL.findall(str(document)))


def test_edits_elsewhere_are_seen_and_keep_what_only_jira_has(capsys: pytest.CaptureFixture[str]) -> None:
    figures: dict[str, Counter[str]] = defaultdict(Counter)
    for number, sample in enumerate(DOCUMENTS):
        document = WIKI.canonical(sample)
        text = parse(WIKI.read(document).markdown)
        for kind, wanted in edits(text, str(number), _TITLES, each=4):
            markdown = render(wanted)
            written = WIKI.write(markdown, document).document
            told = figures[kind]
            told["edits"] += 1
            told["seen"] += WIKI.read(written).markdown in (markdown, WIKI.read(WIKI.write(markdown).document).markdown)
            told["special"] += special(document).total()
            told["kept"] += special(document).total() - (special(document) - special(written)).total()
            assert kind != "none" or written == document
    with capsys.disabled():
        sys.stdout.write("".join(f"\nWiki, {kind}: {dict(figures[kind])}" for kind in KINDS))
    for kind in KINDS:
        told = figures[kind]
        assert told["seen"] == told["edits"] > 0, kind
        assert kind == "delete" or told["kept"] >= told["special"] * (0.97 if kind == "three words" else 1), kind


def test_a_word_in_a_panel_is_edited_and_the_panel_stays_as_it_is() -> None:
    document = "{panel:title=Look|borderStyle=dashed}\nIt is *hot* and {color:red}red{color}.\n{panel}\nh2. Next"
    edited = WIKI.read(document).markdown.replace("is", "was")
    assert WIKI.write(edited, document).document == document.replace("is", "was")
