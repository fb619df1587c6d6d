"""The connection's section, the plugin, and what `check` finds."""

import subprocess
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pytest

from pmsync.connector.api import Opening
from pmsync.connector.registry import plugin as find_plugin
from pmsync.errors import AuthError, Problem
from pmsync_trello import plugin
from pmsync_trello.settings import Scope, TrelloSettings, Webhook

if TYPE_CHECKING:
    from connectors.trello.tests.conftest import Connections, Trello

GOOD: dict[str, Any] = {
    "connector": "trello",
    "credentials": {"key": "k", "token": "t", "secret": "s"},
    "scope": {"board": "Roadmap"},
    "mapping": "trello-kanban",
}


class Somewhere:
    def problem(self, path: Sequence[str], message: str) -> Problem:
        return Problem("config.yaml", 1, ".".join(path), message)


def parsed(**changes: Any) -> Any:
    return plugin.parse({**GOOD, **changes}, Somewhere())


def test_a_good_section_is_read() -> None:
    scope = {"board": " Roadmap ", "list": "To Do", "label": "shared"}
    hook = {"url": "https://sync.acme.io/"}
    settings = parsed(scope=scope, url="http://127.0.0.1:8702/", webhook=hook)
    assert settings == TrelloSettings(
        "k",
        "t",
        "s",
        Scope("Roadmap", "To Do", "shared"),
        "http://127.0.0.1:8702",
        Webhook("https://sync.acme.io", ("s",)),
    )
    assert parsed().url == "https://api.trello.com"
    assert set(settings.secrets) == {"k", "t", "s"}
    assert "'k'" not in repr(settings)


def test_where_webhooks_arrive_and_whether_they_are_registered_anew_is_told_as_for_every_tool() -> None:
    settings = parsed(webhook={"url": "https://sync.acme.io/", "reinstall": True})
    assert (settings.webhook_url, settings.webhook_reinstall) == ("https://sync.acme.io", True)
    assert (parsed().webhook_url, parsed().webhook_reinstall) == ("", False)


def test_a_section_without_a_scope_is_let_through_for_init() -> None:
    assert parsed(scope={}).scope == Scope()


@pytest.mark.parametrize(
    ("changes", "keys"),
    [
        ({"credentials": {"key": "", "tokens": "t"}}, {"credentials.key", "credentials.token", "credentials.tokens"}),
        ({"credentials": None}, {"credentials.key", "credentials.token"}),
        ({"credentials": "k"}, {"credentials", "credentials.key", "credentials.token"}),
        ({"credentials": {"key": 12, "token": "t"}}, {"credentials.key"}),
        ({"scope": {"project": "ENG"}}, {"scope.project", "scope.board"}),
        ({"url": "http://api.trello.com"}, {"url"}),
        ({"url": "https://me:secret@trello.example"}, {"url"}),
        ({"url": "https://trello.example/?a=b"}, {"url"}),
        ({"url": "ftp://trello.example"}, {"url"}),
        ({"url": "https://[bad"}, {"url"}),
        ({"webhook": {"url": "http://sync.acme.io"}}, {"webhook.url"}),
        ({"webhook": {"url": "https://a.io", "secret": []}}, {"webhook.secret"}),
        ({"webhook": {"url": "https://a.io"}, "credentials": {"key": "k", "token": "t"}}, {"credentials.secret"}),
        ({"webhook": {"url": "https://a.io", "reinstall": 1}}, {"webhook.reinstall"}),
        ({"colour": "red"}, {"colour"}),
    ],
)
def test_all_problems_are_named_at_once(changes: dict[str, Any], keys: set[str]) -> None:
    problems = parsed(**changes)
    assert isinstance(problems, tuple), problems
    assert {problem.key for problem in problems} == keys


def test_no_problem_quotes_a_credential() -> None:
    problems = parsed(url="https://me:hunter2@trello.example", credentials={"key": 12, "token": ["hunter2"]})
    assert "hunter2" not in str(problems)


def test_the_entry_point_names_this_plugin_and_imports_no_client() -> None:
    assert find_plugin("trello") is plugin
    script = (
        "import sys, pmsync_trello; pmsync_trello.plugin.capabilities; "
        "print(sorted({'trello', 'requests', 'urllib3', 'werkzeug'} & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_places_are_the_open_boards(trello: "Trello", connect: "Connections") -> None:
    closed = trello.ok("POST", "boards", {"name": "Old"}, user="pmsync")["id"]
    trello.ok("PUT", f"boards/{closed}", {"closed": True}, user="pmsync")
    settings = connect.settings("pmsync", board="")
    [place] = plugin.places(settings, Opening("product", clock=trello.clock))
    assert (place.id, place.name) == (trello.board, "Roadmap")
    assert place.url.startswith("https://trello.com/b/")


def test_open_sends_nothing_yet(trello: "Trello", connect: "Connections") -> None:
    connector = plugin.open(connect.settings(), Opening("product", clock=trello.clock))
    assert trello.requests() == connector.requests() == 0
    connector.close()


def findings(connector: Any) -> list[tuple[str, str]]:
    return [(finding.severity, finding.message) for finding in connector.check().findings]


def test_check_says_who_we_are_and_finds_nothing_amiss(trello: "Trello", connect: "Connections") -> None:
    account = connect("grace").check()
    assert (account.id, account.name) == (trello.person("grace"), "Grace Hopper")
    assert account.product == "Trello"
    assert account.findings == ()


def test_check_finds_a_board_that_is_not_there_or_doubled(trello: "Trello", connect: "Connections") -> None:
    assert findings(connect(board="Nowhere")) == [("error", "this account sees no board 'Nowhere'")]
    assert findings(connect("eve"))[0][0] == "error"
    trello.ok("POST", "boards", {"name": "Roadmap"}, user="pmsync")
    [(severity, message)] = findings(connect())
    assert (severity, "2 boards" in message) == ("error", True)


def test_check_finds_missing_rights_closed_boards_and_archived_lists(trello: "Trello", connect: "Connections") -> None:
    linus = trello.person("linus")
    trello.ok("PUT", f"boards/{trello.board}/members/{linus}", {"type": "observer"}, user="pmsync")
    assert [severity for severity, message in findings(connect("linus")) if "observer" in message] == ["error"]
    trello.ok("PUT", f"lists/{trello.lists()['Done']}", {"closed": True})
    assert any("'Done'" in message for severity, message in findings(connect()) if severity == "info")
    assert any("'No'" in message for severity, message in findings(connect(list="No")) if severity == "error")
    trello.ok("PUT", f"boards/{trello.board}", {"closed": True}, user="pmsync")
    assert any("closed" in message for severity, message in findings(connect()) if severity == "error")


def test_check_refuses_a_wrong_token(connect: "Connections") -> None:
    connector = connect("")
    with pytest.raises(AuthError):
        connector.check()
