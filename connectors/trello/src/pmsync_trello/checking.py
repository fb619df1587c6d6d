"""What `check` finds out about a connection: who we are, which board it is, and what we may do there."""

from collections.abc import Iterator

from pmsync.connector.api import Account, Finding
from pmsync.errors import FatalError
from pmsync_trello.client import Client
from pmsync_trello.directory import Directory
from pmsync_trello.names import Names
from pmsync_trello.settings import TrelloSettings

PRODUCT = "Trello"


def check(client: Client, directory: Directory, settings: TrelloSettings) -> Account:
    """Look without touching. Raises AuthError; what is amiss with the board is a finding."""
    me = client.me()
    account = Account(str(me["id"]), str(me.get("fullName") or me.get("username") or ""), settings.url, PRODUCT)
    return Account(
        account.id, account.name, account.url, PRODUCT, tuple(_findings(client, directory, settings, account.id))
    )


def _findings(client: Client, directory: Directory, settings: TrelloSettings, me: str) -> Iterator[Finding]:
    try:
        names = directory.read()
    except FatalError as error:
        yield Finding("error", error.message, "name a board that this account is on: id, short link or exact name")
        return
    yield from _rights(names, client.roles(names.board.id).get(me))
    yield from _scope(names)
    archived = [one.name for one in names.lists if not one.open]
    if archived:
        shown = ", ".join(repr(name) for name in archived[:5]) + (", …" if len(archived) > 5 else "")
        yield Finding("info", f"archived lists: {shown}; cards on them count as archived")
    if not settings.secret and settings.webhook is None:
        yield Finding("info", "without credentials.secret there are no webhooks: changes are found by polling")


def _rights(names: Names, role: str | None) -> Iterator[Finding]:
    if not names.board.open:
        yield Finding("error", f"the board {names.board.name!r} is closed", "reopen it, or name another")
    if role is None:
        yield Finding(
            "error", "this account is not a member of the board: it may read, not write", "add it as a normal member"
        )
    elif role == "observer":
        yield Finding("error", "this account is an observer: it may read, not write", "make it a normal member")


def _scope(names: Names) -> Iterator[Finding]:
    scope = names.scope
    if scope.list and not names.lists_named(scope.list):
        yield Finding("error", f"the board has no list {scope.list!r}", "correct scope.list")
    known = {text for label in names.labels for text in (label.id, label.name)}
    if scope.label and scope.label not in known:
        yield Finding("error", f"the board has no label {scope.label!r}", "correct scope.label")
