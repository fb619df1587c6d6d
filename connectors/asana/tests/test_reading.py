"""Reading an Asana project over HTTP: what it costs, and what it finds."""

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from pmsync.connector.api import Connector, Page
from pmsync.errors import AuthError, FatalError
from pmsync.model.fields import Field, Json
from pmsync.model.native import Marker, Ref
from pmsync_asana.connector import AsanaConnector

if TYPE_CHECKING:
    from connectors.asana.tests.conftest import Lab

HOUR = 3600.0


def settled(lab: "Lab") -> AsanaConnector:
    """A connection as a later run opens it: with what an earlier one has learned."""
    first = lab.connect()
    first.vocabulary()
    connector = lab.connect(memo=first.memo())
    lab.asked()
    return connector


def read(connector: Connector, cursor: Json = None, *, deep: bool = False) -> list[Page]:
    pages = list(connector.changes(cursor, deep=deep))
    assert [page.last for page in pages] == [False] * (len(pages) - 1) + [True]
    return pages


def titles(pages: list[Page]) -> list[Json]:
    return [item.fields[Field.TITLE] for page in pages for item in page.items]


@pytest.mark.parametrize("count", [40, 900])
def test_a_quiet_reading_takes_two_requests_whatever_there_is(lab: "Lab", count: int) -> None:
    lab.fill(count)
    connector = settled(lab)
    cursor = read(connector)[-1].cursor
    lab.asked()
    lab.clock.advance(HOUR)
    cursor = read(connector, cursor)[-1].cursor
    # The first reading's overlap still reaches back to when everything was made; from then on it is quiet.
    lab.clock.advance(HOUR)
    lab.asked()
    pages = read(connector, cursor)
    assert titles(pages) == []
    assert lab.asked() == {"GET /tasks": 1, "GET /events": 1}


def test_everything_is_read_in_full_pages(lab: "Lab") -> None:
    lab.fill(250)
    connector = settled(lab)
    pages = read(connector)
    assert [len(page.items) for page in pages] == [100, 100, 50]
    assert [page.whole for page in pages] == [False, False, True]
    batches = {"POST /batch": 10 + 10 + 10}
    assert lab.asked() == {"GET /tasks": 3, "GET /events": 1, **batches}, "what is attached is asked for, once"
    read(connector, deep=True)
    assert lab.asked() == {"GET /tasks": 3, "GET /events": 1, "GET /projects/{project_gid}": 1}


def test_an_edit_is_seen_once(lab: "Lab") -> None:
    lab.fill(3)
    task = lab.task()
    connector = settled(lab)
    lab.clock.advance(HOUR)
    cursor = read(connector)[-1].cursor
    lab.clock.advance(HOUR)
    lab.ada.put(f"/tasks/{task}", name="New", completed=True)
    lab.asked()
    pages = read(connector, cursor)
    assert titles(pages) == ["New"]
    assert lab.asked() == {"GET /tasks": 1, "GET /events": 1, "POST /batch": 1}
    assert pages[-1].whole is False
    assert connector.parts.read([task]) == {task: ()}
    assert lab.asked() == {}, "what hangs on it came with what is attached to it"
    assert titles(read(connector, pages[-1].cursor)) == ["New"]
    assert lab.asked() == {"GET /tasks": 1, "GET /events": 1}


def test_a_move_that_modified_since_does_not_see_is_seen_in_three_requests(lab: "Lab") -> None:
    task = lab.task()
    connector = settled(lab)
    lab.clock.advance(HOUR)
    cursor = read(connector)[-1].cursor
    lab.clock.advance(HOUR)
    lab.move(task, "Done")
    assert lab.ada.get("/tasks", project=lab.project, modified_since="2020-01-06T10:30:00Z") == []
    lab.asked()
    (item,) = read(connector, cursor)[-1].items
    assert item.fields[Field.STATUS] == {"place": lab.sections["Done"], "completed": False}
    assert lab.asked() == {"GET /tasks": 1, "GET /events": 1, "POST /batch": 1}


def test_a_lost_event_is_made_good_by_a_deep_reading(lab: "Lab") -> None:
    task = lab.task()
    connector = settled(lab)
    lab.clock.advance(HOUR)
    cursor = read(connector)[-1].cursor
    lab.clock.advance(HOUR)
    lab.move(task, "Done")
    lab.emulator.journal.lose(lab.project)
    pages = read(connector, cursor)
    assert titles(pages) == []
    pages = read(connector, pages[-1].cursor, deep=True)
    assert pages[-1].whole
    assert [item.fields[Field.STATUS] for item in pages[-1].items] == [
        {"place": lab.sections["Done"], "completed": False}
    ]


def test_deleted_and_removed_tasks_are_suspects_and_readded_ones_are_not(lab: "Lab") -> None:
    deleted, back = lab.task("A"), lab.task("C")
    removed = lab.task("B", followers=["pmsync@example.com"])
    connector = settled(lab)
    lab.clock.advance(HOUR)
    cursor = read(connector)[-1].cursor
    lab.clock.advance(HOUR)
    lab.ada.call("DELETE", f"/tasks/{deleted}")
    for task in (removed, back):
        lab.ada.post(f"/tasks/{task}/removeProject", project=lab.project)
    lab.ada.post(f"/tasks/{back}/addProject", project=lab.project, section=lab.sections["Done"])
    pages = read(connector, cursor)
    assert sorted(gid for page in pages for gid in page.suspects) == sorted([deleted, removed])
    assert titles(pages) == ["C"]
    fetched = connector.fetch([deleted, removed, back])
    assert fetched.missing == {deleted}
    assert {gid: native.admitted for gid, native in fetched.found.items()} == {removed: False, back: True}


def test_a_dead_token_means_reading_everything(lab: "Lab") -> None:
    lab.fill(3)
    connector = settled(lab)
    cursor = read(connector)[-1].cursor
    lab.clock.advance(25 * HOUR)
    lab.asked()
    pages = read(connector, cursor)
    assert pages[-1].whole
    assert len(titles(pages)) == 3
    assert lab.asked() == {"GET /tasks": 1, "GET /events": 1}
    lab.clock.advance(HOUR)
    assert read(connector, pages[-1].cursor)[-1].whole is False


def test_what_happens_during_a_crawl_is_in_the_next_reading(lab: "Lab") -> None:
    tasks = lab.fill(150)
    connector = settled(lab)
    lab.clock.advance(HOUR)
    crawl = connector.changes(None)
    next(crawl)
    lab.move(tasks[0], "Done")
    cursor = list(crawl)[-1].cursor
    lab.clock.advance(HOUR)
    (item,) = read(connector, cursor)[-1].items
    assert item.ref.id == tasks[0]


def test_an_offset_that_goes_stale_begins_the_listing_again(lab: "Lab") -> None:
    lab.fill(150)
    connector = settled(lab)
    crawl = connector.changes(None)
    seen = len(next(crawl).items)
    lab.emulator.pages.expire()
    pages = list(crawl)
    assert seen + sum(len(page.items) for page in pages) == 250
    assert pages[-1].whole


def test_many_events_are_read_to_their_end(lab: "Lab") -> None:
    connector = settled(lab)
    cursor = read(connector)[-1].cursor
    tasks = lab.fill(120)
    lab.clock.advance(HOUR)
    lab.asked()
    pages = read(connector, cursor)
    assert sorted(item.ref.id for page in pages for item in page.items) == sorted(tasks)
    assert lab.asked() == {"GET /tasks": 2, "GET /events": 3, "POST /batch": 10 + 4}


def test_a_task_shows_all_its_fields(lab: "Lab") -> None:
    ada, parent = lab.ada.get("/users/me")["gid"], lab.task("Parent")
    tag = lab.ada.post("/tags", name="urgent", workspace=lab.workspace)["gid"]
    twin = lab.ada.post("/tags", name="urgent", workspace=lab.workspace)["gid"]
    task = lab.task(
        "Paint\u00a0it",
        html_notes="<body>Red <em>or</em> blue</body>",
        assignee="me",
        due_at="2020-02-02T10:30:00Z",
        start_on="2020-02-01",
        tags=[tag, twin],
        custom_fields={lab.customs["Priority"]: lab.options["High"], lab.customs["Estimate"]: 2.5},
        parent=parent,
    )
    native = settled(lab).fetch([task]).found[task]
    assert native.fields == {
        Field.TITLE: "Paint\u00a0it",
        Field.DESCRIPTION: "<body>Red <em>or</em> blue</body>",
        Field.STATUS: {"place": lab.sections["To Do"], "completed": False},
        Field.PRIORITY: lab.options["High"],
        Field.ESTIMATE: 2.5,
        Field.ASSIGNEES: [ada],
        Field.LABELS: ["urgent"],
        Field.DUE: "2020-02-02T10:30:00.000Z",
        Field.START: "2020-02-01",
        Field.PARENT: parent,
        Field.TYPE: "default_task",
        Field.LINKS: [],
        Field.TIME_SPENT: None,
    }
    assert (native.creator, native.marker, native.admitted) == (ada, None, True)
    assert native.ref == Ref(task, url=native.ref.url)
    assert native.ref.url.endswith(f"/task/{task}")
    assert native.created_at == native.updated_at == lab.clock.now()


def test_subtasks_count_only_where_they_are_in_the_project(lab: "Lab") -> None:
    parent = lab.task("Parent")
    lab.ada.post(f"/tasks/{parent}/subtasks", name="Elsewhere")
    inside = lab.ada.post(f"/tasks/{parent}/subtasks", name="Inside", projects=[lab.project])["gid"]
    pages = read(settled(lab))
    assert sorted(str(title) for title in titles(pages)) == ["Inside", "Parent"]
    child = next(item for item in pages[-1].items if item.ref.id == inside)
    assert child.fields[Field.PARENT] == parent


def test_many_tasks_are_fetched_ten_at_a_time(lab: "Lab") -> None:
    tasks = lab.fill(25)
    connector = settled(lab)
    fetched = connector.fetch([*tasks, "9", "nonsense"])
    assert fetched.found.keys() == set(tasks)
    assert fetched.missing == {"9", "nonsense"}
    assert lab.asked() == {"POST /batch": 3 + 5}
    connector.fetch(tasks)
    assert lab.asked() == {"POST /batch": 3}, "nothing is attached to them, as long as they are not modified"


def test_our_own_creations_are_found_by_their_markers_and_copies_are_not(lab: "Lab") -> None:
    connector = settled(lab)
    natives = {number: lab.made(connector, number) for number in (1, 2)}
    copied = lab.ada.get(f"/tasks/{natives[1].ref.id}", opt_fields="html_notes")["html_notes"]
    lab.ada.call("DELETE", f"/tasks/{natives[1].ref.id}")
    lab.task("Copy", html_notes=copied)
    markers = [native.marker for native in natives.values() if native.marker]
    found = connector.find([*markers, Marker("item-3")], lab.clock.now() - timedelta(minutes=1))
    assert {item: native.ref.id for item, native in found.items()} == {"item-2": natives[2].ref.id}


def test_one_look_tells_a_task_and_its_history(lab: "Lab") -> None:
    task = lab.task(due_on="2020-02-01")
    lab.clock.advance(HOUR)
    since = lab.clock.now()
    grace = lab.user("grace").get("/users/me")["gid"]
    lab.user("grace").put(f"/tasks/{task}", name="New", due_on="2020-02-03", assignee="me")
    lab.move(task, "In Progress")
    lab.ada.put(f"/tasks/{task}", completed=True, custom_fields={lab.customs["Priority"]: lab.options["Low"]})
    connector = settled(lab)
    inspection = connector.inspect(Ref(task), since)
    assert lab.asked() == {"POST /batch": 1}
    assert inspection.native is not None
    to_do, doing = lab.sections["To Do"], lab.sections["In Progress"]
    changes = {(event.field, str(event.before), str(event.after)) for event in inspection.events}
    assert changes == {
        (Field.TITLE, "Paint the shed", "New"),
        (Field.DUE, "2020-02-01", "2020-02-03"),
        (Field.ASSIGNEES, "[]", f"['{grace}']"),
        (Field.STATUS, str({"place": to_do, "completed": False}), str({"place": doing, "completed": False})),
        (Field.STATUS, str({"place": doing, "completed": False}), str({"place": doing, "completed": True})),
        (Field.PRIORITY, "None", lab.options["Low"]),
    }
    assert {event.actor for event in inspection.events if event.field is Field.TITLE} == {grace}
    assert connector.inspect(Ref(task), lab.clock.now() + timedelta(seconds=1)).events == ()


def test_a_long_history_is_read_to_its_end(lab: "Lab") -> None:
    task = lab.task()
    for number in range(105):
        lab.ada.put(f"/tasks/{task}", name=f"Name {number}")
    events = settled(lab).inspect(Ref(task), lab.clock.now()).events
    assert events[-1].after == "Name 104"


def test_a_task_that_is_gone_is_nothing(lab: "Lab") -> None:
    inspection = settled(lab).inspect(Ref("9"), lab.clock.now())
    assert (inspection.native, inspection.events) == (None, ())


def test_the_vocabulary_takes_one_request(lab: "Lab") -> None:
    for name in ("b", "a", "a"):
        lab.ada.post("/tags", name=name, workspace=lab.workspace)
    connector = settled(lab)
    names = connector.vocabulary()
    assert lab.asked() == {"POST /batch": 1}
    assert [term.name for term in names.statuses] == ["Backlog", "To Do", "In Progress", "Done"]
    assert [term.name for term in names.priorities] == ["High", "Medium", "Low"]
    assert [term.name for term in names.labels] == ["b", "a", "a"]
    assert {member.email for member in names.members} == {
        f"{name}@example.com" for name in ("ada", "grace", "linus", "pmsync")
    }
    assert names.completed
    assert names.container.name == "Launch"
    assert names.fields == connector.capabilities.fields


def test_more_than_a_page_of_tags_is_read_to_its_end(lab: "Lab") -> None:
    tags = lab.emulator._parts["tags"]
    for number in range(230):
        tags.make(f"tag {number}")
    assert len(settled(lab).vocabulary().labels) == 230


def test_a_project_without_the_custom_fields_lacks_these_fields(lab: "Lab") -> None:
    for gid in lab.customs.values():
        lab.ada.post(f"/projects/{lab.project}/removeCustomFieldSetting", custom_field=gid)
    task = lab.task()
    connector = lab.connect()
    missing = {Field.PRIORITY, Field.ESTIMATE}
    assert not missing & connector.vocabulary().fields
    assert not missing & connector.fetch([task]).found[task].fields.keys()


def test_a_project_is_found_by_its_name_or_its_gid(lab: "Lab") -> None:
    by_gid = lab.connect(settings={"project": lab.project})
    assert by_gid.vocabulary().container.id == lab.project
    assert lab.connect(settings={"workspace": "Acme"}).vocabulary().container.id == lab.project
    assert lab.connect().vocabulary().container.id == lab.project


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"project": "Lunch"}, "there is no project called 'Lunch'"),
        ({"project": "9"}, "the project cannot be read"),
        ({"project": ""}, "no project is configured"),
        ({"workspace": "Nowhere"}, "there is no project called 'Launch'"),
    ],
)
def test_a_project_that_is_not_there_is_fatal(lab: "Lab", settings: dict[str, str], message: str) -> None:
    with pytest.raises(FatalError, match=message):
        lab.connect(settings=settings).vocabulary()


def test_two_projects_of_one_name_are_told_apart_by_gid_only(lab: "Lab") -> None:
    second = lab.ada.post("/projects", name="Launch", workspace=lab.workspace)["gid"]
    lab.ada.post(f"/projects/{second}/addMembers", members="pmsync@example.com")
    with pytest.raises(FatalError, match=f"2 projects are called 'Launch'.*{second}"):
        lab.connect().vocabulary()


def test_a_lost_permission_is_fatal_not_a_deletion(lab: "Lab") -> None:
    lab.task()
    connector = settled(lab)
    cursor = read(connector)[-1].cursor
    lab.ada.post(f"/projects/{lab.project}/removeMembers", members="pmsync@example.com")
    for since in (cursor, None):
        with pytest.raises(FatalError, match=r"cannot be read|that this token can see"):
            read(connector, since)


def test_a_project_that_was_made_anew_under_its_name_is_found_after_one_failure(lab: "Lab") -> None:
    connector = settled(lab)
    lab.ada.call("DELETE", f"/projects/{lab.project}")
    second = lab.ada.post("/projects", name="Launch", workspace=lab.workspace)["gid"]
    lab.ada.post(f"/projects/{second}/addMembers", members="pmsync@example.com")
    with pytest.raises(FatalError):
        read(connector)
    assert connector.vocabulary().container.id == second


def test_a_bad_token_is_an_auth_error_and_is_not_shown(lab: "Lab") -> None:
    connector = lab.connect(settings={"token": "hunter2-hunter2"})
    with pytest.raises(AuthError) as caught:
        connector.check()
    assert "hunter2" not in str(caught.value)


def test_checking_tells_who_we_are_and_what_is_amiss(lab: "Lab") -> None:
    account = lab.connect().check()
    assert (account.name, account.url, account.product, account.findings) == ("pmsync", lab.url, "Asana", ())
    lab.ada.post(f"/projects/{lab.project}/sections", name="Done")
    lab.ada.post(f"/projects/{lab.project}/removeCustomFieldSetting", custom_field=lab.customs["Estimate"])
    lab.ada.put(f"/projects/{lab.project}", archived=True)
    lab.emulator.world.workspace.projects[0].memberships[3].access_level = "commenter"
    findings = lab.connect(settings={"project": lab.project}).check().findings
    told = {(finding.severity, finding.message.split(":")[0]) for finding in findings}
    assert told == {
        ("warning", "the project Launch is archived"),
        ("warning", "2 sections are called 'Done'"),
        ("error", "this account may not change the project's tasks"),
        ("info", "the project has no number custom field Estimate"),
    }
    assert all(finding.remedy for finding in findings)


def test_a_memo_of_another_project_is_not_used(lab: "Lab") -> None:
    first = lab.connect()
    first.vocabulary()
    other = lab.connect(memo=first.memo(), settings={"project": "Lunch"})
    with pytest.raises(FatalError):
        other.vocabulary()


@pytest.mark.parametrize(
    ("reference", "gid"),
    [
        ("1200000000000042", "1200000000000042"),
        (" 1200000000000042 ", "1200000000000042"),
        ("https://app.asana.com/0/1199/1200000000000042", "1200000000000042"),
        ("https://app.asana.com/0/1199/1200000000000042/f", "1200000000000042"),
        ("https://app.asana.com/1/11/task/1200000000000042", "1200000000000042"),
        ("https://app.asana.com/1/11/project/12/task/1200000000000042?focus=true", "1200000000000042"),
        ("https://app.asana.com/0/1199/list", None),
        ("https://app.asana.com/1/11/project/12", None),
        ("https://trello.com/c/abc", None),
        ("ENG-12", None),
        ("", None),
    ],
)
def test_references_are_located(lab: "Lab", reference: str, gid: str | None) -> None:
    assert lab.connect().locate(reference) == gid
