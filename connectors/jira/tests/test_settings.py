"""A connection's section of the config."""

import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from pmsync.connector.api import Opening
from pmsync.connector.hosts import loopback
from pmsync.errors import ConfigError, Problem
from pmsync.model.fields import Json
from pmsync_jira import plugin
from pmsync_jira.settings import JiraSettings, Webhook, parse

CREDENTIALS = {"email": "ada@example.com", "token": "secret-token"}
GOOD: Mapping[str, Any] = {
    "connector": "jira",
    "url": "https://acme.atlassian.net/",
    "credentials": CREDENTIALS,
    "scope": {"project": "ENG", "jql": "labels = roadmap"},
    "mapping": "jira-software",
    "webhook": {"url": "https://sync.acme.io", "secret": ["new", "old"]},
}


class Place:
    """Places problems in a file of its own."""

    def problem(self, path: Sequence[str], message: str) -> Problem:
        return Problem("config.yaml", 1, ".".join(path), message)


def problems(section: Mapping[str, Any]) -> dict[str, str]:
    found = parse(section, Place())
    assert not isinstance(found, JiraSettings)
    return {problem.key: problem.message for problem in found}


def test_a_full_section_is_read() -> None:
    assert parse(GOOD, Place()) == JiraSettings(
        url="https://acme.atlassian.net",
        email="ada@example.com",
        token="secret-token",
        project="ENG",
        jql="labels = roadmap",
        webhook=Webhook("https://sync.acme.io", ("new", "old")),
    )


def test_where_webhooks_arrive_and_whether_they_are_registered_anew_is_told_as_for_every_tool() -> None:
    webhook: Json = {"url": "https://sync.acme.io/", "secret": "s", "reinstall": True}
    found = parse({**GOOD, "webhook": webhook}, Place())
    assert isinstance(found, JiraSettings)
    assert (found.webhook_url, found.webhook_reinstall) == ("https://sync.acme.io", True)
    without = parse({**GOOD, "webhook": None}, Place())
    assert isinstance(without, JiraSettings)
    assert (without.webhook_url, without.webhook_reinstall) == ("", False)


def test_a_data_center_needs_a_token_alone() -> None:
    found = parse(
        {"url": "https://jira.acme.io/jira", "credentials": {"token": "t"}, "scope": {"project": "E"}}, Place()
    )
    assert isinstance(found, JiraSettings)
    assert (found.url, found.email) == ("https://jira.acme.io/jira", "")


@pytest.mark.parametrize("scope", [None, {}])
def test_init_may_have_no_scope_yet_but_opening_needs_one(scope: Any) -> None:
    found = parse({**GOOD, "scope": scope}, Place())
    assert isinstance(found, JiraSettings)
    with pytest.raises(ConfigError, match=r"engineering\.scope\.project"):
        plugin.open(found, Opening(connection="engineering"))


@pytest.mark.parametrize(
    ("change", "key", "words"),
    [
        ({"url": None}, "url", "missing"),
        ({"url": "http://acme.atlassian.net"}, "url", "https"),
        ({"url": "ftp://acme.io"}, "url", "https"),
        ({"url": "https://u:p@acme.io"}, "url", "credentials"),
        ({"url": "https://acme.io/?a=b"}, "url", r"no \?"),
        ({"url": "https://acme.io:port"}, "url", "not a URL"),
        ({"url": 7}, "url", "text"),
        ({"credentials": {"email": "a@b.c"}}, "credentials.token", "missing"),
        ({"credentials": {"email": "a@b.c", "token": "  "}}, "credentials.token", "empty"),
        ({"credentials": {"token": "t"}}, "credentials.email", "Cloud"),
        ({"credentials": {**CREDENTIALS, "pasword": "x"}}, "credentials.pasword", "not known"),
        ({"credentials": "token"}, "credentials", "mapping"),
        ({"scope": {"jql": "labels = x"}}, "scope.project", "missing"),
        ({"scope": {"project": ["ENG"]}}, "scope.project", "text"),
        ({"scope": {"project": "ENG", "jql": "labels = x order  BY rank"}}, "scope.jql", "ORDER BY"),
        ({"webhook": {"url": "http://sync.acme.io", "secret": "s"}}, "webhook.url", "https"),
        ({"webhook": {"url": "https://sync.acme.io"}}, "webhook.secret", "missing"),
        ({"webhook": {"url": "https://sync.acme.io", "secret": ["a", 7]}}, "webhook.secret", "texts"),
        ({"webhook": {"url": "https://a.io", "secret": "s", "reinstall": "yes"}}, "webhook.reinstall", "true or false"),
        ({"project": "ENG"}, "project", "not known"),
    ],
)
def test_a_problem_is_named_at_its_key(change: Mapping[str, Any], key: str, words: str) -> None:
    found = problems({**GOOD, **change})
    assert set(found) == {key}
    assert re.search(words, found[key])


def test_all_problems_are_named_at_once() -> None:
    assert set(problems({"url": "http://acme.io", "credentials": {}, "scope": {"jql": "x"}, "sope": 1})) == {
        "url",
        "credentials.token",
        "scope.project",
        "sope",
    }


def test_the_words_order_by_may_be_quoted() -> None:
    section = {**GOOD, "scope": {"project": "ENG", "jql": "summary ~ 'please order by phone'"}}
    assert isinstance(parse(section, Place()), JiraSettings)


@pytest.mark.parametrize(
    ("host", "here"),
    [("localhost", True), ("127.0.0.1", True), ("127.9.9.9", True), ("::1", True), ("10.0.0.1", False), (None, False)],
)
def test_what_is_loopback(host: str | None, here: bool) -> None:
    assert loopback(host) is here


def test_secrets_are_known_and_never_shown() -> None:
    found = parse(GOOD, Place())
    assert isinstance(found, JiraSettings)
    assert set(found.secrets) == {"secret-token", "new", "old"}
    assert not any(secret in repr(found) for secret in ("secret-token", "'new'", "'old'"))


def test_naming_the_plugin_imports_no_client() -> None:
    code = "import sys, pmsync_jira; pmsync_jira.plugin.capabilities; print({'jira', 'requests'} & set(sys.modules))"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "set()"
