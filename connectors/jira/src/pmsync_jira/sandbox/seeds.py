"""What the site starts with: `empty`, or `demo` with this tool's share of the backlog and the history behind it."""

from datetime import timedelta
from typing import Any

from pmsync.sandbox.backlog import Story, share
from pmsync.text.parsing import parse
from pmsync_jira import wiki_write
from pmsync_jira.sandbox import markup
from pmsync_jira.sandbox.history import changes
from pmsync_jira.sandbox.records import Comment, Issue, Text
from pmsync_jira.sandbox.site import Site
from pmsync_jira.sandbox.workflow import (
    BACKLOG,
    BUG,
    EPIC,
    FINISHED,
    IN_PROGRESS,
    IN_REVIEW,
    SELECTED,
    STORY,
    TASK,
    TO_DO,
    Status,
)

_TYPES = {"epic": EPIC, "story": STORY, "task": TASK, "bug": BUG}
_PRIORITIES = {"urgent": "1", "high": "2", "medium": "3", "low": "4"}
_PATHS: dict[str, tuple[Status, ...]] = {
    "backlog": (),
    "todo": (TO_DO,),
    "doing": (TO_DO, IN_PROGRESS),
    "review": (TO_DO, IN_PROGRESS, IN_REVIEW),
    "done": (TO_DO, IN_PROGRESS, IN_REVIEW, FINISHED),
}
_DONE = "10000"


def plant(site: Site, seed: str) -> None:
    """Fill an empty site. Raises ValueError for a seed that there is not."""
    if seed not in ("empty", "demo"):
        raise ValueError(f"there is no seed {seed!r}: it is empty or demo")
    if seed == "demo":
        _Teller(site).tell()


class _Teller:
    """Tells the backlog into a site, setting its clock to when each thing happened."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._today = site.now()
        self._moment = self._today

    def tell(self) -> None:
        """Tell all of it, one piece of work a day, the last one yesterday."""
        clock, self._site.clock = self._site.clock, lambda: self._moment
        stories = share("jira")
        for number, story in enumerate(stories):
            self._moment = self._today - timedelta(days=len(stories) - number, hours=3, minutes=7 * number)
            issue = self._create(story)
            self._move(issue, story, number)
        self._site.clock = clock

    def _create(self, story: Story) -> Issue:
        site = self._site
        parent = next((issue for issue in site.issues.values() if issue.summary == story.parent), None)
        issue = Issue(
            id=site.next_id("issue"),
            key=site.new_key(),
            type=_TYPES[story.type].id,
            status=BACKLOG.id,
            summary=story.title,
            creator=story.reporter,
            reporter=story.reporter,
            created=self._moment,
            updated=self._moment,
            status_since=self._moment,
            description=self._words(story.description),
            priority=_PRIORITIES[story.priority],
            labels=tuple(sorted(label.replace(" ", "-") for label in story.labels)),
            due=None if story.due is None else (self._today + timedelta(days=story.due)).date().isoformat(),
            points=story.points,
            parent=None if parent is None else parent.id,
        )
        site.add(issue)
        return issue

    def _words(self, markdown: str) -> Text:
        return markup.document(markdown) if self._site.cloud else wiki_write.write(parse(markdown))[0]

    def _move(self, issue: Issue, story: Story, number: int) -> None:
        actor = story.assignees[0] if story.assignees else story.reporter
        if story.assignees:
            self._edit(issue, story.reporter, {"assignee": story.assignees[0]}, minutes=4)
        path = _PATHS[story.status]
        if number % 3 == 2 and path:
            path = (SELECTED, *path[1:])
        for status in path:
            values: dict[str, Any] = {"status": status.id}
            if status is FINISHED:
                values |= {"resolution": _DONE, "resolved": self._moment + timedelta(minutes=95)}
            self._edit(issue, actor, values, minutes=95)
        if story.status == "review":
            self._moment += timedelta(minutes=12)
            self._comment(issue, actor)

    def _edit(self, issue: Issue, actor: str, values: dict[str, Any], *, minutes: int) -> None:
        self._moment += timedelta(minutes=minutes)
        person = self._site.people.get(actor)
        self._site.edit(issue, person, values, changes(self._site, issue, values))

    def _comment(self, issue: Issue, actor: str) -> None:
        words = self._words("Ready for a look. The numbers are in the ticket.")
        comment = Comment(self._site.next_id("comment"), actor, words, self._moment, self._moment, actor)
        self._site.touch(issue, lambda: issue.comments.append(comment))
