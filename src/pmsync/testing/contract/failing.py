"""What every connector does when its tool fails."""

# ruff: noqa: S101 - a contract is made of assertions

import traceback
from collections.abc import Callable

import pytest

from pmsync.connector.api import Connector
from pmsync.errors import FatalError, PmsyncError, TransientError, UnknownOutcomeError
from pmsync.model.fields import Field
from pmsync.testing.contract.samples import Samples, read
from pmsync.testing.rig import FAULTS, Rig


class FailingContract:
    """Every error by its remedy, no write twice, no secret told."""

    @pytest.mark.parametrize("kind", FAULTS)
    def test_a_read_that_keeps_failing_raises_and_works_again_once_mended(self, rig: Rig, kind: str) -> None:
        native = Samples(rig.connect()).make()
        reads: list[Callable[[Connector], object]] = [
            lambda connector: connector.check(),
            lambda connector: connector.vocabulary(),
            read,
            lambda connector: connector.fetch([native.ref.id]),
            lambda connector: connector.inspect(native.ref, native.created_at),
        ]
        for one in reads:
            connector = rig.connect()
            rig.faults(kind)
            with pytest.raises((TransientError, FatalError)) as caught:
                one(connector)
            _tells_no_secret(caught.value, rig)
            assert not isinstance(caught.value, UnknownOutcomeError), "a read has no outcome to be unsure of"
            rig.faults()
            rig.clock.sleep(120.0)
            one(connector)

    @pytest.mark.parametrize("seed", range(3))
    def test_a_reading_is_complete_though_requests_fail_now_and_then(self, rig: Rig, seed: int) -> None:
        connector = rig.connect()
        samples = Samples(connector)
        made = samples.made(connector.create([samples.draft() for _ in range(30)]))
        rig.faults(*FAULTS, rate=0.2, seed=seed)
        found, last = read(connector)
        rig.faults()
        assert found.keys() == {native.ref.id for native in made}
        assert last.whole

    @pytest.mark.parametrize("kind", FAULTS)
    @pytest.mark.parametrize("seed", range(4))
    def test_a_create_is_never_sent_twice(self, rig: Rig, kind: str, seed: int) -> None:
        connector = rig.connect()
        samples = Samples(connector)
        samples.make("So that it knows what it needs")
        since = rig.clock.now()
        draft = samples.draft("Once")
        before = rig.requests()["writes"]
        rig.faults(kind, seed=seed)
        try:
            (created,) = connector.create([draft])
            error = created.error
        except PmsyncError as raised:
            error = raised
        rig.faults()
        assert rig.requests()["writes"] - before <= 1
        rig.clock.sleep(120.0 + connector.capabilities.find_lag)
        everything, _ = read(connector)
        made = [native for native in everything.values() if native.fields[Field.TITLE] == "Once"]
        found = connector.find([draft.marker], since)
        assert [native.ref.id for native in found.values()] == [native.ref.id for native in made]
        assert len(made) <= 1
        if error is None:
            assert made
        else:
            assert isinstance(error, TransientError)
            assert not made or isinstance(error, UnknownOutcomeError), "the error says that nothing was made"
            _tells_no_secret(error, rig)

    @pytest.mark.parametrize("kind", FAULTS)
    @pytest.mark.parametrize("seed", range(2))
    def test_a_failed_update_took_effect_or_did_not(self, rig: Rig, kind: str, seed: int) -> None:
        connector = rig.connect()
        samples = Samples(connector)
        native = samples.make("Before")
        rig.faults(kind, seed=seed)
        error: TransientError | None = None
        try:
            connector.update(native.ref, {Field.TITLE: "After"}, native)
        except TransientError as raised:
            error = raised
            _tells_no_secret(error, rig)
        rig.faults()
        rig.clock.sleep(120.0)
        title = samples.now(native.ref.id).fields[Field.TITLE]
        sure_not = error is not None and not isinstance(error, UnknownOutcomeError)
        assert title in (("Before",) if sure_not else ("After",) if error is None else ("Before", "After"))


def _tells_no_secret(error: BaseException, rig: Rig) -> None:
    told = "".join(traceback.format_exception(error)) + repr(error) + repr(error.__dict__)
    assert not [secret for secret in rig.secrets if secret in told]
