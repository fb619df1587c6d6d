"""What a card's history tells of a description that shows its checklists. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from pmsync.model.fields import Field, Json
from pmsync.model.native import Event
from pmsync_trello import described
from pmsync_trello.checklists import HISTORY
from pmsync_trello.moments import moment

Record = Mapping[str, Any]

BORN: Final = ("createCard", "copyCard")
"""The actions with which a card's history begins."""


def with_checklists(told: Sequence[Event], recent: Sequence[Record], since: datetime, shown: Json) -> list[Event]:
    """The events, with those of the description as it is shown. `recent` are the actions since that moment, oldest
    first.

    Where the text alone was changed, its events tell all. What checklists were like before is not told: then there is
    one event, of whoever had the last word and of nobody where several had theirs, since what any of them left behind
    is not known.
    """
    rest = [event for event in told if event.field is not Field.DESCRIPTION]
    touching = [action for action in recent if action["type"] in HISTORY]
    if not touching:
        lists = described.checklists(shown)
        return [
            replace(event, before=_with(event.before, lists), after=_with(event.after, lists))
            if event.field is Field.DESCRIPTION
            else event
            for event in told
        ]
    texts = [event for event in told if event.field is Field.DESCRIPTION]
    last = touching[-1]
    at = max([moment(last["date"]), *(event.at for event in texts)])
    actors = {event.actor for event in texts if event.at > since}
    actors |= {
        action.get("idMemberCreator")
        for action in recent
        if moment(action["date"]) > since and (action["type"] in HISTORY or action["type"] in BORN)
    }
    actors = actors or {last.get("idMemberCreator")}
    alone = len(actors) == 1
    word = Event(at, actors.pop() if alone else None, Field.DESCRIPTION, shown if alone else None, shown)
    return sorted([*rest, word], key=lambda event: event.at)


def _with(desc: Json, lists: Sequence[described.Checklist]) -> Json:
    return described.native(described.prose(desc), lists)
