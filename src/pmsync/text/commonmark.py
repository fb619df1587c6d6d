"""The parser of Markdown, as we have it read. Imported with the first text that is read: it takes long, and a pass in
which nothing was said reads none.
"""

import re
from functools import cache, lru_cache
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.common.normalize_url import normalizeLink, validateLink
from markdown_it.common.utils import unescapeAll
from markdown_it.token import Token
from markdown_it.utils import EnvType
from mdit_py_plugins.gfm_autolink import gfm_autolink_plugin

_DEEPEST = 100
"""Levels of blocks within blocks, beyond which the parser would drop text."""


class _Parser(MarkdownIt):
    def normalizeLinkText(self, link: str) -> str:  # noqa: N802 (the parser's name for it)
        """A bare link shows what was typed, not a decoded form of it."""
        return link

    def normalizeLink(self, url: str) -> str:  # noqa: N802
        """As the parser has it, but only once for each address: it takes long."""
        return encoded(url)


@cache
def _parser(*, www: bool = False) -> MarkdownIt:
    """`www`: for lines that may have a link which begins so. To look for it at each "w" takes long."""
    options: dict[str, Any] = {"html": False, "tasklists": True, "strikethrough_single_tilde": True}
    options |= {"alerts": True, "maxNesting": _DEEPEST}
    made = _Parser("commonmark", options).use(gfm_autolink_plugin).enable(["table", "strikethrough"])
    made.disable(["inline", "text_join", "html_block", "html_inline"])
    if not www:
        made.disable("gfm_autolink_www")
    # The characters that the rules in use look at. By default the parser stops at those of all rules there are.
    made.inline.terminator_re = re.compile(r"[\n!&*:<@\[\\\]_`~w]" if www else r"[\n!&*:<@\[\\\]_`~]")
    return made


def blocks(source: str, links: EnvType) -> list[Token] | None:
    """The blocks of a text, their content not yet read; None where they are too deep.

    `links` gets what its links by reference lead to.
    """
    tokens = _parser().parse(source, links)
    for token in tokens:
        token.info = unescapeAll(token.info)
    return None if any(token.level >= _DEEPEST - 1 for token in tokens) else tokens


def inline(content: str, links: EnvType) -> list[Token]:
    """What is in a line."""
    parser = _parser(www="www." in content)
    return parser.inline.parse(content, parser, links, [])


@lru_cache(maxsize=4096)
def encoded(url: str) -> str:
    """The URL percent-encoded."""
    return normalizeLink(url)


def is_link(url: str) -> bool:
    """Whether Markdown makes a link of this encoded URL: not of `javascript:` and such."""
    return validateLink(url)
