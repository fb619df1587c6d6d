"""Edits of what rich texts of Asana's show: what was edited is seen, and nothing else changes in them."""

import re
import sys
from collections import Counter, defaultdict

import pytest
from asana_rules import broken_rule
from edits import KINDS, edits

from pmsync.text import parse, render
from pmsync_asana.text import CommentDialect, XmlDialect

XML = XmlDialect()
ADA = '<a data-asana-gid="12" data-asana-type="user">@Ada Lovelace</a>'
TASK = '<a href="https://app.asana.com/0/1/99" data-asana-gid="99" data-asana-type="task">Fix the pump</a>'
_WHOLE = f"""<body>Hi {ADA}, see {TASK} before friday please

Second <u>underlined words</u> paragraph with <strong>bold</strong> and <em>italic</em>.<h1>Heading one</h1><ul>\
<li>First item about <u>water</u></li><li>Second item with {ADA}<ul><li>nested entry</li></ul></li></ul>\
<img data-asana-gid="77" alt="plan.png"/>After the image some text.

<table><tr><td data-cell-widths="120">alpha</td><td>beta</td></tr><tr><td data-cell-widths="120">gamma delta</td>\
<td>epsilon <u>zeta</u></td></tr></table><hr/><blockquote>Quoted wisdom here</blockquote><pre>code()
more()</pre>Final words &amp; such &lt;tags&gt;.</body>"""
DOCUMENTS = (
    _WHOLE,
    "<body><h2>Only</h2>Some words in a row.<ol><li>one thing</li><li>two thing <s>gone</s></li></ol></body>",
    f"<body>{TASK} and {TASK} and {ADA}</body>",
)
_NAMES = frozenset({"Ada", "Lovelace", "Fix", "the", "pump", "plan", "png", "app", "asana", "com"})
"""The words that only show what something is, or where it leads."""
_SPECIAL = re.compile(r"<a [^>]*data-asana-gid[^>]*>.*?</a>|<img[^>]*>|<td [^>]*>|</?u>")


def special(document: object) -> Counter[str]:
    return Counter(_SPECIAL.findall(str(document)))


def test_edits_elsewhere_are_seen_and_keep_what_only_asana_has(capsys: pytest.CaptureFixture[str]) -> None:
    figures: dict[str, Counter[str]] = defaultdict(Counter)
    for number, sample in enumerate(DOCUMENTS):
        document = XML.canonical(sample)
        text = parse(XML.read(document).markdown)
        for kind, wanted in edits(text, str(number), _NAMES):
            markdown = render(wanted)
            written = XML.write(markdown, document).document
            told = figures[kind]
            told["edits"] += 1
            told["seen"] += XML.read(written).markdown in (markdown, XML.read(XML.write(markdown).document).markdown)
            told["valid"] += not broken_rule(str(written).replace(' data-cell-widths="120"', ""))
            told["special"] += special(document).total()
            told["kept"] += special(document).total() - (special(document) - special(written)).total()
            assert kind != "none" or written == document
    with capsys.disabled():
        sys.stdout.write("".join(f"\nAsana, {kind}: {dict(figures[kind])}" for kind in KINDS))
    for kind in KINDS:
        told = figures[kind]
        assert told["seen"] == told["valid"] == told["edits"] > 0, kind
        assert kind == "delete" or told["kept"] == told["special"], kind


def test_white_space_between_what_was_not_edited_stays() -> None:
    document = "<body>one\n\n\ntwo<h1>Three</h1>\nfour</body>"
    assert XML.write("one\n\ntwo\n\n# Three\n\nfour and five", document).document == (
        "<body>one\n\n\ntwo<h1>Three</h1>\nfour and five</body>"
    )


def test_a_link_to_a_task_that_is_taken_out_is_gone() -> None:
    document = XML.canonical(f"<body>See {TASK} or ask {ADA}.</body>")
    assert XML.write("See or ask.", document).document == "<body>See or ask.</body>"


def test_comments_are_edited_likewise() -> None:
    comment = CommentDialect()
    document = comment.canonical(f"<body>I asked {ADA}, it is <u>late</u></body>")
    edited = comment.read(document).markdown.replace("asked", "told")
    assert comment.write(edited, document).document == str(document).replace("asked", "told")
