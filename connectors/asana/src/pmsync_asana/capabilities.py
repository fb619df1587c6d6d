"""What Asana can do, as data."""

from pmsync.model.capabilities import Capabilities, DateKind
from pmsync.model.fields import Field

_FIELDS = frozenset(
    {
        Field.TITLE, Field.DESCRIPTION, Field.STATUS, Field.PRIORITY, Field.ASSIGNEES, Field.LABELS, Field.START,
        Field.DUE, Field.ESTIMATE, Field.PARENT,
    }
)  # fmt: skip

CAPABILITIES = Capabilities(
    fields=_FIELDS,
    single_assignee=True,
    due=DateKind.BOTH,
    start=DateKind.BOTH,
    # Asana documents neither length; these are what it is known to take.
    title_limit=1024,
    description_limit=65_000,
    label_limit=100,
    labels_need_creating=True,
    start_needs_due=True,
    create_batch=60,
    fetch_batch=100,
    concurrency=4,
    # Not the description: its history tells that it changed, not from what.
    history=_FIELDS - {Field.DESCRIPTION, Field.PARENT},
    consistent_find=True,
    archives=False,
)
"""Without TYPE: a task is a task. Lists are read from Asana's database, so `find` sees a create at once."""
