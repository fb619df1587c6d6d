"""What the entry point names. The vendor's client is imported when a connection is opened, not before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pmsync.connector.api import Connector, Opening, Place, Settings, Where
from pmsync.connector.webhooks import Receiver
from pmsync.errors import Problem
from pmsync.model.capabilities import Capabilities
from pmsync.model.fields import Json
from pmsync_trello.capabilities import CAPABILITIES
from pmsync_trello.settings import CREDENTIALS, TrelloSettings, parse


@dataclass(frozen=True, slots=True)
class TrelloPlugin:
    """Satisfies `pmsync.connector.api.Plugin`, whose docstrings hold here."""

    name: str = "trello"
    title: str = "Trello"
    default_mapping: str = "trello-kanban"
    place_key: str = "board"

    @property
    def capabilities(self) -> Capabilities:
        return CAPABILITIES

    @property
    def credentials(self) -> Mapping[str, str]:
        return CREDENTIALS

    def parse(self, section: Mapping[str, Json], where: Where) -> Settings | tuple[Problem, ...]:
        return parse(section, where)

    def open(self, settings: Settings, opening: Opening) -> Connector:
        from pmsync_trello.connector import TrelloConnector
        from pmsync_trello.text import MarkdownDialect

        return TrelloConnector(_ours(settings), opening, MarkdownDialect())

    def receiver(self, settings: Settings) -> Receiver | None:
        from pmsync_trello.webhook import TrelloReceiver

        webhook = _ours(settings).webhook
        return TrelloReceiver(webhook.secrets) if webhook else None

    def places(self, settings: Settings, opening: Opening) -> Sequence[Place]:
        from pmsync_trello.connector import places

        return places(_ours(settings), opening)


def _ours(settings: Settings) -> TrelloSettings:
    if not isinstance(settings, TrelloSettings):
        raise TypeError("these are not the settings that this connector parsed")
    return settings


plugin = TrelloPlugin()
