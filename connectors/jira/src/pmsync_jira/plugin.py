"""What the entry point `jira` names. Importing it imports neither the vendor's client nor anything that sends."""

from collections.abc import Mapping, Sequence
from typing import cast

from pmsync.connector.api import Connector, Opening, Place, Plugin, Settings, Where
from pmsync.connector.webhooks import Receiver
from pmsync.errors import ConfigError, Problem
from pmsync.model.capabilities import Capabilities
from pmsync.model.fields import Json
from pmsync_jira import settings as config
from pmsync_jira.capabilities import CAPABILITIES


class JiraPlugin:
    """Satisfies `pmsync.connector.api.Plugin`."""

    name = "jira"
    title = "Jira"
    default_mapping = "jira-software"
    place_key = "project"

    @property
    def capabilities(self) -> Capabilities:
        """What Jira can do."""
        return CAPABILITIES

    @property
    def credentials(self) -> Mapping[str, str]:
        """What to ask a person for."""
        return config.CREDENTIALS

    def parse(self, section: Mapping[str, Json], where: Where) -> Settings | tuple[Problem, ...]:
        """Read the connection's section, or name all its problems."""
        return config.parse(section, where)

    def open(self, settings: Settings, opening: Opening) -> Connector:
        """Open a connection. Raises ConfigError where the scope names no project."""
        from pmsync_jira.connector import JiraConnector

        wanted = cast("config.JiraSettings", settings)
        if not wanted.project:
            raise ConfigError(f"connections.{opening.connection}.scope.project is missing")
        return JiraConnector(wanted, opening)

    def receiver(self, settings: Settings) -> Receiver | None:
        """What reads the deliveries of its webhooks."""
        from pmsync_jira.webhook import JiraReceiver

        webhook = cast("config.JiraSettings", settings).webhook
        return JiraReceiver(webhook.secret) if webhook else None

    def places(self, settings: Settings, opening: Opening) -> Sequence[Place]:
        """The projects that these credentials can see."""
        from pmsync_jira.connector import JiraConnector

        connector = JiraConnector(cast("config.JiraSettings", settings), opening)
        try:
            return connector.places()
        finally:
            connector.close()


plugin: Plugin = JiraPlugin()
