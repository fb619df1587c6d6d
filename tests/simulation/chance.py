"""What happens in one run, drawn from its seed: how much of everything, and where it strikes hardest."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pmsync.config.settings import OnDelete
from pmsync.model.fields import SET_FIELDS, Field
from pmsync.reconcile.policy import Rule

FIELDS = (Field.TITLE, Field.STATUS, Field.LABELS, Field.DUE, Field.ASSIGNEES, Field.DESCRIPTION, Field.PRIORITY)

TEAM, AREAS = Field.custom("Team"), Field.custom("Areas")

SETS = SET_FIELDS | {AREAS}
"""The fields of the simulation that are sets."""

ACTS = ("edit", "create", "copy", "archive", "delete", "leave", "hide", "lock out", "skip a row")

FAULTS = ("before", "after", "wait")

CALLS = ("changes", "fetch", "find", "create", "update", "inspect", "archive", "delete", "check", "vocabulary")

BOUNDARIES = ("observed", "decided", "created", "written", "linked", "intend", "settle", "recovered")


@dataclass(frozen=True, slots=True)
class Swarm:
    """How much of what one run has. Drawn at random, so that no two runs are mixtures of the same."""

    items: int
    passes: int
    between: float
    """How many acts of people come between two passes, on average."""
    during: float
    """How likely an act is at each call."""
    fault: float
    crash: float
    acts: dict[str, float]
    fields: dict[Field, float]
    faults: dict[str, float]
    hot_call: str
    hot_boundary: str
    hot_item: float
    """How likely an act is on the one item that everybody works on."""
    tiny: bool
    """Whether people choose among very few values: then edits meet, and come back to what was."""
    populated: bool
    """Whether all tools are in step when it begins; else they have the same titles and do not know of one another."""
    restore: bool
    rule: Rule | None
    on_delete: OnDelete
    lag: float
    consistent: bool
    history: bool
    """Whether every tool's history tells of every field."""
    fighting: bool
    """Whether automations set back what pmsync writes."""
    custom: bool = False
    """Whether the tools have custom fields and links."""
    theme: str = ""
    """The one kind of story that it is about, if it is."""
    aftermath: float = 0.0
    """How likely people, or a tool that goes down, follow upon a lost answer."""
    down: float = 0.0
    """How likely, once a backup was brought back, the tool where somebody worked last is down for all of the pass."""
    newest: bool = False
    """Whether the one item that everybody works on is the last that was made, not the first."""
    prompt: bool = False
    """Whether the backup that is brought back is of the pass before."""
    pauses: tuple[float, ...] = (20.0, 300.0, 300.0, 3600.0, 90_000.0)
    """The seconds between two passes."""
    settling: float = 100_000.0
    """How long it is quiet before the first pass of the quiet: after a day everything is read anew."""


CUSTOM = 0.25
"""The share of the runs in which the tools have custom fields and links."""

THEMED = 0.4
"""The share of the runs that are about one kind of story: such as come together by chance too rarely."""

_SETS = {Field.LABELS: 3.0, Field.ASSIGNEES: 2.0}
_CLEARABLE = {Field.DUE: 3.0, Field.DESCRIPTION: 1.0, Field.PRIORITY: 1.0}
_VISIBLE = {"hide": 0.0, "lock out": 0.0, "skip a row": 0.0}

THEMES: Mapping[str, Mapping[str, Any]] = {
    "copies": {"acts": {"edit": 4.0, "copy": 4.0, "delete": 0.5, "leave": 0.5}, "during": 0.1},
    "a create without an answer": {
        "acts": {"edit": 10.0, "create": 3.0}, "fields": _SETS | {Field.DESCRIPTION: 3.0, Field.TITLE: 2.0},
        "faults": {"before": 0.2, "after": 3.0, "wait": 0.5}, "fault": 0.05, "hot_call": "create", "passes": 3,
        "aftermath": 0.8, "pauses": (20.0, 20.0, 300.0), "lag": 45.0, "consistent": False, "during": 0.03,
        "between": 2.0, "items": 1, "newest": True,
    },
    "an update without an answer": {
        "acts": {"edit": 10.0}, "faults": {"before": 0.2, "after": 3.0, "wait": 0.5}, "fault": 0.05,
        "hot_call": "update", "aftermath": 0.7, "pauses": (20.0, 300.0), "passes": 4, "during": 0.03,
        "between": 2.0, "items": 1,
    },
    "an index that is late": {
        "acts": {"edit": 10.0, "create": 0.3, **_VISIBLE}, "lag": 45.0, "consistent": False, "restore": False,
        "populated": True, "fault": 0.0, "crash": 0.0, "pauses": (20.0, 300.0), "settling": 700.0, "items": 1,
    },
    "endings": {
        "acts": {"edit": 3.0, "archive": 3.0, "delete": 0.5, "leave": 1.0, **_VISIBLE}, "hot_call": "archive",
        "crash": 0.04, "restore": False, "populated": True, "during": 0.03, "items": 2, "between": 1.0,
    },
    "restored while a tool is down": {
        "acts": {"edit": 10.0}, "fields": _CLEARABLE, "tiny": True, "restore": True, "down": 0.9, "populated": True,
        "passes": 4, "items": 1, "during": 0.0, "between": 3.0, "prompt": True, "fault": 0.0, "crash": 0.0,
    },
    "restored before a listing shows": {
        "acts": {"edit": 1.0, "create": 3.0}, "restore": True, "populated": True, "lag": 45.0, "passes": 3,
        "pauses": (20.0,), "items": 1, "fault": 0.0, "crash": 0.0, "during": 0.0, "between": 2.0, "prompt": True,
    },
    "one set": {
        "acts": {"edit": 10.0}, "fields": _SETS, "during": 0.25, "history": False, "populated": True, "items": 1,
        "passes": 3,
    },
    "within a status": {
        "acts": {"edit": 10.0}, "fields": {Field.STATUS: 1.0}, "populated": True, "items": 1, "passes": 4,
        "between": 2.0,
    },
}  # fmt: skip
"""What is drawn otherwise in each of them. Acts and fields that a theme does not name do not happen."""

_SUBTLE = {"a create without an answer": 4.0, "one set": 2.0, "restored while a tool is down": 2.0}
"""How much more often than others the stories are drawn that need the most to come together."""


def draw(rng: random.Random) -> Swarm:
    """Draw the character of a run."""
    swarm = _draw(rng)
    (theme,) = rng.choices(tuple(THEMES), [_SUBTLE.get(theme, 1.0) for theme in THEMES])
    return themed(swarm, theme) if rng.random() < THEMED else swarm


def with_custom_fields(swarm: Swarm) -> Swarm:
    """The same run, with tools that have custom fields and links."""
    return replace(swarm, custom=True, fields=swarm.fields | {TEAM: 3.0, AREAS: 3.0, Field.LINKS: 2.0})


def themed(swarm: Swarm, theme: str) -> Swarm:
    """The same run, but about one kind of story."""
    story = dict(THEMES[theme])
    story["acts"] = dict.fromkeys(ACTS, 0.0) | story["acts"]
    if "fields" in story:
        story["fields"] = dict.fromkeys(FIELDS, 0.0) | story["fields"]
    return replace(swarm, theme=theme, hot_item=0.95, fighting=False, **story)


def _draw(rng: random.Random) -> Swarm:
    weights = {act: rng.choice((0.0, 0.3, 1.0)) for act in ACTS}
    weights |= {"edit": rng.choice((4.0, 10.0, 30.0)), "create": rng.choice((0.3, 1.0, 2.0))}
    calm = rng.random() < 0.15
    return Swarm(
        items=rng.choice((1, 1, 2, 2, 3)),
        passes=rng.choice((1, 2, 2, 3, 4)),
        between=rng.choice((0.5, 1.0, 2.0, 4.0)),
        during=rng.choice((0.0, 0.03, 0.1, 0.25)),
        fault=0.0 if calm else rng.choice((0.0, 0.02, 0.08)),
        crash=0.0 if calm else rng.choice((0.0, 0.0, 0.01, 0.03)),
        acts=weights,
        fields={name: rng.choice((0.0, 0.5, 1.0, 3.0)) for name in FIELDS} | {Field.STATUS: 1.0},
        faults={fault: rng.choice((0.2, 1.0)) for fault in FAULTS},
        hot_call=rng.choice(CALLS),
        hot_boundary=rng.choice(BOUNDARIES),
        hot_item=rng.choice((0.3, 0.7, 0.95)),
        tiny=rng.random() < 0.5,
        populated=rng.random() < 0.75,
        restore=rng.random() < 0.15,
        rule=rng.choice((None, None, Rule.OWNER, Rule.NEWEST, Rule.MANUAL)),
        on_delete=rng.choice(tuple(OnDelete)),
        lag=rng.choice((0.0, 0.0, 5.0, 45.0)),
        consistent=rng.random() < 0.6,
        history=rng.random() < 0.3,
        fighting=rng.random() < 0.03,
    )


def rewordings(text: str, token: str, rng: random.Random) -> Sequence[str]:
    """What a person may make of a text: more of it, a paragraph changed, nothing."""
    parts = text.split("\n\n") if text else []
    # Every now and then in bold, which not every tool has.
    token = f"**{token}**" if token[-1] in "036" else token
    longer = "\n\n".join([*parts, token])
    if not parts:
        return (longer,)
    changed = list(parts)
    changed[rng.randrange(len(parts))] = token
    return (longer, "\n\n".join(changed), "")
