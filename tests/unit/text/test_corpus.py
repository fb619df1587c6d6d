"""The examples of CommonMark and GFM, and texts made to be hard, through canonical Markdown and every dialect."""

import pytest
from rendered import letters
from texts import examples

from pmsync.text import canonical, parse
from pmsync.text.dialect import Dialect
from pmsync_asana.text import XmlDialect
from pmsync_jira.text import AdfDialect, WikiDialect
from pmsync_trello.text import MarkdownDialect

DIALECTS = (AdfDialect(), XmlDialect(), WikiDialect(), MarkdownDialect())
NAMES = ("ADF", "Asana", "wiki", "Trello")
HARD = {
    "quotes within quotes": ">" * 60 + " deep",
    "lists within lists": "\n".join("  " * depth + f"- level {depth}" for depth in range(30)),
    "brackets that open": "[" * 2000 + "(",
    "marks that cross": "**a _b ~~c** d_ e~~ ***f*g** h*",
    "marks beside letters": 'in**ter**nal*ly* and a**"b"**c _x_y __z__',
    "code in bold": "**`a`**, **b `c`**, *`d` e* ~~`f`~~ ***`g`*** and `h`**i**",
    "line ends": "one\r\ntwo\rthree\r\n\r\n- four\r\n\r\n      five\r\n",
    "tabs": "\tcode\n\n-\titem\n\n\tmore\n\n>\t quote\n\na\tb",
    "entities": "&copy; &amp;amp; &#35; &#x22; &nbsp;x &notanentity; &lt;b&gt; AT&T &#0; &#128512;",
    "HTML": '<div class="a">\n\n**b** <br> <img src=x onerror=alert(1)> <!-- c --> </div>\n\n<script>d()</script>',
    "scripts": "Zoë naïve 日本語テキスト العربية עברית हिन्दी ไทย 👩‍👩‍👧‍👦 🇩🇪 a\u0301 \u202eabc\u202c \U0001d518",
    "invisible": "a\u200bb\u2060c\ufeffd\u00ade \u2060# f\n\n- \u2060> g",
    "signs of tools": (
        "h1. a\n\n{code}b{code} *c* {{d}} !e.png! [f|http://x.y] ⟦g⟧ ☐ h • i ———\n\n- ☐ j\n- ——— k\n\n> **▸ l**"
    ),
    "looks like blocks": "1\\. a\n\n\\- b\n\n\\# c\n\n\\> d\n\n- \\# e\n- \\> f\n\n> \\# g\n>\n> \\> h",
    "blocks in lists": (
        "1. # a\n\n   > b\n   >\n   > - c\n   >\n   >   | d | e |\n   >   | --- | --- |\n   >   | f | g |\n\n   ---\n\n"
        "   ```x\n   h\n   ```"
    ),
    "a table": '| a | `b\\|c` | **d** |\n|:-:|--:|---|\n| e\\|f | [g](h "i") | ![j](k) |\n| | `` ` `` | • l |',
    "tasks": "- [ ] a\n- [x] b\n  - [ ] c\n\n    d\n- e\n\n1. [ ] f\n\n> - [x] g",
    "alerts": "> [!NOTE]\n> a\n>\n> > b\n>\n> | c |\n> | --- |\n\n- > [!TIP]\n  > d\n\n> [!OTHER]\n> e\n\n> [!WARNING]",
    "links": "http://a.b/c_d_(e) <http://f.g> www.h.i. j@k.lm [n](<o p> 'q') [r][s] [](t) [![u](v)](w)\n\n[s]: x \"y\"",
    "mentions": "@a [@b](person:b) **[@c d](person:c%20d)** [e](person:e) @f@g.hi",
    "long": "word *and* `code` in a line\n\n- item with **bold** words\n\n" * 200,
    "one long line": "many words " * 2000,
}


def test_every_example_keeps_its_meaning_in_canonical_markdown() -> None:
    for markdown in (*examples(), *HARD.values()):
        once = canonical(markdown)
        assert parse(once) == parse(markdown), markdown
        assert canonical(once) == once


@pytest.mark.parametrize("dialect", DIALECTS, ids=NAMES)
@pytest.mark.parametrize("name", HARD)
def test_no_letter_of_a_hard_text_is_lost_in_a_tool(dialect: Dialect, name: str) -> None:
    markdown = canonical(HARD[name])
    assert letters(markdown) == letters(HARD[name])
    assert letters(dialect.read(dialect.write(markdown).document).markdown) == letters(markdown)
