"""Random documents in Atlassian's format, read as Markdown and written again as new ones: no letter is lost."""

from adf_random import AdfMaker, adf_letters
from depth import DEEP

from pmsync.text import canonical, parse
from pmsync_jira import adf_read
from pmsync_jira.adf_valid import valid
from pmsync_jira.text import AdfDialect

ADF = AdfDialect()
SEEDS = range(2000 if DEEP else 80)
# What spells a block where ADF has no room for it, or says in a line what had lines of its own.
_SIGNS = frozenset("#>—🖼•◦|-:[]!▸⟦⟧`.0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZpythonc++ab")
_BOXES = str.maketrans("", "", "☐☑🖼")
"""What begins an item with a box is a task, a link with a picture is one, and the other way round."""


def test_random_documents_keep_their_letters_as_markdown_and_back() -> None:
    lost: list[tuple[int, str]] = []
    for seed in SEEDS:
        document = AdfMaker(seed).document()
        assert valid(document), seed
        read = ADF.read(document)
        assert not read.loss, seed
        assert canonical(read.markdown) == read.markdown, seed
        written = ADF.write(read.markdown).document
        assert written is None or valid(written), seed
        before = adf_letters(document).translate(_BOXES)
        after = adf_letters(written).translate(_BOXES) if isinstance(written, dict) else ""
        missing, added = _apart(before, after)
        if missing or not {*added} <= _SIGNS:
            lost.append((seed, missing))
    assert not lost


def test_each_node_of_a_random_document_is_one_block_at_most() -> None:
    for seed in SEEDS[:40]:
        for node in AdfMaker(seed).document()["content"]:
            blocks = adf_read.read({"type": "doc", "version": 1, "content": [node]})[0].blocks
            # Two breaks in a row part a paragraph, and nothing else parts anything.
            assert len(blocks) <= 1 or node["type"] == "paragraph", seed
            assert parse(ADF.read({"type": "doc", "version": 1, "content": [node]}).markdown).blocks == blocks, seed


def _apart(before: str, after: str) -> tuple[str, str]:
    """What is missing of the text before, in order, and what was added to it."""
    place = 0
    added = ""
    for letter in after:
        if place < len(before) and letter == before[place]:
            place += 1
        else:
            added += letter
    return before[place:], added
