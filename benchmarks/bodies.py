"""The bodies that are sent: columnar JSON of ten signals that wander like a machine's, made beforehand.

Only a message's time is written when it is made; what follows it is one of some hundred tails.
"""

from dataclasses import dataclass

import numpy as np

SIGNALS = ("temp", "vib", "current", "pressure", "flow", "speed", "load", "cycle_s", "temp_2", "vib_2")
MIDDLES = (60.0, 2.4, 31.0, 6.1, 118.0, 1480.0, 55.0, 12.5, 44.0, 1.7)
TAILS = 128
HEAD = b'{"v":1,"ts":%d'


@dataclass(frozen=True)
class Shape:
    """How readings lie in a message."""

    rows: int
    columns: int

    @property
    def readings(self) -> int:
        """In each message."""
        return self.rows * self.columns


def shape_of(per_message: int) -> Shape:
    """1: one value; else rows of all ten signals.

    >>> shape_of(1), shape_of(100)
    (Shape(rows=1, columns=1), Shape(rows=10, columns=10))
    """
    if per_message != 1 and (per_message < 1 or per_message % len(SIGNALS)):
        raise ValueError(f"{per_message} readings a message: write 1 or a multiple of {len(SIGNALS)}")
    return Shape(1, 1) if per_message == 1 else Shape(per_message // len(SIGNALS), len(SIGNALS))


def tails(shape: Shape, spacing_ms: int, seed: int = 7) -> list[bytes]:
    """What comes after the time: message k of an agent ends with tail `k % len(tails)`.

    A single reading is of each signal in turn.
    """
    rng = np.random.default_rng(seed)
    middles = np.array(MIDDLES)
    count = TAILS - TAILS % len(SIGNALS) if shape.columns == 1 else TAILS
    steps = rng.normal(scale=middles * 0.002, size=(count * shape.rows, len(SIGNALS)))
    values = np.round(middles + np.cumsum(steps, axis=0), 2).reshape(count, shape.rows, -1)
    return [_tail(shape, values[k], k, spacing_ms) for k in range(count)]


def _tail(shape: Shape, values: np.ndarray, k: int, spacing_ms: int) -> bytes:
    columns = [k % len(SIGNALS)] if shape.columns == 1 else list(range(len(SIGNALS)))
    names = ",".join(f'"{SIGNALS[column]}"' for column in columns)
    rows = ",".join(
        f"[{row * spacing_ms}," + ",".join(f"{values[row, column]:.2f}" for column in columns) + "]"
        for row in range(shape.rows)
    )
    return f',"n":[{names}],"r":[{rows}]}}'.encode()
