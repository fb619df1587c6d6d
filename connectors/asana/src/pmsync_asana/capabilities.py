"""What Asana can do, as data."""

from pmsync.model.capabilities import Capabilities, DateKind
from pmsync.model.fields import Field, LinkKind

BY_CUSTOM_FIELD = frozenset({Field.PRIORITY, Field.ESTIMATE})
"""What only a project with the custom fields for it has."""

_TOLD = BY_CUSTOM_FIELD | {
    Field.TITLE, Field.STATUS, Field.ASSIGNEES, Field.LABELS, Field.START, Field.DUE,
}  # fmt: skip
"""What a task's history tells with the value before. Of the description it tells only that it changed."""

CAPABILITIES = Capabilities(
    fields=_TOLD | {Field.DESCRIPTION, Field.PARENT, Field.TYPE, Field.TIME_SPENT, Field.LINKS},
    read_only=frozenset({Field.TIME_SPENT}),
    custom=True,
    links=frozenset(LinkKind),
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
    history=_TOLD,
    consistent_find=True,
    archives=False,
)
"""Lists are read from Asana's database, so `find` sees a create at once."""
