"""What happens in one run, drawn from its seed: how much of everything, and where it strikes hardest."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from pmsync.config.settings import OnDelete
from pmsync.model.fields import Field
from pmsync.reconcile.policy import Rule

FIELDS = (Field.TITLE, Field.STATUS, Field.LABELS, Field.DUE, Field.ASSIGNEES, Field.DESCRIPTION, Field.PRIORITY)

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


def draw(rng: random.Random) -> Swarm:
    """Draw the character of a run."""
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
    longer = "\n\n".join([*parts, token])
    if not parts:
        return (longer,)
    changed = list(parts)
    changed[rng.randrange(len(parts))] = token
    return (longer, "\n\n".join(changed), "")
