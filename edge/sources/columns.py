"""How one cell of a recorded table becomes one value: unit, scale, sign, or a tag's number in hex."""

import math
from collections.abc import Callable, Mapping

import msgspec

Cell = float | int | str | None
Convert = Callable[[Mapping[str, str]], Cell]
"""From a table's row, by column name, to the value; None where there is none."""


class Column(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where a value comes from. Either `column` or `value` is given."""

    column: str = ""
    value: float | int | str | None = None
    """The same for every row, for what the table does not say."""
    scale: float = 1
    """value = cell * scale + offset; so 0.2778 makes km/h metres a second."""
    offset: float = 0
    unit: str = ""
    """UCUM, such as Cel, bar, mm/s; told to the server once."""
    text: bool = False
    """Take the cell as text, as it stands."""
    hex_digits: int = 0
    """Take the cell as a whole number and write it in hex with so many digits, behind `prefix`."""
    prefix: str = ""

    def convert(self) -> Convert:
        """The function that does it."""
        if not self.column:
            return lambda _: self.value
        if self.hex_digits:
            return self._hex
        return self._text if self.text else self._number

    def _text(self, row: Mapping[str, str]) -> Cell:
        return self.prefix + row[self.column].strip() or None

    def _hex(self, row: Mapping[str, str]) -> Cell:
        cell = row[self.column].strip()
        return f"{self.prefix}{int(cell):0{self.hex_digits}X}" if cell.isdecimal() else None

    def _number(self, row: Mapping[str, str]) -> Cell:
        try:
            number = float(row[self.column])
        except ValueError:
            return None
        scaled = number * self.scale + self.offset
        return scaled if math.isfinite(scaled) else None
