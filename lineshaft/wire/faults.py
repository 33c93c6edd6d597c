"""Collects what is wrong with the rows of one message, so that the good ones are kept and the bad counted."""

from lineshaft.wire.rejected import Rejected


class Faults:
    """One `Rejected` a code: how many readings it cost, and the first case in words."""

    def __init__(self) -> None:
        self._found: dict[str, tuple[int, str]] = {}

    def add(self, code: str, detail: str, readings: int = 1) -> None:
        """Count readings that are set aside for a reason."""
        count, first = self._found.get(code, (0, detail[:300]))
        self._found[code] = (count + readings, first)

    def rejected(self) -> list[Rejected]:
        """What was found, in the order it was first met."""
        return [Rejected(code, detail, count) for code, (count, detail) in self._found.items()]
