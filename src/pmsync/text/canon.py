"""The one form of each Markdown text."""

from pmsync.text.parsing import parse
from pmsync.text.rendering import render


def canonical(markdown: str) -> str:
    """The text as pmsync writes it: texts that show the same are equal. Idempotent, and no text is ever lost."""
    return render(parse(markdown))
