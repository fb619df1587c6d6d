"""The service, as real processes on both databases: what happens in one tool is in the others at once, whoever dies."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from postgres import server
from serving import Serving
from trio import CONNECTIONS

pytestmark = pytest.mark.timeout(600)


@pytest.fixture(params=["sqlite", "postgresql"])
def serving(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Serving]:
    state = server().create() if request.param == "postgresql" else ""
    with Serving(tmp_path, state) as made:
        yield made
    if state:
        server().drop(state)


@pytest.fixture
def fleet(tmp_path: Path) -> Iterator[Serving]:
    state = server().create()
    with Serving(tmp_path, state) as made:
        yield made
    server().drop(state)


def test_what_happens_in_any_tool_is_in_the_others_without_a_pass(serving: Serving) -> None:
    trio = serving.trio
    process = serving.serve()
    found = serving.run("webhooks", "install")
    assert [one["done"] for one in found["webhooks"]] == ["installed"] * 3
    assert serving.run("webhooks", "install")["webhooks"][0]["done"] == "kept", "a second one is not made"
    assert not [one for one in serving.run("check")["findings"] if "webhook" in one["message"]]

    card = trio.trello.create("Pay by card")
    serving.until(lambda: serving.everywhere("Pay by card"), "a new card is in all tools")
    trio.trello.rename(card, "Pay by phone")
    serving.until(lambda: serving.everywhere("Pay by phone"), "an edit in Trello")
    trio.jira.move(trio.find("jira", "Pay by phone"), "In Progress")
    serving.until(lambda: trio.item("trello", "Pay by phone").place == "Doing", "a step in Jira")
    trio.asana.rename(trio.find("asana", "Pay by phone"), "Pay by watch")
    serving.until(lambda: serving.everywhere("Pay by watch"), "an edit in Asana")

    serving.until(serving.idle, "nothing waits")
    serving.verify()
    assert serving.stop(process) == 0
    assert [one["done"] for one in serving.run("webhooks", "remove")["webhooks"]] == ["removed"] * 3
    told = [one for one in serving.run("check")["findings"] if "webhook" in one["message"]]
    assert [one["connection"] for one in told] == ["product", "engineering", "delivery"]
    assert {one["remedy"] for one in told} == {"run `pmsync webhooks install`"}


def test_a_service_killed_in_the_middle_goes_on_where_it_was(serving: Serving) -> None:
    trio = serving.trio
    process = serving.serve()
    serving.install()
    cards = [trio.trello.create(f"Item {number}") for number in range(6)]
    serving.until(lambda: len(trio.titles("jira")) >= 2, "it is at work")
    serving.kill(process)
    for number, card in enumerate(cards):
        trio.trello.rename(card, f"Renamed {number}")
    serving.serve()
    serving.until(lambda: serving.everywhere(*(f"Renamed {number}" for number in range(6))), "all is made good")
    serving.until(serving.idle, "nothing waits")
    serving.verify()


def test_doubled_and_reordered_deliveries_change_nothing_but_how_often_is_looked(tmp_path: Path) -> None:
    with Serving(tmp_path) as serving:
        trio = serving.trio
        serving.serve()
        serving.install()
        for tool in CONNECTIONS:
            serving.served.faults(tool, "duplicate-webhook", "reorder-webhook", rate=0.6, seed=3)
        cards = [trio.trello.create(f"Item {number}") for number in range(5)]
        serving.until(lambda: serving.everywhere(*(f"Item {number}" for number in range(5))), "all are made, each once")
        for number, card in enumerate(cards):
            trio.trello.rename(card, f"Once {number}")
            trio.jira.label(trio.find("jira", f"Item {number}"), "urgent")
        serving.until(lambda: serving.everywhere(*(f"Once {number}" for number in range(5))), "all are renamed")
        serving.until(lambda: all(one.labels == ("urgent",) for one in trio.shown("asana").values()), "and labelled")
        for tool in CONNECTIONS:
            serving.served.calm(tool)
        serving.until(serving.idle, "nothing waits")
        serving.verify()


def test_two_cannot_serve_one_state_in_a_file(tmp_path: Path) -> None:
    with Serving(tmp_path) as serving:
        serving.serve()
        second = serving.start("serve", "--port", "0")
        assert second.wait(90) == 6
        assert "Another `pmsync serve` is at work on this state" in serving.logs()
        worker = serving.start("worker")
        assert worker.wait(90) == 2
        assert "needs a state on PostgreSQL" in serving.logs()


def test_the_work_of_a_worker_that_was_killed_is_taken_over(fleet: Serving) -> None:
    trio = fleet.trio
    fleet.serve()
    workers = [fleet.start("worker") for _ in range(2)]
    fleet.install()
    cards = [trio.trello.create(f"Item {number}") for number in range(12)]
    fleet.until(lambda: len(trio.titles("jira")) >= 2, "they are at work")
    fleet.kill(workers[0])
    for number, card in enumerate(cards):
        trio.trello.rename(card, f"Renamed {number}")
    wanted = [f"Renamed {number}" for number in range(12)]
    fleet.until(lambda: fleet.everywhere(*wanted), "all is in step, each once")
    fleet.until(fleet.idle, "nothing waits")
    assert fleet.stop(workers[1]) == 0
    fleet.verify()


def test_a_pass_by_cron_runs_beside_the_service(tmp_path: Path) -> None:
    with Serving(tmp_path) as serving:
        trio = serving.trio
        serving.serve(by_shell=True)
        serving.install()
        trio.trello.create("Pay by card")
        for number in range(2):
            serving.run("sync")
            trio.jira.create(f"From Jira {number}")
        wanted = ["Pay by card", *(f"From Jira {number}" for number in range(2))]
        serving.until(lambda: serving.everywhere(*wanted), "all is in step")
        serving.until(serving.idle, "nothing waits")
        serving.verify()
