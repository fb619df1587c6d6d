"""Where webhooks arrive, and what every receiver of them relies on: signatures compared, and any bytes read."""

import hashlib
import hmac
import json
import re

import pytest
from depth import trying
from hypothesis import given
from hypothesis import strategies as st

from pmsync.connector.receiving import formed, parsed, signed, within
from pmsync.connector.webhooks import address, leads_to


def _sign(secret: bytes) -> str:
    return hmac.new(secret, b"body", hashlib.sha256).hexdigest()


def test_each_connection_has_an_address_of_its_own_and_each_token_too() -> None:
    base = "https://sync.acme.io"
    assert address(base, "engineering") == "https://sync.acme.io/webhooks/engineering"
    assert address(f"{base}/", "two words/…") == "https://sync.acme.io/webhooks/two%20words%2F%E2%80%A6"
    assert address(base, "delivery", "a&b") == "https://sync.acme.io/webhooks/delivery?hook=a%26b"


@pytest.mark.parametrize("token", ["", "t0ken"])
def test_an_address_is_known_with_whatever_token_and_no_other_is(token: str) -> None:
    base = "https://sync.acme.io/pm"
    assert leads_to(address(base, "delivery", token), base, "delivery")
    for other in ("https://sync.acme.io", "https://sync.acme.io.evil.io/pm", "http://sync.acme.io/pm"):
        assert not leads_to(address(other, "delivery", token), base, "delivery")
    assert not leads_to(address(base, "delivery2", token), base, "delivery")
    assert not leads_to("", base, "delivery")


def test_any_of_several_secrets_signs_and_an_empty_one_never_does() -> None:
    for secrets in (["new"], ["new", "old"], ["old", "new", ""]):
        assert signed(_sign(b"new"), secrets, _sign)
    assert not signed(_sign(b"other"), ["new", "old"], _sign)
    assert not signed(_sign(b""), ["", "new"], _sign)
    assert not signed(_sign(b""), [], _sign)


def test_every_secret_is_tried_though_the_first_one_fits() -> None:
    tried = []

    def sign(secret: bytes) -> str:
        tried.append(secret)
        return _sign(secret)

    assert signed(_sign(b"a"), ["a", "b", "c"], sign)
    assert tried == [b"a", b"b", b"c"]


@trying(100)
@given(st.text(st.characters(), max_size=80))
def test_a_signature_may_be_any_text(text: str) -> None:
    assert signed(text, ["secret"], _sign) == (text == _sign(b"secret"))


@trying(100)
@given(st.binary(max_size=200) | st.text().map(str.encode))
def test_any_bytes_are_read_or_are_not_an_object(body: bytes) -> None:
    assert parsed(body) is None or isinstance(parsed(body), dict)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        b'{"a": 1',
        b"\xff\xfe{}",
        '{"a": "ä"}'.encode("latin-1"),
        '{"a": 1}'.encode("utf-16"),
        b"\xef\xbb\xbf{}",
        b'{"a":' * 200_000,
        b"[" * 500_000,
        b'{"a": ' + b"9" * 100_000 + b"}",
    ],
)
def test_what_is_no_object_in_utf_8_is_none(body: bytes) -> None:
    assert parsed(body) is None


def test_a_path_leads_through_objects_only() -> None:
    document = parsed(json.dumps({"a": {"b": {"c": "x"}}, "l": [1]}).encode())
    assert within(document, "a", "b", "c") == "x"
    for path in (["a", "x"], ["l", "0"], ["a", "b", "c", "d"], ["z"]):
        assert within(document, *path) is None
    assert within(None, "a") is None


def test_an_id_is_text_and_of_its_form_to_the_end() -> None:
    form = re.compile(r"[0-9]{1,19}")
    assert formed("10001", form) == "10001"
    for value in ("10001\n", "1/../2", "", "9" * 20, "١٢", 10001, None, ["1"]):
        assert formed(value, form) == ""
