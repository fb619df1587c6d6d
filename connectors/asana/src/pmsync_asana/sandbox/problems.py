"""Errors, in Asana's own words."""

HELP = "For more information on API status codes and how to handle them, read the docs on errors: "
HELP += "https://developers.asana.com/docs/errors"

TOO_MANY = "You've made too many requests and hit a rate limit. Please retry after the given amount of time."
TOO_LARGE = (
    "The result is too large. You should use pagination (may require specifying a workspace)! "
    "See https://developers.asana.com/docs/pagination for more information."
)
STALE_PAGE = (
    "offset: Your pagination token is invalid. Ensure that you are passing the offset from a prior response "
    "and that the rest of the request is the same."
)
STALE_SYNC = (
    "Sync token invalid or too old. If you are attempting to keep resources in sync, you must fetch the full "
    "dataset for this query now and use the new sync token for the next sync."
)
ONE_FILTER = "Must specify exactly one of project, tag, section, user task list, or assignee + workspace"


class Problem(Exception):
    """A refusal: the status, and one message or several. `extra` goes beside the errors in the body."""

    def __init__(self, status: int, *messages: str, extra: dict[str, str] | None = None) -> None:
        super().__init__(*messages)
        self.status = status
        self.messages = messages
        self.extra = extra or {}

    def body(self) -> dict[str, object]:
        """The answer's body."""
        return {"errors": [{"message": message, "help": HELP} for message in self.messages], **self.extra}


def bad(message: str) -> Problem:
    """A 400."""
    return Problem(400, message)


def missing(field: str) -> Problem:
    """A required parameter is not there."""
    return bad(f"{field}: Missing input")


def unwritable(field: str) -> Problem:
    """The property cannot be set here."""
    return bad(f"{field}: Cannot write this property")
