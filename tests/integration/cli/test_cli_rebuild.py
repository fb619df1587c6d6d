"""`rebuild` from outside: it shows, asks, writes the state and nothing else; a second state is stopped until it ran."""

from commands import Desk, writes
from users import TrelloUser


def test_a_lost_state_is_shown_and_agreed_to_before_it_is_written(desk: Desk, ada: TrelloUser) -> None:
    ada.create("Pay by card")
    assert desk.run("sync").code == 0
    for path in desk.folder.glob("pmsync*"):
        path.unlink()
    before = writes(desk.bases)

    declined = desk.run("rebuild", typed="n\n")
    unanswered = desk.run("rebuild", typed="")
    shown = desk.run("rebuild", "--json")

    assert (declined.code, unanswered.code, shown.code) == (0, 2, 0)
    assert "Nothing was written." in declined.out
    assert "Takes over from instance" in declined.out
    assert (shown.document["done"], shown.document["items"]) == (False, 1)
    assert desk.run("board", "--json").document["items"] == []

    done = desk.run("rebuild", "--yes", "--json")

    assert (done.code, done.document["done"]) == (0, True)
    assert done.document["linked"] == {"product": 1, "engineering": 1, "delivery": 1}
    assert writes(desk.bases) == before
    assert desk.run("plan", "--exit-code").code == 0
    assert desk.run("sync", "--json").document["writes"] == 0
    assert desk.run("verify").code == 0


def test_a_second_state_stops_with_the_guard_s_code_until_it_takes_over(desk: Desk, ada: TrelloUser) -> None:
    ada.create("Pay by card")
    assert desk.run("sync").code == 0
    desk.environ["PMSYNC_STATE"] = f"sqlite:///{desk.folder / 'second.db'}"
    ada.create("Pay by phone")
    before = writes(desk.bases)

    stopped = desk.run("sync", "--json")

    assert (stopped.code, stopped.document["status"]) == (4, "stopped")
    assert "pmsync rebuild" in stopped.document["errors"][0]["message"]
    assert writes(desk.bases) == before
    assert desk.run("rebuild", "--yes").code == 0
    assert desk.run("sync", "--json").document["created"] == 2
    assert desk.run("verify").code == 0
    del desk.environ["PMSYNC_STATE"]
    ada.create("Pay by watch")
    assert desk.run("sync").code == 4
