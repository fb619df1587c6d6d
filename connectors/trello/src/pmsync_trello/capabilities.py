"""What Trello can do."""

from pmsync.model.capabilities import Capabilities, DateKind
from pmsync.model.fields import Field

BATCH = 10
"""The most reads that `GET /batch` takes."""
THREADS = 8
TEXT_LIMIT = 16_384
FILE_LIMIT = 10_000_000
"""Bytes of a file in a workspace that pays nothing."""

ALWAYS = frozenset(
    {Field.TITLE, Field.DESCRIPTION, Field.STATUS, Field.ASSIGNEES, Field.LABELS, Field.START, Field.DUE, Field.LINKS}
)
"""What every board has. Priority and estimate are custom fields, which a board may have; types and parents there are
where the lines of checklists are items."""

CAPABILITIES = Capabilities(
    fields=ALWAYS | {Field.PRIORITY, Field.ESTIMATE, Field.TYPE, Field.PARENT},
    custom=True,
    due=DateKind.INSTANT,
    start=DateKind.INSTANT,
    title_limit=TEXT_LIMIT,
    description_limit=TEXT_LIMIT,
    label_limit=TEXT_LIMIT,
    create_batch=20,
    fetch_batch=BATCH,
    concurrency=THREADS,
    whole_listing=True,
    # Labels are left out: webhooks tell of them, but the stored history may not. They are written as single additions
    # and removals anyway, which cover nobody's edit.
    history=frozenset({Field.TITLE, Field.DESCRIPTION, Field.STATUS, Field.ASSIGNEES, Field.START, Field.DUE}),
    lists_creators=False,
    checklists=True,
)
