"""Evaluating JQL: which issues a query means for whoever asks."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pmsync_jira.sandbox.answers import Refusal
from pmsync_jira.sandbox.dates import Span, read
from pmsync_jira.sandbox.fields import CLAUSES, POINTS, START
from pmsync_jira.sandbox.history import as_text
from pmsync_jira.sandbox.jql import Both, Clause, Either, Node, Not, Query, Value
from pmsync_jira.sandbox.people import Person
from pmsync_jira.sandbox.records import Issue, millis
from pmsync_jira.sandbox.site import PROJECT_ID, PROJECT_KEY, PROJECT_NAME, Site
from pmsync_jira.sandbox.workflow import CATEGORIES, PRIORITIES, RESOLUTIONS, STATUSES, TYPES

Test = Callable[[Issue], bool]

_ALIASES = {"key": "key", "issue": "key", "issuekey": "key", "id": "key", "text": "text"}
_INSTANTS: dict[str, Callable[[Issue], datetime | None]] = {
    "created": lambda issue: issue.created,
    "updated": lambda issue: issue.updated,
    "resolutiondate": lambda issue: issue.resolved,
    "statuscategorychangedate": lambda issue: issue.status_since,
}
_DAYS: dict[str, Callable[[Issue], str | None]] = {
    "duedate": lambda issue: issue.due,
    START: lambda issue: issue.start,
}
_TEXTS: dict[str, Callable[[Issue], str]] = {
    "summary": lambda issue: issue.summary,
    "description": lambda issue: as_text(issue.description),
    "comment": lambda issue: " ".join(as_text(comment.body) for comment in issue.comments),
    "text": lambda issue: " ".join(
        (issue.summary, as_text(issue.description), *(as_text(comment.body) for comment in issue.comments))
    ),
}
_CHOICES: dict[str, Callable[[Issue], tuple[str, ...]]] = {
    "project": lambda issue: (PROJECT_ID,),
    "key": lambda issue: (str(issue.id),),
    "status": lambda issue: (issue.status,),
    "statusCategory": lambda issue: (STATUSES[issue.status].category.key,),
    "labels": lambda issue: issue.labels,
    "assignee": lambda issue: (issue.assignee,) if issue.assignee else (),
    "reporter": lambda issue: (issue.reporter,) if issue.reporter else (),
    "creator": lambda issue: (issue.creator,),
    "issuetype": lambda issue: (issue.type,),
    "priority": lambda issue: (issue.priority,),
    "resolution": lambda issue: (issue.resolution,) if issue.resolution else (),
    "parent": lambda issue: (str(issue.parent),) if issue.parent else (),
}
_PEOPLE = frozenset({"assignee", "reporter", "creator"})
_NAMED: dict[str, dict[str, Any]] = {
    "status": STATUSES,
    "issuetype": TYPES,
    "priority": PRIORITIES,
    "resolution": RESOLUTIONS,
}
_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "<": lambda left, right: left < right,
    "<=": lambda left, right: left <= right,
    ">": lambda left, right: left > right,
    ">=": lambda left, right: left >= right,
}


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks, and when: JQL depends on both."""

    site: Site
    user: Person
    now: datetime


@dataclass(slots=True)
class Plan:
    """A query made ready: its test, and what narrows down the issues that need testing."""

    test: Test
    updated_from: int | None = None
    ids: set[int] | None = None


def prepare(query: Query, asker: Asker) -> Plan:
    """Make a query ready. Raises a 400 for fields, values and operators that do not exist."""
    test = _test(query.where, asker) if query.where is not None else lambda issue: True
    for field, _ in query.order:
        known_field(field)
    plan = Plan(test)
    for part in query.where.parts if isinstance(query.where, Both) else (query.where,):
        if isinstance(part, Clause):
            _narrow(plan, part, asker)
    return plan


def _narrow(plan: Plan, clause: Clause, asker: Asker) -> None:
    field = known_field(clause.field)
    if field == "updated" and clause.operator in (">=", ">"):
        start = read(clause.field, clause.values[0], asker.user.zone, asker.now).start
        plan.updated_from = max(start, plan.updated_from or start)
    elif field == "key" and clause.operator in ("=", "in"):
        ids = {int(value_id) for value in clause.values for value_id in _choice("key", clause.field, value, asker)}
        plan.ids = ids if plan.ids is None else plan.ids & ids


def known_field(name: str) -> str:
    """The field that a name in a query means. Raises a 400."""
    field = _ALIASES.get(name.casefold()) or CLAUSES.get(name.casefold())
    if field is None:
        raise Refusal(400, f"Field '{name}' does not exist or you do not have permission to view it.")
    return field


def _test(node: Node, asker: Asker) -> Test:
    match node:
        case Both(parts):
            tests = [_test(part, asker) for part in parts]
            return lambda issue: all(test(issue) for test in tests)
        case Either(parts):
            tests = [_test(part, asker) for part in parts]
            return lambda issue: any(test(issue) for test in tests)
        case Not(part):
            inner = _test(part, asker)
            return lambda issue: not inner(issue)
        case Clause():
            return _clause(node, asker)


def _clause(clause: Clause, asker: Asker) -> Test:
    field = known_field(clause.field)
    if field in _INSTANTS or field in _DAYS:
        return _date(field, clause, asker)
    if clause.operator in ("~", "!~"):
        return _text(field, clause)
    if field == POINTS:
        return _number(clause)
    if field in _CHOICES:
        return _choices(field, clause, asker)
    if field in _TEXTS and clause.operator in ("is", "is not"):
        get, wanted = _TEXTS[field], clause.operator == "is"
        return lambda issue: (not get(issue)) == wanted
    raise _unsupported(clause)


def _unsupported(clause: Clause) -> Refusal:
    return Refusal(400, f"The operator '{clause.operator}' is not supported by the '{clause.field}' field.")


def _choices(field: str, clause: Clause, asker: Asker) -> Test:
    get = _CHOICES[field]
    if clause.operator in _COMPARISONS:
        return _ordered(field, clause, asker)
    empty = any(value.empty for value in clause.values)
    wanted = {
        value_id
        for value in clause.values
        if not value.empty
        for value_id in _choice(field, clause.field, value, asker)
    }
    if clause.operator in ("=", "in", "is"):
        return lambda issue: bool(wanted.intersection(found)) if (found := get(issue)) else empty
    if clause.operator in ("!=", "not in", "is not"):
        # An issue without a value is in no negation but that of EMPTY: so it is in Jira.
        return lambda issue: bool(found := get(issue)) and not wanted.intersection(found)
    raise _unsupported(clause)


def _ordered(field: str, clause: Clause, asker: Asker) -> Test:
    if field not in ("key", "priority"):
        raise _unsupported(clause)
    (bound,) = _choice(field, clause.field, clause.values[0], asker)
    compare = _COMPARISONS[clause.operator]
    get = _CHOICES[field]
    # A priority is greater when it is more urgent, and its id smaller.
    sign = -1 if field == "priority" else 1
    return lambda issue: compare(sign * int(get(issue)[0]), sign * int(bound))


def _choice(field: str, written: str, value: Value, asker: Asker) -> set[str]:
    """The internal values that an operand means. Raises the 400 for one that there is not."""
    if field in _PEOPLE:
        return {_person(written, value, asker).name}
    if field == "labels":
        return {value.text}
    if field in ("key", "parent"):
        found = asker.site.find(value.text) if asker.user.member else None
        if found is None and value.text.isdecimal():
            raise Refusal(400, f"A value with ID '{value.text}' does not exist for the field '{written}'.")
        if found is None:
            raise Refusal(400, f"An issue with key '{value.text}' does not exist for field '{written}'.")
        return {str(found.id)}
    text = value.text.casefold()
    ids: set[str] = set()
    if field == "project" and asker.user.member:
        ids = {PROJECT_ID} if text in (PROJECT_ID, PROJECT_KEY.casefold(), PROJECT_NAME.casefold()) else set()
    elif field == "statusCategory":
        names = {(str(category.id), category.key, category.name.casefold()): category.key for category in CATEGORIES}
        ids = {key for known, key in names.items() if text in known}
    elif field in _NAMED:
        ids = {value_id for value_id, entry in _NAMED[field].items() if text in (value_id, entry.name.casefold())}
    if not ids:
        raise Refusal(400, f"The value '{value.text}' does not exist for the field '{written}'.")
    return ids


def _person(field: str, value: Value, asker: Asker) -> Person:
    if value.call and value.text == "currentuser":
        return asker.user
    found = asker.site.people.find(value.text)
    if found is None:
        sought = value.text.casefold()
        found = next(
            (person for person in asker.site.people if sought in (person.email, person.full_name.casefold())), None
        )
    if found is None:
        raise Refusal(400, f"The value '{value.text}' does not exist for the field '{field}'.")
    return found


def _date(field: str, clause: Clause, asker: Asker) -> Test:
    instant = _INSTANTS.get(field)
    day = _DAYS.get(field)
    if any(value.empty for value in clause.values):
        wanted = clause.operator in ("is", "=")
        if clause.operator not in ("is", "is not", "=", "!="):
            raise _unsupported(clause)
        return lambda issue: ((instant or day)(issue) is None) == wanted  # type: ignore[misc]
    spans = [read(clause.field, value, asker.user.zone, asker.now) for value in clause.values]
    if clause.operator in _COMPARISONS:
        compare = _COMPARISONS[clause.operator]
        if instant is not None:
            start = spans[0].start
            return lambda issue: (moment := instant(issue)) is not None and compare(millis(moment), start)
        border = spans[0].day(asker.user.zone)
        return lambda issue: (found := day(issue)) is not None and compare(found, border)  # type: ignore[misc]
    if clause.operator not in ("=", "!=", "in", "not in"):
        raise _unsupported(clause)
    negated = clause.operator in ("!=", "not in")
    if instant is not None:
        return lambda issue: (moment := instant(issue)) is not None and _within(millis(moment), spans) != negated
    days = {span.day(asker.user.zone) for span in spans}
    return lambda issue: (found := day(issue)) is not None and (found in days) != negated  # type: ignore[misc]


def _within(moment: int, spans: list[Span]) -> bool:
    return any(span.start <= moment < span.start + span.length for span in spans)


def _number(clause: Clause) -> Test:
    if any(value.empty for value in clause.values):
        wanted = clause.operator in ("is", "=")
        return lambda issue: (issue.points is None) == wanted
    try:
        numbers = [float(value.text) for value in clause.values]
    except ValueError:
        raise Refusal(400, f"'{clause.values[0].text}' is not a valid number.") from None
    if clause.operator in _COMPARISONS:
        compare = _COMPARISONS[clause.operator]
        return lambda issue: issue.points is not None and compare(issue.points, numbers[0])
    negated = clause.operator in ("!=", "not in")
    return lambda issue: issue.points is not None and (issue.points in numbers) != negated


def _text(field: str, clause: Clause) -> Test:
    get = _TEXTS.get(field)
    if get is None:
        raise _unsupported(clause)
    sought = clause.values[0].text.casefold()
    negated = clause.operator == "!~"
    phrase = re.fullmatch(r'"(.*)"', sought)
    if phrase:
        words = re.findall(r"\w+", phrase[1])
        return lambda issue: (f" {' '.join(words)} " in f" {' '.join(_words(get(issue)))} ") != negated
    terms = re.findall(r"\w+\*?", sought)

    def found(issue: Issue) -> bool:
        present = set(_words(get(issue)))
        return all(
            any(word.startswith(term[:-1]) for word in present) if term.endswith("*") else term in present
            for term in terms
        )

    return lambda issue: found(issue) != negated


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())


_ORDER: dict[str, Callable[[Issue], Any]] = {
    "key": lambda issue: issue.id,
    "created": lambda issue: issue.created,
    "updated": lambda issue: issue.updated,
    "summary": lambda issue: issue.summary.casefold(),
    "status": lambda issue: list(STATUSES).index(issue.status),
    "priority": lambda issue: -int(issue.priority),
    "issuetype": lambda issue: TYPES[issue.type].name,
    "assignee": lambda issue: issue.assignee,
    "reporter": lambda issue: issue.reporter,
    "creator": lambda issue: issue.creator,
    "duedate": lambda issue: issue.due,
    "resolutiondate": lambda issue: issue.resolved,
    "parent": lambda issue: issue.parent,
}


def _empty_last(key: Callable[[Issue], Any]) -> Callable[[Issue], tuple[bool, Any]]:
    return lambda issue: ((value := key(issue)) is None, value or 0)


def in_order(issues: list[Issue], order: tuple[tuple[str, bool], ...]) -> list[Issue]:
    """The issues as the query orders them; without a word about it the newest come first. Raises a 400."""
    issues.sort(key=lambda issue: issue.id, reverse=not order)
    for field, descending in reversed(order):
        key = _ORDER.get(known_field(field))
        if key is None:
            raise Refusal(400, f"Not able to sort using field '{field}'.")
        issues.sort(key=_empty_last(key), reverse=descending)
    return issues
