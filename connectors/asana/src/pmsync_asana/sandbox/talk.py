"""What is said on tasks and hung on them: stories and attachments."""

from functools import partial

from pmsync_asana.sandbox import richtext
from pmsync_asana.sandbox.calls import Answer, Call, created, full, nothing
from pmsync_asana.sandbox.downloads import Downloads
from pmsync_asana.sandbox.entry import Reader
from pmsync_asana.sandbox.journal import Journal
from pmsync_asana.sandbox.paging import Pages
from pmsync_asana.sandbox.problems import Problem, bad, missing, unwritable
from pmsync_asana.sandbox.records import Attachment, Story, Task, User
from pmsync_asana.sandbox.world import World

_LARGEST_FILE = 100 * 1024 * 1024


class Stories:
    """Comments, and the history among them."""

    def __init__(self, world: World, journal: Journal, reader: Reader, pages: Pages) -> None:
        self._world = world
        self._journal = journal
        self._reader = reader
        self._pages = pages

    def index(self, call: Call) -> Answer:
        """`GET /tasks/{task_gid}/stories`, oldest first."""
        return self._pages.page(call, list(self._world.find(Task, call.gid(), call.user).stories))

    def read(self, call: Call) -> Answer:
        """`GET /stories/{story_gid}`."""
        return full(self._world.find(Story, call.gid(), call.user))

    def create(self, call: Call) -> Answer:
        """`POST /tasks/{task_gid}/stories`: a comment."""
        task = self._world.find(Task, call.gid(), call.user)
        text, html = self._words(call)
        if text is None:
            raise missing("text")
        story = self._journal.story(task, call.user, "comment_added", text, html_text=html)
        story.pinned = bool(call.data.get("is_pinned", False))
        task.modified_at = story.created_at
        return created(story, "stories")

    def update(self, call: Call) -> Answer:
        """`PUT /stories/{story_gid}`: one's own comments."""
        story = self._own(call)
        text, html = self._words(call)
        if text is not None:
            story.text, story.html_text, story.edited = text, html, True
            self._journal.changed(call.user, story, "text")
        story.pinned = bool(call.data.get("is_pinned", story.pinned))
        return full(story)

    def delete(self, call: Call) -> Answer:
        """`DELETE /stories/{story_gid}`: one's own comments."""
        story = self._own(call)
        self._journal.tell(call.user, "removed", story, parent=story.task)
        story.trashed = True
        story.task.stories.remove(story)
        story.task.modified_at = self._world.now()
        return nothing()

    def _own(self, call: Call) -> Story:
        story = self._world.find(Story, call.gid(), call.user)
        if story.type != "comment" or story.created_by is not call.user:
            raise Problem(403, "You do not have permission to change this story.")
        return story

    def _words(self, call: Call) -> tuple[str | None, str]:
        for name in call.data:
            if name not in ("text", "html_text", "is_pinned", "sticker_name"):
                raise unwritable(name)
        if "html_text" in call.data and "text" in call.data:
            raise bad("You may only provide one of text or html_text!")
        if "html_text" in call.data:
            resolve = self._reader.resolver(call.user)
            html = richtext.accept("html_text", call.data["html_text"], resolve, comment=True)
            return richtext.plain(html), html
        if "text" in call.data:
            text = richtext.clean(str(call.data["text"]))
            return text, richtext.rich(text)
        return None, ""


class Attachments:
    """Files, and links to files elsewhere."""

    def __init__(self, world: World, journal: Journal, pages: Pages, downloads: Downloads) -> None:
        self._world = world
        self._journal = journal
        self._pages = pages
        self._downloads = downloads

    def index(self, call: Call) -> Answer:
        """`GET /attachments?parent`, `GET /tasks/{task_gid}/attachments`."""
        gid = call.gids.get("task_gid") or call.query.get("parent")
        task = self._world.find(Task, gid, call.user, field="parent", status=400)
        return self._pages.page(call, list(task.attachments))

    def read(self, call: Call) -> Answer:
        """`GET /attachments/{attachment_gid}`."""
        return full(self._world.find(Attachment, call.gid(), call.user))

    def create(self, call: Call) -> Answer:
        """`POST /attachments`: a form with `parent`, and `file` or `resource_subtype=external`, `url`, `name`."""
        data, user = call.data, call.user
        parent = call.gids.get("task_gid") or data.get("parent")
        task = self._world.find(Task, parent, user, field="parent", status=400)
        if data.get("resource_subtype") == "external":
            attachment = self._external(task, data)
        else:
            attachment = self._file(task, call)
        return full(self.add(attachment, user))

    def add(self, attachment: Attachment, actor: User) -> Attachment:
        """Hang an attachment on its task."""
        self._world.keep(attachment)
        task = attachment.task
        task.attachments.append(attachment)
        self._journal.story(task, actor, "attachment_added", f"attached {attachment.name}")
        self._journal.tell(actor, "added", attachment, parent=task)
        task.modified_at = self._world.now()
        return attachment

    def delete(self, call: Call) -> Answer:
        """`DELETE /attachments/{attachment_gid}`."""
        attachment = self._world.find(Attachment, call.gid(), call.user)
        attachment.trashed = True
        attachment.task.attachments.remove(attachment)
        attachment.task.modified_at = self._world.now()
        self._journal.tell(call.user, "deleted", attachment)
        return nothing()

    def _external(self, task: Task, data: dict[str, object]) -> Attachment:
        for name in ("url", "name"):
            if not data.get(name):
                raise missing(name)
        if not str(data["url"]).startswith(("http://", "https://")):
            raise bad(f"url: Not a valid URL: {data['url']}")
        now = self._world.now()
        return Attachment(self._world.gid(), str(data["name"]), task, now, "external", str(data["url"]))

    def _file(self, task: Task, call: Call) -> Attachment:
        if call.file is None:
            raise missing("file")
        if len(call.file.content) > _LARGEST_FILE:
            raise Problem(413, "file: Attachments can be at most 100 MB")
        name, size = call.file.name, len(call.file.content)
        made = Attachment(
            self._world.gid(), name, task, self._world.now(), "asana", size=size, content=call.file.content
        )
        made.place = partial(self._downloads.place, made, call.base)
        return made
