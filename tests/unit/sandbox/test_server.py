"""The server itself: connections, bodies, ports."""

import json
import os
import socket
import threading
from typing import TYPE_CHECKING

import pytest

from pmsync.sandbox.app import Sandbox
from pmsync.sandbox.registry import build, names
from pmsync.sandbox.server import Running, Served
from pmsync.testing.clock import VirtualClock

if TYPE_CHECKING:
    from tests.unit.sandbox.conftest import Lab


def test_a_connection_is_kept_open_between_requests(lab: "Lab") -> None:
    connection = lab.connect()
    connection.connect()
    first = connection.sock
    for _ in range(3):
        connection.request("POST", "/notes", b'"a"', {"Content-Type": "application/json"})
        connection.getresponse().read()
    connection.request("POST", "/_sandbox/nothing", b"a body that nobody reads")
    assert connection.getresponse().read()
    connection.request("GET", "/notes")
    assert json.loads(connection.getresponse().read()) == ["a"] * 3
    assert connection.sock is first
    connection.close()


def test_a_client_that_wants_its_connection_closed_gets_that(lab: "Lab") -> None:
    with socket.create_connection(("127.0.0.1", lab.port), timeout=10) as raw:
        raw.sendall(b"GET /notes HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        received = b""
        while piece := raw.recv(10_000):
            received += piece
    assert received.startswith(b"HTTP/1.1 200 ")
    assert received.endswith(b"[]")


def test_head_answers_the_head_alone(lab: "Lab") -> None:
    connection = lab.connect()
    for _ in range(2):
        connection.request("HEAD", "/notes")
        response = connection.getresponse()
        assert (response.status, response.headers["Content-Length"], response.read()) == (200, "2", b"")
    connection.close()


def test_big_and_chunked_bodies_arrive_whole(lab: "Lab") -> None:
    big = json.dumps("x" * 5_000_000).encode()
    assert lab.ask("POST", "/notes", big)[0] == 200
    connection = lab.connect()
    pieces = iter([b'"in ', b"pie", b'ces"'])
    connection.request("POST", "/notes", pieces, {"Content-Type": "application/json"}, encode_chunked=True)
    assert connection.getresponse().read()
    connection.close()
    assert [len(note) for note in lab.notebook.notes] == [5_000_000, 9]


def test_a_client_may_ask_before_it_sends_its_body(lab: "Lab") -> None:
    with socket.create_connection(("127.0.0.1", lab.port), timeout=10) as raw:
        raw.sendall(b"POST /search HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n")
        assert raw.recv(1000).startswith(b"HTTP/1.1 100 Continue")
        raw.sendall(b"{}")
        assert raw.recv(1000).startswith(b"HTTP/1.1 200 ")


def test_a_mistake_in_an_emulator_is_an_error_to_the_caller_and_told(
    lab: "Lab", capfd: pytest.CaptureFixture[str]
) -> None:
    connection = lab.connect()
    connection.request("GET", "/crash")
    response = connection.getresponse()
    assert response.status == 500
    response.read()
    connection.close()
    assert lab.ask("GET", "/notes")[0] == 200
    assert "a mistake in the emulator" in capfd.readouterr().err


def test_many_requests_at_once_are_all_counted(lab: "Lab") -> None:
    def work() -> None:
        connection = lab.connect()
        for _ in range(50):
            connection.request("POST", "/notes", b"1", {"Content-Type": "application/json"})
            connection.getresponse().read()
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(lab.notebook.notes) == lab.log()["writes"] == 200


def test_closing_cuts_what_clients_keep_open(lab: "Lab") -> None:
    connection = lab.connect()
    connection.request("GET", "/notes")
    connection.getresponse().read()
    lab.served.close()
    assert connection.sock.recv(1) == b""
    connection.close()


def test_a_taken_port_is_an_os_error(lab: "Lab") -> None:
    clock = VirtualClock()
    with pytest.raises(OSError, match="in use"):
        Served(Sandbox(lab.notebook, clock=clock.now, sleep=clock.sleep), lab.port)


def free_ports(count: int) -> int:
    """The first of some ports in a row that are free just now.

    Below those that the system gives to outgoing connections, and other ones in each process that looks.
    """
    for first in range(20_000 + os.getpid() % 300 * 40, 32_700, 37):
        try:
            for port in range(first, first + count):
                socket.create_server(("127.0.0.1", port)).close()
        except OSError:
            continue
        return first
    raise AssertionError("no free ports")


def test_all_tools_run_on_ports_in_a_row_in_alphabetical_order() -> None:
    first = free_ports(3)
    with Running(first, seed="demo") as running:
        assert list(running.bases) == ["asana", "jira", "trello"]
        assert list(running.bases.values()) == [f"http://127.0.0.1:{first + place}" for place in range(3)]
        with pytest.raises(OSError, match="in use"):
            Running(first - 1)
    with Running(first) as running:
        assert list(running.sandboxes) == ["asana", "jira", "trello"]


def test_an_unknown_seed_is_refused_and_leaves_no_port_taken() -> None:
    first = free_ports(3)
    with pytest.raises(ValueError, match="nothing"):
        Running(first, seed="nothing")
    socket.create_server(("127.0.0.1", first)).close()


def test_nothing_listens_but_on_loopback() -> None:
    with Running(0) as running:
        assert all(base.startswith("http://127.0.0.1:") for base in running.bases.values())
        port = int(running.bases["jira"].rpartition(":")[2])
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.2", port), timeout=5)


def test_emulators_are_found_by_name() -> None:
    assert names() == ("asana", "jira", "trello")
    clock = VirtualClock()
    assert build("trello", clock.now, {}).name == "trello"
    with pytest.raises(KeyError, match="basecamp"):
        build("basecamp", clock.now, {})
