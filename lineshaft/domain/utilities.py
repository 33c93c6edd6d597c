"""What a plant runs on, one row a kind, and how its machines show that it fails.

The symptoms say which of two suspects that feed the same machines is the likelier one. They are read from
maintenance handbooks' lists of causes, not measured: they stand here alone, to be corrected in one place.
"""

from typing import Final, NamedTuple

SILENT: Final = "silent"
"""Nothing is heard any more."""
ODD: Final = "odd"
"""Something is unusual, and what is not said."""


class UtilityKind(NamedTuple):
    """Something many machines share."""

    key: str
    name_en: str
    name_zh: str
    symptoms: frozenset[str]
    """Quantity and direction, such as `pressure-`, or `SILENT`."""
    only_these: bool = False
    """Whether what shows anything else cannot come from it."""


UTILITIES: Final[dict[str, UtilityKind]] = {
    kind.key: kind
    for kind in (
        UtilityKind(
            "compressed_air", "Compressed air", "压缩空气",
            frozenset({"pressure-", "flow-", "cycle+", "speed-"}),
        ),
        UtilityKind(
            "power", "Power", "供电",
            frozenset({"current-", "speed-", "voltage-", "power-", "load-", SILENT}),
        ),
        UtilityKind(
            "cooling_water", "Cooling water", "冷却水", frozenset({"temperature+"})
        ),
        UtilityKind("network", "Network node", "网络节点", frozenset({SILENT}), only_these=True),
        UtilityKind("hydraulics", "Hydraulics", "液压", frozenset({"pressure-", "cycle+", "force-"})),
        UtilityKind("steam", "Steam", "蒸汽", frozenset({"temperature-", "pressure-"})),
        UtilityKind("vacuum", "Vacuum", "真空", frozenset({"pressure+", "cycle+"})),
        UtilityKind("gas", "Process gas", "工艺气体", frozenset({"pressure-", "flow-"})),
        UtilityKind("other", "Shared supply", "公用系统", frozenset()),
    )
}  # fmt: skip
"""Key → kind, as plant.yaml's `utilities` name it."""
