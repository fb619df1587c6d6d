"""An edit of the plain form of something carried out on its rich form, token by token, in whatever language that is.

There are three sequences of tokens: the plain form, the rich form, and the edited plain form. What the rich form has
more than the plain one is its adornment. The edit is made among the words that both have, and the adornment around
them stays where it is. Nothing here knows a language, nor whether the result is well-formed: that is for those who
build something of it to find out.
"""

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from typing import TypeAlias

Look: TypeAlias = tuple[tuple[str, str], ...]
"""Attributes, by name."""


@dataclass(frozen=True, slots=True)
class Token:
    """A word, a mark, or a thing of its own. Tokens are told apart by their keys: a string is a word."""

    key: Hashable
    look: Look = ()
    depth: int = 0
    """1 where it opens something, -1 where it closes it."""
    raw: str = ""
    """How it is written, where that is not what key and look say."""


Tokens: TypeAlias = Sequence[Token]
_Hunk: TypeAlias = tuple[int, int, int, int]


def weave(plain: Tokens, rich: Tokens, edited: Tokens) -> list[Token]:
    """The rich form with the edit. Where the edit is of the adornment itself, the edit stands."""
    return _Loom(plain, rich, edited).weave()


class _Loom:
    """One walk along the plain form."""

    def __init__(self, plain: Tokens, rich: Tokens, edited: Tokens) -> None:
        self.plain, self.rich, self.edited = plain, rich, edited
        adorned, changed = _hunks(plain, rich), _hunks(plain, edited)
        self.in_rich = _partners(plain, adorned)
        self.in_edited = _partners(plain, changed)
        self.edits = {start: (start, end, first, last) for start, end, first, last in changed}
        self.touched = changed
        self.adornments = {start: (start, end, first, last) for start, end, first, last in adorned}
        self.out: list[Token] = []
        self.extra: list[bool] = []

    def weave(self) -> list[Token]:
        place = 0
        while place <= len(self.plain):
            self._boundary(place)
            if place == len(self.plain):
                break
            place = self._step(place)
        return self.out

    def _boundary(self, place: int) -> None:
        """What comes before a place: first the adornment that ends there, then what was put in, then the adornment that
        begins there. What replaces words stands within the adornment that these had."""
        start, end, first, last = self.adornments.get(place, (place, place, 0, 0))
        added = list(self.rich[first:last]) if start == end else []
        inside = any(begin < place < stop for begin, stop, _, _ in self.touched)
        if inside:
            added = [token for token in added if token.depth]
        begin, stop, one, other = self.edits.get(place, (place, place, 0, 0))
        put = list(self._put(begin, stop, one, other))
        cut = len(added) if stop > begin else next((n for n, token in enumerate(added) if token.depth > 0), len(added))
        self._adorn(added[:cut])
        self._emit(put)
        self._adorn(added[cut:])

    def _step(self, place: int) -> int:
        """One word of the plain form, or as many as the adornment stands for; the next place."""
        start, end, first, last = self.adornments.get(place, (place, place, 0, 0))
        if end > start:
            if not self._is_touched(start, end):
                self._emit(self.rich[first:last])
                return end
            # The edit is of what the adornment stands for: its plain form is what is left.
            for at in range(start, end):
                if at > start:
                    self._boundary(at)
                if (kept := self.in_edited[at]) is not None:
                    self._emit([self.edited[kept]])
            return end
        kept, mine = self.in_edited[place], self.in_rich[place]
        if kept is not None and mine is not None:
            self._emit([_meld(self.plain[place], self.rich[mine], self.edited[kept])])
        return place + 1

    def _is_touched(self, start: int, end: int) -> bool:
        if any(begin < end and stop > start for begin, stop, _, _ in self.touched):
            return True
        return any(
            self.in_edited[at] is not None and self.edited[self.in_edited[at] or 0].look != self.plain[at].look
            for at in range(start, end)
        )

    def _put(self, begin: int, stop: int, first: int, last: int) -> Iterator[Token]:
        """What the edit puts there, adorned as all the words are that it replaces, or both its neighbours."""
        if first == last:
            return
        more, less = self._shared(range(begin, stop) if stop > begin else (begin - 1, begin))
        for token in self.edited[first:last]:
            if isinstance(token.key, str) and (more or less):
                look = dict(token.look)
                kept = {name: value for name, value in look.items() if less.get(name) != value}
                yield replace(token, look=tuple({**more, **kept}.items()))
            else:
                yield token

    def _shared(self, places: Sequence[int]) -> tuple[dict[str, str], dict[str, str]]:
        """What the rich form of all the words at these places has more than the plain one, and what it has less."""
        found: list[tuple[dict[str, str], dict[str, str]]] = []
        for at in places:
            mine = self.in_rich[at] if 0 <= at < len(self.plain) else None
            if mine is None or not isinstance(self.rich[mine].key, str):
                return {}, {}
            plain, rich = dict(self.plain[at].look), dict(self.rich[mine].look)
            more = {name: value for name, value in rich.items() if name not in plain}
            found.append((more, {name: value for name, value in plain.items() if name not in rich}))
        return _common([more for more, _ in found]), _common([less for _, less in found])

    def _emit(self, tokens: Tokens) -> None:
        self.out += tokens
        self.extra += [False] * len(tokens)

    def _adorn(self, tokens: Tokens) -> None:
        """Put adornment down; none around nothing."""
        for token in tokens:
            if token.depth < 0 and self.out and self.extra[-1] and self.out[-1].depth > 0:
                self.out.pop()
                self.extra.pop()
                continue
            self.out.append(token)
            self.extra.append(True)


def _common(looks: Sequence[dict[str, str]]) -> dict[str, str]:
    first, *rest = looks or [{}]
    return {name: value for name, value in first.items() if all(look.get(name) == value for look in rest)}


def _meld(plain: Token, rich: Token, edited: Token) -> Token:
    """The rich token with what the edit changed about it."""
    if edited.look == plain.look:
        return rich
    before, after, look = dict(plain.look), dict(edited.look), dict(rich.look)
    for name in {*before, *after}:
        if before.get(name) == after.get(name):
            continue
        if name in after:
            look[name] = after[name]
        else:
            look.pop(name, None)
    return Token(edited.key, tuple(look.items()), rich.depth)


def _partners(plain: Tokens, hunks: Sequence[_Hunk]) -> list[int | None]:
    """For each token of the plain form its equal in the other one."""
    found: list[int | None] = []
    at = 0
    for start, end, _, last in hunks:
        found += [at + n for n in range(start - len(found))]
        found += [None] * (end - start)
        at = last
    return found + [at + n for n in range(len(plain) - len(found))]


def _hunks(plain: Tokens, other: Tokens) -> list[_Hunk]:
    """Where two sequences differ: from and to which place of each."""
    ours, theirs = [token.key for token in plain], [token.key for token in other]
    head = 0
    while head < len(ours) and head < len(theirs) and ours[head] == theirs[head]:
        head += 1
    tail = 0
    while tail < min(len(ours), len(theirs)) - head and ours[-1 - tail] == theirs[-1 - tail]:
        tail += 1
    matcher = SequenceMatcher(None, ours[head : len(ours) - tail], theirs[head : len(theirs) - tail], autojunk=False)
    found: list[_Hunk] = []
    for kind, start, end, first, last in matcher.get_opcodes():
        if kind != "equal":
            hunk = (start + head, end + head, first + head, last + head)
            found.append(_slid(plain, other, hunk, found[-1] if found else (0, 0, 0, 0)))
    return found


def _slid(plain: Tokens, other: Tokens, hunk: _Hunk, last: _Hunk) -> _Hunk:
    """Of the places where the same insertion or deletion can be said to be, the one that takes nothing apart."""
    start, end, first, stop = hunk
    if (start == end) == (first == stop):
        return hunk
    side, begin, finish = (plain, start, end) if end > start else (other, first, stop)
    for back in range(min(start - last[1], first - last[3]) + 1):
        if back and side[begin - back].key != side[finish - back].key:
            break
        if _is_whole(side[begin - back : finish - back]):
            return start - back, end - back, first - back, stop - back
    return hunk


def _is_whole(tokens: Tokens) -> bool:
    """Whether everything that is opened is closed, and the reverse."""
    depth = 0
    for token in tokens:
        depth += token.depth
        if depth < 0:
            return False
    return depth == 0 and bool(tokens) and (tokens[0].depth > 0 or all(token.depth == 0 for token in tokens))
