"""Files: told with their issues, sent and read without ever being held whole, and nobody gets our credentials."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING, Any, ClassVar

import pytest
from werkzeug.wrappers import Response

from pmsync.connector.api import Connector
from pmsync.connector.files import Form
from pmsync.connector.parts import Content, Parts
from pmsync.errors import AuthError, FatalError, RejectedError, StaleError, TransientError, UnknownOutcomeError
from pmsync.model.native import Ref
from pmsync.model.part import PartKind

if TYPE_CHECKING:
    from connectors.jira.tests.conftest import Lab

BLOCK = 64 * 1024


def of(connector: Connector) -> Parts:
    parts = connector.parts
    assert parts is not None
    return parts


def ref(id_: str) -> Ref:
    return Ref(id_, f"ENG-{int(id_) - 9999}", "")


def content(data: bytes, name: str = "notes.txt", *, size: int | None = -1, kind: str = "text/plain") -> Content:
    blocks = (data[start : start + 1000] for start in range(0, len(data), 1000))
    return Content(name, kind, len(data) if size == -1 else size, blocks)


def test_files_are_told_with_their_size_and_place(lab: "Lab") -> None:
    issue = lab.user("ada").create("With a file")
    file = lab.attach(issue, "a b.txt", b"words")
    (part,) = of(lab.connect()).read([issue])[issue]
    path = (
        f"/rest/api/3/attachment/content/{file}" if lab.product == "cloud" else f"/secure/attachment/{file}/a%20b.txt"
    )
    value = {"name": "a b.txt", "url": f"{lab.url}{path}", "size": 5, "type": "text/plain"}
    assert (part.kind, part.id, part.value, part.author_name) == (
        PartKind.ATTACHMENT,
        file,
        value,
        "Ada Lovelace",
    )


@pytest.mark.parametrize("size", [-1, None])
def test_a_file_makes_the_round_trip(lab: "Lab", size: int | None) -> None:
    issue = lab.user("ada").create("With a file")
    parts = of(lab.connect())
    data = bytes(range(256)) * 50
    made = parts.upload(ref(issue), content(data, 'größe: "1/2".bin', size=size, kind="application/x-thing"))
    assert made.value["name"] == "größe_ _1_2_.bin"
    assert (made.value["size"], made.value["type"]) == (len(data), "application/x-thing")
    assert parts.read([issue])[issue] == (made,)
    with parts.download(made) as got:
        assert (got.name, got.type, got.size) == (made.value["name"], made.value["type"], len(data))
        assert b"".join(got.blocks) == data
    for _ in range(2):
        parts.remove(ref(issue), PartKind.ATTACHMENT, made.id)
    assert parts.read([issue])[issue] == ()
    with pytest.raises(StaleError), parts.download(made):
        pass


def test_an_empty_file_is_a_file(cloud: "Lab") -> None:
    issue = cloud.user("ada").create("With a file")
    made = of(cloud.connect()).upload(ref(issue), content(b""))
    assert made.value["size"] == 0


def test_where_jira_leads_for_a_file_our_credentials_do_not_go(
    cloud_over_http: "Lab", monkeypatch: pytest.MonkeyPatch
) -> None:
    """A Jira that redirects though it was asked not to; its media host refuses who shows credentials."""
    lab = cloud_over_http
    issue = lab.user("ada").create("With a file")
    parts = of(lab.connect())
    made = parts.upload(ref(issue), content(b"words"))
    usual = lab.emulator.handle
    seen: list[Any] = []

    def redirecting(request: Any) -> Any:
        if "/attachment/content/" in request.path:
            environ = {**request.environ, "QUERY_STRING": ""}
            return usual(type(request)(environ))
        if request.path.startswith("/secure/media/"):
            seen.append((request.host.partition(":")[0], request.headers.get("Authorization"), request.cookies))
        return usual(request)

    monkeypatch.setattr(lab.emulator, "handle", redirecting)
    with parts.download(made) as got:
        assert b"".join(got.blocks) == b"words"
    assert seen == [("localhost", None, {})]


class Media(BaseHTTPRequestHandler):
    """A media host that sends the second half of a file once the first has been read."""

    first_read = threading.Event()
    asked: ClassVar[list[str | None]] = []

    def do_GET(self) -> None:
        self.asked.append(self.headers["Authorization"])
        self.send_response(200)
        self.send_header("Content-Length", str(2 * BLOCK))
        self.end_headers()
        self.wfile.write(b"a" * BLOCK)
        self.wfile.flush()
        self.first_read.wait(10)
        self.wfile.write(b"b" * BLOCK)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is the library's
        """Nothing."""


def test_a_file_is_passed_on_while_it_comes(cloud_over_http: "Lab", monkeypatch: pytest.MonkeyPatch) -> None:
    lab = cloud_over_http
    issue = lab.user("ada").create("With a file")
    parts = of(lab.connect())
    made = parts.upload(ref(issue), content(b"a" * BLOCK + b"b" * BLOCK))
    server = HTTPServer(("127.0.0.1", 0), Media)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    place = f"http://127.0.0.1:{server.server_port}/big"
    usual = lab.emulator.handle

    def elsewhere(request: Any) -> Any:
        if "/attachment/content/" in request.path:
            return Response(status=303, headers={"Location": place})
        return usual(request)

    monkeypatch.setattr(lab.emulator, "handle", elsewhere)
    with parts.download(made) as got:
        assert next(got.blocks) == b"a" * BLOCK
        Media.first_read.set()
        assert b"".join(got.blocks) == b"b" * BLOCK
    server.shutdown()
    server.server_close()
    assert Media.asked == [None]


def test_a_file_at_an_address_that_is_not_safe_is_not_fetched(cloud: "Lab", monkeypatch: pytest.MonkeyPatch) -> None:
    issue = cloud.user("ada").create("With a file")
    parts = of(cloud.connect())
    made = parts.upload(ref(issue), content(b"words"))
    usual = cloud.emulator.handle

    def elsewhere(request: Any) -> Any:
        if "/attachment/content/" in request.path:
            return Response(status=303, headers={"Location": "http://media.example.com/1"})
        return usual(request)

    monkeypatch.setattr(cloud.emulator, "handle", elsewhere)
    with pytest.raises(FatalError, match="https"), parts.download(made):
        pass


def test_a_file_behind_a_sign_in_page_is_no_file(data_center: "Lab") -> None:
    issue = data_center.user("ada").create("With a file")
    parts = of(data_center.connect())
    made = parts.upload(ref(issue), content(b"words"))
    data_center.emulator.revoke("pmsync")
    with pytest.raises(AuthError), parts.download(made):
        pass


@pytest.mark.parametrize("kind", ["500", "reset", "truncated"])
def test_a_file_that_does_not_come_whole_is_told_so(cloud: "Lab", kind: str) -> None:
    issue = cloud.user("ada").create("With a file")
    parts = of(cloud.connect())
    made = parts.upload(ref(issue), content(b"words" * 100))
    cloud.faults(kind)
    with pytest.raises(TransientError), parts.download(made) as got:
        b"".join(got.blocks)


@pytest.mark.parametrize("kind", ["500", "reset", "garbage"])
def test_a_file_of_unknown_outcome_is_not_sent_again(cloud: "Lab", kind: str) -> None:
    issue = cloud.user("ada").create("With a file")
    parts = of(cloud.connect())
    parts.read([issue])
    cloud.asked()
    cloud.faults(kind)
    with pytest.raises(UnknownOutcomeError):
        parts.upload(ref(issue), content(b"words"))
    cloud.faults()
    assert cloud.asked() == {"POST issue/{issueIdOrKey}/attachments": 1}


def test_a_file_that_is_too_large_is_rejected_and_the_limit_is_asked_once(cloud: "Lab") -> None:
    issue = cloud.user("ada").create("With a file")
    connector = cloud.connect()
    limit = of(connector).limits.attachment
    assert limit == 10 * 1024 * 1024
    cloud.asked()
    assert of(cloud.connect(memo=connector.memo())).limits.attachment == limit
    assert cloud.asked() == {}
    with pytest.raises(RejectedError, match="maximum size"):
        of(connector).upload(ref(issue), content(b"x" * (limit + 1)))


def test_what_reading_the_source_raises_is_raised_and_nothing_is_made(cloud_over_http: "Lab") -> None:
    issue = cloud_over_http.user("ada").create("With a file")
    parts = of(cloud_over_http.connect())

    def breaking() -> Iterator[bytes]:
        yield b"first"
        raise TransientError("Trello went away")

    with pytest.raises(TransientError, match="Trello went away"):
        parts.upload(ref(issue), Content("notes.txt", "text/plain", 500, breaking()))
    assert parts.read([issue])[issue] == ()


def test_a_file_of_another_length_than_told_is_rejected(cloud_over_http: "Lab") -> None:
    issue = cloud_over_http.user("ada").create("With a file")
    parts = of(cloud_over_http.connect())
    with pytest.raises(RejectedError, match="5 bytes"):
        parts.upload(ref(issue), content(b"words", size=9))
    assert parts.read([issue])[issue] == ()


def test_a_form_holds_no_more_than_a_block() -> None:
    taken: list[int] = []

    def blocks() -> Iterator[bytes]:
        for number in range(1000):
            taken.append(number)
            yield b"x" * 1024

    form = Form(Content("big.bin", "", 1_024_000, blocks()), "big.bin")
    length = 0
    for sent, block in enumerate(form):
        length += len(block)
        assert len(taken) <= sent + 1
    assert length == len(form)
