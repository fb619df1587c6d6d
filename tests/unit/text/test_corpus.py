"""The examples of CommonMark and GFM through canonical Markdown and every dialect: figures that must not get worse."""

from collections import Counter

import pytest
from texts import examples, ink

from pmsync.text import canonical, parse
from pmsync.text.dialect import Dialect
from pmsync_asana.text import XmlDialect
from pmsync_jira.text import AdfDialect, WikiDialect
from pmsync_trello.text import MarkdownDialect


def test_every_example_keeps_its_meaning_in_canonical_markdown() -> None:
    for markdown in examples():
        once = canonical(markdown)
        assert parse(once) == parse(markdown), markdown
        assert canonical(once) == once


@pytest.mark.parametrize(
    ("dialect", "faithful"),
    # Of 723. The wiki's links must be full addresses, which most links of the examples are not.
    [(AdfDialect(), 695), (XmlDialect(), 628), (WikiDialect(), 620), (MarkdownDialect(), 723)],
    ids=["ADF", "Asana", "wiki", "Trello"],
)
def test_examples_come_back_from_a_tool_or_the_loss_is_told(
    dialect: Dialect, faithful: int, capsys: pytest.CaptureFixture[str]
) -> None:
    figures: Counter[str] = Counter()
    losses: Counter[str] = Counter()
    for markdown in map(canonical, examples()):
        written = dialect.write(markdown)
        read = dialect.read(written.document)
        assert not read.loss, markdown
        assert read.markdown == markdown or written.loss, markdown
        figures["same"] += read.markdown == markdown
        figures["same letters"] += sorted(ink(parse(read.markdown))) == sorted(ink(parse(markdown)))
        figures["all"] += 1
        losses[written.loss] += bool(written.loss)
    with capsys.disabled():
        worst = ", ".join(f"{what} {count}" for what, count in losses.most_common(3) if count)
        print(f"\n{type(dialect).__name__}: {dict(figures)}; losses: {worst or 'none'}")  # noqa: T201
    assert figures["same"] >= faithful
