"""A mapping proposed for a project as it is: by exact names, then by words that mean the same, then by category."""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from pmsync.mapping.relation import relate
from pmsync.mapping.spec import Mapping as Spec
from pmsync.mapping.spec import Place, fold
from pmsync.model.fields import ItemType, Priority, StatusCategory
from pmsync.model.vocabulary import Term, Vocabulary

HUB: Mapping[str, StatusCategory] = {
    "Backlog": StatusCategory.BACKLOG,
    "To Do": StatusCategory.TODO,
    "In Progress": StatusCategory.IN_PROGRESS,
    "In Review": StatusCategory.IN_PROGRESS,
    "Blocked": StatusCategory.ON_HOLD,
    "Done": StatusCategory.DONE,
    "Cancelled": StatusCategory.CANCELLED,
}
"""The statuses of the shipped mappings: a proposed mapping meets theirs."""

_WORDS: Mapping[str, str] = {
    "Backlog": "icebox, inbox, new, later, someday, future, wish list, unplanned, triage, eingang",
    "To Do": "todo, to-do, open, ready, next, next up, up next, planned, selected, selected for development, today, "
    "this week, sprint backlog, not started, offen, zu erledigen, geplant, à faire, por hacer, pendiente, da fare",
    "In Progress": "doing, in work, wip, working, started, active, in development, development, building, ongoing, "
    "in arbeit, in bearbeitung, en cours, en curso, en progreso, in corso",
    "In Review": "review, reviewing, code review, peer review, in qa, qa, testing, in testing, in test, test, verify, "
    "verification, to verify, approval, awaiting approval, uat, prüfung, in prüfung, à valider, en revisión",
    "Blocked": "on hold, waiting, waiting for, paused, stuck, impeded, deferred, parked, blockiert, wartet, "
    "en attente, bloqué, bloqueado, en espera",
    "Done": "closed, complete, completed, finished, resolved, released, shipped, live, deployed, fixed, accepted, "
    "erledigt, fertig, abgeschlossen, terminé, fait, hecho, terminado, fatto",
    "Cancelled": "canceled, won't do, wont do, won't fix, wontfix, rejected, abandoned, declined, duplicate, "
    "obsolete, invalid, dropped, abgebrochen, abgelehnt, verworfen, annulé, cancelado, annullato",
}
_PRIORITIES: Mapping[str, str] = {
    "URGENT": "urgent, highest, critical, blocker, emergency, asap, p0, prio 0, kritisch, dringend",
    "HIGH": "high, major, important, p1, prio 1, hoch, haute, alta",
    "MEDIUM": "medium, normal, moderate, default, p2, prio 2, mittel, moyenne, media",
    "LOW": "low, lowest, minor, trivial, nice to have, p3, p4, prio 3, niedrig, gering, basse, baja",
}
_TYPES: Mapping[str, str] = {
    "INITIATIVE": "initiative, theme, objective",
    "EPIC": "epic",
    "STORY": "story, user story, feature, new feature, enhancement, requirement",
    "TASK": "task, improvement, chore, technical task, spike, change, service request",
    "BUG": "bug, defect, incident, problem, fault",
    "SUBTASK": "subtask, sub-task, sub task",
}
_NEAR: Mapping[StatusCategory, tuple[StatusCategory, ...]] = {
    StatusCategory.BACKLOG: (StatusCategory.BACKLOG, StatusCategory.TODO, StatusCategory.IN_PROGRESS),
    StatusCategory.TODO: (StatusCategory.TODO, StatusCategory.BACKLOG, StatusCategory.IN_PROGRESS),
    StatusCategory.IN_PROGRESS: (StatusCategory.IN_PROGRESS, StatusCategory.TODO, StatusCategory.BACKLOG),
    StatusCategory.ON_HOLD: (StatusCategory.ON_HOLD, StatusCategory.IN_PROGRESS, StatusCategory.TODO),
    StatusCategory.DONE: (StatusCategory.DONE, StatusCategory.CANCELLED),
    StatusCategory.CANCELLED: (StatusCategory.CANCELLED, StatusCategory.DONE),
}
"""Where a status without a place of its own is shown: never among finished work where it is open, nor the reverse."""
_FINISHED = (StatusCategory.DONE, StatusCategory.CANCELLED)


class Why(StrEnum):
    """Why a name of the tool's was related as it was."""

    NAME = "same name"
    WORD = "means the same"
    CATEGORY = "by category"


@dataclass(frozen=True, slots=True)
class Proposal:
    """The mapping to begin with. `own` is false where the shipped one fits as it is."""

    mapping: Spec
    own: bool
    guessed: Mapping[str, Why] = field(default_factory=dict)
    """Statuses of the tool that were not known by name, and what they were related by."""
    left: tuple[str, ...] = ()
    """Statuses of the tool that nothing is known of: their items stay where they are."""
    homeless: tuple[str, ...] = ()
    """Statuses of the schema that can be shown nowhere in this tool."""


def propose(shipped: Spec, vocabulary: Vocabulary) -> Proposal:
    """The shipped mapping where it names all that the tool has and shows all that there is; else one made to fit."""
    statuses = _statuses(shipped, vocabulary)
    if not _lacking(shipped, vocabulary, statuses):
        return Proposal(shipped, own=False, left=statuses.left, homeless=statuses.homeless)
    places, completed = _completed(shipped, statuses.places, ticks=vocabulary.completed)
    mapping = dataclasses.replace(
        shipped,
        statuses=places,
        completed=completed,
        priorities=_urgencies(shipped, vocabulary),
        types=_terms(shipped.types, _kinds(shipped, vocabulary), _TYPES, [one.value for one in ItemType]),
    )
    return Proposal(mapping, own=True, guessed=statuses.guessed, left=statuses.left, homeless=statuses.homeless)


def _completed(shipped: Spec, places: Mapping[str, Place], *, ticks: bool) -> tuple[dict[str, Place], str | None]:
    """What an item that is ticked reads as. Where no place of the tool's is for that, the shipped mapping's stands for
    it: a place that the tool lacks does no harm."""
    status = shipped.completed
    if status is None or any(status in place.shows for place in places.values()):
        return dict(places), status
    if not ticks:
        return dict(places), None
    own = {name: place for name, place in shipped.statuses.items() if place.shows[0] == status}
    return {**places, **dict(list(own.items())[:1])}, status


def _lacking(shipped: Spec, vocabulary: Vocabulary, statuses: "_Statuses") -> bool:
    """Whether something could be said of this tool that the shipped mapping does not say."""
    relation = relate({name: place.shows for name, place in shipped.statuses.items()}, vocabulary.statuses)
    unshown = [status for status in HUB if status not in relation.ways and status not in statuses.homeless]
    named = {
        *(fold(name) for name in shipped.statuses),
        *(fold(name) for name in shipped.priorities),
        *(fold(name) for name in shipped.types),
    }
    known = [
        *statuses.places,
        *(term.name for term in vocabulary.priorities if _word(term.name, _PRIORITIES)),
        *(term.name for term in _kinds(shipped, vocabulary) if _word(term.name, _TYPES)),
    ]
    return bool(unshown) or any(fold(name) not in named for name in known)


def _kinds(shipped: Spec, vocabulary: Vocabulary) -> Sequence[Term]:
    """The tool's types, where the shipped mapping speaks of types: a tool in which nearly everything is a task could
    not show what other tools tell apart."""
    return vocabulary.types if shipped.types else ()


@dataclass(slots=True)
class _Statuses:
    places: dict[str, Place]
    guessed: dict[str, Why]
    left: tuple[str, ...]
    homeless: tuple[str, ...]


def _statuses(shipped: Spec, vocabulary: Vocabulary) -> _Statuses:
    terms = list({term.name: term for term in vocabulary.statuses if term.open}.values())
    read = {term.name: found for term in terms if (found := _status(term, shipped)) is not None}
    order, ranks = list(HUB), list(Why)
    names = sorted(read, key=lambda name: (order.index(read[name][0]), ranks.index(read[name][1])))
    shows: dict[str, list[str]] = {name: [read[name][0]] for name in names}
    homeless = []
    for status, category in HUB.items():
        if not any(own[0] == status for own in shows.values()):
            stand_ins = [name for near in _NEAR[category] for name in names if HUB[read[name][0]] is near]
            first = [name for name in stand_ins if read[name][0] == read[stand_ins[0]][0]]
            for name in first:
                shows[name].append(status)
            if not first and not (vocabulary.completed and status == shipped.completed):
                homeless.append(status)
    places = {
        name: Place(tuple(shows[name]), HUB[read[name][0]], vocabulary.completed and HUB[read[name][0]] in _FINISHED)
        for name in names
    }
    guessed: dict[str, Why] = {name: why for name, (_, why) in read.items() if why is not Why.NAME}
    return _Statuses(places, guessed, tuple(term.name for term in terms if term.name not in read), tuple(homeless))


def _status(term: Term, shipped: Spec) -> tuple[str, Why] | None:
    """The status of the schema that a place is read as, and why; a tool's own category outweighs a mere word."""
    for name, place in shipped.statuses.items():
        if fold(name) == fold(term.name) and place.shows[0] in HUB:
            return place.shows[0], Why.NAME
    word = _word(term.name, _WORDS)
    if word is not None and (term.category is None or (HUB[word] in _FINISHED) == (term.category in _FINISHED)):
        return word, Why.WORD
    by_category = next((status for status, category in HUB.items() if category is term.category), None)
    return (by_category, Why.CATEGORY) if by_category is not None else None


def _word(name: str, words: Mapping[str, str]) -> str | None:
    """What a word stands for, signs and emoji around it left aside."""
    bare = "".join(one if one.isalnum() or one in " '-" else " " for one in name.replace("’", "'"))
    told = fold(bare).strip("- ")
    return next((one for one, listed in words.items() if told in (fold(one), *listed.split(", "))), None)


def _terms(
    shipped: Mapping[str, tuple[str, ...]], terms: Sequence[Term], words: Mapping[str, str], order: Sequence[str]
) -> dict[str, tuple[str, ...]]:
    """Rules for the tool's own names, with what the shipped mapping lets them stand in for. None known: as shipped."""
    spelled = {fold(name): shows[0] for name, shows in shipped.items()}
    read = {
        term.name: meaning
        for term in terms
        if term.open and (meaning := spelled.get(fold(term.name)) or _word(term.name, words))
    }
    if not read:
        return dict(shipped)
    shows = {name: [read[name]] for name in sorted(read, key=lambda name: order.index(read[name]))}
    for listed in shipped.values():
        for value in listed[1:]:
            own = next((name for name in shows if read[name] == listed[0]), None)
            if own is not None and value not in read.values() and value not in shows[own]:
                shows[own].append(value)
    return {name: tuple(listed) for name, listed in shows.items()}


def _urgencies(shipped: Spec, vocabulary: Vocabulary) -> dict[str, tuple[str, ...]]:
    """As `_terms`, and whatever is left is shown by the nearest: urgency is a scale."""
    order = [one.value for one in Priority]
    found = _terms(shipped.priorities, vocabulary.priorities, _PRIORITIES, order)
    shown = {value for listed in found.values() for value in listed}
    for value in order if found and found != shipped.priorities else ():
        wanted = Priority.MEDIUM.value if value == Priority.NONE else value
        needless = value == Priority.NONE and not any(value in listed for listed in shipped.priorities.values())
        if value not in shown and not needless:
            near = min(found, key=lambda name: abs(order.index(found[name][0]) - order.index(wanted)))
            found[near] = (*found[near], value)
    return found
