"""All faults of a run besides the random kills. A table of rows goes in here, a row into its table."""

from itertools import chain, zip_longest
from random import Random

from chaos import crashes, damage, disk, outages, skew, wires
from chaos.fault import Fault

TABLES = (outages.FAULTS, crashes.FAULTS, damage.FAULTS, wires.FAULTS, disk.FAULTS, skew.FAULTS)


def mixed(rng: Random) -> list[Fault]:
    """All rows, one from each table in turn: no service is hit time after time.

    A table begins at another row each time, so that what a short run has no time for is not always the same;
    only the outages, whose figures are wanted, keep their order.
    """
    turned = [rows if rows is outages.FAULTS else turn(rows, rng.randrange(len(rows))) for rows in TABLES]
    return [fault for fault in chain.from_iterable(zip_longest(*turned)) if fault]


def turn(rows: tuple[Fault, ...], by: int) -> tuple[Fault, ...]:
    """The same rows, beginning with another one."""
    return rows[by:] + rows[:by]
