"""What the entry point names. Importing it loads neither the vendor's client nor anything that needs it."""

from collections.abc import Mapping, Sequence

from pmsync.connector.api import Connector, Opening, Place, Settings, Where
from pmsync.connector.webhooks import Receiver
from pmsync.errors import Problem
from pmsync.model.capabilities import Capabilities
from pmsync.model.fields import Json
from pmsync_asana.capabilities import CAPABILITIES
from pmsync_asana.settings import CREDENTIALS, AsanaSettings, parse


class AsanaPlugin:
    """The Asana connector, not yet opened."""

    name = "asana"
    title = "Asana"
    default_mapping = "asana-sections"
    place_key = "project"

    @property
    def capabilities(self) -> Capabilities:
        """What Asana can do."""
        return CAPABILITIES

    @property
    def credentials(self) -> Mapping[str, str]:
        """A token."""
        return CREDENTIALS

    def parse(self, section: Mapping[str, Json], where: Where) -> Settings | tuple[Problem, ...]:
        """Read the connection's section of the config."""
        return parse(section, where)

    def open(self, settings: Settings, opening: Opening) -> Connector:
        """Open a connection. Sends nothing yet."""
        from pmsync_asana.connector import AsanaConnector

        return AsanaConnector(_own(settings), opening)

    def receiver(self, settings: Settings) -> Receiver | None:
        """What reads the deliveries of its webhooks. Nothing of the settings is needed: the secrets are Asana's own."""
        from pmsync_asana.webhook import AsanaReceiver

        return AsanaReceiver() if _own(settings).webhook else None

    def places(self, settings: Settings, opening: Opening) -> Sequence[Place]:
        """The projects that the token can see."""
        from pmsync_asana import project
        from pmsync_asana.client import Client

        client = Client(
            _own(settings),
            connection=opening.connection,
            clock=opening.clock,
            patience=opening.patience,
            instance=opening.instance,
        )
        try:
            return project.places(client, _own(settings))
        finally:
            client.close()


def _own(settings: Settings) -> AsanaSettings:
    if not isinstance(settings, AsanaSettings):
        raise TypeError(f"settings of another connector: {type(settings).__name__}")
    return settings
