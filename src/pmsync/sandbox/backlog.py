"""The believable backlog of the `demo` seed, told once in neutral terms; each emulator says its share in its own words.

The company sells Tally, a way to take payments and send invoices. Three teams have planned it in three tools for a
while, so that some work is in two of them under the same title, made separately and not always in the same status.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace


@dataclass(frozen=True, slots=True)
class Story:
    """One piece of work. `tools` are those that have it already; `status`: backlog, todo, doing, review, done."""

    title: str
    description: str
    """Markdown."""
    tools: tuple[str, ...] = ()
    status: str = "todo"
    assignees: tuple[str, ...] = ()
    """Names of `pmsync.sandbox.people.PEOPLE`."""
    labels: tuple[str, ...] = ()
    due: int | None = None
    """Days from the day of the seed."""
    priority: str = "medium"
    """urgent, high, medium or low."""
    type: str = "task"
    """epic, story, task or bug."""
    reporter: str = "ada"
    elsewhere: Mapping[str, str] = field(default_factory=dict)
    """The status in the tools whose copy is further on, or behind. See `share`, which has it worked in."""
    parent: str = ""
    """The title of the epic that it belongs to, in the same tool; "" for none."""
    points: float | None = None
    """The estimate, in story points."""


def share(tool: str) -> tuple[Story, ...]:
    """The stories that this tool has, each with the status that it has there, epics before what belongs to them."""
    mine = [replace(story, status=story.elsewhere.get(tool, story.status)) for story in STORIES if tool in story.tools]
    return tuple(sorted(mine, key=lambda story: bool(story.parent)))


def _only(tool: str, stories: tuple[Story, ...]) -> tuple[Story, ...]:
    return tuple(replace(story, tools=(tool,)) for story in stories)


_IN_TWO_TOOLS = (
    Story(
        "Apple Pay at the checkout",
        "Shoppers on iOS drop out at the card form. Offer **Apple Pay** first where the device can.\n\n"
        "- detect support before the button is drawn\n"
        "- fall back to the card form, *never* to an empty page\n"
        "- see the [design file](https://design.tally.example/checkout/apple-pay)",
        ("trello", "jira"),
        status="doing",
        elsewhere={"jira": "review"},
        assignees=("grace",),
        labels=("checkout", "mobile"),
        due=12,
        priority="high",
        type="story",
        points=5,
    ),
    Story(
        "Partial refunds",
        "A merchant can give back part of a payment, more than once, until nothing is left.\n\n"
        "1. amount and reason in the dashboard\n2. `POST /v1/refunds` takes `amount`\n3. the receipt says what remains",
        ("trello", "jira"),
        status="todo",
        assignees=("linus",),
        labels=("refunds", "customer request"),
        due=20,
        priority="high",
        type="story",
        points=8,
    ),
    Story(
        "Show fees on every payout",
        "Support answers this question *forty times a week*. Put the fee beside the amount, and the sum at the bottom.",
        ("trello", "jira"),
        status="backlog",
        elsewhere={"jira": "todo"},
        labels=("payouts",),
        type="story",
        reporter="grace",
    ),
    Story(
        "Rename “Customers” to “Payers” – everywhere",
        "In the dashboard, in the e-mails and in the help centre. The API keeps `customer` until version 2.",
        ("trello", "asana"),
        status="done",
        elsewhere={"asana": "doing"},
        assignees=("ada",),
        labels=("wording",),
        due=-6,
        priority="low",
    ),
    Story(
        "Launch page for Tally Invoices",
        "One page, one promise, one button.\n\nText: **Ada**. Pictures: see the [mood board]"
        "(https://design.tally.example/invoices/mood).",
        ("trello", "asana"),
        status="doing",
        assignees=("ada", "linus"),
        labels=("launch", "marketing"),
        due=9,
        priority="urgent",
    ),
    Story(
        "Load test the payout run",
        "Ten times the busiest day. Numbers go into the launch checklist.\n\n```\nmake load PAYOUTS=250000\n```",
        ("jira", "asana"),
        status="todo",
        elsewhere={"asana": "backlog"},
        assignees=("linus",),
        labels=("launch",),
        due=15,
        priority="high",
        reporter="linus",
    ),
)

_TRELLO = (
    Story(
        "Fix login on Safari",
        "Reported by three merchants: after the second factor the page stays white. Works in a private window.",
        status="doing",
        assignees=("grace",),
        labels=("bug",),
        priority="urgent",
        due=2,
        type="bug",
    ),
    Story("Update the FAQ", "", status="todo", labels=("support",), priority="low"),
    Story(
        "Update the FAQ",
        "The part about chargebacks only; the rest was done in spring.",
        status="backlog",
        labels=("support",),
        reporter="grace",
        priority="low",
    ),
    Story(
        "🎉 First-payment confetti",
        "When a merchant's very first payment arrives, celebrate. Once. And `prefers-reduced-motion` is respected.",
        status="backlog",
        labels=("delight",),
        priority="low",
        type="story",
    ),
    Story(
        "Zahlungen per SEPA-Lastschrift",
        "Für Händler in Deutschland und Österreich: *Mandat*, *Vorankündigung*, *Rücklastschrift*.\n\n"
        "Grundlage: [SEPA Rulebook](https://www.europeanpaymentscouncil.eu/).",
        status="backlog",
        labels=("payment methods", "europe"),
        due=75,
        type="epic",
    ),
    Story(
        "Ask ten merchants why they left",
        "Questions:\n\n1. What did you hope for?\n2. What do you use now?\n\nNotes go into the folder, **no names**.",
        status="doing",
        assignees=("ada",),
        labels=("research",),
        due=6,
    ),
    Story(
        "Dark mode for the dashboard 🌙",
        "Most asked for in the last survey (212 votes).",
        status="backlog",
        labels=("customer request", "delight"),
        type="story",
    ),
    Story(
        "Price list in Japanese (料金表)",
        "Translation is ordered. Check that 円 stands *after* the number: `1,200円`.",
        status="review",
        assignees=("ada",),
        labels=("wording",),
        due=3,
    ),
    Story(
        "Export payments as CSV",
        "Accountants want one file per month. Columns: [sample](https://files.tally.example/export.csv).\n\n"
        "- amounts with two decimals\n- dates in the shop's zone\n- no formulas: cells that begin with `=` are text",
        status="todo",
        labels=("customer request", "reporting"),
        due=30,
        priority="high",
        type="story",
    ),
    Story("Team day in Zürich", "", status="done", assignees=("ada", "grace", "linus"), due=-20),
    Story(
        "Remind merchants of unfinished set-ups",
        "One e-mail after a day, one after a week, then silence. Link back to the very step where they stopped.",
        status="review",
        assignees=("grace",),
        labels=("onboarding",),
        type="story",
    ),
    Story(
        "Roadmap for the second half",
        "Draft in the wiki. **Decision on the 30th.**\n\n> Fewer things, and all of them finished.",
        status="todo",
        assignees=("ada",),
        due=8,
        priority="high",
    ),
    Story("Retire the old price calculator", "Two blog posts link to it.", status="done"),
    Story(
        "Tips for cafés and taxis",
        "At the terminal: 5 %, 10 %, *other*, none. Tips are paid out with the day's takings.",
        status="backlog",
        labels=("payment methods", "customer request"),
        type="story",
    ),
)

_JIRA = (
    Story(
        "Refunds",
        "Everything a merchant needs to give money back, in part or whole.",
        status="doing",
        labels=("refunds",),
        type="epic",
        reporter="linus",
    ),
    Story(
        "Payout reliability",
        "Payouts leave on time, once, and can be explained line by line.",
        status="doing",
        labels=("payouts",),
        type="epic",
        reporter="grace",
    ),
    Story(
        "Fix login in Safari",
        "`SameSite=None` without `Secure` on the second cookie. Only Safari 16 and older.",
        status="todo",
        assignees=("grace",),
        labels=("auth",),
        due=2,
        priority="urgent",
        type="bug",
        reporter="grace",
        points=2,
    ),
    Story(
        "Refund of a disputed payment is accepted twice",
        "Steps:\n\n1. open a dispute\n2. refund while the dispute is *pending*\n3. lose the dispute\n\n"
        "**Seen:** the money leaves twice. **Expected:** `409 dispute_pending`.",
        status="review",
        assignees=("linus",),
        labels=("refunds", "money"),
        due=1,
        priority="urgent",
        type="bug",
        reporter="grace",
        parent="Refunds",
        points=3,
    ),
    Story(
        "Idempotency keys for refunds",
        "As for payments: `Idempotency-Key`, kept 24 hours.\n\n```python\nkey = request.headers"
        '["Idempotency-Key"]\nif (seen := store.get(key)):\n    return seen\n```',
        status="todo",
        assignees=("linus",),
        labels=("refunds", "api"),
        type="story",
        reporter="linus",
        parent="Refunds",
        points=5,
    ),
    Story(
        "Payout run holds a table lock for nine minutes",
        "See the [slow log](https://grafana.tally.example/d/payouts). Work through it in batches of 500.",
        status="doing",
        assignees=("linus",),
        labels=("payouts", "performance"),
        priority="high",
        type="bug",
        reporter="linus",
        parent="Payout reliability",
        points=8,
    ),
    Story(
        "Ledger and bank statement compared each night",
        "- read `camt.053`\n- match by end-to-end id\n- page someone where more than **0.01** is missing",
        status="backlog",
        labels=("payouts", "money"),
        type="story",
        reporter="linus",
        parent="Payout reliability",
        points=13,
    ),
    Story(
        "Upgrade PostgreSQL from 14 to 17",
        "Rehearsed twice on a copy; the switch takes four minutes.",
        status="todo",
        assignees=("grace",),
        labels=("platform",),
        due=40,
        reporter="grace",
        points=5,
    ),
    Story(
        "Webhook signatures fail for bodies with “ü”",
        "We sign the *decoded* body. Sign the bytes.",
        status="done",
        assignees=("grace",),
        labels=("api",),
        due=-3,
        priority="high",
        type="bug",
        reporter="grace",
        points=1,
    ),
    Story("Remove feature flag `new-checkout`", "", status="done", labels=("checkout",), reporter="linus"),
    Story(
        "Flaky test: test_payout_calendar fails on 29 February",
        "And on the last Sunday of March.",
        status="backlog",
        labels=("tests",),
        priority="low",
        type="bug",
        reporter="linus",
    ),
    Story(
        "Störung: Kartenzahlungen mit 3-D Secure langsam",
        "p95 since Monday: *4.1 s* instead of 1.2 s. Suspect: DNS in `eu-central`.",
        status="doing",
        assignees=("grace",),
        labels=("performance", "money"),
        due=0,
        priority="urgent",
        type="bug",
        reporter="grace",
    ),
)

_ASANA = (
    Story(
        "Book the launch webinar",
        "Thursday, *not* Friday. Speakers: Ada and one merchant.",
        status="done",
        assignees=("ada",),
        labels=("launch",),
        due=-2,
    ),
    Story(
        "Press release for Tally Invoices",
        "Embargo until the launch day, 9:00 in Berlin. Contacts are in the "
        "[press list](https://wiki.tally.example/press).",
        status="doing",
        assignees=("ada",),
        labels=("launch", "marketing"),
        due=7,
        priority="high",
    ),
    Story(
        "Train the support team on invoices",
        "- two sessions of an hour\n- one page of answers\n- someone from engineering in the room",
        status="todo",
        assignees=("grace",),
        labels=("support",),
        due=10,
    ),
    Story("Legal check of the new terms", "", status="todo", labels=("legal",), due=5, priority="high"),
    Story(
        "Pricing for Łódź pilot merchants",
        "Five shops, three months free. **Nothing in writing** before legal has looked.",
        status="backlog",
        labels=("pilot", "customer request"),
        reporter="linus",
    ),
    Story(
        "🚀 Launch day checklist",
        "1. status page says *planned*\n2. flag on for 5 %\n3. watch `payments.failed` for an hour\n4. flag on for all",
        status="todo",
        assignees=("linus",),
        labels=("launch",),
        due=14,
        priority="urgent",
    ),
    Story("Thank-you notes for the beta merchants 💌", "", status="backlog", labels=("delight",), due=21),
    Story(
        "Screenshots in the help centre show the old menu",
        "Forty pictures, list in the [wiki](https://wiki.tally.example/help/pictures).",
        status="doing",
        assignees=("linus",),
        labels=("support", "wording"),
        type="bug",
        priority="low",
        reporter="grace",
    ),
)

STORIES: tuple[Story, ...] = (*_IN_TWO_TOOLS, *_only("trello", _TRELLO), *_only("jira", _JIRA), *_only("asana", _ASANA))
