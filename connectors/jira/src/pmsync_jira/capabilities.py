"""What Jira can do, as the engine and the contract tests read it."""

from pmsync.model.capabilities import Capabilities, DateKind
from pmsync.model.fields import Field

_FIELDS = frozenset(
    {
        Field.TITLE, Field.DESCRIPTION, Field.STATUS, Field.PRIORITY, Field.TYPE, Field.ASSIGNEES, Field.LABELS,
        Field.START, Field.DUE, Field.ESTIMATE, Field.PARENT, Field.RELEASE, Field.SPRINT, Field.TIME_SPENT,
        Field.LINKS,
    }
)  # fmt: skip

CAPABILITIES = Capabilities(
    fields=_FIELDS,
    # Time is logged by people, each entry with its day; sprints are planned on boards.
    read_only=frozenset({Field.SPRINT, Field.TIME_SPENT}),
    custom=True,
    single_assignee=True,
    due=DateKind.DATE,
    start=DateKind.DATE,
    title_limit=255,
    description_limit=32_767,
    label_limit=255,
    label_forbidden=" ",
    labels_need_creating=False,
    create_batch=50,
    fetch_batch=100,
    concurrency=8,
    whole_listing=False,
    # The changelog tells of descriptions too, but as plain text: not the value that it replaced.
    history=_FIELDS - {Field.DESCRIPTION, Field.RELEASE, Field.SPRINT, Field.TIME_SPENT, Field.LINKS},
    consistent_find=True,
    fence=True,
)
