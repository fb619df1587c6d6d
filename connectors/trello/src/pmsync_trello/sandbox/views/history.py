"""How actions, webhooks and tokens are shown."""

import re
from typing import Any

from pmsync_trello.sandbox.ids import born, stamp
from pmsync_trello.sandbox.objects import Action, Member, Webhook
from pmsync_trello.sandbox.views.people import CREATOR, MEMBER
from pmsync_trello.sandbox.views.view import View

APP = {"id": "5d5ea62fd76aa1136000000c"}
"""The app that the sandbox's key belongs to."""

ACTION: View[Action] = View(
    {
        "id": lambda action: action.id,
        "idMemberCreator": lambda action: action.creator.id,
        "data": lambda action: action.data,
        "appCreator": lambda action: APP,
        "type": lambda action: action.type,
        "date": lambda action: action.date,
        "limits": lambda action: None,
        "display": lambda action: {"translationKey": _translation(action), "entities": {}},
        "memberCreator": lambda action: MEMBER.show(action.creator, CREATOR),
    },
)


def _translation(action: Action) -> str:
    if "listAfter" in action.data:
        return "action_move_card_from_list_to_list"
    return "action_" + re.sub(r"(?<=[a-z])([A-Z])", lambda match: f"_{match[1].lower()}", action.type)


WEBHOOK: View[Webhook] = View(
    {
        "id": lambda webhook: webhook.id,
        "description": lambda webhook: webhook.description,
        "idModel": lambda webhook: webhook.model,
        "callbackURL": lambda webhook: webhook.url,
        "active": lambda webhook: webhook.active,
        "consecutiveFailures": lambda webhook: webhook.failures,
        "firstConsecutiveFailDate": lambda webhook: webhook.failing_since,
    },
)


def token_json(token: str, member: Member) -> dict[str, Any]:
    """What a token may do: everything of its member's, for ever."""
    grants = [("member", member.id), ("board", "*"), ("organization", "*")]
    return {
        "id": member.id[:8] + member.id[:16][::-1],
        "identifier": "pmsync sandbox",
        "idMember": member.id,
        "dateCreated": stamp(born(member.id)),
        "dateExpires": None,
        "permissions": [{"idModel": model, "modelType": kind, "read": True, "write": True} for kind, model in grants],
    }
