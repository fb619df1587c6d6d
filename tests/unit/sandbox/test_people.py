"""Who signs in with which token."""

import pytest

from pmsync.sandbox.people import PEOPLE, persona


@pytest.mark.parametrize("name", sorted(PEOPLE))
def test_members_sign_in_by_their_name(name: str) -> None:
    found = persona(f"sandbox-{name}")
    assert found is PEOPLE[name]
    assert found.email == f"{name}@example.com"


def test_other_names_are_strangers() -> None:
    found = persona("sandbox-mallory")
    assert found is not None
    assert not found.known


@pytest.mark.parametrize("token", ["", "sandbox-", "ada", "Sandbox-ada"])
def test_other_tokens_sign_nobody_in(token: str) -> None:
    assert persona(token) is None
