"""pmsync's marker in a task's notes: a last line of its own, which no view shows.

The line is the marker's link as plain text: Asana rewrites links to its own objects, and may turn an address into a
link, but leaves the words alone. So it is recognised as text and as a link, wherever people have moved it to, and
written at the end.
"""

import re
from html import escape, unescape

from pmsync.model.native import Marker

EMPTY = "<body></body>"

_END = "</body>"
_LINE = re.compile(
    r"""(?P<before> \A\s*<body> | \n | </(?:ul|ol|h1|h2|blockquote|pre|table)> | <hr\s*/> )
        [ \t]*
        (?: <a\b[^>]*>(?P<linked>[^<>\s]+)</a> | (?P<text>[^<>\s]+) )
        [ \t]*
        (?= \n | </body> | <(?:ul|ol|h1|h2|blockquote|pre|table|hr)\b )
    """,
    re.VERBOSE,
)


def part(html: str | None) -> tuple[str, Marker | None]:
    """The notes without the marker's line, and the marker; the notes as they are where there is none."""
    html = html or EMPTY
    for line in _LINE.finditer(html):
        marker = Marker.from_link(unescape(line["linked"] or line["text"]))
        if marker is not None:
            # The line goes with one line break: the one before it, or at the very beginning the one after.
            before, after = line["before"], html[line.end() :]
            rest = html[: line.start()] + (after if before == "\n" else before + after.removeprefix("\n"))
            return (EMPTY if _blank(rest) else rest), marker
    return html, None


def attach(html: str | None, marker: Marker | None) -> str:
    """The notes with the marker's line at their end."""
    body = html or EMPTY
    if marker is None:
        return body
    head, end, tail = body.rpartition(_END)
    if not end:
        head, tail = "<body>", ""
    gap = "" if head.endswith("<body>") else "\n"
    return f"{head}{gap}{escape(marker.link(), quote=False)}{_END}{tail}"


def _blank(html: str) -> bool:
    return not html.removeprefix("<body>").removesuffix(_END).strip()
