"""The connector: the contract's methods, each handed to the part that does it."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime

from pmsync.connector import crew
from pmsync.connector.api import Account, Created, Fetched, Inspection, Opening, Page, Place, Updated
from pmsync.connector.webhooks import Webhooks
from pmsync.model.capabilities import Capabilities
from pmsync.model.fence import Fence
from pmsync.model.fields import Field, Json
from pmsync.model.finding import Finding
from pmsync.model.native import Draft, Marker, Native, Ref
from pmsync.model.vocabulary import Vocabulary
from pmsync.text.dialect import Dialect
from pmsync_trello import checking
from pmsync_trello.answers import GoneError
from pmsync_trello.calls import Calls
from pmsync_trello.capabilities import CAPABILITIES, THREADS
from pmsync_trello.check_calls import CheckCalls
from pmsync_trello.check_items import CheckItems
from pmsync_trello.checklists import CHECK_ITEM, split
from pmsync_trello.client import Client
from pmsync_trello.creating import Creator
from pmsync_trello.described import DescriptionDialect
from pmsync_trello.describing import Describer
from pmsync_trello.directory import Directory
from pmsync_trello.files import Files
from pmsync_trello.neighbours import Neighbours
from pmsync_trello.part_calls import PartCalls
from pmsync_trello.parts import TrelloParts
from pmsync_trello.reading import Reader
from pmsync_trello.registering import TrelloWebhooks
from pmsync_trello.settings import TrelloSettings
from pmsync_trello.updating import Update


class TrelloConnector:
    """One connection, open. Satisfies `pmsync.connector.api.Connector`, whose docstrings hold here."""

    def __init__(self, settings: TrelloSettings, opening: Opening, dialect: Dialect) -> None:
        self._settings = settings
        self._connection = opening.connection
        self._dialect = DescriptionDialect(dialect) if opening.in_text else dialect
        self._calls = Calls(settings, opening)
        self._client = Client(self._calls, settings.token)
        self._directory = Directory(self._client, settings.scope, opening)
        self._neighbours = Neighbours(self._client, opening.memo)
        self._reader = Reader(self._client, self._directory, self._neighbours, self._dialect, opening)
        check_calls = CheckCalls(self._calls)
        self._describer = Describer(check_calls)
        self._creator = Creator(
            self._client, self._directory, self._neighbours, self._describer, self._dialect, opening
        )
        self._check_items = CheckItems(check_calls, self._reader.fetch, opening.connection)
        self._parts = TrelloParts(
            self._client, PartCalls(self._calls), Files(self._calls, opening.connection), self._directory, dialect
        )
        self._threads = crew.pool(THREADS, f"trello-{opening.connection}")

    @property
    def capabilities(self) -> Capabilities:
        return CAPABILITIES

    @property
    def dialect(self) -> Dialect:
        return self._dialect

    @property
    def parts(self) -> TrelloParts:
        """Comments, which are actions of a card's, and attachments."""
        return self._parts

    @property
    def webhooks(self) -> Webhooks | None:
        webhook = self._settings.webhook
        return TrelloWebhooks(self._client, self._directory, webhook.url, self._connection) if webhook else None

    def check(self) -> Account:
        return checking.check(self._client, self._directory, self._settings)

    def survey(self) -> Sequence[Finding]:
        """Nothing: a card may be moved to any list."""
        return ()

    def vocabulary(self) -> Vocabulary:
        """Costs nothing right after `changes`, which reads it anyway."""
        return self._directory.renewed().vocabulary()

    def changes(self, cursor: Json, *, deep: bool = False) -> Iterator[Page]:
        """Whatever the cursor: all open cards, in one request for the board and one per 1,000 cards."""
        return self._reader.everything()

    def fetch(self, ids: Sequence[str]) -> Fetched:
        return self._reader.fetch(ids)

    def locate(self, reference: str) -> str | None:
        return self._reader.locate(reference)

    def find(self, markers: Collection[Marker], since: datetime) -> Mapping[str, Native]:
        return self._reader.find(markers, since)

    def create(self, drafts: Sequence[Draft]) -> Sequence[Created]:
        """Trello makes one card per call; several calls are under way at once. Lines of checklists come after."""
        lines = [draft for draft in drafts if draft.fields.get(Field.TYPE) == CHECK_ITEM]
        cards = [draft for draft in drafts if draft.fields.get(Field.TYPE) != CHECK_ITEM]
        made = iter(list(self._threads.map(self._creator.create, cards)))
        put = iter(self._check_items.create(lines) if lines else ())
        return [next(put if draft.fields.get(Field.TYPE) == CHECK_ITEM else made) for draft in drafts]

    def update(self, ref: Ref, patch: Mapping[Field, Json], seen: Native) -> Updated:
        if split(ref.id) is not None:
            return self._check_items.update(ref, patch, seen)
        one = Update(self._client, self._directory, self._neighbours, self._describer, self._dialect, ref, seen)
        return one.carry_out(patch)

    def inspect(self, ref: Ref, since: datetime) -> Inspection:
        return self._reader.inspect(ref, since)

    def archive(self, ref: Ref) -> None:
        if split(ref.id) is not None:
            self._check_items.archive(ref)
        self._client.update_card(ref.id, {"closed": True})

    def restore(self, ref: Ref) -> None:
        if split(ref.id) is None:
            self._client.update_card(ref.id, {"closed": False})

    def delete(self, ref: Ref) -> None:
        if split(ref.id) is not None:
            self._check_items.delete(ref)
            return
        with suppress(GoneError):
            self._client.delete_card(ref.id)

    def read_fence(self, sync: str) -> Fence | None:
        """None: nothing but a Power-Up can keep data on a board without people seeing it."""
        return None

    def write_fence(self, fence: Fence) -> bool:
        """Nowhere; see `read_fence`."""
        return False

    def memo(self) -> Json:
        board, cards = self._directory.memo(), self._neighbours.memo()
        return {**board, "cards": cards} if cards else board or None

    def requests(self) -> int:
        return self._calls.sent

    def close(self) -> None:
        self._threads.shutdown(wait=True, cancel_futures=True)
        self._calls.close()


def places(settings: TrelloSettings, opening: Opening) -> Sequence[Place]:
    """The account's open boards."""
    calls = Calls(settings, opening)
    try:
        boards = [board for board in Client(calls, settings.token).boards() if not board["closed"]]
    finally:
        calls.close()
    return [Place(id=one["id"], name=one["name"], key=one["shortLink"], url=one["url"]) for one in boards]
