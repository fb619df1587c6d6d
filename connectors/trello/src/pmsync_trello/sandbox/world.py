"""Everything that one sandbox holds: boards and what is on them, who may see it, and what happened."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from pmsync.sandbox.people import PEOPLE, Persona, persona
from pmsync_trello.sandbox.call import Call, Refused, not_found
from pmsync_trello.sandbox.ids import OBJECT_ID, SHORT_LINK, Ids, person_id, stamp
from pmsync_trello.sandbox.index import Index
from pmsync_trello.sandbox.objects import (
    CUSTOM_FIELDS,
    Action,
    Board,
    BoardList,
    Card,
    Checklist,
    CustomField,
    Label,
    Member,
    Webhook,
)


class World:
    """One sandbox's state. Lookups take the call, since what it may see depends on who asks."""

    def __init__(self, clock: Callable[[], datetime], index: Index) -> None:
        self.clock = clock
        self.ids = Ids(clock)
        self.index = index
        self.members: dict[str, Member] = {}
        self.boards: dict[str, Board] = {}
        self.lists: dict[str, BoardList] = {}
        self.cards: dict[str, Card] = {}
        self.labels: dict[str, Label] = {}
        self.checklists: dict[str, Checklist] = {}
        self.custom_fields: dict[str, CustomField] = {}
        self.actions: dict[str, Action] = {}
        self.webhooks: dict[str, Webhook] = {}
        self.short_links: dict[str, str] = {}
        self.revoked: set[str] = set()
        self.listener: Callable[[Action, str], None] = lambda action, client: None
        """Told of every action, with the identifier that the caller gave itself."""
        self.greet: Callable[[str], None] = lambda url: None
        """Shakes hands with the receiver of a new webhook. Raises Refused."""
        for someone in PEOPLE.values():
            self.join(someone)

    def now(self) -> str:
        return stamp(self.clock())

    def join(self, someone: Persona) -> Member:
        """The account of this person, opened on first sight."""
        member_id = person_id(someone.name)
        if member_id not in self.members:
            self.members[member_id] = Member(member_id, someone.name, someone.full_name, someone.email)
        return self.members[member_id]

    def sign_in(self, token: str) -> Member | None:
        """Whose token this is; None if nobody's, or if it was revoked."""
        someone = None if token in self.revoked else persona(token)
        return self.join(someone) if someone else None

    # Lookups. Each raises Refused: 400 for what is no id, 404 for nothing there, 401 for not yours.

    def board(self, call: Call, reference: str, *, write: bool = False) -> Board:
        board = self.boards.get(self._key(reference))
        if board is None:
            raise not_found()
        return self._allow(call, board, "", write)

    def card(self, call: Call, reference: str, *, write: bool = False) -> Card:
        card = self.cards.get(self._key(reference))
        if card is None:
            raise not_found()
        self._allow(call, card.board, "card ", write)
        return card

    def column(self, call: Call, reference: str, *, write: bool = False) -> BoardList:
        column = self.lists.get(self._key(reference))
        if column is None:
            raise not_found()
        self._allow(call, column.board, "list ", write)
        return column

    def label(self, call: Call, reference: str, *, write: bool = False) -> Label:
        label = self.labels.get(self._key(reference))
        if label is None:
            raise not_found()
        self._allow(call, label.board, "label ", write)
        return label

    def checklist(self, call: Call, reference: str, *, write: bool = False) -> Checklist:
        checklist = self.checklists.get(self._key(reference))
        if checklist is None:
            raise not_found()
        self._allow(call, checklist.card.board, "checklist ", write)
        return checklist

    def custom_field(self, call: Call, reference: str, *, write: bool = False) -> CustomField:
        custom_field = self.custom_fields.get(self._key(reference))
        if custom_field is None:
            raise not_found()
        self._allow(call, custom_field.board, "", write)
        with_fields(custom_field.board)
        return custom_field

    def action(self, call: Call, reference: str, *, write: bool = False) -> Action:
        action = self.actions.get(self._key(reference))
        if action is None:
            raise not_found()
        self._allow(call, action.board, "action ", write)
        return action

    def person(self, call: Call, reference: str) -> Member:
        """A member by id, username or `me`."""
        if reference == "me":
            return self.caller(call)
        member = self.members.get(reference) or self.members.get(person_id(reference))
        if member is None:
            raise not_found()
        return member

    def caller(self, call: Call) -> Member:
        """Who asks. Raises Refused for a call with a key alone."""
        if call.member is None:
            raise Refused(401, "unauthorized permission requested")
        return call.member

    def owns(self, call: Call, token: str) -> str:
        """The token, if it is the caller's own. Raises Refused."""
        if token != call.token:
            raise Refused(401, "invalid token")
        return token

    # What happened.

    def record(self, call: Call, kind: str, board: Board, data: dict[str, Any], card: Card | None = None) -> Action:
        """Add an action to the history of the board, and of the card, and tell the webhooks."""
        data["board"] = {"id": board.id, "name": board.name, "shortLink": board.short_link}
        now = self.now()
        action = Action(self.ids.new(), kind, now, self.caller(call), data, board, card.id if card else None)
        self.actions[action.id] = action
        board.actions.append(action)
        board.active_at = now
        if card is not None:
            card.actions.append(action)
            card.active_at = now
            self.index.note(card)
        self.listener(action, call.client)
        return action

    def forget_actions(self, card: Card) -> None:
        """Drop the history of a card that is gone; what happened after that stays with the board."""
        gone = {action.id for action in card.actions}
        for action_id in gone:
            self.actions.pop(action_id, None)
        card.board.actions[:] = [action for action in card.board.actions if action.id not in gone]

    def revoke(self, token: str) -> None:
        """End a token; its webhooks go with it."""
        self.revoked.add(token)
        self.webhooks = {key: hook for key, hook in self.webhooks.items() if hook.token != token}

    def _key(self, reference: str) -> str:
        if OBJECT_ID.fullmatch(reference):
            return reference.lower()
        if SHORT_LINK.fullmatch(reference):
            return self.short_links.get(reference, "")
        raise Refused(400, "invalid id")

    def _allow(self, call: Call, board: Board, what: str, write: bool) -> Board:
        membership = board.memberships.get(call.member.id) if call.member else None
        readable = membership is not None or board.permission == "public"
        if write and not call.token:
            raise Refused(401, {"message": "missing scopes"})
        if not readable or (write and (membership is None or membership.kind == "observer")):
            raise Refused(401, f"unauthorized {what}permission requested")
        if write and board.closed:
            raise Refused(403, "Board is closed")
        return board


def with_fields(board: Board) -> Board:
    """The board, if it has custom fields at all. Raises Refused."""
    if CUSTOM_FIELDS not in board.plugins:
        raise Refused(403, "Custom Fields Power-Up is disabled on board")
    return board
