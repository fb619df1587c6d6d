"""Links between issues: what their types mean, and which lead from an issue. Pure."""

from collections.abc import Iterable, Mapping
from typing import Any

from pmsync.model.fields import LinkKind

_KINDS = {
    "blocks": LinkKind.BLOCKS,
    "relates": LinkKind.RELATES,
    "relates to": LinkKind.RELATES,
    "duplicate": LinkKind.DUPLICATES,
    "duplicates": LinkKind.DUPLICATES,
}


def kind_of(type_: Mapping[str, Any]) -> LinkKind | None:
    """What a type of links means, by its name or by what the issue from which a link leads says of the other."""
    return _KINDS.get(str(type_.get("name")).casefold()) or _KINDS.get(str(type_.get("outward")).casefold())


def leading(raws: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """The links that lead from an issue, as native values, each with Jira's id of it."""
    found: dict[str, str] = {}
    for raw in raws:
        kind, other = kind_of(raw.get("type") or {}), raw.get("outwardIssue")
        if kind is not None and other:
            found.setdefault(f"{kind.value}:{other['id']}", str(raw["id"]))
    return dict(sorted(found.items()))
