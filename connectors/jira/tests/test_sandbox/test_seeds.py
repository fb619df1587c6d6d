"""What the sandbox starts with."""

from typing import TYPE_CHECKING

import pytest

from pmsync.sandbox.backlog import share
from pmsync_jira.sandbox import adf, build

if TYPE_CHECKING:
    from connectors.jira.tests.test_sandbox.conftest import Jira


def test_the_demo_has_its_share_of_the_backlog_with_a_past(cloud: "Jira") -> None:
    cloud.post("/_sandbox/reset", {"seed": "demo"}, user=None)
    issues = cloud.get("/_sandbox/state", user=None).json
    assert sorted(issue["fields"]["summary"] for issue in issues) == sorted(story.title for story in share("jira"))
    assert len({issue["fields"]["status"]["name"] for issue in issues}) >= 5
    now = cloud.get("/serverInfo").json["serverTime"]
    for issue in issues:
        fields = issue["fields"]
        assert fields["created"] <= fields["updated"] < now
        assert fields["description"] is None or adf.valid(fields["description"])
        assert not any(" " in label for label in fields["labels"])
        moves = [item for entry in issue["changelog"]["histories"] for item in entry["items"]]
        statuses = [item["toString"] for item in moves if item["field"] == "status"]
        assert (statuses[0] if statuses else "Backlog") == fields["status"]["name"]
        assert (fields["resolution"] is not None) == (fields["status"]["name"] == "Done")


def test_the_same_seed_at_the_same_time_is_the_same_site(cloud: "Jira", data_center: "Jira") -> None:
    def told() -> object:
        cloud.post("/_sandbox/reset", {"seed": "demo"}, user=None)
        return cloud.get("/_sandbox/state", user=None).json

    assert told() == told()
    data_center.post("/_sandbox/reset", {"seed": "demo"}, user=None)
    assert all(
        isinstance(issue["fields"]["description"], str | None)
        for issue in data_center.get("/_sandbox/state", user=None).json
    )


def test_unknown_seeds_and_products_are_refused(cloud: "Jira") -> None:
    assert cloud.post("/_sandbox/reset", {"seed": "full"}, user=None).status == 400
    with pytest.raises(ValueError, match="no Jira product"):
        build(cloud.clock.now, {"product": "server"})
