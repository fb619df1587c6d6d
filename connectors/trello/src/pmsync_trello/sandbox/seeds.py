"""What a fresh sandbox holds."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from pmsync.sandbox.backlog import Story, share
from pmsync.sandbox.people import PEOPLE, TOKEN_PREFIX
from pmsync_trello.sandbox.boards import add_board, put_label
from pmsync_trello.sandbox.call import Call
from pmsync_trello.sandbox.cards import add_card
from pmsync_trello.sandbox.ids import person_id, stamp
from pmsync_trello.sandbox.objects import Board, Membership
from pmsync_trello.sandbox.views import COLORS
from pmsync_trello.sandbox.world import World

BOARD = "Roadmap"
LISTS = {"backlog": "Backlog", "todo": "To Do", "doing": "Doing", "review": "Review", "done": "Done"}
"""The backlog's words for a status -> the board's lists, from left to right."""
ADMIN = "pmsync"


def empty(world: World) -> None:
    """One board with its lists and people, and the labels of a new board."""
    _roadmap(world)


def demo(world: World) -> None:
    """The board with this tool's share of the believable backlog."""
    board = _roadmap(world)
    stories = share("trello")
    named = sorted({label for story in stories for label in story.labels})
    for place, name in enumerate(named):
        put_label(world, board, name, COLORS[place % len(COLORS)])
    for story in stories:
        _add(world, board, story)


def _roadmap(world: World) -> Board:
    admin = world.members[person_id(ADMIN)]
    board = add_board(world, BOARD, admin, LISTS.values())
    for name in PEOPLE:
        member = world.members[person_id(name)]
        if member is not admin:
            board.memberships[member.id] = Membership(world.ids.new(), member, "normal")
    return board


def _add(world: World, board: Board, story: Story) -> None:
    labels = {label.name: label.id for label in board.labels.values()}
    column = next(column for column in board.lists.values() if column.name == LISTS[story.status])
    params: dict[str, Any] = {
        "name": story.title,
        "desc": story.description,
        "idMembers": [person_id(name) for name in story.assignees],
        "idLabels": [labels[name] for name in story.labels],
    }
    if story.due is not None:
        noon = world.clock().replace(hour=12, minute=0, second=0, microsecond=0)
        params["due"] = stamp(noon + timedelta(days=story.due))
    reporter = world.members[person_id(story.reporter)]
    call = Call("POST", ("cards",), params, token=f"{TOKEN_PREFIX}{story.reporter}", member=reporter)
    add_card(world, call, column)


SEEDS: Mapping[str, Callable[[World], None]] = {"empty": empty, "demo": demo}
