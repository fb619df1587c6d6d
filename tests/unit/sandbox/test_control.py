"""The control routes, over HTTP."""

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.unit.sandbox.conftest import Lab


def test_requests_are_counted_by_route_and_writes_apart(lab: "Lab") -> None:
    lab.ask("POST", "/notes", "a")
    lab.ask("GET", "/notes")
    lab.ask("GET", "/notes")
    lab.ask("POST", "/search", {})
    assert lab.log() == {"total": 4, "writes": 1, "by_route": {"GET /notes": 2, "POST /notes": 1, "POST /search": 1}}


def test_control_routes_are_neither_counted_nor_faulty(lab: "Lab") -> None:
    lab.faults("500", "reset", "garbage")
    for _ in range(5):
        assert lab.log() == {"total": 0, "writes": 0, "by_route": {}}
        assert lab.ask("GET", "/_sandbox")[0] == 404


def test_requests_that_a_fault_struck_are_counted(lab: "Lab") -> None:
    lab.faults("429")
    lab.ask("POST", "/notes", "a")
    assert lab.log()["total"] == lab.log()["writes"] == 1


def test_reset_begins_again_and_takes_faults_and_log_with_it(lab: "Lab") -> None:
    lab.ask("POST", "/notes", "a")
    lab.faults("500")
    assert lab.ask("POST", "/_sandbox/reset", {"seed": "demo"}) == (200, {"ok": True})
    assert lab.log()["total"] == 0
    assert lab.ask("GET", "/notes") == (200, ["first"])
    assert lab.ask("POST", "/_sandbox/reset") == (200, {"ok": True})
    assert lab.ask("GET", "/_sandbox/state") == (200, {"notes": []})


@pytest.mark.parametrize(
    ("route", "body"),
    [
        ("reset", {"seed": "other"}),
        ("reset", b"{"),
        ("reset", []),
        ("faults", b"not json"),
        ("faults", "429"),
        ("faults", {"kinds": ["gremlins"]}),
        ("faults", {"kinds": "429"}),
        ("faults", {"rate": 1.5}),
        ("faults", {"rate": -0.1}),
        ("faults", {"rate": "often"}),
        ("faults", {"rate": None}),
        ("faults", b'{"rate": NaN}'),
        ("faults", {"seed": "x"}),
        ("faults", {"hold": -1}),
    ],
)
def test_a_bad_order_is_refused_and_changes_nothing(lab: "Lab", route: str, body: Any) -> None:
    lab.ask("POST", "/notes", "a")
    status, said = lab.ask("POST", f"/_sandbox/{route}", body)
    assert status == 400
    assert said["error"]
    assert lab.ask("GET", "/notes") == (200, ["a"])


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/_sandbox/reset"), ("POST", "/_sandbox/state"), ("GET", "/_sandbox/x")]
)
def test_an_unknown_control_route_says_which_there_are(lab: "Lab", method: str, path: str) -> None:
    status, said = lab.ask(method, path)
    assert status == 404
    assert "POST /reset" in said["error"]


def test_a_path_that_only_begins_like_control_is_the_tools(lab: "Lab") -> None:
    assert lab.ask("GET", "/_sandboxes") == (404, {"error": "nothing here"})
    assert lab.log()["total"] == 1
