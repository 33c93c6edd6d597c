"""What alarms say, in each language: the one place from which screens and messages take it.

The browser gets these texts with those of the screens (`dashboard.i18n`) and fills them itself, as `said` does.
"""
# ruff: noqa: RUF001, RUF002, E501 - Chinese has signs of its own; a text is one line, however long

import re
from collections.abc import Mapping
from typing import Any, Final

TEXTS: Final[dict[str, dict[str, str]]] = {
    "en": {
        "action.breach": "Call the driver: doors, cooling unit, load; tell the receiver.",
        "action.default": "Look at the machine; acknowledge when you know what to do.",
        "action.dwell": "Ask the driver or the stop what it waits for.",
        "action.late": "Tell the receiver, or plan another way.",
        "action.offline": "Check the tracker's power and coverage; call the driver.",
        "action.offroute": "Call the driver: is the way known, is the load safe?",
        "action.risk": "Look for a way to win time; warn the receiver.",
        "action.signal": "Check the tracker's power and coverage; call the driver.",
        "action.stale": "Check the sensor, its cable, the gateway and the network.",
        "action.threshold": "Look at the machine and the signal's trend; bring it back within its limit.",
        "action.zone": "Look for the cause of the vibration; plan a stop in zone C, stop soon in zone D.",
        "advice.align": "Check the coupling and the feet; align the shafts.",
        "advice.balance": "Clean the rotor and look for lost or stuck material; balance it.",
        "advice.change_tool": "Inspect the tool and change it.",
        "advice.check_bearing": "Listen to and feel the bearings; check lubrication; plan their exchange.",
        "advice.check_cooling": "Check fan, coolant and dirt on the housing; reduce the load until it is cool.",
        "advice.check_sensor": "The machine looks well: check this sensor, its cable and its mounting.",
        "advice.check_suction": "Check suction pressure, strainer, valve and level; throttle the delivery.",
        "advice.check_supply": "Measure the phases' voltage and current; check terminals and drive.",
        "advice.check_valves": "Test the valves under pressure; clean or exchange the one that leaks.",
        "advice.clear_line": "Look for closed valves and blocked filters in the line; clear them.",
        "advice.find_leak": "Look for leaks at seals, joints and hoses; close them.",
        "advice.inspect": "Something is unusual: look at the signals named, and inspect the machine.",
        "advice.none": "Nothing to do.",
        "advice.plan": "Plan an inspection within the remaining time.",
        "advice.reduce_load": "Reduce the feed; look for jammed material.",
        "advice.stop": "Stop the machine as soon as work allows: damage is near.",
        "advice.tension_belt": "Stop, look at the belt and pulleys, tension or exchange the belt.",
        "advice.tighten": "Check foundation bolts, feet and fits; tighten them.",
        "alarm.anomaly": "Unusual behaviour, mostly {signals}",
        "alarm.breach": "Load of {shipment}: {signal} {value} {unit}, limit {threshold} {unit}",
        "alarm.dwell": "{reference} has been waiting at a stop for {value} min",
        "alarm.failure": "Will probably fail within {hours} h",
        "alarm.high": "{signal} high: {value} {unit}, limit {threshold} {unit}",
        "alarm.late": "{reference} expected {value} min late",
        "alarm.low": "{signal} low: {value} {unit}, limit {threshold} {unit}",
        "alarm.offline": "No signal for {value} {unit}",
        "alarm.offroute": "{value} {unit} off the planned route of {shipment}",
        "alarm.risk": "{reference} may be late: {value} % likely",
        "alarm.rule": "{name}",
        "alarm.rule.value": "{name}: {signal} {value} {unit}, limit {threshold} {unit}",
        "alarm.sensor": "Sensor {signal} is not to be believed: {fault}",
        "alarm.signal": "{reference}: no position for {value} min",
        "alarm.stale": "No new value of {signal} for over {threshold} s",
        "alarm.stale.device": "No data for over {threshold} s",
        "alarm.zone": "Vibration in zone {zone}",
        "fault.drift": "it drifts",
        "fault.frozen": "it does not move",
        "fault.missing": "readings are missing",
        "fault.range": "impossible values",
        "fault.spiking": "single values jump",
        "root.network": "Gateway {name}",
        "rule.anomaly": "Unusual behaviour",
        "rule.breach": "Load's limits",
        "rule.dwell": "Waiting at a stop",
        "rule.failure": "Failure foreseen",
        "rule.late": "Late",
        "rule.of": "{rule}: {of}",
        "rule.offline": "No signal",
        "rule.offroute": "Off route",
        "rule.risk": "May be late",
        "rule.rule": "Own rule",
        "rule.sensor": "Sensor",
        "rule.signal": "No position",
        "rule.stale": "Silent",
        "rule.threshold": "Limit",
        "rule.zone": "Vibration zone",
        "signal.acceleration": "Acceleration",
        "signal.count": "Count",
        "signal.current": "Current",
        "signal.cycle_s": "Cycle time",
        "signal.flow": "Flow",
        "signal.humidity": "Humidity",
        "signal.level": "Level",
        "signal.load": "Load",
        "signal.power": "Power",
        "signal.pressure": "Pressure",
        "signal.speed": "Speed",
        "signal.state": "State",
        "signal.temp": "Temperature",
        "signal.temperature": "Temperature",
        "signal.torque": "Torque",
        "signal.vib": "Vibration",
        "signal.voltage": "Voltage",
    },
    "zh-CN": {
        "action.breach": "联系司机检查车门、制冷机组与货物，并通知收货方。",
        "action.default": "检查设备，明确处理办法后请确认报警。",
        "action.dwell": "向司机或站点询问等待原因。",
        "action.late": "通知收货方，或另行安排。",
        "action.offline": "检查定位终端的供电与信号，联系司机。",
        "action.offroute": "联系司机确认路线与货物安全。",
        "action.risk": "设法赶时间，并提前告知收货方。",
        "action.signal": "检查定位终端的供电与信号，联系司机。",
        "action.stale": "检查传感器、接线、网关与网络。",
        "action.threshold": "检查设备与该信号的趋势，使数值回到限值之内。",
        "action.zone": "查找振动原因；C 区安排停机，D 区尽快停机。",
        "advice.align": "检查联轴器与地脚，重新对中。",
        "advice.balance": "清洁转子，检查脱落或附着物，做动平衡。",
        "advice.change_tool": "检查并更换刀具。",
        "advice.check_bearing": "听诊并检查轴承温度与润滑，安排更换轴承。",
        "advice.check_cooling": "检查风扇、冷却液与机壳积尘，降温前降低负载。",
        "advice.check_sensor": "设备正常：检查该传感器及其接线与安装。",
        "advice.check_suction": "检查吸入压力、滤网、阀门与液位，适当关小出口。",
        "advice.check_supply": "测量三相电压电流，检查接线与变频器。",
        "advice.check_valves": "带压测试各阀，清洗或更换内漏阀。",
        "advice.clear_line": "检查管路阀门与过滤器，清除堵塞。",
        "advice.find_leak": "检查密封、接头与软管，处理泄漏。",
        "advice.inspect": "出现异常：查看所列信号并检查设备。",
        "advice.none": "无需处理。",
        "advice.plan": "在剩余寿命内安排检修。",
        "advice.reduce_load": "减少进料，检查卡料。",
        "advice.stop": "尽快停机：即将损坏。",
        "advice.tension_belt": "停机检查皮带与带轮，张紧或更换皮带。",
        "advice.tighten": "检查并紧固地脚螺栓与配合。",
        "alarm.anomaly": "运行异常，主要是{signals}",
        "alarm.breach": "货物 {shipment}：{signal} {value} {unit}，限值 {threshold} {unit}",
        "alarm.dwell": "{reference} 在站点停留 {value} 分钟",
        "alarm.failure": "可能在 {hours} 小时内发生故障",
        "alarm.high": "{signal}过高：{value} {unit}，限值 {threshold} {unit}",
        "alarm.late": "{reference} 预计晚到 {value} 分钟",
        "alarm.low": "{signal}过低：{value} {unit}，限值 {threshold} {unit}",
        "alarm.offline": "无信号 {value} {unit}",
        "alarm.offroute": "偏离 {shipment} 计划路线 {value} {unit}",
        "alarm.risk": "{reference} 可能晚到：概率 {value} %",
        "alarm.rule": "{name}",
        "alarm.rule.value": "{name}：{signal} {value} {unit}，限值 {threshold} {unit}",
        "alarm.sensor": "传感器 {signal} 不可信：{fault}",
        "alarm.signal": "{reference}：{value} 分钟没有位置",
        "alarm.stale": "{signal}超过 {threshold} 秒无新值",
        "alarm.stale.device": "超过 {threshold} 秒无数据",
        "alarm.zone": "振动处于 {zone} 区",
        "fault.drift": "漂移",
        "fault.frozen": "读数不变",
        "fault.missing": "读数缺失",
        "fault.range": "数值不可能",
        "fault.spiking": "个别值跳变",
        "root.network": "网关 {name}",
        "rule.anomaly": "异常行为",
        "rule.breach": "货物限值",
        "rule.dwell": "站点停留",
        "rule.failure": "故障预测",
        "rule.late": "晚到",
        "rule.of": "{rule}：{of}",
        "rule.offline": "无信号",
        "rule.offroute": "偏离路线",
        "rule.risk": "可能晚到",
        "rule.rule": "自定义规则",
        "rule.sensor": "传感器",
        "rule.signal": "无位置",
        "rule.stale": "数据中断",
        "rule.threshold": "限值",
        "rule.zone": "振动区域",
        "signal.acceleration": "加速度",
        "signal.count": "计数",
        "signal.current": "电流",
        "signal.cycle_s": "节拍",
        "signal.flow": "流量",
        "signal.humidity": "湿度",
        "signal.level": "液位",
        "signal.load": "负载",
        "signal.power": "功率",
        "signal.pressure": "压力",
        "signal.speed": "转速",
        "signal.state": "状态",
        "signal.temp": "温度",
        "signal.temperature": "温度",
        "signal.torque": "扭矩",
        "signal.vib": "振动",
        "signal.voltage": "电压",
    },
}
"""Language → key → text with {parameters}: `alarm.…` what a kind of condition says, `rule.…` what a rule is
called, `advice.…` what to do, and the names of signals and of sensors' faults."""

DASH: Final = "\N{EN DASH}"
"""What stands where something is not known."""
UNITS: Final = {"Cel": "°C", "1": "", "r/min": "rpm", "m/s2": "m/s²", "kW.h": "kWh", "N.m": "N·m"}
NETWORK: Final = "net:"


def said(alarm: Mapping[str, Any], language: str, signal: object = None) -> str:
    """What an alarm says, in one line.

    Args:
        alarm: its `message`, `arguments`, `value` and `threshold`, as the API gives them.
        language: `zh…`, or everything else for English.
        signal: the name people gave the signal, where they gave one.
    """
    given = dict(alarm.get("arguments") or {})
    key, words, texts = str(alarm.get("message", "")), dict(given), texts_of(language)
    value, limit = given.get("value", alarm.get("value")), given.get("threshold", alarm.get("threshold"))
    # Nobody plans by tenths of a minute.
    is_minutes = given.get("unit") == "min" and isinstance(value, int | float)
    shares = [share["signal"] for share in given.get("contributors") or ()]
    words |= {
        "signal": named(signal, language) or signal_name(given.get("signal"), language),
        "signals": _joined([signal_name(one, language) for one in shares], language) or DASH,
        "fault": texts.get(f"fault.{given.get('fault')}", given.get("fault")),
        "name": named(given.get("name"), language) or DASH,
        "value": f"{value:.0f}" if is_minutes else number(value),
        "threshold": number(limit),
        "unit": unit_of(str(given.get("unit") or "")),
    }
    whole = "alarm.stale.device" if key == "alarm.stale" and not given.get("signal") else key
    # A value without a unit leaves a gap.
    return re.sub(r"\s+(?=[,，;。]|$)", "", " ".join(fill(texts.get(whole, whole), words).split()))


def texts_of(language: str) -> Mapping[str, str]:
    """The texts of a language: `zh…` Chinese, everything else English."""
    return TEXTS["zh-CN" if language.startswith("zh") else "en"]


def fill(text: str, words: Mapping[str, object]) -> str:
    """A text with its parameters; a dash where one is missing.

    >>> fill("{a} of {b}", {"a": 3})
    '3 of –'
    """
    known = {key: word for key, word in words.items() if word is not None}
    return re.sub(r"\{(\w+)\}", lambda found: str(known.get(found[1], DASH)), text)


def rule_name(rule: str, language: str) -> str:
    """What a rule is called.

    >>> rule_name("threshold:temp", "en"), rule_name("zone", "zh-CN"), rule_name("late:SH-1", "en")
    ('Limit: Temperature', '振动区域', 'Late: SH-1')
    """
    texts = texts_of(language)
    family, *of = rule.split(":")
    name = texts.get(f"rule.{family}", family)
    about = _joined([signal_name(one, language) for one in of], language)
    return fill(texts["rule.of"], {"rule": name, "of": about}) if about else name


def root_name(root: str) -> dict[str, str]:
    """What the root of a group is called that is no asset with a name: a gateway, or something unknown.

    >>> root_name("net:hall1/gw-2")
    {'en': 'Gateway gw-2', 'zh': '网关 gw-2'}
    """
    if not root.startswith(NETWORK):
        return {"en": root, "zh": root}
    name = root.rpartition("/")[2]
    return {short: fill(texts_of(short)["root.network"], {"name": name}) for short in ("en", "zh")}


def signal_name(signal: object, language: str) -> str:
    """A signal's name; one nobody has a word for keeps the name its device gave it."""
    return texts_of(language).get(f"signal.{signal}", str(signal or ""))


def named(name: object, language: str) -> str:
    """A name that is plain text or {"en": …, "zh": …}; empty where there is none."""
    if isinstance(name, Mapping):
        own = "zh" if language.startswith("zh") else "en"
        return str(name.get(own) or name.get("en") or name.get("zh") or "")
    return str(name) if name else ""


def number(value: object) -> str:
    """A number for people: four figures, no exponent where it can be helped; unknown is a dash.

    >>> number(91.53), number(1234567.0), number(0.00214)
    ('91.53', '1234567', '0.00214')
    """
    if not isinstance(value, int | float) or isinstance(value, bool):
        return DASH
    return f"{value:.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def unit_of(code: str) -> str:
    """A UCUM code as people write the unit."""
    return UNITS.get(code, code)


def _joined(names: list[str], language: str) -> str:
    return ("、" if language.startswith("zh") else ", ").join(names)
