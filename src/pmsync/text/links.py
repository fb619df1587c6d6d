"""Links that are written as nothing but their URL. Every tool makes a link of a URL that it meets in a text."""

import re
from collections.abc import Iterator
from dataclasses import replace

from pmsync.text.characters import href
from pmsync.text.tree import Inline, Link, Text

_BEFORE = r"(?:^|(?<=[\s*_~(]))"
_WEB = r"(?:https?://[^\s<./][^\s<]*|www\.[^\s<./]+\.[^\s<]+)"
_MAIL = r"(?<![\w.+-])(?:mailto:)?[A-Za-z0-9.+_-]+@(?:[A-Za-z0-9_-]+\.)+[A-Za-z0-9_-]*[A-Za-z0-9]"
_BARE = re.compile(rf"{_BEFORE}(?:(?P<web>{_WEB})|(?P<mail>{_MAIL})(?![\w@/-]))")
_TRAILING = re.compile(r"""(?:[?!.,:*_~'"\[\]]|&[A-Za-z]+;|;)$""")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{1,31}:")
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
_ANGLED_MAIL = re.compile(rf"[A-Za-z0-9.!#$%&'*+/=?^_`{{|}}~-]+@{_LABEL}(?:\.{_LABEL})*")
_ANGLED = re.compile(rf"{_SCHEME.pattern}[^\s<>]*|{_ANGLED_MAIL.pattern}")


def may_hold_links(piece: Inline) -> bool:
    """Whether `cut_links` is worth a try."""
    if not isinstance(piece, Text) or piece.link is not None:
        return False
    return "://" in piece.text or "@" in piece.text or "www." in piece.text


def cut_links(piece: Inline) -> Iterator[Inline]:
    """A plain text as the URLs in it, each with its link, and what is between them."""
    if not isinstance(piece, Text) or piece.link is not None:
        yield piece
        return
    done = 0
    for match in _BARE.finditer(piece.text):
        url = _trimmed(match["web"]) if match["web"] else match["mail"]
        link = target(url) if url else None
        if link is None or not _BARE.fullmatch(url):
            continue
        if before := piece.text[done : match.start()]:
            yield replace(piece, text=before)
        yield replace(piece, text=url, link=Link(link))
        done = match.start() + len(url)
    if rest := piece.text[done:]:
        yield replace(piece, text=rest)


def _trimmed(url: str) -> str:
    """The URL without the punctuation that belongs to the sentence around it."""
    while True:
        if match := _TRAILING.search(url):
            url = url[: match.start()]
        elif url.endswith(")") and url.count(")") > url.count("("):
            url = url[:-1]
        else:
            return url


def target(text: str) -> str | None:
    """Where a URL written as text leads; None if nowhere."""
    if text.startswith("www."):
        return href("http://" + text)
    return href(text if _SCHEME.match(text) or "@" not in text else "mailto:" + text)


def is_bare(text: str) -> bool:
    """Whether the whole text, in a sentence, would be one link."""
    match = _BARE.fullmatch(text)
    return match is not None and (match["web"] is None or _trimmed(text) == text)


def is_angled(text: str) -> bool:
    """Whether the text in angle brackets is a link to its `target`."""
    return _ANGLED.fullmatch(text) is not None and not text.startswith("www.")
