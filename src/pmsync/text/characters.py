"""Characters that not every tool can hold, and the characters that take up no ink."""

import re

# Control characters, lone surrogates and what Unicode says is no character: XML cannot say most of them, Markdown's
# entities none, and a lone surrogate cannot even be sent.
_NO_CHARACTERS = "\ufdd0-\ufdef" + "".join(
    f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in range(0, 0x110000, 0x10000)
)
_CONTROLS = "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff"
_ILLEGAL = re.compile(f"[{_CONTROLS}{_NO_CHARACTERS}]")
# What Unicode takes for the end of a line. Markdown does not, so that parsers differ.
_LINE_ENDS = re.compile("\r\n|[\r\x85\u2028\u2029]")
_UNCLEAN = re.compile(f"[{_CONTROLS}{_NO_CHARACTERS}\r\x85\xa0\u2028\u2029]")
BLANK = " \t\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
"""White space within a line."""
JOINER = "\u2060"
"""Takes up no room and stands for nothing: before what would be taken for a sign, it says that it is none."""


def legal(text: str) -> str:
    """The text with newlines for all line ends, and the replacement character for what a tool could not hold."""
    return _ILLEGAL.sub("\ufffd", _LINE_ENDS.sub("\n", text))


def clean(text: str) -> str:
    """The legal text with spaces for no-break spaces.

    Asana's client reads those so, and a text that never reads as it was written would be written for ever.
    """
    return legal(text).replace("\u00a0", " ") if _UNCLEAN.search(text) else text


def one_line(text: str) -> str:
    """The clean text with a space for every newline."""
    return clean(text).replace("\n", " ")


def href(url: str) -> str | None:
    """The URL percent-encoded, as the tree holds it; None if Markdown makes no link of it (`javascript:` and such)."""
    from pmsync.text.commonmark import encoded, is_link

    found = encoded(one_line(url).strip())
    return found if is_link(found) else None
