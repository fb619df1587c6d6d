"""Characters of a text written so that Markdown reads them as themselves."""

import re
import unicodedata
from enum import IntEnum

_SPECIAL = re.compile(r"[\\`*_~\[\]<&]")
_ENTITY = re.compile(r"&(?=#\d{1,7};|#[xX][0-9a-fA-F]{1,6};|[A-Za-z][A-Za-z0-9]{1,31};)")
_PUNCTUATION = re.compile(r"[!-/:-@\[-`{-~]")
_AUTOLINK = re.compile(r"<(?=[A-Za-z][A-Za-z0-9+.-]{1,31}:|[^\s<>]+@)")
_BACKSLASH = re.compile(r"\\(?=[!-/:-@\[-`{-~]|$)")
_BLOCK = re.compile(
    r"""(?:\#{1,6}(?=\s|$) | > | [-+*](?=\s|$) | =+\s*$ | -+\s*$ | ~{3}
        | ([-*_])(?:\s*\1){2,}\s*$ | [|:\s-]*-[|:\s-]*$ | \[[^\]]*\]:)""",
    re.VERBOSE,
)
_NUMBER = re.compile(r"(\d{1,9})([.)])(?=\s|$)")
_TASK = re.compile(r"\[[ xX]\](?=\s|$)")


class Care(IntEnum):
    """How much is escaped. What is written with the least is read again, and written with more if it reads wrong."""

    LEAST = 0
    UNDERSCORES = 1
    PUNCTUATION = 2
    ENTITIES = 3


def escape(text: str, care: Care, *, lone: str = "", in_link: bool = False) -> str:
    """The text of a run. `lone` has those of `*_~` that are in no other place on the line, and so mark nothing."""
    if care == Care.ENTITIES:
        return _PUNCTUATION.sub(lambda match: entity(match[0]), text)
    if care == Care.PUNCTUATION:
        return _PUNCTUATION.sub(r"\\\g<0>", text)
    if _SPECIAL.search(text) is None:
        return text
    text = _BACKSLASH.sub(r"\\\\", text)
    text = _ENTITY.sub(r"\\&", _AUTOLINK.sub(r"\\<", text.replace("`", "\\`")))
    text = re.sub(r"[\[\]]", r"\\\g<0>", text) if in_link else re.sub(r"\](?=\()", r"\\]", text)
    for mark, harmless in (("*", r"(?<=\s)\*(?=\s)"), ("_", r"(?<=[^\W_])_+(?=[^\W_])|(?<=\s)_(?=\s)"), ("~", "(?!)")):
        if mark in text and mark not in lone:
            text = re.sub(f"({harmless})|{re.escape(mark)}", lambda match: match[1] or "\\" + match[0], text)
    return text


def entity(character: str) -> str:
    return f"&#{ord(character)};"


def escape_start(line: str) -> str:
    """The line so that it does not begin a block."""
    if match := _NUMBER.match(line):
        return f"{match[1]}\\{line[match.end(1) :]}"
    return "\\" + line if _BLOCK.match(line) else line


def escape_task(line: str) -> str:
    """The first line of a list's item so that it does not begin with a box."""
    return "\\" + line if _TASK.match(line) else line


def escape_entities(text: str) -> str:
    """For where Markdown reads entities and backslashes, but no marks: a URL, a title, a language."""
    return _ENTITY.sub(r"\\&", _BACKSLASH.sub(r"\\\\", text))


def is_punctuation(character: str) -> bool:
    return unicodedata.category(character)[0] in "PS"
