"""A config file becomes a config, or all its problems at once, each with file, line and key."""

import os
import re
from pathlib import Path

import pytest
from tests.unit.config.conftest import ENVIRON, RIGHT, Broken, Load

from pmsync.config import config_path, load, redacted, secrets
from pmsync.errors import ConfigError
from pmsync.model.fields import Field, Role
from pmsync.reconcile.guard import Limit
from pmsync.reconcile.policy import Policy, Rule
from pmsync.reconcile.state import Direction

ROOT = Path(__file__).parents[3]
CREATE = "create: {product: [engineering]}"
MEMBER = "engineering: {role: engineering}"


def test_a_right_config_has_every_default(loaded: Load, tmp_path: Path) -> None:
    config = loaded()
    assert config.state == f"sqlite:///{tmp_path}/pmsync.db"
    assert config.audit == tmp_path / "pmsync-audit.jsonl"
    assert config.zone.key == "UTC"
    assert (config.polling.every, config.polling.deep, config.polling.overlap) == (300, 86400, 600)
    assert config.connections["engineering"].mapping.connector == "jira"
    sync = config.syncs["roadmap"]
    assert sync.members["product"].role is Role.PRODUCT
    assert sync.create == {"product": ("engineering",)}
    assert (sync.limits.deletes, sync.limits.changes) == (Limit(5), Limit(50, percent=True))
    assert (sync.backfill, sync.on_delete.value) == (False, "unlink")


def test_attachments_that_are_off_are_off_at_every_member(loaded: Load) -> None:
    text = RIGHT.replace("    members:", "    attachments: off\n    members:", 1)
    (sync,) = loaded(text).syncs.values()
    assert {sync.attaching(name) for name in sync.members} == {None}


def test_every_setting_of_the_example_loads() -> None:
    text = (ROOT / "config.example.yaml").read_text(encoding="utf-8")
    names = re.findall(r"^[^#\n]*\$\{(\w+)\}", text, re.MULTILINE)
    config = load(ROOT / "config.example.yaml", {name: f"value-of-{name}" for name in names})
    sync = config.syncs["roadmap"]
    assert list(config.connections) == ["product", "engineering", "delivery"]
    assert config.zone.key == "Europe/Berlin"
    assert sync.policy(Field.STATUS) == Policy(Rule.OWNER, ("engineering",))
    assert sync.policy(Field.PRIORITY) == Policy(Rule.OWNER, ("product",))
    assert sync.direction("product", Field.ESTIMATE) is Direction.IN
    assert set(secrets(config)) >= {f"value-of-{name}" for name in names if name != "JIRA_EMAIL"}


@pytest.mark.parametrize(
    ("old", "new", "line", "key", "message"),
    [
        ("version: 1", "version: 2", 1, "version", "must be 1"),
        ("version: 1\n", "", 1, "version", "missing"),
        ("version: 1", "version: 1\ncolour: red", 2, "colour", "unknown key"),
        ("version: 1", "version: 1\nversion: 1", 2, "version", "given twice, first on line 1"),
        (
            "version: 1",
            "version: 1\nzone: Mars/Base",
            2,
            "zone",
            "no such time zone; it is a name such as Europe/Berlin",
        ),
        ("version: 1", "version: 1\nzone: ../etc", 2, "zone", "no such time zone; it is a name such as Europe/Berlin"),
        ("version: 1", "version: 1\nstate: mysql://x", 2, "state", "must begin with sqlite:/// or postgresql://"),
        ("version: 1", "version: 1\nstate: 'sqlite://'", 2, "state", "must name a file, as in sqlite:///pmsync.db"),
        (
            "version: 1",
            "version: 1\npolling: {every: 5}",
            2,
            "polling.every",
            "must be a duration with its unit, such as 90s, 5m, 24h or 1d",
        ),
        ("version: 1", "version: 1\npolling: {every: 0m}", 2, "polling.every", "must be longer than nothing"),
        ("version: 1", "version: 1\npolling: [5m]", 2, "polling", "must be a set of keys"),
        (
            "version: 1",
            "version: 1\npeople: {ada: {sales: x}}",
            2,
            "people.ada.sales",
            "no connection 'sales'; there are: product, engineering",
        ),
        ("version: 1", "version: 1\npeople: {a: {product: x}, b: {product: x}}", 2, "people.b.product", "is a already"),
        (
            "connector: trello",
            "connector: trelo",
            4,
            "connections.product.connector",
            "no connector 'trelo'; installed: asana, jira, trello",
        ),
        ("    connector: trello\n", "", 3, "connections.product.connector", "missing"),
        ("connector: trello", "connector: [trello]", 4, "connections.product.connector", "must be a valid string"),
        (
            "mapping: jira-software",
            "mapping: trello-kanban",
            14,
            "connections.engineering.mapping",
            "the mapping 'trello-kanban' is for trello, the connection is to jira",
        ),
        (
            f"      {MEMBER}\n    {CREATE}\n",
            "",
            17,
            "syncs.roadmap.members",
            "a sync has at least two members",
        ),
        (
            MEMBER,
            "engineering: {role: engineering}\n      product: {}",
            20,
            "syncs.roadmap.members.product",
            "given twice, first on line 18",
        ),
        (
            MEMBER,
            "engineering: {role: engineering}\n      sales: {}",
            20,
            "syncs.roadmap.members.sales",
            "no connection 'sales'; there are: product, engineering",
        ),
        (
            "role: engineering",
            "role: boss",
            19,
            "syncs.roadmap.members.engineering.role",
            "must be 'product', 'engineering' or 'delivery'",
        ),
        (
            "role: engineering",
            "direction: up",
            19,
            "syncs.roadmap.members.engineering.direction",
            "must be 'in', 'out' or 'both'",
        ),
        (
            CREATE,
            "create: {product: [delivery]}",
            20,
            "syncs.roadmap.create.product",
            "'delivery' is not a member of this sync",
        ),
        (
            CREATE,
            "create: {product: product}",
            20,
            "syncs.roadmap.create.product",
            "an item is not created where it comes from",
        ),
        (CREATE, "backfill: maybe", 20, "syncs.roadmap.backfill", "must be a valid boolean, unable to interpret input"),
        (CREATE, "on_delete: burn", 20, "syncs.roadmap.on_delete", "must be 'unlink', 'archive', 'delete' or 'ask'"),
        (
            CREATE,
            "limits: {changes: 101%}",
            20,
            "syncs.roadmap.limits.changes",
            "must be a number such as 5, or a percentage from 0% to 100%",
        ),
        (
            CREATE,
            "limits: {deletes: -1}",
            20,
            "syncs.roadmap.limits.deletes",
            "must be a number such as 5, or a percentage from 0% to 100%",
        ),
        (
            CREATE,
            "fields: {colour: {}}",
            20,
            "syncs.roadmap.fields.colour",
            "must be 'title', 'description', 'status', 'priority', 'type', 'assigne",
        ),
        (
            CREATE,
            "fields: {'custom:Team': {}}",
            20,
            "syncs.roadmap.fields.custom:Team",
            "no mapping of its members has it; there are: none",
        ),
        (
            CREATE,
            "fields: {title: {conflict: fight}}",
            20,
            "syncs.roadmap.fields.title.conflict",
            "must be owner, newest, merge, manual, or {prefer: a connection or a ro",
        ),
        (
            CREATE,
            "fields: {title: {conflict: 'prefer: sales'}}",
            20,
            "syncs.roadmap.fields.title.conflict",
            "'sales' is neither a member of this sync nor the role of one",
        ),
        (
            CREATE,
            "fields: {title: {owner: sales}}",
            20,
            "syncs.roadmap.fields.title.owner",
            "'sales' is neither a member of this sync nor the role of one",
        ),
        (
            CREATE,
            "fields: {title: {direction: {sales: in}}}",
            20,
            "syncs.roadmap.fields.title.direction.sales",
            "'sales' is not a member of this sync",
        ),
    ],
)
def test_one_mistake_is_one_problem_at_its_line_and_key(
    broken: Broken, tmp_path: Path, old: str, new: str, line: int, key: str, message: str
) -> None:
    (found,) = broken((old, new))
    assert (found.file, found.line, found.key) == (f"{tmp_path}/config.yaml", line, key)
    assert found.message.startswith(message)


def test_all_problems_are_told_at_once_in_the_order_of_the_lines(broken: Broken) -> None:
    found = broken(
        ("version: 1", "version: 3\ncolour: red"),
        ("connector: trello", "connector: linear"),
        ("role: product", "role: boss"),
        ("[engineering]", "[sales]"),
        environ={},
    )
    assert [problem.key for problem in found] == [
        "version",
        "colour",
        "connections.product.connector",
        "connections.engineering.credentials.token",
        "syncs.roadmap.members.product.role",
        "syncs.roadmap.create.product",
    ]
    assert [problem.line for problem in found] == sorted(problem.line for problem in found)


def test_a_missing_variable_is_named_and_not_told_a_second_time_as_an_empty_value(broken: Broken) -> None:
    found = broken(environ={})
    assert [problem.message for problem in found] == ["this environment variable is not set: JIRA_TOKEN"]
    assert (found[0].line, found[0].key) == (12, "connections.engineering.credentials.token")


def test_a_mapping_that_is_nowhere_names_those_that_there_are(broken: Broken) -> None:
    (found,) = broken(("mapping: jira-software", "mapping: jira-hardware"))
    assert found.key == "connections.engineering.mapping"
    assert "shipped: asana-sections, jira-software, trello-kanban" in found.message


def test_the_problems_of_a_mapping_are_placed_in_its_own_file(broken: Broken, tmp_path: Path) -> None:
    (tmp_path / "ours.yaml").write_text("connector: jira\nstatuses:\n  To Do: {status: To Do}\n  Done: x\ncolor: red\n")
    found = broken(("mapping: jira-software", "mapping: ours.yaml"))
    assert [(problem.file, problem.line, problem.key) for problem in found] == [
        (f"{tmp_path}/ours.yaml", 3, "statuses.To Do.category"),
        (f"{tmp_path}/ours.yaml", 4, "statuses.Done"),
        (f"{tmp_path}/ours.yaml", 5, "color"),
    ]


def test_a_mapping_that_breaks_a_law_is_refused_with_the_pair_that_breaks_it(broken: Broken, tmp_path: Path) -> None:
    lawless = """\
connector: jira
statuses:
  Done: {status: Done, category: DONE}
  DONE: {status: Cancelled, category: CANCELLED}
"""
    (tmp_path / "ours.yaml").write_text(lawless)
    (found,) = broken(("mapping: jira-software", "mapping: ./ours.yaml"))
    assert (found.line, found.key) == (4, "statuses.DONE")
    assert found.message == (
        "breaks a law (PutGet): 'Cancelled' put where 'Done' is shown becomes 'Done', which reads as 'Done'"
    )


def test_two_connections_to_one_board_cannot_share_items(broken: Broken) -> None:
    section = RIGHT[RIGHT.index("    connector: trello") : RIGHT.index("  engineering:")]
    found = broken(
        ("syncs:", f"  again:\n{section}syncs:"),
        ("engineering: {role: engineering}", "engineering: {}\n      again: {}"),
    )
    assert [problem.message for problem in found] == [
        "has the same tool and scope as 'product': a sync has each place once"
    ]


def test_no_problem_repeats_a_secret(broken: Broken) -> None:
    secret = "tr0ub4dor&3"
    found = broken(
        ("version: 1", f"version: 1\nstate: mysql://u:{secret}@h/d\nserve: {{admin_token: [{secret}]}}"),
        ("mapping: trello-kanban", "mapping: ${JIRA_TOKEN}"),
        ("sandbox-secret}", f"{secret}, colour: {secret}}}"),
        environ={"JIRA_TOKEN": secret},
    )
    assert found
    assert not [problem for problem in found if secret in str(problem)]


def test_the_config_printed_has_no_secret(loaded: Load) -> None:
    text = RIGHT.replace(
        "version: 1", "version: 1\nstate: postgresql://u:pa55word@h/d\nsecret_key: k3y-k3y\nserve: {admin_token: adm1n}"
    )
    config = loaded(text)
    shown = f"{config!r} {redacted(config)}"
    assert {"jira-secret-token", "sandbox-ada", "sandbox-secret", "pa55word", "k3y-k3y", "adm1n"} <= set(
        secrets(config)
    )
    assert not [secret for secret in secrets(config) if len(secret) > 7 and secret in shown]
    assert "pa55word" not in shown
    assert "k3y-k3y" not in shown


def test_paths_begin_at_the_config_file_wherever_the_command_is_run(
    loaded: Load, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    loaded()
    monkeypatch.chdir(elsewhere)
    config = load(Path(os.pardir) / "config.yaml", ENVIRON)
    assert Path(config.state.removeprefix("sqlite:///")).resolve() == (tmp_path / "pmsync.db").resolve()
    assert config.audit.resolve() == (tmp_path / "pmsync-audit.jsonl").resolve()


def test_the_environment_overrides_the_state(loaded: Load) -> None:
    environ = {**ENVIRON, "PMSYNC_STATE": "postgresql://host/db"}
    assert loaded(environ=environ).state == "postgresql://host/db"
    with pytest.raises(ConfigError, match="state: must begin with"):
        loaded(environ={**ENVIRON, "PMSYNC_STATE": "nowhere"})


def test_the_config_file_is_the_one_given_else_the_environments_else_the_one_at_hand() -> None:
    assert config_path("a.yaml", {"PMSYNC_CONFIG": "b.yaml"}) == Path("a.yaml")
    assert config_path(None, {"PMSYNC_CONFIG": "b.yaml"}) == Path("b.yaml")
    assert config_path(None, {}) == Path("config.yaml")


def test_a_config_that_is_not_there_or_no_config_is_a_config_error(tmp_path: Path, loaded: Load) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        load(tmp_path / "none.yaml", {})
    for text in ("", "- a", "just words", "a: [", "version: 1\n  connections: {}"):
        with pytest.raises(ConfigError):
            loaded(text)


def test_values_that_come_from_variables_are_read_as_if_they_stood_there(loaded: Load) -> None:
    text = RIGHT.replace("create:", "backfill: ${B}\n    limits: {deletes: '${N}', changes: '${P}'}\n    create:")
    sync = loaded(text, {**ENVIRON, "B": "true", "N": "7", "P": "20%"}).syncs["roadmap"]
    assert (sync.backfill, sync.limits.deletes, sync.limits.changes) == (True, Limit(7), Limit(20, percent=True))


def test_a_member_with_nothing_behind_it_takes_its_role_from_its_name(loaded: Load) -> None:
    sync = loaded(RIGHT.replace("product: {role: product}", "product:")).syncs["roadmap"]
    assert sync.members["product"].role is Role.PRODUCT


def test_policies_and_directions_name_connections(loaded: Load) -> None:
    fields = """\
    fields:
      status: {owner: product, conflict: newest}
      title: {conflict: "prefer: engineering"}
      due: {conflict: {prefer: engineering}, direction: {product: out}}
      labels: {conflict: manual}
"""
    sync = loaded(RIGHT.replace("product: {role: product}", "product: {role: product, direction: in}") + fields).syncs[
        "roadmap"
    ]
    assert sync.policy(Field.STATUS) == Policy(Rule.NEWEST, ("product",))
    assert sync.policy(Field.TITLE) == Policy(Rule.OWNER, ("engineering",))
    assert sync.policy(Field.DUE) == Policy(Rule.OWNER, ("engineering",))
    assert sync.policy(Field.LABELS) == Policy(Rule.MANUAL, ("product",))
    assert sync.policy(Field.DESCRIPTION) == Policy(Rule.MERGE, ("product",))
    assert sync.policy(Field.ESTIMATE) == Policy(Rule.OWNER, ("engineering",))
    assert sync.direction("product", Field.TITLE) is Direction.IN
    assert sync.direction("product", Field.DUE) is Direction.OUT
    assert sync.direction("engineering", Field.DUE) is Direction.BOTH
