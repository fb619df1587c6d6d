"""Links between tasks for which Asana has no form: attachments, the other task's address named `relates: …`. Pure."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from pmsync.model.fields import Json, LinkKind
from pmsync.model.native import Marker
from pmsync.model.part import mark_in, token_in
from pmsync_asana.addresses import task_in

KINDS: Final = frozenset({LinkKind.RELATES, LinkKind.DUPLICATES})
"""What is said so. What blocks what, Asana says by itself."""
EXTERNAL: Final = "external"
"""The subtype of attachments that are addresses of something elsewhere, but for those of services that Asana knows."""

_NAMED: Final = re.compile(r"\s*(relates|relates to|duplicates)\s*:", re.IGNORECASE)
_LONGEST: Final = 255


def link(attached: Mapping[str, Any]) -> tuple[LinkKind, str] | None:
    """What an attachment says, with the gid of the task that it leads to; None for any other attachment, among them
    those by which pmsync leads to twins and to originals."""
    url, named = str(attached.get("view_url") or ""), _NAMED.match(str(attached.get("name") or ""))
    if named is None or attached.get("resource_subtype") != EXTERNAL:
        return None
    if token_in(url) or mark_in(url) or Marker.from_link(url):
        return None
    task = task_in(url)
    return None if task is None else (LinkKind(named[1].casefold().split()[0]), task)


def links(attachments: Iterable[Mapping[str, Any]], task: str) -> tuple[str, ...]:
    """The links that a task's attachments say, sorted."""
    found = {one for attached in attachments if (one := link(attached)) is not None}
    return tuple(sorted(f"{kind}:{gid}" for kind, gid in found if gid != task))


def referred(value: Json) -> set[tuple[LinkKind, str]]:
    """Those of a task's links that are said by attachments."""
    told = (one.partition(":") for one in value if isinstance(one, str)) if isinstance(value, list) else ()
    return {(LinkKind(kind), task) for kind, _, task in told if kind in KINDS}


def name(kind: LinkKind, title: str) -> str:
    """How an attachment is called that says so."""
    return f"{kind}: {' '.join(title.split())}"[:_LONGEST]
