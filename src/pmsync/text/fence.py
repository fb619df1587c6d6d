"""Blocks of code between fences."""

import re

from pmsync.text.escape import escape_entities
from pmsync.text.parsing import parse
from pmsync.text.tree import CodeBlock


def fenced(block: CodeBlock) -> str:
    """The block in Markdown, between fences that it does not hold itself."""
    marker = "~" if "`" in block.info else "`"
    longest = max((len(run) for run in re.findall(f"{marker}+", block.text)), default=0)
    fence = marker * max(3, longest + 1)
    gap = " " if block.info.startswith(marker) else ""
    body = block.text + "\n" if block.text else ""
    return f"{fence}{gap}{escape_entities(block.info)}\n{body}{fence}"


def read_fence(text: str) -> CodeBlock | None:
    """The block that `fenced` wrote; None for any other text."""
    if not text.startswith(("```", "~~~")):
        return None
    match parse(text).blocks:
        case (CodeBlock() as block,) if fenced(block) == text:
            return block
        case _:
            return None
