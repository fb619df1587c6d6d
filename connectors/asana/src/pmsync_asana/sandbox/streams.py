"""`GET /events`: what happened to a resource since a sync token."""

from pmsync_asana.sandbox.calls import Answer, Call, Shape
from pmsync_asana.sandbox.journal import Journal
from pmsync_asana.sandbox.problems import STALE_SYNC, Problem, missing
from pmsync_asana.sandbox.records import Project, Section, Tag, Task
from pmsync_asana.sandbox.world import World, sees


def events(world: World, journal: Journal, call: Call) -> Answer:
    """The events and the next token. Without a token, or with one too old: 412, and a token in the refusal."""
    gid = call.query.get("resource")
    if not gid:
        raise missing("resource")
    record = world.records.get(gid)
    if not isinstance(record, Project | Task | Tag | Section):
        world.find(Project, gid, call.user, field="resource", status=400)
    elif not sees(call.user, record):
        raise Problem(403, f"You do not have access to this {record.kind}.")
    if "sync" not in call.query:
        raise Problem(412, STALE_SYNC, extra={"sync": journal.token(gid)})
    told, token, more = journal.read(gid, call.query["sync"])
    return Answer(told, Shape.COMPACT, extra={"sync": token, "has_more": more})
