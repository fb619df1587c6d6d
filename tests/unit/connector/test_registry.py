"""Connectors are found by their entry points, and imported only when asked for."""

import subprocess
import sys

import pytest

from pmsync.connector.registry import names, plugin


def test_our_own_connectors_are_found_the_way_anyone_elses_are() -> None:
    assert {"asana", "jira", "trello"} <= set(names())
    assert list(names()) == sorted(names())


@pytest.mark.parametrize("name", ["asana", "jira", "trello"])
def test_a_plugin_goes_by_the_name_it_is_found_under(name: str) -> None:
    found = plugin(name)
    assert found.name == name
    assert found.title == name.capitalize()
    assert found.credentials
    assert plugin(name) is found


def test_an_unknown_name_is_answered_with_those_there_are() -> None:
    with pytest.raises(KeyError, match=r"no connector 'basecamp'; installed: asana, jira, trello"):
        plugin("basecamp")


def test_naming_them_imports_none_and_loading_one_not_its_vendors_client() -> None:
    script = """
import sys
from pmsync.connector.registry import names, plugin
for name in names():
    assert f"pmsync_{name}" not in sys.modules, name
for name in names():
    plugin(name)
assert not {"jira", "trello", "asana"} & sys.modules.keys(), sys.modules.keys()
"""
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60)
