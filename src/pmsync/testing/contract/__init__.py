"""The tests that every connector passes. Subclass `ConnectorContract`, and give it a fixture `rig`:

    class TestContract(ConnectorContract):
        @pytest.fixture
        def rig(self) -> Iterator[Rig]:
            ...

What receives webhooks passes those of `ReceiverContract`.

Which tests apply is read from the connector's capabilities and its project's vocabulary, and from nothing else.
"""

import pytest

pytest.register_assert_rewrite(
    "pmsync.testing.contract.customizing",
    "pmsync.testing.contract.failing",
    "pmsync.testing.contract.fencing",
    "pmsync.testing.contract.hanging",
    "pmsync.testing.contract.linking",
    "pmsync.testing.contract.reading",
    "pmsync.testing.contract.receiving",
    "pmsync.testing.contract.samples",
    "pmsync.testing.contract.writing",
)

from pmsync.testing.contract.customizing import CustomFieldsContract  # noqa: E402 - pytest must know of the asserts
from pmsync.testing.contract.failing import FailingContract  # noqa: E402
from pmsync.testing.contract.fencing import FencingContract  # noqa: E402
from pmsync.testing.contract.hanging import PartsContract  # noqa: E402
from pmsync.testing.contract.linking import LinksContract  # noqa: E402
from pmsync.testing.contract.reading import ReadingContract  # noqa: E402
from pmsync.testing.contract.receiving import ReceiverContract  # noqa: E402
from pmsync.testing.contract.writing import WritingContract  # noqa: E402
from pmsync.testing.rig import Rig  # noqa: E402

__all__ = ["ConnectorContract", "ReceiverContract", "Rig"]


class ConnectorContract(
    ReadingContract,
    WritingContract,
    CustomFieldsContract,
    LinksContract,
    PartsContract,
    FailingContract,
    FencingContract,
):
    """Everything: reading, writing, custom fields, links between items, what hangs on them, what happens when the tool
    fails, how an old state shows."""
