"""A board's vocabulary as it was last read, and what the connection's scope admits of its cards. Pure."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from pmsync.model.fields import Field
from pmsync.model.vocabulary import Member, Term, Vocabulary
from pmsync_trello.capabilities import ALWAYS
from pmsync_trello.settings import Scope

_PRIORITY = ("priority",)
_ESTIMATE = ("estimate", "points", "story points")


@dataclass(frozen=True, slots=True)
class Label:
    """A label of the board. Names are not unique, and may be empty."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Names:
    """One reading of a board."""

    board: Term
    url: str
    lists: tuple[Term, ...]
    labels: tuple[Label, ...]
    members: tuple[Member, ...]
    priority: str = ""
    """The id of the custom field that holds priorities; "" where the board has none."""
    estimate: str = ""
    priorities: tuple[Term, ...] = ()
    scope: Scope = field(default_factory=Scope)

    @classmethod
    def of(cls, board: Mapping[str, Any], scope: Scope) -> Self:
        """Read a board's JSON. Raises KeyError or TypeError for what is no board."""
        priority = _custom_field(board, _PRIORITY, "list")
        estimate = _custom_field(board, _ESTIMATE, "number")
        columns = sorted(board["lists"], key=lambda column: (column["pos"], column["id"]))
        return cls(
            board=Term(id=board["id"], name=board["name"], open=not board["closed"]),
            url=board["url"],
            lists=tuple(Term(id=one["id"], name=one["name"], open=not one["closed"]) for one in columns),
            labels=tuple(Label(one["id"], one["name"] or "") for one in board["labels"]),
            members=tuple(
                Member(id=one["id"], name=one["fullName"], username=one["username"]) for one in board["members"]
            ),
            priority=priority["id"] if priority else "",
            estimate=estimate["id"] if estimate else "",
            priorities=tuple(
                Term(id=one["id"], name=one["value"]["text"]) for one in (priority or {}).get("options", ())
            ),
            scope=scope,
        )

    @property
    def fields(self) -> frozenset[Field]:
        """The fields that cards of this board have."""
        custom = {Field.PRIORITY: self.priority, Field.ESTIMATE: self.estimate}
        return ALWAYS | {field for field, there in custom.items() if there}

    @property
    def field_items(self) -> bool:
        """Whether cards have to be read with their custom fields."""
        return bool(self.priority or self.estimate)

    def vocabulary(self) -> Vocabulary:
        """The names as the mapping wants them."""
        return Vocabulary(
            container=self.board,
            url=self.url,
            statuses=self.lists,
            priorities=self.priorities,
            labels=tuple(Term(id=label.id, name=label.name) for label in self.labels if label.name),
            members=self.members,
            fields=self.fields,
        )

    def put_away(self, list_id: str) -> bool:
        """Whether this list is archived."""
        return any(one.id == list_id and not one.open for one in self.lists)

    def labelled(self, name: str) -> list[str]:
        """The ids of the labels of that name, in the board's order."""
        return [label.id for label in self.labels if label.name == name]

    def _label_name(self, label_id: str) -> str | None:
        return next((label.name for label in self.labels if label.id == label_id), None)

    def admits(self, board: str, list_id: str, labels: Collection[str]) -> bool:
        """Whether a card passes the connection's scope."""
        if board != self.board.id:
            return False
        if self.scope.list and list_id not in self.lists_named(self.scope.list):
            return False
        wanted = self.scope.label
        return not wanted or wanted in labels or self._label_name(wanted) in labels

    def lists_named(self, wanted: str) -> list[str]:
        """The ids of the lists that the scope's `list` means: that id, or all of that name."""
        return [one.id for one in self.lists if wanted in (one.id, one.name)]


def _custom_field(board: Mapping[str, Any], wanted: Collection[str], kind: str) -> Mapping[str, Any] | None:
    fitting = (one for one in board.get("customFields") or () if one["type"] == kind)
    return next((one for one in fitting if one["name"].strip().casefold() in wanted), None)
