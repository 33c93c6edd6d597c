"""Close codes: what failed, why, what was done, and whether the alarm was right.

What fails are the modes of `lineshaft.domain.failure_modes`. Causes and actions are in the manner of ISO
14224's failure causes and maintenance activities (its tables B.3 and B.5; not read in the standard), cut to
what a technician tells apart on a phone.
"""

from typing import Final, NamedTuple


class CloseCode(NamedTuple):
    """One thing that can be chosen when an order is closed."""

    key: str
    code: str
    name_en: str
    name_zh: str


CAUSES: Final = {
    one.key: one
    for one in (
        CloseCode("wear", "EXP-WEA", "Wear, age", "磨损、老化"),
        CloseCode("lubrication", "OPM-LUB", "Lubrication", "润滑不良"),
        CloseCode("dirt", "EXP-DIR", "Dirt, foreign body", "污物、异物"),
        CloseCode("loose", "MNT-LOO", "Came loose", "松动"),
        CloseCode("mounting", "FAB-INS", "Wrong mounting or setting", "安装或设定不当"),
        CloseCode("operation", "OPM-OPE", "Operated beyond its limits", "超限操作"),
        CloseCode("material", "DES-MAT", "Material or part defect", "材料或零件缺陷"),
        CloseCode("supply", "EXT-SUP", "Supply: power, air, coolant", "电、气、冷却供应"),
        CloseCode("design", "DES-GEN", "Design", "设计"),
        CloseCode("signal", "INS-SIG", "Sensor, cable or limit", "传感器、线缆或限值"),
        CloseCode("unknown", "UNK", "Not known", "未知"),
    )
}
"""Key → cause, in the order of the screens."""

ACTIONS: Final = {
    one.key: one
    for one in (
        CloseCode("replaced", "REPLACE", "Part replaced", "更换零件"),
        CloseCode("repaired", "REPAIR", "Repaired", "修理"),
        CloseCode("adjusted", "ADJUST", "Adjusted, tightened, aligned", "调整、紧固、对中"),
        CloseCode("lubricated", "SERVICE", "Lubricated", "加润滑"),
        CloseCode("cleaned", "CLEAN", "Cleaned", "清洁"),
        CloseCode("calibrated", "CALIBRATE", "Calibrated, limit changed", "校准、修改限值"),
        CloseCode("inspected", "INSPECT", "Inspected only", "仅检查"),
        CloseCode("temporary", "TEMPORARY", "Made to run for now", "临时处理"),
        CloseCode("none", "NONE", "Nothing", "未处理"),
    )
}
"""Key → action, in the order of the screens."""

VERDICTS: Final = ("true", "false", "no_fault_found")
"""The alarm was right; it was wrong; nothing was found."""
