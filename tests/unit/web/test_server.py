"""Listening: where it can be, and until it is told to end, with what is under way finished first."""

import http.client
import os
import signal
import socket
import threading
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import forked
import pytest
from answering import LONG, Answering, barred_config, trello_body, trello_signature

from pmsync.config.settings import Serve
from pmsync.errors import ConfigError
from pmsync.web.server import run

CARD = "5f0c1a2b3d4e5f6071829301"

_PROCESS = """
import os, sys
from pathlib import Path
from pmsync.config import load
from pmsync.jobs.service import Service
from pmsync.web.metrics import Metrics
from pmsync.web import server
from pmsync.web.server import run
server._FINISH = 60
metrics = Metrics()
with Service(load(Path(sys.argv[1]), {}), done=metrics.done) as service:
    run(service, metrics, "127.0.0.1", 0, ready=lambda host, port: print(port, flush=True))
    print("returned", flush=True)
print("stopped", flush=True)
"""


def test_a_place_that_is_taken_is_said_so(serving: Answering) -> None:
    port = int(serving.base.rpartition(":")[2])
    with pytest.raises(ConfigError, match=rf"127\.0\.0\.1:{port} cannot be listened on.*Choose another --port"):
        run(serving.service, serving.metrics, "127.0.0.1", port)


def test_a_name_that_is_none_is_said_so(serving: Answering) -> None:
    with pytest.raises(ConfigError, match="is no address to listen on"):
        run(serving.service, serving.metrics, "no.such.host.invalid", 0)


def test_without_a_token_it_never_listens_where_others_reach_it(
    serving: Answering, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving.service, "config", replace(serving.config, serve=Serve()))
    with pytest.raises(ConfigError, match=r"serve\.admin_token"):
        run(serving.service, serving.metrics, "0.0.0.0", 0)


def test_what_does_not_send_a_request_is_hung_up_on(serving: Answering, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pmsync.web.server._ARRIVES", 0.2)
    for begun in (b"", b"POST /webhooks/product HT", b"POST /webhooks/product HTTP/1.1\r\nHost: localhost\r\n"):
        with serving.connect() as sock:
            sock.sendall(begun)
            with suppress(ConnectionResetError):
                assert sock.recv(1) == b""


def test_a_connection_that_is_used_is_kept(serving: Answering, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pmsync.web.server._ARRIVES", 1.0)
    host, _, port = serving.base.removeprefix("http://").rpartition(":")
    connection = http.client.HTTPConnection(host, int(port), timeout=LONG)
    used = set()
    until = time.monotonic() + 1.5
    while time.monotonic() < until:
        connection.request("GET", "/healthz")
        assert connection.getresponse().read() == b'{"status":"ok"}'
        used.add(id(connection.sock))
    connection.close()
    assert len(used) == 1


def test_a_signal_ends_it_once_what_is_under_way_is_answered(tmp_path: Path) -> None:
    barred_config(tmp_path, "http://127.0.0.1:9", syncs={})
    with forked.start_code(_PROCESS, str(tmp_path / "config.yaml")) as process:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        body = trello_body(CARD, "60a1b2c3d4e5f60718293a00")
        head = (
            f"POST /webhooks/product HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n"
            f"X-Trello-Webhook: {trello_signature(body)}\r\n\r\n"
        )
        with socket.create_connection(("127.0.0.1", port), LONG) as sock:
            sock.sendall(head.encode() + body[:-1])
            _answers(port)
            process.send_signal(signal.SIGTERM)
            _refuses(port)
            sock.sendall(body[-1:])
            assert sock.recv(12) == b"HTTP/1.1 200"
        assert process.stdout.read() == "returned\nstopped\n"
        assert process.wait(LONG) == 0


def _answers(port: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=LONG)
    connection.request("GET", "/healthz")
    assert connection.getresponse().status == 200
    connection.close()


def _refuses(port: int) -> None:
    """Wait until nobody listens any more."""
    until = time.monotonic() + LONG
    while time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), LONG).close()
        except ConnectionRefusedError:
            return
        threading.Event().wait(0.01)
    raise AssertionError(f"{os.getpid()}: {port} is still listened on")
