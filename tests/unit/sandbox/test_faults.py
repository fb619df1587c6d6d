"""Faults, as a client meets them over HTTP."""

import http.client
import json
import random
import socket
from collections import Counter
from contextlib import nullcontext
from typing import TYPE_CHECKING

import pytest

from pmsync.sandbox.faults import Faults, Kind

if TYPE_CHECKING:
    from tests.unit.sandbox.conftest import Lab


def test_too_many_and_errors_are_the_tools_own_with_the_wait_that_was_asked_for(lab: "Lab") -> None:
    lab.faults("429", retry_after=7)
    connection = lab.connect()
    connection.request("GET", "/notes")
    response = connection.getresponse()
    assert (response.status, response.headers["Retry-After"]) == (429, "7")
    assert b"notebook says 429" in response.read()
    lab.faults("429", retry_after=None)
    connection.request("GET", "/notes")
    response = connection.getresponse()
    assert response.headers["Retry-After"] is None
    response.read()
    connection.close()
    lab.faults("500")
    assert lab.ask("GET", "/notes") == (500, {"error": "notebook says 500"})


def test_too_many_never_comes_after_the_effect(lab: "Lab") -> None:
    lab.faults("429")
    for _ in range(20):
        lab.ask("POST", "/notes", "a")
    assert lab.notebook.notes == []


@pytest.mark.parametrize("kind", ["500", "reset", "timeout"])
def test_some_faults_come_before_the_effect_and_some_after(lab: "Lab", kind: str) -> None:
    lab.faults(kind, hold=0.5)
    effects = Counter[bool]()
    for _ in range(20):
        before = len(lab.notebook.notes)
        try:
            lab.ask("POST", "/notes", "a")
        except (ConnectionError, http.client.HTTPException):
            assert kind != "500"
        effects[len(lab.notebook.notes) > before] += 1
    assert set(effects) == {False, True}


def test_a_reset_is_a_real_one(lab: "Lab") -> None:
    lab.faults("reset")
    with socket.create_connection(("127.0.0.1", lab.port), timeout=10) as raw:
        raw.sendall(b"GET /notes HTTP/1.1\r\nHost: x\r\n\r\n")
        with pytest.raises(ConnectionResetError):
            raw.recv(1000)


def test_a_timeout_holds_the_caller_and_then_drops(lab: "Lab") -> None:
    lab.faults("timeout", hold=3.5)
    with pytest.raises(ConnectionResetError):
        lab.ask("GET", "/notes")
    assert lab.clock.slept == [3.5]


def test_latency_passes_with_every_answer_and_outside_the_lock(lab: "Lab") -> None:
    lab.faults(rate=0.0, latency=0.25)
    lab.ask("GET", "/notes")
    lab.ask("GET", "/_sandbox/state")
    assert lab.clock.slept == [0.25]


def test_a_truncated_body_is_half_the_json_or_ends_before_its_announced_end(lab: "Lab") -> None:
    lab.notebook.notes = ["a long enough note"] * 10
    lab.faults("truncated")
    lengths = Counter[bool]()
    for _ in range(20):
        connection = lab.connect()
        connection.request("GET", "/notes")
        response = connection.getresponse()
        whole = len(json.dumps(lab.notebook.notes))
        cut_short = int(response.headers["Content-Length"]) == whole
        with pytest.raises(http.client.IncompleteRead) if cut_short else nullcontext():
            assert len(response.read()) == whole // 2
        lengths[cut_short] += 1
        connection.close()
    assert set(lengths) == {False, True}


def test_garbage_is_no_json(lab: "Lab") -> None:
    lab.faults("garbage")
    connection = lab.connect()
    connection.request("POST", "/notes", b'"a"', {"Content-Type": "application/json"})
    response = connection.getresponse()
    assert response.status == 200
    assert response.read().startswith(b"<html>")
    connection.close()
    assert lab.notebook.notes == ["a"]


def test_the_same_seed_brings_the_same_faults(lab: "Lab") -> None:
    def outcomes() -> list[int]:
        lab.faults("429", "500", rate=0.5, seed=7)
        return [lab.ask("GET", "/notes")[0] for _ in range(30)]

    assert outcomes() == outcomes()
    assert set(outcomes()) == {200, 429, 500}


def test_the_rate_is_kept() -> None:
    seed = random.randrange(1_000_000)
    faults = Faults.of({"rate": 0.1, "kinds": ["429", "lag"], "seed": seed})
    struck = sum(faults.strike() is not None for _ in range(10_000))
    assert 850 < struck < 1150, f"seed {seed}"


def test_webhook_faults_and_lag_never_strike_a_request() -> None:
    faults = Faults.of({"rate": 1, "kinds": ["duplicate-webhook", "reorder-webhook", "lag"]})
    assert all(faults.strike() is None for _ in range(100))
    assert faults.happens(Kind.LAG)
    assert not Faults.of({"rate": 1, "kinds": ["429"]}).happens(Kind.LAG)
    assert not Faults().happens(Kind.LAG)
