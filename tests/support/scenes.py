"""The scenes in which processes are killed: what is there, what people did, and the commands that run then.

To add one: a function that prepares it, and an entry in `SCENES`, whose `struck` names the commits that it is there
for. Every commit that pmsync has a name for must be struck somewhere, or `WITHIN` must say of which others it is always
a part.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from served import Strike
from trio import NAME, TOOLS, Trio
from users import TrelloUser

from pmsync.sandbox.faults import Kind
from pmsync.store.records import ConflictState
from pmsync.sync.undo import Asked, run_undo

Commands = Sequence[Sequence[str]]
"""What runs, in one process, and is killed; and what runs again after it."""

SYNC: Final[Commands] = (("sync",),)


@dataclass(frozen=True, slots=True)
class Scene:
    """One scene. Its functions are given the world, with its sandboxes up."""

    prepare: Callable[[Trio], Commands]
    struck: frozenset[str]
    """The commits around which every test run kills a process here."""
    fresh: bool = False
    """pmsync has never run: there is no state yet."""
    faults: Callable[[Trio], None] | None = None
    """What goes wrong in the tools, or people do, while the commands run for the first time."""
    meanwhile: Callable[[Trio], None] | None = None
    """What people do after the kill."""
    pause: float = 120
    """How many seconds go by before each pass after the kill."""


def _populated(trio: Trio) -> Commands:
    """Three tools that people have worked in, and pmsync has never seen."""
    for tool in TOOLS:
        trio.users[tool].create(f"Only in {tool}", text=f"Words from {tool}.")
        trio.users[tool].create("Known everywhere")
    for tool in ("trello", "jira"):
        trio.users[tool].create("Pay by card", text=f"{tool} says so.")
    # Two of one name: which of them the issue is, somebody has to say.
    for tool in ("trello", "trello", "jira"):
        trio.users[tool].create("Twin")
    return SYNC


def _one_day(trio: Trio) -> Commands:
    """Items that pmsync keeps in step, and a day's work on them."""
    trio.configure(sync={"on_delete": "archive", "limits": {"deletes": 50, "creates": 50, "changes": "100%"}})
    for number, name in enumerate(("renamed", "done", "labelled", "both", "archived", "deleted", "text")):
        trio.users[TOOLS[number % 3]].create(f"Item {name}", text="First line.\n\nLast line.")
    trio.settle()
    trio.trello.label(trio.find("trello", "Item labelled"), "shared")
    trio.settle()
    trio.jira.rename(trio.find("jira", "Item renamed"), "Item with another name")
    trio.jira.due(trio.find("jira", "Item with another name"), "2027-03-01")
    # Two transitions in Jira.
    trio.trello.move(trio.find("trello", "Item done"), "Done")
    trio.trello.label(trio.find("trello", "Item labelled"), "from-trello")
    trio.asana.label(trio.find("asana", "Item labelled"), "from-asana")
    trio.jira.unlabel(trio.find("jira", "Item labelled"), "shared")
    trio.trello.rename(trio.find("trello", "Item both"), "Item both, says trello")
    trio.asana.rename(trio.find("asana", "Item both"), "Item both, says asana")
    trio.asana.describe(trio.find("asana", "Item text"), "First line, edited.\n\nLast line.")
    trio.jira.describe(trio.find("jira", "Item text"), "First line.\n\nLast line, edited.")
    trio.trello.archive(trio.find("trello", "Item archived"))
    trio.asana.delete(trio.find("asana", "Item deleted"))
    for tool in TOOLS:
        trio.users[tool].create(f"New in {tool}", text="New words.")
    return SYNC


def _gone(trio: Trio) -> Commands:
    """An item that was deleted and was missed once already, and a card that pmsync's account made twice."""
    trio.configure(sync={"on_delete": "delete", "limits": {"deletes": 50, "creates": 50, "changes": "100%"}})
    trio.trello.create("Leaver")
    trio.jira.create("Stayer")
    trio.settle()
    trio.jira.delete(trio.find("jira", "Leaver"))
    trio.sync(deep=True)
    pmsync = TrelloUser(trio.served.bases["trello"], "pmsync")
    copied = {"idCardSource": trio.find("trello", "Stayer"), "keepFromSource": "all"}
    pmsync.call("POST", "/cards", {"name": "Stayer", "idList": trio.trello.lists["To Do"], **copied})
    pmsync.close()
    return (("sync", "--deep"),)


def _break_off_after(edit: str) -> Callable[[str], Strike | None]:
    """Nothing is archived, and after the first such edit, which arrives, there is no answer to anything."""
    broken = False

    def aim(route: str) -> Strike | None:
        nonlocal broken
        if route == "PUT /rest/api/3/issue/archive" or broken:
            return Strike(Kind.RESET)
        broken = route == edit
        return Strike(Kind.RESET, late=True) if broken else None

    return aim


def _returns(trio: Trio) -> Commands:
    """Cards that come out of the archive: the issue of one was put away with it, that of another was deleted since, and
    that of a third was just about to be put away. And an issue deleted while an edit of it was not answered."""
    trio.configure(sync={"on_delete": "archive", "limits": {"deletes": 50, "creates": 50, "changes": "100%"}})
    cards = {name: trio.trello.create(f"Item {name}") for name in ("back", "bereft", "in time", "edited")}
    trio.settle()
    deleted = trio.find("jira", "Item bereft")
    for name in ("back", "bereft"):
        trio.trello.archive(cards[name])
    trio.settle()
    trio.jira.delete(deleted)
    trio.trello.archive(cards["in time"])
    trio.trello.rename(cards["edited"], "Item edited in Trello")
    jira = trio.sandbox("jira")
    jira.aim = _break_off_after("PUT /rest/api/3/issue/{issueIdOrKey}")
    trio.sync()
    trio.served.calm("jira")
    trio.jira.delete(trio.find("jira", "Item edited in Trello"))
    # Missing, then gone. What is ending waits as long as Jira cannot archive.
    jira.aim = {"PUT /rest/api/3/issue/archive": Strike(Kind.RESET)}.get
    for _ in range(2):
        trio.wait(120)
        trio.sync(deep=True)
    trio.served.calm("jira")
    for name in ("back", "bereft", "in time"):
        trio.trello.archive(cards[name], closed=False)
    return SYNC


def _refusals(trio: Trio) -> Commands:
    """A transition that Jira will not take, a section that Asana does not have any more, and a card put away where its
    twins are to stay."""
    mapping = trio.mapping("jira-software", defaults={"issuetype": "Task"})
    trio.configure(connections={"engineering": {"mapping": mapping}}, sync={"on_delete": "unlink"})
    trio.trello.create("Item never done", "Doing")
    trio.trello.create("Leaver")
    trio.settle()
    trio.trello.archive(trio.find("trello", "Leaver"))
    trio.asana.call("DELETE", f"/sections/{trio.asana.sections['Backlog']}")
    trio.trello.move(trio.find("trello", "Item never done"), "Done")
    trio.trello.create("New", "Backlog")
    return SYNC


def _unanswered(trio: Trio) -> Commands:
    """New items and edits; the tools will do some of it and not say so."""
    for name in ("one", "two"):
        trio.trello.create(f"Item {name}")
    trio.settle()
    trio.trello.rename(trio.find("trello", "Item one"), "Item one, renamed")
    trio.jira.rename(trio.find("jira", "Item two"), "Item two, renamed")
    for tool in TOOLS:
        trio.users[tool].create(f"New in {tool}", text="New words.")
    return SYNC


def _lose_answers(trio: Trio) -> None:
    """Of each tool's writes, the first of each kind goes wrong: Asana's answers are lost, Trello's requests are, and
    Jira is too busy to make anything, and loses its answers to the rest."""
    struck: set[str] = set()

    def aim(tool: str) -> Callable[[str], Strike | None]:
        def strike(route: str) -> Strike | None:
            reads = route.startswith("GET ") or "fetch" in route or "search" in route
            # The fence is put up before all else: without it Jira would be left alone.
            if reads or "properties" in route or route in struck:
                return None
            struck.add(route)
            if route == "POST /rest/api/3/issue/bulk":
                return Strike(Kind.TOO_MANY, retry_after=600)
            return Strike(Kind.RESET, late=tool != "trello")

        return strike

    for tool in TOOLS:
        trio.sandbox(tool).aim = aim(tool)


def _decisions(trio: Trio) -> Commands:
    """A conflict for a person to decide, a field that an undo set aside, and items that may be one or two."""
    trio.configure(sync={"fields": {"title": {"conflict": "manual"}}})
    for title in ("Pay by card", "Pay by cheque"):
        trio.trello.create(title)
    trio.settle()
    trio.jira.due(trio.find("jira", "Pay by cheque"), "2027-03-01")
    run_undo(trio.config, trio.plan_of, trio.store, Asked(trio.sync().run, "olga"), trio.served.clock)
    trio.trello.rename(trio.find("trello", "Pay by card"), "Pay by Visa")
    trio.jira.rename(trio.find("jira", "Pay by card"), "Pay by Mastercard")
    trio.trello.create("Fix login on Safari")
    issue = trio.jira.create("Fix login in Safari")
    trio.settle()
    numbers = {one.policy: str(one.id) for one in trio.store.reports.conflicts(sync=NAME, state=ConflictState.OPEN)}
    return (
        ("conflicts", "resolve", numbers["manual"], "--take", "engineering"),
        ("conflicts", "release", numbers["undone"]),
        ("match", "join", trio.find("trello", "Fix login on Safari"), trio.jira.key(issue)),
        ("sync",),
    )


def _undone(trio: Trio) -> Commands:
    """A run that made, changed and archived, and is to be taken back."""
    trio.configure(sync={"on_delete": "archive", "limits": {"deletes": 50, "creates": 50, "changes": "100%"}})
    for name in ("changed", "archived", "left alone"):
        trio.trello.create(f"Item {name}", text="Words.")
    trio.settle()
    trio.trello.move(trio.find("trello", "Item changed"), "Done")
    trio.trello.label(trio.find("trello", "Item changed"), "from-trello")
    trio.trello.archive(trio.find("trello", "Item archived"))
    trio.trello.create("By mistake")
    trio.jira.create("By mistake too")
    run = trio.sync().run
    trio.settle()
    return (("undo", run, "--yes"),)


def _lose_archiving(trio: Trio) -> None:
    """Whatever is to be archived, the first request of it does not arrive."""
    struck: set[str] = set()

    def aim(route: str) -> Strike | None:
        if route not in ("PUT /rest/api/3/issue/archive", "PUT /1/cards/{id}") or route in struck:
            return None
        struck.add(route)
        return Strike(Kind.RESET)

    for tool in ("trello", "jira"):
        trio.sandbox(tool).aim = aim


def _talk(trio: Trio) -> Commands:
    """Items that are talked about in all tools: said, said otherwise, taken back, and said in two tools before the two
    were one item."""
    trio.trello.create("Item talked about")
    trio.settle()
    ids = {tool: trio.find(tool, "Item talked about") for tool in TOOLS}
    said = {tool: trio.users[tool].comment(ids[tool], f"Said in {tool}.") for tool in TOOLS}
    trio.settle()
    for tool in TOOLS:
        trio.users[tool].comment(ids[tool], f"Said later in {tool}.")
    trio.jira.recomment(ids["jira"], said["jira"], "Said otherwise in jira.")
    trio.trello.uncomment(ids["trello"], said["trello"])
    trio.wait(120)
    trio.sync()
    trio.asana.comment(ids["asana"], "Said last in asana.")
    for tool in ("trello", "jira"):
        trio.users[tool].comment(trio.users[tool].create("Item of two"), "Said twice.")
    return SYNC


def _lose_comments(trio: Trio) -> None:
    """Of each tool's writes of comments, the first of each kind goes wrong: Trello does not get it, Jira is too busy,
    and what Asana did it does not say."""
    struck: set[str] = set()

    def aim(tool: str) -> Callable[[str], Strike | None]:
        def strike(route: str) -> Strike | None:
            if route.startswith("GET ") or not any(word in route for word in ("comment", "stories")) or route in struck:
                return None
            struck.add(route)
            return (
                Strike(Kind.TOO_MANY, retry_after=600) if tool == "jira" else Strike(Kind.RESET, late=tool == "asana")
            )

        return strike

    for tool in TOOLS:
        trio.sandbox(tool).aim = aim(tool)


def _lost(trio: Trio) -> Commands:
    """Items that pmsync has kept in step for a while, and a state that is gone, its audit log with it."""
    for tool in TOOLS:
        trio.users[tool].create(f"Item of {tool}", text="Words.")
    trio.settle()
    trio.jira.rename(trio.find("jira", "Item of trello"), "Item of trello, renamed")
    trio.asana.create("New in asana")
    return (("rebuild", "--yes"), ("sync",))


def _new_card(trio: Trio) -> Commands:
    """One card, of which pmsync knows nothing yet."""
    trio.trello.create("Pay by card", "Doing")
    return SYNC


def _quick_hands(trio: Trio) -> None:
    """Somebody renames and moves the issue that has only just been made."""
    (made,) = trio.shown("jira")
    trio.jira.rename(made, "Pay by any card")
    trio.jira.move(made, "Selected for Development")


SCENES: Final[Mapping[str, Scene]] = {
    "first": Scene(
        _populated,
        frozenset({
            "schema", "introduce", "run", "sync", "connection", "observed", "reading", "linked", "decided", "intents",
            "created", "clean",
        }),
        fresh=True,
    ),
    "day": Scene(_one_day, frozenset({"written", "missing", "candidates"})),
    "gone": Scene(
        _gone, frozenset({"observations", "replicas", "put away", "ending", "parted", "ended", "twin links"})
    ),
    "returns": Scene(_returns, frozenset({"linked again", "stays", "goes on living", "not there"}), pause=90_000),
    "refusals": Scene(_refusals, frozenset({"refused", "unlinked"})),
    "unanswered": Scene(
        _unanswered, frozenset({"unknown", "dirty", "recovered", "not made", "settled"}), faults=_lose_answers
    ),
    "decisions": Scene(_decisions, frozenset({"resolved", "released", "decision", "fact"})),
    "undone": Scene(
        _undone, frozenset({"undo decided", "taken out", "brought back", "not removed"}), faults=_lose_archiving
    ),
    "talk": Scene(
        _talk,
        frozenset({
            "parts", "parts observed", "parts closed", "parts linked", "part intents", "part written",
            "part settled",
        }),
        faults=_lose_comments,
    ),
    "lost": Scene(_lost, frozenset({"rebase"}), fresh=True),
    "quick hands": Scene(_new_card, frozenset(), meanwhile=_quick_hands),
}  # fmt: skip

ELSEWHERE: Final[Mapping[str, str]] = {
    "hook": "tests/scenarios/test_webhooks.py",
    "handshake": "tests/scenarios/test_webhooks.py",
    "alert": "tests/unit/jobs/test_herald.py",
    "alerts": "tests/unit/jobs/test_herald.py",
    "notice": "tests/unit/jobs/test_herald.py",
    "part refused": "tests/scenarios/test_comments_in_memory.py",
    "twin links begun": "tests/scenarios/test_backlinks_in_memory.py",
}
"""Commits that no scene comes to, and where a process is struck at them."""

WITHIN: Final[Mapping[str, frozenset[str]]] = {
    "asleep": frozenset({"not there"}),
    "conflict": frozenset({"decided", "resolved"}),
    "conflicts": frozenset({"decided", "written"}),
    "distrust": frozenset({"linked", "rebase"}),
    "held": frozenset({"linked"}),
    "history": frozenset(
        {
            "decided",
            "created",
            "written",
            "linked",
            "parted",
            "taken out",
            "brought back",
            "linked again",
            "resolved",
        }
    ),
    "items": frozenset(
        {"linked", "taken out", "brought back", "ending", "ended", "unlinked", "goes on living", "stays"}
    ),
    "notes": frozenset({"decided"}),
    "seen": frozenset({"observed"}),
    "unlink": frozenset({"parted", "taken out"}),
}
"""What is only ever written as a part of another commit -> of which."""
