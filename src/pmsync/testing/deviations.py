"""Where the vendors' real answers differ from their published documents: what was recorded wins, and is listed here.

A deviation takes out every violation that it matches. In its patterns `*` stands for anything.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache


@dataclass(frozen=True, slots=True)
class Violation:
    """One way in which a call or its answer is not what the document says."""

    operation: str
    """Method and path template: `GET /cards/{id}`; the path itself where the document has no such operation."""
    part: str
    """`request` or `answer`."""
    place: str
    """`$.fields.summary`, `query.limit`, `status.429`, `header.location`; empty where it is the operation."""
    message: str

    def __str__(self) -> str:
        return f"{self.operation}: {self.part} {self.place}: {self.message}"


@dataclass(frozen=True, slots=True)
class Deviation:
    """A known difference between a document and the tool."""

    operation: str
    part: str
    place: str
    reason: str
    """What was recorded or documented elsewhere."""

    def covers(self, violation: Violation) -> bool:
        """Whether that violation is this difference."""
        return (
            self.part in ("*", violation.part)
            and _matcher(self.operation).fullmatch(violation.operation) is not None
            and _matcher(self.place).fullmatch(violation.place) is not None
        )


@cache
def _matcher(pattern: str) -> re.Pattern[str]:
    return re.compile(".*".join(re.escape(piece) for piece in pattern.split("*")))


_GATEWAY = "throttling and gateways answer for every operation, listed or not"
_COMMAS = "several values go in one parameter, with commas, as its description says"
_OFFSET = "recorded: an offset without a colon; in the bulk changelog a number, as in the document's own example"
_EMPTY = (
    "PUT /rest/api/3/issue/{issueIdOrKey}",
    "PUT /rest/api/3/issue/{issueIdOrKey}/assignee",
    "POST /rest/api/3/issue/{issueIdOrKey}/transitions",
    "PUT /rest/api/3/issue/{issueIdOrKey}/properties/{propertyKey}",
    "PUT /rest/api/3/project/{projectIdOrKey}/properties/{propertyKey}",
    "POST /rest/api/3/issueLink",
)
_INSTANTS = ("due", "start", "dateLastActivity")
_ATTRIBUTES = ("closed", "desc", "due", "dueComplete", "idBoard", "idList", "name", "pos")

DEVIATIONS: Mapping[str, tuple[Deviation, ...]] = {
    "jira-cloud-v3.json": (
        Deviation("*", "answer", "status.429", _GATEWAY),
        Deviation("*", "answer", "status.5*", _GATEWAY),
        Deviation(
            "DELETE /rest/api/3/issue/*", "request", "query.deleteSubtasks", "taken in any case; the client says False"
        ),
        *(Deviation("*", "answer", f"$*.{name}", _OFFSET) for name in ("created", "updated", "started")),
        Deviation("GET /rest/api/3/serverInfo", "answer", "$.serverTime", _OFFSET),
        Deviation("GET /rest/api/3/serverInfo", "answer", "$.buildDate", _OFFSET),
        Deviation("* /rest/api/3/search", "answer", "status.410", "recorded: the old search is gone"),
        *(Deviation(operation, "answer", "$", "answered without a body, whatever is declared") for operation in _EMPTY),
        Deviation("PUT /rest/api/3/issue/*/assignee", "request", "$.accountId", "null unassigns, as its text says"),
        Deviation("POST /rest/api/3/issue/*/attachments", "request", "$", "a form with files, not an array"),
    ),
    "asana.yaml": (
        Deviation("*", "answer", "status.429", _GATEWAY),
        Deviation("*", "answer", "status.5*", _GATEWAY),
        Deviation("POST /tasks", "request", "$.data.memberships*", "create-only: project and section, by their gids"),
        Deviation("GET /tasks", "request", "query.completed_since", "`now` is taken, as its description says"),
        Deviation("* /tasks*", "request", "$.data.custom_fields.*", "numbers, and null, as the description says"),
        Deviation("POST /tasks/*/setParent", "request", "$.data.parent", "null for no parent, as the description says"),
    ),
    "trello.json": (
        Deviation("*", "answer", "status.4*", "the document lists hardly any error; the guide to status codes does"),
        Deviation("*", "answer", "status.5*", _GATEWAY),
        Deviation("*", "answer", "header.content-type", "recorded: errors are plain text, not JSON"),
        *(Deviation("*", "answer", f"$*.{instant}", "recorded: an instant, not a date") for instant in _INSTANTS),
        Deviation("*", "request", "query.due", "an instant is taken, and is what is answered"),
        Deviation("*", "request", "query.start", "an instant is taken, and is what is answered"),
        Deviation("*", "answer", "$*.labels[*]", "recorded: the labels themselves, not their ids"),
        Deviation("*", "request", "query.idMembers*", _COMMAS),
        Deviation("*", "request", "query.idLabels*", _COMMAS),
        Deviation("*", "request", "query.fields*", _COMMAS),
        Deviation("*", "request", "query.filter*", _COMMAS),
        Deviation("*", "request", "query.attachments", "`true` is taken; alternatives in a query are compared as text"),
        Deviation("GET /cards/{id}/attachments*", "answer", "$[*]", "`date` is an instant, as in its own example"),
        Deviation("POST /cards/{id}/attachments", "answer", "$[*]", "`date` is an instant, as in its own example"),
        Deviation("GET /boards/{id}/memberships", "answer", "$", "a list, as the operation's name says"),
        Deviation("GET /boards/{id}", "answer", "$.memberships", "a list, as the parameter's description says"),
        Deviation("GET /boards/{id}/plugins", "answer", "$", "a list, as the operation's name says"),
        Deviation("GET /search", "answer", "$", "an object with a list per kind: what py-trello reads"),
        Deviation("GET /cards/{id}/checklists", "request", "query.checkItem_fields", _COMMAS),
        Deviation("POST /checklists/*/checkItems", "request", "query.pos", "a number; in a query all is text"),
        Deviation("PUT /cards/*/checkItem/*", "answer", "$.pos", "a number, as everywhere else"),
        Deviation("PUT /cards/*/checkItem/*", "request", "query.pos", "a number; in a query all is text"),
        Deviation("POST /labels", "request", "query.color", "null is taken: a label without a colour"),
        Deviation("PUT /cards/*/customField/*", "request", "$", "its two alternatives admit each other's bodies"),
        Deviation("GET /1/members/*/boards/*", "*", "", "not listed, and live: the filter as part of the path"),
        Deviation("GET /1/cards/*/attachments/*/download/*", "*", "", "not listed, and live: announced in 2021"),
        Deviation("* /members/{id}*", "request", "path.id", "`me` and user names stand for the id"),
        Deviation("* /cards/{id}*", "request", "path.id", "the short link stands for the id"),
        Deviation("* /boards/{id}*", "request", "path.id", "the short link stands for the id"),
        *(
            Deviation(f"PUT /1/cards/*/{attribute}", "*", "", "not listed, and live: what py-trello uses")
            for attribute in _ATTRIBUTES
        ),
    ),
}
