"""One open connection to a Jira: the parts put together, behind the connector's contract."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from pmsync.connector import crew
from pmsync.connector.api import Account, Created, Fetched, Inspection, Opening, Page, Place, Updated
from pmsync.connector.pacing import Clock
from pmsync.connector.parts import Parts
from pmsync.connector.webhooks import Webhooks
from pmsync.model.capabilities import Capabilities
from pmsync.model.fence import Fence
from pmsync.model.fields import Field, Json
from pmsync.model.finding import Finding
from pmsync.model.native import Draft, Marker, Native, Ref
from pmsync.model.vocabulary import Vocabulary
from pmsync.text.dialect import Dialect
from pmsync_jira import text
from pmsync_jira.brought import Brought
from pmsync_jira.capabilities import CAPABILITIES
from pmsync_jira.checking import Checking
from pmsync_jira.client import Client
from pmsync_jira.cloud import CloudIssues
from pmsync_jira.convert import Conversion
from pmsync_jira.creating import Creating
from pmsync_jira.datacenter import DataCenterIssues
from pmsync_jira.fencing import Fencing
from pmsync_jira.files import Files
from pmsync_jira.gathering import Gathering
from pmsync_jira.issues import Issues, Search
from pmsync_jira.linking import Linking
from pmsync_jira.memory import recall
from pmsync_jira.names import Names
from pmsync_jira.parts import JiraParts
from pmsync_jira.reading import Reading
from pmsync_jira.registering import JiraWebhooks
from pmsync_jira.settings import JiraSettings
from pmsync_jira.site import Site
from pmsync_jira.surveying import Surveying
from pmsync_jira.updating import Updating
from pmsync_jira.walking import Walker


class JiraConnector:
    """Satisfies `pmsync.connector.api.Connector`; that is where its methods are described."""

    def __init__(self, settings: JiraSettings, opening: Opening) -> None:
        self._memory = recall(opening.memo, settings.url, settings.project, cloud=bool(settings.email))
        self._client = Client(
            settings,
            self._memory,
            connection=opening.connection,
            clock=opening.clock,
            patience=opening.patience,
            instance=opening.instance,
            budget=opening.budget,
        )
        self._pool = crew.pool(CAPABILITIES.concurrency, f"jira-{opening.connection}")
        self._settings = settings
        self._site = Site(settings, self._client, self._memory)
        self._linking = Linking(self._client, self._memory)
        self._names = Names(settings, self._client, self._site, self._memory, self._linking, opening.custom)
        self._fencing = Fencing(self._client, self._memory, self._names.project)
        self._checking = Checking(settings, self._client, self._site, self._memory, self._names)
        self._brought = Brought(opening.clock)
        self._reading = Reading(
            settings,
            self._client,
            self._site,
            self._memory,
            issues=self._issues,
            conversion=self._conversion,
            brought=self._brought,
            overlap=opening.overlap,
        )
        self._walker = Walker(
            self._client, self._memory, issues=self._issues, defaults=opening.defaults, text=self._document
        )
        self._surveying = Surveying(self._site, self._memory, self._names, self._walker, issues=self._issues)
        self._updating = Updating(self._client, self._memory, self._walker, self._conversion, self._linking)
        self._creating = Creating(
            self._client,
            self._memory,
            self._names,
            self._walker,
            pool=self._pool,
            issues=self._issues,
            conversion=self._conversion,
            native=self._reading.native,
            defaults=opening.defaults,
            text=self._document,
        )
        self._parts = self._hung(opening.clock)

    def _hung(self, clock: Clock) -> JiraParts:
        gathering = Gathering(
            self._client,
            self._memory,
            pool=self._pool,
            issues=self._issues,
            conversion=self._conversion,
            brought=self._brought,
            canary=self._reading.canary,
        )
        return JiraParts(
            self._client,
            gathering,
            Files(self._client, self._memory),
            project=self._names.project,
            conversion=self._conversion,
            ready=self._site.ready,
            clock=clock,
        )

    @property
    def capabilities(self) -> Capabilities:
        """What Jira can do. A search of Data Center tells no properties, and so no markers."""
        return CAPABILITIES if self._memory.cloud else replace(CAPABILITIES, lists_markers=False)

    @property
    def dialect(self) -> Dialect:
        """ADF on Cloud, wiki markup on Data Center; which of them it is, is known once Jira was asked something."""
        return text.AdfDialect() if self._memory.cloud else text.WikiDialect()

    @property
    def parts(self) -> Parts:
        """Comments, files, and addresses as web links."""
        return self._parts

    @property
    def webhooks(self) -> Webhooks | None:
        """The project's webhook, for accounts that administer Jira."""
        webhook = self._settings.webhook
        if webhook is None:
            return None
        return JiraWebhooks(self._client, self._site, self._names.project, webhook, self._client.connection)

    def check(self) -> Account:
        """Who we are, and what is amiss."""
        return self._checking.check()

    def survey(self) -> Sequence[Finding]:
        """Which statuses the workflow lets issues reach."""
        self._site.ready()
        return self._surveying.survey()

    def vocabulary(self) -> Vocabulary:
        """The project's names."""
        self._site.ready()
        return self._names.vocabulary()

    def places(self) -> list[Place]:
        """The projects that these credentials can see."""
        self._site.ready()
        return list(self._names.places())

    def changes(self, cursor: Json, *, deep: bool = False) -> Iterator[Page]:
        """What changed since the cursor, or everything."""
        return self._reading.changes(cursor, deep=deep)

    def fetch(self, ids: Sequence[str]) -> Fetched:
        """Issues by id."""
        return self._reading.fetch(ids)

    def locate(self, reference: str) -> str | None:
        """The id behind a key, an id or a URL."""
        return self._reading.locate(reference)

    def find(self, markers: Collection[Marker], since: datetime) -> Mapping[str, Native]:
        """Issues that we created with these markers."""
        return self._reading.find(markers, since)

    def create(self, drafts: Sequence[Draft]) -> Sequence[Created]:
        """Create issues, each sent once."""
        self._site.ready()
        return self._creating.create(drafts)

    def update(self, ref: Ref, patch: Mapping[Field, Json], seen: Native) -> Updated:
        """Change an issue."""
        self._site.ready()
        self._brought.drop(ref.id)
        return self._updating.update(ref, patch, seen)

    def inspect(self, ref: Ref, since: datetime) -> Inspection:
        """An issue and its history."""
        return self._reading.inspect(ref, since)

    def archive(self, ref: Ref) -> None:
        """Archive an issue."""
        self._site.ready()
        self._updating.archive(ref)

    def restore(self, ref: Ref) -> None:
        """Take an issue out of the archive."""
        self._site.ready()
        self._updating.restore(ref)

    def delete(self, ref: Ref) -> None:
        """Delete an issue for good."""
        self._site.ready()
        self._updating.delete(ref)

    def read_fence(self, sync: str) -> Fence | None:
        """The fence in the project's property."""
        self._site.ready()
        return self._fencing.read(sync)

    def write_fence(self, fence: Fence) -> bool:
        """Put it there."""
        self._site.ready()
        return self._fencing.write(fence)

    def memo(self) -> Json:
        """What was learned, for the next opening."""
        return self._memory.to_json()

    def requests(self) -> int:
        """How many requests were sent."""
        return self._client.sent()

    def close(self) -> None:
        """Give threads and connections back."""
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._client.close()

    # --- made when needed, since they depend on the product and the project ---------------------------------------

    def _issues(self) -> Issues:
        self._site.ready()
        search = Search(self._client, self._site, self._memory)
        project, custom = self._names.project(), self._names.custom()
        if self._memory.cloud:
            return CloudIssues(self._client, search, self._pool, project, custom)
        return DataCenterIssues(self._client, search, self._pool, project, custom)

    def _conversion(self) -> Conversion:
        self._site.ready()
        return Conversion(
            site=self._settings.url,
            project=self._names.project().id,
            cloud=self._memory.cloud,
            dialect=self.dialect,
            custom=self._names.custom(),
        )

    def _document(self, markdown: str) -> Json:
        return self.dialect.write(markdown).document
