"""The connection's section of the config: everything that is wrong with it, at once."""

import subprocess
import sys
from collections.abc import Mapping, Sequence

import pytest

from pmsync.errors import Problem
from pmsync.model.fields import Json
from pmsync_asana import plugin
from pmsync_asana.settings import ASANA, AsanaSettings, parse


class Here:
    """A place that is its path."""

    def problem(self, path: Sequence[str], message: str) -> Problem:
        return Problem("config.yaml", 0, ".".join(path), message)


def problems(section: Mapping[str, Json]) -> dict[str, str]:
    parsed = parse(section, Here())
    assert isinstance(parsed, tuple), parsed
    return {problem.key: problem.message for problem in parsed}


def settings(section: Mapping[str, Json]) -> AsanaSettings:
    parsed = parse(section, Here())
    assert isinstance(parsed, AsanaSettings), parsed
    return parsed


def test_a_token_and_a_project_are_enough() -> None:
    parsed = settings({"connector": "asana", "credentials": {"token": "2/1"}, "scope": {"project": "Launch"}})
    assert (parsed.token, parsed.project, parsed.url) == ("2/1", "Launch", ASANA)
    assert parsed.secrets == ("2/1",)
    assert "2/1" not in repr(parsed)


def test_a_gid_may_be_written_as_a_number() -> None:
    assert settings({"credentials": {"token": "t"}, "scope": {"project": 1200}}).project == "1200"


def test_init_has_no_scope_yet() -> None:
    assert settings({"credentials": {"token": "t"}}).project == ""


@pytest.mark.parametrize(
    ("url", "base"),
    [
        ("http://127.0.0.1:8700", "http://127.0.0.1:8700"),
        ("http://localhost:8700/", "http://localhost:8700"),
        ("http://[::1]:8700", "http://[::1]:8700"),
        ("https://proxy.acme.io/asana/api/1.0/", "https://proxy.acme.io/asana"),
    ],
)
def test_the_address_may_be_a_sandbox_or_a_proxy(url: str, base: str) -> None:
    assert settings({"url": url, "credentials": {"token": "t"}}).url == base


@pytest.mark.parametrize("url", ["http://app.asana.com", "ftp://x", "app.asana.com", "https://u:p@x", "https://[x"])
def test_no_token_is_sent_to_a_doubtful_address(url: str) -> None:
    assert problems({"url": url, "credentials": {"token": "t"}}).keys() == {"url"}


def test_where_webhooks_arrive_and_whether_they_are_registered_anew_is_told_as_for_every_tool() -> None:
    section: dict[str, Json] = {"credentials": {"token": "t"}}
    webhook: Json = {"url": "https://sync.acme.io/", "reinstall": True}
    parsed = settings({**section, "webhook": webhook})
    assert (parsed.webhook_url, parsed.webhook_reinstall) == ("https://sync.acme.io", True)
    assert (settings(section).webhook_url, settings(section).webhook_reinstall) == ("", False)
    assert problems({**section, "webhook": {"url": "https://a.io", "reinstall": "no"}}).keys() == {"webhook.reinstall"}


def test_all_problems_are_told_at_once() -> None:
    section: dict[str, Json] = {
        "url": "http://x.y",
        "credentials": {"tokn": "x"},
        "scope": {"workspace": ["a"]},
        "webhook": {"url": "nowhere"},
        "colour": "red",
    }
    assert problems(section).keys() == {
        "url",
        "credentials.token",
        "credentials.tokn",
        "scope.project",
        "scope.workspace",
        "webhook.url",
        "colour",
    }
    assert problems({"credentials": "x", "scope": {"project": ""}, "webhook": {}}).keys() == {
        "credentials",
        "credentials.token",
        "scope.project",
        "webhook.url",
    }


def test_the_plugin_says_what_it_needs() -> None:
    assert (plugin.name, plugin.title, plugin.default_mapping) == ("asana", "Asana", "asana-sections")
    assert list(plugin.credentials) == ["token"]
    assert plugin.capabilities.single_assignee


def test_importing_the_plugin_loads_no_client() -> None:
    code = (
        "import sys, pmsync_asana; print([m for m in ('asana', 'urllib3', 'pmsync_asana.client') if m in sys.modules])"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"
