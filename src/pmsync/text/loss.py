"""What a translation could not say, gathered on the way and told in one short phrase."""


class Losses:
    """Collects phrases such as "a mention". Each is told once, and the order is always the same."""

    def __init__(self) -> None:
        self._met: set[str] = set()

    def add(self, what: str) -> None:
        self._met.add(what)

    def __bool__(self) -> bool:
        return bool(self._met)

    def __str__(self) -> str:
        *most, last = sorted(self._met) or ("",)
        return f"{', '.join(most)} and {last}" if most else last
