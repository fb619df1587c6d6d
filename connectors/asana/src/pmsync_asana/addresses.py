"""Addresses of tasks, in any of the forms that Asana has had. Pure."""

import re
from typing import Final
from urllib.parse import urlsplit

from pmsync_asana.settings import ASANA

_PATHS: Final = re.compile(
    r"""/0/ (?: \d+ | inbox | search | home ) /(?P<old>\d+) (?:/f)?
      | /1/\d+ (?: /project/\d+ | /inbox/\d+ | /home | /search/\d+ )? (?:/list/\d+)? /(?:task|item)/(?P<new>\d+)
        (?: /comment/\d+ )? (?:/f)?
    """,
    re.VERBOSE,
)


def task_in(address: str, url: str = ASANA) -> str | None:
    """The gid of the task that an address leads to; None for any other. `url` is that of the API."""
    try:
        parts = urlsplit(address.strip())
    except ValueError:
        return None
    if parts.hostname not in (urlsplit(ASANA).hostname, urlsplit(url).hostname):
        return None
    found = _PATHS.fullmatch(parts.path.rstrip("/"))
    return (found["old"] or found["new"]) if found else None
