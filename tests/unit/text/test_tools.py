"""What is left of the examples of CommonMark and GFM after a way through each tool and back, by a parser not ours."""

import pytest
from asana_rules import broken_rule
from rendered import Figures, measure

from pmsync.text import canonical
from pmsync.text.dialect import Dialect
from pmsync_asana.text import CommentDialect, XmlDialect
from pmsync_jira.text import AdfDialect, WikiDialect
from pmsync_trello.text import MarkdownDialect

HTML = 75
REST = 704 - HTML


def there_and_back(dialect: Dialect) -> Figures:
    """What is left of the examples. No rule of Asana's is broken on the way."""

    def translate(markdown: str) -> str:
        written = dialect.write(canonical(markdown)).document
        if isinstance(dialect, XmlDialect):
            assert not broken_rule(str(written), comment=isinstance(dialect, CommentDialect)), markdown
        return dialect.read(written).markdown

    return measure(translate)


@pytest.mark.parametrize(
    ("dialect", "same"),
    # In canonical Markdown there is one way only to break a line, and no-break spaces are spaces, which is why 14 of
    # them look another way, whatever the tool.
    [
        (AdfDialect(), 610),
        (XmlDialect(), 566),
        (CommentDialect(), 567),
        (WikiDialect(), 607),
        (MarkdownDialect(), 615),
    ],
    ids=["ADF", "Asana's tasks", "Asana's comments", "wiki markup", "Trello"],
)
def test_examples_look_the_same_and_keep_every_letter(
    dialect: Dialect, same: int, capsys: pytest.CaptureFixture[str]
) -> None:
    figures = there_and_back(dialect)
    with capsys.disabled():
        print(f"\n{type(dialect).__name__}: {figures.same} of {REST} look the same")  # noqa: T201
    assert not figures.worst
    assert (figures.letters, figures.html_letters) == (REST, HTML)
    assert figures.same >= same
