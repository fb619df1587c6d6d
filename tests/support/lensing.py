"""The laws of lenses, as tests ask for them."""

from pmsync.mapping.lens import Lens, Shown, Unmapped
from pmsync.model.fields import Json


def shows(lens: Lens, native: Json, value: Json) -> bool:
    """As the laws define it."""
    put = lens.put(value, native)
    return isinstance(put, Shown) and put.native == native


def check_laws(lens: Lens, native: Json, value: Json, current: Json) -> None:
    """Every law, for one native value, one schema value and one current one."""
    reading = lens.get(native, current)
    if isinstance(reading, Unmapped):
        return
    put = lens.put(value, native)
    if isinstance(put, Shown):
        assert shows(lens, put.native, value), "PutGet"
        assert put.native == native or not shows(lens, native, value), "GetPut"
    assert shows(lens, native, reading), "what is read is shown"
    if shows(lens, native, current):
        assert reading == current, "a reading that agrees changes nothing"


def check_set_laws(lens: Lens, native: Json, value: Json) -> None:
    """The laws for sets: what is read is no more than what is asked for, and no less than what can be shown."""
    put = lens.put(value, native)
    assert isinstance(put, Shown)
    assert shows(lens, put.native, value), "PutGet"
    reading = lens.get(native, value)
    assert not isinstance(reading, Unmapped)
    assert shows(lens, native, reading), "what is read is shown"
    if shows(lens, native, value):
        assert isinstance(reading, list)
        assert isinstance(value, list)
        assert set(map(str, reading)) <= set(map(str, value)), "nothing is read that was not asked for"
