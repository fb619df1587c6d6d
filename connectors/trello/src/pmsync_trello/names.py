"""A board's vocabulary as it was last read, and what the connection's scope admits of its cards. Pure."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self

from pmsync.connector.api import Opening
from pmsync.model.fields import Field
from pmsync.model.vocabulary import CustomField, CustomKind, Member, Term, Vocabulary
from pmsync_trello.capabilities import ALWAYS
from pmsync_trello.checklists import TYPES
from pmsync_trello.custom_values import called, definitions
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
    customs: tuple[CustomField, ...] = ()
    """All custom fields of the board."""
    held: Mapping[Field, CustomField] = field(default_factory=dict)
    """Those that are kept in step, by what they show: what the mapping names, and by their names the priority and the
    estimate."""
    scope: Scope = field(default_factory=Scope)
    nested: bool = False
    """Whether the lines of checklists are items."""
    described: bool = False
    """Whether checklists are shown in the description."""

    @classmethod
    def of(cls, board: Mapping[str, Any], scope: Scope, opening: Opening) -> Self:
        """Read a board's JSON. Raises KeyError or TypeError for what is no board."""
        customs = definitions(board)
        columns = sorted(board["lists"], key=lambda column: (column["pos"], column["id"]))
        return cls(
            board=Term(id=board["id"], name=board["name"], open=not board["closed"]),
            url=board["url"],
            lists=tuple(Term(id=one["id"], name=one["name"], open=not one["closed"]) for one in columns),
            labels=tuple(Label(one["id"], one["name"] or "") for one in board["labels"]),
            members=tuple(
                Member(id=one["id"], name=one["fullName"], username=one["username"]) for one in board["members"]
            ),
            customs=customs,
            held=_held(customs, opening.custom),
            nested=opening.nested,
            described=opening.in_text,
            scope=scope,
        )

    @property
    def fields(self) -> frozenset[Field]:
        """The fields that cards of this board have."""
        nested = frozenset({Field.TYPE, Field.PARENT}) if self.nested else frozenset[Field]()
        return ALWAYS | nested | {shown for shown in self.held if not shown.custom_name}

    @property
    def beside(self) -> Mapping[str, str]:
        """What cards have to be read with, beside what every card has: custom fields, checklists."""
        asked = {"customFieldItems": "true"} if self.held else {}
        return {**asked, "checklists": "all"} if self.nested or self.described else asked

    def vocabulary(self) -> Vocabulary:
        """The names as the mapping wants them."""
        return Vocabulary(
            container=self.board,
            url=self.url,
            statuses=self.lists,
            priorities=self.held[Field.PRIORITY].options if Field.PRIORITY in self.held else (),
            labels=tuple(Term(id=label.id, name=label.name) for label in self.labels if label.name),
            members=self.members,
            types=TYPES if self.nested else (),
            fields=self.fields,
            custom=self.customs,
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

    def with_option(self, shown: Field, option: Term) -> Self:
        """The same, with one more option of a custom field."""
        custom = self.held[shown]
        grown = custom.model_copy(update={"options": (*custom.options, option)})
        customs = tuple(grown if one.id == custom.id else one for one in self.customs)
        return replace(self, customs=customs, held={**self.held, shown: grown})

    def lists_named(self, wanted: str) -> list[str]:
        """The ids of the lists that the scope's `list` means: that id, or all of that name."""
        return [one.id for one in self.lists if wanted in (one.id, one.name)]


def _held(customs: Sequence[CustomField], asked: Mapping[str, Field]) -> dict[Field, CustomField]:
    named = ((shown, called(customs, name)) for name, shown in asked.items())
    held = {shown: custom for shown, custom in named if custom is not None}
    taken = {custom.id for custom in held.values()}
    for shown, wanted, kind in (
        (Field.PRIORITY, _PRIORITY, CustomKind.SELECT),
        (Field.ESTIMATE, _ESTIMATE, CustomKind.NUMBER),
    ):
        fitting = (one for one in customs if one.kind is kind and one.id not in taken)
        own = next((one for one in fitting if one.name.strip().casefold() in wanted), None)
        if own is not None:
            held.setdefault(shown, own)
    return held
