"""Three-way merge of Markdown texts: by blocks, and within a block that both sides edited, by words."""

from collections import Counter
from typing import TypeAlias

from pmsync.text.changes import Changes, changes
from pmsync.text.parsing import parse
from pmsync.text.rendering import render
from pmsync.text.tree import Block, Blocks, Document, visible
from pmsync.text.words import merge_words

__all__ = ["merge", "merge_words"]

_Counts: TypeAlias = Counter[Block]


def merge(base: str, left: str, right: str) -> str | None:
    """Merge two edits of a canonical Markdown text into one, canonical too; None where they touch. Symmetric.

    Doubt is no merge: both sides changed one sentence, one deleted what the other edited or added to, both inserted at
    one place, or what was changed is there more than once.
    """
    if left == right or right == base:
        return left
    if left == base:
        return right
    texts = [parse(text).blocks for text in (base, left, right)]
    merged = _merge(*texts)
    # Where things repeat, there is more than one way to tell what was changed: compare from the other end as well.
    if merged is None or _merge(*(blocks[::-1] for blocks in texts)) != merged[::-1]:
        return None
    result = render(Document(merged))
    return result if parse(result).blocks == merged else None


def _merge(base: Blocks, left: Blocks, right: Blocks) -> Blocks | None:
    ours, theirs = changes(base, left), changes(base, right)
    # How often each block must be there in the end, whichever way it went.
    wanted = _expected(Counter(base), Counter(left), Counter(right))
    merged: list[Block] = []
    for place in range(len(base) + 1):
        inserted = _inserted(ours, theirs, place)
        if inserted is None:
            return None
        merged += inserted
        if place < len(base):
            became = _became(base[place], ours.became[place], theirs.became[place], wanted)
            if became is None:
                return None
            merged += became
    found = Counter(merged)
    return tuple(merged) if all(found[block] == wanted[block] for block in {*found, *wanted}) else None


def _expected(base: _Counts, left: _Counts, right: _Counts) -> _Counts:
    """Each block's number of copies merged: -1, which is never found, where the sides disagree."""
    return Counter({block: _agreed(base[block], left[block], right[block]) for block in {*base, *left, *right}})


def _agreed(base: int, left: int, right: int) -> int:
    if left == base:
        return right
    return left if right in (base, left) else -1


def _inserted(ours: Changes, theirs: Changes, place: int) -> Blocks | None:
    """What comes before the base's block at this place; None where the sides are at odds."""
    left, right = ours.inserted[place], theirs.inserted[place]
    if left and right and left != right:
        return None
    if (left and theirs.deleted_beside(place)) or (right and ours.deleted_beside(place)):
        return None
    return left or right


def _became(block: Block, left: Block | None, right: Block | None, wanted: _Counts) -> Blocks | None:
    """What a block of the base became; None where the sides are at odds."""
    if left in (block, right):
        return (right,) if right else ()
    if right == block:
        return (left,) if left else ()
    merged = _merge_block(block, left, right) if left and right else None
    if left is None or right is None or merged is None:
        return None
    # The two edits are in the result as one.
    wanted.subtract([left, right])
    wanted.update([merged])
    return (merged,)


def _merge_block(base: Block, left: Block, right: Block) -> Block | None:
    """Two edits of one block, merged word by word in its Markdown."""
    texts = [render(Document((block,))) for block in (base, left, right)]
    merged = merge_words(*texts)
    if merged is None:
        return None
    blocks = parse(merged).blocks
    if len(blocks) != 1 or render(Document(blocks)) != merged:
        return None
    # Marks that each side put around words of its own may have paired up in a way that neither meant.
    read = merge_words(*(visible((block,)) for block in (base, left, right)))
    return blocks[0] if read is None or read == visible(blocks) else None
