"""All faults of a run besides the random kills. A table of rows goes in here, a row into its table."""

from itertools import chain, zip_longest

from chaos import crashes, damage, disk, outages, skew, wires
from chaos.fault import Fault

TABLES = (crashes.FAULTS, wires.FAULTS, damage.FAULTS, disk.FAULTS, outages.FAULTS, skew.FAULTS)


def mixed() -> list[Fault]:
    """All rows, each table in its order, one from each in turn: no service is hit time after time."""
    return [fault for fault in chain.from_iterable(zip_longest(*TABLES)) if fault]
