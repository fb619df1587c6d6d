"""A formatted text of two thousand characters in each tool's own form, and read again.

What was read or written once is remembered line by line and block by block, so each figure is of texts that were not
met before; only an edit is of a document that was read, and new in no more than its edited block. For the time of the
machine that it runs on, the Markdown parser's own time for the same texts is told as well.
"""

import json
import time
from collections.abc import Callable, Sequence
from statistics import median
from typing import TypeVar

from markdown_it import MarkdownIt

from benchmarks.figures import Figure
from pmsync.model.fields import Json
from pmsync.text import canonical
from pmsync.text.dialect import Dialect
from pmsync_asana.text import CommentDialect, XmlDialect
from pmsync_jira.text import AdfDialect, WikiDialect
from pmsync_trello.text import MarkdownDialect

T = TypeVar("T")

_SIZE = 2_000
_MET = "pearl"
_PART = """## Part {n} {word}

The *importer* of release **{n}.4** reads [the list](https://example.com/list?n={n}) twice, and `merge_rows()` fails
for ~~all~~ some of the {word}: see https://example.com/logs/{n} and the *notes* below.

- [x] read the log {word} {n}
- ask who else met it {word} {n}
  1. in support {word} {n}
  2. in sales {word} {n}

> It only ever happens on the first day of a month {word} {n}.

```python
for {word} in rows[{n}:]:
    merge_rows({word}, strict=True)
```

| when {word} {n} | rows | failed |
| --- | --- | --: |
| Monday {word} {n} | 1,200 | {n} |
| Tuesday {word} {n} | 900 | 0 |
"""
_DIALECTS: tuple[tuple[str, Dialect], ...] = (
    ("ADF", AdfDialect()),
    ("wiki markup", WikiDialect()),
    ("Asana's tasks", XmlDialect()),
    ("Asana's comments", CommentDialect()),
    ("Trello", MarkdownDialect()),
)


def run(rounds: int = 30) -> list[Figure]:
    """Milliseconds of processor time, the median of so many different texts."""
    size = len(_text(0, _MET))
    parser = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    parsed = _spent(parser.parse, [_text(number, _MET) for number in range(rounds)])
    told = [
        Figure(name, size, 0.0, 0.0, 0.0, {}, _told(dialect, range(turn * rounds, (turn + 1) * rounds)))
        for turn, (name, dialect) in enumerate(_DIALECTS)
    ]
    return [*told, Figure("the parser alone", size, 0.0, 0.0, 0.0, {}, f"parsed in {parsed:.1f} ms")]


def _text(number: int, word: str) -> str:
    """A text that has its number and the word in each of its lines."""
    parts = (_PART.format(n=100 * number + part, word=word) for part in range(1, 100))
    told = next(parts)
    while len(told) < _SIZE:
        told += "\n" + next(parts)
    return told.rstrip("\n")


def _told(dialect: Dialect, numbers: range) -> str:
    cold = _spent(dialect.write, [_text(number, "amber") for number in numbers])
    written = _spent(dialect.write, [canonical(_text(number, "topaz")) for number in numbers])
    documents = [_renamed(dialect.write(_text(number, _MET)).document) for number in numbers]
    read = _spent(dialect.read, documents)
    edited = [dialect.read(document).markdown.replace("importer", "reader", 1) for document in documents]
    lens = _spent(lambda pair: dialect.write(*pair), list(zip(edited, documents, strict=True)))
    return (
        f"written in {cold:.1f} ms ({written:.1f} ms where the Markdown was read before), read in {read:.1f} ms, "
        f"an edit of a word in {lens:.1f} ms"
    )


def _renamed(document: Json) -> Json:
    """The document with another word in each of its lines: one that nothing was remembered of."""
    renamed: Json = json.loads(json.dumps(document).replace(_MET, "ebony"))
    return renamed


def _spent(work: Callable[[T], object], inputs: Sequence[T]) -> float:
    spent: list[float] = []
    for one in inputs:
        began = time.process_time()
        work(one)
        spent.append(1000 * (time.process_time() - began))
    return median(spent)
