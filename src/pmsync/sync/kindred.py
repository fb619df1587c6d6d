"""Custom fields that several tools have, proposed to be kept in step: by their names, where their kinds fit."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Final

from pmsync.mapping.customs import Family, Own, families, fits
from pmsync.mapping.parse import OFFERED
from pmsync.mapping.spec import Custom, fold
from pmsync.model.fields import Field
from pmsync.model.vocabulary import CustomField
from pmsync.sync.setup import Surveyed

_STANDARD: Final[Mapping[str, Field]] = {
    "release": Field.RELEASE,
    "releases": Field.RELEASE,
    "fix versions": Field.RELEASE,
    "fix version": Field.RELEASE,
    "fix version/s": Field.RELEASE,
    "version": Field.RELEASE,
    "sprint": Field.SPRINT,
    "iteration": Field.SPRINT,
    "story points": Field.ESTIMATE,
    "story point estimate": Field.ESTIMATE,
    "estimate": Field.ESTIMATE,
    "points": Field.ESTIMATE,
    "time spent": Field.TIME_SPENT,
    "hours spent": Field.TIME_SPENT,
    "start date": Field.START,
    "target start": Field.START,
    "start": Field.START,
    "due date": Field.DUE,
    "due": Field.DUE,
}
"""What custom fields of these names are in all tools; of two that one tool has, the first one here."""

_ELSEWHERE: Final = frozenset(Field.standard()) - OFFERED
"""Names of fields that no custom field can show."""


def kindred(tools: Mapping[str, Surveyed]) -> dict[str, dict[str, Custom]]:
    """For each tool what its custom fields show, by their names.

    A custom field is kept in step where another tool has a field of its name and of a kind that fits, or by itself the
    standard field that it is; and where any of them can be written.
    """
    found: dict[str, dict[str, Custom]] = {name: {} for name in tools}
    for shown, named in _groups(tools).items():
        group = _fitting(shown, named)
        own = [name for name, one in tools.items() if name not in group and shown in one.vocabulary.fields]
        written = any(one.writable for one in group.values()) or any(_writable(tools[name], shown) for name in own)
        if group and len(group) + len(own) > 1 and written:
            for name, custom in group.items():
                found[name][custom.name] = Custom(shown)
    return found


def _groups(tools: Mapping[str, Surveyed]) -> dict[Field, dict[str, list[CustomField]]]:
    """Custom fields that may be one, by what they would show: of each tool those whose names say so, the best first."""
    called: dict[str, Field] = {}
    found: dict[Field, dict[str, list[CustomField]]] = {}
    order = [*_STANDARD]
    for tool, surveyed in tools.items():
        for custom in _free(surveyed):
            name = fold(custom.name)
            shown = _STANDARD.get(name) or called.setdefault(name, Field.custom(" ".join(custom.name.split())))
            found.setdefault(shown, {}).setdefault(tool, []).append(custom)
    for named in found.values():
        for listed in named.values():
            listed.sort(key=lambda one: order.index(fold(one.name)) if fold(one.name) in _STANDARD else 0)
    return found


def _free(surveyed: Surveyed) -> Iterator[CustomField]:
    """The custom fields that are nothing yet: no standard field of this tool, and none whose name is another's too."""
    vocabulary = surveyed.vocabulary
    if not surveyed.capabilities.custom:
        return
    count = Counter(fold(one.name) for one in vocabulary.custom)
    for one in vocabulary.custom:
        name = fold(one.name)
        standard = one.shows or _STANDARD.get(name)
        priority = bool(one.options) and one.options == vocabulary.priorities
        if count[name] == 1 and standard not in vocabulary.fields and name not in _ELSEWHERE and not priority:
            yield one


def _fitting(shown: Field, named: Mapping[str, list[CustomField]]) -> dict[str, CustomField]:
    """Of each tool the one that can be kept in step, as what most of them can be."""
    every = [custom for listed in named.values() for custom in listed]
    wanted = [families([{shown: Own(custom, create=False)}])[shown] for custom in every]
    ways = [_as(family, named) for family in dict.fromkeys(wanted)]
    return max(ways, key=len)


def _as(family: Family, named: Mapping[str, list[CustomField]]) -> dict[str, CustomField]:
    found = {tool: next((one for one in listed if fits(one, family)), None) for tool, listed in named.items()}
    return {tool: one for tool, one in found.items() if one is not None}


def _writable(surveyed: Surveyed, shown: Field) -> bool:
    """Whether the tool takes values for a standard field that it has by itself."""
    custom = next((one for one in surveyed.vocabulary.custom if one.shows is shown), None)
    return custom.writable if custom is not None else shown not in surveyed.capabilities.read_only
