"""What every receiver of webhooks holds, whatever comes: forged, cut off, garbled, nested without end.

    class TestReceiver(ReceiverContract): ...

says how its tool signs, and what it sends. It needs no rig: a receiver asks nobody.
"""

# ruff: noqa: S101 - a contract is made of assertions

import json
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pmsync.connector.webhooks import Delivery, Forged, Handshake, Incoming, Received, Unreadable

_QUICKLY = settings(
    max_examples=40,
    deadline=None,
    print_blob=True,
    # One test for several tools: what failed for one of them must not be tried on another, so nothing is remembered.
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.differing_executors],
)

SECRET = "a secret, ünd a löng one: 7f3c"  # noqa: S105 - a test's
"""What signs in these tests."""

_ID = re.compile(r"[0-9A-Za-z]{1,24}")
_ENDLESS = 1_000_000
_BROKEN: Mapping[str, Callable[[bytes], bytes]] = {
    "cut off": lambda body: body[:-2],
    "nothing but opening": lambda body: b'{"a":[' * (_ENDLESS // 6),
    "nested in a place that is read": lambda body: body.replace(b":", b":" + b"[" * _ENDLESS, 1),
    "a number without end": lambda body: b'{"id": ' + b"9" * _ENDLESS + b"}",
    "another charset": lambda body: body.decode().encode("utf-16"),
    "bytes of no charset": lambda body: body.replace(b'"', b'"\xff\xfe', 1),
    "no object": lambda body: b"[" + body + b"]",
    "text alone": lambda body: json.dumps(body.decode()).encode(),
}


class ReceiverContract:
    """Subclass it, and give it these."""

    samples: Sequence[bytes]
    """Bodies as the tool sends them, each with an item in it."""
    words: Sequence[str]
    """The keys and values that the receiver looks for."""

    def receive(self, incoming: Incoming, *secrets: str) -> Received:
        """Have it read by a receiver with which these secrets count."""
        raise NotImplementedError

    def delivered(self, body: bytes, secret: str = SECRET) -> Incoming:
        """The request by which the tool delivers that body, signed."""
        raise NotImplementedError

    def test_what_the_tool_sends_names_items(self) -> None:
        for body in self.samples:
            told = self.receive(self.delivered(body), SECRET)
            assert isinstance(told, Delivery), told
            assert told.items, body

    def test_while_a_secret_is_replaced_both_count_and_afterwards_only_the_new_one(self) -> None:
        old, new = (self.delivered(self.samples[0], secret) for secret in ("old", "new"))
        for incoming in (old, new):
            assert isinstance(self.receive(incoming, "new", "old"), Delivery)
        assert isinstance(self.receive(new, "new"), Delivery)
        assert isinstance(self.receive(old, "new"), Forged)

    def test_without_a_secret_that_counts_everything_is_forged(self) -> None:
        for secret, known in (("other", (SECRET,)), ("", (SECRET,)), ("", ("",)), ("", ()), (SECRET, ())):
            assert isinstance(self.receive(self.delivered(self.samples[0], secret), *known), Forged)

    def test_it_is_forged_without_its_headers_or_by_another_method(self) -> None:
        incoming = self.delivered(self.samples[0])
        assert isinstance(self.receive(replace(incoming, headers={}), SECRET), Forged)
        for method in ("GET", "PUT", "DELETE", "PATCH", "OPTIONS", "", "post"):
            assert isinstance(self.receive(replace(incoming, method=method), SECRET), Forged)

    @_QUICKLY
    @given(data=st.data())
    def test_one_byte_changed_added_or_missing_makes_it_forged(self, data: st.DataObject) -> None:
        body = data.draw(st.sampled_from(list(self.samples)))
        place = data.draw(st.integers(0, len(body) - 1))
        others = [
            body[:place] + body[place + 1 :],
            body + b" ",
            body[:place] + bytes([body[place] ^ 1]) + body[place + 1 :],
        ]
        for other in others:
            assert isinstance(self.receive(replace(self.delivered(body), body=other), SECRET), Forged)

    @_QUICKLY
    @given(text=st.text(st.characters(), max_size=100), body=st.binary(max_size=60))
    def test_a_signature_may_be_any_text_and_is_forged(self, text: str, body: bytes) -> None:
        incoming = self.delivered(body)
        headers = dict.fromkeys(incoming.headers, text)
        assert isinstance(self.receive(replace(incoming, headers=headers), SECRET), Forged)

    @_QUICKLY
    @given(body=st.binary(max_size=300) | st.text(max_size=100).map(str.encode))
    def test_any_bytes_are_read_to_an_end(self, body: bytes) -> None:
        self._read(body)

    @_QUICKLY
    @given(data=st.data())
    def test_any_document_is_read_to_an_end_whatever_stands_where_something_else_should(
        self, data: st.DataObject
    ) -> None:
        words = st.sampled_from(list(self.words))
        leaves = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | words
        documents = st.recursive(
            leaves, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(words, inner, max_size=5), max_leaves=12
        )
        self._read(json.dumps(data.draw(documents)).encode())

    @_QUICKLY
    @given(data=st.data())
    def test_an_id_that_could_lead_elsewhere_in_an_address_is_none(self, data: st.DataObject) -> None:
        body = data.draw(st.sampled_from(list(self.samples)))
        bad = data.draw(
            st.sampled_from(["../1", "1/..", "1?a=b", "1#", "%2e", "1\r\nA: b", "", " 1", "1" * 99, "٣", "1\n"])
        )
        told = self.receive(self.delivered(_with_ids(body, bad)), SECRET)
        assert not isinstance(told, Delivery) or (not told.items and told.elsewhere)

    @pytest.mark.parametrize("kind", list(_BROKEN))
    def test_what_is_broken_is_forged_or_unreadable_and_soon_known_to_be(self, kind: str) -> None:
        body = _BROKEN[kind](self.samples[0])
        incoming = self.delivered(body)
        begun = time.process_time()
        told = self.receive(incoming, SECRET)
        spent = time.process_time() - begun
        assert isinstance(told, Unreadable), told
        assert isinstance(self.receive(incoming, "other"), Forged)
        assert spent < 1.0

    def _read(self, body: bytes) -> None:
        """Receive it signed and unsigned, and hold what is told against the contract."""
        incoming = self.delivered(body)
        told = self.receive(incoming, SECRET)
        assert isinstance(told, Delivery | Unreadable), told
        if isinstance(told, Delivery):
            assert all(_ID.fullmatch(one) for one in told.items), told
        else:
            assert SECRET not in told.reason
        forged = self.receive(replace(incoming, headers={}), SECRET)
        assert isinstance(forged, Forged)
        assert not isinstance(forged, Handshake)


def _with_ids(body: bytes, other: str) -> bytes:
    """The same document with another value for all that are ids of something."""

    def changed(document: object) -> object:
        if isinstance(document, list):
            return [changed(one) for one in document]
        if isinstance(document, dict):
            return {key: other if _is_id(key, value) else changed(value) for key, value in document.items()}
        return document

    return json.dumps(changed(json.loads(body))).encode()


def _is_id(key: str, value: object) -> bool:
    return key in ("id", "gid", "issueId") and isinstance(value, str)
