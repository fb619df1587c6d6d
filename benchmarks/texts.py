"""A formatted text of two thousand characters in each tool's own form, and read again."""

import time
from collections.abc import Callable, Sequence
from statistics import median
from typing import TypeVar

from benchmarks.figures import Figure
from pmsync.model.fields import Json
from pmsync.text import canonical
from pmsync.text.dialect import Dialect
from pmsync_asana.text import CommentDialect, XmlDialect
from pmsync_jira.text import AdfDialect, WikiDialect
from pmsync_trello.text import MarkdownDialect

T = TypeVar("T")

_SIZE = 2_000
_PART = """## Part {n}

The *importer* of release **{n}.4** reads [the list](https://example.com/list?n={n}) twice, and `merge_rows()` fails
for ~~all~~ some of them: see https://example.com/logs/{n} and the *notes* below.

- [x] read the log
- ask who else met it
  1. in support
  2. in sales

> It only ever happens on the first day of a month.

```python
for row in rows[{n}:]:
    merge_rows(row, strict=True)
```

| when | rows | failed |
| --- | --- | --: |
| Monday | 1,200 | {n} |
| Tuesday | 900 | 0 |
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
    texts = [_text(number) for number in range(rounds)]
    size = sum(map(len, texts)) // rounds
    return [Figure(name, size, 0.0, 0.0, 0.0, {}, _told(dialect, texts)) for name, dialect in _DIALECTS]


def _text(number: int) -> str:
    parts = (_PART.format(n=100 * number + part) for part in range(1, 100))
    told = next(parts)
    while len(told) < _SIZE:
        told += "\n" + next(parts)
    return canonical(told)


def _told(dialect: Dialect, texts: list[str]) -> str:
    documents: list[Json] = []

    def write(text: str) -> None:
        documents.append(dialect.write(text).document)

    written = _spent(write, texts)
    read = _spent(dialect.read, documents)
    edited = [text.replace("importer", "reader") for text in texts]
    lens = _spent(lambda pair: dialect.write(*pair), list(zip(edited, documents, strict=True)))
    return f"written in {written:.1f} ms, read in {read:.1f} ms, an edit of a word in {lens:.1f} ms"


def _spent(work: Callable[[T], object], inputs: Sequence[T]) -> float:
    spent: list[float] = []
    for one in inputs:
        began = time.process_time()
        work(one)
        spent.append(1000 * (time.process_time() - began))
    return median(spent)
